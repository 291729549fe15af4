// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PROVIDERS=idp TENANTRY_PROVIDER_IDP_ISSUER=https://idp.test TENANTRY_PROVIDER_IDP_CLIENT_ID=x
// Every documented route responds as the OpenAPI document describes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { BASE, PASSWORD, ask, openapi, operations, owner, person, query, sql }
	from '../../lib/api.mjs';
import { alertOf, approveIdentity, evidenceOf, rowsOf, sample, trashed } from '../../lib/rows.mjs';
import { duplicates, flaws } from '../../lib/schema.mjs';
import { totp } from '../../lib/totp.mjs';

let who, rows, document;

before(async () => {
	who = await owner('Document');
	rows = await rowsOf(who, 'document');
	document = await openapi();
});

// Checks that the status, the content type and the schema are documented.
function agrees(operation, rs, about) {
	const [success] = Object.keys(operation.responses);
	const named = operation.responses[rs.status] ?? operation.responses.default;
	assert.ok(named, `${about} returned ${rs.status}, not ${success}`);
	const said = named.$ref ? document.components.responses[named.$ref.split('/').at(-1)] : named;
	if (!said.content || rs.text === '')
		return;
	const type = rs.headers['content-type'].split(';')[0];
	assert.ok(said.content[type], `${about} returned ${type}`);
	assert.deepEqual(flaws(document, said.content[type].schema,
		type.endsWith('json') ? rs.json : rs.text), [], about);
}

const post = (path, token, body) => ask('POST', path, { token, body });
// Creates a payment, and performs these actions. Returns its ID.
async function payment(actions) {
	const { json } = await post('/api/user_payments', who.token, sample('user_payments', 'moved', rows));
	for (const action of actions)
		assert.equal((await post(`/api/user_payments/${json.id}/${action}`, who.token, {})).status, 200);
	return json.id;
}
// Creates a payout that another user has requested, and performs these actions.
async function payout(actions = []) {
	const { json } = await post('/api/user_payouts', who.token, sample('user_payouts', 'moved', rows));
	approveIdentity(rows.user_profiles.id);
	sql(`SET session_replication_role = replica; UPDATE membership.user_payouts SET requested_by = 'x' WHERE id = ${json.id}`);
	for (const action of actions)
		assert.equal((await post(`/api/user_payouts/${json.id}/${action}`, who.token, {})).status, 200);
	return json.id;
}
const dispute = async () => (await post('/api/disputes', who.token, sample('disputes', 'moved', { user_payouts: { id: await payout() } }))).json.id;
const bank = async () => (await post('/api/payout_accounts', who.token, { organization: true, holder: 'x', iban: 'DE89370400440532013000' })).json.id;
// Creates a verification with evidence, and performs these actions. Returns its ID.
async function verification(actions) {
	const id = await evidenceOf(who, rows, actions.length > 0);
	for (const action of actions.slice(1))
		assert.equal((await post(`/api/kyc_verification/${id}/${action}`, who.token, {})).status, 200);
	return id;
}
// Creates an alert, and performs these actions. Returns its ID.
async function alert(actions) {
	const { id } = await alertOf(who, rows);
	for (const action of actions)
		assert.equal((await post(`/api/admin_alerts/${id}/${action}`, who.token, {})).status, 200);
	return id;
}
const password = () => ({ password: PASSWORD });
const account = () => ({ accountId: 'none' });

// Sets up an authenticator. Returns a code.
async function authenticator(other) {
	const rs = await post('/api/auth/two-factor/enable', other.token, password());
	assert.equal(rs.status, 200, rs.text);
	return { code: totp(rs.json.totpURI) };
}

async function enrol(other) {
	const rs = await post('/api/auth/two-factor/verify-totp', other.token,
		await authenticator(other));
	other.token = rs.json.token;
	return password();
}

