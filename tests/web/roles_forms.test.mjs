// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// optimized: its page is open for a minute.
// An administrator, a member and a role with the actions of all resources use the pages of a module's records: they
// create, edit and delete records, and press the first button. Each commit tests one pair of role and module, and
// "script/test --all" tests all pairs. forms.test.mjs tests the owner, users who may only create, and users who may
// not. portal_forms.test.mjs tests members with their own records.
//
// Mouse and keyboard, and a wide and a narrow page, take turns over the records and the steps. Each role, like the
// owner in forms.test.mjs, begins with a different combination.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONG, turn } from '../lib/api.mjs';
import { colleague, member } from './lib/browser.mjs';
import { creatable, createAll, edit, input, kept, main, remove } from './lib/records.mjs';

// The records to which a module's records refer.
const NEEDS = { crm: ['companies'], b2b: ['companies', 'companies', 'contacts', 'deals'], factory: [], membership: [] };

const ROLES = ['admin', 'member', 'editor'];
// In the factory, only administrators have records with forms.
const pairs = ROLES.flatMap((role, n) => Object.keys(NEEDS).map((module, m) => ({ role, module, first: n + m + 1 })))
	.filter(({ role, module }) => role !== 'member' || module !== 'factory');

for (const { role, module, first } of turn(pairs))
	test(`the role ${role} works with the records of ${module}`, async () => {
		const boss = await member();
		if (module !== 'crm')
			await boss.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
		const { paths } = await boss.call('/api/openapi.json');
		if (role === 'editor') {	// a custom role that permits these actions on all resources
			const { resources } = await boss.call('/api/access/resources');
			await boss.call('/api/auth/organization/create-role', { role, permission: Object.fromEntries(resources.filter(({ reserved }) => !reserved)
				.map(({ name, actions }) => [name, actions.map((one) => one.name).filter((one) => ['read', 'create', 'update', 'delete'].includes(one))]).filter(([, actions]) => actions.length)) });
		}
		const profiles = () => module === 'factory' ? boss.call('/api/factory_profiles') : [];
		const before = (await profiles()).map(({ id }) => id);
		const who = await colleague(boss, role, { width: 1440 });
		for (const { id } of (await profiles()).filter((one) => !before.includes(one.id)))	// roles do not name records of the factory
			await boss.call(`/api/factory_profiles/${id}`, { role: 'admin' }, 'PATCH');
		who.page.on('dialog', (dialog) => dialog.accept());
		who.expect(/^404 GET /);	// the page may request the deleted record again
		const catalogue = await who.call('/api/catalogue'), may = (name, action) => catalogue[name]?.actions.includes(action);
		const names = creatable({ paths }).filter((name) => (paths[`/api/${name}`].post['x-module'] ?? 'crm') === module && may(name, 'create'));
		assert.ok(names.length > 3, names.join());
		await who.go('/');
		await who.settled();
		const order = (name) => names.indexOf(name) + first;
		const [rows, faults] = await createAll(who, [...NEEDS[module], ...names], (name) => input(who, order(name)));
		assert.deepEqual(faults, []);
		const some = LONG ? names : names.filter((_, n) => n % 3 === first % 3);
		const each = async (list, work, from) => {
			for (const name of list)
				await work(who, name, rows[name], await input(who, order(name) + from)).catch(({ message }) => faults.push(`${work.name} ${name}: ${message}`));
		};
		await each(some.filter((name) => paths[`/api/${name}/{id}`].patch && may(name, 'update')), edit, 1);
		await each([...new Set([...some, ...names.filter((name) => /_holds$/.test(name))])].filter((name) => may(name, 'update')), main, 2);
		// Records that refer to others were created after them, so they are deleted first.
		await each(Object.keys(rows).reverse().filter((name) => some.includes(name) && paths[`/api/${name}/{id}`].delete && may(name, 'delete') && (LONG || !kept(name))), remove, 3);
		assert.deepEqual(faults, []);
		await who.close();
		await boss.close();
	});
