// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it counts the jobs of all organizations.
// Permissions for operations: owners and admins can read their organization's audit log, and operators administer mail,
// jobs and organizations.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { startJobs, until } from '../lib/files.mjs';
import { send } from '../lib/http.mjs';
import { lastMail } from '../../lib/mail.mjs';
import { address, member, operator, owner, signUp, tenantry } from '../lib/people.mjs';

const boss = await owner('boss');
const admin = await member(boss, 'admin');
const clerk = await member(boss);
const stranger = await owner('stranger');
const op = await operator();
const log = (who, filter = {}, more = {}) => who.browser.get('/api/audit_log?'
	+ new URLSearchParams({ filter: JSON.stringify(filter), ...more }));
const verify = (who, after) => who.browser.get('/api/audit_log/verify'
	+ (after === undefined ? '' : `?after=${after}`));
const tag = async (who, name) => (await who.data.create('tags', { data: { name, color: '#abc' } })).data;

test('only owners and admins can read the audit log, which contains who, what and when', async () => {
	const { id } = await tag(clerk, 'before');
	await boss.browser.patch(`/api/tags/${id}`, { name: 'after' });
	for (const who of [boss, admin]) {
		const rs = await log(who, { resource: 'tags', row_id: String(id) });
		assert.equal(rs.status, 200, rs.text);
		assert.deepEqual(rs.json.map((e) => [e.action, e.name, e.sales_id]), [
			['update', 'boss Person', boss.me.id], ['insert', 'Max Member', clerk.me.id]]);
		assert.deepEqual(rs.json[0].changes.name, { old: 'before', new: 'after' });
		assert.equal(rs.json[0].changes.color, undefined);
		assert.equal(rs.json[0].changes.org_id, undefined);
		assert.equal(rs.json[0].address, '127.0.0.1');
		assert.ok(Date.now() - new Date(rs.json[0].at) < 60_000);
	}
	for (const who of [clerk, op])
		for (const rs of [await log(who), await verify(who), await who.browser.get('/api/audit_log/export'),
			await who.browser.get('/api/audit_log/aggregate?values=["count"]')])
			assert.equal(rs.status, who === op ? 409 : 422, rs.text); /* an operator without an organization */
	assert.equal((await send('GET', '/api/audit_log')).status, 401);
	assert.deepEqual((await log(stranger, { resource: 'tags' })).json, []);
	const [{ id: entry }] = (await log(boss, { row_id: String(id) })).json;
	assert.equal((await stranger.browser.get(`/api/audit_log/${entry}`)).status, 404);
	assert.equal((await stranger.browser.get(`/api/audit_log/${entry}?orgId=${boss.organization.id}`)).status, 403);
	assert.equal((await boss.browser.delete(`/api/audit_log/${entry}`)).status, 405);
});

