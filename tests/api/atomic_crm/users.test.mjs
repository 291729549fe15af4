// stack: SIGNUP=invite TENANTRY_RATE_LIMIT=off SMTP_URL=smtp://127.0.0.1:1
// Acceptance tests of the front end for users: sign-up, sign-in, sign-out,
// passwords, and user administration.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untimed } from '../../lib/api.mjs';
import { sql } from '../lib/database.mjs';
import { follow } from '../lib/email.mjs';
import { BASE, Browser, send } from '../lib/http.mjs';
import { lastMail, mails } from '../../lib/mail.mjs';
import { PASSWORD, address, authClient, member, provider, signIn }
	from '../lib/people.mjs';

const form = (more) => ({ email: address('first'), password: PASSWORD,
	first_name: 'Ada', last_name: 'Lovelace', ...more });
const boss = {};

test('1 a fresh database is not initialized', async () => {
	const rs = await send('GET', '/api/init_state');
	assert.deepEqual(rs.json, { is_initialized: false, demo: false, open: false, providers: [] });
	assert.match(rs.headers['cache-control'], /no-store|no-cache/);
});

// The sign-up that succeeds, of two concurrent first sign-ups, creates the first user for the following tests.
const race = [form(), form()];
let answers;

test('3 two concurrent first sign-ups create only one administrator', async () => {
	answers = await Promise.all(race.map((body) => send('POST', '/api/signup', { body })));
	assert.deepEqual(answers.map((rs) => rs.status).sort(), [201, 409]);
	assert.deepEqual(sql('SELECT count(*), bool_and(administrator) FROM crm.sales'),
		[['1', 't']]);
});

test('2 the first sign-up creates an administrator, who can sign in', async () => {
	const first = answers.findIndex((rs) => rs.status === 201);
	boss.email = race[first].email;
	assert.equal(answers[first].json.email, boss.email);
	assert.deepEqual(sql('SELECT administrator, email FROM crm.sales'),
		[['t', boss.email]]);
	boss.browser = (await signIn(boss.email)).browser;
	assert.deepEqual((await send('GET', '/api/init_state')).json,
		{ is_initialized: true, demo: false, open: false, providers: [] });
});

test('4 a sign-up without an invitation is refused with a message and leaves nothing',
	async () => {
		const body = form();
		const rs = await send('POST', '/api/signup', { body });
		assert.equal(rs.status, 409);
		assert.match(rs.json.message, /Sign-up needs an invitation/);
		assert.deepEqual(sql('SELECT count(*) FROM identity."user" WHERE email = $1',
			body.email), [['0']]);
	});

test('5 the right password creates a session, and /api/me contains a numeric id and names', async () => {
	const { browser } = await signIn(boss.email);
	const { json } = await browser.get('/api/me');
	assert.ok(Number.isSafeInteger(json.id));
	assert.equal(json.first_name, 'Ada');
	assert.equal(json.last_name, 'Lovelace');
	assert.equal(json.administrator, true);
	assert.equal(json.id, (await browser.get('/api/sales')).json[0].id);
});

test('6 a wrong password returns the same error as an unknown address', async () => {
	const attempt = async (email) => (await send('POST', '/api/auth/sign-in/email',
		{ body: { email, password: 'not the one' } })).text;
	assert.equal(await attempt(boss.email), await attempt(address('nobody')));
	assert.match(await attempt(boss.email), /Invalid email or password/);
});

test('7 the email address is case-insensitive at sign-in', async () => {
	await signIn(boss.email.toUpperCase());
});

