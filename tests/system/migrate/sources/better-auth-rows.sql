-- 200 users in the tables of Better Auth: 170 ordinary users, and 30 with faults of at least twenty kinds
--
-- sources.sh runs this. The names of tables and columns are those of the database: camelCase or snake_case, singular or
-- plural. The secrets are encrypted, and the password hashed, by Better Auth, with the secret of the tests.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET session_replication_role = replica;

-- Inserts rows, whose members are the columns in camelCase.
CREATE FUNCTION pg_temp.put(name text, source_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	target regclass := (SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
		AND rtrim(lower(replace(c.relname, '_', '')), 's') = lower(name));
BEGIN
	EXECUTE format('INSERT INTO %s SELECT r.* FROM jsonb_array_elements($1) e, jsonb_populate_record(NULL::%1$s, (SELECT jsonb_object_agg(a.attname, m.value)
		FROM jsonb_each(e) m JOIN pg_attribute a ON a.attrelid = %2$s AND a.attnum > 0 AND lower(replace(a.attname, ''_'', '''')) = lower(m.key))) r',
		target, target::oid) USING source_rows;
END $$;
CREATE FUNCTION pg_temp.account(n integer) RETURNS text LANGUAGE sql AS $$ SELECT translate(encode(sha256(convert_to('account ' || n, 'UTF8')), 'base64'), '+/=', 'xyz') $$;
CREATE FUNCTION pg_temp.at(n integer) RETURNS timestamptz LANGUAGE sql AS $$ SELECT '2025-01-01 08:00+00'::timestamptz + n * interval '1 hour' $$;
\set hash '5c7abf4ca819a7f991a2861eb64f6402:18d68d48045bcdd0e69411dc861996cfbff01d4beae60b6b12ba8caa64d3ef5ab4aab44f51a3469dee39de9f490314ba35f42b7f2dd67a31a59ef83a543c77e4'
\set secret '4dedf607122cd7037e7a24c8a9bcf5bad9807077adf069f5f80182641f2d81554c14818b201998b17c0473ff898d57fa21b039227a2b5c313a147adcda06f81ae69a236b3bdd8a4c'
\set codes 'fb50af67382122ca730f387ae6e8d6a4c259eec462ef725694591f4dd5f75e0b68a14d46e66df63c6892a0f7b1ebe080af3c2a894e0732'

SELECT pg_temp.put('user', jsonb_agg(jsonb_build_object('id', pg_temp.account(n), 'name', format('Person %s Source', n), 'email', format('person%s@source.test', n),
	'emailVerified', n % 10 > 0, 'image', CASE WHEN n % 7 = 0 THEN 'https://source.test/' || n END, 'createdAt', pg_temp.at(n), 'updatedAt', pg_temp.at(n + 100),
	'twoFactorEnabled', n % 13 = 1, 'role', CASE WHEN n = 1 THEN 'admin' ELSE 'user' END, 'banned', n % 50 = 9, 'banReason', CASE WHEN n % 50 = 9 THEN 'spam' END,
	'username', CASE WHEN n % 5 = 0 THEN 'name' || n END)))
  FROM generate_series(1, 170) n;
SELECT pg_temp.put('account', jsonb_agg(jsonb_build_object('id', md5('account ' || n || p), 'accountId', CASE p WHEN 'credential' THEN pg_temp.account(n) ELSE 'subject ' || n END,
	'providerId', p, 'userId', pg_temp.account(n), 'accessToken', CASE p WHEN 'google' THEN 'token' END, 'password', CASE p WHEN 'credential' THEN :'hash' END,
	'scope', CASE p WHEN 'google' THEN 'openid,email' END, 'createdAt', pg_temp.at(n), 'updatedAt', pg_temp.at(n))))
  FROM generate_series(1, 170) n, unnest(CASE WHEN n % 3 > 0 THEN '{credential}' ELSE '{google}'::text[] END) p;
SELECT pg_temp.put('session', jsonb_agg(jsonb_build_object('id', md5('session ' || n), 'token', md5('token ' || n), 'userId', pg_temp.account(1 + n % 170),
	'expiresAt', CASE WHEN n % 4 > 0 THEN '2099-01-01 00:00:00'::timestamptz ELSE pg_temp.at(n + 50) END, 'createdAt', pg_temp.at(n), 'updatedAt', pg_temp.at(n),
	'ipAddress', '192.0.2.' || n % 200, 'userAgent', 'Browser ' || n, 'activeOrganizationId', CASE WHEN n % 2 = 0 THEN 'organization' || n % 5 END,
	'impersonatedBy', CASE WHEN n = 8 THEN pg_temp.account(1) END)))
  FROM generate_series(1, 4250) n;
SELECT pg_temp.put('twoFactor', jsonb_agg(jsonb_build_object('id', md5('factor ' || n), 'userId', pg_temp.account(n), 'secret', :'secret', 'backupCodes', :'codes', 'verified', true)))
  FROM generate_series(1, 170, 13) n;
SELECT pg_temp.put('passkey', jsonb_agg(jsonb_build_object('id', md5('passkey ' || n), 'name', CASE WHEN n % 2 = 0 THEN 'key' ELSE ' ' END, 'publicKey', 'cHVibGlj', 'userId', pg_temp.account(n),
	'credentialID', 'credential' || n, 'counter', n, 'deviceType', 'multiDevice', 'backedUp', true, 'transports', 'internal', 'createdAt', pg_temp.at(n), 'aaguid', 'a')))
  FROM generate_series(1, 170, 17) n;
SELECT pg_temp.put('organization', jsonb_agg(jsonb_build_object('id', 'organization' || n, 'name', 'Organization ' || n, 'slug', 'source-' || n, 'createdAt', pg_temp.at(n),
	'metadata', '{"n": ' || n || '}')))
  FROM generate_series(0, 4) n;
SELECT pg_temp.put('member', jsonb_agg(jsonb_build_object('id', md5('member ' || n), 'organizationId', 'organization' || n % 5, 'userId', pg_temp.account(n),
	'role', CASE WHEN n <= 5 THEN 'owner' WHEN n <= 10 THEN 'admin' WHEN n = 11 THEN 'member,admin' WHEN n = 12 THEN 'billing' ELSE 'member' END, 'createdAt', pg_temp.at(n))))
  FROM generate_series(1, 160) n;
SELECT pg_temp.put('team', jsonb_agg(jsonb_build_object('id', 'team' || n, 'name', 'Team ' || n, 'memberCount', 2, 'organizationId', 'organization' || n, 'createdAt', pg_temp.at(n))))
  FROM generate_series(0, 4) n;
SELECT pg_temp.put('teamMember', jsonb_agg(jsonb_build_object('id', md5('team member ' || n), 'teamId', 'team' || n % 5, 'userId', pg_temp.account(n), 'createdAt', pg_temp.at(n))))
  FROM generate_series(1, 20) n;
SELECT pg_temp.put('invitation', jsonb_agg(jsonb_build_object('id', md5('invitation ' || n), 'organizationId', 'organization' || n % 5, 'email', format('Invited%s@source.test', n % 15),
	'role', 'member', 'status', (ARRAY['pending', 'accepted', 'canceled', 'rejected'])[1 + n % 4], 'expiresAt', '2099-01-01 00:00:00', 'createdAt', pg_temp.at(n), 'inviterId', pg_temp.account(1 + n % 5))))
  FROM generate_series(1, 40) n;
SELECT pg_temp.put('verification', jsonb_agg(jsonb_build_object('id', md5('code ' || n), 'identifier', 'code' || n, 'value', n, 'expiresAt', pg_temp.at(n), 'createdAt', pg_temp.at(n), 'updatedAt', pg_temp.at(n))))
  FROM generate_series(1, 40) n;

-- Faults that the tables do not refuse.
SELECT pg_temp.put('user', jsonb_agg(jsonb_build_object('id', pg_temp.account(1000 + f.n::integer), 'name', 'Fault', 'email', format('fault%s@source.test', f.n),
	'emailVerified', true, 'createdAt', pg_temp.at(1), 'updatedAt', pg_temp.at(1), 'role', 'user', 'banned', false) || f.fault))
  FROM unnest(ARRAY['{"email": "Capital.Letters@Source.Test"}', '{"email": "PERSON3@source.test", "emailVerified": false}', '{"email": "no address"}', '{"email": ""}',
	'{"name": ""}', '{"name": "   "}', jsonb_build_object('name', repeat('n', 600)), '{"name": "Ünïcödé 🙂 \u202e"}', '{"name": "O''Hara \"\\\\\", ,;"}',
	'{"image": "java script:alert(1)"}', jsonb_build_object('image', 'data:image/gif;base64,' || repeat('A', 20000)), '{"image": ""}',
	'{"createdAt": "infinity"}', '{"createdAt": "2025-03-01T00:00:00Z"}', '{"updatedAt": "1969-01-01T00:00:00Z"}', '{"banned": true}',
	'{"banned": true, "banExpires": "infinity"}', '{"banned": true, "banExpires": "2020-01-01T00:00:00Z"}', '{"banExpires": "2099-01-01T00:00:00Z"}', '{"banned": null}',
	'{"role": "admin,user"}', '{"role": "Editor"}', '{"role": null}', '{"twoFactorEnabled": true}', '{"twoFactorEnabled": null}', '{"email": "ünïcode@source.test"}',
	'{"username": "PERSON"}', '{"name": "argon"}', '{"name": "broken"}', '{"name": "subject"}']::jsonb[]) WITH ORDINALITY f (fault, n);
SELECT pg_temp.put('account', jsonb_agg(jsonb_build_object('id', 'faulty ' || f.n, 'accountId', pg_temp.account(1000 + f.n), 'providerId', 'credential',
	'userId', pg_temp.account(1000 + f.n), 'createdAt', pg_temp.at(1), 'updatedAt', pg_temp.at(1), 'password', :'hash') || f.fault))
  FROM (SELECT n, '{}'::jsonb FROM generate_series(1, 27) n UNION ALL VALUES (28, '{"password": "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"}'::jsonb),
	(29, '{"password": "$2b$10$short"}'), (30, '{"providerId": "google", "accountId": "subject 3", "password": null}'),
	(31, '{"userId": "nobody"}'), (32, '{"providerId": "github", "accountId": ""}')) f (n, fault);
SELECT pg_temp.put('session', jsonb_agg(jsonb_build_object('id', 'faulty ' || f.n, 'token', 'faulty ' || f.n, 'userId', pg_temp.account(1), 'expiresAt', '2099-01-01 00:00:00',
	'createdAt', pg_temp.at(1), 'updatedAt', pg_temp.at(1)) || f.fault))
  FROM (VALUES (1, '{"userId": "nobody"}'::jsonb), (2, '{"expiresAt": "infinity"}'), (3, '{"token": ""}'), (4, '{"userAgent": "Ünïcödé"}')) f (n, fault);
SELECT pg_temp.put('member', jsonb_agg(jsonb_build_object('id', 'faulty ' || f.n, 'organizationId', 'organization1', 'userId', pg_temp.account(161), 'role', 'member', 'createdAt', pg_temp.at(1)) || f.fault))
  FROM (VALUES (1, '{"userId": "nobody"}'::jsonb), (2, '{"organizationId": "nowhere"}'), (3, '{"role": ""}'), (4, '{}')) f (n, fault);
SELECT pg_temp.put('twoFactor', jsonb_agg(jsonb_build_object('id', 'faulty ' || f.n, 'userId', pg_temp.account(f.n), 'secret', :'secret', 'backupCodes', '', 'verified', f.verified)))
  FROM (VALUES (2, true), (3, false)) f (n, verified);
SELECT pg_temp.put('invitation', jsonb_agg(jsonb_build_object('id', 'faulty ' || f.n, 'organizationId', 'organization1', 'email', 'late@source.test', 'role', 'member', 'status', 'pending',
	'expiresAt', '2020-01-01 00:00:00', 'createdAt', pg_temp.at(1), 'inviterId', pg_temp.account(1)) || f.fault))
  FROM (VALUES (1, '{"inviterId": "nobody"}'::jsonb), (2, '{"status": "unknown"}'), (3, '{}')) f (n, fault);
SELECT pg_temp.put('teamMember', jsonb_agg(jsonb_build_object('id', 'faulty ' || f.n, 'teamId', 'team1', 'userId', pg_temp.account(1)) || f.fault))
  FROM (VALUES (1, '{"userId": "nobody"}'::jsonb), (2, '{"teamId": "team2"}')) f (n, fault);
RESET session_replication_role;
