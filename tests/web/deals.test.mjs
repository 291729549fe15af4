// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// The deal board: dragging by mouse, touch and keyboard, different columns, the table, archiving and restoring.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { long } from '../lib/api.mjs';
import { carry, drag, middle } from './lib/board.mjs';
import { VISITS, WIDTHS, demonstrator, isRead, member, mockReads, picture, readsOf, seedDemo } from './lib/browser.mjs';
import { renders } from './lib/renders.mjs';

before(seedDemo);

const card = (who, name) => who.page.locator('[data-card]').filter({ hasText: name });
const column = (who, stage) => who.page.getByRole('region', { name: stage });
const stageOf = async (who, name) =>
	(await who.call(`/api/deals?filter=${encodeURIComponent(JSON.stringify({ name }))}`))[0].stage;
const moves = (who) => {
	const sent = [];
	who.page.on('request', (rq) => rq.method() === 'POST' && sent.push(new URL(rq.url()).pathname));
	return sent;
};
for (const { name, ...look } of VISITS)
	long(`the board, a deal and the form match their screenshots (${name})`, async () => {
		const who = await demonstrator(look);
		const [deal] = await who.call('/api/deals?filter={"q":"booking"}');
		await who.go('/deals');
		await who.sees('Website relaunch');
		await who.looks(`deals-${name}`);
		await who.go(`/deals/${deal.id}/show`);
		await who.sees('Two practices, one calendar');
		await who.looks(`deal-${name}`);
		await who.go(`/deals/${deal.id}`);
		await who.page.locator('input[name=name]').waitFor();
		await who.looks(`deal-edit-${name}`);
		await who.go('/deals/archive');
		await who.page.getByPlaceholder(/Search|Rechercher/).waitFor();
		await who.looks(`deals-archive-${name}`);
		await who.close();
	});

test('a card is moved by mouse in one request, and a colleague sees the move', async () => {
	const one = await demonstrator(), other = await demonstrator();
	await one.go('/deals');
	await other.go('/deals');
	await card(one, 'Website relaunch').waitFor();
	await card(other, 'Website relaunch').waitFor();
	const sent = moves(one);
	await drag(one.page, card(one, 'Website relaunch'), column(one, 'Qualified'), () => picture(one.page, 'deals-drag'));
	await column(one, 'Qualified').getByText('Website relaunch').waitFor();
	await column(other, 'Qualified').getByText('Website relaunch').waitFor();
	assert.equal(await stageOf(one, 'Website relaunch'), 'qualified');
	assert.equal(sent.length, 1, `${sent}`);
	assert.match(sent[0], /^\/api\/deals\/\d+\/move$/);
	assert.equal(new URL(one.page.url()).pathname, '/deals');
	await one.close();
	await other.close();
});

long('the keyboard moves a card and its focus, and Escape cancels the move', async () => {
	const who = await demonstrator();
	await who.go('/deals');
	await who.press('Expand Won');
	const sent = moves(who);
	await carry(who, 'Member app', 'ArrowLeft', 'ArrowDown', 'Escape');
	await column(who, 'Proposal').getByText('Member app').waitFor();
	assert.equal(sent.length, 0);
	await carry(who, 'Member app', 'ArrowRight');
	await column(who, 'Won').getByText('Member app').waitFor();
	await who.page.waitForFunction(() => document.activeElement.getAttribute('aria-label')?.includes('Member app'));
	await who.page.waitForFunction(() => document.querySelector('[role=status]').textContent.includes('Won'));
	await who.sees('$24,000');
	for (let tries = 0; await stageOf(who, 'Member app') !== 'won'; tries++)
		assert.ok(tries < 50);
	assert.equal(sent.length, 1, `${sent}`);
	await who.close();
});

