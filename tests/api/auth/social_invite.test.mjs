// stack: SIGNUP=invite TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=plain TENANTRY_PROVIDER_PLAIN_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_PLAIN_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_PLAIN_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_PLAIN_CLIENT_ID=plain-client TENANTRY_PROVIDER_PLAIN_CLIENT_SECRET=plain-secret
// If sign-up requires an invitation, sign-up through a provider does, too.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { session, someone, travel } from '../lib/flows.mjs';
import { Browser } from '../lib/http.mjs';
import { Provider } from '../../lib/idp.mjs';

const provider = new Provider();
await provider.start();
after(() => provider.stop());

const invited = (inviteToken) => ({ additionalData: { inviteToken } });
const boss = new Browser();
const roles = async (browser) => sql(`SELECT role
	FROM identity.organization_member WHERE user_id = $1`,
(await session(browser)).user.id).flat();

test('of concurrent first sign-ups, one creates the organization', async () => {
	const browsers = [boss, ...Array.from({ length: 4 }, () => new Browser())];
	const led = await Promise.all(browsers.map((browser, i) =>
		travel(browser, 'plain', someone({ name: `Founder ${i}` }))));
	assert.equal(led.filter((l) => l === '/welcome').length, 1);
	assert.equal(led.filter((l) => l === '/oops?error=signup_disabled').length, 4);
	boss.jar = browsers[led.indexOf('/welcome')].jar;
	assert.deepEqual(await roles(boss), ['owner']);
	assert.equal((await boss.get('/api/contacts')).status, 200);
	assert.deepEqual(sql('SELECT count(*) FROM identity."user"'), [['1']]);
	assert.deepEqual(sql('SELECT count(*) FROM identity.account'), [['1']]);
});

test('sign-up without a valid invitation fails', async () => {
	for (const options of [{}, { requestSignUp: true }, invited('nonsense')]) {
		const browser = new Browser();
		assert.equal(await travel(browser, 'plain', someone(), options),
			'/oops?error=signup_disabled');
		assert.equal(await session(browser), null);
	}
});

test('an invitation link allows one sign-up', async () => {
	const { json } = await boss.post('/api/invites', { role: 'member' });
	const browser = new Browser();
	assert.equal(await travel(browser, 'plain', someone(), invited(json.token)),
		'/welcome');
	assert.deepEqual(await roles(browser), ['member']);
	assert.equal((await session(browser)).session.activeOrganizationId,
		json.organization_id);
	assert.equal(await travel(new Browser(), 'plain', someone(),
		invited(json.token)), '/oops?error=signup_disabled');
});

test('an invitation for an address cannot be used with other addresses', async () => {
	const who = someone();
	const { json } = await boss.post('/api/invites',
		{ role: 'admin', email: who.email });
	assert.equal(await travel(new Browser(), 'plain', someone(),
		invited(json.token)), '/oops?error=signup_disabled');
	const browser = new Browser();
	assert.equal(await travel(browser, 'plain', who, invited(json.token)),
		'/welcome');
	assert.deepEqual(await roles(browser), ['admin']);
});

test('a user whom an administrator created can sign in until disabled', async () => {
	const who = someone({ name: 'Another Name' });
	const sale = (await boss.post('/api/sales', { email: who.email, first_name: 'Typed',
		last_name: 'Name', administrator: false, disabled: false })).json;
	const browser = new Browser();
	assert.equal(await travel(browser, 'plain', who,
		invited(sale.invite_url.split('/').at(-1))), '/welcome');
	const me = (await browser.get('/api/me')).json;
	assert.equal(me.id, sale.id);
	assert.equal(me.first_name, 'Typed');
	assert.equal((await boss.patch(`/api/sales/${sale.id}`, { disabled: true })).status, 200);
	assert.equal((await browser.get('/api/me')).status, 401);
	const led = await travel(new Browser(), 'plain', who);
	assert.match(led, /^\/oops\?error=/);
	assert.equal((await boss.patch(`/api/sales/${sale.id}`, { disabled: false })).status, 200);
	assert.equal(await travel(new Browser(), 'plain', who), '/dash');
});
