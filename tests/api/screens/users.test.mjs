// stack: SIGNUP=invite TENANTRY_RATE_LIMIT=off
// Acceptance lines 1 to 20 and 82 to 86 of the front end: sign-up, sign-in,
// users and settings, through the providers that its pages use.
import { goTo, leave, show, until } from './lib/screen.mjs';
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { useAuthenticated, useCanAccess, useGetIdentity, useGetList, useListController,
	useLogin, useLogout, useUpdate } from 'ra-core';
import { crm, page, picked, PNG } from './lib/crm.mjs';
import { Browser } from '../lib/http.mjs';
import { lastMail, mails } from '../../lib/mail.mjs';
import { PASSWORD, address } from '../lib/people.mjs';
import { providers } from './lib/provider.mjs';
import { code, enrolled } from '../lib/second_factor.mjs';

after(leave);

// Creates a visitor with a browser, both providers, and the requests that they have sent.
function visitor(browser = new Browser(), options = {}) {
	const sent = [];
	const fetch = (url, init) => {
		sent.push(`${init.method} ${url.slice(url.indexOf('/api'))}`);
		return browser.fetch(url, init);
	};
	return { browser, sent, ...providers(browser, { fetch, ...options }) };
}

const form = (more) => ({ email: address('first'), password: PASSWORD,
	first_name: 'Ada', last_name: 'Lovelace', ...more });
const saleForm = (more) => ({ email: address('sale'), first_name: 'Grace',
	last_name: 'Hopper', administrator: false, disabled: false, ...more });
const query = (url) => Object.fromEntries(new URLSearchParams(url.split('?')[1]));
const login = ({ authProvider }, email, password = PASSWORD) =>
	authProvider.login({ email, password });

// Opens a page that requires a session.
async function open(who, at = '/contacts') {
	const screen = await show(who, () => {
		useAuthenticated();
		return { list: useGetList('contacts', page('id')), identity: useGetIdentity() };
	}, at);
	return screen;
}

const boss = visitor();
const account = form();

test('1 an empty database redirects to the sign-up page', async () => {
	const screen = await open(boss, '/');
	await until(() => screen.path() === '/sign-up');
	assert.equal(await boss.dataProvider.isInitialized(), false);
	screen.close();
});

test('2 the first user who signs up is signed in, as an administrator', async () => {
	const screen = await show(boss, () => useLogin(), '/sign-up');
	const made = await boss.dataProvider.signUp(account);
	assert.deepEqual({ ...made, id: 0 },
		{ id: 0, email: account.email, password: PASSWORD });
	await (await until(() => screen.value))({ email: account.email, password: PASSWORD,
		redirectTo: '/contacts' });
	await until(() => screen.path() === '/');
	const identity = await boss.authProvider.getIdentity();
	assert.ok(Number.isSafeInteger(identity.id));
	assert.equal(identity.fullName, 'Ada Lovelace');
	assert.equal(await boss.dataProvider.isInitialized(), true);
	/* sign-up and sign-in create only one session together */
	assert.equal((await boss.browser.get('/api/auth/list-sessions')).json.length, 1);
	screen.close();
});

test('3 of two first sign-ups, the second fails, and its page redirects to the login',
	async () => {
		const late = visitor();
		await assert.rejects(late.dataProvider.signUp(form()), { status: 409 });
		assert.equal(await late.dataProvider.isInitialized(), true);
	});

test('4 sign-up without an invitation fails with a readable message', async () => {
	await assert.rejects(visitor().dataProvider.signUp(form()),
		/Sign-up needs an invitation/);
});

test('4 an invitation link opens the sign-up page', async () => {
	const { json } = await boss.browser.post('/api/invites', { role: 'member' });
	const rs = await new Browser().get(new URL(json.url).pathname);
	goTo(rs.headers.location.split('#')[1]);
	const guest = visitor();
	assert.equal(await guest.dataProvider.isInitialized(), false);
	const mine = form({ first_name: 'Max' });
	await guest.dataProvider.signUp(mine);
	await login(guest, mine.email);
	goTo('/');
	assert.equal((await guest.authProvider.getIdentity()).fullName, 'Max Lovelace');
});

test('5 the right password opens a session that scripts cannot read', async () => {
	const who = visitor();
	await login(who, account.email);
	const { id } = await who.authProvider.getIdentity();
	assert.equal(id, (await boss.authProvider.getIdentity()).id);
	assert.equal(window.localStorage.length + window.sessionStorage.length, 0);
});

test('6 a wrong password and an unknown address get the same error', async () => {
	const words = [];
	for (const email of [account.email, address('nobody')])
		await assert.rejects(login(visitor(), email, 'a wrong password'),
			(error) => words.push(error.message) && !(error.status === 401));
	assert.equal(words[0], words[1]);
});