long('a change by a colleague during a move does not revert the card', async () => {
	const one = await demonstrator(), other = await demonstrator();
	const [deal] = await other.call('/api/deals?filter={"q":"templates"}');
	await one.go('/deals');
	await one.press('Expand Won');
	await card(one, 'Contract templates').waitFor();
	await one.settled();
	let go;
	const held = new Promise((resolve) => { go = resolve; });
	await one.page.route('**/api/deals/*/move', (route) => held.then(() => route.continue()));
	const under = one.page.waitForRequest('**/api/deals/*/move');
	await carry(one, 'Contract templates', 'ArrowLeft');
	await under;
	const reads = [];
	one.page.on('request', (rq) => rq.method() === 'GET' && isRead('/api/deals')(rq) && reads.push(rq.url()));
	const heard = one.page.waitForResponse(isRead('/api/deals/aggregate')); // the board is reloaded immediately
	await other.call(`/api/deals/${deal.id}`, { description: 'Changed meanwhile' }, 'PATCH');
	await heard;
	await column(one, 'Proposal').getByText('Contract templates').waitFor();
	assert.deepEqual(reads, []);
	const again = one.page.waitForResponse(isRead('/api/deals'));
	go();
	await again;
	await column(one, 'Proposal').getByText('Contract templates').waitFor();
	assert.equal(await stageOf(one, 'Contract templates'), 'proposal');
	await one.close();
	await other.close();
});

const deal = async (who, name) => (await who.call(`/api/deals?filter=${encodeURIComponent(JSON.stringify({ name }))}`))[0];

long('a move is undone, and the user is asked why a deal was lost, which the card shows', async () => {
	const who = await demonstrator();
	await who.go('/deals');
	await carry(who, 'Online booking', 'ArrowRight');
	await who.sees('“Online booking” moved to Proposal');
	await who.press('Undo');
	await who.sees('Undone');
	await column(who, 'Qualified').getByText('Online booking').waitFor();
	assert.equal(await stageOf(who, 'Online booking'), 'qualified');
	await who.press('Expand Lost');
	await carry(who, 'Online booking', 'ArrowRight', 'ArrowRight', 'ArrowRight');
	const why = who.page.getByRole('dialog', { name: 'Why was “Online booking” lost?' });
	await why.getByLabel('Reason').click();
	await who.page.getByRole('option', { name: 'Price' }).click();
	await who.looks('deal-lost');
	await why.getByRole('button', { name: 'Save' }).click();
	await column(who, 'Lost').getByText('Lost: Price').waitFor();
	assert.equal((await deal(who, 'Online booking')).metadata.lost_reason, 'price');
	await who.call(`/api/deals/${(await deal(who, 'Online booking')).id}/move`, { stage: 'qualified', index: 0 });
	await who.close();
});

