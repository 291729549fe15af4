// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it checks colors and typefaces.
// The look: a typeface from the server, a color for each person, and one primary action on a page.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { demonstrator, seedDemo } from './lib/browser.mjs';

before(seedDemo);

// Returns the colors of each record's initials, by the record's name.
const faces = (page) => page.locator('tbody tr').evaluateAll((rows) => Object.fromEntries(rows.map((row) => {
	const { color, backgroundColor } = getComputedStyle(row.querySelector('.face'));
	return [row.querySelector('a').innerText, { color, backgroundColor }];
})));

// Returns the contrast between two colors, which are given as rgb().
function contrast({ color, backgroundColor }) {
	const [a, b] = [color, backgroundColor].map((text) => text.match(/[\d.]+/g).slice(0, 3).map((value) => {
		const part = value / 255;
		return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
	})).map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue).sort((one, other) => other - one);
	return (a + 0.05) / (b + 0.05);
}

for (const colorScheme of ['light', 'dark'])
	test(`each person has a constant, readable colour (${colorScheme})`, async () => {
		const who = await demonstrator({ colorScheme });
		const { page } = who;
		await who.go('/contacts');
		await who.sees('Maya Okafor');
		const list = await faces(page);
		assert.equal(Object.keys(list).length, 10);
		assert.ok(new Set(Object.values(list).map(({ backgroundColor }) => backgroundColor)).size >= 5);
		for (const [name, colors] of Object.entries(list))
			assert.ok(contrast(colors) >= 4.5, `${name}: ${contrast(colors)}`);
		await page.getByRole('link', { name: 'Maya Okafor' }).click();
		await page.getByRole('heading', { name: 'Maya Okafor', level: 1 }).waitFor();
		const face = page.getByRole('main').locator('.face').filter({ hasText: 'MO' }).first();
		assert.equal(await face.evaluate((one) => getComputedStyle(one).backgroundColor), list['Maya Okafor'].backgroundColor);
		await who.close();
	});

// Returns positions in the list at `path`: the lower edges of the filter inputs, and the centres of the checkboxes.
async function aligned(who, path) {
	await who.go(path);
	await who.page.locator('tbody tr, main li').first().waitFor();
	await who.settled();
	return who.page.evaluate(() => {
		const edges = (selector, edge) => [...new Set([...document.querySelectorAll(selector)].map((one) => Math.round(edge(one.getBoundingClientRect()))))];
		return [edges('form .MuiInputBase-root', ({ bottom }) => bottom), edges('thead th svg[data-testid^="CheckBox"], tbody td > input[type=checkbox]', ({ left, right }) => (left + right) / 2)];
	});
}

test('the filters of a list are on one line, its checkboxes are aligned, and there is no strip above a table', async () => {
	const who = await demonstrator({ width: 1440 });
	const company = await who.call('/api/companies', { name: 'Gone' });
	await who.call(`/api/companies/${company.id}`, undefined, 'DELETE');
	for (const path of ['/contacts', '/companies', '/trash', `/contacts?displayedFilters=${encodeURIComponent('{"status":true,"title":true}')}`]) {
		const [filters, boxes] = await aligned(who, path);
		assert.equal(filters.length, 1, `${path}: ${filters}`);
		assert.ok(boxes.length <= 1, `${path}: ${boxes}`);
	}
	await who.go('/data');
	const region = who.page.locator('main [role=region]').first();
	await region.waitFor();
	const strip = await region.evaluate((one) => one.getBoundingClientRect().top - one.closest('.MuiCard-root').getBoundingClientRect().top);
	assert.ok(strip <= 1, `${strip} pixels`);
	await who.close();
});

test('the typeface comes from the server', async () => {
	const who = await demonstrator();
	await who.go('/contacts');
	await who.sees('Maya Okafor');
	const fonts = await who.page.evaluate(async () => {
		await document.fonts.ready;
		return [...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family);
	});
	assert.deepEqual(fonts, ['Geist']);
	assert.match(await who.page.evaluate(() => getComputedStyle(document.querySelector('h1')).fontFamily), /^Geist/);
	await who.close();
});

test('each page has one primary action', async () => {
	const who = await demonstrator();
	const [{ id: contact }] = await who.call('/api/contacts?range=[0,0]'), [{ id: deal }] = await who.call('/api/deals?range=[0,0]'),
		[{ id: company }] = await who.call('/api/companies?range=[0,0]');
	for (const path of ['/', '/contacts', '/companies', '/deals', '/tasks', '/appointments', '/messages', '/trash',
		`/contacts/${contact}/show`, `/companies/${company}/show`, `/deals/${deal}/show`, '/contacts/create']) {
		await who.go(path);
		await who.page.getByRole('heading', { level: 1 }).waitFor();
		await who.settled();
		const primary = await who.page.locator('main .MuiButton-containedPrimary:visible').allInnerTexts();
		assert.ok(primary.length <= 1, `${path}: ${primary}`);
	}
	await who.close();
});

