// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it seeds the demo and reads what the doctor says of all organizations.
// Promises about many organizations in one database, with the IDs of the promises.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sql, sqlFor } from '../lib/database.mjs';
import { startJobs, uploaded } from '../lib/files.mjs';
import { send } from '../lib/http.mjs';
import { member, owner, signIn, tenantry } from '../lib/people.mjs';

const me = await owner('rows');
const stranger = await owner('other');
const admin = await member(me, 'admin');
const helper = await member(me);
const wire = (who, path, body) => who.browser.post(`/api/auth/organization/${path}`, body);

let n = 0;
// The request that tests each line of the table in docs/roles.md.
const tries = {
	'read contacts, deals, notes, tasks, activities': (who) => who.browser.get('/api/contacts'),
	'write contacts, deals, notes, tasks, activities': (who) =>
		who.browser.post('/api/contacts', { last_name: 'x' }),
	'export them': (who) => who.browser.get('/api/contacts/export'),
	'recompute the daily metrics': (who) => who.browser.post('/api/daily_metrics/recompute', { days: 1 }),
	'change the configuration': (who) => who.browser.patch('/api/configuration/1',
		{ time_zone: 'UTC' }),
	'read the audit log': (who) => who.browser.get('/api/audit_log'),
	invite: (who) => who.browser.post('/api/invites', { role: 'member' }),
	'purge the trash': (who) => who.browser.delete(
		`/api/trash?filter=${encodeURIComponent('{"id":[1]}')}`),
	'rename the organization': (who) => wire(who, 'update', { data: { name: 'Rows Ltd' } }),
	'create a role': (who) => wire(who, 'create-role', { role: `role ${++n}`, permission: {} }),
	'make a member an owner': (who) => wire(who, 'update-member-role',
		{ memberId: helperId(), role: 'member,owner' }),
	'delete the organization': (who) => wire(who, 'delete',
		{ organizationId: me.organization.id }),
};
const helperId = () => sql(`SELECT id FROM identity.organization_member
	WHERE user_id = $1`, helper.id)[0][0];

test('S2-02 each role has the documented permissions, and the last owner cannot leave', async () => {
	const left = await wire(me, 'leave', { organizationId: me.organization.id });
	assert.equal(left.status, 400);
	assert.match(left.json.code, /ONLY_OWNER/);
	assert.equal((await wire(me, 'create-role', { role: 'guest', permission: {} })).status, 200);
	const guest = await member(me);
	const id = sql('SELECT id FROM identity.organization_member WHERE user_id = $1', guest.id)[0][0];
	assert.equal((await wire(me, 'update-member-role', { memberId: id, role: 'guest' })).status, 200);
	const viewer = await member(me, 'viewer'), portal = await member(me, 'portal');
	const lines = readFileSync(`${process.env.SOURCES}/docs/roles.md`, 'utf8').split('\n')
		.filter((line) => /^\| .* \| (yes|no) \|/.test(line))
		.map((line) => line.split('|').map((cell) => cell.trim()).slice(1, -1));
	assert.deepEqual(lines.map(([what]) => what), Object.keys(tries));
	const everyone = [me, admin, helper, viewer, portal, guest];
	for (const [what, ...may] of lines)
		for (const [i, said] of [...may.entries()].reverse()) {
			if (i === 0 && /owner|delete/.test(what))
				continue; /* these lines are tested at the end */
			const rs = await tries[what](everyone[i]);
			assert.equal(rs.status < 300, said === 'yes', `${what} ${i}: ${rs.status} ${rs.text}`);
		}
	for (const what of ['make a member an owner', 'delete the organization']) {
		const rs = await tries[what](me);
		assert.equal(rs.status, 200, rs.text);
	}
	tenantry('org', 'restore', me.organization.id);
});