long('every page that marks deals as lost asks for the reason, which is stored as a choice', async () => {
	const who = await member();
	const { page } = who;
	const [one, ...others] = await Promise.all(['Signage', 'Brochure', 'Poster'].map((name, n) => who.call('/api/deals',
		{ name, stage: 'opportunity', amount: 100, ...n === 2 && { metadata: { color: 'red', lost_reason: 'They moved away' } } })));
	const reasons = async (...deals) => (await Promise.all(deals.map(({ id }) => who.call(`/api/deals/${id}`)))).map(({ stage, metadata }) => [stage, metadata]);
	const answer = async (title, reason) => {
		const why = page.getByRole('dialog', { name: title });
		await why.getByLabel('Reason').click();
		await page.getByRole('option', { name: reason, exact: true }).click();
		await why.getByRole('button', { name: 'Save' }).click();
		await why.waitFor({ state: 'detached' });
	};
	// On a deal's page, where the reason can also be changed.
	await who.go(`/deals/${one.id}/show`);
	await page.getByRole('list', { name: 'Stage' }).getByRole('button', { name: /^Lost/ }).click();
	await answer('Why was “Signage” lost?', 'Price');
	await who.press('Lost: Price');
	await page.getByRole('dialog').waitFor();
	await who.call(`/api/deals/${one.id}`, { metadata: { lost_reason: 'price', color: 'blue' } }, 'PATCH'); // the reason changes in the meantime
	await answer('Why was “Signage” lost?', 'No budget');
	await page.getByRole('button', { name: 'Lost: No budget' }).waitFor();
	await who.looks('deal-lost-page');
	assert.deepEqual(await reasons(one), [['lost', { color: 'blue', lost_reason: 'budget' }]]);
	await who.call(`/api/deals/${one.id}`, { metadata: { color: null, lost_reason: null } }, 'PATCH');
	// In a deal's form.
	await who.call(`/api/deals/${one.id}`, { stage: 'opportunity' }, 'PATCH');
	await who.go(`/deals/${one.id}`);
	await page.getByRole('combobox', { name: 'Stage' }).click();
	await page.getByRole('option', { name: 'Lost' }).click();
	await who.press('Save');
	await answer('Why was “Signage” lost?', 'Timing');
	assert.deepEqual(await reasons(one), [['lost', { lost_reason: 'timing' }]]);
	// In a table cell.
	await who.call(`/api/deals/${one.id}`, { stage: 'opportunity' }, 'PATCH');
	await who.go('/deals?as=table');
	await page.getByRole('button', { name: 'Edit Stage: Signage' }).click();
	await page.getByRole('option', { name: 'Lost' }).click();
	await answer('Why was “Signage” lost?', 'Other');
	assert.deepEqual(await reasons(one), [['lost', { lost_reason: 'other' }]]);
	// For several deals. One of them has more metadata, and a text from an earlier version.
	for (const name of ['Brochure', 'Poster', 'Signage'])
		await page.getByRole('checkbox', { name: `Select: ${name}` }).check();
	await who.press('Edit');
	await page.getByRole('option', { name: 'Stage' }).click();
	await page.getByRole('dialog').getByRole('combobox', { name: 'Stage' }).last().click();
	await page.getByRole('option', { name: 'Lost' }).click();
	// A colleague loses a different deal immediately afterwards.
	const theirs = await who.call('/api/deals', { name: 'Theirs', stage: 'opportunity' });
	const change = (url) => readsOf(url).some(({ pathname }) => pathname.startsWith('/api/bulk_changes/'));
	await page.route(change, async (route) => {
		await who.call(`/api/deals/${theirs.id}`, { stage: 'lost' }, 'PATCH');
		await route.continue();
	});
	await page.getByRole('dialog').getByRole('button', { name: 'Update 3 records' }).click();
	await page.getByRole('dialog', { name: 'Why were these 2 deals lost?' }).waitFor();
	await who.call(`/api/deals/${others[0].id}`, { metadata: { size: 'A5' } }, 'PATCH');
	await answer('Why were these 2 deals lost?', 'Competitor');
	assert.deepEqual(await reasons(theirs), [['lost', {}]]);
	assert.deepEqual(await reasons(one, ...others), [['lost', { lost_reason: 'other' }],
		['lost', { size: 'A5', lost_reason: 'competitor' }], ['lost', { color: 'red', lost_reason: 'competitor' }]]);
	// The deal is lost, but cannot be read again.
	await page.unroute(change);
	await who.call(`/api/deals/${one.id}`, { stage: 'opportunity' }, 'PATCH');
	await who.go(`/deals/${one.id}/show`);
	who.expect(/^500 GET \/api\/deals$/);
	await mockReads(page, ({ pathname, search }) => pathname === '/api/deals' && search.includes('metadata'), { status: 500, json: { title: 'Broken', status: 500 } });
	await page.getByRole('list', { name: 'Stage' }).getByRole('button', { name: /^Lost/ }).click();
	await page.getByRole('alert').first().waitFor();
	await who.close();
});

