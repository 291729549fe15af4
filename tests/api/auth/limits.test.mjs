// stack: SIGNUP=open TENANTRY_RATE_LIMIT=on
// own stack: it restarts the workers and counts the requests from an address.
// Sign-in, sign-up and change-password are limited by client address and
// account.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../lib/api.mjs';
import { sql, stay } from '../lib/database.mjs';
import { Browser, send } from '../lib/http.mjs';
import { PASSWORD, address, authClient, owner } from '../lib/people.mjs';

const signIn = (email, password = PASSWORD) =>
	send('POST', '/api/auth/sign-in/email', { body: { email, password } });

// Resets the counters.
const forget = (what) =>
	sql('DELETE FROM identity.rate_limit WHERE key LIKE $1', `%${what}%`);

const threeSignIns = async () => {
	for (let i = 0; i < 3; i++) {
		assert.equal((await signIn(address())).status, 401);
		stay();
	}
};

// Returns the statuses of five attempts with a wrong password, and of a sixth attempt before the delay is over.
async function sixGuesses(guess) {
	const statuses = [];
	for (let i = 0; i < 6; i++) {
		forget('/sign-in/email');
		if (i === 5)
			sql("UPDATE identity.rate_limit SET last_request = now() + interval '9 s' WHERE key LIKE 'account|%'");
		statuses.push((await guess()).status);
	}
	return statuses;
}
const LIMITED = [401, 401, 401, 401, 401, 429];

test('security 53: the fourth sign-in in ten seconds returns 429 and Retry-After', async () => {
	forget('');
	await threeSignIns();
	const rs = await signIn(address());
	assert.equal(rs.status, 429);
	assert.equal(rs.reason, 'Too Many Requests');
	assert.deepEqual(rs.json,
		{ message: 'Too many requests. Please try again later.' });
	assert.equal(rs.headers['content-type'], 'application/json');
	const seconds = Number(rs.headers['x-retry-after']);
	assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 10,
		rs.headers['x-retry-after']);
	assert.equal(rs.headers['retry-after'], String(seconds));
});

test('the limit ends with its window', async () => {
	sql("UPDATE identity.rate_limit SET last_request = now() - interval '8500 ms'");
	assert.equal((await signIn(address())).status, 429);
	await wait(2000);
	assert.equal((await signIn(address())).status, 401);
});

test('a refused attempt does not prolong the window', async () => {
	forget('');
	await threeSignIns();
	const [[before]] = sql('SELECT max(last_request) FROM identity.rate_limit'
		+ " WHERE key LIKE '%/sign-in/email'");
	assert.equal((await signIn(address())).status, 429);
	assert.deepEqual(sql('SELECT max(last_request) FROM identity.rate_limit'
		+ " WHERE key LIKE '%/sign-in/email'"), [[before]]);
});

test('of a burst of attempts, at most three are accepted', async () => {
	forget('');
	const all = await Promise.all(
		Array.from({ length: 30 }, () => signIn(address())));
	assert.equal(all.filter((rs) => rs.status === 401).length, 3);
	assert.equal(all.filter((rs) => rs.status === 429).length, 27);
});

test('sign-up has a separate bucket, and the client returns the 429', async () => {
	forget('');
	const client = authClient(new Browser());
	for (let i = 0; i < 3; i++) {
		const { error } = await client.signUp.email(
			{ name: 'x', email: address(), password: PASSWORD });
		assert.equal(error, null);
		stay();
	}
	assert.equal((await signIn(address())).status, 401);
	const { error } = await client.signUp.email(
		{ name: 'x', email: address(), password: PASSWORD });
	assert.equal(error.status, 429);
	assert.equal(error.statusText, 'Too Many Requests');
	const door = await send('POST', '/api/signup', { body: { email: address(),
		password: PASSWORD, first_name: 'x', last_name: 'y' } });
	assert.equal(door.status, 429);
	assert.equal(door.headers['content-type'], 'application/problem+json');
});

test('set-password links are limited to three attempts in ten seconds', async () => {
	forget('');
	const guess = () => send('POST', '/api/set-password',
		{ body: { token: 'x'.repeat(32), password: PASSWORD } });
	for (let i = 0; i < 3; i++) {
		assert.equal((await guess()).status, 400);
		stay();
	}
	assert.equal((await guess()).status, 429);
});

test('an account is limited across clients, and a successful sign-in resets the limit', async () => {
	forget('');
	const email = address();
	await new Browser().post('/api/auth/sign-up/email',
		{ name: 'x', email, password: PASSWORD });
	assert.deepEqual(await sixGuesses(() => signIn(email, 'wrong one')), LIMITED);
	forget('/sign-in/email');
	const rs = await signIn(email);
	assert.equal(rs.status, 429);
	assert.ok(Number(rs.headers['x-retry-after']) <= 60);
	sql("UPDATE identity.rate_limit SET last_request = now() - interval '61 s'"
		+ " WHERE key LIKE 'account|%'");
	assert.equal((await signIn(email)).status, 200);
	assert.deepEqual(
		sql("SELECT * FROM identity.rate_limit WHERE key LIKE 'account|%'"), []);
});

