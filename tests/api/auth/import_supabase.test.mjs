// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Imports the users of a Supabase project, with bcrypt hashes and identities.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { signIn, signUp } from '../lib/people.mjs';

const source = `supabase_${process.pid}`;
const PASSWORD = 'as it was in Supabase';
const id = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

// The columns of Supabase's tables that the import reads, and some that it
// ignores.
const SCHEMA = `
	CREATE EXTENSION pgcrypto;
	CREATE SCHEMA auth;
	CREATE TABLE auth.users (instance_id uuid, id uuid PRIMARY KEY, aud varchar(255),
		role varchar(255), email varchar(255), encrypted_password varchar(255),
		email_confirmed_at timestamptz, raw_user_meta_data jsonb, created_at timestamptz,
		updated_at timestamptz, phone text, banned_until timestamptz,
		deleted_at timestamptz, is_anonymous boolean NOT NULL DEFAULT false);
	CREATE TABLE auth.identities (provider_id text NOT NULL, user_id uuid NOT NULL,
		identity_data jsonb NOT NULL, provider text NOT NULL, last_sign_in_at timestamptz,
		created_at timestamptz, updated_at timestamptz, id uuid PRIMARY KEY);
	INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at,
		raw_user_meta_data, created_at, updated_at)
	SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
		format('User%s@Old.test', n),
		replace(crypt('${PASSWORD}', gen_salt('bf', 6)), '$2a$',
			(ARRAY['$2a$', '$2b$', '$2y$'])[1 + n % 3]),
		CASE WHEN n < 10 THEN now() END, jsonb_build_object('name', 'Old User ' || n),
		'2024-01-02 03:04:05.678+00', now() FROM generate_series(1, 10) n;
	INSERT INTO auth.users (id, email, raw_user_meta_data, email_confirmed_at, created_at,
		updated_at, banned_until, deleted_at) VALUES
		('${id(11)}', 'octo@old.test', '{"full_name": "Octo Cat"}', now(), now(), now(), NULL, NULL),
		('${id(12)}', 'banned@old.test', '{}', now(), now(), now(), now() + interval '1 day', NULL),
		('${id(13)}', 'deleted@old.test', '{}', now(), now(), now(), NULL, now()),
		('${id(14)}', NULL, '{}', NULL, now(), now(), NULL, NULL);
	INSERT INTO auth.identities (id, provider_id, user_id, identity_data, provider) VALUES
		(gen_random_uuid(), '4711', '${id(11)}', '{"sub": "4711"}', 'github'),
		(gen_random_uuid(), '${id(1)}', '${id(1)}', '{}', 'email')`;

const run = (...args) => spawnSync(`${process.env.BUILD}/tenantry`,
	['import', 'supabase', ...args], { encoding: 'utf8',
		env: { ...process.env, SOURCE_DATABASE_URL:
			`postgresql:///${source}?host=${process.env.PGHOST}` } });

before(async () => {
	await signUp({ email: 'first@new.test' });
	execFileSync('createdb', [source]);
	execFileSync('psql', ['-Xqd', source, '-v', 'ON_ERROR_STOP=1', '-c', SCHEMA]);
});

after(() => execFileSync('dropdb', ['--force', source]));

test('users, passwords and identities are imported once', () => {
	const first = run();
	assert.equal(first.status, 0, first.stderr + first.stdout);
	assert.match(first.stdout, /users +12 read +12 new +0 known +0 skipped/);
	assert.match(first.stdout, /passwords +10 read +10 new/);
	assert.match(first.stdout, /identities +1 read +1 new/);
	const second = run();
	assert.equal(second.status, 0, second.stderr);
	assert.doesNotMatch(second.stdout, /[1-9]\d* new/);
});

test('ten users with bcrypt hashes sign in, which rehashes with scrypt', async () => {
	for (let n = 1; n <= 10; n++)
		assert.equal((await signIn(`user${n}@old.test`, PASSWORD)).id, id(n));
	assert.deepEqual(sql(`SELECT count(*) FROM identity.account
		WHERE password ~ '^[0-9a-f]{32}:[0-9a-f]{128}$' AND user_id LIKE '00000000-%'`),
		[['10']]);
});

test('names, verified flags and dates are imported', () => {
	assert.deepEqual(sql(`SELECT id, name, email, email_verified, created_at AT TIME ZONE 'UTC'
		FROM identity."user" WHERE id IN ($1, $2) ORDER BY id`, id(1), id(10)), [
		[id(1), 'Old User 1', 'user1@old.test', 't', '2024-01-02 03:04:05.678'],
		[id(10), 'Old User 10', 'user10@old.test', 'f', '2024-01-02 03:04:05.678'],
	]);
	assert.deepEqual(sql(`SELECT name FROM identity."user" WHERE id = $1`, id(11)),
		[['Octo Cat']]);
});

test('banned users stay banned, and deleted users are not imported', () => {
	assert.deepEqual(sql(`SELECT email, banned FROM identity."user"
		WHERE email IN ('banned@old.test', 'deleted@old.test')`),
		[['banned@old.test', 't']]);
	assert.deepEqual(sql(`SELECT provider_id, account_id FROM identity.account
		WHERE user_id = $1`, id(11)), [['github', '4711']]);
});
