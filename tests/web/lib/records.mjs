// Creates, changes and deletes records of any kind through their pages, in each role, and with each input device.
import assert from 'node:assert/strict';
import { HANDS, control, enter, fieldsOf, fillIn, typed } from './forms.mjs';

// Resources that are not created in a form, and where they are created.
const ELSEWHERE = {
	automations: 'automation rules, its other name',
	calendar_feeds: 'the calendar', cost_calculations: 'the calculator', group_roles: 'the page of roles', import_mappings: 'the import',
	imports: 'the import', invites: 'the page of members', kyc_evidence: 'the page of a verification', message_channels: 'the page of channels',
	messages: 'the composer', opportunities: 'deals', forms: 'the page of forms', records: 'the pages of each object', pipeline_stages: 'the page of a pipeline', pipelines: 'the page of pipelines', sales: 'an invitation',
	service_accounts: 'the page of service accounts', shares: 'the dialog of a record', views: 'the list', webhooks: 'the page of webhooks',
};
// Optional fields of which the database requires one.
const ALSO = { contacts: ['last_name'], contact_notes: ['text'], deal_notes: ['text'], payout_accounts: ['member_id'],
	user_profiles: ['last_name'], opportunity_participants: ['company_id'], activities: ['contact_id'] };

/** The resources with a form for a new record. */
export const creatable = ({ paths }) => Object.keys(paths).map((path) => path.match(/^\/api\/(\w+)$/)?.[1]).filter((name) => name && paths[`/api/${name}`].post
	&& paths[`/api/${name}/{id}`] && !ELSEWHERE[name]);

/** The input device (the hand) and the page width for each form, used in turn. */
export const INPUTS = [['mouse', 1440], ['keyboard', 390], ['keyboard', 1440], ['mouse', 390]];

/** Sets the width of the page, and returns the hand. */
export async function input({ page }, n) {
	const [hand, width] = INPUTS[n % INPUTS.length];
	if (page.viewportSize().width !== width)
		await page.setViewportSize({ width, height: 800 });
	return HANDS[hand];
}

export const form = ({ page }) => page.locator('main form');

const dialog = ({ page }) => page.getByRole('dialog').last();

const answer = (who, method, path) => who.page.waitForResponse((rs) => method.includes(rs.request().method()) && new URL(rs.url()).pathname.startsWith(path));

// Waits until the page has navigated to another page, as it does after a successful request.
const left = ({ page }, path) => page.waitForURL(({ pathname }) => pathname !== path);

// Throws the reason if the server or the form refuses.
async function saved(who, inside, press, method, resource) {
	const sent = answer(who, method, `/api/${resource}`).catch(() => null);
	await press();
	const errors = inside.locator('.Mui-error:not(label)').filter({ hasText: /\S/ }).first();
	const rs = await Promise.race([sent, errors.waitFor().then(() => null, () => null)]);
	assert.ok(rs?.ok(), `${method} ${resource}: ${rs ? `${rs.status()} ${await rs.text()}` : await inside.innerText()}`);
	return rs.json();
}

const saveButton = (inside) => inside.getByRole('button', { name: 'Save', exact: true });

async function save(who, hand, method, resource) {
	const { pathname } = new URL(who.page.url());
	const row = await saved(who, form(who), () => hand.press(who.page, saveButton(form(who))), method, resource);
	await left(who, pathname);
	return row;
}

// Preparations that provide something to choose from, and actions after the creation.
const BEFORE = {
	async products(who, hand) {
		const button = form(who).getByRole('button', { name: 'Make a company a principal' });
		if (!await button.isVisible())	// only users with the permission see the button
			return;
		await hand.press(who.page, button);
		assert.equal(await fillIn(who.page, dialog(who), 'company', hand), undefined);
		await hand.press(who.page, saveButton(dialog(who)));
		await dialog(who).waitFor({ state: 'detached' });
	},
};
const AFTER = {
	user_payments: (who, hand) => press(who, hand, who.page.getByRole('button', { name: 'Mark as paid', exact: true })),
};

// Presses a button on a record's page, and fills in the dialog, if it opens one. Returns the response.
async function press(who, hand, button) {
	const done = answer(who, 'POST PUT PATCH', '/api/').catch(() => null);
	await hand.press(who.page, button);
	if (await Promise.race([done, dialog(who).waitFor().then(() => null)]) === null) {
		await fillIn(who.page, dialog(who), '', hand);
		await hand.press(who.page, dialog(who).locator('button[type=submit]'));
	}
	const rs = await done;
	assert.ok(rs, 'nothing is sent');
	if (rs.ok()) {
		// A dialog that shows the result remains open.
		await dialog(who).waitFor({ state: 'detached', timeout: 5000 }).catch(() => who.page.keyboard.press('Escape'));
		await dialog(who).waitFor({ state: 'detached' });
	}
	return rs;
}

// A record to which others refer cannot be deleted, and the page states the reason. This may apply to these resources.
const KEPT = { payout_accounts: /./, user_profiles: /, which must be kept$/ };

/** Returns whether other records may refer to a record of the resource and prevent its deletion. */
export const kept = (name) => name in KEPT;

export async function visit(who, path) {
	await who.lead('/none');	// a page without a form
	await (who.blank ?? who.page.locator('p', { hasText: 'Check the address' })).evaluate((one) => one.setAttribute('data-left', ''));
	await who.lead(path);
	await who.page.locator('[data-left]').waitFor({ state: 'detached' });
}