const organization = async (path, token, body) => {
	const rs = await post(`/api/auth/organization/${path}`, token, body);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const invitation = async (email) => ({ invitationId: (await organization(
	'invite-member', who.token, { email, role: 'member' })).id });
const role = async (name) => ({ roleId: (await organization('create-role',
	who.token, { role: name, permission: {} })).roleData.id });
const team = async (name) => ({ teamId: (await organization('create-team',
	who.token, { name })).id });

const proposal = async () => (await post('/api/assistant/tools/add_note',
	who.token, { contact_id: rows.contacts.id, text: 'x' })).json.id;

const group = { provider_id: 'idp', group_name: 'staff', role: 'member' };

// Creates a user whom an operator can administer.
const victim = async () => ({ userId: (await person('Victim')).user.id });
const mailbox = () => ({ email: 'mailbox@people.test' });
const code = () => ({ ...mailbox(), otp: '000000' });

async function key() {
	const rs = await post('/api/auth/api-key/create', who.token, { name: 'key' });
	assert.equal(rs.status, 200, rs.text);
	return { keyId: rs.json.id };
}

const service = async () => {
	const rs = await post('/api/service_accounts', who.token, { name: 'of document' });
	assert.equal(rs.status, 201, rs.text);
	return rs.json.id;
};

let box;
const inSandbox = async () => {
	box ??= post('/api/sandboxes', who.token, { name: 'of document' });
	return `?orgId=${(await box).json.id}`;
};

const form = { name: 'Leads', origins: ['https://www.example.org'], fields: ['email'] };
async function madeForm() {
	const rs = await post('/api/forms', who.token, form);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
}

async function operator() {
	const boss = await person('Operator');
	sql(`UPDATE identity."user" SET role = 'admin' WHERE id = '${boss.user.id}'`);
	return boss;
}

// Creates an import, and performs the given actions.
async function importOf(...turns) {
	const { id } = (await ask('POST', '/api/imports', { token: who.token,
		body: 'last_name\nOf a file\n' })).json;
	for (const turn of turns)
		await ask('POST', `/api/imports/${id}/${turn}`, { token: who.token });
	return id;
}

// Creates a membership of a new member.
async function membership() {
	const user_profiles = (await post('/api/user_profiles', who.token, sample('user_profiles', 'joined', rows))).json;
	return (await post('/api/user_memberships', who.token, sample('user_memberships', 'joined', { user_profiles }))).json.id;
}

// Two contacts to merge.
async function pair() {
	const [loserId, winnerId] = await Promise.all([1, 2].map(async () =>
		(await post('/api/contacts', who.token, { last_name: 'Twin' })).json.id));
	return { loserId, winnerId };
}

// Begins a sign-up as a visitor. Returns the members that each request of the visitor contains.
async function joining() {
	const organization = who.slug;
	await ask('PUT', '/api/signup_policy', { token: who.token, body: { enabled: true, tiers: ['gold'] } });
	const rs = await ask('POST', '/api/signup_sessions', { body: { organization, email: `joins.${Math.random().toString(36).slice(2)}@people.test` } });
	return { organization, token: rs.json.token };
}

// For each request that succeeds: the body, and the status if it is not the default.
const calls = {
	'GET /live': {}, 'GET /health': {}, 'GET /ready': {},
	'GET /api/openapi.json': {},
	'GET /api/modules': {},
	'PUT /api/modules/{id}': { id: () => 'b2b', body: () => ({ enabled: true }) },
	'GET /api/signup_policy': {},
	'PUT /api/signup_policy': { body: () => ({ enabled: true, tiers: ['gold'] }) },
	'GET /api/signup_sessions/offer': { anyone: true, status: 404 },
	'POST /api/signup_sessions': { anyone: true, body: async () => ({ organization: who.slug, email: 'joins@people.test' }) },
	'POST /api/signup_sessions/resume': { anyone: true, body: async () => ({ ...await joining() }) },
	'POST /api/signup_sessions/code': { anyone: true, body: async () => ({ ...await joining() }) },
	'PUT /api/signup_sessions/entered': { anyone: true, body: async () => ({ ...await joining(), entered: { city: 'Paris' } }) },
	'POST /api/signup_sessions/verify': { anyone: true, status: 422, body: async () => ({ ...await joining(), code: '0' }) },
	'POST /api/signup_sessions/complete': { anyone: true, status: 422, body: async () => ({ ...await joining() }) },
	'POST /api/sandboxes': { body: () => ({ name: 'documented' }) },
	'GET /api/sandbox': { query: inSandbox },
	'PUT /api/sandbox': { query: inSandbox, body: () => ({ hosts: ['hooks.example'] }) },
	'POST /api/sandbox/reset': { query: inSandbox },
	'GET /api/sandbox/mails': { query: inSandbox },
	'GET /api/staff_policy': {},
	'GET /api/configuration/retention': {},
	'GET /api/usage': {},
	'PATCH /api/staff_policy': { body: () => ({ idle_minutes: null }) },
	'GET /problems': { anyone: true },
	'GET /problems/{name}': { anyone: true, id: () => 'invalid' },
	'POST /api/upload': { body: () => ({ any: 'bytes' }) },
	'POST /api/imports': { body: () => 'first_name,last_name\nAda,Lovelace\n' },
	'PATCH /api/imports/{id}': { id: () => importOf(), body: () => ({
		mapping: ['first_name'], mode: 'create', match_by: null, blank: 'null' }) },
	'GET /api/imports/{id}/preview': { id: () => importOf() },
	'GET /api/imports/{id}/errors': { id: () => importOf() },
	'GET /api/imports/{id}/conflicts': { id: () => importOf() },
	'POST /api/imports/{id}/check': { id: () => importOf() },
	'POST /api/imports/{id}/start': { id: () => importOf() },
	'POST /api/imports/{id}/cancel': { id: () => importOf('start') },
	'POST /api/imports/{id}/undo': { id: () => importOf('start', 'cancel') },
	'GET /uploads/{name}': { anyone: true, id: () => 'none', status: 404 },
	/* 404 without configured credentials */
	'POST /api/inbound/mail': { anyone: true, body: () => ({}), status: 404 },
	'POST /api/inbound/postmark': { anyone: true, body: () => ({}), status: 404 },
	 	'POST /mcp': { body: () => ({ jsonrpc: '2.0', id: 1, method: 'ping' }) },
	'GET /.well-known/oauth-protected-resource/mcp': { anyone: true },
	'GET /api/me': {}, 'GET /api': {}, 'GET /api/catalogue': {}, 'GET /api/init_state': {},
	'GET /api/proof-of-work': { anyone: true, status: 404 }, // the proof of work is disabled
	'POST /api/signup': { anyone: true, body: () => ({ password: PASSWORD,
		email: 'signup@people.test', first_name: 'A', last_name: 'B' }) },
	'POST /api/trash/{id}/restore': { id: async () => (await trashed(
		who, 'restored', rows)).id },
	'POST /api/automation_dry_run': { body: () => ({ resource: 'contacts',
		id: rows.contacts.id, rule: sample('automation_rules', 'tried', rows) }) },
	'POST /api/webhooks': { body: () => ({ url: 'https://hook.test/' }) },
	'POST /api/webhooks/test': { body: () => ({ url: 'https://127.0.0.1/' }) },
	'POST /api/webhooks/{id}/rotate': { id: () => rows.webhooks.id },
	'POST /api/webhooks/{id}/test': { id: () => rows.webhooks.id },
	'POST /api/webhooks/{id}/replay': { id: () => rows.webhooks.id,
		body: () => ({ since: '2026-01-01T00:00:00Z' }) },
	'POST /api/webhook_deliveries/{id}/replay': { id: () => rows.webhook_deliveries.id },
	'POST /api/automation_rules/{id}/dry_run': {
		id: () => rows.automation_rules.id,
		body: () => ({ resource: 'contacts', id: rows.contacts.id }) },
	'GET /api/access/resources': {},
	/* 400 without a time */
	'GET /api/access/explain': { status: 400 },
	'POST /api/access/view': { body: () => ({ user_id: 'nobody', reason: 'ticket 7' }), status: 422 },
	'DELETE /api/access/view': {},
	'GET /api/appointments/conflicts': { status: 400 },
	'POST /api/opportunities/{id}/move': { id: () => rows.opportunities.id, body: () => ({ index: 0 }) },
	'POST /api/opportunities/{id}/unarchive': { id: () => rows.opportunities.id },
	'GET /api/opportunities/{id}/stages': { id: () => rows.opportunities.id },
	'GET /api/opportunities/forecast': {},
	'GET /api/opportunities/outcomes': {},
	'GET /api/opportunities/weekly_mail': {},
	'PUT /api/opportunities/weekly_mail': { body: () => ({ enabled: false }) },
	'GET /api/distributor_terms/statement': {},
	'GET /api/products/{id}/prices': { id: () => rows.products.id },
	'GET /api/calendar_feeds': {},
	'POST /api/calendar_feeds': { body: () => ({ name: 'mine' }) },
	'DELETE /api/calendar_feeds/{id}': { id: async () => (await ask('POST',
		'/api/calendar_feeds', { token: who.token, body: {} })).json.id },
	'GET /api/message_channels': {},
	'POST /api/message_channels': { body: () => ({ channel: 'sms' }) },
	'DELETE /api/message_channels/{id}': { id: async () => (await ask('POST',
		'/api/message_channels', { token: who.token,
			body: { channel: 'sms' } })).json.id },
	'POST /api/inbound/messages/{token}': { anyone: true, status: 404,
		id: () => 'none', body: () => ({ from: '1', body: 'x', external_id: '1' }) },
	'POST /api/user_agreements/accept': { body: async () => {
		const { json } = await post('/api/agreement_documents', who.token, sample('agreement_documents', 'accepted', rows));
		return { document_id: json.id, hash: json.hash };
	} },
	'POST /api/user_billing_schedules/{id}/waive': { id: () => rows.user_billing_schedules.id, body: () => ({ reason: 'hardship' }) },
	...Object.fromEntries(Object.entries({ succeed: [], fail: [], cancel: [], retry: ['fail'], refund: ['succeed'] }).map(
		([action, before]) => [`POST /api/user_payments/{id}/${action}`, { id: () => payment(before), body: () => ({ reason: 'x' }) }])),
	'PUT /api/integration_configs/{id}/secret': { id: () => rows.integration_configs.id, body: () => ({ name: 'key', value: 'x' }) },
	'POST /api/data_mappings/preview': { body: () => ({ fields: [{ target: 'title', source: 'a' }], rows: [{ a: 1 }] }) },
	'POST /api/cost_calculations/preview': { body: () => ({ scenarios: [{ name: 'now', inputs: { currency: 'EUR', quantity: 1, materials: [{ name: 'x', price: 1, quantity_per_unit: 1 }] } }] }) },
	'GET /api/payment_providers': {},
	'PUT /api/payment_providers/{id}': { id: () => 'stripe', body: () => ({ key: 'sk_test_1234', signing_secret: 'whsec_1234' }) },
	'DELETE /api/payment_providers/{id}': { id: () => 'stripe' },
	'POST /api/payout_accounts': { body: () => sample('payout_accounts', 'made', rows) },
	...Object.fromEntries(['approve', 'reject', 'cancel'].map((action) =>
		[`POST /api/user_payouts/{id}/${action}`, { id: () => payout(), body: () => ({ reason: 'x' }) }])),
	'POST /api/user_payouts/{id}/withdraw': { id: async () => {
		const id = await payout(['approve']);
		assert.equal((await post('/api/user_payouts/send', who.token, { account_id: await bank() })).status, 201);
		return id;
	} },
	'POST /api/user_payouts/send': { body: async () => {
		await payout(['approve']);
		return { account_id: await bank() };
	} },
	'GET /api/payout_batches/{id}/file': { id: async () => {
		await payout(['approve']);
		return (await post('/api/user_payouts/send', who.token, { account_id: await bank() })).json.id;
	} },
	'POST /api/user_payouts/statement': { body: () => ({ entries: [{ reference: 'x', status: 'paid', amount: 1, currency: 'EUR' }] }) },
	'POST /api/disputes/{id}/submit': { id: dispute, body: () => ({ evidence: 'x' }) },
	'POST /api/disputes/{id}/win': { id: dispute, body: () => ({ note: 'x' }) },
	'POST /api/disputes/{id}/lose': { id: dispute, body: () => ({ note: 'x' }) },
	...Object.fromEntries(Object.entries({ submit: [], withdraw: [], review: ['submit'], ask: ['submit', 'review'], approve: ['submit', 'review'],
		reject: ['submit', 'review'], revoke: ['submit', 'review', 'approve'] }).map(
		([action, before]) => [`POST /api/kyc_verification/{id}/${action}`, { id: () => verification(before), body: () => ({ reason: 'x' }) }])),
	'POST /api/kyc_verification/{id}/renew': { id: () => verification(['submit', 'review', 'approve']) },
	'POST /api/kyc_evidence': { query: async () => `?verification_id=${await verification([])}&kind=front`, body: () => 'evidence' },
	'POST /api/member_messages/{id}/read': { id: () => rows.member_messages.id },
	'GET /api/member_messages/unread': {},
	'POST /api/newsfeed_posts/{id}/read': { id: () => rows.newsfeed_posts.id },
	'POST /api/user_contacts/{id}/send_code': { id: async () => (await post('/api/user_contacts', who.token, { kind: 'email', value: 'own@members.test' })).json.id },
	'POST /api/user_contacts/{id}/verify': { status: 422, id: async () => (await post('/api/user_contacts', who.token,
		{ kind: 'email', value: 'other@members.test' })).json.id, body: () => ({ code: '000000' }) },
	'GET /api/report_templates/{id}/run': { id: () => rows.report_templates.id },
	'GET /api/user_profiles/{id}/report': { id: () => rows.user_profiles.id },
	'POST /api/user_profiles/{id}/erase': { id: async () => (await post('/api/user_profiles', who.token, { last_name: 'Gone' })).json.id, body: () => ({ reason: 'asked' }) },
	'GET /api/contacts/{id}/report': { id: () => rows.contacts.id },
	'POST /api/contacts/{id}/erase': { id: async () => (await post('/api/contacts', who.token, { last_name: 'Gone' })).json.id, body: () => ({ reason: 'asked' }) },
	'POST /api/contact_holds/{id}/release': { id: async () => (await post('/api/contact_holds', who.token, sample('contact_holds', 'posted', rows))).json.id },
	'POST /api/legal_holds/{id}/release': { id: async () => (await post('/api/legal_holds', who.token, sample('legal_holds', 'posted', rows))).json.id },
	'POST /api/tax_forms': { body: () => sample('tax_forms', 'posted', rows) },
	'GET /api/tax_forms/{id}/pdf': { id: () => rows.tax_forms.id },
	...Object.fromEntries(Object.entries({ acknowledge: [], resolve: ['acknowledge'], dismiss: ['acknowledge'], reopen: ['acknowledge', 'dismiss'] }).map(
		([action, before]) => [`POST /api/admin_alerts/{id}/${action}`, { id: () => alert(before), body: () => ({ reason: 'x' }) }])),
	'POST /api/admin_alerts/{id}/assign': { id: () => alert([]), body: async () => ({ sales_id: (await ask('GET', '/api/me', { token: who.token })).json.id }) },
	'POST /api/admin_alerts/claim': {},
	'GET /api/kyc_evidence/{id}/content': { id: () => rows.kyc_evidence.id },
	'POST /api/user_memberships/{id}/renew': { id: membership, body: () => ({ ends_on: '2098-12-31' }) },
	'POST /api/membership_queue/claim': { body: () => ({ count: 2 }) },
	'GET /api/membership_queue/{id}/position': { id: () => rows.membership_queue.id },
	'POST /api/user_memberships/{id}/cancel': { id: membership, body: () => ({ reason: 'moves' }) },
	'POST /api/tasks/{id}/snooze': { id: () => rows.tasks.id,
		body: () => ({ minutes: 5 }) },
	'POST /api/invites': { body: () => ({ email: 'inv@people.test' }) },
	'GET /api/invites': {},
	'DELETE /api/invites/{id}': { id: async () => (await ask('POST',
		'/api/invites', { token: who.token, body: {} })).json.id },
	'GET /api/group_roles': {},
	'POST /api/group_roles': { body: () => group },
	'DELETE /api/group_roles/{id}': { id: async () => (await ask('POST',
		'/api/group_roles', { token: who.token, body: group })).json.id },
	'PATCH /api/sales/{id}/password': { id: async () => (await ask('GET',
		'/api/me', { token: who.token })).json.id },
	'POST /api/set-password': { anyone: true, body: async () => ({
		password: PASSWORD, token: (await ask('POST', '/api/invites', {
			token: who.token, body: { email: 'set@people.test' } })).json.token }) },
	'POST /api/invitation': { anyone: true, status: 404,
		body: () => ({ token: 'none' }) },
	'GET /invite/{token}': { anyone: true, id: async () => (await ask('POST',
		'/api/invites', { token: who.token, body: {} })).json.token },
	'POST /api/deals/{id}/move': { id: () => rows.deals.id,
		body: () => ({ index: 0 }) },
	'POST /api/deals/{id}/unarchive': { id: () => rows.deals.id },
	'GET /api/deals/{id}/stages': { id: () => rows.deals.id },
	'GET /api/crm/deals/{id}/stages': { id: () => rows.deals.id },
	'POST /api/daily_metrics/recompute': { body: () => ({ days: 2 }) },
	'POST /api/crm/metrics/recompute': { body: () => ({}) },
	'POST /api/configuration/rename-stage': { body: () => ({
		from: 'delayed', to: 'later' }) },
	'GET /api/batch': { query: () => '?get=/api/tags&get=/api/nothing' },
	'POST /api/batch': { body: () => ({ operations: [{ method: 'POST',
		resource: 'tags', data: { name: 'b', color: '#000000' } }] }) },
	'GET /api/assistant/status': {},
	'PUT /api/assistant/key': { body: () => ({ key: 'k' }) },
	'DELETE /api/assistant/key': {},
	'PUT /api/assistant/organization_key': { body: () => ({ key: 'k' }) },
	'DELETE /api/assistant/organization_key': {},
	'POST /api/assistant/search': { body: () => ({ query: 'document' }) },
	/* no model is configured here; see assistant/assistant */
	'POST /api/assistant/chat': { status: 503, body: () => ({
		messages: [{ role: 'user', content: 'x' }] }) },
	'GET /api/assistant/tools': {},
	'POST /api/assistant/tools/{id}': { id: () => 'list_tasks',
		body: () => ({ limit: 1 }) },
	'GET /api/assistant/proposals': {},
	'POST /api/assistant/proposals/{id}/confirm': { id: proposal },
	'DELETE /api/assistant/proposals/{id}': { id: proposal },
	'POST /api/duplicates/check': { body: () => ({ resource: 'contacts',
		candidate: {} }) },
	'POST /api/merge_contacts': { body: pair },
	'POST /api/merge_contacts/preview': { body: pair },
	'POST /api/field_definitions/{id}/preview': { id: () => rows.field_definitions.id, body: () => ({ kind: 'longtext' }) },
	'POST /api/field_definitions/{id}/change': { id: () => rows.field_definitions.id, body: () => ({ kind: 'longtext' }) },
	'POST /api/field_definitions/{id}/undo': { id: () => rows.field_definitions.id },
	'POST /api/bulk_changes/{id}/undo': { id: () => rows.bulk_changes.id },
	'POST /api/merges/{id}/undo': { id: () => rows.merges.id,
		body: () => ({ keep: true }) },
	'GET /api/auth/ok': {}, 'GET /api/auth/error': {},
	'POST /api/auth/sign-up/email': { anyone: true, body: () => ({
		name: 'A B', email: 'up@people.test', password: PASSWORD }) },
	'POST /api/auth/sign-in/email': { anyone: true, body: () => ({
		email: who.email, password: PASSWORD }) },
	'POST /api/auth/sign-out': { other: true, body: () => ({}) },
	'GET /api/auth/get-session': {},
	'POST /api/auth/get-session': { status: 405 },
	'GET /api/auth/list-sessions': {},
	'POST /api/auth/revoke-session': { other: true,
		body: () => ({ token: 'x' }) },
	'POST /api/auth/revoke-sessions': { other: true, body: () => ({}) },
	'POST /api/auth/revoke-other-sessions': { other: true, body: () => ({}) },
	'POST /api/auth/update-user': { body: () => ({ name: 'New Name' }) },
	'POST /api/auth/change-password': { other: true, body: () => ({
		currentPassword: PASSWORD, newPassword: `${PASSWORD} 2` }) },
	'POST /api/auth/two-factor/enable': { other: true, body: password },
	'POST /api/auth/two-factor/verify-totp': { other: true,
		body: authenticator },
	'POST /api/auth/two-factor/get-totp-uri': { other: true, body: enrol },
	'POST /api/auth/two-factor/generate-backup-codes': { other: true,
		body: enrol },
	'POST /api/auth/two-factor/disable': { other: true, body: enrol },
	'POST /api/auth/two-factor/verify-backup-code': { status: 400,
		body: () => ({ code: 'aaaaa-bbbbb' }) },
	'POST /api/auth/two-factor/send-otp': { status: 400, body: () => ({}) },
	'POST /api/auth/two-factor/verify-otp': { status: 400,
		body: () => ({ code: '000000' }) },
	'GET /api/auth/list-accounts': {},
	'POST /api/auth/unlink-account': { status: 400, body: account },
	'POST /api/auth/get-access-token': { status: 400, body: account },
	'POST /api/auth/refresh-token': { status: 400, body: account },
	'GET /api/auth/account-info': { status: 400 },
	'POST /api/auth/sign-in/social': { anyone: true, status: 404,
		body: () => ({ provider: 'none' }) },
	'POST /api/auth/link-social': { status: 404,
		body: () => ({ provider: 'none' }) },
	'GET /api/auth/callback/{id}': { anyone: true, id: () => 'none' },
	'POST /api/auth/callback/{id}': { anyone: true, id: () => 'none',
		body: () => ({}) },
	'GET /api/auth/passkey/generate-register-options': {},
	'POST /api/auth/passkey/verify-registration': { status: 400,
		body: () => ({ response: {} }) },
	'GET /api/auth/passkey/generate-authenticate-options': {},
	'POST /api/auth/passkey/verify-authentication': { status: 400,
		body: () => ({ response: {} }) },
	'GET /api/auth/passkey/list-user-passkeys': {},
	'POST /api/auth/passkey/update-passkey': { status: 404,
		body: () => ({ id: 'none', name: 'x' }) },
	'POST /api/auth/passkey/delete-passkey': { status: 404,
		body: () => ({ id: 'none' }) },
	'POST /api/auth/organization/create': { other: true, body: () => ({
		name: 'Another', slug: 'another-of-document' }) },
	'GET /api/auth/organization/list': {},
	'POST /api/auth/organization/set-active': { body: () => ({
		organizationId: who.organization }) },
	'GET /api/auth/organization/get-full-organization': {},
	'GET /api/auth/organization/list-members': {},
	'POST /api/auth/organization/invite-member': { body: () => ({
		email: 'member@people.test', role: 'member' }) },
	'POST /api/auth/organization/accept-invitation': { other: true,
		body: (other) => invitation(other.email) },
	'POST /api/auth/organization/reject-invitation': { other: true,
		body: (other) => invitation(other.email) },
	'POST /api/auth/organization/cancel-invitation': {
		body: () => invitation('canceled@people.test') },
	'GET /api/auth/organization/get-invitation': { status: 400 },
	'GET /api/auth/organization/list-invitations': {},
	'GET /api/auth/organization/list-user-invitations': { status: 403 },
	'POST /api/auth/organization/check-slug': { body: () => ({
		slug: 'free-of-document' }) },
	'POST /api/auth/organization/update': { body: () => ({
		data: { name: 'Renamed', metadata: { plan: 'pro' } } }) },
	'POST /api/auth/organization/delete': { other: true,
		body: async (other) => ({ organizationId: (await organization('create',
			other.token, { name: 'Gone', slug: 'gone-of-document' })).id }) },
	'GET /api/auth/organization/get-organization': {},
	'POST /api/auth/organization/remove-member': { status: 400,
		body: () => ({ memberIdOrEmail: 'nobody@people.test' }) },
	'POST /api/auth/organization/update-member-role': { status: 400,
		body: () => ({ memberId: 'none', role: ['member'] }) },
	'POST /api/auth/organization/leave': { status: 400,
		body: () => ({ organizationId: 'none' }) },
	'GET /api/auth/organization/get-active-member': {},
	'GET /api/auth/organization/get-active-member-role': {},
	'POST /api/auth/organization/has-permission': { body: () => ({
		permissions: { member: ['create'] } }) },
	'POST /api/auth/organization/create-role': { body: () => ({
		role: 'of document', permission: { ac: ['read'] } }) },
	'POST /api/auth/organization/update-role': { body: async () => ({
		...await role('changed'), data: { permission: { ac: ['read'] } } }) },
	'POST /api/auth/organization/delete-role': { body: () => role('gone') },
	'GET /api/auth/organization/list-roles': {},
	'GET /api/auth/organization/get-role': { status: 400 },
	'POST /api/auth/organization/create-team': { body: async () => ({
		name: 'of document', parentId: (await team('above')).teamId }) },
	'POST /api/auth/organization/update-team': { body: async () => ({
		...await team('renamed'), data: { name: 'new name', parentId: null } }) },
	'POST /api/auth/organization/remove-team': { body: () => team('removed') },
	'GET /api/auth/organization/list-teams': {},
	'POST /api/auth/organization/set-active-team': { body: () => ({ teamId: null }) },
	'GET /api/auth/organization/list-user-teams': {},
	'GET /api/auth/organization/list-team-members': { status: 400 },
	'POST /api/auth/organization/add-team-member': { body: async () => ({
		...await team('joined'), userId: who.user.id }) },
	'POST /api/auth/organization/remove-team-member': { body: async () => {
		const body = { ...await team('left'), userId: who.user.id };
		await organization('add-team-member', who.token, body);
		return body;
	} },
	'POST /api/auth/admin/set-role': { operator: true, body: async () => ({
		...await victim(), role: 'user' }) },
	'POST /api/auth/admin/ban-user': { operator: true, body: () => victim() },
	'POST /api/auth/admin/unban-user': { operator: true, body: () => victim() },
	'POST /api/auth/admin/remove-user': { operator: true, body: () => victim() },
	'POST /api/auth/admin/set-user-password': { operator: true, body: async () => ({
		...await victim(), newPassword: `${PASSWORD} 3` }) },
	'POST /api/auth/admin/has-permission': { operator: true, body: () => ({
		permissions: { user: ['list'] } }) },
	'POST /api/auth/admin/list-user-sessions': { operator: true,
		body: () => victim() },
	'POST /api/auth/admin/revoke-user-session': { operator: true,
		body: () => ({ sessionToken: 'none' }) },
	'POST /api/auth/admin/revoke-user-sessions': { operator: true,
		body: () => victim() },
	'GET /api/auth/admin/list-users': { operator: true },
	'GET /api/auth/admin/get-user': { operator: true, status: 400 },
	'POST /api/auth/admin/create-user': { operator: true, body: () => ({
		email: 'made@people.test', name: 'Made', password: PASSWORD }) },
	'POST /api/auth/admin/update-user': { operator: true, body: async () => ({
		...await victim(), data: { name: 'Changed' } }) },
	'POST /api/auth/admin/impersonate-user': { operator: true,
		body: async () => ({ ...await victim(), reason: 'asked for help' }) },
	'POST /api/auth/admin/stop-impersonating': { operator: true, status: 400,
		body: () => ({}) },
	'POST /api/operators/organizations/{id}/suspend': { operator: true,
		id: () => who.slug },
	'POST /api/operators/organizations/{id}/restore': { operator: true,
		id: () => who.slug },
	'GET /api/operators/organizations': { operator: true },
	'GET /api/operations/migrations': { operator: true },
	'GET /api/operations/routes': { operator: true },
	'GET /api/operators/console': { operator: true },
	'POST /api/operators/console': { operator: true, body: () => ({ sql: 'SELECT 1' }), status: 403 }, // the console is disabled here
	'GET /api/maintenance': { anyone: true },
	'GET /api/whats-new': {},
	'PUT /api/whats-new': { body: () => ({ entry: '2026-11' }) },
	'PUT /api/checklist/{id}': { id: () => sql(`SELECT ops.add_checklist_item(NULL, 'Fine?', NULL)`)[0][0],
		body: () => ({ state: 'verified' }) },
	'GET /api/operations/checklist': { operator: true },
	'GET /api/operators/jobs': { operator: true },
	'GET /api/operators/jobs/entries': { operator: true },
	'GET /api/operators/jobs/{id}/log': { operator: true, id: () => 'mail-1' },
	'POST /api/operators/jobs/{id}/retry': { operator: true, status: 404,
		id: () => 'mail-1' },
	'POST /api/operators/jobs/{id}/cancel': { operator: true, status: 404,
		id: () => 'mail-1' },
	'GET /api/operators/mail': { operator: true },
	'POST /api/operators/mail/{id}/retry': { operator: true, status: 404,
		id: () => '1' },
	'GET /api/audit_log/verify': {},
	'POST /api/operators/link': { anyone: true, status: 404,
		body: () => ({ token: 'none' }) },
	'POST /api/operators': { anyone: true, status: 404,
		body: () => ({ token: 'none', password: PASSWORD, name: 'Op' }) },
	'POST /api/auth/api-key/create': { body: () => ({ name: 'of document' }) },
	'GET /api/auth/api-key/get': { status: 400 },
	'GET /api/auth/api-key/list': {},
	'POST /api/auth/api-key/update': { body: async () => ({
		...await key(), name: 'renamed' }) },
	'POST /api/auth/api-key/rotate': { body: () => key() },
	'POST /api/auth/api-key/delete': { body: () => key() },
	'GET /api/api_keys/requests': { query: async () => `?id=${(await key()).keyId}` },
	'GET /api/forms': {},
	'POST /api/forms': { body: () => form },
	'PATCH /api/forms/{id}': { id: async () => (await madeForm()).id, body: () => ({ name: 'renamed' }) },
	'DELETE /api/forms/{id}': { id: async () => (await madeForm()).id },
	'GET /api/submissions/{key}': { anyone: true, id: async () => (await madeForm()).key },
	/* the proof of work is missing */
	'POST /api/submissions/{key}': { anyone: true, status: 403, id: async () => (await madeForm()).key, body: () => ({ fields: {}, proof: 'x' }) },
	'GET /api/submissions/{key}/confirm': { anyone: true, id: async () => (await madeForm()).key },
	'POST /api/submissions/{key}/confirm': { anyone: true, status: 404, id: async () => (await madeForm()).key },
	'GET /api/service_accounts': {},
	'POST /api/service_accounts': { body: () => ({ name: 'sync' }) },
	'PATCH /api/service_accounts/{id}': { id: service, body: () => ({ name: 'renamed' }) },
	'DELETE /api/service_accounts/{id}': { id: service },
	'POST /api/service_accounts/{id}/keys': { id: service, body: () => ({ name: 'key' }) },
	'PUT /api/api_keys/limit': { body: async () => ({ id: (await key()).keyId, requests: 1200, seconds: 60 }) },
	'GET /api/auth/token': {}, 'GET /api/auth/jwks': { anyone: true },
	'GET /api/events': {}, 'GET /api/search': {},
	'GET /api/changes': {},
	'GET /api/changes/stream': {},
	'POST /api/auth/update-session': { status: 400, body: () => ({}) },
	'POST /api/auth/verify-password': { body: password },
	'POST /api/auth/change-email': { other: true, body: () => ({
		newEmail: 'changed@people.test' }) },
	'POST /api/auth/delete-user': { other: true, body: password },
	'GET /api/auth/delete-user/callback': { status: 400 },
	'POST /api/auth/send-verification-email': { anyone: true, body: mailbox },
	'GET /api/auth/verify-email': { anyone: true, status: 400 },
	'POST /api/auth/request-password-reset': { anyone: true, body: mailbox },
	'GET /api/auth/reset-password/{token}': { anyone: true, status: 400,
		id: () => 'none' },
	'POST /api/auth/reset-password': { anyone: true, status: 400, body: () => ({
		token: 'none', newPassword: PASSWORD }) },
	'POST /api/auth/sign-in/magic-link': { anyone: true, body: mailbox },
	'GET /api/auth/magic-link/verify': { anyone: true, status: 400 },
	'POST /api/auth/email-otp/send-verification-otp': { anyone: true,
		body: () => ({ ...mailbox(), type: 'sign-in' }) },
	'POST /api/auth/email-otp/check-verification-otp': { anyone: true,
		status: 400, body: () => ({ ...code(), type: 'sign-in' }) },
	'POST /api/auth/email-otp/verify-email': { anyone: true, status: 400,
		body: () => code() },
	'POST /api/auth/sign-in/email-otp': { anyone: true, status: 400,
		body: () => code() },
	'POST /api/auth/email-otp/request-password-reset': { anyone: true,
		body: mailbox },
	'POST /api/auth/forget-password/email-otp': { anyone: true, body: mailbox },
	'POST /api/auth/email-otp/reset-password': { anyone: true, status: 400,
		body: () => ({ ...code(), password: PASSWORD }) },
};

async function call({ method, path, operation }) {
	const how = calls[`${method} ${path}`]
		?? (path.endsWith('/get-many') ? { body: () => ({ ids: [] }) }
			: path.endsWith('/aggregate') ? {}
				: path.endsWith('/bulk') ? { body: () => ({ ids: [1], preview: true }) }
					: undefined);
	assert.ok(how, `no call is listed for ${method} ${path}; add one`);
	const caller = how.operator ? await operator()
		: how.other ? await person('Other Person') : who;
	const id = how.id ? await how.id() : '';
	const body = how.body ? await how.body(caller) : undefined;
	const rs = await ask(method, path.replace(/\{\w+\}/, id) + (await how.query?.() ?? ''), {
		token: how.anyone ? undefined : caller.token, body });
	const want = how.status ?? Number(Object.keys(operation.responses)[0]);
	assert.equal(rs.status, want, `${method} ${path}: ${rs.text}`);
	agrees(operation, rs, `${method} ${path}`);
}

test('every row of every list contains the times of its creation and last change', async () => {
	// Rows that are computed for each request from other rows, which contain the times.
	const computed = ['activity_log', 'timeline', 'contact_influence_profile', 'principal_advocacy_dashboard', 'daily_metrics',
		'member_directory'];
	const times = ['created_at', 'updated_at'];
	const lists = Object.entries(document.paths).map(([path, { get }]) => [path.match(/^\/api\/([a-z_]+)$/)?.[1], get])
		.filter(([name, get]) => name && get?.parameters?.some((p) => p.name === 'sort'));
	assert.ok(lists.length > 70, `${lists.length}`);
	const without = [];
	for (const [name] of lists) {
		const page = await ask('GET', `/api/${name}${query({ sort: ['updated_at', 'DESC'] })}`, { token: who.token });
		if (page.status !== 200) {
			without.push(name);
			continue;
		}
		for (const row of page.json)
			assert.ok(times.every((t) => !Number.isNaN(Date.parse(row[t]))), `${name}: ${page.text}`);
		for (const t of times)
			for (const order of ['ASC', 'DESC']) {
				const rs = await ask('GET', `/api/${name}${query({ sort: [t, order],
					filter: { [`${t}@gte`]: '2000-01-01', [`${t}@lt`]: '2999-01-01' } })}`, { token: who.token });
				assert.equal(rs.status, 200, `${name}: ${rs.text}`);
				const found = rs.json.map((row) => row[t]);
				assert.deepEqual(found, [...found].sort((a, b) => (order === 'ASC' ? 1 : -1) * (Date.parse(a) - Date.parse(b))), name);
			}
		if (!document.paths[`/api/${name}/export`])
			continue;
		const file = await ask('GET', `/api/${name}/export`, { token: who.token });
		assert.ok(times.every((t) => file.text.split('\n')[0].split(',').map((h) => h.trim()).includes(t)), `${name}: ${file.text.slice(0, 300)}`);
	}
	assert.deepEqual(without.sort(), computed.sort());
});

test('special routes respond as documented', async () => {
	for (const o of operations(document))
		if (!o.resource)
			await call(o);
});

// Creates a row for the routes of a resource, because some routes delete the row.
async function rowFor(resource) {
	const path = `/api/${resource}`;
	if (resource === 'trash')
		return trashed(who, 'documented', rows);
	if (resource === 'kyc_evidence')	/* evidence needs an open verification */
		return (await ask('POST', `${path}?verification_id=${await verification([])}&kind=front`, { token: who.token, body: 'evidence' })).json;
	if (!document.paths[path].post)
		return rows[resource];
	const rs = await ask('POST', path, { token: who.token,
		body: sample(resource, 'documented', rows) });
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
}

async function writable(resource, row) {
	const { properties } = document.components.schemas[`${resource}.input`];
	return Object.fromEntries(Object.entries(row)
		.filter(([name]) => name in properties));
}

test('resource routes respond as documented', async () => {
	for (const o of operations(document).filter((o) => o.resource)) {
		const { method, path, operation, resource, one } = o;
		const about = `${method} ${path}`;
		const row = await rowFor(resource);
		const upserts = method === 'PUT' && !one;
		const external_ids = { documented: [`${resource} ${row.id}`] };
		if (upserts)
			await ask('PATCH', `${path}/${row.id}`, { token: who.token, body: { external_ids } });
		const url = one ? path.replace('{id}', row.id)
			: method === 'GET' || method === 'POST' ? path
				: path + (upserts ? '?match=external_ids.documented' : query({ filter: { id: [row.id] } }));
		const body = !operation.requestBody ? undefined
			: method === 'POST' ? sample(resource, 'posted', rows)
				: upserts ? { external_ids } : await writable(resource, row);
		const rs = await ask(method, url, { token: who.token, body });
		assert.equal(String(rs.status), Object.keys(operation.responses)[0],
			`${about}: ${rs.text}`);
		agrees(operation, rs, about);
	}
});

test('rows have exactly the documented fields', async () => {
	for (const [resource, row] of Object.entries(rows)) {
		const documented = Object.keys(document.components.schemas[resource].properties).sort();
		let shown = row;
		if (documented.includes('external_ids')) { // external IDs are embedded on request
			assert.equal(row.external_ids, undefined, resource);
			const rs = await ask('GET', `/api/${resource}/${row.id}${query({ embed: ['external_ids'] })}`, { token: who.token });
			assert.equal(rs.status, 200, rs.text);
			shown = rs.json;
		}
		assert.deepEqual(Object.keys(shown).sort(), documented, resource);
	}
});

test('errors have the documented format', async () => {
	for (const { method, path, operation } of operations(document)) {
		const url = path.replace(/\{\w+\}/, '9007199254740991')
			+ query({ filter: { id: [1] } });
		const body = operation.requestBody ? '{"":' : undefined;
		for (const token of [who.token, undefined]) {
			const rs = await ask(method, url, { token, body });
			if (rs.status >= 400)
				agrees(operation, rs, `${method} ${url}`);
			// Better Auth routes validate the query before they
			// authenticate.
			if (!token && operation['x-needs'] !== 'anyone' && !body)
				assert.ok(rs.status === 401 || path.startsWith('/api/auth/')
					&& rs.status === 400, `${method} ${url} ${rs.text}`);
		}
	}
});

test('every path parameter is declared, and every reference resolves',
	() => {
		const text = JSON.stringify(document);
		for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
			assert.ok(document.components.schemas[name], name);
		for (const { path, method, operation } of operations(document)) {
			const declared = operation.parameters
				.filter((p) => p.in === 'path').map((p) => p.name);
			assert.deepEqual(declared,
				[...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]),
				`${method} ${path}`);
			assert.ok(operation.summary);
		}
		assert.equal(document.openapi, '3.1.0');
	});

