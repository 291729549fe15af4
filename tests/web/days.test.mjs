// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The working days of seven roles, starting from the menu, as people click and
// type.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastMail } from '../lib/mail.mjs';
import { BASE, PASSWORD, READ_AHEAD, colleague, member, visitor } from './lib/browser.mjs';
import { day } from './lib/day.mjs';

const enable = (who, module) => who.call(`/api/modules/${module}`, { enabled: true }, 'PUT');

test('a salesperson', async (t) => {
	const boss = await member();
	const who = await colleague(boss, 'member', { first_name: 'Sam', last_name: 'Seller', width: 1440 });
	await day(t, who, 'salesperson', [
		['add a contact with a new company', 6, async (h) => {
			await h.menu('Contacts');
			await h.press('New contact');
			await h.write('First name', 'Grace');
			await h.write('Last name', 'Hopper');
			await h.pick('Company', 'Navy');
			await h.press('Save');
			await h.sees('Contact created');
		}],
		['log a call on the contact’s page', 4, async (h) => {
			await h.key('Control+k');
			await h.type('hopper');
			await h.page.getByRole('option', { name: /Grace Hopper/, selected: true }).waitFor();
			await h.key('Enter');
			await h.press('Log call');
			await h.type('She called back');
			await h.press('Save');
			await h.sees('Activity logged');
		}],
		['plan a task', 5, async (h) => {
			await h.menu('Tasks');
			await h.press('New task');
			await h.write('Task *', 'Send the offer');
			await h.pick(/^Contact/, 'Grace Hopper');
			await h.press('Save');
			await h.sees('Task created');
		}],
		['complete it', 2, async (h) => {
			await h.menu('Tasks');
			await h.click(h.page.getByRole('checkbox', { name: /Send the offer/ }));
			await h.sees('Undo');
		}],
		['plan a meeting', 5, async (h) => {
			await h.menu('Calendar');
			await h.press('New appointment');
			await h.write('Title *', 'Show the compiler');
			await h.pick(/^Contact/, 'Grace Hopper');
			await h.press('Save');
			await h.page.getByRole('button', { name: /Show the compiler/ }).or(h.page.getByText('Show the compiler')).first().waitFor();
		}],
		['add a deal', 6, async (h) => {
			await h.menu('Deals');
			await h.press('New deal');
			await h.write('Name *', 'Compiler');
			await h.pick('Company', 'Navy');
			await h.write('Amount *', '25500');
			await h.press('Save');
			await h.sees('Deal created');
		}],
		['move it along its path', 3, async (h) => {
			await h.menu('Deals');
			await h.click(h.page.getByRole('link', { name: 'Compiler' }).first());
			await h.click(h.page.getByRole('list', { name: 'Stage' }).getByRole('button', { name: /^Proposal sent/ }));
			await h.page.locator('[aria-current=step]').filter({ hasText: 'Proposal sent' }).waitFor();
		}],
		['win it', 3, async (h) => {
			await h.menu('Deals');
			await h.click(h.page.getByRole('link', { name: 'Compiler' }).first());
			await h.click(h.page.getByRole('list', { name: 'Stage' }).getByRole('button', { name: /^Won/ }));
			await h.page.locator('[aria-current=step]').filter({ hasText: 'Won' }).waitFor();
		}],
	]);
	const [task] = await who.call('/api/tasks'), [meeting] = await who.call('/api/appointments');
	assert.ok(task.done_date);
	assert.equal(meeting.contact_id, task.contact_id);
	const [deal] = await who.call('/api/deals');
	assert.deepEqual([deal.stage, deal.amount], ['won', 25500]);
	assert.equal((await who.call(`/api/companies/${deal.company_id}`)).name, 'Navy');
	await who.close();
	await boss.close();
});

