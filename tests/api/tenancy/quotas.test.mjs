// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it runs tenantry-jobs.
// Quotas of organizations: the usage in the CLI and the API, the warning, and what is refused.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { ask, owner, sql, until } from '../../lib/api.mjs';
import { startJobs } from '../lib/files.mjs';

let me, other, jobs;
const tenantry = (...words) => spawnSync(`${process.env.BUILD}/tenantry`, words, { encoding: 'utf8' });
function quota(...words) {
	const run = tenantry('org', 'quota', me.slug, ...words);
	assert.equal(run.status, 0, run.stderr);
	return run.stdout;
}
const as = (who, more) => (method, path, body) => ask(method, path, { token: who.token, body, ...more });
const usage = async (who = me) => (await as(who)('GET', '/api/usage')).json;
const refused = (rs, code) => {
	assert.equal(rs.status, 422, rs.text);
	assert.equal(rs.json.code, code);
};
const mails = () => sql(`SELECT recipient, data->>'used', data->>'limit', data->>'what' FROM ops.mail WHERE template = 'quota-near' ORDER BY id`);
const due = () => sql(`UPDATE ops.quota SET checked_at = '-infinity' WHERE org_id = '${me.organization}';
	SELECT pg_notify('tenantry_periodic_tasks', '')`);

before(async () => {
	me = await owner('Limited');
	other = await owner('Unlimited');
	jobs = startJobs();
});
after(() => jobs.kill('SIGTERM'));

test('the usage is shown to administrators and to operators', async () => {
	const { json } = await as(me)('POST', '/api/contacts', { last_name: 'One' });
	assert.ok(json.id);
	const { rows, file_bytes, mails: sent } = await usage();
	assert.deepEqual(rows, { used: 1, limit: null, state: 'ok' });
	assert.deepEqual(file_bytes, { used: 0, limit: null, state: 'ok' });
	assert.equal(sent.limit, null);
	assert.match(quota(), /^rows +1 +none *\nfile_bytes +0 +none/);
	const set = quota('rows', '3');
	assert.equal(set, `the quota rows of ${me.slug} is 3\n`);
	assert.deepEqual((await usage()).rows, { used: 1, limit: 3, state: 'ok' });
	assert.deepEqual((await usage(other)).rows, { used: 0, limit: null, state: 'ok' });
	const wrong = tenantry('org', 'quota', me.slug, 'columns', '3');
	assert.match(wrong.stderr, /there is no quota "columns"; there are: rows, file_bytes, mails, requests/);
	assert.equal(wrong.status, 2);
	assert.match(tenantry('org', 'quota', me.slug, 'rows', 'many').stderr, /must be a number or "none"/);
});

test('administrators are warned once before rows are refused, and rows can still be deleted', async () => {
	quota('rows', '5');
	for (let i = 0; i < 3; i++)
		assert.equal((await as(me)('POST', '/api/companies', { name: `Company ${i}` })).status, 201);
	due();
	await until(() => mails().length === 1);
	assert.deepEqual(mails(), [[me.email, '4', '5', 'rows']]);
	assert.equal((await usage()).rows.state, 'near');
	const last = await as(me)('POST', '/api/contacts', { last_name: 'Last' });
	assert.equal(last.status, 201, last.text);
	due();
	await until(async () => (await as(me)('POST', '/api/tags', { name: 'x', color: '#123456' })).json.code === 'quota_rows');
	refused(await as(me)('POST', '/api/contacts', { last_name: 'More' }), 'quota_rows');
	const key = (await as(me)('POST', '/api/auth/api-key/create', { name: 'writer' })).json.key;
	const byKey = await ask('POST', '/api/contacts', { body: { last_name: 'More' }, headers: { 'x-api-key': key } });
	refused(byKey, 'quota_rows');
	assert.equal((await as(other)('POST', '/api/contacts', { last_name: 'Other' })).status, 201);
	assert.equal((await as(me)('GET', '/api/contacts')).json.length, 2);
	assert.equal((await as(me)('PATCH', `/api/contacts/${last.json.id}`, { last_name: 'Changed' })).status, 200);
	assert.equal((await as(me)('DELETE', `/api/contacts/${last.json.id}`)).status, 200);
	due();
	await until(async () => (await as(me)('POST', '/api/contacts', { last_name: 'Again' })).status === 201);
	assert.equal(mails().length, 1, 'one warning while the usage is near the limit');
	quota('rows', 'none');
});

test('requests in batches are counted, and after the quota only reading and deleting are possible', async () => {
	const { json: contact } = await as(me)('POST', '/api/contacts', { last_name: 'Counted' });
	for (let i = 0; i < 20; i++)
		assert.equal((await as(me)('GET', `/api/contacts/${contact.id}`)).status, 200);
	await until(async () => (await usage()).requests.used >= 40, 20_000);
	assert.ok((await usage(other)).requests.used < 20);
	quota('requests', '30');
	assert.equal((await usage()).requests.state, 'over');
	refused(await as(me)('POST', '/api/contacts', { last_name: 'More' }), 'quota_requests');
	refused(await as(me)('PATCH', `/api/contacts/${contact.id}`, { last_name: 'More' }), 'quota_requests');
	assert.equal((await as(me)('GET', `/api/contacts/${contact.id}`)).status, 200);
	assert.equal((await as(me)('DELETE', `/api/contacts/${contact.id}`)).status, 200);
	quota('requests', 'none');
	assert.equal((await as(me)('POST', '/api/contacts', { last_name: 'More' })).status, 201);
});

test('emails and files beyond their quotas are refused', async () => {
	quota('mails', '0');
	const invite = () => as(me)('POST', '/api/auth/organization/invite-member', { email: `new.${process.pid}@people.test`, role: 'member' });
	const rs = await invite();
	assert.equal(rs.status, 400, rs.text); // Better Auth's format of the refusal
	assert.match(rs.text, /has reached its daily limit of emails/);
	quota('mails', 'none');
	assert.equal((await invite()).status, 200);
	quota('file_bytes', '10');
	const upload = (text) => ask('POST', '/api/upload', { token: me.token, body: Buffer.from(text), headers: { 'content-type': 'text/plain' } });
	refused(await upload('more than ten bytes'), 'storage_quota');
	assert.equal((await upload('ten bytes.')).status, 201);
	assert.deepEqual((await usage()).file_bytes, { used: 10, limit: 10, state: 'over' });
	quota('file_bytes', 'none');
});

test('rows of custom objects count, and are refused', async () => {
	const it = await owner('Objects');
	const object = await as(it)('POST', '/api/object_definitions', { label: 'Boat', plural: 'Boats' });
	assert.equal(object.status, 201, object.text);
	const path = `/api/${object.json.resource}`;
	const boat = await as(it)('POST', path, { name: 'One' });
	assert.equal(boat.status, 201, boat.text);
	assert.deepEqual((await usage(it)).rows, { used: 1, limit: null, state: 'ok' });
	assert.equal(tenantry('org', 'quota', it.slug, 'rows', '1').status, 0);
	refused(await as(it)('POST', path, { name: 'Two' }), 'quota_rows');
	assert.ok((await as(it)('DELETE', `${path}/${boat.json.id}`)).status < 300);
	assert.equal(tenantry('org', 'quota', it.slug, 'rows', '1').status, 0);
	assert.equal((await usage(it)).rows.used, 0);
	assert.equal((await as(it)('POST', path, { name: 'Two' })).status, 201);
});