test('no object in the document has duplicate members', async () => {
	assert.deepEqual(duplicates('{"a":{"b":[{"c":"\\"}","d":{}}]},"b":1,"a":2}'), ['"a"']);
	assert.deepEqual(duplicates('[{"a":1,"\\u0061":2}]'), ['"\\u0061"']);
	assert.deepEqual(duplicates((await ask('GET', '/api/openapi.json')).text), []);
});

test('every operation has a unique name, a tag and a documented response', () => {
	const ids = operations(document).map((o) => o.operation.operationId);
	assert.equal(new Set(ids).size, ids.length);
	assert.ok(ids.includes('getContactsById') && ids.includes('postAuthSignInEmail'));
	const tags = document.tags.map((tag) => tag.name);
	for (const { operation } of operations(document))
		assert.ok(tags.includes(operation.tags[0]), operation.operationId);
	const empty = operations(document).filter(({ operation }) =>
		Object.values(operation.responses).some((rs) =>
			Object.values(rs.content ?? {}).some(({ schema }) =>
				Object.keys(schema).filter((key) => key !== 'description').length === 0)));
	assert.deepEqual(empty.map((o) => o.operation.operationId).sort(), [
		'postAssistantToolsById']);
	assert.deepEqual(document.servers, [{ url: BASE }]);
});

