// Users of the server, each with their own browser.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createAuthClient } from 'better-auth/client';
import { adminClient, organizationClient } from 'better-auth/client/plugins';
import { patiently } from '../../lib/patiently.mjs';
import { BASE, Browser } from './http.mjs';
import { provider } from './provider.mjs';

export { provider };
export const PASSWORD = 'correct horse battery';

let n = 0;

// Returns an unused email address.
export const address = (who = 'user') => `${who}.${process.pid}.${++n}@example.test`;

export function authClient(browser, ...plugins) {
	return createAuthClient({
		baseURL: BASE,
		plugins: [adminClient(), organizationClient({ teams: { enabled: true } }), ...plugins],
		fetchOptions: { customFetchImpl: browser.fetch },
	});
}

// Signs up over HTTP.
export async function signUp({ email = address(), name = 'Some One',
	password = PASSWORD, ...more } = {}) {
	const browser = new Browser();
	const rs = await patiently(() => browser.post('/api/auth/sign-up/email',
		{ email, name, password, ...more }));
	assert.equal(rs.status, 200, rs.text);
	return { browser, email, password, id: rs.json.user.id, token: rs.json.token };
}

export async function signIn(email, password = PASSWORD) {
	const browser = new Browser();
	const rs = await patiently(() => browser.post('/api/auth/sign-in/email',
		{ email, password }));
	assert.equal(rs.status, 200, rs.text);
	return { browser, email, password, id: rs.json.user.id, token: rs.json.token };
}

// Runs the command-line program. Returns the output, or throws an error if the program fails.
export const tenantry = (...words) => execFileSync(
	`${process.env.BUILD}/tenantry`, words, { encoding: 'utf8' });

// Signs up an installation administrator (operator).
export async function operator() {
	const user = await signUp({ email: address('operator'), name: 'Op Erator' });
	tenantry('user', 'role', user.email, 'admin');
	return { ...user, client: authClient(user.browser) };
}

// Adds an application's data provider to a user. The provider is created on first use.
function withData(who) {
	let data;
	return Object.defineProperty(who, 'data', { enumerable: true, get: () => data ??= provider(who.browser) });
}

// Signs up a user with an organization, which has the modules in TEST_MODULES. `me` is the response of /api/me.
export async function owner(who = 'owner') {
	const user = await signUp({ email: address(who), name: `${who} Person` });
	const rs = await user.browser.post('/api/auth/organization/create',
		{ name: `${who} Ltd`, slug: `${who}-${process.pid}-${++n}` });
	assert.equal(rs.status, 200, rs.text);
	for (const module of (process.env.TEST_MODULES ?? '').split(',').filter(Boolean)) {
		const on = await user.browser.put(`/api/modules/${module}`, { enabled: true });
		assert.equal(on.status, 200, on.text);
	}
	const me = await user.browser.get('/api/me');
	assert.equal(me.status, 200, me.text);
	return withData({ ...user, organization: rs.json, me: me.json });
}

// Signs up a user with an invitation to the owner's organization.
export async function member(boss, role = 'member') {
	const invite = await boss.browser.post('/api/invites', { role });
	assert.equal(invite.status, 201, invite.text);
	const browser = new Browser();
	const email = address(role);
	const rs = await browser.post('/api/signup', { email, password: PASSWORD,
		first_name: 'Max', last_name: 'Member',
		invite_token: invite.json.token });
	assert.equal(rs.status, 201, rs.text);
	const me = await browser.get('/api/me');
	assert.equal(me.status, 200, me.text);
	return withData({ browser, email, password: PASSWORD, id: rs.json.id, me: me.json });
}
