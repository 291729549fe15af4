-- 200 accounts in the real tables of Supabase's sign-in server: 170 ordinary accounts, and 30 accounts with faults of
-- at least twenty kinds.
--
-- sources.sh runs this. All rows are the same in every run, apart from their times.
SET client_min_messages = warning;
SET TimeZone = 'UTC';

CREATE FUNCTION pg_temp.account(n integer) RETURNS uuid LANGUAGE sql AS $$ SELECT md5('account ' || n)::uuid $$;
CREATE FUNCTION pg_temp.at(n integer) RETURNS timestamptz LANGUAGE sql AS $$ SELECT '2025-01-01 08:00+00'::timestamptz + n * interval '1 hour' $$;

-- The triggers of the application see these accounts, as they see every sign-up.
INSERT INTO auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, last_sign_in_at, raw_app_meta_data,
	raw_user_meta_data, created_at, updated_at)
SELECT '00000000-0000-0000-0000-000000000000', pg_temp.account(n), 'authenticated', 'authenticated', format('person%s@source.test', n),
	CASE WHEN n % 3 > 0 THEN '$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS' ELSE '' END,
	CASE WHEN n % 10 > 0 THEN pg_temp.at(n) END, pg_temp.at(n + 100), '{}',
	jsonb_build_object('full_name', format('Person %s Source', n), 'first_name', 'Person', 'last_name', n), pg_temp.at(n), pg_temp.at(n + 100)
  FROM generate_series(1, 170) n;
INSERT INTO auth.identities (user_id, provider, provider_id, identity_data, created_at, updated_at)
SELECT u.id, p.provider, p.provider || ' ' || u.id, jsonb_build_object('sub', u.id, 'email', u.email), u.created_at, u.updated_at
  FROM auth.users u, LATERAL (VALUES ('email'), ('google')) p (provider)
 WHERE u.email LIKE '%@source.test' AND (p.provider = 'email') = (u.encrypted_password <> '');
INSERT INTO auth.sessions (id, user_id, created_at, updated_at)
SELECT md5('session ' || u.id)::uuid, u.id, u.updated_at, u.updated_at FROM auth.users u WHERE u.email LIKE 'person%';
INSERT INTO auth.refresh_tokens (instance_id, token, user_id, revoked, created_at, updated_at, session_id)
SELECT '00000000-0000-0000-0000-000000000000', md5('token ' || s.id), s.user_id::text, false, s.created_at, s.updated_at, s.id FROM auth.sessions s
	WHERE s.id = md5('session ' || s.user_id)::uuid;
INSERT INTO auth.mfa_factors (id, user_id, friendly_name, factor_type, status, secret, created_at, updated_at)
SELECT md5('factor ' || n)::uuid, pg_temp.account(n), 'telephone', 'totp', 'verified', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', pg_temp.at(n), pg_temp.at(n)
  FROM generate_series(1, 40, 13) n;
INSERT INTO auth.audit_log_entries (instance_id, id, payload, created_at, ip_address)
SELECT '00000000-0000-0000-0000-000000000000', md5('entry ' || n)::uuid, json_build_object('action', 'login', 'actor_id', pg_temp.account(1 + n % 170),
	'traits', json_build_object('provider', 'email')), pg_temp.at(n), '192.0.2.' || n % 200
  FROM generate_series(1, 400) n;

