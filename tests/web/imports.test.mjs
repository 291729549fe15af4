// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// File imports: preview, import, undo.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { LOOKS, member } from './lib/browser.mjs';

const people = `Given name;Surname;E-mail;Company;Shoe size
Ada;Lovelace;ada@engines.example;Analytical Engines;37
Charles;Babbage;charles@engines.example;Analytical Engines;43
Grace;Hopper;no address;Navy;38
`;
const names = async (who) => (await who.call('/api/contacts?sort=["last_name","ASC"]')).map((one) => one.last_name);

// Drops a file on the page, as if a user had dragged it.
async function drop(page, name, text) {
	const data = await page.evaluateHandle(([title, content]) => {
		const transfer = new DataTransfer();
		transfer.items.add(new File([content], title, { type: 'text/csv' }));
		return transfer;
	}, [name, text]);
	for (const type of ['dragover', 'drop'])
		await page.dispatchEvent('[data-drop]', type, { dataTransfer: data });
}

async function choose(page, field, option) {
	const saved = page.waitForResponse((rs) => rs.request().method() === 'PATCH');
	await page.getByRole('combobox', { name: field }).click();
	await page.getByRole('option', { name: option }).click();
	await saved;
}

test('a file is dropped, mapped, imported, and undone', async () => {
	const [{ name, ...look }] = LOOKS;
	const who = await member(look);
	const { page } = who;
	await who.go('/contacts');
	await page.getByRole('link', { name: 'Import', exact: true }).click();
	await drop(page, 'people.csv', people);
	await page.getByRole('cell', { name: 'Lovelace' }).waitFor();
	await who.sees('3 rows in the file');
	await who.looks(`import-file-${name}`);
	await who.press('Continue');
	await page.getByText('error', { exact: true }).waitFor();
	await who.sees('All 3 rows are checked. Created: 2 · Errors: 1. Rows with errors aren’t imported.');
	await page.getByRole('combobox', { name: 'Match by' }).filter({ hasText: 'Email' }).waitFor();
	await who.looks(`import-plan-${name}`);
	await choose(page, 'Field for Shoe size', 'Background');
	await page.getByRole('columnheader', { name: 'Background' }).waitFor();
	await who.press('Save mapping');
	await who.fill({ Name: 'From the fair' });
	await who.press('Save');
	await who.sees('Mapping saved');
	const address = page.url();
	await who.press('Import 2 rows');
	await page.getByRole('heading', { name: 'Done' }).waitFor();
	await page.goto(address); // the import is found again after the page was closed
	await page.getByRole('heading', { name: 'Done' }).waitFor();
	await who.looks(`import-done-${name}`);
	assert.deepEqual(await names(who), ['Babbage', 'Lovelace']);
	const [file] = await Promise.all([page.waitForEvent('download'),
		page.getByRole('link', { name: 'Download failed rows' }).click()]);
	assert.match((await (await file.createReadStream()).toArray()).join(''), /Hopper.*no address/);

	await who.press('Undo import');
	await page.getByRole('dialog').getByRole('button', { name: 'Undo import' }).click();
	await page.getByRole('heading', { name: 'Undone' }).waitFor();
	assert.deepEqual(await names(who), []);
	await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Imports' }).click();
	await page.getByRole('link', { name: 'people.csv' }).waitFor();
	await who.looks(`imports-${name}`);
	await who.close();
});

long('the result reports repeated addresses if the organization wants a warning', async () => {
	const who = await member(LOOKS[0]);
	const { page } = who;
	const [{ config }] = await who.call('/api/configuration');
	await who.call('/api/configuration/1', { config: { ...config, uniqueContactEmails: 'warn' } }, 'PATCH');
	await who.call('/api/contacts', { last_name: 'King', email_jsonb: [{ email: 'ADA@engines.example', type: 'Work' }] });
	await who.go('/contacts');
	await page.getByRole('link', { name: 'Import', exact: true }).click();
	await drop(page, 'people.csv', people);
	await who.press('Continue');
	await choose(page, 'Match by', 'Don’t match (create all)');
	await who.press('Import 2 rows');
	await page.getByRole('heading', { name: 'Done' }).waitFor();
	await who.sees('1 imported record has an email address, name or domain that another record has.');
	await who.close();
});

