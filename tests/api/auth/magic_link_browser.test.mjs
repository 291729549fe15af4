// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_MAGIC_LINK_BROWSER=on
// Emailed links sign in only the browser that requested them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emailClient, follow } from '../lib/email.mjs';
import { BASE, Browser } from '../lib/http.mjs';
import { lastMail } from '../../lib/mail.mjs';
import { signUp } from '../lib/people.mjs';

const whoami = async (browser) => (await browser.get('/api/auth/get-session')).json?.user.id ?? null;

async function request(browser, email, more) {
	await emailClient(browser).signIn.magicLink({ email, ...more });
	return lastMail(email, 'magic-link').data.url;
}

test('a link is refused in a different browser, and remains valid in its own', async () => {
	const { email, id } = await signUp();
	const own = new Browser(), other = new Browser();
	const url = await request(own, email, { callbackURL: '/in' });
	assert.equal((await follow(other, url)).headers.location, `${BASE}/in?error=INVALID_TOKEN`);
	assert.equal(await whoami(other), null);
	// A cookie of a link that this browser requested does not open a different link.
	await request(other, (await signUp()).email);
	assert.equal((await follow(other, url)).headers.location, `${BASE}/in?error=INVALID_TOKEN`);
	assert.equal((await follow(own, url)).headers.location, `${BASE}/in`);
	assert.equal(await whoami(own), id);
	assert.equal((await follow(own, url)).headers.location, `${BASE}/in?error=INVALID_TOKEN`);
});

test('several links of one browser are valid at the same time', async () => {
	const people = [await signUp(), await signUp()], browser = new Browser();
	const urls = [];
	for (const { email } of people)
		urls.push(await request(browser, email));
	for (const [i, { id }] of people.entries()) {
		await follow(browser, urls[i]);
		assert.equal(await whoami(browser), id);
	}
});

test('a page explains a link of a different browser', async () => {
	const { email } = await signUp();
	const verify = (await request(new Browser(), email)).slice(BASE.length).replace('/confirm?', '/verify?');
	const answer = async (headers) => (await new Browser().post(verify, undefined, { accept: 'text/html', ...headers })).text;
	assert.match(await answer({}), /only in the browser where you asked for it/);
	assert.match(await answer({ 'accept-language': 'fr' }), /que dans le navigateur où/);
});
