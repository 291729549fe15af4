// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// A request that is repeated with its Idempotency-Key returns the same bytes as
// the first request, and runs once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { Browser, send } from '../lib/http.mjs';
import { PASSWORD, address, owner, signUp } from '../lib/people.mjs';

let n = 0;
const key = () => ({ 'idempotency-key': `key-${process.pid}-${++n}` });
const sessions = (id) => sql(
	'SELECT count(*) FROM identity.session WHERE user_id = $1', id)[0][0];

function same(a, b) {
	assert.equal(b.status, a.status, b.text);
	assert.equal(b.text, a.text);
	assert.deepEqual(b.cookies, a.cookies);
}

test('sign-in: a repeated request creates one session and returns the same token', async () => {
	const { email, password, id } = await signUp();
	const headers = key();
	const call = () => send('POST', '/api/auth/sign-in/email',
		{ headers, body: { email, password, callbackURL: '/next' } });
	const first = await call();
	assert.equal(first.status, 200);
	assert.equal(sessions(id), '2');
	same(first, await call());
	assert.equal(sessions(id), '2');
	assert.equal((await send('GET', '/api/auth/list-sessions', { headers: {
		authorization: `Bearer ${first.json.token}` } })).status, 200);
});

test('sign-in: a different body with the same key is refused', async () => {
	const { email, password } = await signUp();
	const headers = key();
	const call = (body) => send('POST', '/api/auth/sign-in/email', { headers, body });
	assert.equal((await call({ email, password })).status, 200);
	assert.equal((await call({ email, password: 'wrong one' })).status, 401);
	const rs = await call({ email, password, rememberMe: false });
	assert.equal(rs.status, 400);
	assert.match(rs.json.message, /Idempotency-Key/);
});

test('sign-up: both routes create one user and return the same token', async () => {
	const headers = key();
	const body = { email: address(), name: 'A B', password: PASSWORD };
	const call = () => send('POST', '/api/auth/sign-up/email', { headers, body });
	const first = await call();
	assert.equal(first.status, 200);
	same(first, await call());
	assert.equal(sessions(first.json.user.id), '1');

	const other = { headers: key(), body: { email: address(), password: PASSWORD,
		first_name: 'A', last_name: 'B' } };
	const door = await send('POST', '/api/signup', other);
	assert.equal(door.status, 201);
	same(door, await send('POST', '/api/signup', other));
	assert.equal(sessions(door.json.id), '1');
});

test('concurrent sign-ups with the same key create one user', async () => {
	const headers = key();
	const body = { email: address(), name: 'A B', password: PASSWORD };
	const all = await Promise.all(Array.from({ length: 6 }, () =>
		send('POST', '/api/auth/sign-up/email', { headers, body })));
	const good = all.filter((rs) => rs.status === 200);
	assert.ok(good.length >= 1);
	for (const rs of good)
		same(good[0], rs);
	for (const rs of all)
		assert.ok([200, 409].includes(rs.status), rs.text);
	assert.equal(sql('SELECT count(*) FROM identity."user" WHERE email = $1',
		body.email)[0][0], '1');
});

test('change-password: runs once, even though the old password is no longer valid', async () => {
	const { browser } = await signUp();
	const headers = key();
	const call = () => browser.post('/api/auth/change-password', {
		currentPassword: PASSWORD, newPassword: 'another password 1' }, headers);
	const first = await call();
	assert.equal(first.status, 200);
	same(first, await call());
});

test('organizations and invitations are created once', async () => {
	const { browser } = await signUp();
	const slug = `once-${process.pid}`;
	const call = async (path, body) => {
		const headers = key();
		const first = await browser.post(path, body, headers);
		assert.ok(first.status < 300, first.text);
		same(first, await browser.post(path, body, headers));
		return first;
	};
	await call('/api/auth/organization/create', { name: 'Once', slug });
	assert.equal(sql('SELECT count(*) FROM identity.organization WHERE slug = $1',
		slug)[0][0], '1');
	await call('/api/auth/organization/invite-member',
		{ email: address(), role: 'member' });
	const invite = await call('/api/invites', {});
	assert.equal((await browser.get(`/invite/${invite.json.token}`)).status, 302);
	await call('/api/auth/organization/set-active', { organizationSlug: slug });
	await call('/api/auth/organization/set-active', { organizationId: null });
	await call('/api/auth/organization/set-active', { organizationId: null });
	await call('/api/auth/update-user', { name: 'Another' });
	await call('/api/auth/revoke-other-sessions', {});
	await call('/api/auth/revoke-session', { token: 'nothing' });
	assert.equal(sql('SELECT count(*) FROM identity.organization_invitation i'
		+ ' JOIN identity.organization o ON o.id = i.organization_id'
		+ ' WHERE o.slug = $1', slug)[0][0], '2');
});

test('rows are created, changed and deleted once', async () => {
	const { browser } = await owner('retry');
	const made = { ...key() };
	const create = () => browser.post('/api/companies', { name: 'Once' }, made);
	const first = await create();
	assert.equal(first.status, 201);
	same(first, await create());
	const list = await browser.get('/api/companies');
	assert.equal(list.json.length, 1);
	const path = `/api/companies/${first.json.id}`;
	const gone = key();
	const deleted = await browser.delete(path, gone);
	assert.equal(deleted.status, 200);
	same(deleted, await browser.delete(path, gone));
	assert.equal((await browser.delete(path, key())).status, 404);
});

test('a key that was used for a different request is refused', async () => {
	const { browser } = await owner('reuse');
	const headers = key();
	assert.equal((await browser.post('/api/companies', { name: 'A' }, headers)).status,
		201);
	for (const rs of [await browser.post('/api/companies', { name: 'B' }, headers),
		await browser.post('/api/contacts', { last_name: 'A' }, headers)]) {
		assert.equal(rs.status, 422);
		assert.match(rs.json.message, /Idempotency-Key/);
	}
	for (const bad of ['x'.repeat(256), 'with blank', '\u00e9'])
		assert.equal((await browser.post('/api/companies', { name: 'A' },
			{ 'idempotency-key': bad })).status, 400);
});

test('two users may use the same key, and so may one user in two organizations', async () => {
	const headers = key();
	const a = await owner('same'), b = await owner('same');
	const one = await a.browser.post('/api/companies', { name: 'A' }, headers);
	const two = await b.browser.post('/api/companies', { name: 'B' }, headers);
	assert.notEqual(one.json.id, two.json.id);
	await a.browser.post('/api/auth/organization/create',
		{ name: 'Second', slug: `second-${process.pid}` });
	const three = await a.browser.post('/api/companies', { name: 'C' }, headers);
	assert.equal(three.status, 201);
	assert.equal(three.json.name, 'C');
});

test('an error is not stored, so the key can be used again', async () => {
	const { browser } = await owner('again');
	const headers = key();
	assert.equal((await browser.post('/api/companies', { name: null }, headers)).status,
		422);
	assert.equal((await browser.post('/api/companies', { name: 'A' }, headers)).status,
		201);
});

test('of concurrent requests with the same key, one runs, and the others return 201 or 409', async () => {
	const { browser } = await owner('burst');
	const headers = key();
	const all = await Promise.all(Array.from({ length: 8 }, () =>
		browser.post('/api/companies', { name: 'Burst' }, headers)));
	const good = all.filter((rs) => rs.status === 201);
	assert.ok(good.length >= 1);
	assert.equal(new Set(good.map((rs) => rs.text)).size, 1);
	assert.ok(all.every((rs) => [201, 409].includes(rs.status)));
	assert.equal((await browser.get('/api/companies')).json.length, 1);
});
