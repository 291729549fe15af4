// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// optimized: its page lives for a minute.
// An administrator and a member use the pages of the records of a module: create, edit, the first button, delete.
//
// Mouse and keyboard, a wide and a narrow page take turns over the records and the steps. The turns of each role begin with
// another of these inputs, as do those of the owner in forms.test.mjs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turn } from '../lib/api.mjs';
import { colleague, member } from './lib/browser.mjs';
import { creatable, createAll, edit, input, kept, main, remove } from './lib/records.mjs';

// What records of a module refer to.
const NEEDS = { crm: ['companies'], b2b: ['companies', 'companies', 'contacts', 'deals'], factory: [], membership: [] };

// The other pairs are not listed: some of their records have no form at their address, so that remove() cannot tell that
// they are gone.
const pairs = [{ role: 'admin', module: 'crm', first: 1 }, { role: 'member', module: 'b2b', first: 2 }];

for (const { role, module, first } of turn(pairs))
	test(`the role ${role} works with the records of ${module}`, async () => {
		const boss = await member();
		if (module !== 'crm')
			await boss.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
		const { paths } = await boss.call('/api/openapi.json');
		const who = await colleague(boss, role, { width: 1440 });
		who.page.on('dialog', (dialog) => dialog.accept());
		who.expect(/^404 GET /);	// the page of the deleted record
		const catalogue = await who.call('/api/catalogue'), may = (name, action) => catalogue[name]?.actions.includes(action);
		const names = creatable({ paths }).filter((name) => (paths[`/api/${name}`].post['x-module'] ?? 'crm') === module && may(name, 'create'));
		assert.ok(names.length > 3, names.join());
		await who.go('/');
		await who.settled();
		const order = (name) => names.indexOf(name) + first;
		const [rows, faults] = await createAll(who, [...NEEDS[module], ...names], (name) => input(who, order(name)));
		assert.deepEqual(faults, []);
		const some = names.filter((_, n) => n % 3 === first % 3);
		const each = async (list, work, from) => {
			for (const name of list)
				await work(who, name, rows[name], await input(who, order(name) + from)).catch(({ message }) => faults.push(`${work.name} ${name}: ${message}`));
		};
		await each(some.filter((name) => paths[`/api/${name}/{id}`].patch && may(name, 'update')), edit, 1);
		await each([...new Set([...some, ...names.filter((name) => /_holds$/.test(name))])].filter((name) => may(name, 'update')), main, 2);
		await each([...some].reverse().filter((name) => paths[`/api/${name}/{id}`].delete && may(name, 'delete') && !kept(name)), remove, 3);
		assert.deepEqual(faults, []);
		await who.close();
		await boss.close();
	});