// Returns all schemas below a part of the document, with their paths.
function* schemas(part, at = '') {
	if (part === null || typeof part !== 'object')
		return;
	if (!Array.isArray(part) && part.properties && !Array.isArray(part.properties))
		for (const [name, inner] of Object.entries(part.properties))
			yield [`${at}.${name}`, inner];
	for (const [name, inner] of Object.entries(part))
		yield* schemas(inner, `${at}/${name}`);
}

test('each member of a body and of a response has a type and a description, and integers have a size', () => {
	const all = [...schemas({ paths: document.paths, schemas: Object.fromEntries(Object.entries(document.components.schemas)
		.filter(([name]) => !name.endsWith('.filter'))) })];
	assert.ok(all.length > 3000);
	const described = [...schemas({ paths: document.paths, schemas: document.components.schemas })];
	assert.ok(described.length > all.length + 7000, 'the conditions of filters');
	assert.deepEqual(described.filter(([, s]) => !s.description).map(([at]) => at), []);
	// Only these schemas allow any value: results of other routes, the values before and after a change, and values
	// from other systems.
	assert.deepEqual([...new Set(all.filter(([, s]) => !['type', '$ref', 'oneOf', 'enum', 'const'].some((key) => key in s))
		.map(([at]) => at.split('.').at(-1)))].sort(), ['choices', 'data', 'default', 'new', 'old', 'sample', 'settings', 'value']);
	assert.deepEqual(all.filter(([, s]) => !['type', '$ref', 'oneOf', 'enum', 'const'].some((key) => key in s) && !/any JSON value, which depends on /.test(s.description))
		.map(([at]) => at), [], 'a member of any type gives the reason');
	assert.match(document.paths['/api/assistant/tools/{id}'].post.responses[200].content['application/json'].schema.description, /^Any JSON value, which depends on /);
	const whole = (s) => s !== null && typeof s === 'object' && ([s.type].flat().includes('integer') && !s.format
		|| Object.values(s).some(whole));
	assert.deepEqual(all.filter(([, s]) => whole(s)).map(([at]) => at), []);
});

