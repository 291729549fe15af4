// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Lists as boards whose columns are the values of a choice field, for custom objects and other resources.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carry, drag } from './lib/board.mjs';
import { VISITS, colleague, member } from './lib/browser.mjs';

const column = (who, name) => who.page.getByRole('region', { name, exact: true });
const show = async (who, view) => {
	await who.page.getByRole('button', { name: /^(View as|Afficher par)$/ }).click();
	await who.page.getByRole('menuitem', { name: view }).click();
};

async function machines(who, rows = ['Lathe', 'Drill']) {
	const { resource } = await who.call('/api/object_definitions', { label: 'Machine', plural: 'Machines', icon: 'machine' });
	await who.call('/api/field_definitions', { resource, label: 'State', kind: 'choice', choices: ['new', 'in use', 'worn'] });
	for (const name of rows)
		await who.call(`/api/${resource}`, { name, custom: { state: 'new' } });
	return resource;
}
const states = async (who) => Object.fromEntries((await who.call('/api/custom_machines?sort=["name","ASC"]'))
	.map(({ name, custom }) => [name, custom?.state ?? null]));

test('the rows of an object are moved on its board by mouse, keyboard and menu, and a move is undone', async () => {
	const who = await member();
	const { page } = who;
	await machines(who);
	await who.go('/custom_machines');
	await show(who, 'Board: State');
	await column(who, 'new').getByRole('link', { name: 'Lathe' }).waitFor();
	assert.deepEqual(await page.locator('[data-stage] h2').allInnerTexts(), ['No value', 'new', 'in use', 'worn']);
	await who.settled();
	await drag(page, page.locator('[data-card]').filter({ hasText: 'Lathe' }), column(who, 'in use'));
	await column(who, 'in use').getByText('Lathe').waitFor();
	await who.sees('“Lathe” moved to in use');
	assert.deepEqual(await states(who), { Drill: 'new', Lathe: 'in use' });
	await carry(who, 'Lathe', 'ArrowRight');
	await column(who, 'worn').getByText('Lathe').waitFor();
	await who.sees('“Lathe” moved to worn');
	await page.getByRole('button', { name: 'Move “Drill”' }).click();
	await page.getByRole('menuitem', { name: 'Move to No value' }).click();
	await column(who, 'No value').getByText('Drill').waitFor();
	await who.sees('“Drill” moved to No value');
	assert.deepEqual(await states(who), { Drill: null, Lathe: 'worn' });
	await page.getByRole('alert').filter({ hasText: '“Drill” moved to No value' }).getByRole('button', { name: 'Undo' }).click();
	await column(who, 'new').getByText('Drill').waitFor();
	assert.deepEqual(await states(who), { Drill: 'new', Lathe: 'worn' });
	await page.getByRole('button', { name: 'New Machine in “in use”' }).click();
	const form = page.getByRole('dialog');
	await form.getByRole('textbox', { name: 'Name' }).fill('Press');
	await form.getByRole('button', { name: 'Save' }).click();
	await column(who, 'in use').getByText('Press').waitFor();
	// A refused move is reverted.
	who.expect(/^422 PATCH /);
	await page.route('**/api/custom_machines/*', (route) => (route.request().method() === 'PATCH'
		? route.fulfill({ status: 422, contentType: 'application/problem+json', body: '{"title":"no","status":422}' }) : route.continue()));
	await carry(who, 'Press', 'ArrowLeft');
	await page.getByRole('alert').filter({ hasText: '“Press” wasn’t moved' }).waitFor();
	await column(who, 'in use').getByText('Press').waitFor();
	assert.equal((await states(who)).Press, 'in use');
	await who.close();
});

test('a saved view of a board is shared, and cards cannot be moved without the permission to update', async () => {
	const who = await member();
	const { page } = who;
	await machines(who);
	await who.go('/custom_machines');
	await show(who, 'Board: State');
	await column(who, 'new').getByText('Drill').waitFor();
	await page.getByRole('button', { name: 'Views' }).click();
	await page.getByRole('menuitem', { name: 'Save view' }).click();
	await who.fill({ Name: 'By state' });
	await page.getByRole('dialog').getByLabel('Share with everyone').check();
	await who.press('Save');
	await page.getByRole('button', { name: 'By state' }).waitFor();
	const [view] = await who.call('/api/views?filter={"resource":"custom_machines"}');
	assert.equal(view.group_by, 'custom.state');
	await show(who, 'Table');
	await page.getByRole('columnheader', { name: 'State' }).waitFor();
	await page.getByRole('button', { name: 'Views' }).waitFor();

	const reader = await colleague(who, 'viewer');
	await reader.go('/custom_machines');
	await reader.page.getByRole('link', { name: 'Drill' }).waitFor();
	await reader.page.getByRole('button', { name: 'Views' }).click();
	await reader.page.getByRole('menuitem', { name: 'By state' }).click();
	await column(reader, 'new').getByText('Drill').waitFor();
	assert.equal(await reader.page.getByRole('button', { name: /^Move|New Machine in/ }).count(), 0);
	await reader.close();
	await who.close();
});

test('companies have a board by a custom field, with the filters of the list', async () => {
	const who = await member();
	await who.call('/api/field_definitions', { resource: 'companies', label: 'Tier', kind: 'choice', choices: ['gold', 'silver'], required: false });
	for (const [name, tier] of [['Acme', 'gold'], ['Bolt', 'silver'], ['Acre', null]])
		await who.call('/api/companies', { name, custom: { tier } });
	await who.go('/companies');
	await show(who, 'Board: Tier');
	await column(who, 'gold').getByText('Acme').waitFor();
	await column(who, 'silver').getByText('Bolt').waitFor();
	await column(who, 'No value').getByText('Acre').waitFor();
	await who.go(`/companies?filter=${encodeURIComponent('{"name@ilike":"Ac"}')}`);
	await column(who, 'gold').getByText('Acme').waitFor();
	await column(who, 'No value').getByText('Acre').waitFor();
	assert.equal(await who.page.getByText('Bolt').count(), 0);
	await carry(who, 'Acre', 'ArrowRight', 'ArrowRight');
	await column(who, 'silver').getByText('Acre').waitFor();
	await who.sees('“Acre” moved to silver');
	assert.deepEqual((await who.call('/api/companies?filter={"name":"Acre"}'))[0].custom, { tier: 'silver' });
	await who.close();
});

for (const { name, ...look } of VISITS)
	test(`a board is complete (${name})`, async () => {
		const who = await member(look);
		await machines(who);
		await who.go('/custom_machines');
		const more = who.page.getByRole('button', { name: /^(More actions|Autres actions)$/ });
		await more.or(who.page.getByRole('button', { name: /^(View as|Afficher par)$/ })).first().waitFor();
		if (await more.isVisible())
			await more.click();
		await show(who, /State/);
		await who.page.locator('[data-card]').filter({ hasText: 'Lathe' }).waitFor();
		await who.settled();
		await who.looks(`board-${name}`);
		assert.doesNotMatch(await who.page.locator('body').innerText(), /resources\.|board\./);
		await who.close();
	});
