// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it compares the data of an organization in all tables while jobs run.
// A read-only organization can be read, and no route, job or public form changes it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, test } from 'node:test';
import { ask, checksum, openapi, operations, owner, query, sql } from '../../lib/api.mjs';
import { rowsOf, sample } from '../../lib/rows.mjs';
import { startJobs } from '../lib/files.mjs';

let me, other, rows, key, document;
const tenantry = (...words) => spawnSync(`${process.env.BUILD}/tenantry`, words, { encoding: 'utf8' });
function switchTo(state) {
	const run = tenantry('org', 'read-only', me.slug, state);
	assert.equal(run.status, 0, run.stderr);
	return run.stdout;
}
const as = (who) => (method, path, body) => ask(method, path, { token: who.token, body });
// The checksum includes members of the organization, but not the bookkeeping of requests, such as the last use of a
// key.
const own = () => checksum((table, name) => /api_key|idempotency|^identity.event$|request/.test(table) ? 'false'
	: name ? `${name} = '${me.organization}'` : table === 'identity.organization' ? `id = '${me.organization}'` : 'false');

before(async () => {
	me = await owner('Frozen');
	other = await owner('Free');
	rows = await rowsOf(me, 'frozen');
	document = await openapi();
	const made = await as(me)('POST', '/api/auth/api-key/create', { name: 'reader' });
	assert.equal(made.status, 200, made.text);
	key = made.json.key;
	sql(`UPDATE identity.api_key SET rate_limit_max = 100000 WHERE id = '${made.json.id}'`);
});

const filled = (path, operation) => path.replace(/\{(\w+)\}/g, () => rows[operation['x-resource'] ?? path.split('/')[2]]?.id ?? 1);

test('no unsafe route changes a read-only organization, neither with a session nor with a key', async () => {
	assert.match(switchTo('on'), /is read-only; "tenantry org read-only .* off" ends this/);
	const before = own();
	let refused = 0, tried = 0;
	const passed = [];
	for (const { method, path, operation, resource, one } of operations(document)) {
		// These routes act for the user or the installation, or end the session.
		if (method === 'GET' || /^\/api\/auth\/|^\/api\/operat|^\/api\/signup|^\/api\/set-password|password/.test(path))
			continue;
		let body = operation.requestBody ? {} : undefined;
		if (body && resource)
			try {
				body = sample(resource, 'again', rows);
			} catch {
				body = {};
			}
		for (const call of [(m, p, b) => as(me)(m, p, b), (m, p, b) => ask(m, p, { body: b, headers: { 'x-api-key': key } })]) {
			const rs = await call(method, filled(path, operation), one && method === 'PATCH' ? {} : body);
			tried++;
			refused += rs.json?.code === 'organization_read_only';
			if (rs.status < 300)
				passed.push(`${method} ${path}`);
		}
	}
	const after = own();
	assert.deepEqual(Object.keys(after).filter((table) => after[table] !== before[table]), [], passed.join('\n'));
	console.log(`# ${tried} requests, ${refused} refused as read-only, ${passed.length} answered`);
	assert.ok(refused > 200, `${refused} were refused`);
});

test('members, invitations, roles and the name cannot be changed either', async () => {
	const before = own();
	for (const [path, body] of [['update', { data: { name: 'Other' } }], ['invite-member', { email: 'new@people.test', role: 'member' }],
		['create-role', { role: 'guest', permission: {} }], ['create-team', { name: 'Team' }], ['delete', { organizationId: me.organization }]]) {
		const rs = await as(me)('POST', `/api/auth/organization/${path}`, body);
		assert.ok(rs.status >= 400, `${path}: ${rs.status} ${rs.text}`);
		assert.match(rs.text, /read-only/, path);
	}
	assert.deepEqual(own(), before);
});

test('reads, files and the feed work, and /api/me says why nothing else does', async () => {
	for (const path of ['/api/contacts', `/api/contacts/${rows.contacts.id}`, '/api/contacts/export', '/api/search' + query({ q: 'frozen' }),
		'/api/changes', '/api/audit_log', '/api/auth/organization/get-full-organization'])
		assert.equal((await as(me)('GET', path)).status, 200, path);
	assert.equal((await as(me)('GET', '/api/me')).json.read_only, true);
	assert.equal((await as(other)('GET', '/api/me')).json.read_only, undefined);
	assert.equal((await as(other)('POST', '/api/tags', { name: 'free', color: '#abc' })).status, 201);
	const refused = await as(me)('POST', '/api/tags', { name: 'frozen', color: '#abc' });
	assert.equal(refused.status, 409);
	assert.equal(refused.json.type, '/problems/organization_read_only');
	assert.match(tenantry('org', 'show', me.slug).stdout, /read-only since/);
});

test('jobs do not change a read-only organization, and continue afterwards', async () => {
	switchTo('off');
	assert.equal((await as(me)('POST', '/api/contacts', { last_name: 'queued' })).status, 201);
	switchTo('on');
	// Makes all tasks due.
	sql(`UPDATE ops.organization_turn SET due_at = now() WHERE org_id = '${me.organization}'`);
	const before = own();
	const jobs = startJobs();
	try {
		await new Promise((done) => setTimeout(done, 6000));
		const after = own();
		// Only derived data may change, such as the search index and the times when turns are due.
		const changed = Object.keys(after).filter((table) => after[table] !== before[table]
			&& !/search|organization_turn|embedding|feed|ops\.change|ops\.mail|audit_seal/.test(table));
		assert.deepEqual(changed, []);
		assert.equal(sql(`SELECT count(*) FROM ops.aside WHERE error LIKE '%read-only%'`)[0][0], '0');
	} finally {
		await jobs.stop?.();
	}
	assert.match(switchTo('off'), /can be changed again/);
	assert.ok(Number(sql(`SELECT count(*) FROM ops.organization_turn WHERE org_id = '${me.organization}' AND due_at <= now()`)[0][0]) > 0);
	assert.equal((await as(me)('POST', '/api/tags', { name: 'thawed', color: '#abc' })).status, 201);
});

test('the usage of an organization counts only its own rows', () => {
	const usage = JSON.parse(tenantry('org', 'usage', me.slug, '--json').stdout);
	const of = (name) => usage.find((line) => line.name === name) ?? { amount: 0, bytes: 0 };
	for (const table of ['crm.contacts', 'crm.tags', 'ops.audit_log'])
		assert.equal(of(table).amount, Number(sql(`SELECT count(*) FROM ${table} WHERE org_id = '${me.organization}'`)[0][0]), table);
	const tables = usage.filter(({ name }) => name.includes('.'));
	const sum = (member) => tables.reduce((all, line) => all + line[member], 0);
	assert.equal(of('rows of all tables').amount, sum('amount'));
	assert.equal(of('rows of all tables').bytes, sum('bytes'));
	assert.ok(of('ops.audit_log').bytes > 100 * of('ops.audit_log').amount);
	assert.match(tenantry('org', 'usage', other.slug).stdout, /^crm\.tags +1 +\d+ bytes$/m);
});

test('the command refuses an unknown argument, and a deleted organization', () => {
	assert.equal(tenantry('org', 'read-only', me.slug, 'maybe').status, 2);
	assert.notEqual(tenantry('org', 'read-only', 'nobody-here', 'on').status, 0);
});
