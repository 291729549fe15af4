// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// optimized: its page lives for a minute.
// Every kind of records is created, edited and deleted through its pages, by mouse and by keyboard, by each role that may.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONG, long, sampled } from '../lib/api.mjs';
import { colleague, member } from './lib/browser.mjs';
import { HANDS, control, enter, fieldsOf, fillIn, typed } from './lib/forms.mjs';

// Resources whose records are created elsewhere than in a form of their pages, and where.
const ELSEWHERE = {
	automations: 'automation rules, its other name',
	calendar_feeds: 'the calendar', cost_calculations: 'the calculator', group_roles: 'the page of roles', import_mappings: 'the import',
	imports: 'the import', invites: 'the page of members', kyc_evidence: 'the page of a verification', message_channels: 'the page of channels',
	messages: 'the composer', opportunities: 'deals', forms: 'the page of forms', records: 'the pages of each object', pipeline_stages: 'the page of a pipeline', pipelines: 'the page of pipelines', sales: 'an invitation',
	service_accounts: 'the page of service accounts', shares: 'the dialog of a record', views: 'the list', webhooks: 'the page of webhooks',
};
// Optional fields, one of which the database requires.
const ALSO = { contacts: ['last_name'], contact_notes: ['text'], deal_notes: ['text'], payout_accounts: ['member_id'],
	user_profiles: ['last_name'], opportunity_participants: ['company_id'], activities: ['contact_id'] };

// Resources of which the second user cannot create another record.
const ONCE = { contact_organizations: 'one of each pair', opportunity_participants: 'one of each company', price_lists: 'one at a time', membership_queue: 'one of each member', user_memberships: 'one at a time', distributor_terms: 'one at a time', price_list_items: 'one a quantity', tags: 'one of each name', disputes: 'one of each payment', tax_forms: 'one a year',
	opportunity_items: 'who may change the deal', integration_configs: 'administrators', data_mappings: 'administrators', integration_jobs: 'administrators' };

const creatable = ({ paths }) => Object.keys(paths).map((path) => path.match(/^\/api\/(\w+)$/)?.[1]).filter((name) => name && paths[`/api/${name}`].post
	&& paths[`/api/${name}/{id}`] && !ELSEWHERE[name]);

const form = ({ page }) => page.locator('main form');

const answer = (who, method, path) => who.page.waitForResponse((rs) => method.includes(rs.request().method()) && new URL(rs.url()).pathname.startsWith(path));

// Waits until a page has navigated to another page, as it does after it has saved.
const left = ({ page }, path) => page.waitForURL(({ pathname }) => pathname !== path);

// Saves; if the server or the form refuses, the error contains the reason.
async function save(who, hand, method, resource) {
	const { pathname } = new URL(who.page.url());
	const sent = answer(who, method, `/api/${resource}`).catch(() => null);
	await hand.press(who.page, form(who).getByRole('button', { name: 'Save', exact: true }));
	const errors = form(who).locator('.Mui-error:not(label)').filter({ hasText: /\S/ }).first();
	const rs = await Promise.race([sent, errors.waitFor().then(() => null, () => null)]);
	assert.ok(rs?.ok(), `${method} ${resource}: ${rs ? `${rs.status()} ${await rs.text()}` : await form(who).innerText()}`);
	await left(who, pathname);
	return rs.json();
}

const dialog = ({ page }) => page.getByRole('dialog');

// Preparations that create the first choices, and actions after the creation.
const BEFORE = {
	async products(who, hand) {
		const button = form(who).getByRole('button', { name: 'Make a company a principal' });
		if (!await button.isVisible())	// only users with the permission see the button
			return;
		await hand.press(who.page, button);
		assert.equal(await fillIn(who.page, dialog(who), 'company', hand), undefined);
		await hand.press(who.page, dialog(who).getByRole('button', { name: 'Save' }));
		await dialog(who).waitFor({ state: 'detached' });
	},
};
const AFTER = {
	user_payments: (who, hand) => act(who, hand, 'Mark as paid'),
};

// Presses a button of the page of a record; if it opens a dialog, fills this in.
async function act(who, hand, name) {
	const done = answer(who, 'POST', '/api/');
	await hand.press(who.page, who.page.getByRole('button', { name, exact: true }));
	if (await Promise.race([done, dialog(who).waitFor().then(() => null)]) === null) {
		await fillIn(who.page, dialog(who), '', hand);
		await hand.press(who.page, dialog(who).getByRole('button', { name, exact: true }));
	}
	assert.ok((await done).ok());
}