long('cards show their owner and overdue dates, and columns can be owners or months', async () => {
	const who = await demonstrator();
	const { id } = await deal(who, 'Online booking');
	await who.call(`/api/deals/${id}`, { expected_closing_date: '2020-01-31' }, 'PATCH');
	await who.go('/deals');
	await card(who, 'Online booking').getByText(/overdue/).waitFor();
	await card(who, 'Online booking').getByRole('img', { name: 'Owner: Demo User' }).waitFor();
	await who.page.getByLabel('View as').click();
	await who.page.getByRole('option', { name: 'Owners' }).click();
	await column(who, 'Demo User').getByText('Online booking').waitFor();
	await carry(who, 'Online booking', 'ArrowRight');
	await who.sees('“Online booking” moved to No owner');
	await column(who, 'No owner').getByText('Online booking').waitFor();
	await who.looks('deals-owners');
	assert.equal((await deal(who, 'Online booking')).sales_id, null);
	await who.press('Undo');
	await column(who, 'Demo User').getByText('Online booking').waitFor();
	await who.go('/deals?as=month');
	await column(who, 'Earlier').getByText('Online booking').waitFor();
	await carry(who, 'Online booking', 'ArrowRight');
	await who.sees(/“Online booking” moved to /);
	const { expected_closing_date } = await deal(who, 'Online booking');
	const last = new Date(new Date().getFullYear(), new Date().getMonth() + 1, 0).getDate();
	assert.equal(expected_closing_date.slice(0, 7), new Intl.DateTimeFormat('sv').format(new Date()).slice(0, 7));
	assert.equal(Number(expected_closing_date.slice(8)), last);
	await carry(who, 'Online booking', 'ArrowLeft'); // the card cannot be moved to "earlier", which is not a month
	await who.settled();
	await who.looks('deals-months');
	assert.equal((await deal(who, 'Online booking')).expected_closing_date, expected_closing_date);
	await who.close();
});

long('the owner columns include all users who own deals, even disabled users', async () => {
	const who = await member();
	const names = Array.from({ length: 14 }, (_, n) => `Owner${String.fromCharCode(65 + n)}`);
	const owners = [];
	for (const last_name of names)
		owners.push(await who.call('/api/sales', { email: `${last_name}.${process.pid}@example.test`, first_name: 'An', last_name }));
	await who.call('/api/deals', { name: 'Signage', stage: 'opportunity', amount: 100, sales_id: owners[13].id });
	await who.call('/api/deals', { name: 'Brochure', stage: 'opportunity', amount: 100, sales_id: owners[12].id });
	await who.call(`/api/sales/${owners[12].id}`, { disabled: true }, 'PATCH');
	await who.go('/deals?as=owner');
	await column(who, 'An OwnerN').getByText('Signage').waitFor();
	await column(who, 'An OwnerM (disabled)').getByText('Brochure').waitFor();
	await who.sees('Only the first 12 colleagues without deals are shown, by name.');
	await who.looks('deals-all-owners');
	// With a filter, only the owners of matching deals are shown.
	await who.go('/deals?as=owner&q=signage');
	await column(who, 'An OwnerM (disabled)').waitFor({ state: 'detached' });
	await column(who, 'An OwnerN').getByText('Signage').waitFor();
	await who.close();
});

for (const [name, width] of Object.entries(WIDTHS))
	long(`a table shows the same deals, with the filters of the board (${name})`, async () => {
		const who = await demonstrator({ width });
		await who.go('/deals?q=poster');
		await card(who, 'Poster campaign').waitFor();
		await who.page.getByLabel('View as').click();
		await who.page.getByRole('option', { name: 'Table' }).click();
		await who.page.getByText('Poster campaign').first().waitFor();
		assert.equal(await who.page.getByText('Member app').count(), 0);
		await who.page.getByRole('searchbox').fill('');
		await who.sees('Member app');
		await who.looks(`deals-table-${name}`);
		await who.close();
	});