test('S2-03 every tenant table has org_id as the first column of its primary key', () => {
	const flaws = sql(`SELECT c.oid::regclass FROM pg_class c WHERE c.relkind = 'r'
		AND c.relnamespace IN ('crm'::regnamespace, 'membership'::regnamespace)
		AND c.relname <> 'favicons_excluded_domains'
		AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid
			AND a.attnum = i.indkey[0] WHERE i.indrelid = c.oid AND i.indisprimary
			AND a.attname = 'org_id' AND a.attnotnull)`);
	assert.deepEqual(flaws, []);
});

test('S2-04 row-level security is enabled and forced on all tables', () => {
	assert.deepEqual(sql(`SELECT c.oid::regclass FROM pg_class c WHERE c.relkind IN ('r', 'p')
		AND c.relnamespace::regnamespace::text IN ('crm', 'identity', 'membership', 'ops')
		AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`), []);
});

test('S2-05 org_ids_for_user() is stable, SECURITY DEFINER, with a fixed search_path', () => {
	assert.deepEqual(sql(`SELECT prosecdef, provolatile, proconfig FROM pg_proc
		WHERE oid = 'identity.org_ids_for_user(text)'::regprocedure`),
	[['t', 's', '{"search_path=identity, pg_temp"}']]);
	assert.equal(sql('SELECT identity.org_ids_for_user($1)', stranger.id)[0][0],
		`{${stranger.organization.id}}`);
});

test('S2-06 other organizations\' users are not visible', async () => {
	const boss = await owner('shown'), other = await member(boss);
	assert.equal((await stranger.browser.get(`/api/sales/${boss.me.id}`)).status, 404);
	assert.ok((await stranger.browser.get(
		`/api/auth/organization/list-members?organizationId=${boss.organization.id}`)).status >= 400);
	assert.equal((await other.browser.patch(`/api/sales/${boss.me.id}`,
		{ first_name: 'Taken' })).status, 422);
});

test('S2-07 an email address can be a member of an organization once, and of two organizations', async () => {
	const row = { email: 'same@two.test', first_name: 'S', last_name: 'A' };
	const first = await owner('first');
	for (const [who, status] of [[first, 201], [stranger, 201], [first, 409]])
		assert.equal((await who.browser.post('/api/sales', row)).status, status);
});

// The tables whose rows remain: the audit log with its seals, the users' account events, and the operator's record of
// migrations.
const stays = ['ops.audit_log', 'ops.audit_seal', 'ops.audit_pending', 'identity.event', 'ops.migration'];