// Records that others refer to are not deleted, and the page states the reason.
const KEPT = { payout_accounts: /./, user_profiles: 'the person has verifications, which are kept' };

async function visit(who, path) {
	await who.lead('/none');	// a page without a form
	await who.page.locator('p', { hasText: 'Check the address' }).evaluate((one) => one.setAttribute('data-left', ''));
	await who.lead(path);
	await who.page.locator('[data-left]').waitFor({ state: 'detached' });
}

async function create(who, name, hand) {
	await visit(who, `/${name}/create`);
	await form(who).locator('input, textarea').first().waitFor({ timeout: 10000 }).catch(async () =>
		assert.fail(`no form at /${name}/create: ${(await who.page.locator('main').last().innerText()).slice(-400)}`));
	if (BEFORE[name] && (await who.call('/api/companies')).length > 0)
		await BEFORE[name](who, hand);
	const missing = await fillIn(who.page, form(who), name, hand, ALSO[name]);
	if (missing)
		return { missing };
	const row = await save(who, hand, 'POST', name);
	if (!who.author)	// authors may not perform these actions
		await AFTER[name]?.(who, hand);
	return row;
}

// Extends the first text, or increments the first number, of a record.
async function edit(who, name, { id }, hand) {
	await visit(who, `/${name}/${id}`);
	await form(who).getByRole('button', { name: 'Save', exact: true }).waitFor({ timeout: 10000 }).catch(() => assert.fail(`no form at /${name}/${id}`));
	const field = (await fieldsOf(form(who))).find(({ kind, full }) => ['text', 'textarea', 'number'].includes(kind) && !full);
	assert.ok(field, `nothing to edit at /${name}/${id}`);
	await enter(who.page, hand, field, control(form(who), field), field.value ? '1' : typed(name, field));
	await save(who, hand, 'PUT PATCH', `${name}/${id}`).catch(({ message }) => assert.fail(`${message} after ${field.name}`));
}

// Releases a legal hold, which prevents the deletion of all records about its subject.
async function release(who, name, { id }, hand) {
	await visit(who, `/${name}/${id}/show`);
	await act(who, hand, 'Release');
}

async function remove(who, name, { id }, hand) {
	const button = who.page.getByRole('button', { name: 'Delete', exact: true });
	await visit(who, `/${name}/${id}`);
	await form(who).getByRole('button', { name: 'Save', exact: true }).or(who.page.getByText('Check the address')).first().waitFor();
	if (!await button.isVisible())	// the button is on the page of the record
		await visit(who, `/${name}/${id}/show`);
	if (KEPT[name])
		who.expect(new RegExp(`^4\\d\\d DELETE /api/${name}/`));
	const { pathname } = new URL(who.page.url());
	const more = who.page.getByRole('button', { name: 'More actions' });
	await button.or(more).first().waitFor();
	if (!await button.isVisible())
		await hand.press(who.page, more);
	const done = answer(who, 'DELETE POST', '/api/');
	await hand.press(who.page, button);
	const rs = await done;
	if (rs.ok() && !KEPT[name])
		return left(who, pathname);
	if (KEPT[name])
		return who.page.getByText(KEPT[name]).first().waitFor().catch(async ({ message }) =>
			assert.fail(`${message} after ${rs.request().method()} ${rs.url()} ${rs.status()} ${await rs.text()}: ${await who.page.innerText('body')}`));
	assert.fail(`DELETE ${name}: ${rs.request().method()} ${rs.url()} ${rs.status()} ${await rs.text()}`);
}

// Creates one record of each kind; records that refer to others are created after these. Returns the records and the
// errors.
async function createAll(who, names, handOf) {
	const rows = {}, faults = [];
	for (let left = names, before; left.length > 0;) {
		const waiting = {};
		before = left.length;
		for (const name of left) {
			const row = await create(who, name, handOf(name)).catch(({ message }) => faults.push(`${name}: ${message}`) && null);
			if (row?.missing)
				waiting[name] = row.missing;
			else if (row)
				rows[name] = row;
		}
		left = Object.keys(waiting);
		if (left.length === before)
			faults.push(...Object.entries(waiting).map(([name, field]) => `${name}: nothing to choose from for ${field}`)) && (left = []);
	}
	return [rows, faults];
}

