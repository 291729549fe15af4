// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// optimized: its page is open for a minute.
// Records of every kind are created, edited, acted upon and deleted through their pages by an owner, and by users who
// may only create them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long, sampled } from '../lib/api.mjs';
import { colleague, member } from './lib/browser.mjs';
import { creatable, createAll, edit, form, input, kept, main, remove, visit } from './lib/records.mjs';

// Resources of which the second user cannot create a record, and why.
const ONCE = { contact_organizations: 'one of each pair', opportunity_participants: 'one of each company', price_lists: 'one at a time', membership_queue: 'one of each member', user_memberships: 'one at a time', distributor_terms: 'one at a time', price_list_items: 'one a quantity', tags: 'one of each name', disputes: 'one of each payment', tax_forms: 'one a year',
	opportunity_items: 'who may change the deal', integration_configs: 'administrators', data_mappings: 'administrators', integration_jobs: 'administrators' };

async function owner() {
	const who = await member({ width: 1440 });
	for (const module of ['b2b', 'factory', 'membership'])
		await who.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
	who.page.on('dialog', (dialog) => dialog.accept());
	who.expect(/^404 GET /);	// the page may request the deleted record again
	await who.go('/');
	await who.settled();
	return who;
}

test('a record of each kind is created, edited and deleted through its pages', async (t) => {
	const who = await owner();
	const openapi = await who.call('/api/openapi.json'), names = creatable(openapi);
	const { resources } = await who.call('/api/me');
	const nameable = (await who.call('/api/access/resources')).resources
		.filter(({ reserved }) => !reserved).map(({ name }) => name);	// roles of the organization can contain them
	let rows;

	await t.test('the owner creates the records', async () => {
		const [made, faults] = await createAll(who, ['companies', ...names],	// a distributor and its principal are two companies
			(name) => input(who, names.indexOf(name)));
		rows = made;
		assert.deepEqual(faults, []);
	});
	const each = async (list, verb, work, from) => {
		const faults = [], results = [];
		for (const [n, name] of list.entries())
			if (!verb || openapi.paths[`/api/${name}/{id}`][verb])
				results.push(await work(who, name, rows[name], await input(who, n + from)).catch(({ message }) => faults.push(`${work.name} ${name}: ${message}`)));
		assert.deepEqual(faults, []);
		return results;
	};
	const some = sampled(Object.keys(rows), 3);
	await t.test('the owner edits the records', () => each(some, 'patch', edit, 1));

	await t.test('a user who may only create records creates them', async () => {
		const permission = Object.fromEntries(Object.entries(resources).map(([name, actions]) => [name, actions.filter((one) => ['read', 'create'].includes(one))])
			.filter(([name, actions]) => actions.length > 0 && nameable.includes(name)));
		await who.call('/api/auth/organization/create-role', { role: 'author', permission });
		const author = { ...await colleague(who, 'author', { width: 390 }), author: true };
		await author.go('/');
		await author.settled();
		const [, faults] = await createAll(author, sampled(names.filter((name) => resources[name]?.includes('create') && !ONCE[name]), 3)
			.filter((name) => permission[name]?.includes('create')), (name) => input(author, names.indexOf(name) + 3));
		assert.deepEqual(faults, []);
		await author.close();
	});

	// The button releases a hold. Otherwise, the record of the hold could not be deleted.
	const acts = [...new Set([...some, 'contact_holds', 'legal_holds'])];
	await t.test('the owner presses the first button on the records\' pages', async () => {
		const done = (await each(acts, undefined, main, 2)).filter((one) => one === true);
		assert.ok(done.length >= acts.length / 6, `${done.length} of ${acts.length} have one that was done`);
	});
	await t.test('the owner deletes the records', async () => {
		// The sample may lack a resource that prevents the deletion of a record.
		const all = some.length === Object.keys(rows).length;
		await each([...some].reverse().filter((name) => all || !kept(name)), 'delete', remove, 3);
	});
	await who.close();
});

long('a viewer, and colleagues without the permission in a module, are offered no form', async () => {
	const who = await owner();
	const names = creatable(await who.call('/api/openapi.json'));
	const profiles = () => who.call('/api/factory_profiles');
	for (const [role, factory] of [['viewer'], ['member', 'engineer'], ['member', 'analyst'], ['member', 'viewer']]) {
		const before = (await profiles()).map(({ id }) => id);
		const other = await colleague(who, role, { width: 1440 });
		const { id } = (await profiles()).find((one) => !before.includes(one.id));
		if (factory)
			await who.call(`/api/factory_profiles/${id}`, { role: factory }, 'PATCH');
		const catalogue = await other.call('/api/catalogue');
		const without = names.filter((name) => !catalogue[name]?.actions.includes('create'));
		assert.ok(without.length > 2, `${role} ${factory}: ${without}`);
		await other.go('/');
		await other.settled();
		for (const name of without) {
			await visit(other, `/${name}/create`);
			await other.settled();
			assert.equal(await form(other).getByRole('button', { name: 'Save', exact: true }).count(), 0, `${role} ${factory}: ${name}`);
		}
		if (factory)	// their own profile, which has no role
			await edit(other, 'factory_profiles', { id }, await input(other, 1));
		await other.close();
	}
	await who.close();
});

long('each kind of record has a list, to which its pages lead back', async () => {
	const who = await owner();
	for (const name of creatable(await who.call('/api/openapi.json'))) {
		await visit(who, `/${name}`);
		await who.page.locator('main h1, header h1, h1').first().waitFor();
		await who.settled();
		assert.doesNotMatch(await who.page.innerText('body'), /Something went wrong|Page not found/, name);
	}
	await who.close();
});

long('for each kind of record, the address of a new record is a form with inputs, another page, or unknown', async () => {
	const who = await owner();
	const { paths } = await who.call('/api/openapi.json');
	const names = Object.keys(paths).map((path) => path.match(/^\/api\/(\w+)$/)?.[1]).filter((name) => name && paths[`/api/${name}/{id}`]);
	assert.ok(names.length > 40, names.join());
	const empty = [];
	for (const name of names) {
		await who.lead(`/${name}/create`);
		await who.page.getByRole('heading', { level: 1 }).filter({ hasText: /\S/ }).waitFor();
		await who.settled();
		if (await form(who).getByRole('button', { name: 'Save', exact: true }).count() && !await form(who).locator('input, textarea, [role=combobox]').count())
			empty.push(name);
	}
	assert.deepEqual(empty, []);
	await who.close();
});
