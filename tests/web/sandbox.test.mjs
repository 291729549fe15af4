// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The pages of a sandbox, which is created in the settings, marked on every page, lists the messages that it would have
// sent, and is reset.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VISITS, member } from './lib/browser.mjs';

for (const { name, ...look } of VISITS)
	test(`a sandbox is created, lists its hosts and withheld emails, and is reset (${name})`, async () => {
		const who = await member(look);
		await who.go('/organization/general');
		await who.page.getByRole('textbox', { name: /^(Sandbox name|Nom du bac à sable)/ }).fill('Playground');
		await who.page.getByRole('button', { name: /^(Create sandbox|Créer le bac à sable)$/ }).click();
		const banner = who.page.getByRole('status').filter({ hasText: /This is a sandbox|Ceci est un bac à sable/ });
		await banner.waitFor();
		const me = await who.call('/api/me');
		assert.equal(me.sandbox, true);
		await who.call('/api/tags', { name: 'tried', color: '#abc' });
		await who.call('/api/auth/organization/invite-member', { email: `guest-${name}@people.test`, role: 'member' });
		await who.go('/contacts');
		await banner.waitFor();
		await who.go('/organization/general');
		await who.sees(`guest-${name}@people.test`);
		await who.page.getByRole('textbox', { name: /^(Webhook hosts|Hôtes des webhooks)/ }).fill('hooks.example\nlocalhost:8080');
		await who.looks(`sandbox-${name}`);
		const save = who.page.getByRole('textbox', { name: /^(Webhook hosts|Hôtes des webhooks)/ }).locator('xpath=ancestor::form').getByRole('button');
		await save.evaluate((button) => button.scrollIntoView({ block: 'center' }));	// moves the button above the banner
		await save.click();
		await who.sees(/^(Saved|Enregistré)/);
		assert.deepEqual((await who.call('/api/sandbox')).hosts, ['hooks.example', 'localhost:8080']);
		const reset = who.page.getByRole('button', { name: /^(Reset the sandbox|Réinitialiser le bac à sable)$/ });
		await reset.evaluate((button) => button.scrollIntoView({ block: 'center' }));	// moves the button above the banner
		await reset.click();
		await who.page.getByRole('dialog').getByRole('button', { name: /^(Reset the sandbox|Réinitialiser le bac à sable)$/ }).click();
		await who.page.getByText(`guest-${name}@people.test`).waitFor({ state: 'detached' });
		assert.deepEqual(await who.call('/api/tags'), []);
		await who.close();
	});