test('7 the address is not case-sensitive at sign-in', async () => {
	await login(visitor(), account.email.toUpperCase());
});

// Creates a user as the pages do: an administrator adds the user, who then
// follows the emailed link.
async function joined(more) {
	const wanted = saleForm(more);
	const sale = await boss.dataProvider.salesCreate(wanted);
	const who = visitor();
	await who.authProvider.setPassword({ ...query(lastMail(wanted.email, 'welcome').data.url),
		password: PASSWORD });
	return Object.assign(who, { email: wanted.email, sale });
}

test('8 a disabled user is redirected to the login with the next call', async () => {
	const grace = await joined();
	const screen = await open(grace);
	await screen.when(({ list }) => list.data);
	await boss.dataProvider.salesUpdate(grace.sale.id, { ...grace.sale, disabled: true });
	screen.value.list.refetch();
	await until(() => screen.path() === '/login');
	screen.close();
	await assert.rejects(login(visitor(), grace.email));
});

test('9 logging out ends the session and redirects to the login', async () => {
	const who = visitor();
	await login(who, account.email);
	const session = new Browser();
	session.jar.cookies = new Map(who.browser.jar.cookies);
	const screen = await show(who, () => useLogout(), '/contacts');
	(await until(() => screen.value))();
	await until(() => screen.path() === '/login');
	assert.equal((await session.get('/api/contacts')).status, 401);
	await assert.rejects(who.dataProvider.getList('contacts', page('id')), { status: 401 });
	screen.close();
});

test('10 a reload restores the session and the identity with one request', async () => {
	const who = visitor(boss.browser);
	const screen = await open(who);
	const { identity } = await screen.when((s) => s.list.data && s.identity.data);
	assert.equal(identity.data.fullName, 'Ada Lovelace');
	assert.equal(screen.path(), '/contacts');
	assert.equal(who.sent.filter((line) => line === 'GET /api/me').length, 1);
	screen.close();
});

test('11 a page without a session redirects to the login', async () => {
	const screen = await open(visitor());
	await until(() => screen.path() === '/login');
	screen.close();
});

test('11 an unreachable server does not end the session', async () => {
	const lost = providers(boss.browser, { fetch: async () => {
		throw new TypeError('fetch failed');
	} });
	await lost.authProvider.checkAuth({});
	await assert.rejects(lost.dataProvider.getList('contacts', page('id')),
		/cannot be reached/);
	await lost.authProvider.checkError({ status: 0 });
	await lost.authProvider.checkError({ status: 403 });
	await assert.rejects(lost.authProvider.checkError({ status: 401 }));
});

test('12 a password reset has the same response for any address, and emails only known addresses', async () => {
	const { authProvider } = visitor();
	const nobody = address('nobody');
	for (const email of [account.email, nobody])
		assert.equal(await authProvider.resetPassword({ email }), undefined);
	assert.equal(mails(nobody).length, 0);
	assert.ok(lastMail(account.email, 'reset-password'));
});

// Returns the hash route of the page to which an emailed link redirects.
async function followed(url) {
	for (let at = url; ;) {
		const rs = await new Browser().get(at.slice(at.indexOf('/', 8)));
		if (rs.headers.location.includes('#'))
			return rs.headers.location.split('#')[1];
		at = rs.headers.location;
	}
}

test('13 the emailed link opens the page, sets a password, and works once',
	async () => {
		const way = await followed(lastMail(account.email, 'reset-password').data.url);
		assert.match(way, /^\/set-password\?/);
		const who = visitor();
		goTo(way);
		await who.authProvider.checkAuth({});
		const tokens = query(way);
		assert.ok(tokens.access_token && tokens.refresh_token);
		await assert.rejects(who.authProvider.setPassword({ ...tokens, password: 'short' }),
			/password/i);
		await who.authProvider.setPassword({ ...tokens, password: PASSWORD });
		goTo('/');
		assert.equal((await who.authProvider.getIdentity()).fullName, 'Ada Lovelace');
		await assert.rejects(visitor().authProvider.setPassword(
			{ ...tokens, password: PASSWORD }), { status: 400 });
		await login(boss, account.email);
	});

test('13 a link to the callback page redirects to the password page', async () => {
	goTo('/auth-callback?access_token=a&refresh_token=b&type=recovery');
	const way = '/set-password?access_token=a&refresh_token=b&type=recovery';
	const { authProvider } = visitor();
	assert.deepEqual(await authProvider.handleCallback(), { redirectTo: way });
	await assert.rejects(authProvider.checkAuth({}), (e) => e.redirectTo === way);
	goTo('/');
	assert.equal(await authProvider.handleCallback(), undefined);
});

