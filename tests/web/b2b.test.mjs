// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The b2b module: its pages appear when it is switched on in the settings, and disappear when it is switched off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { colleague, demonstrator, further, member, seedDemo } from './lib/browser.mjs';

seedDemo();

const menu = (who) => who.page.getByRole('menuitem', { name: 'Products', exact: true });
const flip = async (who) => {
	await who.go('/organization/modules');
	const choice = who.page.getByRole('switch', { name: 'B2B' });
	await choice.waitFor();
	await Promise.all([who.page.waitForEvent('load'), choice.click()]);
	await choice.waitFor();
	await who.settled();
};

test('a product of a new principal is entered by keyboard, without losing the focus or the text', async () => {
	const who = await member({ width: 1440 });
	const { page } = who;
	await who.call('/api/modules/b2b', { enabled: true }, 'PUT');
	const { id } = await who.call('/api/companies', { name: 'Harbor Dental' });
	await who.go('/products');
	await who.press('New product');
	const drawer = page.getByRole('dialog').first();
	const principal = drawer.getByRole('combobox', { name: /^Principal/ });
	await principal.click();
	await page.keyboard.type('Harbor');
	await drawer.getByText('Nothing matches “Harbor”').waitFor();
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await page.getByRole('dialog', { name: 'Make a company a principal' }).getByRole('combobox').waitFor();
	await page.keyboard.type('Harbor');
	await page.getByRole('option', { name: 'Harbor Dental' }).waitFor();
	await page.keyboard.press('Enter');
	await page.keyboard.press('Control+Enter');
	await page.getByRole('dialog', { name: 'Make a company a principal' }).waitFor({ state: 'detached' });
	await page.waitForFunction(() => document.activeElement?.name === 'sku');	// the next field
	assert.equal(await principal.inputValue(), 'Harbor Dental');
	assert.equal(await drawer.getByText('Nothing matches').count(), 0);
	await page.keyboard.type('F-1');
	await page.keyboard.press('Tab');
	await page.keyboard.type('Floss');
	await page.keyboard.press('Control+Enter');
	await who.sees('Product created');
	const [made] = await who.call('/api/products');
	assert.deepEqual([made.sku, made.name, made.principal_id], ['F-1', 'Floss', id]);
	await who.close();
});

long('an administrator switches the module on, and creates, archives and edits a product', async () => {
	const who = await demonstrator();
	await who.go('/companies');
	await who.page.getByRole('heading', { level: 1 }).waitFor();
	assert.equal(await menu(who).count(), 0);
	await flip(who);
	await who.go('/');
	await who.press('More');
	await menu(who).click();
	await who.sees('No products yet');
	const [company, other] = await who.call('/api/companies?range=[0,1]&sort=["name","ASC"]');
	await who.call(`/api/company_profiles/${company.id}`, { is_principal: true }, 'PATCH');
	await who.page.getByRole('button', { name: 'New product' }).first().click();
	await who.fill({ 'SKU *': 'T-1', 'Name *': 'Green tea' });
	await who.page.getByRole('combobox', { name: /^Principal/ }).fill(other.name);
	await who.settled();
	assert.equal(await who.page.getByRole('option', { name: other.name }).count(), 0, 'only principals are offered');
	await who.page.getByRole('combobox', { name: /^Principal/ }).fill(company.name);
	await who.page.getByRole('option', { name: company.name }).first().click();
	await who.press('Save');
	await who.sees('Product created');
	const [made] = await who.call('/api/products');
	assert.deepEqual([made.sku, made.principal_id], ['T-1', company.id]);
	await who.go(`/products/${made.id}/show`);
	await (await further(who.page, 'Access')).waitFor();
	assert.equal(await who.page.getByRole('button', { name: 'Share' }).count(), 0, 'only rows with an owner are shared');
	await who.page.keyboard.press('Escape');
	await who.page.getByRole('button', { name: 'Archive' }).click();
	await who.page.getByRole('button', { name: 'Unarchive' }).waitFor();
	assert.ok((await who.call(`/api/products/${made.id}`)).archived_at);
	await who.looks('product-desktop');
	await who.go(`/products/${made.id}`);
	await who.fill({ 'Name *': 'Black tea', Category: 'Tea' });
	await who.press('Save');
	await who.sees('Product updated');
	assert.equal((await who.call(`/api/products/${made.id}`)).category, 'Tea');
	await who.go('/products/create');
	await who.page.locator('datalist option[value="Tea"]').waitFor({ state: 'attached' });
	await who.go('/products');
	await who.sees('Black tea');
	await who.looks('products-desktop');
	await flip(who);
	await who.go('/companies');
	await who.page.getByRole('heading', { level: 1 }).waitFor();
	assert.equal(await menu(who).count(), 0);
	await who.close();
});

