// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_WEBHOOKS=on
// own stack: it runs tenantry-jobs with its own settings.
// A sandbox has the settings of an organization, contacts nobody outside, and can be reset with one call.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { ask, checksum, owner, query, sql } from '../../lib/api.mjs';
import { rowsOf, switchModules } from '../../lib/rows.mjs';
import { startJobs, until } from '../lib/files.mjs';

let me, other, box;
const received = [];
const server = http.createServer((rq, rs) => {
	received.push(rq.url);
	rq.resume().on('end', () => rs.end('thanks'));
});
const call = async (method, path, body, { who = me, status, org = box } = {}) => {
	const rs = await ask(method, `${path}${org ? `${path.includes('?') ? '&' : '?'}orgId=${org}` : ''}`, { token: who.token, body });
	if (status)
		assert.equal(rs.status, status, rs.text);
	else
		assert.ok(rs.status < 300, `${method} ${path}: ${rs.text}`);
	return rs.json;
};
const tenantry = (...words) => spawnSync(`${process.env.BUILD}/tenantry`, words, { encoding: 'utf8' });
const of = (org) => checksum((table, name) => name && !/identity.event|audit|idempotency/.test(table) ? `${name} = '${org}'` : 'false');

before(async () => {
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	[me, other] = [await owner('Source'), await owner('Other')];
	await switchModules(me, true);
	const settings = (path, body, method = 'POST') => call(method, path, body, { org: null });
	await rowsOf(me, 'real');
	await settings('/api/field_definitions', { resource: 'contacts', label: 'Badge', kind: 'text' });
	await settings('/api/tags', { name: 'hot', color: '#f00' });
	await settings('/api/auth/organization/create-role', { role: 'reader', permission: { contacts: ['read'] } });
	const { config } = await settings('/api/configuration/1', undefined, 'GET');
	await settings('/api/configuration/1', { config: { ...config, currency: 'CHF', title: 'Real' } }, 'PATCH');
});
after(() => {
	server.closeAllConnections?.();
	server.close();
});

test('a sandbox has the settings of an organization, but none of its rows', async () => {
	const before = of(me.organization);
	const made = await call('POST', '/api/sandboxes', { name: 'Playground' }, { org: null, status: 201 });
	box = made.id;
	assert.deepEqual(made, { id: box, name: 'Playground', slug: made.slug, created_at: made.created_at, hosts: [], copy_of: { id: me.organization, name: 'Source Ltd' } });
	assert.deepEqual(of(me.organization), before, 'the organization is as it was');
	const mine = await call('GET', '/api/me');
	assert.deepEqual([mine.sandbox, mine.organization_id, mine.administrator], [true, box, true]);
	assert.equal((await call('GET', '/api/me', undefined, { org: null })).sandbox, undefined);
	const { config } = await call('GET', '/api/configuration/1');
	assert.deepEqual([config.currency, config.title], ['CHF', 'Real']);
	assert.ok((await call('GET', '/api/field_definitions')).some(({ label }) => label === 'Badge'));
	assert.ok((await call('GET', '/api/tags')).some(({ name }) => name === 'hot'));
	const stages = async (org) => (await call('GET', `/api/pipeline_stages${query({ sort: ['position', 'ASC'] })}`, undefined, { org })).map(({ stage, label, position }) => [stage, label, position]);
	assert.deepEqual(await stages(box), await stages(null));
	assert.ok(sql(`SELECT role FROM identity.organization_role WHERE organization_id = '${box}'`).some(([role]) => role === 'reader'));
	for (const resource of ['contacts', 'companies', 'deals', 'tasks', 'user_payments', 'opportunity_items', 'webhooks'])
		assert.deepEqual(await call('GET', `/api/${resource}`), [], resource);
});

test('only administrators can create, see and reset a sandbox', async () => {
	await call('POST', '/api/sandboxes', { name: ' ' }, { org: null, status: 422 });
	await call('POST', '/api/sandbox/reset', undefined, { org: null, status: 409 });
	await call('GET', '/api/sandbox', undefined, { org: null, status: 409 });
	await call('GET', '/api/sandbox', undefined, { who: other, status: 403 });
	const key = await call('POST', '/api/auth/api-key/create', { name: 'key' }, { org: null });
	const rs = await ask('POST', '/api/sandboxes', { body: { name: 'By a key' }, headers: { 'x-api-key': key.key } });
	assert.ok(rs.status === 403 || rs.status === 422, rs.text);
});

