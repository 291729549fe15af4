// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Cookies in a browser, which stores them correctly and hides them from
// scripts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, PASSWORD, member, visitor } from './lib/browser.mjs';

test('a user signs up, signs out and signs in again', async () => {
	const who = await member();
	assert.equal((await who.press('Who am I')).data.user.email, who.email);
	assert.equal((await who.press('Sign out')).data.success, true);
	assert.equal((await who.press('Who am I')).data, null);
	await who.fill({ Address: who.email, Password: 'wrong one' });
	assert.equal((await who.press('Sign in')).error.code,
		'INVALID_EMAIL_OR_PASSWORD');
	await who.fill({ Password: PASSWORD });
	assert.equal((await who.press('Sign in')).data.user.id, who.id);
	await who.page.reload();
	assert.equal((await who.press('Who am I')).data.user.id, who.id);
	await who.close();
});

test('scripts and other sites cannot read the cookie', async () => {
	const who = await member();
	const cookie = (await who.context.cookies(BASE))
		.find((c) => c.name === 'better-auth.session_token');
	assert.equal(cookie.httpOnly, true);
	assert.equal(cookie.sameSite, 'Lax');
	assert.equal(await who.page.evaluate(() => document.cookie), '');
	const other = await visitor();
	assert.equal((await other.press('Who am I')).data, null);
	await who.close();
	await other.close();
});