test('an owner adds a price list, a price in its currency, and terms', async () => {
	const who = await demonstrator();
	await flip(who);
	const [company, other] = await who.call('/api/companies?range=[0,1]&sort=["name","ASC"]');
	await who.call(`/api/company_profiles/${company.id}`, { is_principal: true }, 'PATCH');
	const product = await who.call('/api/products', { sku: 'T-2', name: 'Mint tea', principal_id: company.id });
	const choose = async (label, name) => {
		await who.page.getByRole('combobox', { name: label }).fill(name);
		await who.page.getByRole('option', { name }).first().click();
	};
	await who.go('/');
	await who.press('More');
	await menu(who).waitFor();
	const entries = await who.page.getByRole('menuitem').allTextContents();
	assert.match(entries.join(), /What.s new,Settings,Forecast,Principals,Products,Price lists,Distributor terms/);

	await who.go(`/companies/${company.id}/show?tab=price_lists`);
	await who.sees('No price lists yet');
	await who.page.getByRole('button', { name: 'New price list' }).click();
	await who.fill({ 'Name *': 'Retail', 'Currency *': 'jpy' });
	await who.press('Save');
	await who.sees('Price list created');
	const [list] = await who.call('/api/price_lists');
	assert.deepEqual([list.principal_id, list.currency], [company.id, 'JPY']);
	await who.go(`/price_lists/${list.id}`);
	await who.fill({ 'Currency *': 'EUR' });
	await who.press('Save');
	await who.sees('Price list updated');

	await who.go(`/products/${product.id}/show?tab=prices`);
	await who.sees('No prices yet');
	await who.page.getByRole('button', { name: 'New price' }).click();
	await choose(/^Price list/, 'Retail');
	await who.page.getByText('EUR', { exact: true }).waitFor();
	await who.fill({ 'Price *': '1.15', 'From quantity': '10' });
	await who.press('Save');
	await who.sees('Price created');
	const [price] = await who.call('/api/price_list_items');
	assert.deepEqual([price.price, price.min_quantity, price.product_id], [115, 10, product.id]);
	await who.go(`/products/${product.id}/show?tab=prices`);
	await who.sees('€1.15');
	await who.looks('product-prices-desktop');

	await who.go('/distributor_terms/create');
	await choose(/^Principal/, company.name);
	await choose(/^Distributor/, other.name);
	await who.fill({ Territory: 'France', 'Commission (%) *': '7.25', 'First day *': '2026-01-01' });
	await who.press('Save');
	await who.sees('Terms created');
	const [terms] = await who.call('/api/distributor_terms');
	assert.deepEqual([terms.principal_id, terms.distributor_id, terms.territory, terms.commission_rate, terms.valid_from],
		[company.id, other.id, 'France', 7.25, '2026-01-01']);
	await who.go(`/companies/${other.id}/show?tab=distributor_terms`);
	await who.sees('France, 7.25%');
	await who.looks('company-terms-desktop');
	await flip(who);
	await who.go(`/companies/${company.id}/show`);
	await who.page.getByRole('tab', { name: /^Deals/ }).waitFor();
	assert.equal(await who.page.getByRole('tab', { name: 'Products' }).count(), 0);
	await who.close();
});

long('a company gets a type and a parent, and a contact gets several organizations', async () => {
	const who = await demonstrator();
	const [company, parent] = await who.call('/api/companies?range=[0,1]&sort=["name","ASC"]');
	await who.go(`/companies/${company.id}/show`);
	await who.page.getByRole('heading', { name: 'About' }).waitFor();
	assert.equal(await who.page.getByRole('tab', { name: 'People' }).count(), 0);
	assert.equal(await who.page.getByRole('heading', { name: 'B2B profile' }).count(), 0);
	await flip(who);
	await who.go(`/companies/${company.id}/show`);
	const panel = who.page.getByRole('region', { name: 'B2B profile', exact: true });
	await panel.getByRole('button', { name: /^Show \d+ empty fields$/ }).click();
	await panel.locator('[data-edit]').first().click();
	await who.page.getByRole('option', { name: 'Distributor' }).click();
	await who.settled();
	await panel.getByText('Distributor').first().waitFor();
	await panel.locator('[data-edit]').last().click();
	await who.page.getByRole('combobox', { name: 'Parent' }).fill(parent.name);
	await who.page.getByRole('option', { name: parent.name }).click();
	await panel.getByRole('link', { name: parent.name }).waitFor();
	await who.settled();
	const { type, is_distributor, parent_id } = await who.call(`/api/company_profiles/${company.id}`);
	assert.deepEqual([type, is_distributor, parent_id], ['distributor', true, parent.id]);
	await who.page.evaluate(() => scrollTo(0, 0));	// the bar with the title is hidden while the page is scrolled down
	await who.page.getByRole('heading', { level: 1 }).waitFor();
	await who.looks('company-b2b-desktop');
	await who.go(`/companies/${parent.id}/show`);
	await panel.getByRole('link', { name: company.name }).waitFor();

	const [contact] = await who.call(`/api/contacts?range=[0,0]&filter=${encodeURIComponent(JSON.stringify({ company_id: company.id }))}`);
	await who.go(`/contacts/${contact.id}/show`);
	await who.page.getByRole('tab', { name: 'Organizations' }).click();
	await who.page.getByRole('button', { name: 'Add organization' }).click();
	await who.page.getByRole('dialog').getByRole('combobox', { name: /^Company/ }).fill(parent.name);
	await who.page.getByRole('option', { name: parent.name }).first().click();
	await who.fill({ Role: 'Advisor' });
	await who.press('Save');
	await who.sees('Organization added');
	await who.page.getByRole('button', { name: 'Make primary' }).click();
	await who.sees('Organization updated');
	await who.settled();
	assert.equal((await who.call(`/api/contacts/${contact.id}`)).company_id, parent.id);
	await who.looks('contact-b2b-desktop');
	await who.page.locator('li', { hasText: 'Advisor' }).getByRole('button', { name: 'Remove' }).click();
	await who.sees('Organization removed');
	await who.settled();
	assert.equal((await who.call(`/api/contacts/${contact.id}`)).company_id, company.id);
	await flip(who);
	await who.close();
});

