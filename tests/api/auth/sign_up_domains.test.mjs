// stack: SIGNUP=domain TENANTRY_SIGNUP_DOMAINS=corp.test,Other.test TENANTRY_RATE_LIMIT=off TENANTRY_REQUIRE_VERIFICATION=on TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=oidc TENANTRY_PROVIDER_OIDC_ISSUER=%IDP% TENANTRY_PROVIDER_OIDC_CLIENT_ID=oidc-client
// SIGNUP=domain: verified addresses of some domains need no invitation, however the user signs up.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { emailClient, follow } from '../lib/email.mjs';
import { session, someone, travel } from '../lib/flows.mjs';
import { Browser, send } from '../lib/http.mjs';
import { Provider } from '../../lib/idp.mjs';
import { lastMail, mails } from '../../lib/mail.mjs';
import { PASSWORD } from '../lib/people.mjs';

const provider = new Provider();
await provider.start();
after(() => provider.stop());

let n = 0;
const at = (domain) => `domain${++n}@${domain}`;
const signUp = (email) => send('POST', '/api/signup', { body: { email, password: PASSWORD, first_name: 'Some', last_name: 'One' } });
const exists = (email) => sql('SELECT count(*) FROM identity."user" WHERE email = $1', email)[0][0] === '1';
const admitted = ['corp.test', 'CORP.test', 'other.test'];
const refused = ['sub.corp.test', 'acorp.test', 'corp.test.example', 'elsewhere.test'];

before(async () => {
	// The first user may have any address.
	assert.equal((await signUp('first@elsewhere.test')).status, 201);
});

test('the sign-in page learns the domains', async () => {
	const { json } = await send('GET', '/api/init_state');
	assert.deepEqual([json.open, json.domains], [true, ['corp.test', 'other.test']]);
});

test('a password needs an address of a domain, which the emailed link verifies', async () => {
	for (const domain of admitted) {
		const email = at(domain);
		assert.equal((await signUp(email)).json.token, null, domain);
		const browser = new Browser();
		assert.equal((await browser.post('/api/auth/sign-in/email', { email, password: PASSWORD })).status, 403, domain);
		await follow(browser, lastMail(email.toLowerCase(), 'verify-email').data.url);
		assert.equal((await browser.post('/api/auth/sign-in/email', { email, password: PASSWORD })).status, 200, domain);
	}
	for (const domain of refused) {
		const email = at(domain);
		assert.equal((await signUp(email)).status, 409, domain);
		assert.equal((await send('POST', '/api/auth/sign-up/email', { body: { email, password: PASSWORD, name: 'x' } })).status, 400, domain);
		assert.ok(!exists(email), domain);
	}
});

test('links and codes are sent to addresses of the domains only', async () => {
	for (const [domains, expected] of [[admitted, 1], [refused, 0]])
		for (const domain of domains) {
			const [link, code] = [at(domain), at(domain)];
			const browser = new Browser(), auth = emailClient(browser);
			await auth.signIn.magicLink({ email: link });
			await auth.emailOtp.sendVerificationOtp({ email: code, type: 'sign-in' });
			assert.deepEqual([link, code].map((email) => mails(email.toLowerCase()).length), [expected, expected], domain);
			if (!expected)
				continue;
			await follow(browser, lastMail(link.toLowerCase(), 'magic-link').data.url);
			assert.equal((await browser.get('/api/auth/get-session')).json.user.email, link.toLowerCase());
			const { data } = await auth.signIn.emailOtp({ email: code, otp: lastMail(code.toLowerCase(), 'email-otp').data.code });
			assert.equal(data.user.email, code.toLowerCase());
		}
});

test('a provider must have verified the address', async () => {
	const enter = async (domain, email_verified) => {
		const browser = new Browser();
		await travel(browser, 'oidc', someone({ email: at(domain), email_verified }));
		return session(browser);
	};
	assert.ok(await enter('corp.test', true));
	assert.equal(await enter('corp.test', false), null);
	assert.equal(await enter('elsewhere.test', true), null);
});
