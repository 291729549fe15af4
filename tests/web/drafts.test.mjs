// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Text that was typed before the session ended is restored after the sign-in, but only for the same user and
// organization.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { PASSWORD, member, visitor } from './lib/browser.mjs';

const drawer = (who) => who.page.getByRole('dialog', { name: 'New contact' });
const RESTORED = 'Restored what you typed.';

async function signIn(who, email) {
	await who.page.getByRole('textbox', { name: 'Email' }).fill(email);
	await who.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
	await who.press('Sign in');
}

// Saves after the session has ended. If a different request detects the end first, the form is no longer shown.
async function saveTooLate(who, form) {
	who.expect(/^401 /);
	who.page.on('dialog', (dialog) => dialog.accept()); // confirms that unsaved changes are lost
	await who.context.clearCookies();
	const pressed = form.getByRole('button', { name: 'Save' }).click().catch(() => {});
	await Promise.race([pressed, who.page.waitForURL(/sign-in/)]);
	await who.sees('Your session has ended. Sign in again.');
}

const drafts = (who) => who.page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('tenantry.draft.')).length);

test('a note and a new record remain after the session has ended, until they are saved', async () => {
	const who = await member();
	const { page } = who;
	const { id } = await who.call('/api/contacts', { last_name: 'Hopper' });
	const open = async () => {
		await page.keyboard.press('c');
		await drawer(who).getByLabel('Last name').waitFor();
	};
	await who.go(`/contacts/${id}/show`);
	await page.getByLabel('Write a note').fill('She found a moth');
	await page.getByRole('heading', { level: 1 }).click();
	await open();
	await drawer(who).getByLabel('Last name').fill('Lovelace');
	await drawer(who).getByRole('textbox', { name: 'Email' }).fill('ada@engines.test');
	await drawer(who).getByRole('combobox', { name: 'Company' }).fill('Engines');
	await page.getByRole('option', { name: 'Create “Engines”' }).click();
	await who.settled();
	await saveTooLate(who, drawer(who));
	await signIn(who, who.email);
	await page.getByRole('heading', { level: 1, name: 'Hopper' }).waitFor();
	assert.equal(await page.getByLabel('Write a note').inputValue(), 'She found a moth');
	await open();
	await drawer(who).getByText(RESTORED).waitFor();
	await who.looks('draft-restored', { fullPage: false });
	assert.equal(await drawer(who).getByLabel('Last name').inputValue(), 'Lovelace');
	await drawer(who).getByRole('button', { name: 'Save' }).click();
	await drawer(who).waitFor({ state: 'detached' });
	const made = (await who.call('/api/contacts')).find(({ last_name }) => last_name === 'Lovelace');
	assert.deepEqual([made.company_name, made.email_jsonb], ['Engines', [{ email: 'ada@engines.test', type: 'Work' }]]);
	await who.press('Add note');
	await page.getByRole('listitem').filter({ hasText: 'She found a moth' }).waitFor();
	await open();
	assert.equal(await drawer(who).getByText(RESTORED).count(), 0);
	assert.equal(await drafts(who), 0);
	await who.close();
});

long('the input of an edited record is restored, or discarded', async () => {
	const who = await member();
	const { page } = who;
	const { id } = await who.call('/api/contacts', { last_name: 'Hopper', title: 'Captain' });
	const title = page.getByLabel('Position', { exact: true });
	await who.go(`/contacts/${id}`);
	page.on('dialog', (dialog) => dialog.accept()); // confirms that unsaved changes are lost
	await title.fill('Admiral');
	await page.reload();
	await page.getByText(RESTORED).waitFor();
	assert.equal(await title.inputValue(), 'Admiral');
	assert.equal(await page.getByText('This was edited in the meantime.').count(), 0);
	await who.press('Discard');
	assert.equal(await title.inputValue(), 'Captain');
	await page.getByText(RESTORED).waitFor({ state: 'detached' });
	await title.fill('Admiral');
	await who.call(`/api/contacts/${id}`, { background: 'Navy' }, 'PATCH');
	await page.reload();
	await who.sees('This was edited in the meantime.');
	await who.press('Save');
	await page.getByRole('heading', { level: 1, name: 'Hopper' }).waitFor();
	assert.equal((await who.call(`/api/contacts/${id}`)).title, 'Admiral');
	assert.equal(await drafts(who), 0);
	await who.close();
});

long('nobody else sees a draft, and a sign-out removes it', async () => {
	const other = await visitor();
	const first = await member();
	const second = await member({ organization: 'Others' });
	const { page } = other;
	await other.go('/contacts/create');
	await signIn(other, first.email);
	await page.getByLabel('Last name').fill('Lovelace');
	await saveTooLate(other, page);
	assert.equal(await drafts(other), 1);
	await signIn(other, second.email);
	await page.getByLabel('Last name').waitFor();
	await other.settled();
	assert.equal(await page.getByText(RESTORED).count(), 0);
	assert.equal(await page.getByLabel('Last name').inputValue(), '');
	await page.getByRole('button', { name: 'Ada Lovelace', exact: true }).click();
	await page.getByRole('menuitem', { name: 'Sign out' }).click();
	await page.waitForURL(/sign-in/);
	assert.equal(await drafts(other), 0);
	await Promise.all([first, second, other].map((one) => one.close()));
});