test('a role with the audit log can read the log, and nothing more', async () => {
	const wire = async (path, body) => {
		const rs = await boss.browser.post(`/api/auth/organization/${path}`, body);
		assert.equal(rs.status, 200, rs.text);
	};
	const grant = (permission) => wire('update-role', { roleName: 'auditor', data: { permission } });
	await wire('create-role', { role: 'auditor', permission: { crm: ['read'], audit_log: ['read'] } });
	const auditor = await member(boss, 'auditor');
	const { id } = await tag(boss, 'audited');
	assert.deepEqual((await log(auditor, { resource: 'tags', row_id: String(id) })).json.map((e) => e.action), ['insert']);
	assert.equal((await verify(auditor)).json.whole, true);
	assert.equal((await auditor.browser.get('/api/contacts')).status, 200);
	assert.deepEqual((await auditor.browser.get('/api/me')).json.grants.audit_log, { read: 'all' });
	for (const path of ['webhooks', 'audit_log/export', 'access/explain?resource=audit_log&user=1'])
		assert.equal((await auditor.browser.get(`/api/${path}`)).status, 422, path);
	assert.equal((await auditor.browser.post('/api/contacts', { last_name: 'x' })).status, 422);
	await grant({ crm: ['read'], audit_log: ['read', 'export'] });
	assert.equal((await auditor.browser.get('/api/audit_log/export')).status, 200);
	// A role that may read the log exceeds a member's permissions. Neither all of a member's permissions nor the
	// permission to read everything is sufficient.
	await grant({ crm: ['read', 'create', 'update', 'delete', 'export', 'import', 'merge'], audit_log: ['read'] });
	assert.equal((await log(auditor)).status, 200);
	assert.equal((await auditor.browser.post('/api/contacts', { last_name: 'x' })).status, 201);
	// The permissions of several roles are combined. With the member role, there are no limits.
	await grant({ audit_log: ['read'] });
	const both = await member(boss, 'auditor');
	const { members } = (await boss.browser.get('/api/auth/organization/list-members')).json;
	await wire('update-member-role', { memberId: members.find((m) => m.userId === both.id).id, role: ['member', 'auditor'] });
	assert.equal(sql('SELECT grants FROM identity.organization_member WHERE user_id = $1', both.id)[0][0], '*');
	assert.equal((await log(both)).status, 200);
	assert.deepEqual((await both.browser.get('/api/me')).json.grants.audit_log, { read: 'all' });
	assert.equal((await both.browser.post('/api/contacts', { last_name: 'x' })).status, 201);
	for (const path of ['webhooks', 'audit_log/export'])
		assert.equal((await both.browser.get(`/api/${path}`)).status, 422, path);
	// Other administrator routes are inaccessible, and scopes do not apply.
	await grant({ crm: ['read', 'create', 'update'], audit_log: ['read', 'export'] });
	for (const path of ['daily_metrics/recompute', 'crm/metrics/recompute'])
		assert.equal((await auditor.browser.post(`/api/${path}`, { days: 1 })).status, 422, path);
	assert.equal((await boss.browser.post('/api/auth/organization/update-role', { roleName: 'auditor',
		data: { permission: { audit_log: ['read:own'] } } })).status, 400);
	for (const crm of [['read'], ['read', 'create', 'update', 'delete', 'export', 'import', 'merge']]) {
		await grant({ crm, ac: ['create'] });
		for (const rs of [await log(auditor), await verify(auditor)])
			assert.equal(rs.status, 422);
		assert.equal((await auditor.browser.post('/api/auth/organization/create-role',
			{ role: 'mine', permission: { audit_log: ['read'] } })).status, 403);
	}
});

test('the log is filtered by user, action and time, paginated by cursor and exported', async () => {
	const since = (await log(boss)).json[0].id;
	for (let n = 0; n < 5; n++)
		await tag(admin, `page ${n}`);
	const filter = { sales_id: admin.me.id, action: 'insert', 'id@gt': since };
	const first = await log(boss, filter, { range: '[0,1]', after: '', count: 'none' });
	assert.deepEqual(first.json.map((e) => e.changes.name.new), ['page 4', 'page 3']);
	const next = /<([^>]*)>; rel="next"/.exec(first.headers.link)[1];
	assert.deepEqual((await boss.browser.get(next)).json.map((e) => e.changes.name.new), ['page 2', 'page 1']);
	const { at } = first.json[1];
	assert.equal((await log(boss, { ...filter, 'at@gte': at })).json.length, 2);
	assert.equal((await log(boss, { ...filter, 'at@lt': at })).json.length, 3);
	const file = await boss.browser.get('/api/audit_log/export?format=ndjson&filter='
		+ encodeURIComponent(JSON.stringify(filter)));
	assert.equal(file.text.trim().split('\n').length, 5);
	const by = { resource: 'tags', action: 'insert', user_id: first.json[0].user_id, row_id: first.json[0].row_id,
		'updated_at@gte': at, 'created_at@gte': at, 'impersonator@is': null, 'api_key_id@is': null };
	for (const [key, value] of Object.entries(by))
		assert.ok((await log(boss, { [key]: value })).json.length > 0, key);
	assert.equal((await log(boss, by)).json.length, 1);
	// Other filters are refused, since no index supports them.
	for (const bad of [{ old: 1 }, { 'at@gte': 'x' }, { org_id: stranger.organization.id }, { address: '127.0.0.1' }, { 'request_id@gt': 'x' },
		{ name: 'x' }, { 'action@neq': 'insert' }, { 'action@ilike': 'x' }, { 'resource@not.eq': 'tags' }, { 'user_id@gt': 'x' },
		{ 'sales_id@gt': 1 }, { '@or': { action: 'insert', resource: 'tags' } }])
		assert.equal((await log(boss, bad)).status, 400, JSON.stringify(bad));
});