test('S2-08 after the grace period, an organization is deleted, except for its log', async () => {
	const who = await owner('gone'), org = who.organization.id;
	const contact = await who.browser.post('/api/contacts', { last_name: 'x' });
	await who.browser.post('/api/tasks', { text: 'x', contact_id: contact.json.id });
	await who.browser.post('/api/daily_metrics/recompute', { days: 2 });
	await uploaded(who, '%PDF-1.4 gone');
	await who.browser.get('/api/changes');
	await who.browser.put('/api/modules/membership', { enabled: true });
	for (const [resource, row] of Object.entries({ user_contacts: { kind: 'phone', value: '1' },
		user_addresses: { kind: 'home', line1: 'x', city: 'x', country: 'FR' },
		user_memberships: { tier: 'x', starts_on: '2026-01-01' }, membership_queue: {},
		kyc_verification: { document_type: 'passport', country: 'FR' } }))
		assert.equal((await who.browser.post(`/api/${resource}`, row)).status, 201, resource);
	const [{ id: member_id }] = (await who.browser.get('/api/user_profiles')).json, money = { member_id, amount: 100, currency: 'EUR' };
	for (const [resource, row] of Object.entries({ user_subscriptions: { ...money, plan: 'x', starts_on: '2099-01-01' },
		user_billing_schedules: { ...money, due_on: '2026-01-31', description: 'x' }, user_payments: money,
		user_payment_methods: { member_id, kind: 'card', provider: 'bank', token: 'token_x', last4: '4242' },
		tax_forms: { year: 2025, kind: 'w9', country: 'FR', legal_name: 'x', identifier: '12345' },
		newsfeed_posts: { title: 'x', body: 'x' }, member_messages: { body: 'x' }, report_templates: { name: 'x', resource: 'tags' },
		monitoring_rules: { name: 'x', kind: 'amount', amount: 1, currency: 'EUR' },
		agreement_documents: { name: 'x', title: 'x', text: 'x' } })) {
		const rs = await who.browser.post(`/api/${resource}`, row);
		assert.equal(rs.status, 201, `${resource} ${rs.text}`);
		if (resource === 'agreement_documents')
			assert.equal((await who.browser.post('/api/user_agreements/accept', { document_id: rs.json.id, hash: rs.json.hash })).status, 200);
	}
	const { json: { id: account_id } } = await who.browser.post('/api/payout_accounts', { member_id, holder: 'x', iban: 'DE89370400440532013000' });
	const { json: { id: payout_id } } = await who.browser.post('/api/user_payouts', { account_id, amount: 100, currency: 'EUR' });
	assert.equal((await who.browser.post('/api/disputes', { payout_id, reason: 'x' })).status, 201);
	const gone = (await who.browser.post('/api/user_profiles', { last_name: 'x' })).json.id;
	assert.equal((await who.browser.post(`/api/user_profiles/${gone}/erase`, { reason: 'x' })).status, 200);
	assert.equal((await who.browser.post('/api/legal_holds', { member_id: gone, reason: 'x' })).status, 201);
	const [{ id: post }] = (await who.browser.get('/api/newsfeed_posts')).json;
	assert.equal((await who.browser.post(`/api/newsfeed_posts/${post}/read`)).status, 200);
	const means = (await who.browser.post('/api/user_contacts', { kind: 'email', value: 'gone@members.test' })).json.id;
	assert.equal((await who.browser.post(`/api/user_contacts/${means}/send_code`)).status, 200);
	const [{ id: payment }] = (await who.browser.get('/api/user_payments')).json;
	assert.equal((await who.browser.post(`/api/user_payments/${payment}/succeed`, {})).status, 200);
	const [{ id: verification }] = (await who.browser.get('/api/kyc_verification')).json;
	for (const [path, body] of [[`kyc_evidence?verification_id=${verification}&kind=front`, 'x'], [`kyc_verification/${verification}/submit`, {}]])
		assert.ok((await who.browser.post(`/api/${path}`, body)).status < 300, path);
	sql('UPDATE identity."user" SET email_verified = true WHERE id = $1'.replace('$1', `'${who.id}'`));
	const { slug } = who.organization;
	assert.equal((await who.browser.put('/api/signup_policy', { enabled: true, tiers: ['x'] })).status, 200);
	assert.equal((await who.browser.post('/api/signup_sessions', { organization: slug, email: 'visitor@members.test' })).status, 201);
	await who.browser.put('/api/modules/factory', { enabled: true });
	const made = {};
	for (const [resource, row] of Object.entries({ cost_rates: { kind: 'labour', code: 'x', currency: 'EUR', rate: 1, valid_from: '2026-01-01' },
		cost_calculations: { name: 'x', inputs: { currency: 'EUR', quantity: 1, materials: [{ name: 'x', price: 1, quantity_per_unit: 1 }] } }, integration_configs: { name: 'x', type: 'mysql' },
		data_mappings: { name: 'x' }, integration_jobs: {} })) {
		const rs = await who.browser.post(`/api/${resource}`, { ...row, ...['data_mappings', 'integration_jobs'].includes(resource)
			&& { integration_id: made.integration_configs } });
		assert.equal(rs.status, 201, `${resource} ${rs.text}`);
		made[resource] = rs.json.id;
	}
	await who.browser.put('/api/modules/b2b', { enabled: true });
	assert.equal((await who.browser.put('/api/opportunities/weekly_mail', { enabled: true })).status, 200);
	const tables = sql(`SELECT c.oid::regclass, a.attname FROM pg_class c JOIN pg_attribute a
		ON a.attrelid = c.oid AND a.attname IN ('org_id', 'organization_id', 'active_organization_id',
			'last_organization_id') AND NOT a.attisdropped
		WHERE c.relkind IN ('r', 'p') AND c.relnamespace IN ('crm'::regnamespace,
			'factory_app'::regnamespace, 'membership'::regnamespace, 'ops'::regnamespace, 'identity'::regnamespace)`);
	assert.ok(tables.length > 60, `${tables.length} tables`);
	// No request writes to all tables, so rows are inserted directly where possible.
	for (const line of [`ops.job (queue, org_id, entry, subject) VALUES ('pictures', $1, 1, 'contacts/1')`,
		`ops.import_file (org_id, import_id, name, head) VALUES ($1, 1, 'x', '')`,
		`ops.inbound_mail (org_id, message_id) VALUES ($1, decode(repeat('ab', 32), 'hex'))`,
		`ops.reminder (org_id, table_name, row_id, due_at) VALUES ($1, 'tasks', 1, now())`,
		`ops.automation_clock (org_id, rule_id) VALUES ($1, 1)`,
		`ops.duplicate_scan (org_id, resource) VALUES ($1, 'contacts')`,
		`ops.change (org_id, seq, at, resource, row_id, verb)
			VALUES ($1, 999999, now(), 'tags', '1', 'create')`,
		`ops.feed_channel (org_id) VALUES ($1)`,
		`ops.feed_server (id, host, holder, held_until) VALUES ('x', 'x', 'x', now())`,
		`ops.feed_position (server, org_id, published) SELECT s.id, $1, 0 FROM ops.feed_server s`,
		`ops.feed_reader (org_id, proof, by_key, until) VALUES ($1, 'x', false, now())`,
		`ops.webhook_queue (org_id, webhook_id, delivery_id) VALUES ($1, 1, 1)`,
		`ops.webhook_receiver (org_id, webhook_id, host) VALUES ($1, 1, 'x')`,
		`ops.embedding_backlog (org_id, table_name) VALUES ($1, 'contacts')`,
		`ops.embedding_pause (org_id, until, failures) VALUES ($1, now(), 1)`,
		`ops.mcp_scope (xid, org_id) VALUES (pg_current_xact_id(), $1)`,
		`ops.job_log (queue, entry, org_id, outcome) VALUES ('webhooks', 1, $1, 'failed')`,
		`ops.route_use (path, day, agent, org_id, requests) VALUES ('/api/x', now(), 'x', $1, 1)`,
		`ops.sealed_value (org_id, resource, row_id, name, sealed) VALUES ($1, 'x', 1, 'x', 'x')`,
		`ops.migration (journey, state, plan_sum, plan, version, fingerprint, choices, suffix, organization_id)
			VALUES ('b2b', 'finished', '', '', '', '', '{}', 'x', $1)`,
		`ops.imported_log (org_id, part, line) VALUES ($1, 'audit_log', '{}')`])
		sql(`INSERT INTO ${line} ON CONFLICT DO NOTHING`, org);
	for (const line of [`membership.users (org_id, user_id, email) VALUES ($1, '${who.id}', 'x')`,
		`membership.payment_providers (org_id, provider) VALUES ($1, 'x')`,
		`membership.payout_batches (org_id, account_id, currency, execute_on, payouts, total)
			SELECT $1, min(id), 'EUR', '2026-01-31', 1, 1 FROM membership.payout_accounts WHERE org_id = $1`,
		`membership.payment_events (org_id, provider, event, kind, payment_id, effect)
			SELECT $1, 'x', 'x', 'x', min(id), 'x' FROM membership.user_payments WHERE org_id = $1`,
		`membership.payment_refunds (org_id, payment_id, amount, status)
			SELECT $1, min(id), 1, 'refused' FROM membership.user_payments WHERE org_id = $1`,
		`ops.imported_audit_log (org_id, source_table, source_id, id, at, action, data)
			VALUES ($1, 'x', '1', 1, now(), 'x', '{}')`])
		sqlFor(org, `INSERT INTO ${line}`, org);
	assert.throws(() => sqlFor(org, 'DELETE FROM ops.imported_audit_log WHERE org_id = $1', org), /append-only/);
	assert.throws(() => sql('DELETE FROM ops.imported_log WHERE org_id = $1', org), /append-only/);
	sql(`INSERT INTO ops.aside (queue, org_id, entry, error, retry_at) VALUES ('webhooks', '${org}', '1', 'x', now());
		INSERT INTO ops.quota (org_id, kind, most) VALUES ('${org}', 'rows', 1000);
		INSERT INTO ops.request_count VALUES ('${org}', '2026-01-31', 1) ON CONFLICT DO NOTHING;
		INSERT INTO ops.field_work VALUES ('${org}', 1, 'tags', 'x', true);
		INSERT INTO ops.audit_erased VALUES ('${org}', 1, 2);
		INSERT INTO ops.redaction (org_id, table_name, row_id) VALUES ('${org}', 'tags', '1')`);
	assert.equal((await wire(who, 'delete', { organizationId: org })).status, 200);
	const rows = () => tables.filter(([table, column]) => sqlFor(org,
		`SELECT count(*) FROM ${table} WHERE ${column} = $1`, org)[0][0] !== '0')
		.map(([table]) => table);
	sql("SELECT ops.purge_organizations('7 days', 1000)");
	const before = rows();
	for (const [table] of tables)
		if (/^(membership|ops)\./.test(table) && table !== 'ops.audit_seal' && table !== 'ops.audit_pending' && table !== 'ops.file_use'
		    && table !== 'ops.weekly_mail_recipient') // deleted with the members
			assert.ok(before.includes(table), `${table} has a row to delete`);
	assert.ok(before.includes('crm.contacts'), 'the seven days have not passed');
	for (let i = 0; i < 20 && sql("SELECT ops.purge_organizations('0', 1000)")[0][0] !== '0'; i++)
		;
	const jobs = startJobs();
	for (let i = 0; i < 600 && sql('SELECT 1 FROM ops.file WHERE org_id = $1', org).length; i++)
		await new Promise((done) => setTimeout(done, 100));
	await jobs.stop();
	assert.deepEqual(rows().filter((table) => !stays.includes(table)), []);
	assert.deepEqual(sql('SELECT count(*) FROM identity.organization WHERE id = $1', org), [['0']]);
	assert.notEqual(sqlFor(org, 'SELECT count(*) FROM ops.audit_log WHERE org_id = $1', org)[0][0], '0');
	sql('SELECT ops.number_changes(10000)');
	assert.deepEqual(sql('SELECT 1 FROM ops.change WHERE org_id = $1', org), []);
});