/** Creates a record. Returns it, or { missing } with the field that has no choices. */
export async function create(who, name, hand) {
	await visit(who, `/${name}/create`);
	await form(who).locator('input, textarea').first().waitFor({ timeout: 10000 }).catch(async () =>
		assert.fail(`no form at /${name}/create: ${(await who.page.locator('main').last().innerText()).slice(-400)}`));
	if (BEFORE[name] && (await who.call('/api/companies')).length > 0)
		await BEFORE[name](who, hand);
	const missing = await fillIn(who.page, form(who), name, hand, ALSO[name]);
	if (missing)
		return { missing };
	const row = await save(who, hand, 'POST', name);
	if (!who.author)	// a user who may not change the record
		await AFTER[name]?.(who, hand);
	return row;
}

/** Creates a record in the drawer that a button on a page opens. Returns the resource and the record. */
export async function createBeside(who, button, hand) {
	await hand.press(who.page, button);
	await saveButton(dialog(who)).waitFor({ timeout: 10000 });
	const missing = await fillIn(who.page, dialog(who), '', hand);
	assert.equal(missing, undefined, 'a field without choices');
	const sent = answer(who, 'POST', '/api/');
	const row = await saved(who, dialog(who), () => hand.press(who.page, saveButton(dialog(who))), 'POST', '');
	await dialog(who).waitFor({ state: 'detached' });
	return [new URL((await sent).url()).pathname.split('/').at(-1), row];
}

/** Appends to the first text or number of a record. */
export async function edit(who, name, { id }, hand) {
	await visit(who, `/${name}/${id}`);
	await saveButton(form(who)).waitFor({ timeout: 10000 }).catch(() => assert.fail(`no form at /${name}/${id}`));
	const field = (await fieldsOf(form(who))).find(({ kind, full }) => ['text', 'textarea', 'number'].includes(kind) && !full);
	assert.ok(field, `nothing to edit at /${name}/${id}`);
	await enter(who.page, hand, field, control(form(who), field), field.value ? '1' : typed(name, field));
	await save(who, hand, 'PUT PATCH', `${name}/${id}`).catch(({ message }) => assert.fail(`${message} after ${field.name}`));
}

/**
 * Presses the first button on a record's page, if there is one. The server may refuse the action, such as the refund of
 * a payment with a dispute, and the page then shows the reason. Returns whether the action was done.
 */
export async function main(who, name, { id }, hand) {
	await visit(who, `/${name}/${id}/show`);
	const actions = who.page.locator('#page-actions > :is(button, a)');
	await actions.or(form(who)).or(who.page.getByText('Check the address')).first().waitFor();
	await who.settled();
	const button = who.page.locator('#page-actions > button.MuiButton-root:enabled').filter({ hasNotText: 'Delete' }).first();
	if (!await button.isVisible())
		return false;
	who.expect(new RegExp(`^4(09|22) POST /api/${name}/`));
	const rs = await press(who, hand, button);
	if (!rs.ok()) {
		const { message } = await rs.json();
		await who.page.getByText(message.replace(/^\w+: /, '').split('"')[0]).first().waitFor().catch(() =>
			assert.fail(`${rs.url()} ${rs.status()} ${message}, of which the page says nothing`));
		await who.page.keyboard.press('Escape');
	}
	return rs.ok();
}

/** Deletes a record on its page or in its form. */
export async function remove(who, name, { id }, hand) {
	const button = who.page.getByRole('button', { name: 'Delete', exact: true });
	await visit(who, `/${name}/${id}`);
	const more = who.page.getByRole('button', { name: 'More actions' });
	await saveButton(form(who)).or(who.page.getByText('Check the address')).or(more).first().waitFor();
	if (!await button.or(more).first().isVisible())	// the button is on the record's page
		await visit(who, `/${name}/${id}/show`);
	if (KEPT[name])
		who.expect(new RegExp(`^4\\d\\d DELETE /api/${name}/`));
	const { pathname } = new URL(who.page.url());
	await button.or(more).first().waitFor();
	if (!await button.isVisible())
		await hand.press(who.page, more);
	const done = answer(who, 'DELETE POST', '/api/');
	await hand.press(who.page, button);
	const rs = await done;
	if (rs.ok())
		return left(who, pathname);
	if (KEPT[name])
		return who.page.getByText(KEPT[name]).first().waitFor().catch(async ({ message }) =>
			assert.fail(`${message} after ${rs.request().method()} ${rs.url()} ${rs.status()} ${await rs.text()}: ${await who.page.innerText('body')}`));
	assert.fail(`DELETE ${name}: ${rs.request().method()} ${rs.url()} ${rs.status()} ${await rs.text()}`);
}

/**
 * Creates one record of each kind, with the hand and width that handOf(name) returns. A record comes after the records
 * to which it refers. Returns the records and the errors.
 */
export async function createAll(who, names, handOf) {
	const rows = {}, faults = [];
	for (let left = names, before; left.length > 0;) {
		const waiting = {};
		before = left.length;
		for (const name of left) {
			const row = await create(who, name, await handOf(name)).catch(({ message }) => faults.push(`${name}: ${message}`) && null);
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
