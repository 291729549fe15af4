// hosting_page.mjs PORT - in a browser, signs in to an installation on shared hosting, and checks that a colleague's changes
// are visible without a live feed.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const at = 'https://crm.example.org';
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM,
	args: ['--headless', '--no-sandbox', '--disable-gpu',
		`--host-resolver-rules=MAP crm.example.org:443 127.0.0.1:${process.argv[2]}`] });
try {
	const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' });
	const page = await context.newPage(), faults = [];
	page.setDefaultTimeout(60000);
	page.on('pageerror', (error) => faults.push(String(error)));
	page.on('console', (message) => {
		if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
			faults.push(message.text());
	});
	await page.goto(`${at}/companies`);
	await page.getByLabel('Email').fill('ada@example.test');
	await page.getByLabel('Password', { exact: true }).fill('correct horse');
	const asked = page.waitForResponse((rs) => rs.url().includes('/api/changes/stream') && rs.ok());
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
	await asked;
	const colleague = await context.newPage();
	await colleague.goto(`${at}/operator.html`);
	const name = `Hopper ${Date.now()}`;
	const status = await colleague.evaluate(async (name) => (await fetch('/api/companies', {
		method: 'POST', headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ name }) })).status, name).catch((error) => String(error));
	assert.equal(status, 201);
	await page.getByText(name).first().waitFor({ timeout: 30000 });
	assert.deepEqual(faults, []);
} finally {
	await browser.close();
}
