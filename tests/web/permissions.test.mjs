// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Pages show no action that the user's roles do not allow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colleague, further, member } from './lib/browser.mjs';

const buttons = async (page) => (await page.locator('main').getByRole('button').or(page.locator('main').getByRole('link'))
	.allInnerTexts()).map((text) => text.trim().toLowerCase());

// Adds a colleague whose role has this permission.
async function inRole(boss, permission) {
	const who = await colleague(boss, 'viewer');
	await boss.call('/api/auth/organization/create-role', { role: 'reader', permission });
	const { members } = await boss.call('/api/auth/organization/list-members');
	await boss.call('/api/auth/organization/update-member-role', { memberId: members.find((one) => one.role === 'viewer').id, role: 'reader' });
	return who;
}

test('a field that a role cannot read is hidden, and a field that it may not change is read-only', async () => {
	const boss = await member();
	const { id } = await boss.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', title: 'Admiral', background: 'Secret' });
	await boss.go('/contacts');
	await boss.page.getByRole('main').getByPlaceholder('Search').waitFor();
	const who = await inRole(boss, { contacts: ['read', 'update'], 'contacts.update': ['status', 'background'],
		'contacts.read': ['first_name', 'last_name', 'title', 'status', 'background'] });
	const { page } = who;
	const search = page.getByRole('main').getByPlaceholder('Search');
	await who.go('/contacts');
	await page.getByRole('columnheader', { name: 'Status' }).waitFor();
	assert.deepEqual((await page.getByRole('columnheader').allInnerTexts()).map((text) => text.trim()).filter(Boolean), ['Name', 'Status']);
	assert.equal(await search.count(), 0);
	await who.go(`/contacts/${id}/show`);
	const about = page.getByRole('region', { name: 'About' });
	await about.getByRole('button', { name: 'Edit Background: Grace Hopper' }).waitFor();
	await about.getByText('Admiral').waitFor();
	assert.equal(await about.getByRole('button', { name: /^Edit Position/ }).count(), 0);
	assert.equal(await about.getByText('LinkedIn').count(), 0);
	assert.equal(await (await further(page, 'vCard')).count(), 0);
	await who.go(`/contacts/${id}`);
	await page.getByLabel('Background').fill('Public');
	assert.equal(await page.getByLabel('Position').count(), 0);
	assert.equal(await page.locator('main form hr').count(), 0, 'no line is above the first input');
	const saved = page.waitForRequest((rq) => rq.method() === 'PUT');
	await who.press('Save');
	assert.deepEqual((await saved).postDataJSON(), { background: 'Public' });
	await who.settled();
	await who.close();
	await boss.close();
});

test('tabs, panels and menu entries depend on the permission to read what they show', async () => {
	const boss = await member();
	// All users can read the rows of the module's resources that are about themselves. These rows are in the portal.
	await boss.call('/api/modules/membership', { enabled: true }, 'PUT');
	const { id } = await boss.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper' });
	const vera = await inRole(boss, { contacts: ['read'], deals: ['read'] });
	const { page } = vera;
	await vera.go(`/contacts/${id}/show`);
	await page.getByRole('tab', { name: 'Deals' }).waitFor();
	assert.deepEqual(await page.getByRole('tab').allInnerTexts(), ['Activity', 'Deals']);
	assert.equal(await page.getByRole('region', { name: 'Tasks' }).count(), 0);
	assert.deepEqual(await page.getByRole('menu', { name: 'Main menu' }).getByRole('menuitem').allInnerTexts(), ['Dashboard', 'Contacts', 'Deals', 'New entries\n\nWhat’s new', 'Settings']);
	await vera.looks('contact-reader');
	await vera.go('/organization');
	await page.getByRole('menuitem', { name: 'Trash' }).waitFor();
	for (const name of ['Duplicates', 'Automations', 'Activities', 'Imports'])
		assert.equal(await page.getByRole('menuitem', { name }).count(), 0, name);
	await vera.close();
	await boss.close();
});