test('the X-Request-Id of a response finds what the request changed', async () => {
	const ids = [];
	for (const name of ['one', 'two']) {
		const rs = await admin.browser.post('/api/batch', { operations: ['a', 'b'].map((letter) => ({ method: 'POST', resource: 'tags',
			data: { name: `${name} ${letter}`, color: '#abc' } })) });
		assert.equal(rs.status, 200, rs.text);
		ids.push(rs.headers['x-request-id']);
	}
	const names = async (filter) => (await log(boss, filter)).json.map((e) => e.changes.name.new).sort();
	assert.deepEqual(await names({ request_id: ids[0] }), ['one a', 'one b']);
	assert.deepEqual(await names({ request_id: ids, action: 'insert' }), ['one a', 'one b', 'two a', 'two b']);
	assert.deepEqual(await names({ request_id: 'unknown' }), []);
	assert.deepEqual((await stranger.browser.get(`/api/audit_log?filter=${encodeURIComponent(JSON.stringify({ request_id: ids[0] }))}`)).json, []);
});

test('a webhook\'s secret is not in the log', async () => {
	const hook = await boss.browser.post('/api/webhooks', { url: 'https://hooks.example/x' });
	assert.equal(hook.status, 201, hook.text);
	const { json: [entry] } = await log(boss, { resource: 'webhooks' });
	assert.equal(entry.changes.url.new, 'https://hooks.example/x');
	assert.equal(entry.changes.secret, undefined);
});

test('the chain is verified in parts, and any tampering is detected', async () => {
	const seals = 5;
	for (let n = 0; n < seals; n++) {
		await tag(stranger, `seal ${n}`);
		// A row is sealed as soon as no older transaction is running on the server.
		await until(async () => {
			tenantry('audit', 'seal');
			return (await verify(stranger)).json.seals === n + 1;
		});
	}
	const whole = (await verify(stranger)).json;
	assert.deepEqual([whole.whole, whole.faults, whole.next, whole.seals], [true, [], null, seals]);
	assert.equal(whole.head, tenantry('audit', 'head', '--org', stranger.organization.id).trim());
	const part = (await verify(stranger, 3)).json;
	assert.deepEqual([part.whole, part.seals, part.head], [true, seals - 3, whole.head]);
	const org = `org_id = '${stranger.organization.id}'`;
	const tamper = (text) => sql(`SET session_replication_role = replica; ${text}`);
	const faults = async () => (await verify(stranger)).json.faults.map((f) => f.what);
	const [[id]] = sql(`SELECT id FROM ops.audit_log WHERE ${org} AND table_name = 'tags' ORDER BY id LIMIT 1`);
	tamper(`UPDATE ops.audit_log SET user_id = 'nobody' WHERE ${org} AND id = ${id}`);
	assert.deepEqual(await faults(), ['row changed']);
	assert.equal((await verify(stranger)).json.whole, false);
	assert.equal((await verify(boss)).json.whole, true);
	tamper(`UPDATE ops.audit_log SET id = id + 1 WHERE ${org} AND id = ${id}`);
	assert.deepEqual(await faults(), ['row removed', 'rows added']);
	tamper(`DELETE FROM ops.audit_seal WHERE ${org} AND n = 2`);
	assert.ok((await faults()).includes('seal removed'));
	assert.deepEqual((await verify(stranger, 2)).status, 404);
	for (const after of ['x', '-1', '', '1e3', '99999999999999999999'])
		assert.equal((await verify(boss, after)).status, 400, after);
	for (const after of ['7', '999999999999999'])
		assert.equal((await verify(boss, after)).status, 404, after);
});

const routes = ['mail', 'jobs', 'organizations'].map((name) => `/api/operators/${name}`);

