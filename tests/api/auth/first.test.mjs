// stack: SIGNUP=invite TENANTRY_RATE_LIMIT=off TENANTRY_CREATE_ORGANIZATION=off
// The first user creates the organization, and everyone else needs an invitation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { PASSWORD, address, signIn } from '../lib/people.mjs';

const count = (table, where = 'true') =>
	Number(sql(`SELECT count(*) FROM ${table} WHERE ${where}`)[0][0]);
const newcomer = (more) => ({ email: address(), password: PASSWORD,
	first_name: 'Ada', last_name: 'Lovelace', ...more });
const signup = (body) => send('POST', '/api/signup', { body });
const boss = new Browser();
let email;

test('initially there are no users', async () => {
	const rs = await send('GET', '/api/init_state');
	assert.deepEqual(rs.json, { is_initialized: false, demo: false, open: false, providers: [] });
});

test('invalid sign-up fields are reported by name', async () => {
	for (const [body, field, status = 422] of [[newcomer({ email: 'nope' }), 'email'],
		[newcomer({ email: undefined }), 'email'],
		[newcomer({ password: 'short' }), 'password'],
		[newcomer({ password: 'x'.repeat(129) }), 'password'],
		[newcomer({ password: 12345678 }), 'password', 400],
		[newcomer({ first_name: '' }), 'first_name'],
		[newcomer({ last_name: undefined }), 'last_name'],
		[newcomer({ last_name: 'x'.repeat(241) }), 'last_name'],
		[newcomer({ administrator: true }), 'administrator']]) {
		const rs = await signup(body);
		assert.equal(rs.status, status, rs.text);
		assert.deepEqual(Object.keys(rs.json.errors), [field]);
		assert.match(rs.json.message, new RegExp(field));
	}
	assert.equal((await send('POST', '/api/signup', { body: '{',
		headers: { 'content-type': 'application/json' } })).status, 400);
	assert.equal((await send('POST', '/api/signup', { body: 'a=b',
		headers: { 'content-type': 'text/plain' } })).status, 415);
	assert.equal(count('identity."user"'), 0);
});

test('of concurrent first sign-ups, one creates the organization', async () => {
	const all = await Promise.all(Array.from({ length: 6 }, () => signup(newcomer())));
	const good = all.filter((rs) => rs.status === 201);
	assert.equal(good.length, 1);
	for (const rs of all.filter((r) => r.status !== 201)) {
		assert.equal(rs.status, 409);
		assert.match(rs.json.message, /invitation/);
		assert.equal(rs.headers['content-type'], 'application/problem+json');
	}
	assert.equal(count('identity."user"'), 1);
	assert.equal(count('identity.organization'), 1);
	assert.equal(count('crm.sales', 'administrator'), 1);
	assert.equal(count('crm.configuration'), 1);
	boss.jar.take(good[0].cookies);
	email = good[0].json.email;
	assert.deepEqual(Object.keys(good[0].json).sort(), ['email', 'id', 'token']);
	assert.deepEqual((await send('GET', '/api/init_state')).json,
		{ is_initialized: true, demo: false, open: false, providers: [] });
});

test('the first user is an administrator', async () => {
	const { json } = await boss.get('/api/me');
	assert.equal(json.administrator, true);
	assert.equal(json.email, email);
	assert.equal(json.first_name, 'Ada');
	assert.ok(Number.isSafeInteger(json.id));
});

test('later sign-ups fail on both routes, for known and unknown addresses', async () => {
	for (const who of [address(), email]) {
		const rs = await send('POST', '/api/auth/sign-up/email',
			{ body: { email: who, name: 'x', password: PASSWORD } });
		assert.equal(rs.status, 400);
		assert.equal(rs.json.code, 'EMAIL_PASSWORD_SIGN_UP_DISABLED');
		assert.equal((await signup(newcomer({ email: who }))).status, 409);
		assert.equal((await signup(newcomer({ email: who,
			invite_token: 'A'.repeat(32) }))).status, 409);
	}
	assert.equal(count('identity."user"'), 1);
});

