// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: days.test.mjs counts the interactions of daily work.
// The number of interactions other than typing in daily work: clicks, and keys that do not type text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colleague, member } from './lib/browser.mjs';

// Counts clicks and keys. Typing into a field that has the focus is not counted.
function hands(who) {
	let count = 0;
	return {
		click: async (locator) => { count++; await locator.click(); },
		key: async (name) => { count++; await who.page.keyboard.press(name); },
		type: (text) => who.page.keyboard.type(text),
		used: () => count,
	};
}

async function work(t, who, what, most, deed) {
	const hand = hands(who);
	const start = performance.now();
	await deed(hand);
	t.diagnostic(`say ${what}: ${hand.used()} interactions, ${Math.round(performance.now() - start)} ms`);
	assert.ok(hand.used() <= most, `${what}: ${hand.used()} interactions`);
	await who.settled();
}

test('the daily work needs few interactions', async (t) => {
	const who = await member();
	const { page } = who;
	await colleague(who, 'member', { first_name: 'Grace', last_name: 'Hopper' });
	await who.call('/api/batch', { operations: Array.from({ length: 50 }, (_, n) => ({ method: 'POST', resource: 'contacts',
		data: { first_name: 'Person', last_name: `Number${n}` } })) });
	const deal = await who.call('/api/deals', { name: 'Engine', stage: 'opportunity', amount: 1 });
	const [{ id }] = await who.call('/api/contacts?range=[0,0]');

	await who.go(`/deals/${deal.id}/show`);
	await work(t, who, 'change the amount of a deal', 2, async ({ click, key, type }) => {
		await click(page.getByRole('region', { name: 'About' }).getByText(/1$/).first());
		await page.getByRole('dialog', { name: 'Amount: Engine' }).getByRole('textbox').and(page.locator(':focus')).waitFor();
		await page.keyboard.press('Control+a'); // selects the text, so that typing replaces it
		await type('4200');
		await key('Enter');
		await page.getByRole('region', { name: 'About' }).getByText(/4,200/).waitFor();
	});
	assert.equal((await who.call(`/api/deals/${deal.id}`)).amount, 4200);

	await who.go(`/contacts/${id}/show`);
	await work(t, who, 'log a call', 3, async ({ click, type }) => {
		await click(page.getByRole('button', { name: 'Log call' }));
		await type('She called back');
		await click(page.getByRole('dialog').getByRole('button', { name: 'Save' }));
		await who.sees('Activity logged');
	});

	await who.go('/contacts');
	await who.sees('Person Number0');
	await work(t, who, 'give 50 contacts another owner', 5, async ({ click }) => {
		await click(page.getByRole('checkbox', { name: 'Select all' }));
		await click(page.locator('[data-test=bulk-actions-toolbar]').getByRole('button', { name: 'Edit' }));
		await click(page.getByRole('option', { name: 'Owner' }));
		await click(page.getByRole('option', { name: 'Grace Hopper' }));
		await click(page.getByRole('button', { name: 'Update 50 records' }));
		await who.sees('Owner: 50 records updated');
	});
	const owners = new Set((await who.call('/api/contacts?range=[0,99]')).map((one) => one.sales_id));
	assert.equal(owners.size, 1);

	// If the organization has records, Tab accepts the typed record and moves to the next field.
	await who.call('/api/companies', { name: 'Analytical Engines' });
	await who.call('/api/tags', { name: 'vip', color: '#eddcd2' });
	const field = (name) => page.getByRole('dialog').getByLabel(name, { exact: true });
	const reach = async (name) => {
		for (let tabs = 0; tabs < 12 && !await field(name).evaluate((one) => one === document.activeElement); tabs++)
			await page.keyboard.press('Tab');
	};
	for (const [path, extra] of [['/trash', 0], ['/deals', 1]]) {
		await who.go(path);
		await page.getByRole('heading', { level: 1 }).waitFor();
		await who.settled();
		await work(t, who, `create a contact from ${path}`, 3, async ({ click, key, type }) => {
			await key('c');
			if (extra)
				await click(page.getByRole('tab', { name: 'Contact' }));
			await field('First name').and(page.locator(':focus')).waitFor();
			await type('Charles');
			await reach('Last name');
			await type(`Babbage${extra}`);
			await reach('Email');
			await type(`charles${extra}@engines.example`);
			await reach('Company');
			await type('Analyt');
			await page.getByRole('option', { name: 'Analytical Engines' }).waitFor();
			await reach('Tags');
			await type('vi');
			await page.getByRole('option', { name: 'vip', exact: true }).waitFor();
			await page.keyboard.press('Tab');
			await click(page.getByRole('button', { name: 'Save' }));
			await who.sees('Contact created');
		});
		const [row] = await who.call(`/api/contacts?filter={"last_name":"Babbage${extra}"}`);
		assert.deepEqual([row.company_name, row.email_jsonb[0].email, row.tags.length], ['Analytical Engines', `charles${extra}@engines.example`, 1]);
	}

	await who.go('/trash');
	await page.getByRole('heading', { level: 1 }).waitFor();
	await work(t, who, 'find a contact', 2, async ({ key, type }) => {
		await key('Control+k');
		await page.getByRole('combobox', { name: 'Search' }).waitFor();
		await type('number17');
		await page.getByRole('option', { name: /Number17/, selected: true }).waitFor();
		await key('Enter');
		await page.getByRole('heading', { name: 'Person Number17', level: 1 }).waitFor();
	});
	await who.close();
});