// Returns the types of the values of a schema, except null.
const typesOf = (schema) => [...[schema.type ?? []].flat(), ...(schema.oneOf ?? []).flatMap(typesOf),
	...schema.$ref ? typesOf(document.components.schemas[schema.$ref.split('/').at(-1)]) : []].filter((type) => type !== 'null');

test('descriptions suit the type of their member, and each of them is used', () => {
	const all = [...schemas({ paths: document.paths, schemas: document.components.schemas })].map(([at, schema]) => [at, schema.description ?? '', typesOf(schema)]);
	const odd = (about, types) => about === '' || types.length === 0 ? false
		: types.every((type) => type === 'boolean') ? !/whether/i.test(about)
			: !types.includes('boolean') && /^whether/.test(about) || types.every((type) => ['array', 'object'].includes(type)) && /^(how many|when|why)\b/.test(about);
	assert.deepEqual(all.filter(([at, about, types]) => !/[.]filter[.][^/]*$/.test(at) && odd(about, types)).map(([at, about]) => `${at}: ${about}`), []);
	const used = new Set(all.map(([at, about]) => `${at.split('.').at(-1)} ${about}`));
	const source = readFileSync(`${process.env.SOURCES}/handlers/operations/member.c`, 'utf8');
	const [, table] = /abouts\[\] = \{\n([^]*?)\n\};/.exec(source);
	const rows = [...table.matchAll(/\{ "([^"]+)",\s*((?:"[^"]*"\s*)+)\}/g)].map(([, name, texts]) => [name, [...texts.matchAll(/"([^"]*)"/g)].map(([, text]) => text).join('')]);
	assert.ok(rows.length > 500);
	assert.deepEqual(rows.filter(([name, text]) => !used.has(`${name.split('.').at(-1)} ${text}`)).map(([name]) => name), []);
});

