// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// optimized: the page does a proof of work, which takes more than ten times as long without optimization.
// Forms: the settings page creates a form, whose HTML works without a library on a website with a different origin.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { within } from '../lib/examples.mjs';
import { member } from './lib/browser.mjs';

let who, html = '', port, tag;

const site = createServer((rq, rs) => rs.setHeader('Content-Type', 'text/html; charset=utf-8').end(rq.url === '/' ? html : ''));
before(async () => {
	await new Promise((done) => site.listen(0, done));
	({ port } = site.address());
});
after(() => {
	site.close();
	site.closeAllConnections();
});

// Visits a website with a different origin.
async function visit(origin, run) {
	const page = await who.context.newPage();
	await page.goto(`${origin}/`);
	await run(page);
	await page.close();
}
const contactsOf = (email) => who.call(`/api/contacts?filter=${encodeURIComponent(JSON.stringify({ 'email_fts@ilike': email }))}`);

test('an administrator creates a form, and copies its HTML', async () => {
	who = await member({ organization: 'Leads Ltd' });
	tag = (await who.call('/api/tags', { name: 'website', color: '#abc' })).id;
	await who.call('/api/tags', { name: 'other', color: '#abc' });
	for (const [key, kind, more] of [['size', 'integer', { minimum: 1 }], ['topics', 'choices', { choices: ['Training', 'Support'] }], ['call', 'boolean'], ['site', 'address'], ['internal', 'text'], ['number', 'text', { is_unique: true }]])
		await who.call('/api/field_definitions', { resource: 'contacts', key, kind, label: `My ${key}`, ...more });
	await who.go('/organization/forms');
	await who.sees('No forms yet');
	await who.press('Create form');
	await who.page.getByRole('combobox', { name: /^Fields/ }).click();
	for (const name of ['size', 'topics', 'call', 'site'])
		await who.page.getByRole('option', { name: `My ${name}` }).click();
	assert.equal(await who.page.getByRole('option', { name: 'My number' }).count(), 0);
	await who.page.keyboard.press('Escape');
	await who.fill({ Name: 'Website', Websites: `http://127.0.0.1:${port}`, 'Text to agree to': 'You may write to me.' });
	await who.page.getByRole('combobox', { name: 'Tags of new contacts' }).click();
	await who.page.getByRole('option', { name: 'website' }).click();
	await who.page.keyboard.press('Escape');
	await who.looks('organization-form');
	await who.press('Create');
	html = await who.page.getByRole('group', { name: 'HTML' }).locator('pre').innerText();
	assert.match(html, /data-url="http:\/\/[^"]+\/api\/submissions\/publishable_[A-Za-z0-9]{64}"/);
	await who.press('Close');
	await who.sees(`http://127.0.0.1:${port} · never used`);
});

test('a visitor to the website sends the form, and becomes a contact with a note', () => within('lead-form.html', async () => {
	const email = `visitor.${process.pid}@example.test`;
	await visit(`http://127.0.0.1:${port}`, async (page) => {
		await page.getByLabel('First name').fill('Vera');
		await page.getByLabel('Email').fill('nobody');
		await page.getByLabel('Message').fill('Please call me.');
		await page.getByLabel('My size').fill('0');
		await page.getByLabel('My topics').selectOption('Support');
		await page.getByLabel('My call').check();
		await page.getByRole('group', { name: 'My site' }).getByLabel('City').fill('x'.repeat(501));
		assert.equal(await page.getByText('My internal').count(), 0);
		await page.getByRole('button', { name: 'Send' }).click();
		// Each error is shown beside its input.
		await page.getByLabel('Email').locator('xpath=..').getByText('is not an email address').waitFor();
		await page.getByLabel('You may write to me.').locator('xpath=..').getByText('must be true: the form asks for consent').waitFor();
		await page.getByLabel('My size').locator('xpath=..').getByText('must be between 1 and').waitFor();
		await page.getByLabel('City').locator('xpath=..').getByText(/500/).waitFor();
		await page.getByLabel('City').fill('Lyon');
		await page.getByLabel('My size').fill('12');
		await page.getByLabel('Email').fill(email);
		await page.getByLabel('You may write to me.').check();
		await page.getByRole('button', { name: 'Send' }).click();
		await page.getByText('Thank you. We have received your message.').waitFor();
	});
	const [contact] = await contactsOf(email);
	assert.deepEqual([contact.first_name, contact.tags, contact.custom], ['Vera', [tag], { size: 12, topics: ['Support'], call: true, site: { city: 'Lyon' } }]);
	const [{ text }] = await who.call(`/api/contact_notes?filter=${encodeURIComponent(JSON.stringify({ contact_id: contact.id }))}`);
	assert.match(text, /^Please call me\.[^]*Consent: You may write to me\.$/);
}));

test('a page on a different website cannot use the form', async () => {
	await visit(`http://localhost:${port}`, async (page) => {
		await page.getByText('Failed to fetch').waitFor();
	});
});

test('an administrator changes and deletes the form', async () => {
	await who.go('/organization/forms');
	await who.page.getByRole('button', { name: 'Edit: Website' }).click();
	await who.fill({ Websites: `http://127.0.0.1:${port}\nhttp://localhost:${port}` });
	await who.press('Save');
	await who.sees(`http://127.0.0.1:${port}, http://localhost:${port}`);
	await visit(`http://localhost:${port}`, (page) => page.getByLabel('Email').waitFor());
	await who.page.getByRole('button', { name: 'Delete: Website' }).click();
	await who.press('Delete');
	await who.sees('No forms yet');
	await who.close();
});
