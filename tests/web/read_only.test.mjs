// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: api/tenancy/read_only tests the rules.
// The pages say that an organization is read-only, and explain a refused change.
import { test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { VISITS, member } from './lib/browser.mjs';

for (const { name, ...look } of VISITS)
	test(`a read-only organization has a banner, as long as it lasts (${name})`, async () => {
		const who = await member(look);
		who.expect(/^409 /);
		const { id } = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper' });
		const { organization_id: org } = await who.call('/api/me');
		const switchTo = (state) => execFileSync(`${process.env.BUILD}/tenantry`, ['org', 'read-only', org, state]);
		switchTo('on');
		try {
			await who.go(`/contacts/${id}`);
			await who.page.reload();	// pages do not request the state each time
			const banner = who.page.getByRole('status').filter({ hasText: /read-only for a while|en lecture seule/ });
			await banner.waitFor();
			await who.looks(`read-only-${name}`);
			await who.page.getByRole('textbox', { name: /^(Position|Fonction)/ }).fill('Admiral');
			const save = who.page.getByRole('button', { name: /^(Save|Enregistrer)$/ });
			await save.evaluate((button) => button.scrollIntoView({ block: 'center' }));	// moves the button above the banner
			await save.click();
			await who.sees(/so nothing can be changed|rien ne peut être modifié/);
		} finally {
			switchTo('off');
		}
		await who.page.reload();
		await who.sees('Grace');
		await who.page.getByRole('status').filter({ hasText: /read-only for a while|en lecture seule/ }).waitFor({ state: 'detached' });
		await who.close();
	});
