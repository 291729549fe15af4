// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Service accounts, which administrators create and the organization owns. They have a role and keys, but no way to
// sign in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { Browser, send } from '../lib/http.mjs';
import { PASSWORD, member, owner } from '../lib/people.mjs';

const PATH = '/api/service_accounts';
const api = (key, method = 'GET', path = '/api/me', body = undefined) => send(method, path, { headers: { 'x-api-key': key }, body });
const good = (rs, status = 200) => {
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const make = async (who, body = { name: 'Nightly sync' }) => good(await who.browser.post(PATH, body), 201);
const keyOf = async (who, account, body = {}) => good(await who.browser.post(`${PATH}/${account.id}/keys`, body));
const admin = async (boss) => {
	const who = await member(boss);
	const { members } = good(await boss.browser.get('/api/auth/organization/list-members'));
	good(await boss.browser.post('/api/auth/organization/update-member-role', { memberId: members.find(({ userId }) => userId === who.id).id, role: 'admin' }));
	return who;
};

test('an account acts with its role, under its name', async () => {
	const boss = await owner('service');
	const account = await make(boss);
	assert.deepEqual([account.name, account.role, account.disabled, account.keys, account.last_request], ['Nightly sync', 'member', false, 0, null]);
	const { key, ...made } = await keyOf(boss, account, { name: 'erp', permissions: { contacts: ['read', 'write'], me: ['read'] }, expiresIn: 86400 });
	assert.match(key, /^tenantry_/);
	assert.deepEqual([made.referenceId, made.organizationId], [account.user_id, boss.organization.id]);
	const me = good(await api(key));
	assert.deepEqual([me.id, me.user_id, `${me.first_name} ${me.last_name}`, me.administrator], [account.id, account.user_id, 'Nightly sync', false]);
	const contact = good(await api(key, 'POST', '/api/contacts', { last_name: 'Of a service' }), 201);
	assert.equal(contact.sales_id, account.id);
	// The audit log names the account and its key.
	const [entry] = good(await boss.browser.get(`/api/audit_log?filter=${encodeURIComponent(JSON.stringify({ resource: 'contacts', row_id: String(contact.id) }))}`));
	assert.deepEqual([entry.user_id, entry.sales_id, entry.api_key_id], [account.user_id, account.id, made.id]);
	const sale = good(await boss.browser.get(`/api/sales/${account.id}`));
	assert.deepEqual([sale.first_name, sale.last_name, sale.disabled], ['Nightly', 'sync', true]);
	const [listed] = good(await boss.browser.get(PATH));
	assert.deepEqual([listed.id, listed.keys], [account.id, 1]);
	assert.ok(listed.last_request);
	// A change to the role or the name applies immediately.
	good(await boss.browser.patch(`${PATH}/${account.id}`, { role: 'viewer', name: 'Reader' }));
	assert.equal((await api(key, 'POST', '/api/contacts', { last_name: 'x' })).json.permission, 'contacts.create');
	assert.equal((await api(key, 'GET', `/api/contacts/${contact.id}`)).status, 200);
	assert.equal(good(await api(key)).first_name, 'Reader');
	// A disabled account has no access.
	good(await boss.browser.patch(`${PATH}/${account.id}`, { disabled: true }));
	assert.equal((await api(key)).status, 401);
	good(await boss.browser.patch(`${PATH}/${account.id}`, { disabled: false }));
	assert.equal((await api(key)).status, 200);
	// After the deletion of the account, its keys are invalid, and its records keep the name of the account.
	good(await boss.browser.delete(`${PATH}/${account.id}`));
	assert.equal((await api(key)).status, 401);
	assert.deepEqual(good(await boss.browser.get(PATH)), []);
	assert.equal(good(await boss.browser.get(`/api/contacts/${contact.id}`)).sales_id, account.id);
	assert.equal(good(await boss.browser.get(`/api/sales/${account.id}`)).first_name, 'Reader');
	assert.equal((await boss.browser.patch(`${PATH}/${account.id}`, { name: 'x' })).status, 404);
	const told = good(await boss.browser.get('/api/events?limit=50')).map(({ action }) => action).filter((a) => a.startsWith('service-account.')).reverse();
	assert.deepEqual(told, ['service-account.created', 'service-account.updated', 'service-account.updated', 'service-account.updated', 'service-account.deleted']);
});

test('an account outlasts the user who created it', async () => {
	const boss = await owner('outlast'), chief = await admin(boss);
	const account = await make(chief, { name: 'ERP', role: 'member' });
	const { key, id } = await keyOf(chief, account);
	const own = await good(await chief.browser.post('/api/auth/api-key/create', {}));
	sql('DELETE FROM identity."user" WHERE id = $1', chief.id);
	assert.equal((await api(own.key)).status, 401);
	assert.equal((await api(key)).status, 200);
	// Another administrator changes, rotates and deletes its keys.
	assert.equal(good(await boss.browser.post('/api/auth/api-key/update', { keyId: id, name: 'renamed', rateLimitMax: 30 })).name, 'renamed');
	const next = good(await boss.browser.post('/api/auth/api-key/rotate', { keyId: id, overlap: 0 }));
	assert.deepEqual([(await api(key)).status, (await api(next.key)).status], [401, 200]);
	assert.ok(Array.isArray(good(await boss.browser.get(`/api/api_keys/requests?id=${id}`))));
	good(await boss.browser.post('/api/auth/api-key/delete', { keyId: id }));
	assert.equal((await api(next.key)).status, 401);
	// The account is restored with a deleted organization.
	const again = await keyOf(boss, account);
	good(await boss.browser.post('/api/auth/organization/delete', { organizationId: boss.organization.id }));
	assert.equal((await api(again.key)).status, 401);
	sql('SELECT identity.restore_organization($1)', boss.organization.id);
	assert.equal(good(await boss.browser.get(`${PATH}?orgId=${boss.organization.id}`))[0].id, account.id);
});

test('an account cannot sign in', async () => {
	const boss = await owner('closed');
	const account = await make(boss);
	const [[email]] = sql('SELECT email FROM identity."user" WHERE id = $1', account.user_id);
	assert.match(email, /@service\.invalid$/);
	const visitor = new Browser();
	assert.equal((await visitor.post('/api/auth/sign-in/email', { email, password: PASSWORD })).status, 401);
	// No emailed link sets a password or creates a session.
	const before = sql('SELECT count(*) FROM ops.mail WHERE recipient = $1', email)[0][0];
	await visitor.post('/api/auth/request-password-reset', { email, redirectTo: '/' });
	await visitor.post('/api/auth/sign-in/magic-link', { email });
	await visitor.post('/api/auth/email-otp/send-verification-otp', { email, type: 'sign-in' });
	assert.deepEqual([before, sql('SELECT count(*) FROM ops.mail WHERE recipient = $1', email)[0][0]], ['0', '0']);
	for (const statement of [`INSERT INTO identity.session (id, token_hash, user_id, method, expires_at) VALUES ('s', sha256('s'), $1, 'x', now() + interval '1 day')`,
		`INSERT INTO identity.account (id, user_id, account_id, provider_id) VALUES ('a', $1, 'a', 'credential')`])
		assert.throws(() => sql(statement, account.user_id), /service account/);
	assert.equal(sql('SELECT count(*) FROM identity.session WHERE user_id = $1', account.user_id)[0][0], '0');
});

test('a service account is not in lists of members, and is not counted', async () => {
	const boss = await owner('people');
	const count = () => Number(sql('SELECT identity.count_staff($1)', boss.organization.id)[0][0]);
	const was = count();
	const account = await make(boss, { name: 'Robot', role: 'admin' });
	assert.equal(count(), was);
	// An account can be created even in an organization that has reached its limit.
	sql('UPDATE identity.organization SET member_limit = $1 WHERE id = $2', was, boss.organization.id);
	const other = await make(boss, { name: 'Second' });
	good(await boss.browser.patch(`${PATH}/${other.id}`, { role: 'viewer' }));
	const { members, total } = good(await boss.browser.get('/api/auth/organization/list-members'));
	assert.deepEqual([members.map(({ userId }) => userId), total], [[boss.id], 1]);
	assert.deepEqual(good(await boss.browser.get('/api/auth/organization/get-full-organization')).members.map(({ userId }) => userId), [boss.id]);
	assert.deepEqual(good(await boss.browser.get(`/api/sales?filter=${encodeURIComponent('{"disabled":false}')}`)).map(({ id }) => id), [boss.me.id]);
	// The routes for members cannot change the account.
	const [[id]] = sql('SELECT id FROM identity.organization_member WHERE user_id = $1', account.user_id);
	for (const [route, body] of [['remove-member', { memberIdOrEmail: id }], ['update-member-role', { memberId: id, role: 'member' }]])
		assert.equal((await boss.browser.post(`/api/auth/organization/${route}`, body)).json.code, 'MEMBER_NOT_FOUND', route);
	for (const patch of [{ disabled: false }, { administrator: false }, { email: 'robot@people.test' }]) {
		const rs = await boss.browser.patch(`/api/sales/${account.id}`, patch);
		assert.equal(rs.status, 422, rs.text);
	}
	assert.equal(sql('SELECT role FROM identity.organization_member WHERE id = $1', id)[0][0], 'admin');
	// The list of users that operators see contains no service accounts either.
	sql(`UPDATE identity."user" SET role = 'admin' WHERE id = $1`, boss.id);
	const found = good(await boss.browser.get('/api/auth/admin/list-users?searchField=email&searchOperator=contains&searchValue=service.invalid'));
	assert.deepEqual(found.users, []);
});

test('only administrators create accounts, in a fresh session and within their permissions', async () => {
	const boss = await owner('rights'), max = await member(boss), chief = await admin(boss), stranger = await owner('not');
	const account = await make(boss, { name: 'Strong', role: 'admin' });
	const named = await keyOf(boss, account, { permissions: { service_accounts: ['read', 'write'], api_keys: ['read', 'write'] } });
	const calls = [['GET', PATH], ['POST', PATH, { name: 'x' }], ['PATCH', `${PATH}/${account.id}`, { name: 'x' }], ['DELETE', `${PATH}/${account.id}`],
		['POST', `${PATH}/${account.id}/keys`, {}]];
	for (const [method, path, body] of calls) {
		assert.equal((await send(method, path, { body })).status, 401, path);
		const refused = await max.browser.send(method, path, body);
		assert.deepEqual([refused.status, refused.json.code], [422, 'role'], `${method} ${path} ${refused.text}`);
		if (method !== 'GET') {
			const byKey = await api(named.key, method, path, body);
			assert.equal(byKey.status, 403, `${method} ${path} ${byKey.text}`);
		}
		if (path !== PATH) {
			const foreign = await stranger.browser.send(method, path, body);
			assert.deepEqual([foreign.status, foreign.json.code], [404, 'service_account_not_found'], foreign.text);
		}
	}
	assert.deepEqual(good(await stranger.browser.get(PATH)), []);
	assert.equal(good(await api(named.key, 'GET', PATH)).length, 1);
	// The routes for service accounts do not find other members.
	for (const id of [boss.me.id, max.me?.id ?? 1, 'x', '0', '9'.repeat(30)])
		assert.equal((await boss.browser.patch(`${PATH}/${id}`, { name: 'x' })).status, 404, String(id));
	assert.equal((await chief.browser.post(PATH, { name: 'Equal', role: 'admin' })).status, 201);
	for (const [body, code] of [[{}, 'required'], [{ name: '' }], [{ name: ' ' }, 'service_account_name'], [{ name: 'x'.repeat(101) }, 'service_account_name'], [{ name: 7 }],
		[{ name: 'x', role: 'owner' }, 'service_account_role'], [{ name: 'x', role: 'portal' }, 'service_account_role'], [{ name: 'x', role: 'nobody' }, 'no_such_role'],
		[{ name: 'x', role: '' }], [{ name: 'x', role: 'member,owner' }, 'service_account_role'], [{ name: 'x', email: 'a@people.test' }], [[]]]) {
		const rs = await boss.browser.post(PATH, body);
		assert.ok([400, 422].includes(rs.status), `${JSON.stringify(body)} ${rs.status} ${rs.text}`);
		if (code)
			assert.equal(rs.json.code, code, rs.text);
	}
	for (const body of [{ permissions: { contcats: ['read'] } }, { prefix: 'a b' }, { userId: boss.id }, { expiresIn: 1 }, { rateLimitMax: 601 }])
		assert.ok((await boss.browser.post(`${PATH}/${account.id}/keys`, body)).status >= 400, JSON.stringify(body));
	// Creating a key requires a session that is less than a day old. Impersonators cannot manage service
	// accounts.
	sql(`UPDATE identity.session SET created_at = now() - interval '25 hours' WHERE user_id = $1`, chief.id);
	assert.equal((await chief.browser.post(`${PATH}/${account.id}/keys`, {})).status, 403);
	sql('UPDATE identity.session SET impersonated_by = $1 WHERE user_id = $2', 'operator', boss.id);
	assert.equal((await boss.browser.post(PATH, { name: 'x' })).status, 403);
	assert.equal((await boss.browser.delete(`${PATH}/${account.id}`)).status, 403);
	sql('UPDATE identity.session SET impersonated_by = NULL WHERE user_id = $1', boss.id);
	// Two concurrent requests create two accounts, and a retry creates none.
	const both = await Promise.all(['One', 'Two'].map((name) => make(boss, { name })));
	assert.notEqual(both[0].id, both[1].id);
	const once = { 'idempotency-key': 'account' };
	const first = await boss.browser.post(PATH, { name: 'Once' }, once), again = await boss.browser.post(PATH, { name: 'Once' }, once);
	assert.equal(again.json.id, first.json.id);
	const gone = await Promise.all([1, 2].map(() => boss.browser.delete(`${PATH}/${both[0].id}`)));
	assert.deepEqual(gone.map(({ status }) => status).sort(), [200, 404]);
	// An organization can have at most a hundred service accounts.
	sql(`INSERT INTO identity."user" (id, name, email, service_of) SELECT identity.new_id(), 'x', gen_random_uuid() || '@service.invalid', $1
		FROM generate_series(1, 100)`, boss.organization.id);
	const rs = await boss.browser.post(PATH, { name: 'x' });
	assert.deepEqual([rs.status, rs.json.code], [422, 'too_many_service_accounts'], rs.text);
});

test('a refused key names each faulty member, with a code', async () => {
	const boss = await owner('faulty'), account = await make(boss);
	const refused = async (body, ...wanted) => {
		const rs = await boss.browser.post(`${PATH}/${account.id}/keys`, body);
		assert.deepEqual([rs.status, Object.keys(rs.json.errors ?? {})], [422, wanted.map(([path]) => path)], rs.text);
		assert.equal(rs.json.code, wanted[0][1], rs.text);
		for (const [path, , text] of wanted)
			assert.match(rs.json.errors[path], text);
	};
	await refused({ permissions: { contcts: ['read'], deals: ['read'], 'compnies.read': ['name'] } }, ['permissions.contcts', 'no_such_resource_near', /nearest one is "contacts"$/],
		['permissions.compnies.read', 'no_such_resource_near', /nearest one is "companies"$/]);
	await refused({ permissions: { ['x'.repeat(90)]: ['read'] } }, [`permissions.${'x'.repeat(64)}`, 'no_such_resource', /no such resource$/]);
	for (const [body, path, text] of [[{ permissions: { contacts: ['merge'] } }, 'permissions.contacts', /: expected "read"/], [{ prefix: 'a b' }, 'prefix', /: Invalid prefix format/],
		[{ permissions: { 'contacts.read': ['nickname_x'] } }, 'permissions.contacts.read', /: contacts have no field/], [{ remaining: 1.5 }, 'remaining', /: expected a whole number from/],
		[{ metadata: { a: 'x'.repeat(5000) } }, 'metadata', /: at most 4096 bytes/], [{ permissions: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`contacts.${n}`, []])) }, 'permissions', /at most 64/]])
		await refused(body, [path, 'key_member_invalid', text]);
	assert.equal(good(await boss.browser.get(PATH))[0].keys, 0);
});