-- Faults that the tables do not refuse. The triggers of the application refuse some of them.
SET session_replication_role = replica;
INSERT INTO auth.users (id, aud, role, email, encrypted_password, email_confirmed_at, raw_user_meta_data, created_at, updated_at, deleted_at, banned_until)
SELECT pg_temp.account(1000 + row_number() OVER ()::integer), 'authenticated', 'authenticated', f.email, f.password, f.confirmed, f.meta, f.created, f.updated,
	f.deleted, f.banned
  FROM (VALUES
	('Capital.Letters@Source.Test', '', pg_temp.at(1), '{}'::jsonb, pg_temp.at(1), pg_temp.at(1), NULL::timestamptz, NULL::timestamptz),
	('PERSON3@source.test', '', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL), -- a different account's address
	('no address', '', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('', '', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	(NULL, '', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('gone@source.test', '', NULL, '{}', pg_temp.at(1), pg_temp.at(1), pg_temp.at(9), NULL),
	('long.name@source.test', '', NULL, jsonb_build_object('name', repeat('n', 999)), pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('blank.name@source.test', '', NULL, '{"name": "   "}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('number.name@source.test', '', NULL, '{"name": 5, "first_name": ["a"]}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('no.data@source.test', '', NULL, NULL, pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('text.data@source.test', '', NULL, '"text"', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('list.data@source.test', '', NULL, '[{"name": "no"}]', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('script@source.test', '', NULL, '{"avatar_url": "java script:alert(1)"}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('large.picture@source.test', '', NULL, jsonb_build_object('picture', 'data:image/gif;base64,' || repeat('A', 20000)), pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('always.banned@source.test', '', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, 'infinity'),
	('once.banned@source.test', '', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, '2020-01-01'),
	('no.time@source.test', '', NULL, '{}', NULL, NULL, NULL, NULL),
	('endless@source.test', '', NULL, '{}', 'infinity', pg_temp.at(1), NULL, NULL),
	('older.than.created@source.test', '', NULL, '{}', pg_temp.at(9), pg_temp.at(1), NULL, NULL),
	('argon@source.test', '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('firebase@source.test', '$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=a2V5$c2FsdA==$aGFzaA==', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('broken.hash@source.test', '$2b$10$short', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('plain@source.test', 'a password', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('no.hash@source.test', NULL, NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('no.subject@source.test', '', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('same.account@source.test', '', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('hidden.secret@source.test', '', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('unfinished.factor@source.test', '', NULL, '{}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('ünïcode@source.test', '', NULL, '{"name": "Ünïcödé 🙂 \u202e"}', pg_temp.at(1), pg_temp.at(1), NULL, NULL),
	('first.only@source.test', '', NULL, '{"first_name": "Only"}', pg_temp.at(1), pg_temp.at(1), NULL, NULL)
	) f (email, password, confirmed, meta, created, updated, deleted, banned);
INSERT INTO auth.identities (user_id, provider, provider_id, identity_data)
SELECT u.id, x.provider, x.subject, '{}'::jsonb FROM auth.users u JOIN (VALUES ('no.subject@source.test', 'github', ''), ('gone@source.test', 'google', 'gone'),
	('same.account@source.test', 'google', 'google ' || pg_temp.account(3) || ' '), ('no.data@source.test', 'sso:' || pg_temp.account(1), 'saml')) x (email, provider, subject)
	ON x.email = u.email
UNION ALL SELECT pg_temp.account(-1), 'google', 'of nobody', '{}';
INSERT INTO auth.mfa_factors (id, user_id, friendly_name, factor_type, status, secret, created_at, updated_at)
SELECT md5('factor ' || u.email)::uuid, u.id, 'factor', 'totp', CASE WHEN u.email LIKE 'hidden%' THEN 'verified' ELSE 'unverified' END::auth.factor_status,
	CASE WHEN u.email LIKE 'hidden%' THEN 'encrypted!' ELSE 'JBSWY3DPEHPK3PXP' END, pg_temp.at(1), pg_temp.at(1)
  FROM auth.users u WHERE u.email IN ('hidden.secret@source.test', 'unfinished.factor@source.test');
INSERT INTO auth.refresh_tokens (token, user_id, created_at, updated_at) VALUES (NULL, pg_temp.account(1)::text, pg_temp.at(1), pg_temp.at(1)),
	('far', pg_temp.account(1)::text, pg_temp.at(1), '294276-06-01 00:00:00+00'), ('of nobody', 'nobody', NULL, NULL);
INSERT INTO auth.audit_log_entries (id, payload, created_at) VALUES (md5('no payload')::uuid, NULL, pg_temp.at(1)), (md5('no time')::uuid, '{"action": "login"}', NULL),
	(md5('a list')::uuid, '[1]', pg_temp.at(1)), (md5('no actor')::uuid, '{"action": 7, "actor_id": "nobody"}', 'infinity');
RESET session_replication_role;
