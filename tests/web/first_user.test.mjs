// stack: STACK_HOST=localhost TENANTRY_RATE_LIMIT=off
// own stack: the installation is new.
// The first steps of a user without documentation after script/up. They lead from the demo and the sign-up to an
// imported list, a colleague who joins with the link in the email, and a moved deal. The user reaches each page only
// through what the previous page shows.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { lastMail } from '../lib/mail.mjs';
import { drag } from './lib/board.mjs';
import { PASSWORD, visitor } from './lib/browser.mjs';

const people = Buffer.from(`First name,Last name,Email,Company
Charles,Babbage,charles@engines.example,Analytical Engines
Grace,Hopper,grace@navy.example,Navy
`);

test('a first user imports contacts, invites a colleague and moves a deal', async () => {
	const who = await visitor({ timezoneId: 'Europe/Paris' });
	const { page } = who;
	let pictures = 0;
	const picture = (name) => who.looks(`first-user-${++pictures}-${name}`);
	const heading = (name) => page.getByRole('heading', { name, exact: true }).waitFor();

	execFileSync(`${process.env.BUILD}/tenantry`, ['seed', 'demo'], { env: {
		...process.env, TENANTRY_SQL: process.env.SOURCES, TENANTRY_DEMO_PASSWORD: PASSWORD } });
	await who.go('/');
	await who.sees('Try the demo: the email is demo@clientflow.test');
	await picture('demo');
	await who.fill({ Email: 'demo@clientflow.test', Password: PASSWORD });
	await who.press('Sign in');
	await heading('Dashboard');
	await who.clearCookies();

	await who.go('/');
	await page.getByRole('link', { name: 'Create the first account' }).click();
	await who.sees('Create the first account. You’ll be');
	await who.fill({ 'First name': 'Ada', 'Last name': 'Lovelace', Email: 'ada@example.test', Password: PASSWORD });
	await picture('sign-up');
	await who.press('Sign up');

	await heading('Get started');
	await picture('steps');
	await who.press('Set up');
	await page.getByRole('dialog').getByLabel('Name').fill('Difference Engines');
	assert.equal(await page.getByRole('dialog').getByLabel('Time zone').inputValue(), 'Europe/Paris');
	await picture('organization');
	await who.press('Save');
	await who.sees('1 of 3 steps done');
	await page.getByRole('button', { name: /Difference Engines/ }).waitFor();

	await page.getByRole('link', { name: 'Import contacts' }).click();
	const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /file/i }).first().click()]);
	await chooser.setFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: people });
	await who.sees('2 rows in the file');
	await picture('file');
	await who.press('Continue');
	await who.sees(/All 2 rows are checked\. Created: 2/);
	await picture('import');
	await who.press('Import 2 rows');
	await heading('Done');
	await page.getByRole('link', { name: 'View contacts' }).click();
	await page.getByRole('row').filter({ hasText: 'Charles Babbage' }).waitFor();
	await picture('contacts');

	await page.getByRole('menuitem', { name: 'Dashboard' }).click();
	await who.sees('2 of 3 steps done');
	await page.getByRole('button', { name: 'Invite', exact: true }).click();
	await page.getByLabel('Email').fill('grace@example.test');
	await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click();
	await who.sees('Invitation sent to grace@example.test.');
	await picture('invited');
	await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
	await page.getByRole('heading', { name: 'Get started' }).waitFor({ state: 'detached' });

	const { url } = lastMail('grace@example.test', 'invitation').data;
	const colleague = await visitor();
	await colleague.page.goto(url);
	await colleague.sees(/^Ada Lovelace invites you to join Difference Engines\./);
	await colleague.fill({ 'First name': 'Grace', 'Last name': 'Hopper', Password: PASSWORD });
	await colleague.looks('first-user-colleague');
	await colleague.press('Create account and join');
	await colleague.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();
	await colleague.page.getByRole('menuitem', { name: 'Contacts' }).click();
	await colleague.sees('Charles Babbage');

	await page.getByRole('menuitem', { name: 'Deals' }).click();
	await page.getByRole('heading', { name: 'Deals', level: 1 }).waitFor();
	await who.press('New deal');
	await page.getByRole('dialog').getByLabel('Name *').fill('Engine no. 2');
	await page.getByRole('dialog').getByLabel('Amount *').fill('4200');
	await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
	const card = page.locator('[data-card]').filter({ hasText: 'Engine no. 2' });
	await card.waitFor();
	await who.settled();
	await picture('deal');
	const next = page.getByRole('region', { name: 'Proposal sent' });
	await drag(page, card, next);
	await who.sees(/Engine no\. 2.*Proposal sent/);
	await next.getByText('Engine no. 2').waitFor();
	await picture('moved');

	// The colleague sees the deal in its new stage as well.
	await colleague.page.getByRole('menuitem', { name: 'Deals' }).click();
	await colleague.page.getByRole('region', { name: 'Proposal sent' }).getByText('Engine no. 2').waitFor();
	await colleague.close();
	await who.close();
});
