// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The data browser: all tables with filters, sorting and paging, for owners and admins only.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { long } from '../lib/api.mjs';
import { VISITS, demonstrator, member, seedDemo } from './lib/browser.mjs';

before(seedDemo);

const rows = (who) => who.page.locator('tbody tr');

for (const { name, ...look } of VISITS)
	long(`a table and a row match their screenshots (${name})`, async () => {
		const who = await demonstrator(look);
		const [maya] = await who.call('/api/contacts?filter={"q":"okafor"}');
		await who.go('/data');
		await who.page.getByRole('cell', { name: 'Okafor', exact: true }).waitFor();
		await who.looks(`data-${name}`);
		await who.page.getByRole('button', { name: String(maya.id) }).click();
		await who.page.getByRole('dialog', { name: `contacts ${maya.id}` }).getByText('email_jsonb').waitFor();
		await who.looks(`data-row-${name}`, { fullPage: false });
		await who.close();
	});

test('a table is filtered, and the URL contains the filters', async () => {
	const who = await demonstrator();
	await who.go('/data');
	await who.page.getByRole('cell', { name: 'Okafor', exact: true }).waitFor();
	await who.page.getByRole('combobox', { name: 'Column' }).click();
	await who.page.getByRole('option', { name: 'last_name' }).click();
	await who.page.getByRole('textbox', { name: 'Value' }).fill('okaf');
	await who.press('Filter');
	await who.sees('1 record');
	assert.equal(await rows(who).count(), 1);
	await who.page.reload();
	await who.sees('1 record');
	assert.equal(await rows(who).count(), 1);
	for (const spoiled of ['filter=null&sort={}', 'filter={}&sort=["nothing"]', 'filter=[{}]',
		'filter=[{"column":"last_seen","operator":"eq","value":"x"}]']) {
		await who.go(`/data?${spoiled}`);
		await who.page.getByRole('cell', { name: 'Okafor', exact: true }).waitFor();
	}
	await who.close();
});

test('pages follow a cursor in sort order, and every table of the server is shown', async () => {
	const who = await member();
	await who.call('/api/tags', { name: 'tag 00', color: '#eee' });
	for (let i = 1; i < 30; i++)
		await who.call('/api/tags', { name: `tag ${String(i).padStart(2, '0')}`, color: '#eee' });
	await who.go('/data/tags');
	await who.sees('30 records');
	await who.press('name');
	await who.page.waitForURL(/sort=/);
	await who.settled(); // waits for the response, because both orders begin with the same row
	await who.press('Next');
	await who.page.getByRole('cell', { name: 'tag 29' }).waitFor();
	assert.equal(await rows(who).count(), 5);
	await who.press('Previous');
	await who.page.getByRole('cell', { name: 'tag 00' }).waitFor();
	const { paths } = await who.call('/api/openapi.json');
	const lists = Object.entries(paths).filter(([path, { get }]) => path === `/api/${get?.['x-resource']}`).length;
	await who.page.getByRole('combobox', { name: 'Table' }).click();
	assert.equal(await who.page.getByRole('option').count(), lists);
	for (const table of ['daily_metrics', 'organizations', 'activity_log', 'webhook_deliveries']) {
		await who.go(`/data/${table}`);
		await who.page.getByRole('region', { name: table }).last().waitFor();
	}
	await who.close();
});