test('a cost engineer', async (t) => {
	const who = await member({ width: 1440 });
	await enable(who, 'factory');
	await day(t, who, 'cost engineer', [
		['add a rate', 6, async (h) => {
			await h.menu('Settings', 'Rates');
			await h.press('New rate');
			await h.write('Code *', 'steel');
			await h.write('Rate *', '2.5');
			await h.page.getByLabel('First day *').fill('2020-01-01');
			await h.press('Save');
			await h.sees('Rate created');
		}],
		['calculate a part', 8, async (h) => {
			await h.menu('Back to work', 'Cost calculations');
			await h.press('New calculation');
			await h.page.locator('#cost-name:focus').waitFor();
			await h.type('Frame');
			await h.write(h.page.locator('#cost-quantity'), '10');	// the input of the calculation, not of "What if"
			await h.pick('Name or code', 'steel');
			await h.write('Qty per unit', '2');
			await h.sees(/50\.00/);
			await h.press('Save');
			await h.sees('Calculation saved');
		}],
		['create a new version', 5, async (h) => {
			await h.menu('Cost calculations');
			await h.click(h.page.getByRole('link', { name: 'Frame', exact: true }).first());
			await h.press('New version');
			await h.write(h.page.locator('#cost-quantity'), '20');
			await h.sees(/100\.00/);
			await h.press('Save');
			await h.page.getByRole('heading', { level: 1, name: 'Frame (2)' }).waitFor();
			await h.page.getByRole('region', { name: 'About' }).getByText('US$100.00', { exact: true }).waitFor();
		}],
	]);
	await who.close();
});

test('a B2B manager', async (t) => {
	const who = await member({ width: 1440 });
	await enable(who, 'b2b');
	await day(t, who, 'B2B manager', [
		['add a company', 3, async (h) => {
			await h.menu('Companies');
			await h.press('New company');
			await h.write('Name *', 'Brightlane');
			await h.press('Save');
			await h.sees('Company created');
		}],
		['make it a principal, and add a product', 7, async (h) => {
			await h.menu('Products');
			await h.press('New product');
			await h.press('Make a company a principal');
			await h.pick('Company', 'Brightlane');
			await h.click(h.page.getByRole('dialog').last().getByRole('button', { name: 'Save' }));
			await h.write('SKU *', 'T-1');
			await h.write('Name *', 'Green tea');
			await h.press('Save');
			await h.sees('Product created');
		}],
		['add a price list with a price', 11, async (h) => {
			await h.menu('Price lists');
			await h.press('New price list');
			await h.write('Name *', 'Retail');
			await h.pick(/^Principal/, 'Brightlane');
			await h.press('Save');
			await h.sees('Price list created');
			await h.click(h.page.getByRole('link', { name: 'Retail' }).first());
			await h.press('New price');
			await h.pick(/^Product/, 'Green tea');
			await h.write('Price *', '12.50');
			await h.press('Save');
			await h.sees('Price created');
		}],
		['add an opportunity with items', 9, async (h) => {
			await h.menu('Deals');
			await h.press('New deal');
			await h.write('Name *', 'Tea for all');
			await h.press('Save');
			await h.sees('Deal created');
			await h.click(h.page.getByRole('link', { name: 'Tea for all' }).first());
			await h.tab('Items');
			await h.press('Add item');
			await h.pick(/^Product/, 'Green tea');
			await h.write('Quantity *', '4');
			await h.sees(/Leave empty for .*12\.50, from Retail/);
			await h.press('Save');
			await h.sees('Item added');
			await h.sees(/50\.00/);
		}],
	]);
	await who.close();
});

