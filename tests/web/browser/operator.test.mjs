// stack: STACK_HOST=localhost TENANTRY_RATE_LIMIT=off
// The first administrator signs up with a link from the command line.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { PASSWORD, visitor } from './lib/browser.mjs';

const tenantry = (...words) => execFileSync(`${process.env.BUILD}/tenantry`,
	['user', ...words], { encoding: 'utf8' });
const linkIn = (text) => text.match(/^http.*$/m)[0];

async function open(who, link) {
	const errors = [];
	const page = await who.context.newPage();
	page.on('console', (m) => m.type() === 'error' && errors.push(m.text()));
	await page.goto(link);
	return { page, errors };
}

const outcome = (page) => page.waitForFunction(() =>
	document.querySelector('output').textContent || null).then((h) => h.jsonValue());

test('a link creates the first administrator, and works once', async () => {
	const who = await visitor();
	const link = linkIn(tenantry('invite-admin', 'boss@example.test'));
	const { page, errors } = await open(who, link);
	await page.getByLabel('Your name').fill('Grace Hopper');
	assert.equal(await page.getByLabel('Email').inputValue(),
		'boss@example.test');
	await page.getByLabel('Password').fill(PASSWORD);
	await page.getByRole('button').click();
	assert.match(await outcome(page), /^Done\. Sign in as boss@example\.test/);
	assert.deepEqual(errors, []);
	assert.equal(new URL(page.url()).hash, '');
	await who.fill({ Address: 'boss@example.test', Password: PASSWORD });
	const { data } = await who.press('Sign in');
	assert.equal(data.user.role, 'admin');
	assert.equal(data.user.name, 'Grace Hopper');
	const again = await open(who, link);
	assert.match(await outcome(again.page), /expired or was used/);
	await who.close();
});

test('a user who lost the password gets a link from the command line', async () => {
	const who = await visitor();
	const link = linkIn(tenantry('password', 'boss@example.test'));
	const { page, errors } = await open(who, link);
	await page.getByLabel('New password').fill('another password 1');
	await page.getByRole('button').click();
	assert.equal(await outcome(page), 'Password changed. Sign in with your new password.');
	assert.deepEqual(errors, []);
	await who.fill({ Address: 'boss@example.test', Password: 'another password 1' });
	assert.equal((await who.press('Sign in')).data.user.role, 'admin');
	await who.close();
});

test('a URL without a token shows an error', async () => {
	const who = await visitor();
	for (const name of ['operator', 'password']) {
		const { page } = await open(who, `${process.env.BASE}/${name}.html`);
		assert.match(await outcome(page), /Open the full link/);
		assert.equal(await page.getByRole('button').isVisible().catch(() => false),
			false);
	}
	await who.close();
});
