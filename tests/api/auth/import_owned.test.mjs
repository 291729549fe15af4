// stack: TENANTRY_RATE_LIMIT=off
// long: auth/import_better_auth tests the import of users.
// After an import into an empty installation, the installation has an owner, so no stranger can become its owner.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { BASE, Browser } from '../lib/http.mjs';

const source = `owned_${process.pid}`;
const PASSWORD = 'as it was there';
const id = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

before(() => {
	execFileSync('createdb', [source]);
	execFileSync('psql', ['-Xqd', source, '-v', 'ON_ERROR_STOP=1', '-c', `
		CREATE EXTENSION pgcrypto;
		CREATE TABLE "user" (id text PRIMARY KEY, name text, email text, "emailVerified" boolean,
			banned boolean, "createdAt" timestamptz, "updatedAt" timestamptz);
		CREATE TABLE account (id text PRIMARY KEY, "accountId" text, "providerId" text, "userId" text,
			password text, "createdAt" timestamptz, "updatedAt" timestamptz);
		INSERT INTO "user" SELECT x.id, split_part(x.email, '@', 1), x.email, x.verified, x.banned,
			x.created::timestamptz, now() FROM (VALUES
			('${id(1)}', 'younger@old.test', true, '2024-03-01', false),
			('${id(2)}', 'banned@old.test', true, '2022-01-01', true),
			('${id(3)}', 'owner@old.test', true, '2024-01-01', false),
			('${id(4)}', 'unproved@old.test', false, '2023-01-01', false))
			x (id, email, verified, created, banned);
		INSERT INTO account SELECT 'account ' || id, id, 'credential', id,
			crypt('${PASSWORD}', gen_salt('bf', 6)), now(), now() FROM "user"`]);
});
after(() => execFileSync('dropdb', ['--force', source]));

const run = (...args) => spawnSync(`${process.env.BUILD}/tenantry`, ['import', 'better-auth', ...args],
	{ encoding: 'utf8', env: { ...process.env, SOURCE_DATABASE_URL:
		`postgresql:///${source}?host=${process.env.PGHOST}` } });
const initialized = async () => (await (await fetch(`${BASE}/api/init_state`)).json()).is_initialized;
const roles = () => sql(`SELECT u.email, m.role FROM identity.organization_member m
	JOIN identity."user" u ON u.id = m.user_id ORDER BY 1`);

test('the installation has an owner after an import', async () => {
	assert.equal(Boolean(await initialized()), false);
	const rehearsal = run('--dry-run');
	assert.equal(rehearsal.status, 0, rehearsal.stderr + rehearsal.stdout);
	assert.equal(Boolean(await initialized()), false);
	const told = run();
	assert.equal(told.status, 0, told.stderr + told.stdout);
	assert.match(told.stdout, new RegExp(`user ?s? ${id(3)}: owns owner, which the other users join`));
	assert.equal(Boolean(await initialized()), true);
	assert.deepEqual(roles(), [['banned@old.test', 'member'], ['owner@old.test', 'owner'],
		['unproved@old.test', 'member'], ['younger@old.test', 'member']]);

	const stranger = await new Browser().post('/api/signup', { email: 'stranger@new.test',
		password: 'correct horse battery', first_name: 'S', last_name: 'T' });
	assert.notEqual(stranger.status, 201);
	for (const [email, administrator] of [['owner@old.test', true], ['younger@old.test', false]]) {
		const browser = new Browser();
		assert.equal((await browser.post('/api/auth/sign-in/email', { email, password: PASSWORD })).status, 200);
		const me = await browser.get('/api/me');
		assert.deepEqual([me.status, me.json.administrator], [200, administrator], email);
	}
});

test('a second run adds new users to that organization and changes nothing else', () => {
	const before = roles();
	execFileSync('psql', ['-Xqd', source, '-c', `INSERT INTO "user"
		VALUES ('${id(5)}', 'zoe', 'zoe@old.test', true, false, '2020-01-01', now())`]);
	assert.equal(run().status, 0);
	assert.deepEqual(roles(), [...before, ['zoe@old.test', 'member']]);
	assert.equal(sql('SELECT count(*) FROM identity.organization WHERE NOT demo')[0][0], '1');
});
