-- Creating and changing users, by administrators. "tenantry user create" creates the first user, so that no stranger
-- can own the installation.
BEGIN;
SELECT (identity.enroll_user('clerk', 'clerk@example.test', 'Clerk')).id = 'clerk' AS x \gset
SELECT test.ok(identity.init_state(), 'an installation with a user is owned');
SELECT test.is((SELECT m.user_id || ' ' || m.role FROM identity.organization_member m), 'clerk owner', 'by the user');
SELECT (identity.enroll_user('second', 'second@example.test', 'Second')).id = 'second' AS x \gset
SELECT test.is((SELECT count(*) FROM identity.organization)::text, '1', 'and by nobody else');
ROLLBACK;

SET ROLE tenantry_app;
SELECT test.sign_up(uid, open => true) IS NULL AS x
  FROM unnest(ARRAY['first', 'own', 'adm', 'mem', 'cus', 'out']) uid;
BEGIN; SELECT test.as('own', 'user') \gset
SELECT identity.create_organization('Acme', 'acme', NULL, NULL, false)::json->>'id' AS acme \gset
COMMIT;
BEGIN; SELECT test.as('out', 'user') \gset
SELECT identity.create_organization('Other', 'other', NULL, NULL, false)::json->>'id' AS other \gset
COMMIT;
RESET ROLE;
INSERT INTO identity.organization_member (id, organization_id, user_id, role)
SELECT 'm-' || uid, :'acme', uid, role FROM (VALUES ('adm', 'admin'), ('mem', 'member'), ('cus', 'member')) v (uid, role);
UPDATE identity.session SET active_organization_id = :'acme' WHERE user_id IN ('adm', 'mem', 'cus');
SELECT set_config('test.acme', :'acme', false) IS NULL AS x \gset

-- Roles with and without the permission to administer
INSERT INTO identity.organization_role (id, organization_id, role, permission) VALUES
	('r1', :'acme', 'scout', '{"invitation": ["create"]}'), ('r2', :'acme', 'chief', '{"crm": ["administer"]}');
SELECT test.is(identity.with_administration(:'acme', had, administers), want, format('%s, %s', had, administers))
  FROM (VALUES ('member', true, 'admin'), ('scout', true, 'scout,admin'), ('member,scout', true, 'scout,admin'),
	('admin', false, 'member'), ('scout,admin', false, 'scout'), ('chief', false, 'member'),
	('chief,scout,admin', false, 'scout')) v (had, administers, want);

-- Returns a link in the workers' format, derived from an ID.
CREATE FUNCTION test.link(id text, mailed boolean DEFAULT true) RETURNS json LANGUAGE sql AS $$
	SELECT json_build_object('id', id, 'hash', sha256(convert_to('token-' || id, 'UTF8')),
		'page', 'https://t.test/page', 'invite', 'https://t.test/invite', 'language', 'en', 'mailed', mailed)
$$;
CREATE FUNCTION test.set_password(token text, uid text, must_verify boolean DEFAULT false) RETURNS text LANGUAGE sql AS $$
	SELECT identity.set_password(token, 'hash', json_build_object('id', uid), 's-' || uid, sha256(uid::bytea),
		'192.0.2.1', 'test', must_verify, 'https://t.test/verify', 'en', '{}')
$$;
CREATE FUNCTION test.sale(id text, more json DEFAULT '{}') RETURNS bigint LANGUAGE sql AS $$
	SELECT (identity.create_sale((more::jsonb || jsonb_build_object('email', id || '@sale.test'))::json, test.link(id), false)::json->>'id')::bigint
$$;
GRANT EXECUTE ON FUNCTION test.link(text, boolean), test.set_password(text, text, boolean), test.sale(text, json) TO tenantry_app;

SET ROLE tenantry_app;
BEGIN; SELECT test.as('adm', 'admin') \gset
SELECT test.sale('one', '{"first_name":"O","administrator":true}') AS one \gset
SELECT test.sale('off', '{"disabled":true}') AS off \gset
SELECT test.fails($$SELECT test.sale('ONE')$$, 'ZH409', 'a user with this email address exists');
SELECT test.fails($$SELECT test.sale('x y')$$, 'ZH422');
COMMIT;
BEGIN; SELECT test.as('mem') \gset
SELECT test.fails($$SELECT test.sale('two')$$, 'ZH422', 'your role does not allow this');
SELECT test.is((SELECT count(*) FROM identity.mail_password(:one, 's', 'p', test.link('m'), false, NULL, false))::text, '0', 'a member mails nobody');
COMMIT;
RESET ROLE;
SELECT test.is((SELECT string_agg(template || ' ' || recipient || ' ' || (data->>'url'), ';') FROM ops.mail WHERE template = 'welcome'),
	'welcome one@sale.test https://t.test/page', 'who is asked, and who is disabled is not');
SELECT test.is(user_id, 'invited-' || id, 'a row that waits') FROM crm.sales WHERE id IN (:one, :off);
SELECT test.is(role, 'admin', 'what is promised'), test.is(mailed::text, 'true', 'to nobody else')
  FROM identity.organization_invitation WHERE sales_id = :one;