test('14 an emailed link lets the current user change the password', async () => {
	const before = mails(account.email).length;
	const { id } = await boss.authProvider.getIdentity();
	assert.ok(await boss.dataProvider.updatePassword(id));
	assert.equal(mails(account.email).length, before + 1);
});

test('15 a member cannot open users and settings, and remains signed in', async () => {
	const max = await joined({ first_name: 'Max' });
	const screen = await show(max, () => [['sales', 'list'], ['configuration', 'edit'],
		['contacts', 'list']].map(([resource, action]) =>
		useCanAccess({ resource, action })));
	const may = await screen.when((all) => all.every((a) => !a.isPending));
	assert.deepEqual(may.map((a) => a.canAccess), [false, false, true]);
	screen.close();
	const admin = await boss.authProvider.canAccess({ resource: 'sales', action: 'list' });
	assert.equal(admin, true);
	const refused = await max.dataProvider.salesCreate(saleForm()).catch((error) => error);
	assert.match(refused.message, /role/);
	await max.authProvider.checkError(refused);
	await assert.rejects(max.dataProvider.updateConfiguration({ title: 'Mine' }),
		(error) => ![401, 403].includes(error.status));
	await max.authProvider.checkAuth({});
});

test('16 an administrator creates a user, but not the same user twice', async () => {
	const wanted = saleForm();
	const sale = await boss.dataProvider.salesCreate({ ...wanted, password: '' });
	assert.equal(sale.email, wanted.email);
	assert.ok(Number.isSafeInteger(sale.id));
	const { total } = await crm(boss.dataProvider).list('sales', { email: wanted.email });
	assert.equal(total, 1);
	assert.equal(mails(wanted.email).length, 1);
	await assert.rejects(boss.dataProvider.salesCreate(wanted), (error) =>
		/exists/.test(error.message) && error.status === 409);
	assert.equal((await crm(boss.dataProvider).list('sales',
		{ email: wanted.email })).total, 1);
});

test('17 role changes apply to the next request', async () => {
	const grace = await joined();
	const change = (more) => boss.dataProvider.salesUpdate(grace.sale.id,
		{ ...grace.sale, ...more });
	assert.equal((await change({ administrator: true })).administrator, true);
	await grace.dataProvider.salesCreate(saleForm());
	assert.equal((await change({ administrator: false })).administrator, false);
	await assert.rejects(grace.dataProvider.salesCreate(saleForm()), { status: 422 });
	/* a page reload shows the changes */
	assert.equal(await visitor(grace.browser).authProvider.canAccess(
		{ resource: 'sales', action: 'list' }), false);
});

test('18 the last administrator cannot be demoted', async () => {
	const { id } = await boss.authProvider.getIdentity();
	const me = await crm(boss.dataProvider).one('sales', id);
	for (const more of [{ administrator: false }, { disabled: true }])
		await assert.rejects(boss.dataProvider.salesUpdate(id, { ...me, ...more }),
			(error) => error.status === 422 && error.message.length > 10);
});

test('19 users change their own name immediately, but not their role', async () => {
	const grace = await joined();
	await grace.authProvider.getIdentity();
	const me = await crm(grace.dataProvider).one('sales', grace.sale.id);
	await grace.dataProvider.salesUpdate(grace.sale.id,
		{ ...me, first_name: 'Amazing', administrator: true });
	assert.equal((await grace.authProvider.getIdentity()).fullName, 'Amazing Hopper');
	assert.equal(await grace.authProvider.canAccess({ resource: 'sales', action: 'list' }),
		false);
	const { data: [author] } = await boss.dataProvider.getMany('sales',
		{ ids: [grace.sale.id] });
	assert.equal(author.first_name, 'Amazing');
});

test('20 a cropped avatar appears in the menu', async () => {
	const grace = await joined();
	const me = await crm(grace.dataProvider).one('sales', grace.sale.id);
	const sale = await grace.dataProvider.salesUpdate(grace.sale.id, { ...me, avatar: {
		src: `data:image/png;base64,${PNG.toString('base64')}`, title: 'me.png',
		rawFile: new File(['the whole picture'], 'me.png', { type: 'image/png' }) } });
	const { avatar } = await grace.authProvider.getIdentity();
	assert.equal(avatar, sale.avatar.src);
	const rs = await fetch(avatar);
	assert.deepEqual(Buffer.from(await rs.arrayBuffer()), PNG);
	assert.equal(rs.headers.get('content-type'), 'image/png');
});