test('a sandbox sends no emails, and lists what it would have sent', async () => {
	const email = `guest.${process.pid}@people.test`;
	const invite = (to, organizationId) => call('POST', '/api/auth/organization/invite-member', { email: to, role: 'member', organizationId }, { org: null });
	await invite(email, box);
	const mails = await call('GET', '/api/sandbox/mails');
	assert.deepEqual(mails.map(({ template, recipient }) => [template, recipient]), [['invitation', email]]);
	assert.match(mails[0].data.url, /^https?:\/\//);
	assert.deepEqual(sql(`SELECT status FROM ops.mail WHERE recipient = '${email}'`), [['withheld']]);
	// Emails of the organization itself, and emails about accounts, are sent.
	await invite(`real.${email}`, me.organization);
	assert.deepEqual(sql(`SELECT status FROM ops.mail WHERE recipient = 'real.${email}'`), [['waiting']]);
	assert.match(tenantry('mail', 'list', '--to', email).stdout, /withheld/);
});

test('webhooks can call only listed hosts', async () => {
	const host = `127.0.0.1:${server.address().port}`;
	const jobs = startJobs();
	try {
		const url = `http://${host}/hook`;
		const { id } = await call('POST', '/api/webhooks', { url, events: ['contacts.*'] }, { status: 201 });
		await call('POST', '/api/webhooks/test', { url }, { status: 422 });
		await call('POST', '/api/contacts', { last_name: 'Unheard' }, { status: 201 });
		const deliveries = () => call('GET', `/api/webhook_deliveries${query({ filter: { webhook_id: id }, sort: ['id', 'ASC'] })}`);
		await until(async () => (await deliveries())[0]?.status === 'failed');
		assert.match((await deliveries())[0].attempts[0].error, /does not list this host/);
		assert.deepEqual(received, []);
		for (const [hosts, path, code] of [[['http://x.test/'], 'hosts.0', 'sandbox_host_name'], [['x.test', 'a b'], 'hosts.1', 'sandbox_host_name'],
			[['x.test:99999'], 'hosts.0', 'sandbox_host_name'], [['x.test:65536'], 'hosts.0', 'sandbox_host_name'], [['x.test:0'], 'hosts.0', 'sandbox_host_name'],
			[Array.from({ length: 51 }, (_, n) => `h${n}.test`), 'hosts', 'sandbox_hosts']]) {
			const { code: got, errors } = await call('PUT', '/api/sandbox', { hosts }, { status: 422 });
			assert.deepEqual([got, Object.keys(errors)[0]], [code, path], JSON.stringify(hosts));
		}
		assert.deepEqual((await call('PUT', '/api/sandbox', { hosts: ['x.test:65535', 'x.test:1'] })).hosts, ['x.test:1', 'x.test:65535']);
		assert.deepEqual((await call('PUT', '/api/sandbox', { hosts: [host.toUpperCase(), host] })).hosts, [host]);
		await call('POST', '/api/contacts', { last_name: 'Heard' }, { status: 201 });
		await until(() => received.length === 1);
		assert.deepEqual(received, ['/hook']);
	} finally {
		await jobs.stop();
	}
});

test('a payment provider accepts only test mode keys', async () => {
	const put = (key, more) => call('PUT', '/api/payment_providers/stripe', { key, signing_secret: 'whsec_x' }, more);
	await put('sk_live_123', { status: 422 });
	await put('sk_test_123');
	await put('sk_live_123', { org: null });
});

test('one call resets a sandbox, and does not affect the organization', async () => {
	const enter = (organizationId) => call('POST', '/api/auth/organization/set-active', { organizationId }, { org: null });
	await enter(box);
	await rowsOf({ ...me, organization: box }, 'tried');
	await enter(me.organization);
	assert.ok((await call('GET', '/api/user_payments')).length > 0);
	await call('POST', '/api/tags', { name: 'tried', color: '#0f0' }, { status: 201 });
	const before = of(me.organization);
	const { rows: deleted } = await call('POST', '/api/sandbox/reset');
	assert.ok(deleted > 60, `${deleted}`);
	for (const resource of ['contacts', 'companies', 'deals', 'webhooks', 'trash'])
		assert.deepEqual(await call('GET', `/api/${resource}`), [], resource);
	assert.deepEqual(await call('GET', '/api/sandbox/mails'), []);
	assert.ok(!(await call('GET', '/api/tags')).some(({ name }) => name === 'tried'));
	assert.equal((await call('GET', '/api/configuration/1')).config.currency, 'CHF');
	assert.equal((await call('POST', '/api/contacts', { last_name: 'Again' }, { status: 201 })).last_name, 'Again');
	assert.deepEqual(of(me.organization), before);
	assert.deepEqual(sql('SELECT * FROM ops.wrong_totals()'), []);
});

test('the commands create and reset a sandbox in the same way', () => {
	const made = tenantry('org', 'sandbox', me.slug, 'By an operator', me.email, '--slug', `${me.slug}-box`);
	assert.equal(made.status, 0, made.stderr);
	assert.match(tenantry('org', 'show', `${me.slug}-box`, '--json').stdout, /"sandbox" : true/);
	assert.equal(tenantry('org', 'reset', `${me.slug}-box`).status, 2);
	const reset = tenantry('org', 'reset', `${me.slug}-box`, '--yes');
	assert.match(reset.stdout, /rows of .* are deleted/, reset.stderr);
	const refused = tenantry('org', 'reset', me.slug, '--yes');
	assert.equal(refused.status, 1);
	assert.match(refused.stderr, /not a sandbox/);
});