long('the six stages fit into 1440 pixels, and on a phone the next stage begins at the edge', async () => {
	for (const width of [1440, 360]) {
		const who = await member({ width });
		await who.call('/api/deals', { name: 'A deal with a rather long name', stage: 'opportunity', amount: 1000 });
		await who.go('/deals');
		await card(who, 'A deal with').waitFor();
		const board = who.page.getByRole('group', { name: 'Board' });
		const [wide, next] = await board.evaluate((one) => [one.scrollWidth - one.clientWidth,
			one.querySelectorAll('[data-stage]')[1].getBoundingClientRect().left]);
		if (width === 1440)
			assert.equal(wide, 0);
		else
			assert.ok(wide > 0 && next > 250 && next < 340, `${wide} ${next}`);
		// The board takes up most of the window below the filters and buttons.
		assert.ok((await board.boundingBox()).y < (width === 1440 ? 190 : 350), `${width}: ${(await board.boundingBox()).y}`);
		await who.looks(`deals-stages-${width}`);
		await who.close();
	}
});

long('the menu of a card moves the card', async () => {
	const who = await demonstrator();
	await who.go('/deals');
	await who.press('Move “Online booking”');
	await picture(who.page, 'deals-menu');
	await who.page.getByRole('menuitem', { name: 'Move to Proposal' }).click();
	await column(who, 'Proposal').getByText('Online booking').waitFor();
	await who.sees('“Online booking” moved to Proposal');
	await who.press('Undo');
	await who.sees('Undone');
	// With the keyboard, Enter opens the menu.
	await who.page.getByRole('button', { name: 'Move “Online booking”' }).focus();
	await who.page.keyboard.press('Enter');
	await who.page.getByRole('menuitem', { name: 'Move to Lost' }).waitFor();
	await who.page.keyboard.press('Escape');
	await who.close();
});

long('dragging a card renders no other card, columns load ten cards, and closed stages are narrow', async () => {
	const who = await member();
	const { page } = who;
	for (const stage of ['opportunity', 'proposal-sent'])
		await who.call('/api/batch', { operations: Array.from({ length: 24 }, (_, n) => ({ method: 'POST', resource: 'deals',
			data: { name: `${stage} with a name that is much too long for its card ${n}`, stage, amount: 100, category: 'other', expected_closing_date: n % 2 ? '2020-01-01' : null } })) });
	await who.call('/api/deals', { name: 'Old', stage: 'won', amount: 100 });
	await who.go('/deals');
	await page.locator('[data-card]').first().waitFor();
	await who.settled();
	assert.equal(await page.locator('[data-card]').count(), 20);
	assert.ok((await column(who, 'Won').boundingBox()).width < 50);
	assert.deepEqual(await page.locator('[data-card]').evaluateAll((all) => [...new Set(all.map((one) => one.offsetHeight))].length), 1);
	await column(who, 'Opportunity').getByRole('button', { name: 'Show more (14)' }).click();
	await page.locator('[data-card]').nth(33).waitFor();
	await page.evaluate(() => scrollTo(0, 0));
	const [x, y] = await middle(page.locator('[data-card]').first());
	await page.mouse.move(x, y);
	await page.mouse.down();
	await page.mouse.move(x + 10, y + 10);
	await page.locator('.ghost').waitFor();
	assert.deepEqual(await renders(page, '[data-card] a', () => page.mouse.move(x + 20, y + 300, { steps: 20 })), []);
	// The board scrolls while a card is at its edge.
	for (let tries = 0; !await page.locator('[data-stage=won][data-target]').isVisible(); tries++) {
		assert.ok(tries < 200, 'the column is not the target');
		const [there, down] = await middle(column(who, 'Won'));
		await page.mouse.move(there + tries % 2, down);
		await page.waitForTimeout(50);
	}
	await page.mouse.up();
	await column(who, 'Won').getByText('2', { exact: true }).waitFor();
	await who.press('Expand Won');
	await card(who, 'opportunity with').and(page.locator('[data-stage=won] *')).waitFor();
	await who.press('Collapse Won');
	await column(who, 'Won').getByRole('button', { name: 'Expand Won' }).waitFor();
	await who.close();
});

