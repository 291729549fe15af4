// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=oidc,kc,plain,mute TENANTRY_PROVIDER_OIDC_ISSUER=%IDP% TENANTRY_PROVIDER_OIDC_CLIENT_ID=oidc-client TENANTRY_PROVIDER_KC_ISSUER=%IDP% TENANTRY_PROVIDER_KC_CLIENT_ID=oidc-client TENANTRY_PROVIDER_KC_GROUPS_CLAIM=realm_access.roles TENANTRY_PROVIDER_PLAIN_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_PLAIN_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_PLAIN_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_PLAIN_CLIENT_ID=plain-client TENANTRY_PROVIDER_MUTE_ISSUER=%IDP% TENANTRY_PROVIDER_MUTE_CLIENT_ID=oidc-client TENANTRY_PROVIDER_MUTE_GROUPS_CLAIM=off
// Roles that follow from the groups that a provider names at sign-in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { codeOf, comeBack, session, setOut, someone, travel, travelToLink }
	from '../lib/flows.mjs';
import { Browser } from '../lib/http.mjs';
import { Provider } from '../../lib/idp.mjs';
import { authClient, member, operator, owner, tenantry } from '../lib/people.mjs';

const provider = new Provider();
await provider.start();
after(() => provider.stop());

let boss, rival;

before(async () => {
	boss = await owner('boss');
	rival = await owner('rival');
});

async function map(who, group_name, role, more = {}) {
	const rs = await who.browser.post('/api/group_roles',
		{ provider_id: 'oidc', group_name, role, ...more });
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
}

async function unmap(who, provider_id) {
	for (const row of (await who.browser.get('/api/group_roles')).json)
		if (!provider_id || row.provider_id === provider_id)
			assert.equal((await who.browser.delete(`/api/group_roles/${row.id}`))
				.status, 200);
}

// Creates a member of the organization with an account at the provider.
async function colleague(of = boss, role = 'member') {
	const who = await member(of, role);
	sql(`UPDATE identity."user" SET email_verified = true WHERE id = $1`, who.id);
	return { ...who, profile: someone({ email: who.email }) };
}

const enter = (who, groups, by = 'oidc', browser = new Browser()) =>
	travel(browser, by, { ...who.profile, ...(groups !== undefined && { groups }) });

// Returns "role" or "role (disabled)", or undefined if the user is not a member.
const standing = (who, of = boss) => sql(`SELECT role || CASE WHEN disabled
	THEN ' (disabled)' ELSE '' END FROM identity.organization_member
	WHERE user_id = $1 AND organization_id = $2`,
who.id ?? who.user.id, of.organization.id).flat()[0];

const events = (who) => sql(`SELECT action, coalesce(actor_id, 'none'), data->>'provider',
	coalesce(data->'role'->>1, data->>'role') FROM identity.event
	WHERE user_id = $1 AND action LIKE 'member.%' ORDER BY at, id`, who.id);

test('a group grants a role, and revokes it when the user leaves the group', async () => {
	await map(boss, 'crm-admins', 'admin');
	const who = await colleague();
	assert.equal(await enter(who, ['staff']), '/dash');
	assert.equal(standing(who), 'member');
	assert.equal((await who.browser.get('/api/invites')).status, 422);
	/* the open session gets the role at its next request, and later loses it */
	assert.equal(await enter(who, ['staff', 'crm-admins']), '/dash');
	assert.equal(standing(who), 'member,admin');
	assert.equal((await who.browser.get('/api/invites')).status, 200);
	assert.equal(await enter(who, 'crm-admins'), '/dash');
	assert.equal(standing(who), 'member,admin');
	assert.equal(await enter(who, ['staff']), '/dash');
	assert.equal(standing(who), 'member');
	assert.equal((await who.browser.get('/api/invites')).status, 422);
	assert.deepEqual(events(who), [
		['member.updated', 'none', 'oidc', 'member,admin'],
		['member.updated', 'none', 'oidc', 'member']]);
	/* the claim may be absent for a user without groups */
	await enter(who, ['crm-admins']);
	await enter(who, undefined);
	assert.equal(standing(who), 'member');
	await unmap(boss);
});

test('a matching group determines all roles that the provider\'s mappings name', async () => {
	await map(boss, 'leads', 'admin');
	await map(boss, 'staff', 'member');
	const who = await colleague(boss, 'admin');
	await enter(who, []);
	assert.equal(standing(who), 'admin', 'no group matches');
	await enter(who, ['staff']);
	assert.equal(standing(who), 'member');
	await enter(who, ['staff', 'leads']);
	assert.equal(standing(who), 'member,admin');
	await unmap(boss);
	await enter(who, ['staff', 'leads']);
	assert.equal(standing(who), 'member,admin (disabled)', 'without a mapping');
});

