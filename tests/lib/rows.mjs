// Creates a row of every resource, for tests that take their routes from the
// OpenAPI document. These tests fail for a resource that is missing here.
import assert from 'node:assert/strict';
import { ask, query } from './api.mjs';
import { sql } from './psql.mjs';

// The functions return the body that creates a row. `mark` is a text by which the row can be found, and `others` are
// the rows that were created before.
let users = 0;
const samples = {
	sales: (mark) => ({ first_name: `first ${mark}`, last_name: `last ${mark}`,
		email: `${mark}.${++users}@sales.test` }),
	tags: (mark) => ({ name: `tag ${mark} ${++users}`, color: '#abc' }), // names are unique
	// The rule matches the contact below and does not change it.
	automation_rules: (mark) => ({ name: `rule ${mark}`,
		trigger_type: 'contact.created', trigger_config: { conditions: [
			{ field: 'last_name', op: 'eq', value: `last ${mark}` },
			{ field: 'linkedin_url', op: 'is_null' }] },
		action_type: 'set_field',
		action_config: { field: 'linkedin_url', value: null } }),
	automations: (mark) => ({ name: `automation ${mark}`,
		trigger_type: 'deal.stale', trigger: { days: 365 },
		action_type: 'create_note', action: { text: `note ${mark}` } }),
	companies: (mark) => ({ name: `company ${mark}`, sector: 'energy',
		description: `about ${mark}`, website: `https://${mark}.test` }),
	contacts: (mark, others) => ({ first_name: `first ${mark}`,
		last_name: `last ${mark}`, background: `about ${mark}`,
		company_id: others.companies.id, tags: [others.tags.id],
		email_jsonb: [{ email: `${mark.replaceAll(' ', '')}@contacts.test`, type: 'Work' }] }),
	deals: (mark, others) => ({ name: `deal ${mark}`, stage: 'opportunity',
		category: 'other', description: `more ${mark}`,
		amount: 1200, company_id: others.companies.id,
		contact_ids: [others.contacts.id] }),
	opportunities: (mark, others) => ({ ...samples.deals(mark, others), probability: 35, currency: 'EUR',
		is_committed: true }),
	pipelines: (mark) => ({ name: `pipeline ${mark} ${++users}` }),
	pipeline_stages: (mark, others) => ({ pipeline_id: others.pipelines.id, label: `stage ${mark} ${++users}`,
		probability: 45 }),
	contact_notes: (mark, others) => ({ text: `note ${mark}`,
		contact_id: others.contacts.id }),
	deal_notes: (mark, others) => ({ text: `note ${mark}`,
		deal_id: others.deals.id }),
	appointments: (mark, others) => ({ title: `appointment ${mark}`,
		contact_id: others.contacts.id, starts_at: '2027-01-31T12:00:00Z',
		ends_at: '2027-01-31T13:00:00Z' }),
	// The body is the file of the import.
	imports: (mark) => ({ sales: [], about: mark }),
	import_mappings: (mark) => ({ name: `mapping ${mark}`, resource: 'contacts',
		columns: [`column ${mark}`], mapping: ['first_name'] }),
	field_definitions: (mark) => ({ resource: 'contacts', key: `k${++users}`, kind: 'text', label: `field ${mark}` }),
	object_definitions: (mark) => ({ label: `object ${mark}`, plural: `objects ${mark}`, key: `o${++users}` }),
	records: (mark, others) => ({ object: others.object_definitions.resource, name: `row ${mark}` }),
	views: (mark) => ({ resource: 'contacts', name: `view ${mark}`,
		filters: { last_name: `last ${mark}` } }),
	messages: (mark, others) => ({ channel: 'sms', direction: 'inbound',
		body: `message ${mark}`, contact_id: others.contacts.id }),
	tasks: (mark, others) => ({ text: `task ${mark}`, type: 'call',
		contact_id: others.contacts.id, due_date: '2027-01-31T12:00:00Z' }),
	activities: (mark, others) => ({ type: 'call', subject: `call ${mark}`,
		body: `about ${mark}`, metadata: { mark }, contact_id: others.contacts.id,
		deal_id: others.deals.id }),
	// The membership has ended, so the company is not the primary organization. A contact can have each company
	// only once.
	contact_organizations: (mark, others) => ({ contact_id: others.contacts.id,
		company_id: others[COMPANIES].pop(), role: `role ${mark}`, influence: 50,
		started_on: '2020-01-31', ended_on: '2021-01-31' }),
	opportunity_participants: (mark, others) => ({ opportunity_id: others.opportunities.id, is_lead: true, note: `note ${mark}`,
		...others[PLACES].pop() }),	// a company can have each role only once
	products: (mark, others) => ({ principal_id: others.companies.id, sku: `${mark} ${++users}`, // unique
		name: `product ${mark}`, category: 'tea', unit: 'kg', description: `about ${mark}` }),
	price_lists: (mark, others) => ({ principal_id: others.companies.id, name: `list ${mark} ${++users}`, // must not overlap
		currency: 'EUR', valid_from: '2026-01-01', valid_to: '2026-12-31' }),
	price_list_items: (mark, others) => ({ price_list_id: others.price_lists.id, product_id: others.products.id,
		min_quantity: ++users, price: 1250 }), // one price for each quantity
	// The server updates the amount of the items' opportunity.
	opportunity_items: (mark, others) => ({ opportunity_id: others[SOLD], product_id: others.products.id,
		name: `item ${mark}`, quantity: 2.5, unit_price: 1250, discount_percent: 10, tax_percent: 20 }),
	distributor_terms: (mark, others) => ({ principal_id: others.companies.id, distributor_id: others[COMPANIES].pop(),
		territory: `land ${mark} ${++users}`, exclusive: true, commission_rate: 12.5, valid_from: '2026-01-01' }), // likewise
	user_profiles: (mark) => ({ first_name: `first ${mark}`, last_name: `last ${mark}`, bio: `about ${mark}`,
		birth_date: '1990-01-31' }),
	user_contacts: (mark, others) => ({ member_id: others.user_profiles.id, kind: 'email',	// unique for each member
		value: `${mark.replaceAll(' ', '')}.${++users}@members.test`, label: `label ${mark}` }),
	user_addresses: (mark, others) => ({ member_id: others.user_profiles.id, kind: 'home', line1: `street ${mark}`,
		city: `city ${mark}`, country: 'FR' }),
	// The periods of a member must not overlap.
	user_memberships: (mark, others) => ({ member_id: others.user_profiles.id, tier: `tier ${mark}`, fee: 1250, currency: 'EUR',
		starts_on: day(++users), ends_on: day(users) }),
	agreement_documents: (mark) => ({ name: `terms-${++users}`, title: `terms ${mark}`, text: `text ${mark}` }),	// version 1
	user_subscriptions: (mark, others) => ({ member_id: others.user_profiles.id, plan: `plan ${mark}`, amount: 990,
		currency: 'EUR', starts_on: '2099-01-31' }),
	user_billing_schedules: (mark, others) => ({ member_id: others.user_profiles.id, amount: 1250, currency: 'EUR',
		due_on: '2026-01-31', description: `due ${mark}` }),
	user_payment_methods: (mark, others) => ({ member_id: others.user_profiles.id, kind: 'card', provider: 'bank',
		token: `token_${++users}`, last4: '4242', label: `label ${mark}` }),	// unique
	user_payments: (mark, others) => ({ member_id: others.user_profiles.id, amount: 1250, currency: 'EUR',
		payment_method_id: others.user_payment_methods.id, description: `payment ${mark}` }),
	payout_accounts: (mark, others) => ({ member_id: others.user_profiles.id, holder: `holder ${mark}`, iban: 'DE89370400440532013000' }),
	user_payouts: (mark, others) => ({ account_id: others.payout_accounts.id, amount: 1250, currency: 'EUR', description: `payout ${mark}` }),
	disputes: (mark, others) => ({ payout_id: others.user_payouts.id, amount: 1250, reason: `reason ${mark}` }),
	// A member can be in the queue only once.
	membership_queue: (mark, others) => ({ member_id: others[WAITING].pop(), note: `note ${mark}` }),
	// A member can have only one open verification.
	kyc_verification: (mark, others) => ({ member_id: others[WAITING].pop(), document_type: 'passport', country: 'FR', note: `note ${mark}` }),
	report_templates: (mark) => ({ name: `report ${mark}`, resource: 'tags', columns: ['name'], filters: { name: `tag ${mark}` } }),
	// A contact with a hold cannot be deleted, so the hold has a separate contact.
	contact_holds: (mark, others) => ({ contact_id: others[HELD].pop(), reason: `hold ${mark}` }),
	legal_holds: (mark, others) => ({ member_id: others[WAITING].pop(), reason: `hold ${mark}` }),
	member_messages: (mark, others) => ({ member_id: others.user_profiles.id, body: `message ${mark}` }),
	newsfeed_posts: (mark) => ({ title: `post ${mark}`, body: `about ${mark}` }),
	// A member can have only one form for each year.
	tax_forms: (mark, others) => ({ member_id: others[WAITING].pop(), year: 2025, kind: 'w9', country: 'FR', legal_name: `name ${mark}`, identifier: '12-345' }),
	monitoring_rules: (mark) => ({ name: `rule ${mark}`, kind: 'amount', amount: 1000000, currency: 'XAF' }),
	// The periods of a rate must not overlap.
	cost_rates: (mark) => ({ kind: 'materials', code: `code ${mark} ${++users}`, currency: 'EUR', rate: 2.5, min_quantity: ++users, valid_from: '2026-01-01', valid_to: '2026-12-31' }),
	cost_calculations: (mark) => ({ name: `costs ${mark}`, priced_on: '2026-01-31', inputs: { currency: 'EUR', quantity: 10,
		materials: [{ name: 'steel', price: 2.5, quantity_per_unit: 2 }] } }),
	integration_configs: (mark) => ({ name: `integration ${mark} ${++users}`, type: 'http_json', status: 'active', settings: { mark } }),	// unique
	data_mappings: (mark, others) => ({ integration_id: others.integration_configs.id, name: `mapping ${mark}`, version: ++users, fields: [{ target: 'title', expression: `'${mark}'` }] }),	// unique
	// The job has no mapping, because a mapping that a job uses cannot be changed.
	integration_jobs: (mark, others) => ({ integration_id: others.integration_configs.id, schedule: '0 1 * * *', payload: { mark } }),
	webhooks: (mark) => ({ url: `https://${mark.replace(/[^a-z0-9]/gi, '-')}.test/hook`,
		events: ['tags.create'], description: `about ${mark}` }),
	// A recipient can have only one share of each row.
	shares: (mark, others) => ({ resource: 'contacts', row_id: others.contacts.id,
		team_id: others[TEAMS][++users % others[TEAMS].length] }),
};

