// stack: SIGNUP=invite TENANTRY_RATE_LIMIT=off
// Acceptance lines 1 to 11 of the front end: signing up and in, and being out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from './lib/database.mjs';
import { Browser, send } from './lib/http.mjs';
import { PASSWORD, address, authClient, member, provider, signIn }
	from './lib/people.mjs';

const form = (more) => ({ email: address('first'), password: PASSWORD,
	first_name: 'Ada', last_name: 'Lovelace', ...more });
const boss = {};

test('1 a fresh database is not initialised', async () => {
	assert.deepEqual((await send('GET', '/api/init_state')).json,
		{ is_initialized: false });
});

// Both press the button at once; who wins is the first user from here on.
const race = [form(), form()];
let answers;

test('3 two first sign-ups at once make one administrator', async () => {
	answers = await Promise.all(race.map((body) => send('POST', '/api/signup', { body })));
	assert.deepEqual(answers.map((rs) => rs.status).sort(), [201, 409]);
	assert.deepEqual(sql('SELECT count(*), bool_and(administrator) FROM crm.sales'),
		[['1', 't']]);
});

test('2 the first sign-up makes an administrator, who can sign in', async () => {
	const first = answers.findIndex((rs) => rs.status === 201);
	boss.email = race[first].email;
	assert.equal(answers[first].json.email, boss.email);
	assert.deepEqual(sql('SELECT administrator, email FROM crm.sales'),
		[['t', boss.email]]);
	boss.browser = (await signIn(boss.email)).browser;
	assert.deepEqual((await send('GET', '/api/init_state')).json,
		{ is_initialized: true });
});

test('4 a sign-up without an invitation is refused in words, and leaves nothing',
	async () => {
		const body = form();
		const rs = await send('POST', '/api/signup', { body });
		assert.equal(rs.status, 409);
		assert.match(rs.json.message, /Sign-up needs an invitation/);
		assert.deepEqual(sql('SELECT count(*) FROM identity."user" WHERE email = $1',
			body.email), [['0']]);
	});

test('5 the right password makes a session; me is a number with names', async () => {
	const { browser } = await signIn(boss.email);
	const { json } = await browser.get('/api/me');
	assert.ok(Number.isSafeInteger(json.id));
	assert.equal(json.first_name, 'Ada');
	assert.equal(json.last_name, 'Lovelace');
	assert.equal(json.administrator, true);
	assert.equal(json.id, (await browser.get('/api/sales')).json[0].id);
});

test('6 a wrong password is told like an unknown address', async () => {
	const attempt = async (email) => (await send('POST', '/api/auth/sign-in/email',
		{ body: { email, password: 'not the one' } })).text;
	assert.equal(await attempt(boss.email), await attempt(address('nobody')));
	assert.match(await attempt(boss.email), /Invalid email or password/);
});

test('7 an address in another letter case signs in', async () => {
	await signIn(boss.email.toUpperCase());
});

test('8 a disabled user is out with the next call, and not let in', async () => {
	const user = await member(boss);
	assert.equal((await user.browser.get('/api/contacts')).status, 200);
	sql('UPDATE identity.organization_member SET disabled = true WHERE user_id = $1',
		user.id);
	assert.equal((await user.browser.get('/api/contacts')).status, 401);
	const rs = await send('POST', '/api/auth/sign-in/email',
		{ body: { email: user.email, password: PASSWORD } });
	assert.equal(rs.status, 403);
	assert.ok(rs.json.message);
});

test('9 signing out ends the session on the server', async () => {
	const { browser, token } = await signIn(boss.email);
	const bearer = { authorization: `Bearer ${token}` };
	assert.equal((await send('GET', '/api/contacts', { headers: bearer })).status, 200);
	await authClient(browser).signOut();
	assert.equal((await browser.get('/api/contacts')).status, 401);
	assert.equal((await send('GET', '/api/contacts', { headers: bearer })).status, 401);
});

test('10 a reload finds the session and the identity', async () => {
	const { browser } = await signIn(boss.email);
	const reloaded = new Browser();
	reloaded.jar = browser.jar;
	const { data } = await authClient(reloaded).getSession();
	assert.equal(data.user.email, boss.email);
	const me = (await reloaded.get('/api/me')).json;
	assert.equal(me.email, boss.email);
	assert.ok('avatar' in me);
});

test('11 every resource without a session is 401 in JSON', async () => {
	for (const resource of ['contacts', 'contacts_summary', 'companies',
		'companies_summary', 'deals', 'contact_notes', 'deal_notes', 'tasks', 'tags',
		'sales', 'configuration', 'activity_log'])
		for (const [method, path] of [['GET', ''], ['GET', '/1']]) {
			const rs = await send(method, `/api/${resource}${path}`);
			assert.equal(rs.status, 401, resource);
			assert.equal(rs.headers['content-type'], 'application/problem+json');
			assert.equal(rs.json.status, 401);
		}
	await assert.rejects(provider(new Browser()).create('contacts',
		{ data: { last_name: 'x' } }), { status: 401 });
});
