// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: api/tenancy/permissions tests the rules, and permissions.test.mjs the pages.
// The explanation of what a user may do, and why.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VISITS, colleague, member } from './lib/browser.mjs';

const lines = async (who) => Object.fromEntries((await who.page.getByRole('dialog').getByRole('listitem').allInnerTexts())
	.map((text) => text.split('\n')));

for (const { name, ...look } of VISITS)
	test(`member pages and record pages explain a user's access (${name})`, async () => {
		const who = await member(look);
		await who.call('/api/auth/organization/create-role', { role: 'rep', permission: {
			contacts: ['read', 'update:own', 'export'], contact_notes: ['read'], tasks: ['read'] } });
		const rita = await colleague(who, 'rep', { first_name: 'Rita', last_name: 'Rep', ...look });
		const { id } = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', sales_id: (await who.call('/api/me')).id });
		const english = name === 'desktop';
		const button = english ? 'Access' : 'Accès';
		await who.go('/organization/members');
		await who.page.getByRole('button', { name: `${button}: Rita Rep` }).waitFor();
		await who.looks(`organization-members-access-${name}`);
		await who.page.getByRole('button', { name: `${button}: Rita Rep` }).click();
		const dialog = who.page.getByRole('dialog');
		await dialog.getByRole('listitem').first().waitFor();
		await who.looks(`access-member-${name}`, { fullPage: false });
		if (english)
			assert.deepEqual(await lines(who), { 'View: Yes': 'The role “rep” allows this action for all records.',
				'Create: No': 'No role of this user allows this action.', 'Edit: Yes': 'The role “rep” allows this action for their own records.',
				'Delete: No': 'No role of this user allows this action.', 'Export: Yes': 'Allowed by the role “rep”.',
				'Import: No': 'No role of this user allows this action.', 'Merge: No': 'No role of this user allows this action.' });
		await dialog.getByRole('combobox').click();
		await who.page.getByRole('option', { name: english ? 'Deals' : 'Affaires', exact: true }).click();
		await dialog.getByText(english ? 'View: No' : 'Voir : Non').waitFor();
		await who.go(`/contacts/${id}/show`);
		await who.further(button);
		await dialog.getByRole('listitem').first().waitFor();
		if (english)
			assert.equal((await lines(who))['Edit: Yes'], 'The role “Owner” allows this action for all records.');
		await dialog.getByRole('combobox').fill('rita');
		await who.page.getByRole('option', { name: 'Rita Rep' }).click();
		await dialog.getByText(english ? 'but this record belongs to Ada Lovelace.' : 'mais celle-ci appartient à : Ada Lovelace.').waitFor();
		await who.looks(`access-record-${name}`, { fullPage: false });
		// Users who are not administrators can ask only about themselves.
		await rita.go(`/contacts/${id}/show`);
		await rita.further(button);
		await rita.page.getByRole('dialog').getByText(english ? 'Edit: No' : 'Modifier : Non').waitFor();
		assert.equal(await rita.page.getByRole('dialog').getByRole('combobox').count(), 0);
		await rita.go('/organization/members');
		await rita.page.getByRole('button', { name: `${button}: Rita Rep` }).waitFor();
		assert.equal(await rita.page.getByRole('button', { name: new RegExp(`^${button}: `) }).count(), 1);
		for (const resource of ['companies', 'deals']) {
			const { id: row } = await who.call(`/api/${resource}`, { name: 'Navy', ...(resource === 'deals' && { stage: 'opportunity' }) });
			await who.go(`/${resource}/${row}/show`);
			await who.further(button);
			await dialog.getByRole('listitem').first().waitFor();
			await who.looks(`access-${resource}-${name}`, { fullPage: false });
		}
		await rita.close();
		await who.close();
	});