const day = (n) => new Date(Date.UTC(2030, 0, n)).toISOString().slice(0, 10);

// Switches all of the organization's modules on or off.
export async function switchModules(who, enabled) {
	for (const { id } of (await ask('GET', '/api/modules', { token: who.token })).json) {
		const rs = await ask('PUT', `/api/modules/${id}`, { token: who.token, body: { enabled } });
		assert.equal(rs.status, 200, rs.text);
	}
}

// Teams of the organization, with which rows can be shared.
const TEAMS = Symbol('teams');
const teamsOf = (rows) => sql(`SET app.org_id = '';
	INSERT INTO identity.team (id, organization_id, name)
	SELECT md5(c.org_id::text || n), c.org_id, 'Team ' || n
	  FROM crm.contacts c, generate_series(1, 300) n WHERE c.id = ${rows.contacts.id} RETURNING id`)
	.map(([id]) => id);

// Companies that contacts join and that are distributors, and the principal of the products. They are not in the audit
// log, because tests compare the whole log with pages of a thousand rows.
const COMPANIES = Symbol('companies');
const PLACES = Symbol('places');
async function companiesOf(who, rows) {
	const rs = await ask('PATCH', `/api/company_profiles/${rows.companies.id}`,
		{ token: who.token, body: { is_principal: true } });
	assert.equal(rs.status, 200, rs.text);
	rows.company_profiles = rs.json;
	rows[COMPANIES] = sql(`SELECT set_config('app.org_id', org_id::text, false)
		FROM crm.companies WHERE id = ${rows.companies.id};
	BEGIN; ALTER TABLE crm.companies DISABLE TRIGGER audit;
	INSERT INTO crm.companies (id, name) SELECT ops.new_id(), 'Company ' || n FROM generate_series(1, 300) n RETURNING id;
	ALTER TABLE crm.companies ENABLE TRIGGER audit; COMMIT`).slice(1).map(([id]) => Number(id));
	rows[PLACES] = rows[COMPANIES].flatMap((company_id) => ['partner', 'customer', 'other'].map((role) => ({ company_id, role })));
}