test('a record of each kind is created, edited and deleted through its pages', async (t) => {
	const who = await member({ width: 1440 });
	for (const module of ['b2b', 'factory', 'membership'])
		await who.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
	who.page.on('dialog', (dialog) => dialog.accept());
	who.expect(/^404 GET /);	// the page of the deleted record
	const openapi = await who.call('/api/openapi.json'), names = creatable(openapi);
	const { resources } = await who.call('/api/me');
	const nameable = (await who.call('/api/access/resources')).resources
		.filter(({ reserved }) => !reserved).map(({ name }) => name);	// resources that roles of the organization can effectively name
	await who.go('/');
	await who.settled();
	let rows;

	const byKeyboard = sampled(names, 3);
	await t.test('the owner creates them, some by keyboard', async () => {
		const [made, faults] = await createAll(who, ['companies', ...names],	// a distributor is another company than its principal
			(name) => HANDS[byKeyboard.includes(name) ? 'keyboard' : 'mouse']);
		rows = made;
		assert.deepEqual(faults, []);
	});
	const each = async (list, verb, work) => {
		const faults = [];
		for (const name of list.filter((one) => openapi.paths[`/api/${one}/{id}`][verb]))
			await work(who, name, rows[name], HANDS.keyboard).catch(({ message }) => faults.push(`${verb} ${name}: ${message}`));
		assert.deepEqual(faults, []);
	};
	const some = sampled(Object.keys(rows), 3);
	await t.test('the owner edits them by keyboard', () => each(some, 'patch', edit));

	await t.test('who may only create them does, on a phone', async () => {
		const permission = Object.fromEntries(Object.entries(resources).map(([name, actions]) => [name, actions.filter((one) => ['read', 'create'].includes(one))])
			.filter(([name, actions]) => actions.length > 0 && nameable.includes(name)));
		await who.call('/api/auth/organization/create-role', { role: 'author', permission });
		const author = { ...await colleague(who, 'author', { width: 390, hasTouch: true }), author: true };
		await author.go('/');
		await author.settled();
		const [, faults] = await createAll(author, sampled(names.filter((name) => resources[name]?.includes('create') && !ONCE[name]), 3)
			.filter((name) => permission[name]?.includes('create')), () => HANDS.mouse);
		assert.deepEqual(faults, []);
		await author.close();
	});

	if (LONG)
		await t.test('a viewer is offered no form', async () => {
			const viewer = await colleague(who, 'viewer', { width: 1440 });
			const { resources: theirs } = await viewer.call('/api/me');
			await viewer.go('/');
			for (const name of names.filter((one) => !theirs[one]?.includes('create'))) {
				await visit(viewer, `/${name}/create`);
				await viewer.settled();
				assert.equal(await form(viewer).getByRole('button', { name: 'Save', exact: true }).count(), 0, name);
			}
			await viewer.close();
		});

	await t.test('the owner deletes them by keyboard', async () => {
		for (const name of ['contact_holds', 'legal_holds'])
			await release(who, name, rows[name], HANDS.keyboard);
		// If only a sample is tested, resources that prevent the deletion of a record may not be in it.
		const all = some.length === Object.keys(rows).length;
		await each([...some].reverse().filter((name) => all || !KEPT[name]), 'delete', remove);
	});
	await who.close();
});

long('each kind has a list, where its pages lead back to', async () => {
	const who = await member();
	for (const module of ['b2b', 'factory', 'membership'])
		await who.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
	await who.go('/');
	await who.settled();
	for (const name of creatable(await who.call('/api/openapi.json'))) {
		await visit(who, `/${name}`);
		await who.page.locator('main h1, header h1, h1').first().waitFor();
		await who.settled();
		assert.doesNotMatch(await who.page.innerText('body'), /Something went wrong|Page not found/, name);
	}
	await who.close();
});

long('the address of a new record of each kind is a form with inputs, or another page, or unknown', async () => {
	const who = await member();
	for (const module of ['b2b', 'factory', 'membership'])
		await who.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
	const { paths } = await who.call('/api/openapi.json');
	const names = Object.keys(paths).map((path) => path.match(/^\/api\/(\w+)$/)?.[1]).filter((name) => name && paths[`/api/${name}/{id}`]);
	assert.ok(names.length > 40, names.join());
	await who.go('/');
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
