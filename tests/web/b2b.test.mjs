// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The module b2b: switched on in the settings, with its pages; gone when it is off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demonstrator, seedDemo } from './lib/browser.mjs';

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

test('an administrator switches it on, and creates, archives and edits a product', async () => {
	const who = await demonstrator();
	await who.go('/companies');
	await who.page.getByRole('heading', { level: 1 }).waitFor();
	assert.equal(await menu(who).count(), 0);
	await flip(who);
	await who.go('/');
	await menu(who).click();
	await who.sees('No products yet');
	await who.page.getByRole('button', { name: 'New product' }).first().click();
	const [company] = await who.call('/api/companies?range=[0,0]&sort=["name","ASC"]');
	await who.fill({ 'SKU *': 'T-1', 'Name *': 'Green tea' });
	await who.page.getByRole('combobox', { name: /^Principal/ }).fill(company.name);
	await who.page.getByRole('option', { name: company.name }).first().click();
	await who.press('Save');
	await who.sees('Product created');
	const [made] = await who.call('/api/products');
	assert.deepEqual([made.sku, made.principal_id], ['T-1', company.id]);
	await who.go(`/products/${made.id}/show`);
	await who.page.getByRole('button', { name: 'Access' }).waitFor();
	assert.equal(await who.page.getByRole('button', { name: 'Share' }).count(), 0, 'only rows with an owner are shared');
	await who.page.getByRole('button', { name: 'Archive' }).click();
	await who.page.getByRole('button', { name: 'Unarchive' }).waitFor();
	assert.ok((await who.call(`/api/products/${made.id}`)).archived_at);
	await who.looks('product-desktop');
	await who.go(`/products/${made.id}`);
	await who.fill({ 'Name *': 'Black tea' });
	await who.press('Save');
	await who.sees('Product updated');
	await who.go('/products');
	await who.sees('Black tea');
	await who.looks('products-desktop');
	await flip(who);
	await who.go('/companies');
	await who.page.getByRole('heading', { level: 1 }).waitFor();
	assert.equal(await menu(who).count(), 0);
	await who.close();
});

test('in French, on a phone', async () => {
	const who = await demonstrator({ width: 360, locale: 'fr-FR' });
	await flip(who);
	await who.go('/products');
	await who.sees('Black tea');
	await who.sees('Produits');
	await who.looks('products-phone');
	await flip(who);
	await who.close();
});
