// stack: SIGNUP=invite TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=oidc,shut TENANTRY_PROVIDER_OIDC_ISSUER=%IDP% TENANTRY_PROVIDER_OIDC_CLIENT_ID=oidc-client TENANTRY_PROVIDER_SHUT_ISSUER=%IDP% TENANTRY_PROVIDER_SHUT_CLIENT_ID=oidc-client TENANTRY_PROVIDER_SHUT_SIGNUP=off
// A user whose group adds members to an organization needs no invitation.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { session, someone, travel } from '../lib/flows.mjs';
import { Browser } from '../lib/http.mjs';
import { Provider } from '../../lib/idp.mjs';
import { signUp, tenantry } from '../lib/people.mjs';

const provider = new Provider();
await provider.start();
after(() => provider.stop());

test('a new user with the group signs up without an invitation', async () => {
	const boss = await signUp();
	const [[slug]] = sql('SELECT slug FROM identity.organization');
	const enter = (browser, by, more) => travel(browser, by, someone(more));
	const rs = await boss.browser.post('/api/group_roles',
		{ provider_id: 'oidc', group_name: 'staff', role: 'member' });
	assert.equal(rs.status, 200, rs.text);
	const refused = '/oops?error=signup_disabled';
	assert.equal(await enter(new Browser(), 'oidc', { groups: ['staff'] }), refused);
	for (const by of ['oidc', 'shut'])
		tenantry('org', 'map', slug, by, 'staff', 'member', '--joins');
	assert.equal(await enter(new Browser(), 'oidc', { groups: ['else'] }), refused);
	assert.equal(await enter(new Browser(), 'shut', { groups: ['staff'] }), refused);
	/* the address could belong to another user */
	assert.equal(await enter(new Browser(), 'oidc', { groups: ['staff'],
		email_verified: false }), refused);
	const browser = new Browser();
	assert.equal(await enter(browser, 'oidc', { groups: ['staff'] }), '/welcome');
	assert.deepEqual(sql(`SELECT role FROM identity.organization_member
		WHERE user_id = $1`, (await session(browser)).user.id), [['member']]);
	assert.equal((await browser.get('/api/contacts')).status, 200);
	assert.deepEqual(sql('SELECT count(*) FROM identity."user"'), [['2']]);
});
