// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: days.test.mjs contains a working day with opportunities, and api/b2b tests the rules.
// Opportunities of the b2b module on a deal's page and on the board, their pipelines, and the forecast.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { carry } from './lib/board.mjs';
import { VISITS, colleague, member } from './lib/browser.mjs';

const switched = async (options) => {
	const who = await member(options);
	await who.call('/api/modules/b2b', { enabled: true }, 'PUT');
	return who;
};
const deal = (who, more) => who.call('/api/opportunities', { name: 'Tea harvest', stage: 'opportunity', amount: 1000, ...more });
const read = (who, { id }) => who.call(`/api/opportunities/${id}`);
const panel = (who, name = 'Opportunity') => who.page.getByRole('region', { name, exact: true });
const column = (who, stage) => who.page.getByRole('region', { name: stage, exact: true });
// Adds a second pipeline with two stages.
async function retail(who) {
	const pipeline = await who.call('/api/pipelines', { name: 'Retail' });
	for (const [label, outcome, probability] of [['Listed', 'open', 35], ['Refused', 'lost', 0]])
		await who.call('/api/pipeline_stages', { pipeline_id: pipeline.id, label, outcome, probability });
	return pipeline;
}

test('a deal shows its opportunity, whose probability is set manually and reset', async () => {
	const who = await switched();
	const { page } = who;
	const one = await deal(who);
	await who.go(`/deals/${one.id}/show`);
	await panel(who).getByText('20%').waitFor();
	await panel(who).getByText('$200').waitFor();
	await panel(who).getByText('Sales').waitFor();
	await page.getByRole('button', { name: 'Edit Probability: Tea harvest' }).click();
	await page.getByRole('spinbutton', { name: 'Probability' }).fill('55');
	await page.keyboard.press('Enter');
	await panel(who).getByText('55%, set manually').waitFor();
	await panel(who).getByText('$550').waitFor();
	await page.getByRole('button', { name: 'Edit Currency: Tea harvest' }).click();
	await page.getByRole('textbox', { name: 'Currency' }).fill('eur');
	await page.keyboard.press('Enter');
	await panel(who).getByText('€550').waitFor();
	// A change to the deal is also shown in the opportunity.
	await page.getByRole('button', { name: 'Edit Amount: Tea harvest' }).click();
	await page.getByRole('textbox', { name: 'Amount' }).fill('2000');
	await page.keyboard.press('Enter');
	await panel(who).getByText('€1,100').waitFor();
	await page.getByRole('button', { name: 'Edit Committed: Tea harvest' }).click();
	await page.getByRole('switch', { name: 'Committed' }).click();
	await panel(who).getByText('Yes').waitFor();
	await who.settled();
	await who.looks('deal-opportunity-desktop');
	assert.deepEqual((({ probability, currency, is_committed, amount }) => [probability, currency, is_committed, amount])(await read(who, one)),
		[55, 'EUR', true, 2000]);
	await who.press('Use the stage’s 20%');
	await panel(who).getByText('20%', { exact: true }).waitFor();
	assert.equal((await read(who, one)).probability_is_manual, false);
	// The server refuses a currency that does not exist.
	who.expect(/^422 PUT /);
	await page.getByRole('button', { name: 'Edit Currency: Tea harvest' }).click();
	await page.getByRole('textbox', { name: 'Currency' }).fill('XXX');
	await page.keyboard.press('Enter');
	await who.sees(/ISO 4217 currency code/);
	await page.getByRole('list', { name: 'Stage' }).getByRole('button', { name: /^Lost/ }).click();
	await page.getByRole('dialog').getByLabel('Reason').click();
	await page.getByRole('option', { name: 'Budget' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
	await panel(who).getByText('Budget').waitFor();
	await page.getByRole('button', { name: 'Edit Reason: Tea harvest' }).click();
	await page.getByRole('combobox', { name: 'Reason' }).fill('Competitor');
	await page.keyboard.press('Enter');
	await panel(who).getByText('Competitor').waitFor();
	await who.settled();
	assert.equal((await read(who, one)).outcome_reason, 'competitor');
	assert.equal(await panel(who).getByText('Probability').count(), 0);
	await who.looks('deal-lost-desktop');
	await who.close();
});

test('if two users change the probability, the second user sees both values', async () => {
	const who = await switched();
	const one = await deal(who);
	await who.go(`/deals/${one.id}/show`);
	await panel(who).getByText('20%').waitFor();
	await who.page.getByRole('button', { name: 'Edit Probability: Tea harvest' }).click();
	await who.page.getByRole('spinbutton', { name: 'Probability' }).fill('55');
	await who.settled();
	who.expect(/^412 PUT /);
	await who.call(`/api/opportunities/${one.id}`, { probability: 70 }, 'PATCH');
	await who.page.keyboard.press('Enter');
	const dialog = who.page.getByRole('dialog', { name: 'Someone else edited this' });
	await dialog.getByText('70').first().waitFor();
	await dialog.getByText('55').first().waitFor();
	await who.close();
});

test('a user who may not change deals can only read the opportunity', async () => {
	const boss = await switched();
	const one = await deal(boss, { probability: 30 });
	await retail(boss);
	const who = await colleague(boss, 'viewer');
	await who.go(`/deals/${one.id}/show`);
	await panel(who).getByText('30%, set manually').waitFor();
	assert.equal(await panel(who).getByRole('button').count(), 0);
	// A user whose role shows only some fields of deals sees only these fields.
	await boss.call('/api/auth/organization/create-role', { role: 'reader', permission: { companies: ['read'], deals: ['read'], 'deals.read': ['name', 'stage', 'amount', 'company_id', 'index', 'archived_at'] } });
	const { members } = await boss.call('/api/auth/organization/list-members');
	await boss.call('/api/auth/organization/update-member-role', { memberId: members.find(({ role }) => role === 'viewer').id, role: 'reader' });
	await who.go('/deals');
	await who.sees('1 · US$1,000');
	await who.page.getByLabel('Pipeline').waitFor();
	await who.go(`/deals/${one.id}/show`);
	await who.page.getByRole('region', { name: 'About' }).getByText('US$1,000').waitFor();
	await who.settled();
	assert.equal(await panel(who).count(), 0);
	assert.equal(await who.page.getByRole('menuitem', { name: 'Forecast' }).count(), 0);
	await who.close();
	await boss.close();
});

test('the board shows a pipeline with weighted totals, and a deal is moved to another pipeline', async () => {
	const who = await switched();
	const { page } = who;
	await deal(who);
	const one = await deal(who, { name: 'Coffee harvest', currency: 'EUR', amount: 500 });
	await who.go('/deals');
	await column(who, 'Opportunity').getByText('2 · US$1,000 + €500').waitFor();
	await column(who, 'Opportunity').getByText('Weighted: US$200 + €100').waitFor();
	assert.equal(await page.getByLabel('Pipeline').count(), 0, 'there is one only');
	const { id } = await retail(who);
	await who.go('/deals');
	await page.getByRole('combobox', { name: 'Pipeline' }).click();
	await page.getByRole('option', { name: 'Retail' }).click();
	await column(who, 'Listed').waitFor();
	await column(who, 'Opportunity').waitFor({ state: 'detached' });
	assert.equal(new URL(page.url()).searchParams.get('pipeline'), String(id));
	await page.reload();
	await column(who, 'Listed').waitFor();
	assert.deepEqual(await page.locator('[data-stage] h2').allInnerTexts(), ['Listed', 'Refused']);
	await page.getByRole('button', { name: 'New deal', exact: true }).click();
	await page.getByRole('dialog').getByRole('combobox', { name: 'Stage' }).filter({ hasText: 'Listed' }).waitFor();
	await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

	await who.go(`/deals/${one.id}/show`);
	await page.getByRole('button', { name: 'Move to pipeline…' }).click();
	await page.getByRole('dialog').getByLabel('Pipeline').filter({ hasText: 'Retail' }).waitFor();
	await page.getByRole('dialog').getByRole('button', { name: 'Move' }).click();
	await who.sees('“Coffee harvest” moved to Retail');
	await panel(who).getByText('Retail').waitFor();
	// The deal's stages are those of its pipeline.
	const stages = page.getByRole('list', { name: 'Stage' }).getByRole('button');
	await stages.filter({ hasText: 'Listed' }).waitFor();
	assert.deepEqual((await stages.allInnerTexts()).map((text) => text.replace(/\s.*/s, '')), ['Listed', 'Refused']);
	assert.equal((await read(who, one)).stage, 'listed');
	await who.go(`/deals?pipeline=${id}`);
	await column(who, 'Listed').getByText('Weighted: €175').waitFor();
	await column(who, 'Listed').getByText('Coffee harvest').waitFor();
	await who.looks('board-pipeline-desktop');
	// Moves the card by keyboard to the last stage, which means lost.
	await carry(who, 'Coffee harvest', 'ArrowRight');
	await column(who, 'Refused').getByText('Coffee harvest').waitFor();
	await who.settled();
	assert.equal((await read(who, one)).outcome, 'lost');
	await who.go(`/deals?pipeline=${id}&as=table`);
	await who.sees('Coffee harvest');
	assert.equal(await page.getByText('Tea harvest').count(), 0);
	await who.sees('1 · €500 · Weighted: €0');
	await who.go('/deals?as=table');
	await who.sees('2 · US$1,000 + €500 · Weighted: US$200 + €0');
	// The previous stages of the deal, newest first.
	await who.go(`/deals/${one.id}/show?tab=stages`);
	await page.getByRole('tabpanel').getByText('Listed').waitFor();
	assert.match(await page.getByRole('tabpanel').innerText(), /Refused[^]*Listed[^]*Opportunity/);
	await who.go(`/deals?pipeline=${id}&as=owner`);
	await column(who, 'Ada Lovelace').getByText('Coffee harvest').waitFor();
	assert.equal(await page.getByText('Tea harvest').count(), 0);
	await who.close();
});

test('an administrator adds a pipeline with stages, and edits, reorders and deletes them', async () => {
	const who = await switched();
	const { page } = who;
	const dialog = page.getByRole('dialog');
	const save = async () => {
		await dialog.getByRole('button', { name: 'Save' }).click();
		await dialog.waitFor({ state: 'detached' });
		await who.settled();
	};
	const lines = () => panel(who, 'Retail').locator('li').evaluateAll((all) => all.map((one) => one.querySelector('div').innerText.replace(/\s*\n\s*/g, ': ')));
	await who.call('/api/auth/organization/create-team', { name: 'Shops' });
	await who.go('/organization');
	await page.getByRole('menuitem', { name: 'Pipelines', exact: true }).click();
	await panel(who, 'Sales').getByText('Open · 20%').waitFor();
	await who.press('New pipeline');
	await who.fill({ 'Name': 'Retail' });
	await dialog.getByLabel('Team').click();
	await page.getByRole('option', { name: 'Shops' }).click();
	await save();
	await panel(who, 'Retail').getByText('Team: Shops').waitFor();
	for (const [name, outcome, probability] of [['Held', 'Waiting', '5'], ['Listed', 'Open', '35'], ['Refused', 'Lost']]) {
		await who.press('New stage: Retail');
		await who.fill({ Name: name });
		await dialog.getByLabel('Outcome').click();
		await page.getByRole('option', { name: outcome }).click();
		if (probability)
			await who.fill({ 'Probability (%)': probability });
		await save();
	}
	assert.deepEqual(await lines(), ['Held: Waiting · 5%', 'Listed: Open · 35%', 'Refused: Lost']);
	await who.press('Move down: Listed');
	await panel(who, 'Retail').locator('li').nth(1).getByText('Refused').waitFor();
	assert.equal((await who.call('/api/pipeline_stages?sort=["position","ASC"]')).at(-1).label, 'Listed');
	await who.press('Edit: Listed');
	await who.fill({ Name: 'On the shelf', 'Probability (%)': '45' });
	await save();
	assert.deepEqual(await lines(), ['Held: Waiting · 5%', 'Refused: Lost', 'On the shelf: Open · 45%']);
	await who.press('Edit: Retail');
	await dialog.getByLabel('Team').click();
	await page.getByRole('option', { name: 'No team' }).click();
	await dialog.getByRole('checkbox', { name: 'Default' }).check();
	await save();
	await panel(who, 'Retail').getByText('Default').waitFor();
	assert.equal(await panel(who, 'Sales').getByText('Default').count(), 0);
	await page.evaluate(() => scrollTo(0, 0));	// the bar with the title is hidden while the page is scrolled down
	await page.getByRole('heading', { level: 1 }).waitFor();
	await who.looks('pipelines-desktop');
	// The dialog shows the server's refusal.
	who.expect(/^422 DELETE /);
	await who.press('Delete: Sales');
	await dialog.getByRole('button', { name: 'Delete' }).click();
	await dialog.getByText(/this pipeline has stages/i).waitFor();
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await who.press('Delete: Refused');
	await dialog.getByRole('button', { name: 'Delete' }).click();
	await dialog.waitFor({ state: 'detached' });
	await panel(who, 'Retail').getByText('Refused').waitFor({ state: 'detached' });
	// A colleague has changed the stage in the meantime.
	who.expect(/^412 PUT /);
	await who.press('Edit: On the shelf');
	await who.fill({ Name: 'Mine' });
	const [stage] = await who.call('/api/pipeline_stages?filter={"label":"On the shelf"}');
	await who.call(`/api/pipeline_stages/${stage.id}`, { label: 'Theirs' }, 'PATCH');
	await dialog.getByRole('button', { name: 'Save' }).click();
	await dialog.getByRole('alert').waitFor();
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	// Colleagues who are not administrators do not have this page, and the drawer for new records does not offer
	// pipelines.
	const other = await colleague(who, 'member');
	await other.go('/organization');
	await other.page.getByRole('menuitem', { name: 'Back to work' }).waitFor();
	await other.settled();
	assert.equal(await other.page.getByRole('menuitem', { name: 'Pipelines', exact: true }).count(), 0);
	await other.go('/pipelines');
	await other.sees('Page not found');
	await other.close();
	await page.getByRole('button', { name: 'New', exact: true }).click();
	await dialog.getByRole('tab', { name: 'Contact', exact: true }).waitFor();
	const offered = await dialog.getByRole('tab').allInnerTexts();
	assert.ok(offered.includes('Contact') && offered.every((one) => !/Pipeline|Stage|B2B|Opportunity/.test(one)), `${offered}`);
	await who.close();
});

const MONTH = new Date().toISOString().slice(0, 7);

// Creates deals that close this month, and two closed deals.
async function harvests(who) {
	const { id } = await retail(who);
	const expected_closing_date = `${MONTH}-28`;
	await deal(who, { name: 'Tea', expected_closing_date, is_committed: true, probability: 50 });
	await deal(who, { name: 'Coffee', amount: 3000, expected_closing_date });
	const cocoa = await deal(who, { name: 'Cocoa', amount: 700, expected_closing_date, currency: 'EUR', stage: 'listed' });
	await who.call(`/api/opportunities/${cocoa.id}`, { sales_id: null }, 'PATCH');
	await deal(who, { name: 'Vanilla', amount: 500, expected_closing_date: null });
	await deal(who, { name: 'Sugar', amount: 4000, stage: 'won', outcome_reason: 'Quality' });
	await deal(who, { name: 'Salt', amount: 200, stage: 'lost', outcome_reason: 'price' });
	await deal(who, { name: 'Pepper', amount: 100, stage: 'lost', outcome_reason: '=1+1' });
	return id;
}

test('the forecast contains a chart and a table for each currency, and outcomes with their reasons', async () => {
	const who = await switched();
	const { page } = who;
	const id = await harvests(who);
	const rows = (name) => page.getByRole('table', { name }).locator('tbody tr').evaluateAll((all) => all.map((one) => [...one.cells].map((cell) => cell.innerText)));
	await who.go('/');
	await who.press('More');
	await page.getByRole('menuitem', { name: 'Forecast', exact: true }).click();
	await page.getByRole('table', { name: 'Expected and won: USD' }).waitFor();
	const [now, ...others] = await rows('Expected and won: USD');
	assert.deepEqual(now.slice(1), ['2', 'US$4,000', 'US$1,100', 'US$1,000', '1', 'US$4,000']);
	assert.equal(others.length, 13);
	assert.deepEqual(others.at(-2), ['No close date', '1', 'US$500', 'US$100', '–', '–', '–']);
	assert.deepEqual(others.at(-1), ['Total', '3', 'US$4,500', 'US$1,200', 'US$1,000', '1', 'US$4,000']);
	assert.deepEqual((await rows('Expected and won: EUR'))[0].slice(1), ['1', '€700', '€245', '–', '–', '–']);
	for (const [currency, n] of [['USD', 4], ['EUR', 2]])
		assert.equal(await page.getByRole('img', { name: new RegExp(`^Amounts in ${currency}`) }).locator('[data-bar]').count(), n);
	assert.deepEqual(await rows('Won and lost'), [['Won', 'Quality', '1', 'US$4,000', '0'], ['Lost', '=1+1', '1', 'US$100', '0'], ['Lost', 'Price', '1', 'US$200', '0']]);
	await panel(who, 'Won and lost').getByText('33%').waitFor();
	await who.looks('forecast-desktop');

	const file = async (part) => {
		const [saved] = await Promise.all([page.waitForEvent('download'), panel(who, part).getByRole('button', { name: 'Download CSV' }).click()]);
		return [saved.suggestedFilename(), (await (await saved.createReadStream()).toArray()).join('').split('\r\n')];
	};
	const [name, lines] = await file('Expected and won');
	assert.equal(name, 'forecast.csv');
	assert.deepEqual([lines[0], lines[1], lines.length], ['\ufeffMonth,Currency,Open deals,Open,Weighted,Committed,Won deals,Won', `${MONTH},USD,2,4000,1100,1000,1,4000`, 26]);
	assert.deepEqual((await file('Won and lost'))[1].slice(1), ['Won,Quality,USD,1,4000,0', 'Lost,"\'=1+1",USD,1,100,0', 'Lost,Price,USD,1,200,0']);

	await page.getByRole('combobox', { name: 'Pipeline' }).click();
	await page.getByRole('option', { name: 'Retail' }).click();
	await who.sees('No deals were won or lost in this period');
	await page.getByRole('table', { name: 'Expected and won: EUR' }).waitFor();
	assert.equal(await page.getByRole('table', { name: 'Expected and won: USD' }).count(), 0);
	assert.equal(new URL(page.url()).searchParams.get('pipeline_id'), String(id));
	await page.getByRole('combobox', { name: 'Pipeline' }).click();
	await page.getByRole('option', { name: 'All' }).click();
	await page.getByLabel('Owner').fill('Ada');
	await page.getByRole('option', { name: 'Ada Lovelace' }).click();
	await page.getByRole('table', { name: 'Expected and won: EUR' }).waitFor({ state: 'detached' });
	await page.getByRole('combobox', { name: 'Period' }).click();
	await page.getByRole('option', { name: 'Last year' }).click();
	await page.getByRole('row', { name: /^Total 1 US\$500 US\$100/ }).waitFor();
	await page.getByRole('combobox', { name: 'Pipeline' }).click();
	await page.getByRole('option', { name: 'Retail' }).click();
	await who.sees('No deals in this period');
	await page.reload();
	await who.sees('No deals in this period');
	await page.getByLabel('Owner').and(page.locator('[value="Ada Lovelace"]')).waitFor();
	await who.close();
});

// Creates a principal with a product, a distributor with terms, an advocate, an open opportunity and a won
// opportunity.
async function trade(who) {
	const company = async (name, profile) => {
		const one = await who.call('/api/companies', { name });
		await who.call(`/api/company_profiles/${one.id}`, profile, 'PATCH');
		return one.id;
	};
	const [principal, quiet, distributor] = [await company('Tea Estates', { is_principal: true }), await company('Quiet Foods', { is_principal: true }),
		await company('Northern Wholesale', { is_distributor: true })];
	await who.call('/api/products', { principal_id: principal, sku: 'T1', name: 'Green tea' });
	await who.call('/api/distributor_terms', { principal_id: principal, distributor_id: distributor, commission_rate: 12.5, valid_from: '2020-01-01' });
	const contact = await who.call('/api/contacts', { first_name: 'Nina', last_name: 'North', company_id: principal });
	const [place] = await who.call(`/api/contact_organizations?filter={"contact_id":${contact.id}}`);
	await who.call(`/api/contact_organizations/${place.id}`, { influence: 80 }, 'PATCH');
	await who.call('/api/activities', { type: 'visit', contact_id: contact.id, subject: 'Visit', occurred_at: new Date().toISOString() });
	for (const more of [{ amount: 1000 }, { amount: 4000, stage: 'won' }]) {
		const { id } = await deal(who, more);
		await who.call('/api/opportunity_participants', { opportunity_id: id, company_id: principal, role: 'principal', is_lead: true });
		await who.call('/api/opportunity_participants', { opportunity_id: id, company_id: distributor, role: 'distributor', is_lead: true });
	}
	return { principal, quiet };
}

test('the page of principals shows the products, people and deals of each principal, and the commissions', async () => {
	const who = await switched();
	const { page } = who;
	const { principal } = await trade(who);
	const rows = (name) => page.getByRole('table', { name, exact: true }).locator('tbody tr').evaluateAll((all) => all.map((one) => [...one.cells].map((cell) => cell.innerText)));
	await who.go('/');
	await who.press('More');
	await page.getByRole('menuitem', { name: 'Principals', exact: true }).click();
	await page.getByRole('table', { name: 'Principals' }).waitFor();
	await page.getByRole('button', { name: 'Make a company a principal' }).waitFor();
	const [tea, quiet, ...others] = await rows('Principals');
	assert.deepEqual([...tea.slice(0, 5), ...tea.slice(6)], ['Tea Estates', '1', 'US$200', 'US$4,000', '10', '1', '1', '1', '1']);
	assert.deepEqual([quiet, others], [['Quiet Foods', ...Array(9).fill('–')], []]);
	await page.getByRole('button', { name: 'Company', exact: true }).click();
	await page.waitForFunction(() => document.querySelector('tbody th')?.innerText === 'Tea Estates');
	await page.getByRole('button', { name: 'Company', exact: true }).click();
	await page.waitForFunction(() => document.querySelector('tbody th')?.innerText === 'Quiet Foods');
	assert.deepEqual(await rows('Commissions'), [['Tea Estates', 'Northern Wholesale', '1', '–', 'US$4,000.00', 'US$500.00']]);
	const [saved] = await Promise.all([page.waitForEvent('download'), panel(who, 'Commissions').getByRole('button', { name: 'Download CSV' }).click()]);
	assert.match((await (await saved.createReadStream()).toArray()).join('').split('\r\n')[1], /^Tea harvest,.*,Tea Estates,Northern Wholesale,USD,,12.5,4000,500$/);
	await page.getByRole('combobox', { name: 'Period' }).click();
	await page.getByRole('option', { name: 'Last year' }).click();
	await who.sees('No deals were won in this period');
	await page.getByRole('link', { name: 'Tea Estates' }).click();
	await page.waitForURL(`**/companies/${principal}/show`);
	await who.close();
});

test('the weekly email is switched on in the language of the page', async () => {
	const who = await switched({ locale: 'fr-FR' });
	const { page } = who;
	const setting = () => who.call('/api/opportunities/weekly_mail');
	await who.go('/forecast');
	const knob = page.getByRole('switch', { name: 'Message hebdomadaire' });
	// The email address of a new account is not verified.
	await panel(who, 'Message hebdomadaire').getByText('Vérifiez d’abord votre adresse e-mail').waitFor();
	assert.deepEqual([await knob.isChecked(), await knob.isDisabled()], [false, true]);
	execFileSync('psql', ['-Xqc', `UPDATE identity."user" SET email_verified = true WHERE email = '${who.email}'`]);
	await page.reload();
	await knob.click();
	await who.sees('Le message hebdomadaire est activé');
	await panel(who, 'Message hebdomadaire').getByText(/Le prochain arrive le .*:00/).waitFor();
	const { enabled, language, next_at } = await setting();
	assert.deepEqual([enabled, language, new Date(next_at).getUTCDay()], [true, 'fr', 1]);
	await page.reload();
	await page.getByRole('switch', { name: 'Message hebdomadaire', checked: true }).click();
	await who.sees('Le message hebdomadaire est désactivé');
	assert.equal((await setting()).enabled, false);
	await who.close();
});

for (const { name, ...look } of VISITS)
	test(`the pages match their screenshots (${name})`, async () => {
		const who = await switched(look);
		const id = await harvests(who);
		const [, coffee] = await who.call('/api/deals?sort=["id","ASC"]');
		await who.call(`/api/opportunities/${coffee.id}`, { probability: 55 }, 'PATCH');
		await trade(who);
		const pages = { principals: ['/principals', 'Tea Estates'], forecast: ['/forecast', /Cocoa|Quality/], pipelines: ['/pipelines', 'Listed'], 'board-weighted': ['/deals', 'Coffee'],
			'board-retail': [`/deals?pipeline=${id}`, 'Cocoa'], 'deal-coffee': [`/deals/${coffee.id}/show`, /55\s?%/] };
		for (const [page, [path, text]] of Object.entries(pages)) {
			await who.go(path);
			await who.sees(text);
			await who.settled();
			await who.page.evaluate(() => scrollTo(0, 0));
			await who.page.getByRole('heading', { level: 1 }).waitFor();
			await who.looks(`${page}-${name}`);
		}
		await who.close();
	});

test('the list of opportunities shows the names of stages and pipelines', async () => {
	const who = await switched(), pipeline = await retail(who);
	await deal(who, { name: 'Rye', stage: 'proposal-sent' });
	await deal(who, { name: 'Oats', pipeline_id: pipeline.id, stage: 'listed' });
	await who.go('/opportunities');
	for (const cell of ['Proposal sent', 'Listed', 'Retail'])
		await who.page.getByRole('cell').filter({ hasText: new RegExp(`^${cell}$`) }).first().waitFor();
	// The new stage has stored the English labels of the default stages in the configuration.
	const claire = await colleague(who, 'admin', { locale: 'fr-FR' });
	for (const path of ['/opportunities', '/pipelines']) {
		await claire.go(path);
		await claire.page.getByText('Proposition envoyée', { exact: true }).first().waitFor();
		assert.equal(await claire.page.getByText('Proposal Sent').count(), 0);
	}
	await claire.close();
	await who.close();
});

test('without the module, none of these pages and fields exist', async () => {
	const who = await member();
	const one = await who.call('/api/deals', { name: 'Tea harvest', stage: 'opportunity', amount: 1000 });
	await who.go(`/deals/${one.id}/show`);
	await who.page.getByRole('heading', { name: 'About' }).waitFor();
	await who.settled();
	assert.equal(await panel(who).count(), 0);
	assert.ok(await who.page.getByRole('menuitem', { name: 'Companies', exact: true }).count() > 0);
	for (const name of ['Forecast', 'Principals', 'Products', 'Price lists', 'Distributor terms'])
		assert.equal(await who.page.getByRole('menuitem', { name, exact: true }).count(), 0, name);
	for (const path of ['/forecast', '/principals', '/products', '/price_lists', '/distributor_terms', '/pipelines']) {
		await who.go(path);
		await who.sees('Page not found');
	}
	await who.go('/deals?pipeline=1');
	await column(who, 'Opportunity').getByText('1 · US$1,000').waitFor();
	assert.equal(await who.page.getByText('Weighted').count(), 0);
	await who.close();
});

test('the page of a deal shows its participants and items', async () => {
	const who = await switched();
	const company = await who.call('/api/companies', { name: 'Grain Mills' });
	await who.call(`/api/company_profiles/${company.id}`, { is_principal: true }, 'PATCH');
	const product = await who.call('/api/products', { principal_id: company.id, sku: 'F-1', name: 'Flour' });
	const list = await who.call('/api/price_lists', { principal_id: company.id, name: 'Retail', currency: 'USD' });
	await who.call('/api/price_list_items', { price_list_id: list.id, product_id: product.id, price: 1250 });
	const one = await who.call('/api/opportunities', { name: 'Flour for all', stage: 'opportunity', amount: 25500 });
	await who.go(`/deals/${one.id}/show?tab=opportunity_participants`);
	await who.sees('No participants yet');
	await who.page.getByRole('button', { name: 'Add participant' }).first().click();
	await who.page.getByRole('combobox', { name: 'Company' }).fill('Grain Mills');
	await who.page.getByRole('option', { name: 'Grain Mills', exact: true }).click();
	await who.page.getByRole('combobox', { name: /^Role/ }).click();
	await who.page.getByRole('option', { name: 'Principal' }).click();
	await who.page.getByRole('switch', { name: /^Lead/ }).click();
	await who.press('Save');
	await who.sees('Participant added');
	const [made] = await who.call(`/api/opportunity_participants?filter=${encodeURIComponent(JSON.stringify({ opportunity_id: one.id }))}`);
	assert.deepEqual([made.company_id, made.role, made.is_lead], [company.id, 'principal', true]);
	await who.looks('deal-participants-desktop');
	await who.go(`/deals/${one.id}/show?tab=opportunity_items`);
	await who.page.getByRole('button', { name: 'Add item' }).first().click();
	await who.page.getByRole('combobox', { name: 'Product' }).fill('Flour');
	await who.page.getByRole('option', { name: 'Flour', exact: true }).click();
	await who.fill({ 'Quantity *': '4' });
	await who.sees('Leave empty for US$12.50, from Retail');
	await who.sees('The amount of this deal was entered as US$25,500.');
	await who.press('Save');
	await who.sees('Confirm that the amount is replaced');
	assert.equal((await read(who, one)).amount, 25500);
	await who.page.getByRole('switch', { name: /^Replace the amount/ }).click();
	await who.press('Save');
	await who.sees('Item added');
	await who.sees('$50.00');
	assert.equal((await read(who, one)).amount, 50);
	await who.looks('deal-items-desktop');
	await who.close();
});
