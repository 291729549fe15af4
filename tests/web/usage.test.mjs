// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: api/tenancy/quotas tests the rules.
// The settings show how much of its quotas the organization uses, and a refusal explains that a quota is used up.
import { test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { VISITS, member } from './lib/browser.mjs';

for (const { name, ...look } of VISITS)
	test(`the usage of an organization and a used-up quota are shown (${name})`, async () => {
		const who = await member(look);
		who.expect(/^422 /);
		const { id } = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper' });
		const { organization_id: org } = await who.call('/api/me');
		execFileSync(`${process.env.BUILD}/tenantry`, ['org', 'quota', org, 'rows', '1']);
		await who.go('/organization');
		const row = who.page.getByRole('row').filter({ hasText: /^(Records|Fiches)/ });
		await row.getByText(/^(Used up|Épuisé)$/).waitFor();
		await row.getByRole('cell', { name: '1', exact: true }).first().waitFor();
		await who.looks(`usage-${name}`);
		await who.go('/contacts/create');
		await who.page.getByRole('textbox', { name: /^(Last name|Nom)/ }).fill('Second');
		await who.page.getByRole('button', { name: /^(Save|Create|Enregistrer|Créer)/ }).first().click();
		await who.sees(/has reached its limit of rows|autant de fiches qu’elle peut en avoir/);
		await who.go(`/contacts/${id}`);
		await who.sees('Grace');
		await who.close();
	});