test('a viewer can only read, and a role with write permissions gets the buttons', async () => {
	const boss = await member();
	const { id } = await boss.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper' });
	const vera = await colleague(boss, 'viewer');
	const wanted = ['new contact', 'import', 'export'];
	await boss.go('/contacts');
	await boss.sees('Grace Hopper');
	const all = await buttons(boss.page);
	assert.deepEqual(wanted.filter((name) => !all.some((text) => text.includes(name))), []);
	await vera.go('/contacts');
	await vera.sees('Grace Hopper');
	const few = await buttons(vera.page);
	assert.deepEqual(wanted.filter((name) => few.some((text) => text.includes(name))), []);
	await vera.looks('contacts-viewer');
	await vera.go(`/contacts/${id}/show`);
	await vera.page.getByRole('heading', { name: 'Grace Hopper' }).first().waitFor();
	const shown = await buttons(vera.page);
	assert.deepEqual(['edit', 'delete', 'merge', 'add', 'add note'].filter((name) => shown.includes(name)), []);
	// Neither user may complete tasks. Records that the module calculates for each member are created on the module's
	// page, not in the drawer.
	await boss.call('/api/tasks', { contact_id: id, text: 'Call her', due_date: new Date().toISOString() });
	await boss.call('/api/modules/factory', { enabled: true }, 'PUT');
	await vera.go(`/contacts/${id}/show`);
	const task = vera.page.getByRole('checkbox', { name: 'Call her' });
	await task.waitFor();
	assert.ok(await task.isDisabled());
	assert.equal(await vera.page.getByRole('link', { name: /Call her/ }).count(), 0);
	await vera.settled();
	await vera.page.keyboard.press('c');
	await vera.page.locator('#cost-name').waitFor();
	assert.equal(await vera.page.getByRole('dialog').count(), 0);
	await boss.call('/api/modules/factory', { enabled: false }, 'PUT');
	for (const path of ['/tasks', '/deals', '/appointments']) {
		await vera.go(path);
		await vera.settled();
		assert.equal(await vera.page.locator('main a[href*="/create"]').or(vera.page.getByRole('button', { name: /^New/ })).count(), 0, path);
	}
	await vera.go(`/contacts/${id}/show`);
	await vera.page.getByRole('heading', { name: 'Grace Hopper' }).first().waitFor();
	await vera.looks('contact-viewer');
	const deal = await boss.call('/api/deals', { name: 'Engine', stage: 'opportunity', amount: 1 });
	await vera.go(`/deals/${deal.id}/show`);
	assert.ok(await vera.page.getByRole('list', { name: 'Stage' }).getByRole('button').first().isDisabled());
	await boss.call(`/api/deals/${deal.id}`, { archived_at: new Date().toISOString() }, 'PATCH');
	await vera.page.reload();
	await vera.sees(/^Archived on/);
	assert.equal(await vera.page.getByRole('button', { name: 'Unarchive' }).count(), 0);
	// A user who opens the page's address gets a refusal.
	await vera.go('/contacts/create');
	await vera.sees('Page not found');
	assert.equal(await vera.page.getByRole('button', { name: 'Save' }).count(), 0);
	await boss.call('/api/auth/organization/create-role', { role: 'rep', permission: { contacts: ['read', 'create:own'] } });
	const { members } = await boss.call('/api/auth/organization/list-members');
	const { id: memberId } = members.find((m) => m.role === 'viewer');
	await boss.call('/api/auth/organization/update-member-role', { memberId, role: 'rep' });
	await vera.go('/contacts');
	await vera.page.getByRole('row').filter({ hasText: 'Grace Hopper' }).waitFor();
	const more = await buttons(vera.page);
	assert.deepEqual(wanted.filter((name) => more.some((text) => text.includes(name))), ['new contact']);
	await vera.close();
	await boss.close();
});

test('a page that the user\'s roles do not include says so in its heading, and names who can change the roles', async () => {
	const boss = await member();
	await boss.call('/api/modules/factory', { enabled: true }, 'PUT');
	const viewer = await colleague(boss, 'viewer');
	viewer.expect(/^422 GET \/api\/integration_configs/);
	await viewer.go('/integration_configs');
	await viewer.page.getByRole('heading', { level: 1, name: 'No permission' }).waitFor();
	await viewer.sees('An administrator can change them.');
	await viewer.looks('denied');
	await viewer.close();
	await boss.close();
});

// Each page of both menus, for roles that may read only, or only some resources.
for (const [role, permission] of [['viewer'], ['reader', { contacts: ['read'] }]])
	test(`no page of the menus shows a refusal, as ${role}`, async () => {
		const boss = await member();
		for (const module of ['b2b', 'factory', 'membership'])
			await boss.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
		const who = permission ? await inRole(boss, permission) : await colleague(boss, role);
		const { page } = who;
		const entries = () => page.locator('nav').getByRole('menuitem').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
		await who.go('/organization');
		await page.getByRole('menuitem', { name: 'Profile and security' }).waitFor();
		const pages = await entries();
		await who.go('/');
		const more = page.locator('nav').getByRole('button', { name: 'More', exact: true });
		if (await more.isVisible())
			await more.click();
		await who.settled();
		pages.push(...await entries());
		assert.ok(pages.length > 4, `${pages}`);
		const refused = [];
		for (const address of new Set(pages)) {
			await who.lead(address);
			await page.waitForURL(`**${address}`);
			await who.settled();
			refused.push(...(await page.locator('main').getByRole('alert').allInnerTexts()).map((text) => `${address}: ${text}`));
		}
		assert.deepEqual(refused, []);
		await who.close();
		await boss.close();
	});
