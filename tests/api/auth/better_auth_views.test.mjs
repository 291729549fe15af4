// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The original package reads the views that look like the tables of a Better Auth server.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { passkey } from '@better-auth/passkey';
import { betterAuth } from 'better-auth';
import { getSchema } from 'better-auth/db';
import { matchType } from 'better-auth/db/migration';
import { admin, organization, twoFactor } from 'better-auth/plugins';
import pg from 'pg';
import { Authenticator } from '../lib/authenticator.mjs';
import { sql } from '../lib/database.mjs';
import { register } from '../lib/passkeys.mjs';
import { PASSWORD, address, member, owner } from '../lib/people.mjs';
import { enrolled } from '../lib/second_factor.mjs';

let pool, auth, adapter, ada, max;

// Creates a role with LOGIN as described in the documentation.
before(async () => {
	const page = readFileSync(`${process.env.SOURCES}/docs/databases.md`, 'utf8');
	sql(/^CREATE ROLE reader[^]*?(?=^SQL$)/m.exec(page)[0]);
	pool = new pg.Pool({ host: process.env.PGHOST, database: process.env.PGDATABASE, user: 'reader' });
	auth = betterAuth({ database: pool, secret: process.env.BETTER_AUTH_SECRET, emailAndPassword: { enabled: true },
		logger: { disabled: true }, telemetry: { enabled: false }, rateLimit: { enabled: false },
		plugins: [organization(), admin(), twoFactor(), passkey()] });
	({ adapter } = await auth.$context);
	ada = await owner('views');
	max = await member(ada);
});
after(async () => {
	await pool.end();
	sql('DROP ROLE reader');
});

const find = (model, field, value) => adapter.findOne({ model, where: [{ field, value }] });

test('the views have every table and column of Better Auth, with a type that it accepts', async () => {
	const { rows } = await pool.query(`SELECT c.relname AS "table", a.attname AS "column", t.typname AS type
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 JOIN pg_type t ON t.oid = a.atttypid
		WHERE c.relnamespace = 'better_auth'::regnamespace`);
	const types = new Map(rows.map((r) => [`${r.table}.${r.column}`, r.type]));
	const schema = getSchema(auth.options);
	assert.deepEqual(Object.keys(schema).sort(), [...new Set(rows.map((r) => r.table))].sort());
	for (const [table, { fields }] of Object.entries(schema))
		for (const [column, { type }] of Object.entries({ id: { type: 'string' }, ...fields })) {
			const found = types.get(`${table}.${column}`);
			assert.ok(found, `${table}.${column} is missing`);
			assert.ok(matchType(found, type, 'postgres'), `${table}.${column} is ${found}, not ${type}`);
		}
});

test('Better Auth\'s adapter reads users, accounts, organizations, members and sessions', async () => {
	const user = await find('user', 'email', ada.email);
	assert.deepEqual([user.id, user.name, user.emailVerified, user.banned, user.twoFactorEnabled],
		[ada.id, 'views Person', false, false, false]);
	assert.ok(user.createdAt instanceof Date);
	const account = await find('account', 'userId', ada.id);
	assert.equal(account.providerId, 'credential');
	const { password } = await auth.$context;
	assert.ok(await password.verify({ hash: account.password, password: PASSWORD }), 'the same hashes');
	assert.ok(!await password.verify({ hash: account.password, password: 'another one' }));
	const org = await find('organization', 'slug', ada.organization.slug);
	assert.deepEqual([org.id, org.name], [ada.organization.id, 'views Ltd']);
	const members = await adapter.findMany({ model: 'member', where: [{ field: 'organizationId', value: org.id }] });
	assert.deepEqual(members.map((m) => [m.userId, m.role]).sort(),
		[[ada.id, 'owner'], [max.id, 'member']].sort());
	const session = await find('session', 'userId', ada.id);
	assert.equal(session.token, createHash('sha256').update(ada.token).digest('hex'));
	assert.equal(session.activeOrganizationId, org.id);
	const { internalAdapter } = await auth.$context;
	const both = await internalAdapter.findUserByEmail(ada.email, { includeAccounts: true });
	assert.deepEqual([both.user.id, both.accounts.length], [ada.id, 1]);
});