-- An accepted invitation
SET ROLE tenantry_app;
SELECT test.is((SELECT good_for || ' ' || email FROM identity.find_password_link('token-one')), 'invite one@sale.test', 'what a link is for');
SELECT test.is((SELECT good_for FROM identity.find_password_link('nonsense')), NULL, 'and one that is none');
SELECT test.is(test.set_password('token-one', 'one')::json->>'emailVerified', 'true', 'a mailed link proves the address');
SELECT test.fails($$SELECT test.set_password('token-one', 'one2')$$, 'ZH000', 'INVALID_TOKEN/RESET');
RESET ROLE;
SELECT test.is(s.user_id || ' ' || m.role || ' ' || (u.made_by = m.organization_id), 'one admin true', 'the row is theirs, and they are the organization''s')
  FROM crm.sales s JOIN identity."user" u ON u.id = 'one' JOIN identity.organization_member m ON m.user_id = u.id WHERE s.id = :one;

-- A new link that is shown no longer proves the mailbox
SET ROLE tenantry_app;
BEGIN; SELECT test.as('adm', 'admin') \gset
SELECT test.sale('two') AS two \gset
COMMIT;
BEGIN; SELECT test.as('adm', 'user') \gset
SELECT identity.invite_member('i', sha256('token-shown'), NULL, 'two@sale.test', 'member', true, 'https://t.test/invite/x', 'en', false) IS NULL AS x \gset
COMMIT;
RESET ROLE;
SELECT test.is(mailed::text, 'false', 'a link that was shown') FROM identity.organization_invitation WHERE sales_id = :two;
SET ROLE tenantry_app;
SELECT test.is(test.set_password('token-shown', 'two', true), 'null', 'proves nothing');
RESET ROLE;
SELECT test.is(email_verified::text, 'false', 'nor is it taken for proved') FROM identity."user" WHERE id = 'two';

-- An existing account is not changed
SET ROLE tenantry_app;
BEGIN; SELECT test.as('adm', 'admin') \gset
SELECT (identity.create_sale('{"email":"out@example.test","first_name":"Typed"}', test.link('known'), false)::json->>'id')::bigint AS known \gset
COMMIT;
SELECT test.is((SELECT good_for FROM identity.find_password_link('token-known')), 'known', 'an address with an account');
SELECT test.fails($$SELECT test.set_password('token-known', 'thief')$$, 'ZH000', 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
SELECT test.is(test.hash('out'), 'hash', 'keeps its password');
BEGIN; SELECT test.as('out', 'user') \gset
SELECT identity.accept_invitation('token-known', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea)) IS NULL AS x \gset
COMMIT;
BEGIN; SELECT test.as('adm') \gset
SELECT test.is((SELECT user_id || ' ' || first_name FROM crm.sales WHERE id = :known), 'out Typed', 'until they accept');
SELECT test.fails(format($$SELECT identity.change_sale(%s, '{"email":"thief@sale.test"}', test.link('t'), false, false)$$, :known), 'ZH422');
SELECT test.fails(format($$SELECT identity.change_sale(%s, '{"administrator":true}', test.link('t'), true, false)$$, :known), 'ZH422', 'an API key can change only%');
COMMIT;

-- Administrators cannot manage a user who is also a member of another organization
BEGIN; SELECT test.as('one', 'user') \gset
SELECT identity.create_organization('Mine', 'mine', NULL, NULL, true) IS NULL AS x \gset
COMMIT;
RESET ROLE;
SELECT test.is(made_by::text, NULL, 'nobody''s own making any more') FROM identity."user" WHERE id = 'one';

-- The last administrator
SET ROLE tenantry_app;
BEGIN; SELECT test.as('own') \gset
SELECT id AS own FROM crm.sales WHERE user_id = 'own' \gset
SELECT test.fails(format($$SELECT identity.change_sale(%s, '{"disabled":true}', test.link('t'), false, false)$$, :own), 'ZH422', 'the last administrator%');
SELECT test.fails(format($$SELECT identity.change_sale(%s, '{"administrator":false}', test.link('t'), false, false)$$, :own), 'ZH422', '%this user is an owner%');
COMMIT;
BEGIN; SELECT test.as('adm') \gset
SELECT test.fails(format($$SELECT identity.change_sale(%s, '{"disabled":true}', test.link('t'), false, false)$$, :own), 'ZH422', 'your role does not allow this');
COMMIT;

-- Users cannot remove permissions that they do not have
RESET ROLE;
INSERT INTO identity.organization_role (id, organization_id, role, permission) VALUES
	('r3', :'acme', 'heir', '{"crm": ["administer"], "organization": ["delete"]}');
UPDATE identity.organization_member SET role = 'heir' WHERE user_id = 'cus';
SET ROLE tenantry_app;
BEGIN; SELECT test.as('adm') \gset
SELECT id AS cus FROM crm.sales WHERE user_id = 'cus' \gset
SELECT test.fails(format($$SELECT identity.change_sale(%s, '{"administrator":false}', test.link('t'), false, false)$$, :cus), 'ZH422', 'your role does not allow this');
COMMIT;
BEGIN; SELECT test.as('own') \gset
SELECT identity.change_sale(:cus, '{"administrator":false}', test.link('t'), false, false);
SELECT test.is((SELECT administrator::text FROM crm.sales WHERE id = :cus), 'false', 'who may do all, may');
COMMIT;
RESET ROLE;