test('TENANTRY_CREATE_ORGANIZATION=off prevents creating organizations', async () => {
	const rs = await boss.post('/api/auth/organization/create', { name: 'x', slug: 'x' });
	assert.equal(rs.status, 403);
	assert.deepEqual(rs.json, {
		message: 'You are not allowed to create a new organization',
		code: 'YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION' });
	assert.equal((await send('POST', '/api/auth/organization/create',
		{ body: { name: 'x', slug: 'x' } })).status, 401);
});

test('creating an invitation returns its token, URL and expiry', async () => {
	const rs = await boss.post('/api/invites', {});
	assert.equal(rs.status, 201);
	const { token, url, organization_id, expires_at, email: to } = rs.json;
	assert.match(token, /^[A-Za-z0-9]{32}$/);
	assert.equal(url, `${BASE}/invite/${token}`);
	assert.equal(organization_id, (await boss.get('/api/me')).json.organization_id);
	assert.equal(to, null);
	assert.ok(new Date(expires_at) > new Date());
	const link = await send('GET', `/invite/${token}`);
	assert.equal(link.status, 302);
	assert.equal(link.headers.location, `${BASE}/#/sign-up?invite=${token}`);
	const described = await send('POST', '/api/invitation', { body: { token } });
	assert.equal(described.status, 200);
	const { organization_name, inviter, role, known } = described.json;
	assert.deepEqual({ organization_name, inviter, role, known, email: described.json.email },
		{ organization_name: (await boss.get('/api/organizations')).json[0].name, inviter: (await boss.get('/api/auth/get-session')).json.user.name,
			role: 'member', known: false, email: null });
	assert.equal((await send('POST', '/api/invitation', { body: { token: 'A'.repeat(32) } })).status, 404);
	for (const bad of ['A'.repeat(32), 'x', "'", 'a'.repeat(5000)])
		assert.equal((await send('GET', `/invite/${bad}`)).status, 404, bad);
});

test('an invalid invitation link shows a page to a browser', async () => {
	const link = async (more) => {
		const { json } = await boss.post('/api/invites', {});
		await more(json);
		return json.token;
	};
	const revoked = await link(({ id }) => boss.delete(`/api/invites/${id}`));
	const expired = await link(({ id }) => sql(`UPDATE identity.organization_invitation SET expires_at = now() - interval '1 day' WHERE id = '${id}' RETURNING 1`));
	for (const [language, words, token = 'A'.repeat(32)] of [['en', 'whole address was copied'], ['fr', 'adresse est complète'],
		['en', 'was revoked', revoked], ['en', 'It has expired', expired], ['fr', 'Elle a expiré', expired]]) {
		const page = await send('GET', `/invite/${token}`, { headers: {
			accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'accept-language': language } });
		assert.deepEqual([page.status, page.headers['content-type']], [404, 'text/html; charset=utf-8']);
		assert.match(page.text, new RegExp(`<html lang="${language}">[^]*${words}`));
		assert.doesNotMatch(page.text, /<form|<script/);
	}
	const rs = await send('GET', `/invite/${'A'.repeat(32)}`, { headers: { accept: '*/*' } });
	assert.equal(rs.headers['content-type'], 'application/problem+json');
});

test('a program signs up without a cookie and without an Origin header', async () => {
	// Node's fetch() adds Sec-Fetch-Mode. The invitation does not exist, so nobody signs up.
	const post = (headers) => send('POST', '/api/signup',
		{ headers, body: newcomer({ invite_token: 'A'.repeat(32) }) });
	for (const headers of [{}, { 'sec-fetch-mode': 'cors' }])
		assert.equal((await post(headers)).status, 409, JSON.stringify(headers));
	for (const headers of [{ 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'cross-site' },
		{ origin: 'https://evil.test' }, { referer: 'https://evil.test/' }])
		assert.equal((await post(headers)).status, 403, JSON.stringify(headers));
});