// Members who are not in the queue and have no settings, which would fill the audit log, and contacts without related
// rows.
const HELD = Symbol('held');
const heldOf = (rows) => sql(`SELECT set_config('app.org_id', org_id::text, false) FROM crm.contacts WHERE id = ${rows.contacts.id};
	SET app.restoring = 'on'; INSERT INTO crm.contacts (last_name) SELECT 'held' FROM generate_series(1, 200) RETURNING id`).slice(1).map(([id]) => Number(id));

const WAITING = Symbol('waiting');
const waitingOf = (rows) => sql(`SELECT set_config('app.org_id', org_id::text, false)
	FROM membership.user_profiles WHERE id = ${rows.user_profiles.id};
	SET session_replication_role = replica;
	INSERT INTO membership.user_profiles (id, last_name) SELECT ops.new_id(), 'Waiting ' || n FROM generate_series(1, 600) n
	RETURNING id`).slice(1).map(([id]) => Number(id));

// The opportunity that has items.
const SOLD = Symbol('sold');

const settings = {
	user_settings: { language: 'fr', time_zone: 'Europe/Paris' }, user_security_settings: { sign_in_alerts: true },
	user_notification_preferences: { memberships: false }, user_payment_settings: { currency: 'EUR' },
	user_privacy_settings: { listed: true, show_city: true }, user_appearance_settings: { theme: 'dark' },
};