test('S2-17 time-series lists use no sequential scan', () => {
	for (const [table, order] of [['activities', 'occurred_at'], ['timeline', 'date']])
		assert.doesNotMatch(sqlFor(stranger.organization.id, `SET enable_seqscan = off;
			SET ROLE tenantry_app; EXPLAIN SELECT * FROM crm.${table}
			ORDER BY ${order} DESC NULLS LAST LIMIT 25`).join(), /Seq Scan/);
});

test('S2-20 the demo data is complete and visible through the API', async () => {
	process.env.TENANTRY_DEMO_PASSWORD = 'a demo password';
	for (let i = 0; i < 2; i++)
		tenantry('seed', 'demo', '--dir', process.env.SOURCES);
	const demo = await signIn('demo@clientflow.test', 'a demo password');
	const count = async (path) => {
		const rs = await demo.browser.get(path);
		assert.equal(rs.status, 200, rs.text);
		return Number(rs.headers['content-range'].split('/')[1]);
	};
	assert.deepEqual(await Promise.all(['organizations', 'contacts', 'deals', 'appointments',
		'automations', 'activities'].map((name) => count(`/api/crm/${name}`))), [1, 10, 5, 5, 2, 3]);
	const days = (await demo.browser.get('/api/crm/metrics?days=8')).json;
	assert.equal(days.filter((d) => d.new_contacts + d.appointments > 0).length, 7);
});