test('a member without a role is disabled, until a group matches again', async () => {
	await map(boss, 'staff', 'member');
	const who = await colleague();
	await enter(who, ['staff']);
	const browser = new Browser();
	await enter(who, ['staff'], 'oidc', browser);
	assert.equal((await browser.get('/api/contacts')).status, 200);
	assert.match(await enter(who, ['else']), /^\/oops\?error=BANNED_USER/);
	assert.equal(standing(who), 'member (disabled)');
	assert.equal((await browser.get('/api/contacts')).status, 401);
	assert.match(await enter(who, ['else']), /^\/oops\?error=BANNED_USER/);
	assert.equal(await enter(who, ['staff'], 'oidc', browser), '/dash');
	assert.equal(standing(who), 'member');
	assert.equal((await browser.get('/api/contacts')).status, 200);

	/* a group does not enable a member whom an administrator has disabled */
	const path = `/api/sales/${who.me.id}`;
	const off = await boss.browser.patch(path, { disabled: true });
	assert.equal(off.status, 200, off.text);
	await enter(who, ['staff']);
	assert.equal(standing(who), 'member (disabled)');
	await enter(who, []);
	await enter(who, ['staff']);
	assert.equal(standing(who), 'member (disabled)');
	/* an administrator may enable a member whom the groups have disabled */
	await boss.browser.patch(path, { disabled: false });
	await enter(who, []);
	assert.equal(standing(who), 'member (disabled)');
	assert.equal((await boss.browser.patch(path, { disabled: false })).status, 200);
	assert.equal(await enter(who, []), '/dash');
	assert.equal(standing(who), 'member', 'given by hand');
	await unmap(boss);
});

test('a nested claim is read from the ID token or from userinfo', async () => {
	await map(boss, 'chief', 'admin', { provider_id: 'kc' });
	const who = await colleague();
	const at = (realm_access) => travel(new Browser(), 'kc',
		{ ...who.profile, groups: ['chief'], realm_access });
	const asked = () => provider.count('/userinfo');
	let before = asked();
	await at({ roles: ['chief'] });
	assert.equal(standing(who), 'member,admin');
	assert.equal(asked(), before, 'userinfo is not asked');
	await at({ roles: [] });
	assert.equal(standing(who), 'member');
	await travel(new Browser(), 'kc', { ...who.profile, 'realm_access.roles': 'chief' });
	assert.equal(standing(who), 'member,admin', 'a name with a dot');
	await at(['chief']);
	assert.equal(standing(who), 'member');

	/* the ID token contains no groups */
	const bare = async (userinfo) => {
		const browser = new Browser();
		const { nonce, state } = await setOut(browser, 'kc');
		provider.extra = () => ({ id_token: provider.idToken(
			{ ...who.profile, nonce }) });
		provider.odd['/userinfo'] = userinfo;
		await comeBack(browser, 'kc', { state,
			code: codeOf({ ...who.profile, realm_access: { roles: ['chief'] } }, {}) });
		delete provider.extra;
		delete provider.odd['/userinfo'];
	};
	await bare();
	assert.equal(standing(who), 'member,admin', 'userinfo');
	await bare((rq, rs) => rs.writeHead(503).end());
	assert.equal(standing(who), 'member,admin', 'an error says nothing about groups');
	await bare((rq, rs) => rs.writeHead(200, { 'content-type': 'application/json' })
		.end(JSON.stringify({ ...who.profile, sub: 'else', realm_access: { roles: [] } })));
	assert.equal(standing(who), 'member,admin', 'nor does another subject');
	/* userinfo cannot be read without an access token */
	const rs = await authClient(new Browser()).signIn.social({ provider: 'kc',
		idToken: { token: provider.idToken(who.profile) } });
	assert.equal(rs.error, null);
	assert.equal(standing(who), 'member,admin');
	await authClient(new Browser()).signIn.social({ provider: 'kc',
		idToken: { token: provider.idToken({ ...who.profile,
			realm_access: { roles: ['none'] } }) } });
	assert.equal(standing(who), 'member', 'sign-in with an ID token');
	await unmap(boss);
});