export function sample(resource, mark, others) {
	if (resource === 'duplicates')	/* the server finds duplicates, and a client cannot create them */
		return { dismissed: false };
	if (resource === 'company_profiles')	/* created with its company */
		return { type: 'customer' };
	if (resource === 'factory_profiles')	/* created with the user */
		return { job_title: `title ${mark}`, department: `department ${mark}` };
	if (settings[resource])	/* created with their member */
		return settings[resource];
	if (resource.startsWith('custom_'))	/* a custom object */
		return { name: `row ${mark}` };
	assert.ok(samples[resource], `there is no sample row of ${resource}; add one`);
	return samples[resource](mark, others);
}

// Members that only a new row can set.
const once = { field_definitions: ['key', 'kind', 'refers', 'resource'], object_definitions: ['key'], integration_jobs: ['kind', 'payload'],
	opportunity_items: ['opportunity_id'], pipeline_stages: ['stage'], records: ['object'] };

// Returns the body of a change. The row and the recipient of a share, and the contact and the company of a
// contact_organizations row, cannot be changed. A company can take part in an opportunity only once.
export const change = (resource, mark, others) => ({ shares: { access: 'write' },
	contact_organizations: { role: `role ${mark}` }, opportunity_participants: { note: `note ${mark}` }, membership_queue: { note: `note ${mark}` },
	kyc_verification: { note: `note ${mark}` } })[resource]
	?? Object.fromEntries(Object.entries(sample(resource, mark, others)).filter(([name]) => !once[resource]?.includes(name)));

// Creates and deletes a row. Returns its entry in the trash.
export async function trashed(who, mark, others) {
	const { json } = await ask('POST', '/api/tags', { token: who.token,
		body: { ...sample('tags', mark, others), name: `trashed ${mark}` } });
	await ask('DELETE', `/api/tags/${json.id}`, { token: who.token });
	const rs = await ask('GET', '/api/trash' + query({
		filter: { row_id: json.id } }), { token: who.token });
	assert.equal(rs.json?.length, 1, rs.text);
	return rs.json[0];
}

// Every organization has these resources with the same IDs.
export const everywhere = ['configuration', 'daily_metrics'];

