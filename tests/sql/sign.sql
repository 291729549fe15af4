-- Sign-up, sign-in and sign-out, sessions, passwords and limits.
SET ROLE tenantry_app;

SELECT test.ok(NOT identity.init_state(), 'nobody has signed up');
SELECT test.is(test.sign_up('ada', name => 'Ada Lovelace', email => 'Ada@Example.test')::json->>'email',
	'ada@example.test', 'an address is stored in lower case');
SELECT test.ok(identity.init_state(), 'somebody has');
SELECT test.fails($$SELECT test.sign_up('eve')$$, 'ZH000', 'EMAIL_PASSWORD_SIGN_UP_DISABLED');
SELECT test.fails($$SELECT identity.sign_up_begin('eve@example.test', '::1', '/sign-up/email', false, NULL, false, false)$$,
	'ZH000', 'EMAIL_PASSWORD_SIGN_UP_DISABLED');
SELECT test.fails($$SELECT test.sign_up('ada2', open => true, email => 'ADA@example.test')$$, 'ZH000',
	'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
SELECT test.ok(test.sign_up('bob', open => true) IS NOT NULL, 'open sign-up needs no invitation');

-- The permissions of the first user
BEGIN;
SELECT test.as('ada', read_only => true) \gset
SELECT test.is(identity.me()::jsonb - 'id' - 'organization_id' - 'user_id' - 'grants' - 'resources', '{"email": "ada@example.test",
	"avatar": null, "modules": [], "disabled": false, "last_name": "Lovelace", "first_name": "Ada",
	"administrator": true}'::jsonb::text, 'the first user administers');
SELECT test.ok(identity.me()::jsonb->'resources'->'contacts' ? 'merge', 'it names what can be permitted');
SELECT test.is(jsonb_typeof(identity.me()::jsonb->'id'), 'number', 'by a number');
SELECT test.is((SELECT config::text FROM crm.configuration WHERE id = 1), '{}', 'with a configuration');
SELECT test.fails($$INSERT INTO crm.tags (name, color) VALUES ('x', 'x')$$, '25006');
COMMIT;
BEGIN;
SELECT test.fails($$SELECT test.as('bob')$$, 'ZH409', hint => 'no_organization');
SELECT test.fails($$SELECT test.as('bob', org => 'nonsense')$$, 'ZH403');
SELECT test.fails(format('SELECT test.as(%L, org => %L)', 'bob',
	(SELECT unnest(identity.org_ids_for_user('ada')))), 'ZH403');
SELECT test.fails($$SELECT test.as('nobody')$$, 'ZH401');
SELECT test.as('bob', 'user') AS slid \gset
SELECT test.is(current_setting('app.user_id'), 'bob', 'a user without organization is known'),
	test.is(coalesce(current_setting('app.org_id', true), ''), '', 'and has none'),
	test.is(identity.list_organizations(), '[]', 'in the list either');
COMMIT;
SELECT test.is(coalesce(nullif(current_setting('app.user_id', true), ''), 'nobody'), 'nobody',
	'nothing of a request outlives it');

-- Sign in
SELECT test.is((SELECT user_id || ' ' || password FROM identity.sign_in_begin('ADA@example.test', '::1', '/x', false)),
	'ada hash', 'any letter case of an address');
SELECT test.is((SELECT count(*)::text FROM identity.sign_in_begin('none@example.test', '::1', '/x', false)),
	'0', 'an unknown one');
SELECT test.is(identity.sign_in('ada', 's2', sha256('ada-2'), false, '', 'ua', 'newhash', test.hash('ada'))::json->>'id', 'ada',
	'a second session');
SELECT test.is((SELECT password FROM identity.sign_in_begin('ada@example.test', '::1', '/x', false)),
	'newhash', 'and the password hashed anew');
SELECT test.is((SELECT remember FROM identity.get_session(sha256('ada-2'), true))::text, 'false', 'not remembered');
SELECT test.is((SELECT array_agg(k ORDER BY k)::text FROM identity.get_session(sha256('ada-2'), true),
	json_object_keys(session::json) k),
	'{activeOrganizationId,createdAt,expiresAt,id,impersonatedBy,ipAddress,updatedAt,userAgent,userId}',
	'a session in JSON, without its token');
SELECT test.is((SELECT array_agg(k ORDER BY k)::text FROM identity.get_session(sha256('ada-2'), true),
	json_object_keys(account::json) k),
	'{banExpires,banReason,banned,createdAt,email,emailVerified,id,image,name,role,twoFactorEnabled,updatedAt}',
	'a user in JSON');
SELECT test.ok((SELECT session::json->>'expiresAt' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$'
	FROM identity.get_session(sha256('ada-2'), true)), 'dates have three digits and a Z');
SELECT test.ok((SELECT session::json->>'activeOrganizationId' IS NOT NULL
	FROM identity.get_session(sha256('ada-2'), true)), 'an organization is active');

-- The user's own sessions
BEGIN;
SELECT test.as('ada-2', 'fresh') \gset
SELECT test.is((SELECT string_agg(handle || current::text, ' ' ORDER BY handle) FROM identity.list_sessions()),
	's-adafalse s2true', 'own sessions, the current marked');
SELECT identity.revoke_session('s-bob', sha256('bob'));
SELECT identity.revoke_session('s-ada', sha256('x'));
COMMIT;
SELECT test.is((SELECT count(*)::text FROM identity.get_session(sha256('bob'), true)), '1',
	'nobody revokes a session of others');
SELECT test.is((SELECT count(*)::text FROM identity.get_session(sha256('ada'), true)), '0', 'a handle revokes');
SELECT test.fails($$SELECT test.as('ada', 'user')$$, 'ZH401');
SELECT test.fails($$SELECT identity.sign_in('ada', 's3', sha256('ada-3'), true, '', 'ua', 'rehash', 'what it was before')$$,
	'ZH000', 'INVALID_EMAIL_OR_PASSWORD');
SELECT identity.sign_in('ada', 's3', sha256('ada-3'), true, '', 'ua', NULL, test.hash('ada')) IS NULL AS x \gset
BEGIN; SELECT test.as('ada-3', 'user') \gset
SELECT identity.revoke_other_sessions(); COMMIT;
SELECT test.is((SELECT count(*)::text FROM identity.get_session(sha256('ada-2'), true)), '0', 'all but this one');
BEGIN; SELECT test.as('ada-3', 'fresh') \gset
SELECT test.is(identity.credential('::1', '/change-password', false), 'newhash', 'the own hash');
SELECT test.is(identity.change_password('third', false, NULL, NULL, NULL, NULL, test.hash('ada'))::json->>'id', 'ada', 'another password');
SELECT test.fails($$SELECT identity.change_password('x', false, NULL, NULL, NULL, NULL, 'what it was before')$$,
	'ZH000', 'INVALID_PASSWORD');
SELECT test.is(identity.change_password('fourth', true, 's4', sha256('ada-4'), '', 'ua', test.hash('ada'))::json->>'id', 'ada',
	'one that ends all sessions');
COMMIT;
SELECT test.fails($$SELECT test.as('ada-3', 'user')$$, 'ZH401');
BEGIN; SELECT test.as('ada-4') \gset
SELECT test.ok(identity.me() IS NOT NULL, 'and the new one has the same organization'); COMMIT;
BEGIN; SELECT test.as('ada-4', 'user') \gset
SELECT test.is(identity.update_user('{"name": "Ada King", "image": null}')::json->>'name', 'Ada King', 'a new name');
COMMIT;
BEGIN; SELECT test.as('ada-4') \gset
SELECT test.is(identity.me()::json->>'last_name', 'King', 'which the CRM knows as well');
UPDATE crm.sales SET first_name = 'Augusta', avatar = '{"src": "x"}' WHERE id = (identity.me()::json->>'id')::bigint;
SELECT test.is(identity.me()::json->>'first_name', 'Augusta', 'one edits the own sales row'); COMMIT;

-- Age of sessions
RESET ROLE;
UPDATE identity.session SET expires_at = now() + interval '5 days 23 hours', created_at = now() - interval '25 hours'
 WHERE id = 's4';
SET ROLE tenantry_app;
SELECT test.fails($$SELECT test.as('ada-4', 'fresh')$$, 'ZH000', 'SESSION_NOT_FRESH');
BEGIN READ ONLY;
SELECT test.is((SELECT refreshed::text FROM identity.get_session(sha256('ada-4'), true)), 'false',
	'a read-only look prolongs nothing');
COMMIT;
SELECT test.is((SELECT refreshed::text FROM identity.get_session(sha256('ada-4'), false)), 'false', 'nor one that must not');
BEGIN;
SELECT test.is(test.as('ada-4', read_only => true)::text, 'true', 'a request prolongs a session that is due');
COMMIT;
SELECT test.is(test.as('ada-4')::text, 'false', 'once');
RESET ROLE;
SELECT test.ok(expires_at > now() + interval '6 days 23 hours', 'by seven days') FROM identity.session WHERE id = 's4';
UPDATE identity.session SET expires_at = now() - interval '1 second' WHERE id = 's4';
SET ROLE tenantry_app;
SELECT test.fails($$SELECT test.as('ada-4', 'user')$$, 'ZH401');
SELECT test.is((SELECT count(*)::text FROM identity.get_session(sha256('ada-4'), true)), '0', 'an expired session is none');
RESET ROLE;
SELECT test.is((SELECT count(*)::text FROM identity.session WHERE id = 's4'), '0', 'and is gone');

-- Loss of permissions
SET ROLE tenantry_app;
SELECT identity.sign_in('ada', 's5', sha256('ada-5'), true, '', 'ua', NULL, test.hash('ada')) IS NULL AS x,
	test.as('ada-5') AS y \gset
RESET ROLE;
-- The last owner cannot be removed, so there is another owner.
INSERT INTO identity.organization_member (id, organization_id, user_id, role)
SELECT 'm-bob', organization_id, 'bob', 'owner' FROM identity.organization_member WHERE user_id = 'ada';
UPDATE identity.organization_member SET disabled = true WHERE user_id = 'ada';
SET ROLE tenantry_app;
SELECT test.fails($$SELECT test.as('ada-5')$$, 'ZH401');
SELECT test.fails($$SELECT identity.sign_in('ada', 's6', sha256('s6'), true, '', 'ua', NULL, test.hash('ada'))$$, 'ZH000', 'BANNED_USER');
RESET ROLE;
SELECT test.is((SELECT disabled::text FROM crm.sales WHERE user_id = 'ada'), 'true', 'a disabled member is so in the CRM');
UPDATE identity.organization_member SET disabled = false, role = 'member' WHERE user_id = 'ada';
SELECT test.is((SELECT disabled::text || administrator FROM crm.sales WHERE user_id = 'ada'), 'falsefalse', 'and follows the role');
SET ROLE tenantry_app;
SELECT identity.sign_in('ada', 's7', sha256('ada-7'), true, '', 'ua', NULL, test.hash('ada')) IS NULL AS x \gset
SELECT test.fails($$SELECT test.as('ada-7', 'admin')$$, 'ZH422', 'your role does not allow this');
BEGIN; SELECT test.as('ada-7') \gset
UPDATE crm.configuration SET config = '{"x": 1}';
SELECT test.is((SELECT config::text FROM crm.configuration), '{}', 'a member configures nothing'); COMMIT;
RESET ROLE;
UPDATE identity."user" SET banned = true WHERE id = 'ada';
SET ROLE tenantry_app;
SELECT test.fails($$SELECT test.as('ada-7', 'user')$$, 'ZH401');
SELECT test.fails($$SELECT identity.sign_in('ada', 's8', sha256('s8'), true, '', 'ua', NULL, test.hash('ada'))$$, 'ZH000', 'BANNED_USER');
RESET ROLE;
UPDATE identity."user" SET ban_expires = now() - interval '1 second' WHERE id = 'ada';
SET ROLE tenantry_app;
SELECT test.is(identity.sign_in('ada', 's9', sha256('ada-9'), true, '', 'ua', NULL, test.hash('ada'))::json->>'banned', 'false',
	'a ban that is over is forgotten');
SELECT identity.sign_out(sha256('ada-9'));
SELECT test.fails($$SELECT test.as('ada-9', 'user')$$, 'ZH401');

-- Limits by address and path, and by account
BEGIN; SELECT test.as('bob', 'user') \gset
SELECT count(identity.credential('203.0.113.9', '/change-password', true)) FROM generate_series(1, 3) \gset
SELECT test.fails($$SELECT identity.credential('203.0.113.9', '/change-password', true)$$, 'ZH429'); COMMIT;
SELECT count(*) FROM (SELECT identity.sign_in_begin('none@example.test', '203.0.113.7', '/sign-in/email', true) FROM generate_series(1, 3)) x \gset
SELECT test.fails($$SELECT identity.sign_in_begin('other@example.test', '::ffff:203.0.113.7', '/sign-in/email', true)$$, 'ZH429',
	'Too many requests%', '10 3 10');	-- seconds to wait, and the limit
SELECT test.is((SELECT count(*)::text FROM identity.sign_in_begin('none@example.test', '203.0.113.7', '/sign-up/email', true)),
	'0', 'another path is counted apart');
SELECT count(*) FROM generate_series(1, 3) n, identity.sign_in_begin('six@example.test', '2001:db8::' || n, '/sign-in/email', true) \gset
SELECT test.fails($$SELECT identity.sign_in_begin('x@example.test', '2001:db8::ffff', '/sign-in/email', true)$$, 'ZH429');
SELECT count(*) FROM generate_series(1, 20) n, identity.sign_in_begin('BOB@example.test', '198.51.100.' || n, '/sign-in/email', true) \gset
SELECT test.fails($$SELECT identity.sign_in_begin('bob@example.test', '198.51.100.99', '/sign-in/email', true)$$, 'ZH429', detail => '1');
SELECT test.fails($$SELECT identity.sign_in_begin('bob@example.test', '198.51.100.99', '/sign-in/email', true, 'n.ada')$$, 'ZH429');
SELECT test.is((SELECT user_id FROM identity.sign_in_begin('bob@example.test', '198.51.100.99', '/sign-in/email', true, 'n.bob')), 'bob',
	'a device of the account does not wait');
SELECT test.is((SELECT user_id FROM identity.sign_in_begin('bob@example.test', '198.51.100.98', '/sign-in/email', true, NULL, 'w1')), 'bob',
	'a proof of work replaces the wait');
SELECT test.fails($$SELECT identity.sign_in_begin('bob@example.test', '198.51.100.97', '/sign-in/email', true, NULL, 'w1')$$, 'ZH429');
SELECT identity.sign_in('bob', 's10', sha256('bob-2'), true, '', 'ua', NULL, test.hash('bob')) IS NULL AS x \gset
SELECT test.is((SELECT user_id FROM identity.sign_in_begin('bob@example.test', '198.51.100.9', '/sign-in/email', true)), 'bob',
	'success clears the account');
RESET ROLE;
SELECT test.is((SELECT string_agg(extract(epoch FROM identity.guess_delay(n, 5, 900))::integer::text, ' ' ORDER BY n) FROM generate_series(3, 18) n),
	'0 0 1 2 4 8 16 32 64 128 256 512 900 900 900 900', 'each guess doubles the delay');
-- Eight wrong passwords from one network, each after its delay
DELETE FROM identity.rate_limit WHERE key LIKE 'account|%' OR key LIKE '192.0.2%';
DO $$
BEGIN
	FOR n IN 1..8 LOOP
		UPDATE identity.rate_limit SET last_request = last_request - interval '16 s' WHERE key LIKE 'account|%' OR key LIKE '192.0.2%';
		PERFORM identity.sign_in_begin('bob@example.test', '192.0.2.1', '/sign-in/email', true);
	END LOOP;
END $$;
SELECT test.fails($$SELECT identity.sign_in_begin('bob@example.test', '192.0.2.1', '/sign-in/email', true)$$, 'ZH429', detail => '8');
SELECT test.is((SELECT user_id FROM identity.sign_in_begin('bob@example.test', '192.0.2.2', '/sign-in/email', true)), 'bob',
	'another network does not wait');
UPDATE identity.rate_limit SET last_request = last_request - interval '10 seconds';
SET ROLE tenantry_app;
SELECT test.is((SELECT count(*)::text FROM identity.sign_in_begin('none@example.test', '203.0.113.7', '/sign-in/email', true)),
	'0', 'a window passes');

-- Time passes: a caller with one request every 55 minutes never exceeds a limit of 300 within an hour. A full window
-- ends even for callers who keep trying.
RESET ROLE;
CREATE FUNCTION test.pass(minutes integer) RETURNS void LANGUAGE sql AS $$
	UPDATE identity.rate_limit SET last_request = last_request - make_interval(mins => minutes)
$$;
CREATE FUNCTION test.often() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text := '';
BEGIN
	FOR n IN 1..12 LOOP
		said := said || CASE WHEN identity.counts('test|often', 5, 3600) THEN 'y' ELSE 'n' END;
		PERFORM test.pass(7);
	END LOOP;
	RETURN said;
END $$;
DO $$
BEGIN
	FOR n IN 1..400 LOOP
		PERFORM identity.count_attempt('test|seldom', 5, 3600), test.pass(55);
	END LOOP;
END $$;
SELECT test.is(test.often(), 'yyyyynnnnyyy', 'a full window ends after an hour');
-- All limits are tested in this file.
SELECT test.is((SELECT string_agg(p.oid::regproc::text, ' ' ORDER BY p.oid::regproc::text) FROM pg_proc p
	WHERE p.prosrc ~* 'INSERT INTO identity[.](rate_limit|api_key_use)'),
	'identity.count_guess identity.count_use identity.counts', 'no other function counts attempts');
SET ROLE tenantry_app;

-- Emails to a mailbox are limited. There is a separate counter for networks where the owner is signed in.
RESET ROLE;
BEGIN;
DELETE FROM identity.rate_limit;
SELECT identity.open_session('here', sha256('here'), (SELECT id FROM identity."user"
	WHERE email = 'ada@example.test'), 'password', true, '198.51.100.7', 'x', NULL);
SELECT identity.count_mail(true, '/x', '192.0.2.' || n, 'ada@example.test', 3)
  FROM generate_series(1, 5) n;
SELECT test.fails($$SELECT identity.count_mail(true, '/x', '192.0.2.9', 'ada@example.test', 3)$$, 'ZH429');
SELECT identity.count_mail(true, '/x', '198.51.100.7', 'ada@example.test', 3);
SELECT test.ok(true, 'where Ada is signed in her mailbox is counted apart');
ROLLBACK;
