-- Tests which credentials (sessions, links, codes, keys) each change to an account ends. After every change in the
-- table of docs/better-auth.md, the test uses every kind of credential.
SELECT test.sign_up('boss', open => true) IS NULL AS x \gset
SELECT m.organization_id AS org FROM identity.organization_member m WHERE m.user_id = 'boss' \gset
UPDATE identity."user" SET role = 'user,admin' WHERE id = 'boss';

-- The table in docs/better-auth.md: the kind, the change, and whether the kind still works after the change.
\set page `cat "$TENANTRY_SQL/docs/better-auth.md"`
CREATE TABLE test.cell AS
WITH line AS (
	SELECT n, string_to_array(trim(BOTH '|' FROM l), '|') AS cells
	  FROM regexp_split_to_table((regexp_match(:'page', '\n\| issued \|[^\n]*(?:\n\|[^\n]*)*'))[1], '\n')
		WITH ORDINALITY AS x (l, n) WHERE l LIKE '|%'
), head AS (
	SELECT trim(c) AS change, i FROM line, unnest(cells) WITH ORDINALITY AS u (c, i) WHERE n = 2
)
SELECT trim(l.cells[1]) AS kind, h.change, trim(l.cells[h.i]) = '' AS lasts
  FROM line l, head h WHERE l.n > 3 AND h.i > 1;
SELECT test.is(count(*)::text, '171', 'the page has a table of 19 kinds and 9 changes') FROM test.cell;

SELECT test.is((SELECT string_agg(i.kind, ', ') FROM identity.issued() i
	WHERE i.kind NOT IN (SELECT c.kind FROM test.cell c)), NULL, 'the page lists every kind');

CREATE FUNCTION test.secret(uid text, kind text) RETURNS text LANGUAGE sql AS $$
	SELECT uid || '/' || kind
$$;
CREATE FUNCTION test.hashed(uid text, kind text) RETURNS bytea LANGUAGE sql AS $$
	SELECT sha256(convert_to(test.secret(uid, kind), 'UTF8'))
$$;