// An ID that does not exist.
const MISSING = 9007199254740001;
const texts = { activity_log: `company.${MISSING}.created`,
	timeline: `tasks.${MISSING}`, organizations: '7f3d2c1a-5b6e-4f70-8a91-b2c3d4e5f607' };
export const missing = (resource) => texts[resource] ?? MISSING;
export const textual = Object.keys(texts);

// Creates one row of each resource. Returns the rows by resource, including the organization's rows of resources
// without a create operation.
export async function rowsOf(who, mark) {
	const rows = {};
	await switchModules(who, true);
	for (const resource of Object.keys(samples)) {
		if (resource === 'contact_organizations')
			await companiesOf(who, rows);
		if (resource === 'opportunity_items')
			rows[SOLD] = (await ask('POST', '/api/opportunities', { token: who.token,
				body: { name: 'sold', stage: 'opportunity' } })).json.id;
		if (resource === 'membership_queue')
			rows[WAITING] = waitingOf(rows);
		if (resource === 'contact_holds')
			rows[HELD] = heldOf(rows);
		if (resource === 'shares')
			rows[TEAMS] = teamsOf(rows);
		const rs = await ask('POST', `/api/${resource}`, { token: who.token,
			body: samples[resource](mark, rows) });
		assert.equal(rs.status, 201, `${resource}: ${rs.text}`);
		rows[resource] = rs.json;
	}
	rows.trash = await trashed(who, mark, rows);
	await ask('POST', `/api/webhooks/${rows.webhooks.id}/test`, { token: who.token });
	await mergeOf(who, mark, rows);
	await pairOf(who, mark, rows);
	await bulkOf(who, rows);
	await agreementOf(who, rows);
	await evidenceOf(who, rows);
	await alertOf(who, rows);
	await ask('POST', `/api/user_profiles/${rows[WAITING].pop()}/erase`, { token: who.token, body: { reason: 'asked' } });
	await ask('POST', `/api/contacts/${rows[HELD].pop()}/erase`, { token: who.token, body: { reason: 'asked' } });
	batchOf(rows);
	await listSelf(who);
	for (const resource of ['sales', 'configuration', 'activity_log', 'audit_log', 'system_audit_logs', 'user_audit_logs',
		'automation_runs', 'contacts_summary', 'companies_summary', 'opportunities_summary', 'contact_influence_profile', 'principal_advocacy_dashboard',
		'merges',
		'payout_batches', 'ledger_accounts', 'ledger_transactions', 'ledger_entries', 'pending_agreements', 'user_agreements', 'kyc_evidence', 'kyc_decisions', 'transaction_monitoring', 'admin_alerts', 'erasures', 'contact_erasures', 'organizations', 'timeline', 'daily_metrics', 'duplicates', 'bulk_changes',
		'factory_profiles', 'factory_audit_log', 'active_integrations', 'webhook_deliveries', 'webhooks', ...Object.keys(settings), 'member_directory']) {
		// The last day of the metrics, because the first day is deleted after midnight.
		const rs = await ask('GET', `/api/${resource}`
			+ query({ range: [0, 0], ...resource === 'daily_metrics' && { sort: ['id', 'DESC'] } }), { token: who.token });
		assert.equal(rs.status, 200, `${resource}: ${rs.text}`);
		assert.equal(rs.json.length, 1, `${resource} has no row`);
		rows[resource] = rs.json[0];
	}
	return rows;
}

// Creates a contact and merges it into an existing contact, which does not change.
async function mergeOf(who, mark, rows) {
	const loser = await ask('POST', '/api/contacts', { token: who.token,
		body: { last_name: `loser ${mark}` } });
	const rs = await ask('POST', '/api/merge_contacts', { token: who.token,
		body: { loserId: loser.json.id, winnerId: rows.contacts.id } });
	assert.equal(rs.status, 200, rs.text);
}

// Creates a contact with the name of an existing contact.
async function pairOf(who, mark, rows) {
	const twin = await ask('POST', '/api/contacts', { token: who.token,
		body: { first_name: `first ${mark}`, last_name: `last ${mark}` } });
	const rs = await ask('POST', '/api/duplicates/check', { token: who.token,
		body: { resource: 'contacts', id: twin.json.id } });
	assert.equal(rs.json?.[0]?.id, rows.contacts.id, rs.text);
}

