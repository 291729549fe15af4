// Users with a second factor.
import assert from 'node:assert/strict';
import { sql } from './database.mjs';
import { Browser } from './http.mjs';
import { PASSWORD, signUp } from './people.mjs';
import { early, totp } from '../../lib/totp.mjs';

export const SIGN_IN = '/api/auth/sign-in/email';
export const VERIFY = '/api/auth/two-factor/verify-totp';
export const BACKUP = '/api/auth/two-factor/verify-backup-code';

// Resets the last used step, so that the current code is valid again.
export const forget = (id) =>
	sql('UPDATE identity.two_factor SET last_step = 0 WHERE user_id = $1', id);

// Enrolls an authenticator, and resets the used codes.
export async function enrolled(person) {
	const user = person ?? await signUp();
	const on = await user.browser.post('/api/auth/two-factor/enable',
		{ password: PASSWORD });
	assert.equal(on.status, 200, on.text);
	const uri = on.json.totpURI;
	await early();
	const rs = await user.browser.post(VERIFY, { code: totp(uri) });
	assert.equal(rs.status, 200, rs.text);
	forget(user.id);
	return { ...user, uri, codes: on.json.backupCodes, token: rs.json.token };
}

// Returns a browser that has a second-factor challenge.
export async function challenged({ email, password }, { browser = new Browser(),
	...more } = {}) {
	const rs = await browser.post(SIGN_IN, { email, password, ...more });
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.json.twoFactorRedirect, true, rs.text);
	return browser;
}

// Returns the current code when there is enough time left to send it.
export async function code({ uri }, later = 0) {
	await early();
	return totp(uri, later);
}

// Returns a browser that has passed both factors.
export async function passed(user, more = {}) {
	const browser = await challenged(user);
	forget(user.id);
	const rs = await browser.post(VERIFY, { code: await code(user), ...more });
	assert.equal(rs.status, 200, rs.text);
	return browser;
}

export const signedIn = async (browser) =>
	(await browser.get('/api/auth/get-session')).json !== null;

// Returns the user's counters: [failures, locked, attempts in all challenges].
export const counted = (id) => sql(`SELECT f.failures,
	coalesce(f.locked_until > now(), false),
	(SELECT coalesce(sum(c.failures), 0) FROM identity.two_factor_challenge c
	  WHERE c.user_id = f.user_id)
	FROM identity.two_factor f WHERE f.user_id = $1`, id)[0];

export const tally = (answers) => {
	const counts = {};
	for (const rs of answers) {
		const name = rs.json?.code ?? rs.status;
		counts[name] = (counts[name] ?? 0) + 1;
	}
	return counts;
};

// Runs the same request n times in parallel.
export const atOnce = (n, fn) =>
	Promise.all(Array.from({ length: n }, (_, i) => fn(i)));