test('a user who is not an operator is refused, regardless of what they own or impersonate', async () => {
	const user = await signUp();
	for (const who of [boss, clerk, user])
		for (const rs of [...await Promise.all(routes.map((path) => who.browser.get(path))),
			await who.browser.post('/api/operators/mail/1/retry')])
			assert.equal(rs.status, 403, rs.text);
	for (const path of routes)
		assert.equal((await send('GET', path)).status, 401, path);
	const other = await operator();
	await other.browser.post('/api/auth/admin/impersonate-user', { userId: user.id, reason: 'asked for help' });
	assert.equal((await other.browser.get(routes[0])).status, 403);
});

// Creates a failed email that contains a link.
async function failed() {
	const email = address('unreachable');
	await boss.browser.post('/api/auth/organization/invite-member', { email, role: 'member' });
	const mail = lastMail(email, 'invitation');
	sql(`UPDATE ops.mail SET status = 'failed', error = '550 no such user', ended_at = now(),
		attempts = 3, due_at = now() - interval '1 day' WHERE id = $1`, mail.id);
	return mail;
}

test('operators can see the status of emails, but not their content', async () => {
	const mail = await failed();
	const list = (query) => op.browser.get(`${routes[0]}?${query}`);
	const rs = await list('status=failed&limit=1');
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(Object.keys(rs.json[0]), ['id', 'created_at', 'template', 'recipient', 'language',
		'status', 'attempts', 'due_at', 'ended_at', 'error', 'kept']);
	assert.deepEqual([rs.json[0].id, rs.json[0].error, rs.json[0].kept], [mail.id, '550 no such user', true]);
	assert.ok(!(await list('limit=200')).text.includes(mail.data.url.split('/').pop()));
	assert.equal((await list(`recipient=${mail.recipient.toUpperCase()}`)).json.length, 1);
	assert.ok((await list(`before=${mail.id}`)).json.every((m) => m.id < mail.id));
	for (const bad of ['status=any', 'before=x', 'limit=-1', 'before=99999999999999999999'])
		assert.equal((await list(bad)).status, 400, bad);
	assert.deepEqual((await list('recipient=%27%20OR%201=1')).json, []);
});

test('concurrent retries send an email once, and a sent email cannot be retried', async () => {
	const { id } = await failed();
	const retry = (which = id) => op.browser.post(`${routes[0]}/${which}/retry`);
	const all = await Promise.all([1, 2, 3, 4].map(() => retry()));
	for (const rs of all) {
		assert.equal(rs.status, 200, rs.text);
		assert.equal(rs.json.status, 'waiting');
	}
	assert.deepEqual(sql(`SELECT status, attempts, due_at <= now(), give_up_at > now()
		FROM ops.mail WHERE id = $1`, id), [['waiting', '3', 't', 't']]);
	sql("UPDATE ops.mail SET status = 'sent', data = NULL WHERE id = $1", id);
	assert.equal((await retry()).status, 409);
	sql("UPDATE ops.mail SET status = 'failed' WHERE id = $1", id);
	assert.match((await retry()).json.detail, /erased/);
	for (const none of ['1', 'x', '-1', '99999999999999999999', "1'--"])
		assert.equal((await retry(encodeURIComponent(none))).status, 404, none);
	const { json } = await op.browser.get('/api/events?limit=1');
	assert.deepEqual([json[0].action, json[0].data.mail], ['mail.retried', id]);
});

test('operators see the job queues and the result of each periodic task', async () => {
	const before = (await op.browser.get(routes[1])).json;
	assert.deepEqual(before.queues.map((q) => q.name),
		['mail', 'imports', 'webhooks', 'pictures', 'embeddings', 'reminders', 'integrations', 'payments']);
	assert.deepEqual(before.chores, []);
	const { waiting } = before.queues[0];
	await boss.browser.post('/api/auth/organization/invite-member', { email: address(), role: 'member' });
	const jobs = startJobs();
	after(() => jobs.stop());
	let now;
	await until(async () => {
		now = (await op.browser.get(routes[1])).json;
		return now.chores.some((c) => c.name === 'trash');
	});
	assert.equal(now.queues[0].waiting, waiting + 1);	/* no mail server is configured */
	const seal = now.chores.find((c) => c.name === 'seal');
	assert.deepEqual([seal.failed, seal.failed_at], [false, null]);
	assert.ok(Date.now() - new Date(seal.ended_at) < 60_000);
	sql('ALTER FUNCTION ops.seal_audit(integer, interval, boolean, interval) RENAME TO broken');
	try {
		await boss.browser.post('/api/imports', 'last_name\nNobody\n');	/* wakes the periodic tasks */
		sql("NOTIFY tenantry_periodic_tasks");
		await until(async () => (await op.browser.get(routes[1])).json.chores
			.find((c) => c.name === 'seal').failed);
	} finally {
		sql('ALTER FUNCTION ops.broken(integer, interval, boolean, interval) RENAME TO seal_audit');
	}
});