// Objects that may have any members, and values that may have any type, by the reason.
const FREE = {
	'The clients of an organization store what they want.': [/^[\w/ .{}-]*metadata$/, /\.custom$/, 'Settings', 'Columns[]', 'POST /api/submissions/{key} body.fields'],
	'The values of rows of any resource, or as they were at the time.': [/\.event\.previous$/, 'audit_log.changes', 'user_audit_logs.changes', 'system_audit_logs.changes',
		'HistoryEntry.changes.*.old', 'HistoryEntry.changes.*.new', 'merges.loser', 'Problem.current', 'activity_log.company', 'activity_log.contact',
		'activity_log.deal', 'activity_log.contact_note', 'activity_log.deal_note', 'automation_runs.effect', 'DryRun.effect', 'factory_audit_log.details',
		/^POST \/api\/automation\w+(\/{id}\/dry_run)? body\.changes$/, 'POST /api/assistant/proposals/{id}/confirm 200.row', 'POST /api/merge_contacts/preview 200.winner', 'POST /api/assistant/chat 200.sources[]',
		'POST /api/batch body.operations[].data', /^(GET|POST) \/api\/batch 200\.results\[\]\.data$/, 'GET /api/imports/{id}/errors 200[].row',
		/^GET \/api\/imports\/{id}\/preview 200\.rows\[\]\.(data|values)$/, 'POST /api/field_definitions/{id}/preview 200.violations[].value',
		/^GET \/api\/catalogue 200\.\*\.fields\.\*\.default$/, 'field_definitions.previous', /^(views|report_templates)(\.input)?\.filters$/, /^query (filter|having)$/, 'Embed[].*.filter'],
	'Other systems define the values.': [/^integration_jobs(\.input)?\.(payload|sample)$/, 'IntegrationSettings', /^POST \/api\/data_mappings\/preview (body\.rows\[\]|200\[\]\.values)$/,
		'POST /api/inbound/postmark body', /^POST \/api\/auth\/[\w-]+(\/social)? body\.additionalData$/, 'GET /api/auth/account-info 200.data',
		/^POST \/api\/auth\/passkey\/verify-\w+ body\.response\.clientExtensionResults$/],
	'The values depend on the name in the same object or in the path.': ['GET /api/events 200[].data', 'GET /api/sandbox/mails 200[].data', 'Proposal.arguments',
		/^POST \/api\/assistant\/tools\/{id} (body|200)$/, 'GET /api/assistant/tools 200[].function.parameters', /^POST \/mcp (body\.params|200\.result|\d+\.error\.data)$/,
		'GET /api/operations/migrations 200[].choices', 'GET /api/operations/migrations 200[].settings', 'POST /api/operators/console 200.plan',
		'POST /api/cost_calculations/preview 200[].rates', 'cost_calculations.rates', 'GET /api/openapi.json 200'],
	'The body is ignored, or the response is an empty object.': ['DELETE /api/access/view 200', 'PATCH /api/sales/{id}/password 200.data',
		/^POST \/api\/auth\/(revoke-(other-)?sessions|admin\/stop-impersonating) body$/, /^POST \/api\/auth\/update-session (body|200)$/],
};

