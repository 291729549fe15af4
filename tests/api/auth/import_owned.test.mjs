// stack: TENANTRY_RATE_LIMIT=off
// After an import into an empty installation, it has an owner: no stranger can become it.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { BASE, Browser } from '../lib/http.mjs';

const source = `owned_${process.pid}`;
const PASSWORD = 'as it was in Supabase';
const id = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

before(() => {
	execFileSync('createdb', [source]);
	execFileSync('psql', ['-Xqd', source, '-v', 'ON_ERROR_STOP=1', '-c', `
		CREATE EXTENSION pgcrypto;
		CREATE SCHEMA auth;
		CREATE TABLE auth.users (id uuid PRIMARY KEY, email varchar(255),
			encrypted_password varchar(255), email_confirmed_at timestamptz,
			raw_user_meta_data jsonb, created_at timestamptz, updated_at timestamptz,
			banned_until timestamptz, deleted_at timestamptz);
		INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at, created_at,
			updated_at, raw_user_meta_data, banned_until)
		SELECT x.id::uuid, x.email, crypt('${PASSWORD}', gen_salt('bf', 6)), x.confirmed::timestamptz,
			x.created::timestamptz, now(), '{}', x.banned::timestamptz FROM (VALUES
			('${id(1)}', 'younger@old.test', '2024-03-01', '2024-03-01', NULL),
			('${id(2)}', 'banned@old.test', '2022-01-01', '2022-01-01', 'infinity'),
			('${id(3)}', 'owner@old.test', '2024-01-01', '2024-01-01', NULL),
			('${id(4)}', 'unproved@old.test', NULL, '2023-01-01', NULL))
			x (id, email, confirmed, created, banned)`]);
});
after(() => execFileSync('dropdb', ['--force', source]));

const run = (...args) => spawnSync(`${process.env.BUILD}/tenantry`, ['import', 'supabase', ...args],
	{ encoding: 'utf8', env: { ...process.env, SOURCE_DATABASE_URL:
		`postgresql:///${source}?host=${process.env.PGHOST}` } });
const initialized = async () => (await (await fetch(`${BASE}/api/init_state`)).json()).is_initialized;
const roles = () => sql(`SELECT u.email, m.role FROM identity.organization_member m
	JOIN identity."user" u ON u.id = m.user_id ORDER BY 1`);

test('importing leaves the installation owned', async () => {
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
	execFileSync('psql', ['-Xqd', source, '-c', `INSERT INTO auth.users (id, email, created_at, updated_at,
		raw_user_meta_data, email_confirmed_at) VALUES ('${id(5)}', 'zoe@old.test', '2020-01-01', now(), '{}', now())`]);
	assert.equal(run().status, 0);
	assert.deepEqual(roles(), [...before, ['zoe@old.test', 'member']]);
	assert.equal(sql('SELECT count(*) FROM identity.organization WHERE NOT demo')[0][0], '1');
});
