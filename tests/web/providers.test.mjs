// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=acme,staff-login TENANTRY_PROVIDER_ACME_ISSUER=%IDP% TENANTRY_PROVIDER_ACME_CLIENT_ID=oidc-client TENANTRY_PROVIDER_ACME_CLIENT_SECRET=oidc-secret TENANTRY_PROVIDER_ACME_LABEL=ACME TENANTRY_PROVIDER_STAFF_LOGIN_ISSUER=%IDP% TENANTRY_PROVIDER_STAFF_LOGIN_CLIENT_ID=oidc-client TENANTRY_PROVIDER_STAFF_LOGIN_SIGNUP=off
// Signing in, signing up and accepting an invitation with the button of an OpenID Connect provider, and linking a
// provider.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { long } from '../lib/api.mjs';
import { IDP, Provider, code } from '../lib/idp.mjs';
import { psqlRows } from '../lib/psql.mjs';
import { BASE, VISITS, api, member, visitor } from './lib/browser.mjs';

const provider = new Provider();
let person, refusal; // the user at the provider, and the error with which it redirects back
provider.odd['/authorize'] = (rq, rs) => {
	const asked = new URL(rq.url, IDP).searchParams;
	const back = new URL(asked.get('redirect_uri'));
	back.search = new URLSearchParams({ state: asked.get('state'),
		...(refusal ? { error: refusal } : { code: code({ oidc: true, nonce: asked.get('nonce'), ...person }) }) });
	rs.writeHead(302, { location: back.href }).end();
};
await provider.start();
after(() => provider.stop());

let people = 0;
const someone = (more) => ({ sub: `s${++people}`, email: `idp.${process.pid}.${people}@example.test`, email_verified: true, name: 'Grace Hopper', ...more });

// Allows the page to be left, but only for the provider.
function leaves(who) {
	who.expect(new RegExp(`^a request to ${IDP}/authorize`));
	return who;
}

// Creates an organization for a user who signed up without an invitation.
async function founds(who) {
	await who.page.getByRole('heading', { name: 'No organization' }).waitFor();
	await api(who.context, '/api/auth/organization/create', { name: 'Compilers', slug: `compilers-${process.pid}-${people}` });
}

const dashboard = (who) => who.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();
const accounts = async (who) => (await who.call('/api/auth/list-accounts')).map(({ providerId }) => providerId).sort();

for (const { name, ...look } of VISITS)
	long(`the pages have a button for each provider (${name})`, async () => {
		const who = await member(look), out = await visitor(look);
		const fr = look.locale.startsWith('fr');
		for (const [path, names] of [['/sign-in', ['ACME', 'Staff login']], ['/sign-up', ['ACME']]]) {
			await out.go(path);
			await out.page.getByRole('button', { name: 'ACME' }).waitFor();
			await out.looks(`providers${path.replace('/', '-')}-${name}`);
			assert.deepEqual(await out.page.getByRole('button', { name: fr ? /^Continuer avec / : /^Continue with / }).allInnerTexts(),
				names.map((one) => (fr ? 'Continuer avec ' : 'Continue with ') + one));
		}
		await who.go('/profile/security');
		await who.page.getByRole('button', { name: fr ? 'Associer: ACME' : 'Link: ACME' }).waitFor();
		await who.looks(`providers-profile-${name}`);
		await out.close();
		await who.close();
	});

test('a visitor signs up with the button, and a later sign-in leads to the requested page', async () => {
	await (await member()).close(); // the first user of an installation has an organization immediately
	person = someone();
	const who = leaves(await visitor());
	await who.go('/sign-up');
	await who.press('Continue with ACME');
	await who.page.waitForURL(`${BASE}/`);
	await founds(who);
	await who.close();
	const later = leaves(await visitor());
	await later.go('/contacts?page=1&filter={"q":"(a)"}');
	await later.page.waitForURL(/\/sign-in\?next=/);
	await later.press('Continue with ACME');
	await later.page.waitForURL(/\/contacts\?/);
	assert.equal(new URL(later.page.url()).searchParams.get('filter'), '{"q":"(a)"}');
	await later.page.getByRole('heading', { name: 'Contacts', level: 1 }).waitFor();
	await later.close();
});