test('operators see backups, and receive an email about a failure', async () => {
	const backups = async () => (await op.browser.get(routes[1])).json.backups;
	const record = (...values) => sql('SELECT ops.record_backup($1, $2, $3, $4, $5, $6, $7)', ...values);
	assert.deepEqual(await backups(), { list: [], verified_at: null, wrong: null });
	record('2026-01-01T03:00:00Z', 'verified', 'tenantry-20260101T030000Z.tar', '/backups', '1000', null, 'en');
	assert.equal((await backups()).wrong, 'old');
	record(new Date().toISOString(), 'failed', null, '/backups', null, 'pg_dump failed', 'en');
	const now = await backups();
	assert.deepEqual([now.wrong, now.list.map((b) => b.state), now.list[0].reason], ['failed', ['failed', 'verified'], 'pg_dump failed']);
	assert.ok(now.verified_at);
	const operators = sql(`SELECT count(*) FROM identity."user" WHERE role LIKE '%admin%'`);
	assert.deepEqual(sql("SELECT count(*) FROM ops.mail WHERE template = 'backup-failed' AND data->>'reason' = 'pg_dump failed'"), operators);
	record(new Date().toISOString(), 'verified', 'tenantry-20260102T030000Z.tar', '/backups', '1000', null, 'en');
	assert.equal((await backups()).wrong, null);
});

test('operators list, suspend and restore organizations, but cannot read their data', async () => {
	const other = await owner('suspended');
	const list = (query) => op.browser.get(`${routes[2]}?${query}`);
	const { slug, id } = other.organization;
	const rs = await list(`q=${slug.toUpperCase()}`);
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(rs.json.map((o) => [o.id, o.members, o.suspended_at]), [[id, 1, null]]);
	await member(other, 'portal');
	const [{ members, portal_users }] = (await list(`q=${slug}`)).json;
	assert.deepEqual([members, portal_users], [1, 1]);
	assert.equal((await op.browser.post(`${routes[2]}/${slug}/suspend`)).status, 200);
	assert.deepEqual((await list('state=suspended')).json.map((o) => o.slug), [slug]);
	assert.ok((await list('state=open&limit=200')).json.every((o) => o.suspended_at === null));
	assert.equal((await op.browser.post(`${routes[2]}/${slug}/restore`)).status, 200);
	const all = (await list('limit=200')).json.map((o) => o.id);
	assert.deepEqual((await list(`limit=2&before=${all[0]}`)).json.map((o) => o.id), all.slice(1, 3));
	for (const bad of ['state=any', 'limit=x'])
		assert.equal((await list(bad)).status, 400, bad);
	for (const none of ['q=%25', "q='--", 'before=x', `before=${op.id}`])
		assert.deepEqual((await list(none)).json, [], none);
});

test('the log can be sorted only by time, and is counted up to 10,000 entries', async () => {
	for (const member of ['action', 'resource', 'user_id', 'name'])
		assert.equal((await log(boss, {}, { sort: JSON.stringify([member, 'ASC']) })).status, 400, member);
	const { headers, json } = await log(boss, { resource: 'tags' }, { range: '[0,999]' });
	assert.equal(headers['content-range'], `audit_log 0-${json.length - 1}/${json.length}`);
	sql(`SELECT set_config('app.org_id', '${boss.organization.id}', false);
		INSERT INTO ops.audit_log (org_id, id, table_name, row_id, action) SELECT '${boss.organization.id}', ops.audit_id(), 'many', n::text, 'insert'
			FROM generate_series(1, 10005) n`);
	assert.equal((await log(boss, { resource: 'many' })).headers['content-range'], 'audit_log 0-24/10001');
	assert.equal((await log(boss, { resource: 'many', row_id: '7' })).headers['content-range'], 'audit_log 0-0/1');
});
