// Users of the page in page/, in Chromium.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { startChromium } from '../../../lib/chromium.mjs';

export const BASE = process.env.BASE;
export const PASSWORD = 'correct horse battery';
export const PAGE = `${BASE}/page/`;

const read = (name) => readFileSync(new URL(`../page/${name}`, import.meta.url));
const files = {
	'': { body: read('index.html'), contentType: 'text/html; charset=utf-8' },
	'app.js': { body: read('app.js'), contentType: 'text/javascript' },
};

const newContext = startChromium(chromium);

// The page has our origin but is not part of the product, so this function serves it. All other requests go through
// nginx.
function serve(route) {
	const name = new URL(route.request().url()).pathname.slice('/page/'.length);
	return name in files ? route.fulfill(files[name]) : route.fulfill({ status: 404 });
}

// Opens the page for a user with a separate browser context. press(button) returns the result that the page shows after
// a click on the button.
export async function visitor() {
	const context = await newContext();
	context.setDefaultTimeout(15000);
	await context.route(`${PAGE}**`, serve);
	const page = await context.newPage();
	await page.goto(PAGE);
	return {
		context,
		page,
		async fill(fields) {
			for (const [label, text] of Object.entries(fields))
				await page.getByLabel(label, { exact: true }).fill(text);
		},
		async press(name, within = page) {
			const outcome = page.getByRole('status');
			await outcome.evaluate((element) => { element.textContent = ''; });
			await within.getByRole('button', { name, exact: true }).click();
			await page.waitForFunction(() =>
				document.querySelector('output').textContent !== '');
			return JSON.parse(await outcome.textContent());
		},
		close: () => context.close(),
	};
}

let people = 0;

// Opens the page for a user who has signed up.
export async function member(name = 'Ada Lovelace') {
	const who = await visitor();
	const email = `e2e.${process.pid}.${++people}@example.test`;
	await who.fill({ Name: name, Address: email, Password: PASSWORD });
	const { data, error } = await who.press('Sign up');
	assert.equal(error, null);
	return { ...who, email, id: data.user.id };
}

// Adds a virtual platform authenticator with user verification through the browser's developer tools.
export async function authenticator(page, options = {}) {
	const tools = await page.context().newCDPSession(page);
	await tools.send('WebAuthn.enable');
	const { authenticatorId } = await tools.send('WebAuthn.addVirtualAuthenticator',
		{ options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true,
			hasUserVerification: true, isUserVerified: true,
			automaticPresenceSimulation: true, ...options } });
	return {
		credentials: async () => (await tools.send('WebAuthn.getCredentials',
			{ authenticatorId })).credentials,
		add: (credential) => tools.send('WebAuthn.addCredential',
			{ authenticatorId, credential }),
		verifies: (isUserVerified) => tools.send('WebAuthn.setUserVerified',
			{ authenticatorId, isUserVerified }),
	};
}