long('errors beyond the first rows are shown before the import, and a check applies to one mapping', async () => {
	const who = await member(LOOKS[0]);
	const { page } = who;
	await who.go('/imports/create?resource=contacts');
	await drop(page, 'many.csv', `Last name,Email\n${Array.from({ length: 190 }, (_, n) => `L${n},${n === 150 ? 'nobody' : `l${n}@many.test`}`).join('\n')}\n`);
	await who.sees('190 rows in the file');
	await who.press('Continue');
	await who.sees('All 190 rows are checked. Created: 189 · Errors: 1');
	await page.getByRole('row').filter({ hasText: 'is not an email address' }).filter({ hasText: 'L150' }).waitFor();
	await page.getByRole('button', { name: 'Import 189 rows' }).waitFor();
	await who.looks('import-errors');
	// While a new mapping is being checked, the result of the previous mapping is not shown.
	let go;
	const held = new Promise((resolve) => { go = resolve; });
	await page.route('**/preview?limit=200', (route) => held.then(() => route.continue()));
	await choose(page, 'Field for Email', 'Background');
	await page.getByText('All 190 rows are checked.').waitFor({ state: 'detached' });
	await page.getByRole('combobox', { name: 'Field for Last name' }).filter({ hasText: 'Last name' }).waitFor();
	await page.getByText('L0 · L1 · L2').waitFor();
	go();
	await who.sees('All 190 rows are checked. Created: 190.');
	await page.getByRole('columnheader', { name: 'Background' }).waitFor();
	await who.close();
});

for (const [{ name, ...look }, text] of [[LOOKS[0], { next: 'Continue', first: /^The first 200 rows are checked\. Created: 100 · Errors: 100\./,
	more: 'and 50 more errors', check: 'Check the whole file', all: /^All 2,000 rows are checked\. Created: 1,800 · Errors: 200\./,
	rest: 'and 150 more errors', file: 'Download failed rows', row: 'Emails (Work): “no10” is not an email address', start: 'Import 1,800 rows', done: 'Done' }],
[LOOKS[1], { next: 'Continuer', first: /^Les 200 premières lignes sont vérifiées/, more: 'et 50 autres erreurs', check: 'Vérifier tout le fichier',
	all: /^Les 2.000 lignes sont vérifiées/, rest: 'et 150 autres erreurs', file: 'Télécharger les lignes en erreur',
	row: 'E-mails (Travail) : « no10 » n’est pas une adresse e-mail', start: /^Importer 1.800 lignes/, done: 'Terminé' }]])
	long(`the whole file is checked before the import (${name})`, async () => {
		const who = await member(look);
		const { page } = who;
		await who.go('/imports/create?resource=contacts');
		await page.setInputFiles('input[type=file]', { name: 'many.csv', mimeType: 'text/csv', buffer: Buffer.from(
			`Last name,Email\n${Array.from({ length: 2000 }, (_, n) => `L${n},${n % (n < 200 ? 2 : 18) ? `l${n}@m.test` : `no${n}`}`).join('\n')}\n`) });
		await who.press(text.next);
		await who.sees(text.first);
		await page.getByText(text.more).waitFor();
		assert.equal(await page.getByRole('row').filter({ hasText: text.row.split(/[”»] /).at(-1) }).count(), 50);
		await page.getByText(text.row).waitFor();
		await who.press(text.check);
		await who.sees(text.all);
		await page.getByText(text.rest).waitFor();
		await page.evaluate(() => scrollTo(0, 0)); // the top bar is hidden while the page is scrolled down
		await page.getByRole('heading', { level: 1 }).waitFor();
		await who.looks(`import-check-${name}`);
		assert.deepEqual(await who.call('/api/contacts'), []);
		const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: text.file }).click()]);
		assert.match((await (await file.createReadStream()).toArray()).join(''), /no1998/);
		await page.getByRole('button', { name: text.start }).click();
		await page.getByRole('heading', { name: text.done }).waitFor();
		assert.equal((await who.call('/api/contacts/aggregate?values=["count"]'))[0].count, 1800);
		await who.close();
	});