long('the page says what went wrong at the provider', async () => {
	const known = await member();
	const who = leaves(await visitor());
	const press = async (name) => {
		await who.go('/sign-in?next=/contacts');
		await who.press(`Continue with ${name}`);
	};
	refusal = 'access_denied';
	await press('ACME');
	await who.sees('The sign-in was canceled. Try again, or sign in another way.');
	assert.equal(new URL(who.page.url()).searchParams.get('next'), '/contacts');
	refusal = 'temporarily_unavailable';
	await press('ACME');
	await who.sees('ACME didn’t sign you in.');
	refusal = undefined;
	person = someone({ email: known.email });
	await press('ACME');
	await who.sees('If it’s yours, sign in as you did before and link ACME in your profile.');
	person = someone();
	await press('Staff login');
	await who.sees('There’s no account here for you at Staff login.');
	await who.go('/api/auth/callback/acme?state=nonsense&code=x');
	await who.page.waitForURL(/\/sign-in\?error=state_mismatch/);
	await who.sees('The sign-in took too long, or began in another browser.');
	await known.go('/api/auth/callback/acme?state=nonsense&code=x');
	await known.sees('The sign-in took too long, or began in another browser.');
	await dashboard(known);
	await known.close();
	await who.close();
});

long('an invitation is accepted with a provider, by a new user and by a user with an account', async () => {
	const boss = await member();
	const invite = async () => (await boss.call('/api/invites', { role: 'member' })).token;
	person = someone();
	const fresh = leaves(await visitor());
	await fresh.go(`/sign-up#invite=${await invite()}`);
	refusal = 'access_denied';
	await fresh.press('Continue with ACME');
	await fresh.sees('The sign-in was canceled.');
	refusal = undefined;
	await fresh.sees(/invites you to join Analytical Engines/);
	await fresh.press('Continue with ACME');
	await dashboard(fresh);
	await fresh.close();
	person = someone();
	const old = leaves(await visitor());
	await old.go('/sign-up');
	await old.press('Continue with ACME');
	await old.page.waitForURL(`${BASE}/`);
	await old.clearCookies();
	await old.go(`/sign-in#invite=${await invite()}`);
	await old.press('Continue with ACME');
	await old.press('Join Analytical Engines');
	await dashboard(old);
	await old.close();
	assert.equal((await boss.call('/api/auth/organization/get-full-organization')).members.length, 3);
	await boss.close();
});

long('a user links an account in the profile, signs in with it, and unlinks it', async () => {
	const who = leaves(await member());
	// The first verification of an email address ends all sessions.
	psqlRows(['-f', '-'], `UPDATE identity."user" SET email_verified = true WHERE email = '${who.email}'`);
	person = someone({ email: `other.${who.email}` });
	await who.go('/profile/security');
	await who.press('Link: ACME');
	await who.sees('Your account at ACME has a different email.');
	person = someone({ email: who.email });
	await who.press('Link: ACME');
	await who.sees('You can sign in with ACME now.');
	assert.deepEqual(await accounts(who), ['acme', 'credential']);
	const again = leaves(await visitor());
	await again.go('/sign-in');
	await again.press('Continue with ACME');
	await dashboard(again);
	await again.close();
	await who.press('Unlink: ACME');
	await who.page.getByRole('button', { name: 'Link: ACME', exact: true }).waitFor();
	assert.deepEqual(await accounts(who), ['credential']);
	await who.close();
});

long('the only way to sign in cannot be removed', async () => {
	person = someone();
	const who = leaves(await visitor());
	await who.go('/sign-up');
	await who.press('Continue with ACME');
	await who.page.waitForURL(`${BASE}/`);
	await founds(who);
	await who.go('/profile/security');
	who.expect(/^400 POST \/api\/auth\/unlink-account/);
	await who.press('Unlink: ACME');
	await who.sees('This is your only way to sign in.');
	await who.close();
});

long('migrated users must sign in as before, with a provider or a password', async () => {
	const who = await visitor();
	const id = randomUUID();
	psqlRows(['-f', '-'], `INSERT INTO identity.migrated_session (token_hash, expires_at)
		VALUES (sha256('${id}'), now() + interval '1 day')`);
	const token = ['{}', JSON.stringify({ session_id: id }), 'x'].map((s) => Buffer.from(s).toString('base64url')).join('.');
	await who.go('/sign-in');
	await who.settled();
	await who.page.evaluate((text) => localStorage.setItem('sb-project-auth-token', text), JSON.stringify({ access_token: token }));
	who.expect(/^401 GET \/api\/me/);
	await who.go('/sign-in');
	await who.sees('Sign in again, the way you did before: with ACME or Staff login, or with your email and password.');
	await who.close();
});