test('plain OAuth 2 reads userinfo, and "off" reads nothing', async () => {
	await map(boss, 'chief', 'admin', { provider_id: 'plain' });
	tenantry('org', 'map', boss.organization.slug, 'mute', 'chief', 'admin');
	const who = await colleague();
	await enter(who, ['chief'], 'mute');
	assert.equal(standing(who), 'member');
	await enter(who, ['chief'], 'plain');
	assert.equal(standing(who), 'member,admin');
	await enter(who, ['none'], 'mute');
	assert.equal(standing(who), 'member,admin');
	await enter(who, ['none'], 'plain');
	assert.equal(standing(who), 'member');
	await unmap(boss);
});

test('hostile claims neither grant nor keep a role', async () => {
	await map(boss, 'chief', 'admin');
	const many = Array.from({ length: 10000 }, (_, i) => `g${i}`);
	const who = await colleague();
	const claims = { 'an object': { chief: true, 0: 'chief', length: 1 }, 'a number': 7,
		'a boolean': true, 'null': null, 'a number in a list': ['chief', 7],
		'a list in a list': [['chief']], 'a name of SQL': ["chief' OR true --"],
		'a list as text': '["chief"]', 'another case': ['Chief'],
		'blanks': [' chief', 'chief '], '201 groups': [...many.slice(0, 200), 'chief'],
		'the name of a role': ['owner', 'admin', 'member'], 'long': ['chief'.repeat(1000)],
		'empty': ['', 'chief,admin'], 'JSON in a name': ['","chief'],
		'a line': ['chief\n'], 'a brace': ['{chief}'] };
	for (const [what, groups] of Object.entries(claims)) {
		assert.equal(await enter(who, ['chief']), '/dash', what);
		assert.equal(standing(who), 'member,admin', what);
		assert.equal(await enter(who, groups), '/dash', what);
		assert.equal(standing(who), 'member', what);
	}
	await enter(who, [...many.slice(0, 199), 'chief']);
	assert.equal(standing(who), 'member,admin', '200 groups');
	/* these groups exceed the size of a token, so only userinfo can contain them */
	await map(boss, 'chief', 'admin', { provider_id: 'plain' });
	await enter(who, ['none']);
	for (const [n, led] of [[5000, '/dash'], [10000, '/oops?error=unable_to_get_user_info']]) {
		provider.odd['/userinfo'] = (rq, rs) => rs.writeHead(200,
			{ 'content-type': 'application/json' }).end(JSON.stringify(
			{ id: who.profile.sub, ...who.profile, groups: ['chief', ...many.slice(0, n)] }));
		assert.equal(await enter(who, [], 'plain'), led, String(n));
		delete provider.odd['/userinfo'];
		assert.equal(standing(who), 'member', String(n));
	}
	/* a NUL would end the name in a C program */
	assert.equal(await enter(who, ['chief\0x']), '/oops?error=unable_to_get_user_info');
	assert.equal(standing(who), 'member');
	await unmap(boss);
});

test('a mapping of one organization does not change another', async () => {
	await map(boss, 'staff', 'admin');
	await map(rival, 'staff', 'member');
	const who = await colleague();
	await enter(who, ['staff']);
	assert.equal(standing(who), 'member,admin');
	assert.equal(standing(who, rival), undefined, 'the user does not join');
	const refused = await rival.browser.post('/api/group_roles', { provider_id: 'oidc',
		group_name: 'staff', role: 'member', joins: true });
	assert.equal(refused.status, 422);
	assert.ok(refused.json.errors.joins, refused.text);

	const [mine] = (await boss.browser.get('/api/group_roles')).json;
	const foreign = await rival.browser.delete(`/api/group_roles/${mine.id}`);
	const missing = await rival.browser.delete('/api/group_roles/none');
	assert.deepEqual([foreign.status, foreign.json.detail],
		[404, missing.json.detail]);
	assert.equal((await rival.browser.get('/api/group_roles')).json.length, 1);

	/* groups with the same name at a different provider do not apply either */
	await enter(who, ['staff'], 'plain');
	assert.equal(standing(who), 'member,admin');
	await enter(who, [], 'plain');
	assert.equal(standing(who), 'member,admin');
	await unmap(boss);
	await unmap(rival);
});