test('login asks for a second factor, or fails if it cannot ask', async () => {
	const grace = await joined();
	const user = await enrolled({ browser: grace.browser, email: grace.email,
		password: PASSWORD, id: (await grace.browser.get('/api/me')).json.user_id });
	await assert.rejects(login(visitor(), grace.email),
		(error) => error.code === 'two_factor_required');
	const who = visitor(new Browser(), { askCode: () => code(user) });
	await login(who, grace.email);
	assert.equal((await who.authProvider.getIdentity()).id, grace.sale.id);
});

test('unsupported functions fail with a readable message', async () => {
	const { authProvider } = visitor();
	await assert.rejects(authProvider.login({ ssoDomain: 'example.org' }),
		/example\.org is not set up/);
	for (const method of ['getAuthorizationDetails', 'approveAuthorization',
		'denyAuthorization']) {
		const { data, error } = await authProvider[method]('x');
		assert.equal(data, null);
		assert.ok(error.message);
	}
});

test('82 the user list has ten rows per page, sorting and search', async () => {
	await joined({ first_name: 'Aaron', last_name: 'Zweistein' });
	const screen = await show(boss, () => useListController({ resource: 'sales',
		sort: { field: 'first_name', order: 'ASC' } }), '/sales');
	let list = await screen.when((l) => l.data);
	assert.ok(list.data.length <= 10);
	assert.equal(list.data[0].first_name, 'Aaron');
	list.setSort({ field: 'email', order: 'DESC' });
	list = await screen.when((l) => l.sort.field === 'email' && !l.isFetching);
	const emails = list.data.map((r) => r.email);
	assert.deepEqual(emails, [...emails].sort().reverse());
	list.setFilters({ q: 'zweist' });
	list = await screen.when((l) => l.total === 1);
	assert.equal(list.data[0].last_name, 'Zweistein');
	screen.close();
});

test('83 bulk deletion of users fails, and the administrator remains signed in',
	async () => {
		const { total } = await crm(boss.dataProvider).list('sales');
		const { id } = await boss.authProvider.getIdentity();
		const refused = await boss.dataProvider.deleteMany('sales', { ids: [id] })
			.catch((error) => error);
		assert.match(refused.message, /cannot be deleted/);
		await boss.authProvider.checkError(refused);
		assert.equal((await crm(boss.dataProvider).list('sales')).total, total);
		await boss.authProvider.checkAuth({});
	});

test('84 the manager choices omit disabled users, but a selected disabled user is shown', async () => {
	const gone = await boss.dataProvider.salesCreate(saleForm({ disabled: true }));
	const screen = await show(boss, () => useGetList('sales', {
		...page('last_name', 'ASC', 100), filter: { 'disabled@neq': true } }));
	const { data } = await screen.when((l) => l.data);
	assert.ok(data.length > 1 && data.every((r) => r.disabled === false));
	screen.close();
	const { data: [shown] } = await boss.dataProvider.getMany('sales', { ids: [gone.id] });
	assert.equal(shown.last_name, 'Hopper');
});

const settings = { title: 'Acme CRM', currency: 'EUR', lightModeLogo: './logos/a.svg',
	companySectors: [{ value: 'energy', label: 'Energy' }],
	dealStages: [{ value: 'lead', label: 'Lead' }, { value: 'won', label: 'Won' }],
	dealPipelineStatuses: ['won'], dealCategories: [{ value: 'other', label: 'Other' }],
	noteStatuses: [{ value: 'hot', label: 'Hot', color: '#e88b7d' }],
	taskTypes: [{ value: 'none', label: 'None' }] };

test('85 one update saves the settings with logos, and all users see them', async () => {
	const max = await joined();
	const before = await crm(boss.dataProvider).one('configuration', 1);
	const screen = await show(boss, () => useUpdate());
	const [update] = await until(() => screen.value);
	update('configuration', { id: 1, data: { config: { ...settings,
		darkModeLogo: picked('dark.png', 'image/png', PNG) } }, previousData: before });
	await screen.when(([, { data }]) => data);
	screen.close();
	const seen = await max.dataProvider.getConfiguration();
	assert.deepEqual({ ...seen, darkModeLogo: 0 }, { ...settings, darkModeLogo: 0 });
	assert.equal((await fetch(seen.darkModeLogo)).status, 200);
	assert.deepEqual(await boss.dataProvider.updateConfiguration(settings), settings);
});

test('86 a member cannot change the settings', async () => {
	const max = await joined();
	await assert.rejects(max.dataProvider.update('configuration',
		{ id: 1, data: { config: {} }, previousData: { id: 1, config: settings } }),
	(error) => ![401, 403].includes(error.status));
	assert.deepEqual(await boss.dataProvider.getConfiguration(), settings);
});