test('a member joins, pays and accepts an agreement', async (t) => {
	const boss = await member({ organization: 'Rowing Club', width: 1440 });
	await enable(boss, 'membership');
	await boss.call('/api/signup_policy', { enabled: true, tiers: ['gold', 'silver'], activates: true }, 'PUT');
	await boss.call('/api/agreement_documents', { name: 'rules', title: 'House rules', text: 'Close the **door**.' });
	const { slug } = (await boss.call('/api/auth/organization/list')).find(({ name }) => name === 'Rowing Club');
	const who = await visitor(), email = `day.${process.pid}@example.test`;
	await who.go(`/join/${slug}`);
	await who.page.locator('#email').fill(email);
	await who.page.locator('button[type=submit]').click();
	await who.page.locator('#first_name').fill('Vera');
	await who.page.locator('#last_name').fill('Visitor');
	await who.page.locator('#tier').click();
	await who.page.getByRole('option', { name: 'silver' }).click();
	await who.page.locator('button[type=submit]').click();
	await who.page.locator('#code').fill(lastMail(email, 'signup-code').data.code);
	await who.page.locator('button[type=submit]').click();
	await who.page.locator('#password').fill(PASSWORD);
	await who.page.locator('button[type=submit]').click();
	await who.page.waitForURL(`${BASE}/`);
	who.expect(READ_AHEAD);
	await day(t, who, 'member', [
		['add a phone number', 6, async (h) => {
			await h.press('My profile');
			await h.press('New contact detail');
			await h.pick(/^Kind/, 'Phone');
			await h.write('Value *', '+33 1 23 45 67 89');
			await h.press('Save');
			await h.sees('+33');
		}],
		['report a payment', 6, async (h) => {
			await h.press('Back');
			await h.press('Payments');
			await h.press('New payment');
			await h.write('Amount *', '40');
			await h.write('Description', 'Fee by transfer');
			await h.press('Save');
			await h.sees('Fee by transfer');
		}],
		['accept an agreement', 3, async (h) => {
			await h.press('Back');
			await h.press('Documents');
			await h.press('Accept: House rules');
			await h.page.getByRole('link', { name: 'House rules' }).waitFor();
		}],
		['give her bank account', 5, async (h) => {
			await h.press('Back');
			await h.press('Payments');
			await h.press('New bank account');
			await h.write('Holder *', 'Vera Visitor');
			await h.write('IBAN *', 'DE89370400440532013000');
			await h.press('Save');
			await h.sees(/3000/);
		}],
		['give her tax form', 8, async (h) => {
			await h.press('Back');
			await h.press('Verification and tax');
			await h.press('New tax form');
			await h.write('Year *', '2025');
			await h.write('Form *', 'W-9');
			await h.write('Country *', 'FI');
			await h.write('Legal name *', 'Vera Visitor');
			await h.write('Tax identifier *', '123-45-6789');
			await h.press('Save');
			await h.page.getByRole('link', { name: 'W9 2025' }).waitFor();
		}],
	]);
	const [account] = await boss.call('/api/payout_accounts'), [taxForm] = await boss.call('/api/tax_forms');
	assert.deepEqual([account.holder, taxForm.year], ['Vera Visitor', 2025]);
	const [payment] = await boss.call('/api/user_payments');
	assert.deepEqual([payment.amount, payment.status], [4000, 'pending']);
	await who.close();
	await boss.close();
});

test('a treasurer, and a second treasurer who approves', async (t) => {
	const who = await member({ width: 1440 });
	await enable(who, 'membership');
	const second = await colleague(who, 'admin', { first_name: 'Sam', last_name: 'Second', width: 1440 });
	await day(t, who, 'treasurer', [
		['add a member', 4, async (h) => {
			await h.menu('Members');
			await h.press('New member');
			await h.write('First name', 'Mia');
			await h.write('Last name', 'Member');
			await h.press('Save');
			await h.sees('Member created');
		}],
		['add an amount due', 6, async (h) => {
			await h.menu('Members');
			await h.click(h.page.getByText('Mia Member').first());
			await h.press('Dues');
			await h.press('New amount due');
			await h.write('Description', 'Locker');
			await h.write('Amount *', '40');
			await h.page.getByLabel('Due on').fill('2030-02-01');
			await h.press('Save');
			await h.sees('Amount due created');
		}],
		['record its payment', 8, async (h) => {
			await h.menu('Members');
			await h.click(h.page.getByText('Mia Member').first());
			await h.press('Dues');
			await h.click(h.page.getByRole('link', { name: /Locker/ }).first());
			await h.press('New payment');
			await h.press('Save');
			await h.press('View');
			await h.press('Mark as paid');
			await h.page.getByRole('button', { name: 'Refund' }).waitFor();
		}],
		['refund a part', 5, async (h) => {
			await h.menu('Payments');
			await h.click(h.page.getByRole('link', { name: /Locker/ }).first());
			await h.press('Refund');
			await h.write('Amount', '15.5');
			await h.click(h.page.getByRole('dialog').getByRole('button', { name: 'Refund' }));
			await h.sees(/15\.50/);
		}],
		['open a dispute', 5, async (h) => {
			await h.menu('Disputes');
			await h.press('New dispute');
			await h.pick(/^Payment/, 'Locker');
			await h.write('Reason *', 'Not as described');
			await h.press('Save');
			await h.sees('Dispute created');
		}],
		['add a member’s bank account', 6, async (h) => {
			await h.menu('Members');
			await h.click(h.page.getByText('Mia Member').first());
			await h.press('Bank accounts');
			await h.press('New bank account');
			await h.write('Holder *', 'Mia Member');
			await h.write('IBAN *', 'DE89370400440532013000');
			await h.press('Save');
			await h.sees('Bank account created');
		}],
		['request a payout', 7, async (h) => {
			await h.menu('Payouts');
			await h.press('New payout');
			await h.pick(/^Account/, 'Mia Member');
			await h.write('Currency *', 'EUR');
			await h.write('Amount *', '25');
			await h.write('Description', 'Prize');
			await h.press('Save');
			await h.sees('Payout created');
		}],
	]);
	await day(t, second, 'second treasurer', [
		['approve the payout', 3, async (h) => {
			await h.menu('Payouts');
			await h.click(h.page.getByRole('link', { name: /Prize/ }).first());
			await h.press('Approve');
			await h.page.getByText('Approved', { exact: true }).first().waitFor();
		}],
	]);
	assert.deepEqual((await who.call('/api/user_payouts')).map(({ status }) => status), ['approved']);
	await second.close();
	await who.close();
});

