// Sign-in through the provider of idp.mjs: the stock client makes the API
// calls, and the tests follow the browser's redirects by hand.
import assert from 'node:assert/strict';
import { IDP, code } from '../../lib/idp.mjs';
import { Browser } from './http.mjs';
import { address, authClient } from './people.mjs';

let n = 0;

// Returns a new user at the provider.
export const someone = (more = {}) => ({ sub: `s${process.pid}-${++n}`,
	email: address('social'), email_verified: true, name: 'So Cial', ...more });

export const start = { callbackURL: '/dash', newUserCallbackURL: '/welcome',
	errorCallbackURL: '/oops' };

// Starts a sign-in. Returns the provider's URL and its parameters.
export async function setOut(browser, provider, options = {}) {
	const { data, error } = await authClient(browser).signIn.social(
		{ provider, ...start, disableRedirect: true, ...options });
	assert.equal(error, null, JSON.stringify(error));
	const url = new URL(data.url);
	return { url, redirect: data.redirect, ...Object.fromEntries(url.searchParams) };
}

export async function setOutToLink(browser, provider, options = {}) {
	const { data, error } = await authClient(browser).linkSocial(
		{ provider, ...start, disableRedirect: true, ...options });
	assert.equal(error, null, JSON.stringify(error));
	return Object.fromEntries(new URL(data.url).searchParams);
}

export function comeBack(browser, provider, query) {
	return browser.get(`/api/auth/callback/${provider}?${new URLSearchParams(query)}`);
}

// Returns the provider's code for the profile, which includes the nonce of the
// request.
export const codeOf = (profile, { nonce }) =>
	code(nonce ? { oidc: true, nonce, ...profile } : profile);

// Runs the whole sign-in. Returns the final redirect.
export async function travel(browser, provider, profile, options) {
	const asked = await setOut(browser, provider, options);
	const rs = await comeBack(browser, provider,
		{ code: codeOf(profile, asked), state: asked.state });
	assert.equal(rs.status, 302, rs.text);
	return rs.headers.location;
}

export async function travelToLink(browser, provider, profile, options) {
	const asked = await setOutToLink(browser, provider, options);
	const rs = await comeBack(browser, provider,
		{ code: codeOf(profile, asked), state: asked.state });
	assert.equal(rs.status, 302, rs.text);
	return rs.headers.location;
}

export const session = async (browser) =>
	(await browser.get('/api/auth/get-session')).json;

// Creates a user who has signed in through the provider.
export async function newcomer(provider, more) {
	const browser = new Browser();
	const profile = someone(more);
	assert.equal(await travel(browser, provider, profile), '/welcome');
	return { browser, profile, user: (await session(browser)).user };
}

export { IDP };
