// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Custom relations between records of the CRM: each side shows the other.
import { test } from 'node:test';
import { member } from './lib/browser.mjs';

test('a company shows the deals and the companies that name it in a custom field', async () => {
	const who = await member();
	const { page } = who;
	for (const [resource, label] of [['deals', 'Partner'], ['companies', 'Parent']])
		await who.call('/api/field_definitions', { resource, label, kind: 'relation', refers: 'companies' });
	const top = await who.call('/api/companies', { name: 'Holding' });
	const part = await who.call('/api/companies', { name: 'Works', custom: { parent: top.id } });
	await who.call('/api/deals', { name: 'Sale to Works', stage: 'opportunity', company_id: part.id, custom: { partner: top.id } });
	await who.go(`/companies/${part.id}/show`);
	await page.getByRole('region', { name: 'About' }).getByRole('link', { name: 'Holding' }).click();
	await page.getByRole('heading', { name: 'Holding' }).waitFor();
	const open = async (name) => {
		const tab = page.getByRole('tab', { name }).or(page.getByRole('button', { name }));
		if (await tab.getAttribute('aria-expanded') !== 'true' && await tab.getAttribute('aria-selected') !== 'true')
			await tab.click();
	};
	await page.getByText('Deals (Partner)').first().waitFor();
	await open('Deals (Partner)');
	await page.getByRole('link', { name: 'Sale to Works' }).waitFor();
	await open('Companies (Parent)');
	await page.getByRole('link', { name: 'Works', exact: true }).waitFor();
	await who.close();
});