// Accepts an agreement. The agreement of the sample stays pending.
async function agreementOf(who, rows) {
	const made = await ask('POST', '/api/agreement_documents', { token: who.token,
		body: samples.agreement_documents('accepted', rows) });
	const rs = await ask('POST', '/api/user_agreements/accept', { token: who.token,
		body: { document_id: made.json.id, hash: made.json.hash } });
	assert.equal(rs.status, 200, rs.text);
}

// Submits a verification with evidence, and returns its ID. The verification of the sample stays open.
export async function evidenceOf(who, rows, submitted = true) {
	const { json: { id } } = await ask('POST', '/api/kyc_verification', { token: who.token, body: samples.kyc_verification('submitted', rows) });
	for (const [path, body, status] of [[`kyc_evidence?verification_id=${id}&kind=front`, '\x01 evidence', 201], ...submitted ? [[`kyc_verification/${id}/submit`, {}, 200]] : []]) {
		const rs = await ask('POST', `/api/${path}`, { token: who.token, body });
		assert.equal(rs.status, status, rs.text);
	}
	return id;
}

// Records a payment that a monitoring rule matches. Returns the alert.
export async function alertOf(who, rows) {
	const payment = await ask('POST', '/api/user_payments', { token: who.token, body: { member_id: rows.user_profiles.id, amount: 1000000, currency: 'XAF' } });
	const rs = await ask('POST', `/api/user_payments/${payment.json.id}/succeed`, { token: who.token, body: {} });
	assert.equal(rs.status, 200, rs.text);
	return (await ask('GET', '/api/admin_alerts' + query({ filter: { row_id: payment.json.id } }), { token: who.token })).json[0];
}

// Approves the verification of a member, because a payout requires it.
export function approveIdentity(member) {
	sql(`SET session_replication_role = replica; INSERT INTO membership.kyc_verification (org_id, member_id, document_type, country, status, expires_on)
		SELECT p.org_id, p.id, 'passport', 'FR', 'approved', current_date + 300 FROM membership.user_profiles p WHERE p.id = ${Number(member)}`);
}

// Inserts a batch like a batch that two users create.
function batchOf(rows) {
	sql(`SELECT set_config('app.org_id', org_id::text, false) FROM membership.user_profiles WHERE id = ${rows.user_profiles.id};
		INSERT INTO membership.payout_batches (account_id, currency, execute_on, payouts, total)
		VALUES (${rows.payout_accounts.id}, 'EUR', '2026-01-31', 1, 1250)`);
}

// Lists the user in the member directory.
async function listSelf(who) {
	const [{ id }] = (await ask('GET', '/api/user_profiles' + query({ filter: { 'user_id@not.is': null } }), { token: who.token })).json;
	const rs = await ask('PATCH', `/api/user_privacy_settings/${id}`, { token: who.token, body: { listed: true } });
	assert.equal(rs.status, 200, rs.text);
}

// Runs a bulk update of one row that does not change the row.
async function bulkOf(who, rows) {
	const rs = await ask('POST', '/api/tags/bulk', { token: who.token,
		body: { ids: [rows.tags.id], set: { color: rows.tags.color } } });
	assert.equal(rs.status, 200, rs.text);
}

// Columns that contain the ID of another resource's row.
export const references = {
	company_id: 'companies',
	contact_id: 'contacts',
	contact_ids: 'contacts',
	deal_id: 'deals',
	member_id: 'user_profiles',
	billing_schedule_id: 'user_billing_schedules',
	payment_method_id: 'user_payment_methods',
	distributor_id: 'companies',
	price_list_id: 'price_lists',
	parent_id: 'companies',
	account_id: 'payout_accounts',
	payment_id: 'user_payments',
	payout_id: 'user_payouts',
	opportunity_id: 'opportunities',
	pipeline_id: 'pipelines',
	principal_id: 'companies',
	product_id: 'products',
	row_id: 'contacts',
	integration_id: 'integration_configs',
	mapping_id: 'data_mappings',
	sales_id: 'sales',
	tags: 'tags',
};
