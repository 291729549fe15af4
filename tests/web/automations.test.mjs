// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: api/crm/automation tests the rules, and forms.test.mjs their form.
// Automation rules: creation, dry run, execution, disabling, and run history.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { PASSWORD, VISITS, api, demonstrator, member, seedDemo, visitor } from './lib/browser.mjs';

before(seedDemo);

const choose = async ({ page }, label, option, nth = 0) => {
	await page.getByRole('combobox', { name: label }).nth(nth).click();
	await page.getByRole('option', { name: option, exact: true }).click();
};

for (const { name, ...look } of VISITS)
	test(`the rules, a rule and the form match their screenshots (${name})`, async () => {
		const who = await demonstrator({ ...look, ...name === 'phone' && { locale: 'fr-FR' } });
		const [tag] = await who.call('/api/tags');
		// Two rules that undo each other stop, and the log shows why.
		const set = (title, other) => who.call('/api/automation_rules', { name: `${name}: ${title} after ${other}`,
			trigger_type: 'contact.updated', action_type: 'set_field', action_config: { field: 'title', value: title },
			trigger_config: { conditions: [{ field: 'title', op: 'eq', value: other }, { field: 'tags', op: 'contains', value: tag.id }] } });
		const rule = await set('This', 'That');
		const back = await set('That', 'This');
		const contact = await who.call('/api/contacts', { first_name: 'Round', last_name: name, title: 'None', tags: [tag.id] });
		await who.call(`/api/contacts/${contact.id}`, { title: 'This' }, 'PATCH');
		await who.go('/automation_rules');
		await who.page.getByRole('link', { name: rule.name }).waitFor();
		await who.page.getByText(/Round/).first().waitFor();
		await who.looks(`automations-${name}`);
		await who.go(`/automation_rules/${back.id}/show`);
		await who.page.getByText(/Round/).first().waitFor();
		await who.looks(`automation-${name}`);
		await who.go(`/automation_rules/${rule.id}`);
		await who.page.locator('[name="trigger_config.conditions.0.value"]').waitFor();
		await who.looks(`automation-edit-${name}`);
		for (const { id } of [rule, back])
			await who.call(`/api/automation_rules/${id}`, undefined, 'DELETE');
		await who.call(`/api/contacts/${contact.id}`, undefined, 'DELETE');
		await who.close();
	});

test('a rule is written, tested before it is saved, executed, and disabled', async () => {
	const who = await member();
	const { page } = who;
	const contact = await who.call('/api/contacts', { first_name: 'Ada', last_name: 'King', title: 'Founder', status: 'cold' });
	await who.go('/automation_rules');
	await who.sees('No rules yet');
	await page.getByRole('link', { name: 'New rule' }).click();
	await page.getByLabel(/^Name/).fill('Call whoever gets warm');
	await choose(who, 'To', 'Warm');
	await page.getByRole('button', { name: 'Add condition' }).click();
	await choose(who, /^Field/, 'Position');
	await choose(who, /^Operator/, 'contains');
	await page.getByLabel(/^Value/).fill('found');
	await page.getByLabel(/^Text/).fill('Call {{first_name}}');
	await who.press('Test rule');
	const dialog = page.getByRole('dialog', { name: 'Test rule' });
	await dialog.getByRole('combobox', { name: /^Contact/ }).fill('king');
	await page.getByRole('option', { name: 'Ada King' }).click();
	await dialog.getByRole('button', { name: 'Run test' }).click();
	await dialog.getByRole('status').getByText('The rule would run:').waitFor();
	await dialog.getByText(/Call Ada/).waitFor();
	await who.looks('automation-try', { fullPage: false });
	await dialog.getByRole('button', { name: 'Close' }).click();
	const saved = page.waitForResponse((rs) => rs.request().method() === 'POST' && rs.url().includes('/api/automation_rules'));
	await who.press('Save');
	await saved;
	await page.getByText('Active', { exact: true }).first().waitFor();
	const [{ trigger_config, action_config }] = await who.call('/api/automation_rules');
	assert.deepEqual(trigger_config, { to: 'warm', conditions: [{ field: 'title', op: 'contains', value: 'found' }] });
	assert.deepEqual(action_config, { text: 'Call {{first_name}}', due_in_days: 1 });
	await who.call(`/api/contacts/${contact.id}`, { status: 'warm' }, 'PATCH');
	await page.getByRole('link', { name: 'Ada King' }).waitFor();
	await who.sees('done');
	await page.getByRole('switch').click();
	await who.sees('Inactive. Turn it on to run it.');
	assert.equal((await who.call('/api/automation_rules'))[0].enabled, false);
	await who.close();
});

test('a member can read rules but not change them, and the server\'s errors are shown', async () => {
	const who = await member();
	const { token } = await who.call('/api/invites', { role: 'member' });
	await who.call('/api/automation_rules', { name: 'A note', trigger_type: 'deal.created', action_type: 'create_note',
		action_config: { text: 'New: {{name}}' } });
	const other = await visitor();
	const email = `member.${process.pid}@example.test`;
	await api(other.context, '/api/signup', { email, password: PASSWORD, first_name: 'Max', last_name: 'Member', invite_token: token });
	await api(other.context, '/api/auth/sign-in/email', { email, password: PASSWORD });
	await other.go('/automation_rules');
	await other.page.getByRole('link', { name: 'A note' }).click();
	await other.sees('No runs yet');
	assert.equal(await other.page.getByRole('switch').count(), 0);
	assert.equal(await other.page.getByRole('link', { name: 'Edit' }).count(), 0);
	await other.close();
	who.expect(/^422 POST /);
	await who.go('/automation_rules/create');
	await who.page.getByLabel(/^Name/).fill('Quotes nonsense');
	await who.page.getByLabel(/^Text/).fill('{{nonsense}}');
	await who.press('Save');
	await who.sees('cannot quote {{nonsense}}');
	await who.close();
});