test('a group adds users to an organization if an operator allows it', async () => {
	const of = await owner('joined');
	tenantry('org', 'map', of.organization.slug, 'oidc', 'joiners', 'member', '--joins');
	await map(of, 'chiefs', 'admin');
	const who = { profile: someone() };
	const browser = new Browser();
	assert.equal(await enter(who, ['chiefs'], 'oidc', browser), '/welcome');
	who.id = (await session(browser)).user.id;
	assert.equal(standing(who, of), undefined);
	assert.equal((await browser.get('/api/contacts')).status, 409);
	assert.equal(await enter(who, ['joiners', 'chiefs'], 'oidc', browser), '/dash');
	assert.equal(standing(who, of), 'admin,member');
	assert.equal((await browser.get('/api/contacts')).status, 200);
	assert.deepEqual(events(who), [['member.created', 'none', 'oidc', 'admin,member']]);
	/* an administrator may change the roles of a group that adds members, but not make a group add members */
	await map(of, 'joiners', 'admin', { joins: true });
	for (const role of ['member', 'admin'])
		await map(of, 'joiners', role);
	const again = await of.browser.post('/api/group_roles', { provider_id: 'oidc',
		group_name: 'joiners', role: 'member', joins: true });
	assert.equal(again.status, 422);

	/* groups add no member to an organization that has reached its limit, and do not help a banned user */
	tenantry('org', 'map', of.organization.slug, 'oidc', 'joiners', 'member', '--joins');
	tenantry('org', 'limit', of.organization.slug, '2');
	const late = { profile: someone() }, place = new Browser();
	assert.equal(await enter(late, ['joiners'], 'oidc', place), '/welcome');
	late.id = (await session(place)).user.id;
	assert.equal(standing(late, of), undefined);
	assert.deepEqual(events(late).map(([action]) => action), ['member.refused']);
	tenantry('org', 'limit', of.organization.slug, '9');
	sql(`UPDATE identity."user" SET banned = true WHERE id = $1`, late.id);
	assert.match(await enter(late, ['joiners']), /BANNED_USER/);
	assert.equal(standing(late, of), undefined);
	sql(`UPDATE identity."user" SET banned = false WHERE id = $1`, late.id);
	await enter(late, ['joiners']);
	assert.equal(standing(late, of), 'admin,member');

	/* a deleted organization has no members */
	tenantry('org', 'delete', of.organization.slug, '--yes');
	assert.equal(await enter(late, ['joiners']), '/dash');
	assert.equal(standing(late, of), undefined);
	tenantry('org', 'restore', of.organization.slug);
	assert.equal(standing(late, of), 'admin,member');
	assert.match(await enter(late, []), /BANNED_USER/);
	assert.equal(standing(late, of), 'admin,member (disabled)');
});

test('an operator who administers the organization may let a group add members', async () => {
	const chief = await operator();
	const rs = await chief.browser.post('/api/auth/organization/create',
		{ name: 'Op', slug: `op-${process.pid}` });
	assert.equal(rs.status, 200, rs.text);
	const row = await map(chief, 'ops', 'member', { joins: true });
	assert.equal(row.joins, true);
	assert.equal((await chief.browser.get('/api/group_roles')).json[0].joins, true);
	await unmap(chief);
});

test('the last owner keeps the role, and can sign in', async () => {
	const of = await owner('last');
	sql(`UPDATE identity."user" SET email_verified = true WHERE id = $1`, of.id);
	of.profile = someone({ email: of.email });
	await map(of, 'owners', 'owner');
	await map(of, 'staff', 'member');
	assert.equal(await enter(of, ['owners']), '/dash');
	assert.equal(await enter(of, ['none']), '/dash');
	assert.equal(standing(of, of), 'owner');
	assert.equal(await enter(of, ['staff']), '/dash');
	assert.equal(standing(of, of), 'owner,member');
	assert.deepEqual(events(of).map(([action]) => action),
		['member.owner-kept', 'member.owner-kept', 'member.updated']);
	/* if there is another owner, the group determines the role */
	const other = await colleague(of, 'owner');
	assert.equal(await enter(of, ['staff']), '/dash');
	assert.equal(standing(of, of), 'member');
	assert.equal(standing(other, of), 'owner');
});

test('if two owners without a group sign in concurrently, one of them remains an owner', async () => {
	const of = await owner('pair');
	sql(`UPDATE identity."user" SET email_verified = true WHERE id = $1`, of.id);
	of.profile = someone({ email: of.email });
	await map(of, 'owners', 'owner');
	await map(of, 'staff', 'member');
	const other = await colleague(of, 'owner');
	for (let round = 0; round < 5; round++) {
		for (const who of [of, other])
			assert.equal(await enter(who, ['owners', 'staff']), '/dash');
		assert.deepEqual(await Promise.all([of, other].map((who) =>
			enter(who, ['staff']))), ['/dash', '/dash']);
		const roles = [standing(of, of), standing(other, of)];
		assert.deepEqual(roles.map((r) => r.includes('owner')).sort(),
			[false, true], roles.join(' / '));
	}
});

