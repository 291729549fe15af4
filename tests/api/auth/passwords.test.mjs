// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Common passwords are refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, send } from '../lib/http.mjs';
import { PASSWORD, address, authClient, signUp } from '../lib/people.mjs';

const signUpWith = (password) => send('POST', '/api/auth/sign-up/email',
	{ body: { name: 'x', email: address(), password } });

test('sign-up rejects a common password, regardless of case', async () => {
	for (const password of ['password123', 'Password123', '12345678', 'qwertyuiop', 'iloveyou'])
		assert.deepEqual([(await signUpWith(password)).status, (await signUpWith(password)).json],
			[400, { code: 'PASSWORD_COMPROMISED', message: 'The password you entered has been '
				+ 'compromised. Please choose a different password.' }], password);
	for (const password of [PASSWORD, 'password123 and more', 'p\u00e4ssword123'])
		assert.equal((await signUpWith(password)).status, 200, password);
	const crm = await send('POST', '/api/signup', { body: { email: address(), password: 'password123',
		first_name: 'A', last_name: 'B' } });
	assert.equal(crm.status, 422);
	assert.match(crm.json.detail, /^password: is in a list of breached passwords/);
});

test('change-password rejects a common password and keeps the old one', async () => {
	const { browser, email } = await signUp();
	const { error } = await authClient(browser).changePassword({ currentPassword: PASSWORD,
		newPassword: 'sunshine1' });
	assert.deepEqual([error.status, error.code], [400, 'PASSWORD_COMPROMISED']);
	assert.equal((await send('POST', '/api/auth/sign-in/email',
		{ body: { email, password: PASSWORD } })).status, 200, BASE);
});

test('sign-in accepts a common password that was set earlier', async () => {
	assert.equal((await send('POST', '/api/auth/sign-in/email',
		{ body: { email: address(), password: 'password123' } })).json.code, 'INVALID_EMAIL_OR_PASSWORD');
});