test('a browser that has signed in before does not wait for other people\'s guesses', async () => {
	forget('');
	const email = address();
	const owner = new Browser();
	await owner.post('/api/signup', { email, password: PASSWORD, first_name: 'x', last_name: 'y' });
	await owner.get('/api/me');
	const kept = owner.jar.cookies.get('better-auth.known_device');
	assert.ok(kept);
	assert.equal((await owner.get('/api/me')).headers['set-cookie'], undefined, 'it is set once');
	await owner.post('/api/auth/sign-out', {});
	assert.equal(owner.jar.cookies.get('better-auth.known_device'), kept, 'and stays');
	assert.deepEqual(await sixGuesses(() => signIn(email, 'wrong one')), LIMITED);
	forget('/sign-in/email');
	assert.equal((await owner.post('/api/auth/sign-in/email', { email, password: PASSWORD })).status, 200);
	const other = address();
	assert.deepEqual(await sixGuesses(() =>
		owner.post('/api/auth/sign-in/email', { email: other, password: 'wrong one' })), LIMITED,
	'it helps with no other account');
});

test('limits do not reveal whether an account exists', async () => {
	forget('');
	const email = address();
	await new Browser().post('/api/auth/sign-up/email',
		{ name: 'x', email, password: PASSWORD });
	for (const who of [email, address('nobody')])
		assert.deepEqual(await sixGuesses(() => signIn(who, 'wrong one')), LIMITED);
});

test('change-password limits guesses of the current password', async () => {
	forget('');
	const browser = new Browser();
	await browser.post('/api/auth/sign-up/email',
		{ name: 'x', email: address(), password: PASSWORD });
	const statuses = [];
	for (let i = 0; i < 4; i++) {
		statuses.push((await browser.post('/api/auth/change-password',
			{ currentPassword: `guess number ${i}`,
				newPassword: 'another one 1' })).status);
		stay();
	}
	assert.deepEqual(statuses, [400, 400, 400, 429]);
});

test('security 51: headers do not choose the bucket', async () => {
	forget('');
	const statuses = [];
	for (let i = 0; i < 4; i++) {
		statuses.push((await send('POST', '/api/auth/sign-in/email', {
			headers: { 'x-forwarded-for': `198.51.100.${i}`,
				'x-real-ip': `198.51.100.${i}` },
			body: { email: address(), password: PASSWORD } })).status);
		stay();
	}
	assert.deepEqual(statuses, [401, 401, 401, 429]);
});

// One path of each kind, its limit, and the window in seconds.
const kinds = [['/sign-in/anything', 3, 10], ['/sign-up/anything', 3, 10],
	['/change-password', 3, 10], ['/change-email', 3, 10], ['/verify-password', 3, 10],
	['/delete-user', 3, 10], ['/two-factor/verify-totp', 3, 10],
	['/request-password-reset', 3, 60], ['/send-verification-email', 3, 60],
	['/forget-password/anything', 3, 60], ['/email-otp/send-verification-otp', 3, 60],
	['/sign-in/email-otp', 3, 60], ['/sign-in/magic-link', 5, 60], ['/magic-link/verify', 5, 60]];

test('every kind of path is limited before the body is parsed', async () => {
	for (const [path, most, seconds] of kinds) {
		forget('');
		const seen = [];
		for (let i = 0; i <= most; i++)
			seen.push(await send('POST', `/api/auth${path}`, { body: '{"', headers: {
				'content-type': 'text/plain', cookie: 'a=b' } }));
		const last = seen.pop();
		assert.ok(seen.every((rs) => rs.status !== 429), path);
		assert.equal(last.status, 429, path);
		const wait = Number(last.headers['x-retry-after']);
		assert.ok(wait >= 1 && wait <= seconds, `${path} ${wait}`);
	}
});

test('unknown paths return 404 and create no counters', async () => {
	forget('');
	for (let i = 0; i < 3; i++) {
		const rs = await send('POST', `/api/auth/sign-in/nowhere-${i}`, { body: {} });
		assert.deepEqual([rs.status, rs.text], [404, '']);
	}
	assert.equal((await send('POST', '/api/auth/sign-in/nowhere-4', { body: {} })).status, 429);
	assert.equal((await signIn(address())).status, 401);
	assert.equal(sql("SELECT count(*) FROM identity.rate_limit WHERE key LIKE '%nowhere%'")[0][0], '0');
	for (let i = 0; i < 20; i++)
		assert.equal((await send('GET', '/api/auth/get-session')).status, 200);
});

test('security 18: no spelling of a path bypasses its limit', async () => {
	forget('');
	await threeSignIns();
	for (const path of ['/api/auth/sign-in/email', '/api/auth/sign-in/email/', '/api/auth//sign-in/email',
		'/api/auth/sign-in//email', '//api/auth/sign-in/email', '/api/auth/./sign-in/email',
		'/api/auth/x/../sign-in/email', '/api/auth/sign-in/%65mail', '/api/auth/sign-in/email?x=y',
		'/api/auth/SIGN-IN/email', '/api/auth/sign-in/email%2f', '/api/auth;/sign-in/email']) {
		const { status } = await send('POST', path, { body: { email: address(), password: PASSWORD } });
		assert.ok([404, 429].includes(status), `${path} ${status}`);
		stay();
	}
});