test('8 a disabled user is refused from the next request on, and cannot sign in', async () => {
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

test('11 every resource without a session returns 401 as JSON', async () => {
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

const me = async (who) => (await who.browser.get('/api/me')).json;
const page = (url) => Object.fromEntries(new URLSearchParams(url.split('?')[1]));
const setPassword = (token, password, more) => new Browser().post('/api/set-password',
	{ token, password, ...more });

// Creates a user as an administrator, and follows the emailed link as the user.
async function comes(email, password = PASSWORD) {
	const browser = new Browser();
	const { access_token } = page(lastMail(email, 'welcome').data.url);
	const rs = await browser.post('/api/set-password', { token: access_token, password });
	assert.equal(rs.status, 200, rs.text);
	return { browser, email, id: rs.json.user.id, me: (await browser.get('/api/me')).json };
}

const saleForm = (more) => ({ email: address('sale'), first_name: 'Grace',
	last_name: 'Hopper', administrator: false, disabled: false, ...more });

test('12 a password reset request returns the same response for any address, and emails only users',
	async () => {
		const ask = (email) => authClient(new Browser()).requestPasswordReset(
			{ email, redirectTo: '/set-password' });
		const nobody = address('nobody');
		assert.deepEqual((await ask(boss.email)).data, (await ask(nobody)).data);
		assert.equal(mails(nobody).length, 0);
		assert.ok(lastMail(boss.email, 'reset-password'));
	});

test('13 the emailed link leads to the page, sets a password that signs in, and works once',
	async () => {
		const browser = new Browser();
		const first = await follow(browser, lastMail(boss.email, 'reset-password').data.url);
		assert.equal(first.status, 302);
		const second = await follow(browser, first.headers.location);
		assert.equal(second.status, 302);
		assert.ok(second.headers.location.startsWith(`${BASE}/#/set-password?`));
		const { access_token, refresh_token, type } = page(second.headers.location);
		assert.equal(access_token, refresh_token);
		assert.equal(type, 'recovery');
		const weak = await browser.post('/api/set-password',
			{ token: access_token, password: 'password1' });
		assert.equal(weak.status, 422);
		const rs = await browser.post('/api/set-password',
			{ token: access_token, password: `${PASSWORD} 2` });
		assert.equal(rs.status, 200, rs.text);
		assert.equal((await browser.get('/api/contacts')).status, 200);
		const again = await setPassword(access_token, `${PASSWORD} 3`);
		assert.equal(again.status, 400);
		assert.ok(again.json.message);
		assert.equal((await boss.browser.get('/api/me')).status, 401);
		boss.browser = (await signIn(boss.email, `${PASSWORD} 2`)).browser;
	});

test('an invalid link redirects to the page that requests a new one', async () => {
	const rs = await send('GET', '/set-password?error=INVALID_TOKEN');
	assert.equal(rs.headers.location, `${BASE}/#/forgot-password?expired=1`);
	assert.equal((await setPassword('x'.repeat(32), PASSWORD)).status, 400);
});

test('14 users change their own password with an email to their address', async () => {
	const before = mails(boss.email).length;
	const { id } = await me(boss);
	const rs = await boss.browser.patch(`/api/sales/${id}/password`, {});
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(rs.json, { data: {} });
	assert.equal(mails(boss.email).length, before + 1);
	const { access_token, type } = page(lastMail(boss.email, 'reset-password').data.url);
	assert.equal(type, 'recovery');
	assert.equal((await setPassword(access_token, PASSWORD)).status, 200);
	boss.browser = (await signIn(boss.email)).browser;
});

test('15 a user who may not create users sees the reason, and stays signed in', async () => {
	const max = await member(boss);
	const rs = await max.browser.post('/api/sales', saleForm());
	assert.equal(rs.status, 422);
	assert.match(rs.json.message, /your role does not allow this/);
	assert.equal((await max.browser.get('/api/me')).status, 200);
	assert.equal((await max.browser.patch(`/api/sales/${(await me(boss)).id}/password`,
		{})).status, 404);
});

test('16 an administrator creates a user, who is invited by email, only once', async () => {
	const form = saleForm({ email: address('Grace') });
	const rs = await boss.browser.post('/api/sales', form);
	assert.equal(rs.status, 201, rs.text);
	assert.deepEqual(Object.keys(rs.json), ['id', 'first_name', 'last_name', 'email',
		'administrator', 'user_id', 'avatar', 'disabled', 'basics_api_key', 'created_at', 'updated_at']);
	assert.equal(rs.json.email, form.email.toLowerCase());
	assert.equal(typeof rs.json.id, 'number');
	const listed = await provider(boss.browser).getList('sales', { filter: { email: rs.json.email },
		pagination: { page: 1, perPage: 10 }, sort: { field: 'id', order: 'ASC' } });
	assert.deepEqual(listed.data, [rs.json]);
	assert.equal(mails(rs.json.email).length, 1);
	const again = await boss.browser.post('/api/sales',
		{ ...form, email: form.email.toUpperCase() });
	assert.equal(again.status, 409);
	assert.match(again.json.message, /a user with this email address exists/);
	assert.equal(mails(rs.json.email).length, 1);

	const { url, name, organization } = lastMail(rs.json.email, 'welcome').data;
	assert.equal(name, 'Grace');
	assert.ok(organization);
	assert.ok(url.startsWith(`${BASE}/#/set-password?`));
	assert.equal(page(url).type, 'invite');
	const grace = await comes(rs.json.email);
	assert.deepEqual(untimed({ ...rs.json, user_id: grace.id }),
		untimed((await boss.browser.get(`/api/sales/${rs.json.id}`)).json));
	assert.equal(grace.me.id, rs.json.id);
	assert.equal(grace.me.first_name, 'Grace');
	assert.equal((await setPassword(page(url).access_token, PASSWORD)).status, 400);
	await signIn(rs.json.email);
});

test('17 an administrator grants and revokes permissions, with immediate effect', async () => {
	const { json } = await boss.browser.post('/api/sales', saleForm());
	const grace = await comes(json.email);
	const put = (patch) => boss.browser.put(`/api/sales/${json.id}`, { ...json, ...patch });
	let rs = await put({ administrator: true });
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.json.administrator, true);
	assert.equal((await me(grace)).administrator, true);
	assert.equal((await grace.browser.post('/api/sales', saleForm())).status, 201);
	assert.equal((await put({ administrator: false })).json.administrator, false);
	assert.equal((await grace.browser.post('/api/sales', saleForm())).status, 422);
	assert.equal((await put({ disabled: true })).json.disabled, true);
	assert.equal((await grace.browser.get('/api/contacts')).status, 401);
	rs = await send('POST', '/api/auth/sign-in/email',
		{ body: { email: json.email, password: PASSWORD } });
	assert.equal(rs.status, 403);
	assert.equal((await put({ disabled: false })).json.disabled, false);
	await signIn(json.email);
});

test('18 the last administrator cannot be demoted or disabled', async () => {
	const { id } = await me(boss);
	for (const patch of [{ administrator: false }, { disabled: true }]) {
		const rs = await boss.browser.patch(`/api/sales/${id}`, patch);
		assert.equal(rs.status, 422, rs.text);
		assert.ok(rs.json.message);
	}
	const mine = await me(boss);
	assert.equal(mine.administrator, true);
	assert.equal(mine.disabled, false);
});

test('19 users change their own name and address, but not their permissions', async () => {
	const { json } = await boss.browser.post('/api/sales', saleForm());
	const grace = await comes(json.email);
	const email = address('new');
	const rs = await grace.browser.patch(`/api/sales/${json.id}`, { ...grace.me, organization_id: undefined,
		grants: undefined, resources: undefined, modules: undefined,
		first_name: 'Amazing', email, administrator: true, disabled: true });
	assert.equal(rs.status, 200, rs.text);
	const now = await me(grace);
	assert.equal(now.first_name, 'Amazing');
	assert.equal(now.administrator, false);
	assert.equal(now.disabled, false);
	assert.equal((await boss.browser.get(`/api/sales/${json.id}`)).json.first_name, 'Amazing');
	// The address is used to sign in, so the owner of the new address must confirm it.
	const confirm = await follow(grace.browser, lastMail(json.email, 'change-email').data.url);
	assert.equal(confirm.status, 302);
	assert.equal((await me(grace)).email, json.email);
	await follow(grace.browser, lastMail(email, 'new-address').data.url);
	assert.equal((await me(grace)).email, email);
	assert.equal((await boss.browser.get(`/api/sales/${json.id}`)).json.email, email);
});

test('20 an avatar is stored and served, and null removes it', async () => {
	const { json } = await boss.browser.post('/api/sales', saleForm());
	const grace = await comes(json.email);
	const src = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAA'
		+ 'C0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
	const rs = await grace.browser.patch(`/api/sales/${json.id}`,
		{ avatar: { src, title: 'me.png', rawFile: {} } });
	assert.equal(rs.status, 200, rs.text);
	const loads = async (avatar) => {
		const shown = await send('GET', new URL(avatar.src).pathname);
		assert.equal(shown.status, 200);
		assert.equal(shown.headers['content-type'], 'image/png');
	};
	await loads((await me(grace)).avatar);
	await loads((await boss.browser.post('/api/sales', saleForm({ avatar: { src } }))).json.avatar);
	await loads((await boss.browser.post('/api/sales', saleForm({ avatar: src }))).json.avatar);
	await grace.browser.patch(`/api/sales/${json.id}`, { avatar: null });
	assert.equal((await me(grace)).avatar, null);
});

test('82 users are listed by name, sorted by address and searched', async () => {
	const { json } = await boss.browser.post('/api/sales',
		saleForm({ first_name: 'Aaron', last_name: 'Zweistein' }));
	const list = (filter, field) => provider(boss.browser).getList('sales', { filter,
		pagination: { page: 1, perPage: 10 }, sort: { field, order: 'ASC' } });
	assert.equal((await list({}, 'first_name')).data[0].id, json.id);
	const emails = (await list({}, 'email')).data.map((row) => row.email);
	assert.deepEqual(emails, [...emails].sort());
	assert.deepEqual((await list({ q: 'zweist' }, 'id')).data.map((row) => row.id), [json.id]);
	assert.deepEqual((await list({ q: json.email }, 'id')).data.map((row) => row.id), [json.id]);
});

test('83 users cannot be deleted, and the administrator stays signed in', async () => {
	const count = () => sql('SELECT count(*) FROM crm.sales')[0][0];
	const before = count();
	const { id } = await me(boss);
	for (const path of [`/api/sales/${id}`, `/api/sales?filter={"id":[${id}]}`]) {
		const rs = await boss.browser.delete(path);
		assert.equal(rs.status, 422);
		assert.match(rs.json.message, /cannot be deleted/);
	}
	assert.equal(count(), before);
	assert.equal((await boss.browser.get('/api/me')).status, 200);
});

test('84 the choice of managers excludes disabled users, but a filter can show them', async () => {
	const { json } = await boss.browser.post('/api/sales', saleForm({ disabled: true }));
	assert.equal(json.disabled, true);
	assert.equal(mails(json.email).length, 0);
	const { data } = await provider(boss.browser).getList('sales', {
		filter: { 'disabled@neq': true }, pagination: { page: 1, perPage: 1000 },
		sort: { field: 'last_name', order: 'ASC' } });
	assert.ok(data.length > 1);
	assert.ok(data.every((row) => row.disabled === false));
	const names = data.map((row) => row.last_name);
	assert.deepEqual(names, [...names].sort());
	const many = await provider(boss.browser).getMany('sales', { ids: [json.id] });
	assert.deepEqual(many.data, [json]);
});