// Returns the positions of all schemas that allow any members or values, and of arrays without a type of their items.
function* untyped(schema, at) {
	const types = [schema.type].flat(), any = (inner) => inner === true || inner && Object.keys(inner).filter((key) => key !== 'description').length === 0;
	if (/\/(Object|Changes)$/.test(schema.$ref ?? '') || any(schema) || types.includes('object') && (schema.properties ? any(schema.additionalProperties)
		: !schema.additionalProperties || any(schema.additionalProperties)))
		yield at;
	if (types.includes('array') && !schema.prefixItems && (!schema.items || any(schema.items)))
		yield `${at} is an array`;
	for (const [name, inner] of Object.entries(schema.properties ?? {}))
		yield* untyped(inner, `${at}.${name}`);
	for (const one of [...schema.oneOf ?? [], ...schema.allOf ?? []])
		yield* untyped(one, at);
	if (schema.items && !any(schema.items))
		yield* untyped(schema.items, `${at}[]`);
	if (schema.additionalProperties && !any(schema.additionalProperties))
		yield* untyped(schema.additionalProperties, `${at}.*`);
}

test('each array and each object has a type, unless it is free-form by nature', () => {
	const found = new Set();
	const look = (schema, at) => [...untyped(schema, at)].forEach((one) => found.add(one));
	for (const { method, path, operation } of operations(document)) {
		for (const { name, schema, content } of operation.parameters)
			look(schema ?? content['application/json'].schema, `query ${name}`);
		for (const { schema } of Object.values(operation.requestBody?.content ?? {}))
			look(schema, `${method} ${path} body`);
		for (const [status, { content = {} }] of Object.entries(operation.responses))
			for (const { schema } of Object.values(content))
				look(schema, `${method} ${path} ${status}`);
	}
	for (const [name, schema] of Object.entries(document.components.schemas))
		if (!['Object', 'Changes'].includes(name))	// a condition has the type of its field
			[...untyped(schema, name)].forEach((at) => found.add(at.replace(/[.]filter[.](\w+)@\w+$/, '.$1')));
	const listed = Object.values(FREE).flat(), fits = (entry, at) => typeof entry === 'string' ? entry === at : entry.test(at);
	assert.deepEqual([...found].filter((at) => !listed.some((entry) => fits(entry, at))), []);
	assert.deepEqual(listed.filter((entry) => ![...found].some((at) => fits(entry, at))), [], 'each entry of the list is needed');
});

test('webhook payloads are as documented', () => {
	const events = Object.keys(document.webhooks);
	assert.ok(events.length >= 42 && events.includes('contacts.create'));
	let seen = 0;
	for (const resource of new Set(events.map((event) => event.split('.')[0]))) {
		const { post } = document.webhooks[`${resource}.update`];
		assert.deepEqual(post.requestBody.content['application/json'].schema, { $ref: `#/components/schemas/${resource}.event` });
		if (!rows[resource])
			continue;
		const [[data]] = sql(`SELECT set_config('app.org_id', '${who.organization}', true) IS NULL;
			SELECT ops.webhook_data('${resource}.update', '${rows[resource].id}')`).slice(-1);
		const sent = JSON.parse(data);
		for (const column of HIDDEN.crm[resource]?.split(' ') ?? [])	// shown in payloads, but not in rows
			delete sent[column];
		assert.deepEqual(flaws(document, { $ref: `#/components/schemas/${resource}.event` }, { id: 'msg_1', type: `${resource}.update`,
			created_at: rows[resource].created_at ?? new Date().toISOString(), organization: who.organization, seq: 1, by: who.user.id,
			data: sent }), [], `${resource} ${data}`);
		seen++;
	}
	assert.equal(seen, events.length / 3);
});

