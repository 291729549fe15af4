// Registers and uses passkeys over HTTP, as a browser with an Authenticator would.
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

// `wrong` contains overrides that make the response invalid, and `more` contains additional members of the body.
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

// Registers a new passkey for the user.
export async function keyOf(user, options, more) {
	const key = new Authenticator(options);
	const rs = await register(user.browser, key, {}, more);
	assert.equal(rs.status, 200, rs.text);
	return Object.assign(key, { row: rs.json });
}

// Signs in with the passkey in a new browser.
export async function enter(key) {
	const browser = new Browser();
	const rs = await signInWith(browser, key);
	assert.equal(rs.status, 200, rs.text);
	return { browser, ...rs.json };
}