test('Better Auth\'s adapter reads passkeys, second factors, invitations and verifications', async () => {
	const key = new Authenticator();
	assert.equal((await register(ada.browser, key)).status, 200);
	const row = await find('passkey', 'userId', ada.id);
	assert.equal(row.counter, Number(sql('SELECT counter FROM identity.passkey WHERE id = $1', row.id)[0][0]));
	assert.equal(row.backedUp, sql('SELECT backed_up FROM identity.passkey WHERE id = $1', row.id)[0][0] === 't');
	sql('UPDATE identity.passkey SET counter = 4294967295 WHERE id = $1', row.id);
	assert.equal((await find('passkey', 'userId', ada.id)).counter, 2147483647);
	const eve = await enrolled();
	const { rows: [factor] } = await pool.query('SELECT * FROM "twoFactor" WHERE "userId" = $1', [eve.id]);
	assert.equal(factor.verified, true);
	assert.equal(JSON.parse(factor.backupCodes).length, eve.codes.length);
	for (const code of eve.codes)
		assert.ok(!factor.backupCodes.includes(code));
	const email = address('invited');
	const invited = await ada.browser.post('/api/auth/organization/invite-member', { email, role: 'member',
		organizationId: ada.organization.id });
	assert.equal(invited.status, 200, invited.text);
	const invitation = await find('invitation', 'email', email);
	assert.deepEqual([invitation.id, invitation.status, invitation.inviterId], [invited.json.id, 'pending', ada.id]);
	assert.ok(Array.isArray(await adapter.findMany({ model: 'verification' })));
});

test('deleted organizations and disabled members, which Better Auth does not know, are omitted', async () => {
	const boss = await owner('leaving'), staff = await member(boss);
	const org = boss.organization.id;
	sql('UPDATE identity.organization_member SET disabled = true WHERE user_id = $1', staff.id);
	assert.equal(await find('member', 'userId', staff.id), null);
	assert.equal((await boss.browser.post('/api/auth/organization/delete', { organizationId: org })).status, 200);
	assert.equal(await find('organization', 'id', org), null);
	assert.equal(await find('member', 'userId', boss.id), null);
	assert.deepEqual(await adapter.findMany({ model: 'invitation', where: [{ field: 'organizationId', value: org }] }), []);
});

test('the role can neither write nor read anything else', async () => {
	const refused = (text) => assert.rejects(pool.query(text), /permission denied|cannot (update|insert|delete)/, text);
	await refused(`UPDATE "user" SET role = 'admin'`);
	await refused('DELETE FROM session');
	await refused('SELECT 1 FROM identity.session');
	await refused('SELECT 1 FROM crm.contacts');
	await refused('SELECT ops.new_cache_epoch()');
	await refused('CREATE TABLE better_auth.x (a integer)');
	await assert.rejects(adapter.update({ model: 'user', where: [{ field: 'id', value: ada.id }],
		update: { role: 'admin' } }), /permission denied/);
	assert.equal(sql('SELECT role FROM identity."user" WHERE id = $1', ada.id)[0][0], 'user');
});

test('no role of the application may read the views', () => {
	for (const role of ['tenantry_app', 'tenantry_mcp', 'tenantry_mcp_writer', 'tenantry_search', 'tenantry_audit']) {
		const [[schema, views]] = sql(`SELECT has_schema_privilege('${role}', 'better_auth', 'USAGE'),
			count(*) FILTER (WHERE has_table_privilege('${role}', oid, 'SELECT')) FROM pg_class
			WHERE relnamespace = 'better_auth'::regnamespace`);
		assert.deepEqual([schema, views], ['f', '0'], role);
	}
});