test('invalid invitations are refused', async () => {
	for (const [body, field, status = 422] of [[{ email: 'nope' }, 'email'],
		[{ email: 5 }, 'email', 400], [{ role: ['admin'] }, 'role', 400],
		[{ expires_in: 'soon' }, 'expires_in', 400],
		[{ expires_in: 1.5 }, 'expires_in'], [{ expires_in: 1e12 }, 'expires_in'],
		[{ expires_in: -1 }, 'expires_in'], [{ organization_id: 'x' }, 'organization_id']]) {
		const rs = await boss.post('/api/invites', body);
		assert.equal(rs.status, status, rs.text);
		assert.deepEqual(Object.keys(rs.json.errors), [field]);
	}
	for (const body of [{ role: 'wizard' }, { expires_in: 5 }, { expires_in: 99999999 },
		{ email: '' }])
		assert.equal((await boss.post('/api/invites', body)).status, 422);
	assert.equal((await boss.post('/api/invites', { email })).status, 409);
	assert.equal((await send('POST', '/api/invites', { body: {} })).status, 401);
});

test('of concurrent uses of an invitation, one succeeds', async () => {
	const { json } = await boss.post('/api/invites', {});
	const all = await Promise.all(Array.from({ length: 6 }, () =>
		signup(newcomer({ invite_token: json.token }))));
	assert.deepEqual(all.map((rs) => rs.status).sort(), [201, 409, 409, 409, 409, 409]);
	assert.equal(count('identity.organization_member'), 2);
	assert.equal((await send('GET', `/invite/${json.token}`)).status, 404);
});

test('an invitation for an address cannot be used with other addresses', async () => {
	const to = address('invited');
	const { json } = await boss.post('/api/invites', { email: to.toUpperCase() });
	const rs = await signup(newcomer({ invite_token: json.token }));
	assert.equal(rs.status, 409);
	assert.match(rs.json.message, /another address/);
	assert.equal((await signup(newcomer({ email: to, invite_token: json.token }))).status,
		201);
});

test('an expired invitation is refused', async () => {
	const { json } = await boss.post('/api/invites', { expires_in: 60 });
	sql("UPDATE identity.organization_invitation SET expires_at = now() - interval '1 s'"
		+ ' WHERE id = $1', json.id);
	assert.equal((await send('GET', `/invite/${json.token}`)).status, 404);
	assert.equal((await signup(newcomer({ invite_token: json.token }))).status, 409);
});

test('an invited user is a member, and cannot invite', async () => {
	const { json } = await boss.post('/api/invites', {});
	const browser = new Browser();
	assert.equal((await browser.post('/api/signup',
		newcomer({ invite_token: json.token }))).status, 201);
	const me = (await browser.get('/api/me')).json;
	assert.equal(me.administrator, false);
	assert.equal(me.organization_id, (await boss.get('/api/me')).json.organization_id);
	const rs = await browser.post('/api/invites', {});
	assert.equal(rs.status, 422);
	assert.match(rs.json.message, /role/);
});

test('an administrator may invite administrators, but not owners', async () => {
	const { json } = await boss.post('/api/invites', { role: 'admin' });
	const browser = new Browser();
	await browser.post('/api/signup', newcomer({ invite_token: json.token }));
	assert.equal((await browser.get('/api/me')).json.administrator, true);
	assert.equal((await browser.post('/api/invites', { role: 'admin' })).status, 201);
	assert.equal((await browser.post('/api/invites', { role: 'owner' })).status, 422);
});

test('sign-up/email accepts the token of invite-member', async () => {
	const to = address('stock');
	const { json } = await boss.post('/api/auth/organization/invite-member',
		{ email: to, role: 'admin' });
	const token = json.url.split('/').pop();
	const browser = new Browser();
	const rs = await browser.post('/api/auth/sign-up/email',
		{ email: to, name: 'Stock User', password: PASSWORD, inviteToken: token });
	assert.equal(rs.status, 200, rs.text);
	const me = (await browser.get('/api/me')).json;
	assert.equal(me.administrator, true);
	assert.equal(me.last_name, 'User');
});

test('without an active organization, the API returns 409, and the session remains valid', async () => {
	const { browser } = await signIn(email);
	await browser.post('/api/auth/organization/set-active', { organizationId: null });
	for (const path of ['/api/me', '/api/contacts']) {
		const rs = await browser.get(path);
		assert.equal(rs.status, 409);
		assert.match(rs.json.message, /organization/);
	}
});