long('a card is moved by a touch that is held for a moment', async () => {
	const who = await demonstrator({ width: 800, hasTouch: true });
	await who.go('/deals');
	await who.press('Expand Lost');
	const whole = card(who, 'Poster campaign');
	await whole.scrollIntoViewIfNeeded();
	const cdp = await who.context.newCDPSession(who.page);
	const touch = (type, x, y) => cdp.send('Input.dispatchTouchEvent',
		{ type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] });
	const [x, y] = await middle(whole);
	const [, there] = await middle(column(who, 'Proposal'));
	await touch('touchStart', x, y);
	await who.page.getByRole('status').getByText('“Poster campaign” picked up').waitFor();
	await touch('touchMove', x - 20, y);
	await touch('touchMove', x - 240, there);
	const target = who.page.locator('section:not([aria-labelledby=stage-lost]) .target');
	await target.waitFor({ state: 'attached' });
	const to = await target.evaluate((one) => one.closest('[data-stage]').dataset.stage);
	await touch('touchEnd');
	for (let tries = 0; await stageOf(who, 'Poster campaign') === 'lost'; tries++)
		assert.ok(tries < 50);
	assert.equal(await stageOf(who, 'Poster campaign'), to);
	await who.close();
});

test('a refused drop is reverted, and the reason is shown', async () => {
	const who = await demonstrator();
	await who.go('/deals');
	await card(who, 'Online booking').waitFor();
	const reason = 'no such deal in that stage';
	await who.page.route('**/api/deals/*/move', (route) => route.fulfill({ status: 422,
		contentType: 'application/problem+json', body: JSON.stringify({ status: 422, message: reason }) }));
	who.expect(/^422 POST /);
	// The card is shown in the new column immediately, before the board is read again.
	let read;
	const checked = new Promise((resolve) => { read = resolve; });
	await who.page.route(/\/api\/(batch|deals)\?/, async (route) => { await checked; await route.continue(); });
	await carry(who, 'Online booking', 'ArrowRight');
	await who.sees(`“Online booking” wasn’t moved: The server rejected the request. (${reason})`);
	await column(who, 'Qualified').getByText('Online booking').waitFor();
	read();
	await who.settled();
	await column(who, 'Qualified').getByText('Online booking').waitFor();
	await who.close();
});

test('a deal is created, gets a note, changes its stage, and is archived and restored', async () => {
	const who = await demonstrator();
	await who.go('/deals');
	await who.press('New deal');
	await who.fill({ 'Name *': '<i>Signage</i>', 'Amount *': '1500' });
	await who.press('Save');
	await who.page.getByRole('status').getByRole('link', { name: 'View' }).click();
	await who.fill({ 'Write a note': 'Measure the door' });
	await who.press('Add note');
	await who.page.getByRole('listitem').filter({ hasText: 'Measure the door' }).waitFor();
	const stage = (name) => who.page.getByRole('list', { name: 'Stage' }).getByRole('button', { name: new RegExp(`^${name}`) });
	await stage('Proposal').click();
	await stage('Proposal').and(who.page.locator('[aria-current=step]')).waitFor();
	// Each stage in which the deal was shows the time.
	await stage('Proposal').getByText('0 hr').waitFor();
	assert.equal(await stage('Won').innerText(), 'Won');
	await who.page.getByRole('tab', { name: 'Stages' }).click();
	await who.page.getByRole('tabpanel').getByText('Proposal').waitFor();
	await who.further('Archive');
	await who.sees('Archived on');
	await who.go('/deals/archive');
	await who.page.getByRole('row').filter({ hasText: 'Signage' }).waitFor();
	await who.looks('deals-archived');
	await who.press('Unarchive');
	await who.page.getByRole('row').filter({ hasText: 'Signage' }).waitFor({ state: 'detached' });
	await who.go('/deals');
	await column(who, 'Proposal').getByText('Signage').waitFor();
	await who.page.getByRole('searchbox').fill('signage');
	await card(who, 'Poster campaign').waitFor({ state: 'detached' });
	await card(who, 'Signage').waitFor();
	await who.close();
});