test('concurrent sign-ins of one user create one membership', async () => {
	const of = await owner('twice');
	tenantry('org', 'map', of.organization.slug, 'oidc', 'twice', 'member', '--joins');
	const who = { profile: someone() };
	const browsers = Array.from({ length: 4 }, () => new Browser());
	const led = await Promise.all(browsers.map((browser) =>
		enter(who, ['twice'], 'oidc', browser)));
	assert.deepEqual(led.sort(), ['/dash', '/dash', '/dash', '/welcome']);
	who.id = (await session(browsers[0])).user.id;
	assert.equal(standing(who, of), 'member');
	assert.equal(events(who).length, 1);
});

test('linking an account grants the roles of its groups, and unlinking revokes them', async () => {
	await map(boss, 'chief', 'admin');
	const who = await colleague();
	assert.equal(await travelToLink(who.browser, 'oidc',
		{ ...who.profile, groups: ['chief'] }), '/dash');
	assert.equal(standing(who), 'member,admin');
	assert.deepEqual(events(who), [['member.updated', 'none', 'oidc', 'member,admin']]);
	const linked = (await authClient(who.browser).listAccounts()).data
		.find((a) => a.providerId === 'oidc');
	assert.equal((await who.browser.post('/api/auth/unlink-account',
		{ accountId: linked.id })).status, 200);
	assert.equal(standing(who), 'member');
	await unmap(boss);
});

test('nobody can map a group to permissions that they lack', async () => {
	const admin = await colleague(boss, 'admin'), plain = await colleague();
	const put = (who, body) => who.browser.post('/api/group_roles',
		{ provider_id: 'oidc', group_name: 'g', role: 'member', ...body });
	assert.equal((await put(admin, { role: 'owner' })).status, 422);
	assert.equal((await put(admin, { role: 'member,owner' })).status, 422);
	assert.equal((await put(admin)).status, 200);
	const top = await map(boss, 'g', 'owner');
	assert.equal((await admin.browser.delete(`/api/group_roles/${top.id}`)).status, 422);
	for (const answer of [await put(plain), await plain.browser.get('/api/group_roles'),
		await plain.browser.delete(`/api/group_roles/${top.id}`)])
		assert.equal(answer.status, 422);
	for (const [name, body] of Object.entries({ role: { role: 'chief' },
		provider_id: { provider_id: 'mute' }, group_name: { group_name: 'x'.repeat(257) } })) {
		const rs = await put(boss, body);
		assert.equal(rs.status, 422, name);
		assert.ok(rs.json.errors[name], rs.text);
	}
	assert.equal((await put(boss, { provider_id: 'unknown' })).status, 422);
	assert.equal((await put(boss, { more: 1 })).status, 422);
	assert.equal((await new Browser().get('/api/group_roles')).status, 401);
	/* a role that permits administering the CRM does not permit assigning roles */
	const client = authClient(boss.browser);
	assert.equal((await client.organization.createRole({ role: 'clerk',
		permission: { crm: ['administer'] } })).error, null);
	const clerk = await colleague(boss, 'clerk');
	assert.equal((await clerk.browser.get('/api/invites')).status, 200);
	assert.equal((await clerk.browser.get('/api/group_roles')).status, 422);
	assert.equal((await put(clerk)).status, 422);
	await unmap(boss);
});

test('a mapping follows the renaming of its role, and is deleted with the role', async () => {
	const client = authClient(boss.browser);
	const made = await client.organization.createRole({ role: 'first',
		permission: { ac: ['read'] } });
	assert.equal(made.error, null);
	await map(boss, 'g', 'first');
	const who = await colleague();
	await enter(who, ['g']);
	assert.equal(standing(who), 'member,first');
	await client.organization.updateRole({ roleName: 'first', data: { roleName: 'second' } });
	assert.equal(standing(who), 'member,second');
	await enter(who, []);
	assert.equal(standing(who), 'member');
	await client.organization.deleteRole({ roleName: 'second' });
	assert.deepEqual((await boss.browser.get('/api/group_roles')).json, []);
});

test('manual changes are distinguished from roles that groups grant', async () => {
	await map(boss, 'chief', 'admin');
	const who = await colleague();
	await enter(who, ['chief']);
	const by = () => sql(`SELECT group_roles FROM identity.organization_member
		WHERE user_id = $1`, who.id).flat()[0];
	assert.equal(by(), '{"oidc": ["admin"]}');
	tenantry('org', 'role', boss.organization.slug, who.email, 'member');
	assert.equal(by(), '{}');
	tenantry('org', 'role', boss.organization.slug, who.email, 'member,admin');
	await enter(who, []);
	assert.equal(standing(who), 'member,admin', 'given by hand');
	await unmap(boss);
});