const firstOf = async (who, resource) => (await who.call(`/api/${resource}?range=[0,0]`))[0].id;

// Returns the position of the heading, of the actions and of the content of a record's page.
const headOf = ({ page }) => page.evaluate(() => {
	const box = (one) => one.getBoundingClientRect();
	const heading = box(document.querySelector('h1')), content = box(document.querySelector('#main-content .MuiCard-root'));
	const actions = [...document.querySelectorAll('#page-actions :is(a, button)')];
	return { apart: content.top - heading.bottom, actions: actions.map((one) => ({ text: one.innerText.trim() || one.getAttribute('aria-label'), icon: !one.innerText.trim(),
		off: Math.abs((box(one).top + box(one).bottom) / 2 - (heading.top + heading.bottom) / 2), right: box(one).right })) };
});

for (const width of [1440, 390])
	test(`the head of a record has no empty line, and its buttons keep their labels (${width} pixels)`, async () => {
		const who = await demonstrator({ width });
		for (const resource of ['contacts', 'companies', 'deals', 'tasks'])
			for (const end of resource === 'tasks' ? [''] : ['', '/show']) {
				const path = `/${resource}/${await firstOf(who, resource)}${end}`;
				await who.go(path);
				await who.page.locator(end ? '#page-actions [aria-haspopup=dialog]' : 'form').first().waitFor();
				await who.settled();
				const { apart, actions } = await headOf(who);
				assert.ok(apart <= (width > 600 || actions.length === 0 ? 44 : 90), `${path}: ${apart} pixels below the heading`);
				assert.ok(actions.filter(({ icon }) => icon).length <= 1, `${path}: ${actions.map(({ text }) => text)}`);
				for (const { text, off, right } of actions)
					assert.ok(right <= width && (width < 600 || off <= 24), `${path}: ${text} is ${off} pixels from the line of the heading`);
			}
		await who.close();
	});

test('pages show the types of tasks as words, and notes as formatted text', async () => {
	const who = await demonstrator();
	const { page } = who;
	const [{ id, company_id }] = await who.call('/api/contacts?filter={"q":"okafor"}');
	const due_date = new Date(Date.now() - 60_000).toISOString();
	for (const [text, type] of [['Thank the team', 'thank-you'], ['Tidy the files', 'none']])
		await who.call('/api/tasks', { text, type, contact_id: id, due_date });
	await who.call('/api/contact_notes', { contact_id: id, text: 'Prefers **mornings**', date: new Date().toISOString() });
	await who.go(`/contacts/${id}/show`);
	const story = page.getByRole('tabpanel');
	await story.getByText('Tidy the files').waitFor();
	const line = (text) => story.getByRole('listitem').filter({ hasText: text }).innerText();
	assert.match(await line('Thank the team'), /^Thank the team\s+Task · Thank you · /);
	assert.match(await line('Tidy the files'), /^Tidy the files\s+Task · (?!none)/);
	await who.go(`/companies/${company_id}/show`);
	await page.locator('main strong').filter({ hasText: 'mornings' }).first().waitFor();
	assert.doesNotMatch(await page.getByRole('main').innerText(), /\*\*/);
	await who.close();
});

test('the heading has the focus, but no frame', async () => {
	const who = await demonstrator();
	await who.go('/settings');
	await who.page.getByRole('heading', { level: 1, name: 'Organization' }).waitFor();
	await who.page.waitForFunction(() => document.activeElement?.localName === 'h1');
	assert.equal(await who.page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none');
	await who.close();
});

test('the card of a deal shows the whole amount and date', async () => {
	const who = await demonstrator({ width: 1440 });
	await who.go('/deals');
	await who.page.locator('[data-card]').first().waitFor();
	await who.settled();
	const cut = await who.page.locator('[data-card] .lines > :last-child').evaluateAll((all) => all.filter((line) => {
		const text = document.createTreeWalker(line, NodeFilter.SHOW_TEXT), range = document.createRange();
		range.selectNodeContents(line);
		// The category is last, and may be cut off.
		let last;
		while (text.nextNode()) last = text.currentNode;
		range.setEndBefore(last);
		return range.getBoundingClientRect().right > line.getBoundingClientRect().right + 1;
	}).map(({ innerText }) => innerText));
	assert.deepEqual(cut, []);
	await who.close();
});

test('the buttons of the drawer are aligned with its fields', async () => {
	const who = await demonstrator();
	await who.go('/contacts');
	await who.sees('Maya Okafor');
	await who.page.keyboard.press('c');
	const left = async (one) => Math.round((await one.boundingBox()).x);
	const drawer = who.page.getByRole('dialog', { name: 'New contact' });
	assert.equal(await left(drawer.getByRole('button', { name: 'Save' })), await left(drawer.getByLabel('First name').locator('..')));
	await who.close();
});
