// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: api/b2b/portal tests what a partner may read.
// A portal user of a distributor has pages with the distributor's opportunities, terms and prices.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { BASE, OTHER_VISITS, READ_AHEAD, VISITS, colleague, member } from './lib/browser.mjs';

const sql = (text) => execFileSync('psql', ['-XqAtc', text], { encoding: 'utf8' });

// Creates a distributor of a principal, with a portal user.
async function trade(boss, look) {
	await boss.call('/api/modules/b2b', { enabled: true }, 'PUT');
	const make = (resource, row) => boss.call(`/api/${resource}`, row);
	const principal = await make('companies', { name: 'Tea Gardens' });
	const distributor = await make('companies', { name: 'North Ltd' });
	await boss.call(`/api/company_profiles/${principal.id}`, { is_principal: true }, 'PATCH');
	await boss.call(`/api/company_profiles/${distributor.id}`, { is_distributor: true }, 'PATCH');
	const paula = await colleague(boss, 'portal', { first_name: 'Paula', last_name: 'Partner', ...look });
	paula.expect(READ_AHEAD);
	sql(`UPDATE identity."user" SET email_verified = true WHERE email = '${paula.email}'`);
	await make('contacts', { last_name: 'Partner', company_id: distributor.id, email_jsonb: [{ email: paula.email, type: 'Work' }] });
	return { make, paula, principal: principal.id, distributor: distributor.id };
}

for (const { name, ...look } of [...VISITS, ...OTHER_VISITS])
	test(`a partner reads opportunities, terms and prices (${name})`, async () => {
		const boss = await member(look), fr = look.locale === 'fr-FR';
		const { make, paula, principal, distributor } = await trade(boss, look);
		const link = (label) => paula.page.getByRole('link', { name: label });
		await make('opportunities', { name: 'Harvest', stage: 'opportunity', company_id: distributor, amount: 2000, currency: 'EUR',
			description: 'First flush', expected_closing_date: '2031-03-04' });
		await make('opportunities', { name: 'Somebody else', stage: 'opportunity' });
		const { id: opportunity_id } = await make('opportunities', { name: 'Sold', stage: 'won', company_id: distributor, amount: 4000, currency: 'EUR' });
		for (const [role, company_id] of Object.entries({ principal, distributor }))
			await make('opportunity_participants', { opportunity_id, company_id, role, is_lead: true });
		await make('distributor_terms', { principal_id: principal, distributor_id: distributor, territory: 'France', exclusive: true,
			commission_rate: 7.25, valid_from: '2026-01-01' });
		const product = await make('products', { principal_id: principal, sku: 'T-1', name: 'Green tea', unit: 'kg' });
		await make('products', { principal_id: principal, sku: 'T-2', name: 'Black tea' });
		const list = await make('price_lists', { principal_id: principal, name: 'Retail', currency: 'EUR', valid_from: '2026-01-01' });
		for (const [min_quantity, price] of [[0, 1250], [10, 1150]])
			await make('price_list_items', { price_list_id: list.id, product_id: product.id, min_quantity, price });

		await paula.go('/');
		await link(fr ? 'Opportunités' : 'Opportunities').waitFor();
		assert.equal(await paula.page.getByText(/Nothing is shared|Rien n’est/).count(), 0);
		await paula.looks(`partner-${name}`);
		await link(fr ? 'Opportunités' : 'Opportunities').click();
		await paula.sees(fr ? /2.000.€ · 4 mars 2031/ : '€2,000 · 4 Mar 2031');
		assert.equal(await paula.page.getByText('Somebody else').count(), 0);
		await paula.looks(`partner-opportunities-${name}`);
		await link('Harvest').click();
		await paula.sees('First flush');
		await paula.page.getByRole('heading', { level: 1, name: 'Harvest' }).waitFor();
		assert.match(await paula.page.locator('main').innerText(), fr ? /North Ltd[^]*En cours/ : /North Ltd[^]*Open/);
		assert.equal(await paula.page.getByRole('button', { name: /Edit|Modifier|Delete|Supprimer/ }).count(), 0);
		await paula.looks(`partner-opportunity-${name}`);

		const back = () => link(fr ? 'Retour' : 'Back').click();
		await back();
		await back();
		await link(fr ? 'Conditions' : 'Terms').click();
		await paula.sees('Tea Gardens · France');
		await paula.sees(fr ? /Commission 7,25.% · Exclusif · 1 janv\. 2026 – …/ : 'Commission 7.25% · Exclusive · 1 Jan 2026 – …');
		await paula.looks(`partner-terms-${name}`);

		await back();
		await link('Commissions').click();
		await paula.sees('Sold');
		assert.match(await paula.page.locator('main').innerText(), fr ? /Tea Gardens[^]*290,00.€[^]*Tea Gardens · .* · France[^]*290,00.€[^]*7,25.% · 4.000,00.€/
			: /Tea Gardens[^]*€290\.00[^]*Tea Gardens · .* · France[^]*€290\.00[^]*7\.25% · €4,000\.00/);
		await paula.looks(`partner-commissions-${name}`);
		const csv = await paula.page.getByRole('link', { name: fr ? 'Télécharger en CSV' : 'Download CSV' }).getAttribute('href');
		assert.match(await (await paula.context.request.get(BASE + csv)).text(), /Sold.*EUR/);
		await paula.page.getByRole('combobox', { name: fr ? 'Période' : 'Period' }).click();
		await paula.page.getByRole('option', { name: fr ? 'L’année dernière' : 'Last year' }).click();
		await paula.sees(fr ? 'Rien n’a été gagné pendant cette période.' : 'No deals were won in this period');

		await paula.go('/');
		await link(fr ? 'Tarifs' : 'Price lists').click();
		await link('Retail').click();
		await paula.sees('Green tea');
		assert.match(await paula.page.locator('main').innerText(), fr ? /12,50.€[^]*À partir de 10 · 11,50.€/ : /€12\.50[^]*From quantity 10 · €11\.50/);
		assert.equal(await paula.page.getByText('Black tea').count(), 0);
		await paula.looks(`partner-prices-${name}`);
		await paula.close();
		await boss.close();
	});

test('a shared opportunity is listed with the user\'s own opportunities, and the pages disappear with the distributor', async () => {
	const boss = await member();
	const { make, paula, distributor } = await trade(boss);
	await make('opportunities', { name: 'Harvest', stage: 'opportunity', company_id: distributor });
	const { id } = await make('opportunities', { name: 'Guest', stage: 'opportunity' });
	await make('shares', { resource: 'deals', row_id: id, user_id: (await paula.call('/api/me')).user_id });
	await paula.go('/');
	await paula.sees('Guest');
	assert.equal(await paula.page.getByText('Harvest').count(), 0, 'not among the shared ones');
	await paula.page.getByRole('link', { name: 'Price lists' }).click();
	await paula.sees('No price lists yet');
	await paula.go('/opportunities');
	await paula.sees('Harvest');
	await boss.call(`/api/company_profiles/${distributor}`, { is_distributor: false }, 'PATCH');
	await paula.go('/opportunities');
	await paula.sees('Guest');
	assert.equal(await paula.page.getByRole('link', { name: 'Price lists' }).count(), 0);
	await paula.close();
	await boss.close();
});