test('S2-21 tenantry doctor reports on the database', () => {
	let text;
	try {
		text = tenantry('doctor');
	} catch (error) {
		text = String(error.stdout);
	}
	assert.match(text, /database|Postgres/i);
});

test('S2-22 /health, /live and /ready respond', async () => {
	for (const path of ['/health', '/live', '/ready'])
		assert.equal((await send('GET', path)).status, 200);
});

test('S2-23 the history shows who created and changed a row and when', async () => {
	const deal = await stranger.browser.post('/api/deals', { name: 'x', stage: 'opportunity' });
	await stranger.browser.patch(`/api/deals/${deal.json.id}`, { amount: 5 });
	const { json } = await stranger.browser.get(`/api/deals/${deal.json.id}/history`);
	assert.deepEqual(json.map((e) => [e.action, e.sales_id, !!Date.parse(e.at)]),
		[['update', stranger.me.id, true], ['insert', stranger.me.id, true]]);
	assert.deepEqual(json[0].changes.amount, { old: 0, new: 5 });
});

test('S2-23 embed=["changed"] shows who created and changed each row of every resource', async () => {
	const maker = await owner('maker'), other = await member(maker);
	const { json: document } = await maker.browser.get('/api/openapi.json');
	const resources = Object.keys(document.paths).map((path) =>
		path.match(/^\/api\/(\w+)\/\{id\}\/history$/)?.[1]).filter(Boolean);
	assert.ok(resources.length >= 10, resources.join());
	const embed = 'embed=["changed"]';
	for (const resource of resources)
		assert.equal((await maker.browser.get(`/api/${resource}?${embed}`)).status, 200, resource);
	assert.equal((await maker.browser.get(`/api/trash?${embed}`)).status, 400);

	const bodies = { contacts: { last_name: 'x' }, companies: { name: 'x' }, tags: { name: 'x', color: '#fff' },
		deals: { name: 'x', stage: 'opportunity' } };
	for (const [resource, body] of Object.entries(bodies)) {
		const { json: row } = await maker.browser.post(`/api/${resource}`, body);
		assert.equal(row.changed, undefined);
		const url = `/api/${resource}/${row.id}?fields=["id"]&${embed}`;
		const made = (await maker.browser.get(url)).json.changed;
		assert.deepEqual(made, { created_at: made.created_at, created_by: maker.me.id,
			updated_at: made.created_at, updated_by: maker.me.id });
		const { json: [entry] } = await maker.browser.get(`/api/${resource}/${row.id}/history`);
		assert.equal(made.created_at, entry.at);
		await other.browser.patch(`/api/${resource}/${row.id}`, { [Object.keys(body)[0]]: 'y' });
		const { json: [last] } = await maker.browser.get(`/api/${resource}/${row.id}/history`);
		const changed = { ...made, updated_at: last.at, updated_by: other.me.id };
		assert.notEqual(last.at, entry.at);
		assert.deepEqual((await maker.browser.get(url)).json.changed, changed);
		// A restore keeps the creation time.
		await maker.browser.delete(`/api/${resource}/${row.id}`);
		const { json: [{ id }] } = await maker.browser.get('/api/trash?sort=["id","DESC"]&range=[0,0]');
		assert.ok((await maker.browser.post(`/api/trash/${id}/restore`, {})).status < 300, resource);
		const back = (await maker.browser.get(url)).json;
		assert.equal(back.changed.created_at, made.created_at);
		assert.equal(back.changed.created_by, maker.me.id);
	}
	const { json: [theirs] } = await stranger.browser.get(`/api/deals?${embed}`);
	assert.equal(theirs.changed.created_by, stranger.me.id);
});
