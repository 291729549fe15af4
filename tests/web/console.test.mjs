// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_CONSOLE=on
// own stack: it grants a privilege on a parameter of the server.
// long: api/operations/console has the rules.
// The SQL console of operators: rows, their file, plans, and what the organization sees.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { VISITS, member } from './lib/browser.mjs';

const sql = (text) => execFileSync('psql', ['-XqAtc', text], { encoding: 'utf8' }).trim();
let owner;

before(() => {
	owner = sql(`SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'ops'`);
	sql(`GRANT SET ON PARAMETER temp_file_limit TO ${owner}`);
});
after(() => sql(`REVOKE SET ON PARAMETER temp_file_limit FROM ${owner}`));

for (const { name, ...look } of VISITS)
	test(`a statement, its file, its plan and its record (${name})`, async () => {
		const who = await member({ first_name: 'Olive', last_name: 'Operator', ...look }), { page } = who;
		execFileSync(`${process.env.BUILD}/tenantry`, ['user', 'role', who.email, 'admin']);
		const { organization_id: org } = await who.call('/api/me');
		await who.call('/api/contacts', { first_name: 'Grace', last_name: '=Hopper' });
		await who.go('/administration/console');
		const write = (text) => page.getByRole('textbox', { name: /^(SELECT statement|Requête SELECT)/ }).fill(text);

		await write('SELECT first_name, last_name, title FROM contacts');
		await page.getByLabel(/^(Organization|Organisation)$/).fill(org);
		await page.getByRole('button', { name: /^(Run|Exécuter)$/ }).click();
		await page.getByRole('cell', { name: 'Grace' }).waitFor();
		await page.getByRole('columnheader', { name: 'last_name' }).waitFor();
		await who.looks(`console-rows-${name}`);
		const file = page.waitForEvent('download');
		await page.getByRole('button', { name: /CSV/ }).click();
		assert.equal(await readFile(await (await file).path(), 'utf8'), '\ufefffirst_name,last_name,title\r\nGrace,"\'=Hopper",');

		await page.getByRole('button', { name: /^(Run and measure plan|Exécuter et mesurer le plan)$/ }).click();
		await page.getByRole('region', { name: /^(Query plan|Plan d’exécution)$/ }).getByText(/contacts/).first().waitFor();
		await who.looks(`console-plan-${name}`);

		who.expect(/^422 POST \/api\/operators\/console$/);
		await write('SELECT password FROM "identity"."account"');
		await page.getByRole('button', { name: /^(Run|Exécuter)$/ }).click();
		await page.getByRole('alert').getByText(/42501/).waitFor();
		await page.getByRole('listitem').filter({ hasText: 'SELECT password FROM "identity"."account"' }).getByText(/42501/).waitFor();

		await who.go('/audit_log');
		await who.sees(/Read with SQL by an operator|Lecture SQL par un exploitant/);
		await who.close();
	});