test('security 50: an IPv6 network, or both forms of an address, count as one client', () => {
	const count = (a) => sql(`SELECT identity.count_request($1, '/security-50', 3, 10)`, a);
	for (const group of [['2001:db8:5::1', '2001:db8:5:0:ffff::2', '2001:0db8:0005::3'],
		['203.0.113.9', '::ffff:203.0.113.9', '::FFFF:203.0.113.9']]) {
		group.forEach(count);
		assert.throws(() => count(group[0]), /Too many requests/);
	}
	count('2001:db8:5:1::1');
});

test('security 52: of a burst of fifty across all workers, three are accepted', async () => {
	forget('');
	const all = await Promise.all(Array.from({ length: 50 }, () => signIn(address())));
	assert.equal(all.filter((rs) => rs.status === 401).length, 3);
	assert.equal(all.filter((rs) => rs.status === 429).length, 47);
});

test('counters survive a restart of the workers', async () => {
	forget('');
	await threeSignIns();
	process.kill(Number(process.env.WORKERS), 'SIGHUP');
	await wait(1500);
	stay();
	assert.equal((await signIn(address())).status, 429);
});

test('addresses of one IPv6 network share a bucket', () => {
	const network = (a) => sql('SELECT identity.network($1)', a)[0][0];
	assert.equal(network('2001:db8::1'), network('2001:db8::ffff:1'));
	assert.notEqual(network('2001:db8::1'), network('2001:db8:0:1::1'));
	assert.equal(network('::ffff:192.0.2.1'), network('192.0.2.1'));
});

test('passkey options are limited to 100 requests in ten seconds per network', async () => {
	const ask = () => send('GET', '/api/auth/passkey/generate-authenticate-options');
	const all = await Promise.all(Array.from({ length: 110 }, ask));
	assert.equal(all.filter((rs) => rs.status === 200).length, 100);
	const refused = all.filter((rs) => rs.status === 429);
	assert.equal(refused.length, 10);
	assert.match(refused[0].headers['x-retry-after'], /^([1-9]|10)$/);
	assert.deepEqual(refused[0].cookies, []);
});

test('webhook addresses can be tested ten times per minute', async () => {
	forget('');
	const browser = new Browser();
	assert.equal((await browser.post('/api/signup', { email: address(), password: PASSWORD, first_name: 'x', last_name: 'y' })).status, 201);
	const statuses = [];
	for (let i = 0; i < 11; i++) {
		statuses.push((await browser.post('/api/webhooks/test', { url: 'https://127.0.0.1/' })).status);
		stay();
	}
	assert.deepEqual(statuses, [...Array(10).fill(200), 429]);
});

test('a 429 because of a path counts only for the path, and is in the request log of the key', async () => {
	forget('');
	const boss = await owner('paths');
	forget('');
	const { key, id } = (await boss.browser.post('/api/auth/api-key/create', {})).json;
	const count = async () => (await boss.browser.get(`/api/auth/api-key/get?id=${id}`)).json.requestCount;
	const test = () => send('POST', '/api/webhooks/test', { headers: { 'x-api-key': key }, body: {} });
	for (let i = 0; i < 10; i++)
		assert.notEqual((await test()).status, 429);
	const before = await count(), refused = await test();
	assert.deepEqual([refused.status, refused.json.code], [429, 'too_many_requests'], refused.text);
	assert.equal(await count(), before);
	assert.ok(before >= 0, `${before}`);
	await until(async () => {
		const rs = await boss.browser.get(`/api/api_keys/requests?id=${id}&request_id=${refused.headers['x-request-id']}`);
		return rs.json.length === 1 && rs.json[0].code === 'too_many_requests';
	});
});

test('a user can create twenty organizations per hour, even if they delete them', async () => {
	forget('');
	const browser = new Browser();
	assert.equal((await browser.post('/api/auth/sign-up/email', { email: address(), password: PASSWORD, name: 'Founder' })).status, 200);
	const create = (i) => browser.post('/api/auth/organization/create', { name: 'x', slug: `limit-${process.pid}-${i}` });
	for (let i = 0; i < 20; i++) {
		const rs = await create(i);
		assert.equal(rs.status, 200, rs.text);
		assert.equal((await browser.post('/api/auth/organization/delete', { organizationId: rs.json.id })).status, 200);
	}
	const refused = await create(20);
	assert.equal(refused.status, 429, refused.text);
	assert.ok(Number(refused.headers['x-retry-after']) > 3000, refused.headers['x-retry-after']);
	sql(`UPDATE identity.rate_limit SET last_request = last_request - interval '1 hour' WHERE key LIKE 'organizations|%'`);
	assert.equal((await create(20)).status, 200);
});