long('the pages are in French on a phone', async () => {
	const who = await demonstrator({ width: 360, locale: 'fr-FR' });
	await flip(who);
	await who.go('/products');
	await who.sees('Black tea');
	await who.sees('Produits');
	await who.looks('products-phone');
	await who.go('/price_lists');
	await who.sees('Tarifs');
	await who.sees('Retail');
	await who.looks('price-lists-phone');
	await who.go('/distributor_terms');
	await who.sees('Conditions de distribution');
	await who.looks('distributor-terms-phone');
	const [contact] = await who.call('/api/contacts?range=[0,0]&filter={"company_id@gt":0}');
	await who.go(`/contacts/${contact.id}/show?tab=contact_organizations`);
	await who.sees('Principale');
	await who.looks('contact-b2b-phone');
	await flip(who);
	await who.close();
});

long('each principal is found, even without the permission to read profiles, and archived products are not', async () => {
	const who = await demonstrator();
	await flip(who);
	const many = Array.from({ length: 210 }, (_, n) => `Principal ${String(n).padStart(3, '0')}`);
	for (let n = 0; n < many.length; n += 70)
		await who.call('/api/batch', { operations: many.slice(n, n + 70).map((name) => ({ method: 'POST', resource: 'companies', data: { name } })) });
	await who.call('/api/company_profiles/bulk', { filter: { 'name@ilike': 'Principal ' }, set: { is_principal: true }, max: 500 });
	const last = many.at(-1);
	const [company] = await who.call(`/api/companies?filter=${encodeURIComponent(JSON.stringify({ name: last }))}`);
	const find = async (one, label, text) => {
		await one.page.getByRole('combobox', { name: label }).fill(text);
		await one.settled();
		return one.page.getByRole('option', { name: text, exact: true });
	};
	await who.call('/api/auth/organization/create-role', { role: 'clerk', permission: { companies: ['read'], products: ['read', 'create', 'update'] } });
	const clerk = await colleague(who, 'clerk');
	for (const one of [who, clerk]) {
		await one.go('/products/create');
		await (await find(one, /^Principal/, last)).click();
		await one.fill({ 'SKU *': one === who ? '1' : '2', 'Name *': one === who ? 'Offered' : 'Stopped' });
		await one.press('Save');
		await one.sees('Product created');
	}
	await clerk.close();
	const products = await who.call(`/api/products?filter=${encodeURIComponent(JSON.stringify({ principal_id: company.id }))}`);
	const [offered, stopped] = ['Offered', 'Stopped'].map((name) => products.find((one) => one.name === name));
	const list = await who.call('/api/price_lists', { principal_id: company.id, name: 'Long', currency: 'EUR' });
	const price = await who.call('/api/price_list_items', { price_list_id: list.id, product_id: stopped.id, price: 100 });
	await who.call(`/api/products/${stopped.id}`, { archived_at: new Date().toISOString() }, 'PATCH');
	await who.go(`/price_list_items/${price.id}`);
	const input = who.page.getByRole('combobox', { name: /^Product/ });
	await input.and(who.page.locator('[value="Stopped"]')).waitFor();
	await (await find(who, /^Product/, 'Offered')).waitFor();
	await who.go(`/price_lists/${list.id}/show`);
	await who.page.getByRole('button', { name: 'New price' }).click();
	const stoppedOption = await find(who, /^Product/, 'Stopped');
	await who.page.getByRole('option').or(who.page.getByText(/^Nothing matches/)).first().waitFor();
	assert.equal(await stoppedOption.count(), 0);
	await (await find(who, /^Product/, offered.name)).waitFor();
	await flip(who);
	await who.close();
});
