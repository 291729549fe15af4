// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Passkeys in a browser, with the browser's WebAuthn, a virtual authenticator
// from its developer tools, and better-auth's client.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authenticator, member, visitor } from './lib/browser.mjs';

async function good(outcome) {
	const { data, error } = await outcome;
	assert.equal(error, null, JSON.stringify(error));
	return data;
}

// Creates a user with a passkey in the browser, which is registered with the
// server.
async function holder(options) {
	const who = await member();
	const key = await authenticator(who.page, options);
	await who.fill({ 'Name of the passkey': 'Laptop' });
	const passkey = await good(who.press('Add a passkey'));
	return { ...who, key, passkey };
}

test('a passkey is registered, and signs in without a user name', async () => {
	const who = await holder();
	assert.equal(who.passkey.name, 'Laptop');
	assert.equal(who.passkey.userId, who.id);
	await good(who.press('Sign out'));
	assert.equal((await who.press('Who am I')).data, null);
	const { user } = await good(who.press('Sign in with a passkey'));
	assert.equal(user.id, who.id);
	await who.page.reload();
	assert.equal((await who.press('Who am I')).data.user.id, who.id);
	const [credential] = await who.key.credentials();
	assert.equal(credential.rpId, 'localhost');
	assert.equal(Buffer.from(credential.credentialId, 'base64').toString('base64url'),
		who.passkey.credentialID);
	await who.close();
});

test('passkeys are listed, renamed and deleted', async () => {
	const who = await holder();
	const line = who.page.getByRole('listitem');
	assert.equal((await good(who.press('List passkeys'))).length, 1);
	await who.fill({ 'Name of the passkey': 'Old laptop' });
	const { passkey } = await good(who.press('Rename', line));
	assert.equal(passkey.name, 'Old laptop');
	const [listed] = await good(who.press('List passkeys'));
	assert.equal(listed.name, 'Old laptop');
	assert.deepEqual(await good(who.press('Delete', line)), { status: true });
	assert.deepEqual(await good(who.press('List passkeys')), []);
	await good(who.press('Sign out'));
	const { error } = await who.press('Sign in with a passkey');
	assert.equal(error.status, 401);
	assert.equal(error.code, 'PASSKEY_NOT_FOUND');
	await who.close();
});

test('an authenticator cannot register a second passkey for the same user', async () => {
	const who = await holder();
	const { error } = await who.press('Add a passkey');
	assert.equal(error.code, 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED');
	assert.equal((await good(who.press('List passkeys'))).length, 1);
	await who.close();
});

test('the signature counter detects a cloned key', async () => {
	const who = await holder();
	const [copy] = await who.key.credentials();
	await good(who.press('Sign in with a passkey'));
	await good(who.press('Sign in with a passkey'));
	const thief = await visitor();
	const key = await authenticator(thief.page);
	await key.add(copy);
	const { error } = await thief.press('Sign in with a passkey');
	assert.equal(error.status, 400);
	assert.equal(error.code, 'AUTHENTICATION_FAILED');
	assert.equal((await thief.press('Who am I')).data, null);
	await who.close();
	await thief.close();
});

test('a key without resident credentials or PIN works for a signed-in user', async () => {
	const who = await holder({ protocol: 'u2f', transport: 'usb',
		hasResidentKey: false, hasUserVerification: false, isUserVerified: false });
	assert.equal(who.passkey.deviceType, 'singleDevice');
	assert.equal((await good(who.press('Sign in with a passkey'))).user.id, who.id);
	await who.close();
});

test('failed user verification does not sign in', async () => {
	const who = await holder();
	await good(who.press('Sign out'));
	await who.key.verifies(false);
	const { data, error } = await who.press('Sign in with a passkey');
	assert.equal(data, null);
	assert.ok(error.code, JSON.stringify(error));
	assert.equal((await who.press('Who am I')).data, null);
	await who.close();
});
