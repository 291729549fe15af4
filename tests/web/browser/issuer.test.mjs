// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=rsa TENANTRY_PROVIDER_RSA_ISSUER=%IDP% TENANTRY_PROVIDER_RSA_CLIENT_ID=rsa TENANTRY_PROVIDER_RSA_CLIENT_SECRET=a/secret:with+signs%
// A browser signs in with an OpenID Connect issuer and returns.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import Oidc from 'oidc-provider';
import { BASE, PAGE, member, visitor } from './lib/browser.mjs';
import { startIssuer, IDP } from '../../lib/issuer.mjs';

const issuer = await startIssuer(Oidc, BASE);
after(() => issuer.stop());

// Clicks the button, signs in and consents at the issuer, and waits for the return.
async function go({ page }, button, login) {
	await page.getByRole('button', { name: button, exact: true }).click();
	await page.waitForURL(`${IDP}/interaction/**`);
	if (await page.locator('input[name=login]').count() > 0) {
		await page.locator('input[name=login]').fill(login);
		await page.locator('input[name=password]').fill('x');
		await page.locator('[type=submit]').click();
	}
	await page.locator('input[name=prompt][value=consent]').waitFor({ state: 'attached' });
	await page.locator('[type=submit]').click();
	await page.waitForURL(`${PAGE}**`);
	/* the test cannot serve the target of a redirect, so the page is requested again */
	await page.reload();
	return page.url().slice(PAGE.length);
}

// Signs in and consents in the background, and returns the callback URL.
async function wayBack({ page, context }, login) {
	await page.getByRole('button', { name: 'Sign in with the issuer' }).click();
	await page.waitForURL(`${IDP}/interaction/**`);
	let at = page.url();
	const ask = async (form) => {
		const rs = await context.request.fetch(at, { maxRedirects: 0, form,
			method: form ? 'POST' : 'GET' });
		at = new URL(rs.headers().location, at).href;
	};
	for (const prompt of ['login', 'consent']) {
		await ask({ prompt, login, password: 'x' });
		await ask();
	}
	return at;
}

test('a user signs in with an issuer, and signing out ends the session at the issuer, too', async () => {
	const who = await visitor();
	assert.equal(await go(who, 'Sign in with the issuer', 'ada'), '?new');
	const { data } = await who.press('Who am I');
	assert.equal(data.user.email, 'ada@issuer.test');
	assert.equal(data.user.emailVerified, true);
	const names = (await who.context.cookies(BASE)).map((c) => c.name);
	assert.ok(names.includes('better-auth.session_token'));
	assert.ok(!names.includes('better-auth.state'));
	await who.page.getByRole('button', { name: 'Sign out', exact: true }).click();
	await who.page.waitForURL(`${IDP}/session/end**`);
	await who.page.goto(PAGE);
	assert.equal((await who.press('Who am I')).data, null);
	await who.close();
});

test('the callback works only in the browser that started the sign-in', async () => {
	const who = await visitor(), other = await visitor();
	const back = await wayBack(who, 'eve');
	await other.page.goto(back);
	assert.equal(other.page.url(), `${PAGE}?error=state_mismatch`);
	await other.page.reload();
	assert.equal((await other.press('Who am I')).data, null);
	await who.page.goto(back);
	assert.equal(who.page.url(), `${PAGE}?new`);
	await who.page.reload();
	assert.equal((await who.press('Who am I')).data.user.email, 'eve@issuer.test');
	await who.close();
	await other.close();
});

test('the issuer is linked only to the user with the same email address', async () => {
	const who = await member();
	assert.equal(await go(who, 'Link the issuer', 'zoe'),
		'?error=email_does_not_match');
	assert.equal((await who.press('List accounts')).data.length, 1);
	await who.close();
});