-- Creates a user of the organization, and issues one secret of each kind to the user.
CREATE FUNCTION test.issue(uid text, org uuid, factor boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	mail text := uid || '@example.test';
BEGIN
	PERFORM test.sign_up(uid, open => true);
	DELETE FROM identity.organization_member m WHERE m.user_id = uid;
	INSERT INTO identity.organization_member (id, organization_id, user_id, role) VALUES ('m-' || uid, org, uid, 'admin');
	UPDATE identity."user" u SET email_verified = true, two_factor_enabled = factor WHERE u.id = uid;
	PERFORM identity.open_session('i-' || uid, test.hashed(uid, 'impersonation'), uid, 'impersonation', false, NULL, NULL, org);
	UPDATE identity.session s SET impersonated_by = 'boss', opened_from = 's-boss' WHERE s.id = 'i-' || uid;
	UPDATE identity.session s SET active_organization_id = org WHERE s.user_id = uid;
	PERFORM identity.challenge(uid, test.secret(uid, 'second-factor challenge'), true, true);
	PERFORM identity.challenge(uid, test.secret(uid, 'second-factor code by mail'), true, true);
	PERFORM identity.send_second_factor('1', '\x01', NULL, test.secret(uid, 'second-factor code by mail'), 'en', false);
	PERFORM identity.trust_device(uid, test.secret(uid, 'trusted device'));
	PERFORM identity.request_reset(mail, test.secret(uid, 'reset link'), '', 'en', NULL, false);
	PERFORM identity.request_reset(mail, test.secret(uid, 'another reset link'), '', 'en', NULL, false);
	PERFORM identity.request_code(purpose, mail, 'mac', '1', 'en', '/x', NULL, false, true)
	   FROM unnest(ARRAY['forget-password', 'sign-in', 'email-verification']) purpose;
	PERFORM identity.request_link(mail, NULL, test.secret(uid, 'magic link'), '', 'en', NULL, false, true);
	PERFORM identity.mail_change(mail, new, true, '', 'en') FROM unnest(ARRAY['new-' || mail, 'other-' || mail]) new;
	PERFORM test.as(uid, 'user');
	PERFORM identity.request_deletion(test.secret(uid, 'link that deletes the account'), '', 'en', NULL, false);
	PERFORM identity.oauth_begin(test.secret(uid, 'OAuth state that links an account'), '', true);
	PERFORM identity.keep_passkey_challenge(test.secret(uid, 'passkey challenge of a session'), 'registration', 'c', uid, false);
	PERFORM identity.create_api_key('k-' || uid, test.hashed(uid, 'API key'), 'k', '{}');
	PERFORM identity.create_secret_url('calendar', test.hashed(uid, 'calendar feed, inbound address'), NULL, '{}');
	PERFORM identity.set_assistant_key('k', false);
	PERFORM identity.create_invite('inv-' || uid, test.hashed(uid, 'invitation sent by the user'), NULL, 'member', NULL);
END $$;

-- Returns whether the user's secret of a kind still works. The use of the secret is rolled back.
CREATE FUNCTION test.works(uid text, kind text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	mail text := uid || '@example.test';
	secret text := test.secret(uid, kind);
	hash bytea := test.hashed(uid, kind);
	works boolean;
BEGIN
	BEGIN
		works := CASE kind
		WHEN 'session' THEN EXISTS (SELECT FROM identity.get_session(sha256(uid::bytea), false))
		WHEN 'impersonation' THEN EXISTS (SELECT FROM identity.get_session(hash, false))
		WHEN 'second-factor challenge' THEN EXISTS (SELECT FROM identity.second_factor_claim(NULL, secret))
		WHEN 'second-factor code by mail' THEN identity.verify_second_factor('mail', NULL, NULL, '\x01', NULL, secret,
			'2-' || uid, '\x00', NULL, false, NULL, NULL)::json->>'user' IS NOT NULL
		WHEN 'trusted device' THEN identity.renew_trust(uid, secret, 'renewed')
		WHEN 'reset link' THEN identity.find_reset(secret)
		WHEN 'reset code' THEN identity.reset_by_code(mail, 'mac', 'hash2', 'en') = '{}'
		WHEN 'magic link' THEN (SELECT account <> '' FROM identity.enter_by_link(secret, 'n-' || uid, 'l-' || uid, sha256('l'), NULL,
			NULL, NULL, true, 'en', '{"challenge": "c"}'))
		WHEN 'sign-in code' THEN identity.enter_by_code(mail, 'mac', NULL, NULL, 'n-' || uid, 'l-' || uid, sha256('l'), NULL, NULL,
			NULL, false, true, 'en', '{"challenge": "c"}')::json->>'refused' IS NULL
		WHEN 'verification code' THEN identity.verify_by_code(mail, 'mac', NULL, NULL, true, 'l-' || uid, sha256('l'), NULL, NULL, 'en',
			false)::json->>'refused' IS NULL
		WHEN 'verification link' THEN coalesce(identity.verify_email(uid, mail, NULL, NULL, true, 'l-' || uid, sha256('l'), NULL, NULL, 'en'), '') <> 'x'
		WHEN 'link that changes the address' THEN identity.change_email(uid, mail, 'new-' || mail, sha256(uid::bytea), 'en') <> ''
		WHEN 'link that deletes the account' THEN identity.find_proof('delete-account', secret) IS NOT NULL
		WHEN 'OAuth state that links an account' THEN EXISTS (SELECT FROM identity.oauth_return(secret, true))
		WHEN 'passkey challenge of a session' THEN identity.find_proof('passkey', secret) IS NOT NULL
		WHEN 'API key' THEN identity.begin_key(hash, NULL, NULL, NULL, true, 'organization', '[["contacts", "read", "organization"]]',
			true, NULL, NULL) IS NOT NULL
		WHEN 'calendar feed, inbound address' THEN identity.begin_secret_url('calendar', hash) IS NOT NULL
		WHEN 'assistant key' THEN EXISTS (SELECT FROM identity.assistant_key k WHERE k.user_id = uid)
		WHEN 'invitation sent by the user' THEN identity.find_invite(hash) IS NOT NULL
		END;
		RAISE SQLSTATE 'ZZ999';
	EXCEPTION WHEN SQLSTATE 'ZZ999' THEN
		NULL;
	WHEN SQLSTATE 'ZH000' OR SQLSTATE 'ZH401' OR SQLSTATE 'ZH404' THEN
		works := false;
	END;
	RETURN works;
END $$;

CREATE FUNCTION test.change(uid text, change text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('app.user_id', uid, true), set_config('app.session_id', 's-' || uid, true);
	CASE change
	WHEN 'password changed' THEN
		PERFORM identity.change_password('hash2', false, NULL, NULL, NULL, NULL, 'hash');
	WHEN 'password reset' THEN
		PERFORM set_config('app.session_id', '', true);
		PERFORM identity.reset_password(test.secret(uid, 'another reset link'), 'hash2', 'en');
	WHEN 'address changed' THEN
		PERFORM identity.change_email(uid, uid || '@example.test', 'other-' || uid || '@example.test', sha256(uid::bytea), 'en');
	WHEN 'banned' THEN
		PERFORM set_config('app.user_id', 'boss', true);
		PERFORM identity.ban_user(uid, NULL, NULL);
	WHEN 'deleted' THEN
		PERFORM identity.remove_user(uid);
	WHEN 'second factor on' THEN
		PERFORM identity.enable_mailed_codes('hash', 's-' || uid, sha256(uid::bytea));
	WHEN 'second factor off' THEN
		PERFORM identity.disable_two_factor('hash', 's-' || uid, sha256(uid::bytea));
	WHEN 'signed out everywhere' THEN
		PERFORM identity.revoke_sessions();
	WHEN 'removed from the organization' THEN
		DELETE FROM identity.organization_member m WHERE m.user_id = uid;
	END CASE;
END $$;

DO $$
DECLARE
	c record;
	h record;
	uid text;
BEGIN
	FOR h IN SELECT x.change, 'u' || row_number() OVER (ORDER BY x.change) AS uid FROM test.cell x GROUP BY 1 LOOP
		PERFORM test.issue(h.uid, (SELECT m.organization_id FROM identity.organization_member m WHERE m.user_id = 'boss'),
			h.change = 'second factor off');
		FOR c IN SELECT * FROM test.cell x WHERE x.change = h.change LOOP
			PERFORM test.is(test.works(h.uid, c.kind)::text, 'true', format('%s works before "%s"', c.kind, c.change));
		END LOOP;
		PERFORM test.change(h.uid, h.change);
		FOR c IN SELECT * FROM test.cell x WHERE x.change = h.change LOOP
			PERFORM test.is(test.works(h.uid, c.kind)::text, c.lasts::text, format('%s after "%s"', c.kind, c.change));
		END LOOP;
	END LOOP;
END $$;

-- A change ends everything that was issued to its own account, and nothing that was issued to other accounts.
SELECT test.issue('ada', :'org', false), test.issue('bob', :'org', false);
SELECT test.change('ada', 'deleted');
SELECT test.ok(test.works('bob', c.kind), format('%s of another user', c.kind)) FROM (SELECT DISTINCT kind FROM test.cell) c;
-- This change ends all sessions except the caller's session.
SELECT set_config('app.user_id', 'bob', false), set_config('app.session_id', 's-bob', false) \gset
SELECT identity.revoke_other_sessions();
SELECT test.is(string_agg(s.id, ' '), 's-bob', 'the caller stays signed in') FROM identity.session s WHERE s.user_id = 'bob';
SELECT test.ok(NOT test.works('bob', 'magic link'), 'and no link opens another session');