test('an administrator', async (t) => {
	const who = await member({ width: 1440 });
	const guest = await visitor();
	let link;
	await day(t, who, 'administrator', [
		['create a role', 8, async (h) => {
			await h.menu('Settings', 'Organization');
			await h.tab('Roles');
			await h.press('New role');
			await h.write('Name *', 'rep');
			await h.pick('Start from', 'Member');
			await h.page.getByRole('combobox', { name: 'Deals: See', exact: true }).selectOption('All');
			await h.press('Save');
			await h.sees('rep');
		}],
		['invite a colleague with this role', 6, async (h) => {
			await h.tab('Invitations');
			await h.press('Invite');
			await h.pick('Role', 'rep');
			await h.click(h.page.getByRole('dialog').getByRole('button', { name: 'Invite' }));
			link = (await h.page.getByRole('dialog').locator('pre').innerText()).trim();
			await h.press('Close');
		}],
		['create and test a webhook', 5, async (h) => {
			await h.menu('Webhooks');
			await h.press('New webhook');
			await h.write('URL', 'https://hooks.example/crm');
			await h.press('Save');
			await h.press('Close');
			await h.click(h.page.getByRole('button', { name: /^Test: / }));
			await h.sees('Test event queued');
		}],
		['look up who made a change', 2, async (h) => {
			await h.menu('Audit log');
			await h.click(h.page.getByRole('button', { name: /^Details: Webhook/ }).first());
			await h.sees('https://hooks.example/crm');
		}],
	]);
	await guest.page.goto(link);
	for (const [name, text] of [['first_name', 'Rita'], ['last_name', 'Rep'], ['email', `rita.${process.pid}@example.test`], ['password', PASSWORD]])
		await guest.page.locator(`[name=${name}]`).fill(text);
	await guest.page.locator('button[type=submit]').click();
	await guest.page.getByRole('menuitem', { name: 'Deals' }).waitFor();
	assert.deepEqual((await who.call('/api/organizations')).length, 1);
	await guest.close();
	await who.close();
});

test('a colleague whose role allows only one custom object', async (t) => {
	const boss = await member();
	await boss.call('/api/object_definitions', { label: 'Machine', plural: 'Machines', key: 'machines', help: 'What stands in the hall.' });
	await boss.call('/api/field_definitions', { resource: 'custom_machines', label: 'Power', key: 'power', kind: 'number' });
	await boss.call('/api/auth/organization/create-role', { role: 'mechanic', permission: { custom_machines: ['read', 'create', 'update:own'] } });
	const who = await colleague(boss, 'mechanic', { first_name: 'Max', last_name: 'Mechanic', width: 1440 });
	await day(t, who, 'mechanic', [
		['add a machine', 4, async (h) => {
			await h.menu('Machines');
			await h.press('New Machine');
			await h.write('Name *', 'Lathe');
			await h.write('Power', '7.5');
			await h.press('Save');
			await h.page.getByRole('link', { name: 'Lathe' }).first().waitFor();
		}],
		['correct it', 5, async (h) => {
			await h.menu('Machines');
			await h.click(h.page.getByRole('link', { name: 'Lathe' }).first());
			await h.press('Edit');
			await h.write('Power', '9');
			await h.press('Save');
			await h.page.getByRole('region', { name: 'About' }).getByText('9', { exact: true }).waitFor();
		}],
	]);
	assert.deepEqual((await boss.call('/api/custom_machines')).map(({ custom }) => custom), [{ power: 9 }]);
	await who.close();
	await boss.close();
});