test('the document can be limited to one tag', async () => {
	for (const { name: tag } of document.tags) {
		const rs = await ask('GET', `/api/openapi.json?tag=${encodeURIComponent(tag)}`, { token: who.token });
		assert.equal(rs.status, 200, rs.text);
		assert.deepEqual(operations(rs.json).filter(({ operation }) => operation.tags[0] !== tag), [], tag);
		for (const [, name] of rs.text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
			assert.ok(rs.json.components.schemas[name], `${tag}: ${name}`);
	}
	const contacts = await ask('GET', '/api/openapi.json?tag=contacts', {});
	assert.ok(contacts.text.length < 200_000, `${contacts.text.length}`);
	for (const [tag, near] of [['contact', 'contacts'], ['contacts,contact', 'contacts'], [' contacts', 'contacts'], ['membreship', 'membership'], ['auth/organisation', 'auth/organization']])
		assert.deepEqual((({ status, json }) => [status, json.errors])(await ask('GET', `/api/openapi.json?tag=${encodeURIComponent(tag)}`, {})),
			[400, { tag: `tag: there is no such tag; the nearest one is "${near}"` }], tag);
	assert.equal((await ask('GET', '/api/openapi.json?tag=,', {})).status, 400);
});

test('a short document lists only the tags', async () => {
	const rs = await ask('GET', '/api/openapi.json?only=tags', {});
	assert.deepEqual([rs.status, rs.json.tags, rs.json.paths, rs.json.info.version], [200, document.tags, {}, document.info.version]);
	assert.ok(rs.text.length < 10_000, `${rs.text.length}`);
	assert.equal((await ask('GET', '/api/openapi.json?only=paths', {})).status, 400);
	assert.equal((await ask('GET', '/api/openapi.json?only=tags&tag=contacts,deals', {})).json.tags.length, 2);
});

test('the version is that of the release, and changes with the API only', async () => {
	const version = async (search = '', token) => (await ask('GET', `/api/openapi.json${search}`, { token })).json.info.version;
	const before = await version();
	const [, release] = /AC_INIT\(\[\w+\], \[([\d.]+)\]/.exec(readFileSync(`${process.env.SOURCES}/configure.ac`, 'utf8'));
	assert.match(before, new RegExp(`^${release.replaceAll('.', '[.]')}[+][0-9a-f]{8}$`));
	for (const [search, token] of [['?tag=tags'], ['?version=3.0'], ['', who.token]])
		assert.equal(await version(search, token), before);
	const [[hash]] = sql("SELECT schemas_hash FROM ops.resource WHERE name = 'tags'");
	sql("UPDATE ops.resource SET schemas_hash = 'changed' WHERE name = 'tags'");
	try {
		assert.notEqual(await version(), before);
	} finally {
		sql(`UPDATE ops.resource SET schemas_hash = '${hash}' WHERE name = 'tags'`);
	}
	assert.equal(await version(), before);
});

test('a word that a parameter does not list is refused', async () => {
	const listed = Object.entries(document.paths).filter(([path, { get }]) => get && !path.includes('{'))
		.flatMap(([path, { get }]) => (get.parameters ?? []).filter((p) => p.in === 'query' && p.schema?.enum)
			.map(({ name }) => [path, name]))
		.filter(([path, name]) => !(path.endsWith('/export') && name === 'version')); // applies only with format=vcard
	assert.ok(listed.some(([path, name]) => path === '/api/openapi.json' && name === 'version'));
	const taken = [];
	for (const [path, name] of listed) {
		const { status } = await ask('GET', `${path}?${name}=9`, { token: who.token });
		if (![400, 422].includes(status))
			taken.push(`${status} ${path}?${name}=9`);
	}
	assert.deepEqual(taken, []);
});

test('the document can be limited to several tags, or to a module', async () => {
	const tagsOf = async (tag) => new Set(operations((await ask('GET', `/api/openapi.json?tag=${tag}`, {})).json)
		.map(({ operation }) => `${operation['x-module'] ?? '-'} ${operation.tags[0]}`));
	assert.deepEqual(await tagsOf('tags,deals'), new Set(['- tags', '- deals']));
	const all = new Set(operations(document).map(({ operation }) => `${operation['x-module'] ?? '-'} ${operation.tags[0]}`));
	for (const module of ['membership', 'b2b', 'factory']) {
		const own = [...all].filter((one) => one.startsWith(`${module} `));
		assert.ok(own.length > 5, module);
		assert.deepEqual(await tagsOf(`${module},tags`), new Set([...own, '- tags']));
	}
});

test('a member route documents the refusal without an organization, and a module route the refusal if the module is off', async () => {
	const { token } = await person('Without organization');
	const routes = operations(document).filter(({ method, path }) => method === 'GET' && path.startsWith('/api/') && !path.startsWith('/api/auth/'));
	let refused = 0;
	for (const { path, operation } of routes.filter((one) => one.resource && !one.one && !one.file)) {
		const rs = await ask('GET', path, { token });
		if (rs.status !== 409)
			continue;
		assert.equal(rs.json.code, 'no_organization', path);
		assert.match(rs.json.detail, /create an organization/);
		assert.ok(operation.responses[409] && operation.responses[422], path);
		refused++;
	}
	assert.ok(refused > 80, `${refused}`);
	assert.deepEqual(routes.filter(({ operation }) => operation['x-module'] && !operation.responses[404]).map(({ path }) => path), []);
});

test('a resource that another resource replaces in the organization is deprecated', async () => {
	const deprecated = (d) => [...new Set(operations(d).filter(({ operation }) => operation.deprecated).map((o) => o.operation['x-resource']))].sort();
	assert.deepEqual(deprecated(await openapi()), []);
	const own = (await ask('GET', '/api/openapi.json', { token: who.token })).json;
	const said = (await ask('GET', '/api/deals', { token: who.token })).headers.deprecation;
	assert.deepEqual(deprecated(own), said ? sql(`SELECT name FROM ops.resource WHERE description ? 'successor' ORDER BY 1`).flat() : []);
	assert.ok(said, 'the organization has the module');
});

test('a field is nullable if its column is nullable', () => {
	const { contacts, 'contacts.input': input } = document.components.schemas;
	assert.deepEqual(contacts.properties.id, { type: 'integer', format: 'int64', readOnly: true, description: 'The number of the row, unique in the installation.' });
	assert.deepEqual(contacts.properties.last_name.type, ['string', 'null']);
	assert.equal(document.components.schemas.tags.properties.name.type, 'string');
	assert.ok(input.properties.last_name);
	const wrong = sql(`SELECT c.relname, a.attname FROM pg_attribute a
		JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r'
		AND a.attnum > 0 AND a.attnotnull`)
		.filter(([table, column]) => `${table}.input` in document.components.schemas
			&& [document.components.schemas[table].properties[column]?.type].flat().includes('null'));
	assert.deepEqual(wrong, []);
});

test('an integer is int64, unless its column or a documented maximum limits it to 32 bits', async () => {
	const narrow = new Set(sql(`SELECT r.name, a.attname FROM ops.resource r CROSS JOIN unnest(ARRAY[r.description->>'table', r.description->>'view']) t
		JOIN pg_attribute a ON a.attrelid = to_regclass(t) AND a.atttypid IN ('int2'::regtype, 'int4'::regtype)`).map((names) => names.join('.')));
	const own = (await ask('GET', '/api/openapi.json', { token: who.token })).json, wrong = [];
	let small = 0, large = 0;
	const bounded = ({ maximum, enum: values }) => Math.max(maximum ?? -1, ...values ?? []) > 0 && Math.max(maximum ?? -1, ...values ?? []) < 2 ** 31;
	const walk = (schema, path) => {
		if (schema === null || typeof schema !== 'object')
			return;
		if ([schema.type].flat().includes('integer')) {
			const [, resource, field] = path.match(/^components\.schemas\.(\w+)(?:\.input|\.filter)?\.properties\.(\w+)(?:@\w+)?(?:\.items)?$/) ?? [];
			small += schema.format === 'int32';
			large += schema.format === 'int64';
			if (!(schema.format === 'int64' || schema.format === 'int32' && (narrow.has(`${resource}.${field}`) || bounded(schema))))
				wrong.push(`${path} ${schema.format}`);
		}
		Object.entries(schema).forEach(([name, inner]) => walk(inner, `${path}${path && '.'}${name}`));
	};
	walk(document, '');
	walk(own, '');
	assert.deepEqual(wrong, []);
	assert.ok(small > 60 && large > 1000, `${small} ${large}`);
});

// Columns that no description contains. Lists, exports, the history and the audit log contain only described columns.
const HIDDEN = {
	crm: {
		bulk_changes: 'tenant_table',	// clients see it as resource
		deals: 'probability currency is_committed outcome_reason closed_at items_net items_tax items_total',	// the opportunities resource shows them
		field_definitions: 'object_id parsed inputs',	// clients see object_id as resource; the formula determines the others
		records: 'object_id',	// clients see it as object
		imports: 'undone_to',	// the progress of an undo
		merges: 'before after moved deals',	// data for an undo
		opportunity_items: 'removed_product_id',	// data for an undo
		tags: 'name_key',	// generated
		tasks: 'continued',	// states whether the next task of a series was created
		trash: 'row links object',	// data for a restore
		views: 'user_id',	// the caller
		webhooks: 'secret old_secret old_until',	// shown once
	},
	factory_app: { integration_jobs: 'place' },	// the position at which the job continues
	membership: {
		kyc_evidence: 'file',	// another route returns the file
		member_messages: 'mailed told',	// data about the email
		membership_queue: 'place',	// the position is derived from it
		tax_forms: 'identifier_sealed',	// encrypted
		user_contacts: 'email_key',	// generated
		user_profiles: 'had_account',	// user_id refers to the account
		user_subscriptions: 'periods',	// the number of billed periods
	},
};

test('each resource shows each column of its table, or lists it as hidden', () => {
	// The profiles and logs of the factory module have different names in the API.
	const tables = sql(`SELECT c.relnamespace::regnamespace, c.relname, string_agg(a.attname, ' ' ORDER BY a.attnum)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text IN ('crm', 'membership', 'factory_app') AND a.attnum > 0 AND NOT a.attisdropped
		AND a.attname <> 'org_id' AND c.oid NOT IN ('factory_app.user_profiles'::regclass, 'factory_app.audit_log'::regclass)
		GROUP BY c.oid, c.relname`).filter(([, name]) => document.components.schemas[name]?.properties);
	assert.ok(tables.length > 60);
	const hidden = {};
	for (const [schema, name, columns] of tables) {
		const missing = columns.split(' ').filter((column) => !(column in document.components.schemas[name].properties)).join(' ');
		if (missing)
			(hidden[schema] ??= {})[name] = missing;
	}
	assert.deepEqual(hidden, HIDDEN);
});