for (const [{ name, ...look }, text] of [[LOOKS[0], { next: 'Continue', dates: 'Dates', first: 'Month first (12/31/2026)', order: /“03\/04\/2026” can begin with the day or the month/,
	left: 'The values of this column aren’t imported: Shoe size (1 row)', start: 'Import 2 rows', done: 'Done', workbook: /This is an Excel workbook.*CSV UTF-8/ }],
[LOOKS[1], { next: 'Continuer', dates: 'Dates', first: 'Mois en premier (12/31/2026)', order: /« 03\/04\/2026 » commence par le jour ou par le mois/,
	left: 'Les valeurs de cette colonne ne sont pas importées : Shoe size (1 ligne)', start: 'Importer 2 lignes', done: 'Terminé', workbook: /C’est un classeur Excel.*CSV UTF-8/ }]])
	long(`the order of dates is chosen, and columns without a field are a warning (${name})`, async () => {
		const who = await member(look);
		const { page } = who;
		await who.go('/imports/create?resource=contacts');
		const take = (file, content) => page.setInputFiles('input[type=file]', { name: file, mimeType: 'text/csv', buffer: Buffer.from(content, 'latin1') });
		await take('book.xlsx', 'PK\x03\x04 rest');
		await page.getByText(text.workbook).waitFor();
		await take('people.csv', 'sep=|\nLast name|First seen|Shoe size\nOne|03/04/2026|37\nTwo|31.12.2025|\n');
		await page.getByRole('cell', { name: '03/04/2026' }).waitFor();
		assert.equal(await page.locator('#skip').inputValue(), '1');
		await who.press(text.next);
		await page.getByText(text.order).waitFor();
		await who.sees(text.left);
		await who.looks(`import-dates-${name}`);
		await choose(page, text.dates, text.first);
		await page.getByText(text.order).waitFor({ state: 'detached' });
		await page.getByRole('cell', { name: '2026-03-04' }).waitFor();
		await page.getByRole('cell', { name: '31.12.2025', exact: true }).waitFor(); // 31 cannot be a month
		await choose(page, text.dates, /31.12.2026/);
		await page.getByRole('cell', { name: '2026-04-03' }).waitFor();
		await page.getByRole('button', { name: text.start }).click();
		await page.getByRole('heading', { name: text.done }).waitFor();
		await who.sees(text.left);
		await who.looks(`import-left-${name}`);
		assert.deepEqual((await who.call('/api/contacts?sort=["last_name","ASC"]')).map(({ first_seen }) => first_seen.slice(0, 10)), ['2026-04-03', '2025-12-31']);
		await who.close();
	});

long('labels of choices become values, and existing contacts are updated', async () => {
	const who = await member(LOOKS[0]);
	const { page } = who;
	const send = async (resource, text) => {
		await who.go(`/imports/create?resource=${resource}`);
		await drop(page, `${resource}.csv`, text);
		await who.press('Continue');
		await page.getByRole('button', { name: /^Import / }).click();
		await page.getByRole('heading', { name: 'Done' }).waitFor();
	};
	await send('deals', 'Name,Stage,Category\nPoster,Proposal sent,UI design\nLogo,won,\n');
	assert.deepEqual((await who.call('/api/deals?sort=["name","ASC"]')).map(({ stage, category }) => [stage, category]),
		[['won', null], ['proposal-sent', 'ui-design']]);
	await who.call('/api/contacts', { last_name: 'King', email_jsonb: [{ email: 'ADA@engines.example', type: 'Work' }] });
	await send('contacts', people);
	assert.deepEqual(await names(who), ['Babbage', 'Lovelace']);
	await who.close();
});

long('vCards are imported on a phone, in French', async () => {
	const [, { name, ...look }] = LOOKS;
	const who = await member(look);
	const { page } = who;
	await who.go('/imports');
	await page.getByRole('link', { name: 'Importer un fichier' }).click();
	await who.looks(`import-empty-${name}`);
	const take = (file, text) => page.setInputFiles('input[type=file]', { name: file, mimeType: 'text/csv', buffer: Buffer.from(text) });
	await take('people.csv', people);
	await page.getByRole('cell', { name: 'Lovelace' }).waitFor();
	await who.looks(`import-file-${name}`);
	await who.press('Continuer');
	await page.getByText('erreur', { exact: true }).waitFor();
	await who.looks(`import-plan-${name}`);
	await who.go('/imports/create');
	await take('cards.txt', 'BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lovelace;Ada;;;\r\nFN:Ada Lovelace\r\nEND:VCARD\r\n');
	await who.press('Continuer');
	await page.getByRole('cell', { name: 'Lovelace' }).waitFor();
	await who.press('Importer');
	await page.getByRole('heading', { name: 'Terminé' }).waitFor();
	await who.looks(`import-done-${name}`);
	assert.deepEqual(await names(who), ['Lovelace']);
	await who.close();
});
