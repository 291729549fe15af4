// The two ceremonies through the wire, by a browser with an Authenticator.
import assert from 'node:assert/strict';
import { Authenticator } from './authenticator.mjs';
import { Browser } from './http.mjs';

const PATH = '/api/auth/passkey';

export async function creationOptions(browser, query = '') {
	const rs = await browser.get(`${PATH}/generate-register-options${query}`);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
}

export async function requestOptions(browser) {
	const rs = await browser.get(`${PATH}/generate-authenticate-options`);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
}

// wrong: what the authenticator is to get wrong; more: members of the body.
export async function register(browser, key, wrong, more = {}, headers) {
	const options = await creationOptions(browser);
	return browser.post(`${PATH}/verify-registration`,
		{ response: key.create(options, wrong), ...more }, headers);
}

export async function assertion(browser, key, wrong) {
	return { response: key.get(await requestOptions(browser), wrong) };
}

export const verify = (browser, body, headers) =>
	browser.post(`${PATH}/verify-authentication`, body, headers);

export async function signInWith(browser, key, wrong, headers) {
	return verify(browser, await assertion(browser, key, wrong), headers);
}

// Somebody's new key, kept by the server.
export async function keyOf(user, options, more) {
	const key = new Authenticator(options);
	const rs = await register(user.browser, key, {}, more);
	assert.equal(rs.status, 200, rs.text);
	return Object.assign(key, { row: rs.json });
}

// A browser that the server has never seen, signed in.
export async function enter(key) {
	const browser = new Browser();
	const rs = await signInWith(browser, key);
	assert.equal(rs.status, 200, rs.text);
	return { browser, ...rs.json };
}
