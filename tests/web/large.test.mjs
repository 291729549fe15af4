// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it drops an index, and its rows have small IDs.
// long: it creates 200,000 rows.
// With 200,000 contacts, 300 colleagues and tags, every page requests some rows, never a whole table.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { member } from './lib/browser.mjs';

const CONTACTS = 200_000;
const MOST = 200_000; // maximum number of bytes in a response

// Inserts the rows as a restore would: without triggers, and with indexes created afterwards.
async function fill(who) {
	const { organization_id, id } = await who.call('/api/me');
	execFileSync('psql', ['-Xq', '-v', 'ON_ERROR_STOP=1', '-v', `org=${organization_id}`, '-v', `me=${id}`,
		'-v', `contacts=${CONTACTS}`, '-f', '-'], { input: `
		SET session_replication_role = replica;
		INSERT INTO crm.companies (org_id, id, name, sector)
			SELECT :'org', i, 'Company ' || i, 'it' FROM generate_series(1, 2000) i;
		INSERT INTO crm.contacts (org_id, id, first_name, last_name, title, company_id, sales_id, status, last_seen, email_jsonb)
			SELECT :'org', i, 'Person', 'Number' || i, 'Buyer', 1 + i % 2000, :me,
				(ARRAY['cold', 'warm', 'hot', 'in-contract'])[1 + i % 4], now() - i * interval '1 minute',
				jsonb_build_array(jsonb_build_object('email', 'person' || i || '@large.test', 'type', 'Work'))
			FROM generate_series(1, :contacts) i;
		INSERT INTO crm.sales (org_id, id, first_name, last_name, email, administrator, user_id)
			SELECT :'org', i, 'Colleague', 'Number' || i, 'colleague@large.test', false, gen_random_uuid()
			FROM generate_series(1, 300) i;
		INSERT INTO crm.tags (org_id, id, name, color) SELECT :'org', i, 'tag' || i, '#88aa88' FROM generate_series(1, 300) i;
		SET session_replication_role = origin;
		SELECT ops.count_total(t) IS NULL AS x FROM unnest('{crm.companies,crm.contacts}'::regclass[]) t \\g /dev/null
		DROP INDEX crm.search_documents_lexemes;
		SELECT crm.write_documents(t) IS NULL AS x
			FROM unnest('{crm.companies,crm.contacts}'::regclass[]) t \\g /dev/null
		CREATE INDEX search_documents_lexemes ON crm.search_documents
			USING gin (crm.lexemes(org_id, kind, title, body)) WITH (fastupdate = off) WHERE indexed;
		VACUUM ANALYZE;` });
}

test('lists, filters, searches and choices request only what they show', async (t) => {
	const who = await member();
	await fill(who);
	const { page } = who;
	const row = (name) => page.getByRole('row').filter({ hasText: name });
	const answers = [];
	page.on('response', (rs) => {
		const path = rs.url().replace(/^[^/]*\/\/[^/]*/, '');
		if (path.startsWith('/api/') && !path.includes('/stream'))
			answers.push(rs.body().then((body) => ({ path, size: body.length }), () => ({ path, size: 0 })));
	});
	const took = async (what, deed) => {
		const start = performance.now();
		await deed();
		t.diagnostic(`say ${what}: ${Math.round(performance.now() - start)} ms`);
		await who.settled();
	};
	await took('the dashboard', async () => {
		await who.go('/');
		await page.getByText((CONTACTS).toLocaleString('en')).first().waitFor();
	});
	await took('the list', async () => {
		await who.go('/contacts');
		await row('Number1').first().waitFor();
		await page.getByText('1-50 of 200,000').waitFor();
	});
	await took('the next page', async () => {
		await page.getByRole('button', { name: 'Go to page 2' }).click();
		await row('Number77').first().waitFor();
	});
	await took('a name', async () => {
		await page.getByPlaceholder('Search').fill('number199999');
		await row('Number199999').waitFor();
		await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
	});
	await took('a status', async () => {
		await who.go('/contacts?filter={"status":"hot"}');
		await row('Number2').first().waitFor();
		await page.getByText('1-50 of more than 10,000').waitFor();
	});
	await took('another order', async () => {
		await who.go('/contacts?sort=last_name&order=DESC');
		await row('Number99999').first().waitFor();
	});
	await took('the palette', async () => {
		await page.keyboard.press('Control+k');
		await page.getByRole('combobox', { name: 'Search' }).fill('number123456');
		await page.getByRole('option', { name: /Number123456/ }).first().waitFor();
		await page.keyboard.press('Escape');
	});
	await took('a choice in a form', async () => {
		await who.go('/tasks/create');
		await page.getByRole('combobox', { name: /^Contact/ }).fill('number54321');
		await page.getByRole('option', { name: 'Person Number54321' }).waitFor();
		await page.getByRole('combobox', { name: 'Owner' }).fill('number298');
		await page.getByRole('option', { name: 'Colleague Number298' }).click();
		await page.getByRole('combobox', { name: 'Owner' }).and(page.locator('[value="Colleague Number298"]')).waitFor();
	});
	await took('a choice in a filter', async () => {
		await who.go('/contacts');
		await row('Number1').first().waitFor();
		for (const [filter, words, option, url] of [['Owner', 'number299', 'Colleague Number299', /sales_id%22%3A299/],
			['Tags', 'tag297', 'tag297', /tags%40cs%22%3A%5B297%5D/]]) {
			await page.getByRole('button', { name: 'Add filter' }).click();
			await page.getByRole('menuitemcheckbox', { name: filter }).click();
			await page.getByRole('combobox', { name: filter }).fill(words);
			await page.getByRole('option', { name: option }).click();
			await page.waitForURL(url);
		}
	});
	await took('the tables', async () => {
		await who.go('/data/contacts');
		await page.getByRole('row').nth(5).waitFor();
	});
	await took('pairs that may be one', async () => {
		await who.go('/duplicates');
		await page.getByRole('heading', { level: 1 }).waitFor();
	});
	const all = await Promise.all(answers);
	assert.ok(all.length > 20);
	const rows = all.filter(({ path }) => path !== '/api/openapi.json'); // the list of tables is not counted
	assert.deepEqual(rows.filter(({ size }) => size > MOST), []);
	for (const { path } of all) {
		const [, from, to] = /range=%5B(\d+)%2C(\d+)%5D/.exec(path) ?? [];
		assert.ok(from === undefined || to - from < 1000, path);
	}
	await who.close();
});
