-- Organizations, members and invitations, as in Better Auth.
SET ROLE tenantry_app;
SELECT test.sign_up('own', name => 'Own Er') IS NULL AS x \gset
SELECT test.sign_up('mem', open => true) IS NULL AS x,
	test.sign_up('adm', open => true) IS NULL AS y, test.sign_up('out', open => true) IS NULL AS z \gset

-- Create
BEGIN; SELECT test.as('own', 'user') \gset
SELECT identity.create_organization('Acme', 'acme', 'https://img.test/l.png', '{"plan":"pro","n":1}', false) AS made \gset
SELECT test.is(:'made'::jsonb - 'id' - 'createdAt' - 'members', '{"logo": "https://img.test/l.png", "name": "Acme",
	"slug": "acme", "metadata": {"n": 1, "plan": "pro"}}'::jsonb::text, 'create gives metadata as an object');
SELECT test.is(:'made'::json#>>'{members,0,role}', 'owner', 'and its maker as owner');
SELECT test.fails($$SELECT identity.create_organization('Acme2', 'acme', NULL, NULL, false)$$, 'ZH000', 'ORGANIZATION_ALREADY_EXISTS');
COMMIT;
BEGIN; SELECT test.as('own', 'user') \gset
SELECT test.ok(NOT identity.create_organization('Beta', 'beta', NULL, NULL, true)::jsonb ? 'metadata', 'no metadata, no member of that name');
COMMIT;
SELECT :'made'::json->>'id' AS acme \gset
SELECT set_config('test.acme', :'acme', false) IS NULL AS x \gset
BEGIN; SELECT test.as('own', 'user') \gset
SELECT test.is(current_setting('app.org_id'), :'acme', 'the new one is active, and the kept one is not');
SELECT test.is((SELECT string_agg(o->>'slug', ' ') FROM json_array_elements(identity.list_organizations()::json) o),
	'own-er acme beta', 'all are listed');
SELECT test.is(identity.list_organizations()::json#>>'{1,metadata}', '{"plan":"pro","n":1}', 'with metadata as text');
COMMIT;
BEGIN; SELECT test.as('own') \gset
SELECT test.is(identity.me()::json->>'administrator', 'true', 'with their own sales row');
SELECT test.is((SELECT count(*)::text FROM crm.configuration), '1', 'and a configuration');
SELECT test.is((SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM ops.audit_log), 'configuration organization organization_member sales',
	'and all of it in the log');
COMMIT;

-- Read
BEGIN; SELECT test.as('own', 'user') \gset
SELECT test.is(identity.full_organization(NULL, NULL, NULL)::json->>'slug', 'acme', 'the active one');
SELECT test.is(identity.full_organization(:'acme', 'beta', NULL)::json->>'slug', 'beta', 'a slug goes before an id');
SELECT test.is(identity.full_organization(NULL, 'beta', NULL)::json#>>'{members,0,user,email}', 'own@example.test', 'members with users');
SELECT test.fails($$SELECT identity.full_organization('nope', NULL, NULL)$$, 'ZH000', 'ORGANIZATION_NOT_FOUND');
SELECT test.is(identity.set_active_organization(NULL, 'beta', false)::json->>'slug', 'beta', 'another is active');
SELECT test.is(identity.set_active_organization(NULL, NULL, true), 'null', 'none is');
SELECT test.is(identity.set_active_organization(NULL, NULL, true), NULL, 'and none was');
SELECT test.is(identity.full_organization(NULL, NULL, NULL), 'null', 'so there is none to show');
SELECT test.is(identity.set_active_organization(:'acme', NULL, false)::json->>'slug', 'acme', 'back again');
COMMIT;
BEGIN; SELECT test.as('out', 'user') \gset
SELECT test.fails($$SELECT identity.full_organization(current_setting('test.acme'), NULL, NULL)$$, 'ZH000', 'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION');
SELECT test.fails($$SELECT identity.set_active_organization(current_setting('test.acme'), NULL, false)$$, 'ZH000', 'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION');
SELECT test.fails($$SELECT identity.list_members(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)$$, 'ZH000', 'NO_ACTIVE_ORGANIZATION');
SELECT test.fails($$SELECT identity.list_members(current_setting('test.acme'), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)$$, 'ZH000', 'YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION');
SELECT test.fails($$SELECT identity.invite_member('i', NULL, current_setting('test.acme'), 'q@org.test', 'member', false, 'https://t.test/invite/x', 'en', false)$$, 'ZH000', 'MEMBER_NOT_FOUND');
SELECT test.fails($$SELECT identity.invite_member('i', NULL, NULL, 'q@org.test', 'member', false, 'https://t.test/invite/x', 'en', false)$$, 'ZH000', 'ORGANIZATION_NOT_FOUND');
COMMIT;

-- Invite
BEGIN; SELECT test.as('own', 'user') \gset
SELECT test.is(identity.invite_member('i1', sha256('i1'), NULL, 'MEM@example.test', 'member', NULL, 'https://t.test/invite/x', 'en', false)::jsonb - 'expiresAt' - 'createdAt' - 'organizationId',
	'{"id": "i1", "role": "member", "email": "mem@example.test", "status": "pending", "inviterId": "own"}'::jsonb::text, 'an invitation');
SELECT test.fails($$SELECT identity.invite_member('i2', NULL, NULL, 'mem@example.test', 'member', false, 'https://t.test/invite/x', 'en', false)$$, 'ZH000', 'USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION');
SELECT test.is(identity.invite_member('i2', sha256('i1b'), NULL, 'mem@example.test', 'member', true, 'https://t.test/invite/x', 'en', false)::json->>'id', 'i1', 'sent again, it is the same');
SELECT test.is(identity.find_invite(sha256('i1')), NULL, 'with another link');
SELECT test.is(identity.find_invite(sha256('i1b'))::json->>'organization_name', 'Acme', 'that opens');
SELECT test.is(identity.invite_member('i3', sha256('i3'), NULL, 'adm@example.test', ' admin , member,admin', false, 'https://t.test/invite/x', 'en', false)::json->>'role', 'admin,member', 'roles are tidied');
SELECT test.fails($$SELECT identity.invite_member('i4', NULL, NULL, 'q@org.test', 'wizard', false, 'https://t.test/invite/x', 'en', false)$$, 'ZH000', 'ROLE_NOT_FOUND: wizard');
SELECT test.fails($$SELECT identity.invite_member('i4', NULL, NULL, 'q@org.test', ' , ', false, 'https://t.test/invite/x', 'en', false)$$, 'ZH000', 'ROLE_NOT_FOUND');
SELECT test.fails($$SELECT identity.invite_member('i4', NULL, NULL, 'bad', 'member', false, 'https://t.test/invite/x', 'en', false)$$, 'ZH000', 'INVALID_EMAIL');
SELECT test.fails($$SELECT identity.invite_member('i4', NULL, NULL, 'own@example.test', 'member', false, 'https://t.test/invite/x', 'en', false)$$, 'ZH000', 'USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION');
COMMIT;
BEGIN; SELECT test.as('out', 'user') \gset
SELECT test.fails($$SELECT identity.accept_invitation('i1', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea))$$, 'ZH000', 'YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION');
SELECT test.fails($$SELECT identity.accept_invitation('nope', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea))$$, 'ZH000', 'INVITATION_NOT_FOUND');
COMMIT;
BEGIN; SELECT test.as('mem', 'user') \gset
SELECT identity.accept_invitation('i1', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea)) AS accepted \gset
SELECT test.is(:'accepted'::json#>>'{invitation,status}', 'accepted', 'accepted'),
	test.is(:'accepted'::json#>>'{member,userId}', 'mem', 'by the right one');
SELECT test.fails($$SELECT identity.accept_invitation('i1', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea))$$, 'ZH000', 'INVITATION_NOT_FOUND');
COMMIT;
BEGIN; SELECT test.as('mem', 'user') \gset
SELECT test.is(current_setting('app.org_id'), :'acme', 'which makes it active');
SELECT test.is(identity.full_organization(NULL, NULL, NULL)::json->>'invitations', '[]', 'a plain member sees no invitations');
SELECT test.fails($$SELECT identity.invite_member('i5', NULL, NULL, 'q@org.test', 'member', false, 'https://t.test/invite/x', 'en', false)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION');
COMMIT;
BEGIN; SELECT test.as('adm', 'user') \gset
SELECT identity.accept_invitation('i3', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea)) IS NULL AS x \gset
COMMIT;
BEGIN; SELECT test.as('adm', 'user') \gset
SELECT test.is(current_setting('app.role'), 'admin', 'the strongest role counts');
SELECT test.fails($$SELECT identity.invite_member('i5', NULL, NULL, 'q@org.test', ' owner', false, 'https://t.test/invite/x', 'en', false)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
SELECT test.is(json_array_length(identity.full_organization(NULL, NULL, NULL)::json->'invitations')::text, '2', 'an administrator sees the invitations');
SELECT test.is((SELECT string_agg(m->>'userId', ' ') FROM json_array_elements(identity.list_members(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::json->'members') m),
	'own mem adm', 'members in order');
SELECT test.is(identity.list_members(NULL, NULL, 1, 1, 'createdAt', 'desc', NULL, NULL, NULL)::json#>>'{members,0,userId}', 'mem', 'a page of them');
SELECT test.is(identity.list_members(NULL, NULL, 1, 0, NULL, NULL, 'role', 'eq', 'member')::json->>'total', '1', 'filtered');
SELECT test.is(identity.list_members(NULL, NULL, NULL, NULL, NULL, NULL, 'role', 'contains', 'm')::json->>'total', '2', 'by a part');
SELECT test.is(identity.list_members(NULL, NULL, NULL, NULL, NULL, NULL, 'password', 'eq', 'x')::json->>'total', '0', 'not by a name that is not a field');
COMMIT;

-- Links of Tenantry's API
BEGIN; SELECT test.as('adm', 'admin') \gset
SELECT test.is(identity.create_invite('o1', sha256('o1'), NULL, NULL, NULL)::jsonb - 'expires_at' - 'created_at' - 'updated_at' - 'organization_id',
	'{"id": "o1", "role": "member", "email": null, "sales_id": null}'::jsonb::text, 'a link for whoever has it');
SELECT test.fails($$SELECT identity.create_invite('o2', sha256('o2'), NULL, 'owner', NULL)$$, 'ZH422', 'only an owner%');
SELECT test.fails($$SELECT identity.create_invite('o2', sha256('o2'), 'mem@example.test', NULL, NULL)$$, 'ZH409', hint => 'already_member');
SELECT test.fails($$SELECT identity.create_invite('o2', sha256('o2'), NULL, NULL, 5)$$, 'ZH422', detail => '[["expires_in_range", "expires_in"]]');
SELECT test.fails($$SELECT identity.create_invite('o2', sha256('o2'), 'x', NULL, NULL)$$, 'ZH422', detail => '[["not_an_address_of_mail", "email"]]');
SELECT identity.create_invite('o3', sha256('o3'), 'Carol@example.test', 'admin', 60) IS NULL AS x \gset
COMMIT;
SELECT test.fails($$SELECT test.sign_up('mallory', 'o3')$$, 'ZH000', 'EMAIL_PASSWORD_SIGN_UP_DISABLED');
SELECT test.ok(test.sign_up('carol', 'o3') IS NOT NULL, 'a link lets its address in');
SELECT test.fails($$SELECT test.sign_up('carol2', 'o3', email => 'carol@example.test')$$, 'ZH000', 'EMAIL_PASSWORD_SIGN_UP_DISABLED');
SELECT test.ok(test.sign_up('dave', 'o1') IS NOT NULL, 'the other one lets anybody in');
SELECT test.fails($$SELECT test.sign_up('dave2', 'o1')$$, 'ZH000', 'EMAIL_PASSWORD_SIGN_UP_DISABLED');
BEGIN; SELECT test.as('carol', 'admin') \gset
SELECT test.is(current_setting('app.org_id'), :'acme', 'into the organization that asked them, with its role');
COMMIT;
RESET ROLE;
INSERT INTO identity.organization_invitation (id, token_hash, organization_id, role, expires_at, inviter_id)
VALUES ('late', sha256('late'), :'acme', 'member', now() - interval '1 second', 'own');
SET ROLE tenantry_app;
SELECT test.is(identity.find_invite(sha256('late')), NULL, 'a late link opens nothing');
SELECT test.fails($$SELECT test.sign_up('late', 'late')$$, 'ZH000', 'EMAIL_PASSWORD_SIGN_UP_DISABLED');

-- An invitation does not revert what an administrator did
BEGIN; SELECT test.as('dave', 'user') \gset
SELECT identity.create_organization('Dave', 'dave', NULL, NULL, false) IS NULL AS x \gset
COMMIT;
RESET ROLE;
UPDATE identity.organization_member SET disabled = true WHERE user_id = 'dave' AND organization_id = :'acme';
INSERT INTO identity.organization_invitation (id, organization_id, role, expires_at, inviter_id)
VALUES ('back', :'acme', 'owner', now() + interval '1 day', 'own');
SET ROLE tenantry_app;
BEGIN; SELECT test.as('dave', 'user') \gset
SELECT test.fails($$SELECT identity.accept_invitation('back', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea))$$, 'ZH000', 'INVITATION_NOT_FOUND');
SELECT test.fails(format('SELECT identity.set_active_organization(%L, NULL, false)', :'acme'), 'ZH000', 'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION');
COMMIT;
SELECT test.fails(format('SELECT test.as(%L, %L, %L)', 'dave', 'organization', :'acme'), 'ZH401');

-- Leaving an organization
RESET ROLE;
DELETE FROM identity.organization_member WHERE user_id = 'mem';
SELECT test.is((SELECT disabled::text FROM crm.sales WHERE user_id = 'mem'), 'true', 'who leaves is disabled in the CRM');
INSERT INTO identity.organization_member (id, organization_id, user_id, role) VALUES ('m2', :'acme', 'mem', 'admin');
SELECT test.is((SELECT string_agg(disabled::text || administrator, ' ') FROM crm.sales WHERE user_id = 'mem'), 'falsetrue',
	'and who comes back finds the old row');
SELECT test.ok((SELECT m.sales_id = s.id FROM identity.organization_member m JOIN crm.sales s ON s.org_id = m.organization_id
	AND s.user_id = m.user_id WHERE m.user_id = 'mem'), 'by its id');
SET ROLE tenantry_app;
-- The organization that a user used last comes first. This user last used another organization.
SELECT identity.sign_in('own', 'last', sha256('last'), true, '', '', NULL, test.hash('own')) IS NULL AS x \gset
BEGIN; SELECT test.as('last') \gset
SELECT test.is(current_setting('app.org_id'), :'acme', 'sign-in returns to the organization last used'); COMMIT;
BEGIN; SELECT test.as('last', org => (SELECT o->>'id' FROM (SELECT set_config('app.user_id', 'own', true)) u,
	json_array_elements(identity.list_organizations()::json) o WHERE o->>'slug' = 'beta')) \gset
SELECT test.ok(current_setting('app.org_id') <> :'acme', 'a route may name another of theirs'); COMMIT;
RESET ROLE;
DELETE FROM identity.organization WHERE id = :'acme';
SELECT test.is((SELECT count(*)::text FROM crm.sales WHERE org_id = :'acme'), '0', 'with an organization goes what is its own'),
	test.ok((SELECT count(*) > 0 FROM ops.audit_log WHERE org_id = :'acme' AND action = 'delete'), 'and the log keeps it');

-- The ID of a deleted user may be short, and is compared as a whole
RESET ROLE;
INSERT INTO identity."user" (id, name, email) VALUES ('1', 'One', 'one@example.test');
INSERT INTO identity.verification (id, identifier, value, expires_at)
SELECT 'v' || n, 'v' || n, value, now() + interval '1 hour' FROM (VALUES (1, '1'), (2, '{"user" : "1"}'), (3, '{"user" : "21"}'), (4, 'u1')) v (n, value);
INSERT INTO ops.idempotency_key (scope, key, fingerprint, body) VALUES ('1/', 'v1', '', '{}'),
	('address:', 'v2', '', '{"id":"1"}'), ('address:', 'v3', '', '{"id":"21"}');
DELETE FROM identity."user" WHERE id = '1';
SELECT test.is((SELECT string_agg(id, ' ' ORDER BY id) FROM identity.verification WHERE id ~ '^v[1-4]$'), 'v3 v4', 'what is proved by others stays');
SELECT test.is((SELECT string_agg(key, ' ' ORDER BY key) FROM ops.idempotency_key WHERE key ~ '^v[1-3]$'), 'v3', 'and what others were answered');
