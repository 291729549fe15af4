-- Permissions by role, the last owner, and the deletion of an organization.
SET ROLE tenantry_app;
SELECT test.sign_up(uid, open => true) IS NULL AS x
  FROM unnest(ARRAY['first', 'own', 'adm', 'mem', 'cus', 'two', 'out', 'lone']) uid;
BEGIN; SELECT test.as('own', 'user') \gset
SELECT identity.create_organization('Acme', 'acme', NULL, NULL, false)::json->>'id' AS acme \gset
COMMIT;
RESET ROLE;
SELECT set_config('test.acme', :'acme', false) IS NULL AS x \gset
INSERT INTO identity.organization_member (id, organization_id, user_id, role)
SELECT 'm-' || uid, :'acme', uid, role FROM (VALUES ('adm', 'admin'), ('mem', 'member'), ('cus', 'member')) v (uid, role);
UPDATE identity.organization_member SET id = 'm-own' WHERE user_id = 'own';
UPDATE identity.session SET active_organization_id = :'acme' WHERE user_id IN ('adm', 'mem', 'cus');
CREATE FUNCTION test.may(permissions text) RETURNS text LANGUAGE sql AS $$
	SELECT identity.has_permission(permissions::json, NULL)::json->>'success'
$$;
GRANT EXECUTE ON FUNCTION test.may(text) TO tenantry_app;

-- The permissions of Better Auth, and one resource of Tenantry.
CREATE TABLE test.right (resource text, action text, owner boolean, admin boolean, member boolean);
INSERT INTO test.right VALUES
('organization', 'update', true, true, false), ('organization', 'delete', true, false, false),
('member', 'create', true, true, false), ('member', 'update', true, true, false), ('member', 'delete', true, true, false),
('invitation', 'create', true, true, false), ('invitation', 'cancel', true, true, false),
('team', 'create', true, true, false), ('team', 'update', true, true, false), ('team', 'delete', true, true, false),
('ac', 'create', true, true, false), ('ac', 'read', true, true, true), ('ac', 'update', true, true, false), ('ac', 'delete', true, true, false),
('crm', 'administer', true, true, false), ('crm', 'nothing', false, false, false), ('nothing', 'create', false, false, false);
GRANT SELECT ON test.right TO tenantry_app;
SET ROLE tenantry_app;
BEGIN; SELECT test.as('own', 'user') \gset
SELECT test.is(test.may(format('{"%s":["%s"]}', resource, action)), owner::text, format('%s: %s by an owner', resource, action)) FROM test.right;
SELECT test.is(test.may('{"organization":["delete"],"member":["create","update"]}'), 'true', 'all of several'),
	test.is(test.may('{"organization":["delete","sell"]}'), 'false', 'not all of several'),
	test.is(test.may('{}'), 'false', 'nothing asked is nothing allowed'),
	test.is(test.may('{"member":[]}'), 'false', 'nor is no action'),
	test.is(test.may(NULL), 'false', 'nor what has another name');
COMMIT;
BEGIN; SELECT test.as('adm', 'user') \gset
SELECT test.is(test.may(format('{"%s":["%s"]}', resource, action)), admin::text, format('%s: %s by an admin', resource, action)) FROM test.right;
COMMIT;
BEGIN; SELECT test.as('mem', 'user') \gset
SELECT test.is(test.may(format('{"%s":["%s"]}', resource, action)), member::text, format('%s: %s by a member', resource, action)) FROM test.right;
COMMIT;

-- Custom roles
BEGIN; SELECT test.as('adm', 'user') \gset
SELECT test.is(identity.create_role(NULL, ' Scout ', '{"invitation":["create","create"]}')::json#>>'{roleData,role}', 'scout', 'a name in small letters');
SELECT test.is(identity.list_roles(NULL)::json#>>'{0,permission}', '{"invitation": ["create"]}', 'each action once');
SELECT test.fails($$SELECT identity.create_role(NULL, 'SCOUT', '{}')$$, 'ZH000', 'ROLE_NAME_IS_ALREADY_TAKEN');
SELECT test.fails($$SELECT identity.create_role(NULL, 'Owner', '{}')$$, 'ZH000', 'ROLE_NAME_IS_ALREADY_TAKEN');
SELECT test.fails($$SELECT identity.create_role(NULL, 'a,owner', '{}')$$, 'ZH422');
SELECT test.fails($$SELECT identity.create_role(NULL, ' ', '{}')$$, 'ZH422');
SELECT test.fails($$SELECT identity.create_role(NULL, 'x', '{"money":["print"]}')$$, 'ZH000', 'INVALID_RESOURCE');
SELECT test.fails($$SELECT identity.create_role(NULL, 'x', '{"member":["eat"]}')$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_CREATE_A_ROLE');
SELECT test.fails($$SELECT identity.create_role(NULL, 'x', '{"organization":["delete"]}')$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_CREATE_A_ROLE');
SELECT test.fails($$SELECT identity.delete_role(NULL, 'admin', NULL)$$, 'ZH000', 'CANNOT_DELETE_A_PRE_DEFINED_ROLE');
SELECT test.is(identity.update_member_role('m-cus', 'scout', NULL)::json->>'role', 'scout', 'a role of one''s own is given');
SELECT test.fails($$SELECT identity.delete_role(NULL, 'scout', NULL)$$, 'ZH000', 'ROLE_IS_ASSIGNED_TO_MEMBERS');
COMMIT;
BEGIN; SELECT test.as('cus', 'user') \gset
SELECT test.is(current_setting('app.role'), 'member', 'it is a member to the CRM');
SELECT test.is(test.may('{"invitation":["create"]}'), 'true', 'and may what it grants'),
	test.is(test.may('{"ac":["read"]}'), 'false', 'and no more');
SELECT test.fails($$SELECT identity.invite_member('c0', NULL, NULL, 'new@example.test', 'member', false, 'u', 'en', false)$$,
	'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
COMMIT;
BEGIN; SELECT test.as('adm', 'user') \gset
SELECT test.is(identity.update_role(NULL, 'scout', NULL, NULL, '{"invitation":["create"],"crm":["read","create","update","delete","export","import","merge"]}')::json->>'success',
	'true', 'with the rights of a member in the CRM');
COMMIT;
BEGIN; SELECT test.as('cus', 'user') \gset
SELECT test.is(identity.invite_member('c1', NULL, NULL, 'new@example.test', 'member', false, 'u', 'en', false)::json->>'role', 'member', 'as inviting a member');
SELECT test.is(identity.invite_member('c2', NULL, NULL, 'new2@example.test', 'scout', false, 'u', 'en', false)::json->>'role', 'scout', 'or its like');
SELECT test.fails($$SELECT identity.invite_member('c3', NULL, NULL, 'new3@example.test', 'admin', false, 'u', 'en', false)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
SELECT test.fails($$SELECT identity.invite_member('c3', NULL, NULL, 'new3@example.test', 'scout,owner', false, 'u', 'en', false)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE');
SELECT test.fails($$SELECT identity.list_roles(NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_LIST_A_ROLE');
SELECT test.fails($$SELECT identity.cancel_invitation('c1')$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_CANCEL_THIS_INVITATION');
COMMIT;
BEGIN; SELECT test.as('cus', 'organization') \gset
SELECT test.fails($$SELECT identity.create_invite('c4', sha256('c4'), NULL, 'admin', NULL)$$, 'ZH422', 'the role has permissions%');
SELECT test.is(identity.create_invite('c4', sha256('c4'), NULL, 'scout', NULL)::json->>'role', 'scout', 'a link to a role of one''s own');
COMMIT;
BEGIN; SELECT test.as('adm', 'user') \gset
SELECT identity.update_role(NULL, 'scout', NULL, 'Ranger', '{"member":["update","delete"],"crm":["administer"]}') IS NULL AS x \gset
SELECT test.fails($$SELECT identity.delete_role(NULL, 'ranger', NULL)$$, 'ZH000', 'ROLE_IS_ASSIGNED_TO_MEMBERS');
COMMIT;
RESET ROLE;
SELECT test.is((SELECT role || ' ' || acts_as FROM identity.organization_member WHERE id = 'm-cus'), 'ranger admin', 'who holds it goes with it'),
	test.is((SELECT string_agg(role, ' ' ORDER BY id) FROM identity.organization_invitation WHERE id LIKE 'c_' AND role <> 'member'), 'ranger ranger', 'so do its invitations'),
	test.is((SELECT administrator::text FROM crm.sales WHERE org_id = :'acme' AND user_id = 'cus'), 'true', 'and the CRM knows an administrator');
SET ROLE tenantry_app;
BEGIN; SELECT test.as('cus', 'admin') \gset
SELECT test.is(current_setting('app.role'), 'admin', 'and so does a request'); COMMIT;
BEGIN; SELECT test.as('cus', 'user') \gset
SELECT test.fails($$SELECT identity.update_member_role('m-cus', 'admin', NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER');
SELECT test.fails($$SELECT identity.update_member_role('m-cus', 'owner', NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER');
SELECT test.fails($$SELECT identity.update_member_role('m-adm', 'member', NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER');
SELECT test.fails($$SELECT identity.remove_member('m-adm', NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_MEMBER');
SELECT test.fails($$SELECT identity.create_role(NULL, 'y', '{"member":["update"]}')$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_CREATE_A_ROLE');
SELECT test.is(identity.update_member_role('m-mem', 'ranger', NULL)::json->>'role', 'ranger', 'what is one''s own can be given');
SELECT test.is(identity.update_member_role('m-mem', 'member', NULL)::json->>'role', 'member', 'and taken');
COMMIT;
BEGIN; SELECT test.as('own', 'user') \gset
SELECT identity.create_role(NULL, 'ender', '{"organization":["delete"],"ac":["update","delete"]}') IS NULL AS x \gset
SELECT identity.create_role(NULL, 'co-owner', '{}') IS NULL AS x, identity.create_role(NULL, 'admins', '{}') IS NULL AS y \gset
SELECT test.is(identity.update_member_role('m-mem', 'co-owner,admins', NULL)::json->>'role', 'co-owner,admins', 'names that only look strong');
COMMIT;
BEGIN; SELECT test.as('mem', 'user') \gset
SELECT test.is(current_setting('app.role'), 'member', 'are not'); COMMIT;
BEGIN; SELECT test.as('adm', 'user') \gset
SELECT test.fails($$SELECT identity.update_member_role('m-mem', 'ender', NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER');
SELECT test.fails($$SELECT identity.update_role(NULL, 'ender', NULL, NULL, '{}')$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_UPDATE_A_ROLE');
SELECT test.fails($$SELECT identity.delete_role(NULL, 'ender', NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_DELETE_A_ROLE');
SELECT test.fails($$SELECT identity.update_role(NULL, NULL, 'no such id', NULL, '{}')$$, 'ZH000', 'ROLE_NOT_FOUND');
SELECT identity.update_member_role('m-mem', 'member', NULL) IS NULL AS x \gset
SELECT test.is(identity.delete_role(NULL, 'admins', NULL), '{"success":true}', 'a role nobody holds is deleted');
COMMIT;
-- One role must grant all actions of a request. Two roles that grant them separately are sufficient only for separate
-- requests.
BEGIN; SELECT test.as('own', 'user') \gset
SELECT identity.create_role(NULL, 'left', '{"member":["create"]}') IS NULL AS x, identity.create_role(NULL, 'right', '{"invitation":["cancel"]}') IS NULL AS y,
	identity.update_member_role('m-mem', 'left,right', NULL) IS NULL AS z \gset
COMMIT;
BEGIN; SELECT test.as('mem', 'user') \gset
SELECT test.is(test.may('{"member":["create"]}') || test.may('{"invitation":["cancel"]}') || test.may('{"member":["create"],"invitation":["cancel"]}'),
	'truetruefalse', 'one role grants all that is asked, or none does'); COMMIT;

-- The last owner, in every way
SELECT test.fails($$SELECT test.as('own', 'user'), identity.leave_organization(current_setting('test.acme'))$$, 'ZH000', 'YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER');
RESET ROLE;
SELECT test.fails($$DELETE FROM identity.organization_member WHERE id = 'm-own'$$, 'ZH000', 'YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER');
SELECT test.fails($$UPDATE identity.organization_member SET role = 'admin' WHERE id = 'm-own'$$, 'ZH000', 'YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER');
SELECT test.fails($$UPDATE identity.organization_member SET disabled = true WHERE id = 'm-own'$$, 'ZH000', 'YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER');
SELECT test.fails($$DELETE FROM identity."user" WHERE id = 'own'$$, 'ZH000', 'YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER');
UPDATE identity.organization_member SET role = 'owner', disabled = true WHERE id = 'm-mem';
SELECT test.fails($$DELETE FROM identity.organization_member WHERE id = 'm-own'$$, 'ZH000', 'YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER');
UPDATE identity.organization_member SET role = 'member', disabled = false WHERE id = 'm-mem';
SELECT identity.transfer_organization(:'acme', 'adm');
SELECT test.is((SELECT string_agg(user_id || ' ' || role, ', ' ORDER BY user_id) FROM identity.organization_member
	WHERE organization_id = :'acme' AND role IN ('owner', 'admin')), 'adm owner, own admin', 'ownership changes hands');
SELECT test.fails(format('SELECT identity.transfer_organization(%L, %L)', :'acme', 'out'), 'ZH422');
UPDATE identity.organization_member SET role = 'owner' WHERE id = 'm-own';

-- A removed member is still signed in, but without the organization
SET ROLE tenantry_app;
SELECT identity.sign_in('mem', 's2-mem', sha256('mem'), true, '', '', NULL, test.hash('mem')) IS NULL AS x \gset
BEGIN; SELECT test.as('adm', 'user') \gset
SELECT identity.remove_member('mem@example.test', NULL) IS NULL AS x \gset
COMMIT;
SELECT test.fails($$SELECT test.as('mem')$$, 'ZH409', 'no organization is active; send orgId, or create an organization or accept an invitation first');
SELECT test.fails(format('SELECT test.as(%L, %L, %L)', 'mem', 'organization', :'acme'), 'ZH403');
BEGIN; SELECT test.ok(NOT test.as('mem', 'user'), 'the session is there'); COMMIT;

-- Invitations whose inviter could no longer grant the role
RESET ROLE;
INSERT INTO identity.organization_invitation (id, token_hash, organization_id, email, role, expires_at, inviter_id, status)
SELECT id, sha256(id::bytea), :'acme', address, role, now() + interval '1 day', 'adm', status FROM (VALUES
	('high', 'out@example.test', 'owner', 'pending'), ('even', 'out@example.test', 'admin', 'canceled'), ('link', NULL, 'member', 'pending')) v (id, address, role, status);
SELECT test.fails($$UPDATE identity.organization_invitation SET status = 'pending' WHERE id = 'even'$$, '23505');
UPDATE identity.organization_member SET role = 'admin' WHERE id = 'm-adm';
SET ROLE tenantry_app;
BEGIN; SELECT test.as('out', 'user') \gset
SELECT test.fails($$SELECT identity.accept_invitation('high', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea))$$, 'ZH000', 'INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION');
COMMIT;
RESET ROLE;
UPDATE identity.organization_invitation SET status = 'canceled' WHERE id = 'high';
UPDATE identity.organization_invitation SET status = 'pending' WHERE id = 'even';
SET ROLE tenantry_app;
BEGIN; SELECT test.as('out', 'user') \gset
SELECT test.ok(identity.get_invitation('even', false) IS NOT NULL, 'an invitation of an administrator to administer holds'); COMMIT;
SELECT test.ok(identity.find_invite(sha256('link')) IS NOT NULL, 'and so does their link');
RESET ROLE;
UPDATE identity.organization_member SET role = 'member' WHERE id = 'm-adm';
SET ROLE tenantry_app;
BEGIN; SELECT test.as('out', 'user') \gset
SELECT test.fails($$SELECT identity.accept_invitation('even', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea))$$, 'ZH000', 'INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION'); COMMIT;
SELECT test.is(identity.find_invite(sha256('link')), NULL, 'a link of who may not invite any more opens nothing');
SELECT test.fails($$SELECT test.sign_up('crony', 'link')$$, 'ZH000', 'EMAIL_PASSWORD_SIGN_UP_DISABLED');
RESET ROLE;
DELETE FROM identity.organization_invitation WHERE inviter_id = 'adm';
UPDATE identity.organization_member SET role = 'owner' WHERE id = 'm-adm';

-- Invitations from inviters who have left, and expired invitations
RESET ROLE;
INSERT INTO identity.organization_invitation (id, token_hash, organization_id, email, role, expires_at, inviter_id, status)
SELECT id, sha256(id::bytea), :'acme', email, 'member', now() + life, inviter, status FROM (VALUES
	('gone', 'out@example.test', interval '1 day', 'mem', 'pending'), ('late', 'out@example.test', interval '-1 second', 'own', 'canceled'),
	('said', 'out@example.test', interval '1 day', 'own', 'rejected'), ('open', 'out@example.test', interval '1 day', 'own', 'canceled'))
	v (id, email, life, inviter, status);
SET ROLE tenantry_app;
SELECT test.is(identity.find_invite(sha256('gone')), NULL, 'a link of somebody who has gone opens nothing');
BEGIN; SELECT test.as('out', 'user') \gset
SELECT test.fails($$SELECT identity.accept_invitation('gone', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea))$$, 'ZH000', 'INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION');
SELECT test.fails($$SELECT identity.get_invitation('gone', false)$$, 'ZH000', 'INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION');
COMMIT;
RESET ROLE;
UPDATE identity.organization_invitation SET status = 'canceled' WHERE id = 'gone';
UPDATE identity.organization_invitation SET status = 'pending' WHERE id = 'late';
SET ROLE tenantry_app;
BEGIN; SELECT test.as('out', 'user') \gset
SELECT test.fails(format('SELECT identity.%s_invitation(%L, false%s)', verb, id, CASE verb WHEN 'accept' THEN ', NULL, NULL' END), 'ZH000', 'INVITATION_NOT_FOUND%')
  FROM unnest(ARRAY['accept', 'reject', 'get']) verb, unnest(ARRAY['late', 'said', 'no such']) id;
COMMIT;
BEGIN; SELECT test.as('own', 'user') \gset
SELECT test.fails($$SELECT identity.cancel_invitation('late')$$, 'ZH000', 'INVITATION_NOT_FOUND');
COMMIT;
RESET ROLE;
UPDATE identity.organization_invitation SET status = 'canceled' WHERE id = 'late';
UPDATE identity.organization_invitation SET status = 'pending' WHERE id = 'open';
SET ROLE tenantry_app;
BEGIN; SELECT test.as('out', 'user') \gset
SELECT test.fails(format('SELECT identity.%s_invitation(%L, true%s)', verb, 'open', CASE verb WHEN 'accept' THEN ', NULL, NULL' END), 'ZH000', 'EMAIL_VERIFICATION_REQUIRED%')
  FROM unnest(ARRAY['accept', 'reject', 'get']) verb;
SELECT test.fails($$SELECT identity.list_user_invitations()$$, 'ZH000', 'EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION');
COMMIT;
BEGIN; SELECT test.as('own', 'user') \gset
SELECT test.fails(format('SELECT identity.cancel_invitation(%L)', id), 'ZH000', 'INVITATION_NOT_FOUND') FROM unnest(ARRAY['said', 'no such']) id;
COMMIT;
BEGIN; SELECT test.as('out', 'user') \gset
SELECT test.is(identity.reject_invitation('open', false)::json#>>'{invitation,status}', 'rejected', 'declined');
COMMIT;

-- The limit applies to invitations, not to the operator
RESET ROLE;
UPDATE identity.organization SET member_limit = (SELECT count(*) FROM identity.organization_member WHERE organization_id = :'acme') WHERE id = :'acme';
UPDATE identity.organization_invitation SET status = 'pending' WHERE id = 'open';
SET ROLE tenantry_app;
SELECT test.fails($$SELECT test.as('out', 'user'), identity.accept_invitation('open', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea))$$, 'ZH000', 'ORGANIZATION_MEMBERSHIP_LIMIT_REACHED');
SELECT test.fails($$SELECT test.sign_up('fresh', 'open', email => 'out2@example.test')$$, 'ZH000');
RESET ROLE;
INSERT INTO identity.organization_member (id, organization_id, user_id, role) VALUES ('m-two', :'acme', 'two', 'member');
SELECT test.is((SELECT count(*)::text FROM identity.organization_member WHERE id = 'm-two'), '1', 'an operator goes beyond');

-- Deletion and restoration
SELECT jsonb_object_agg(m.id, to_jsonb(m) - 'created_at') AS before, min(o.member_limit) AS room FROM identity.organization_member m
	JOIN identity.organization o ON o.id = m.organization_id WHERE organization_id = :'acme' \gset
SET ROLE tenantry_app;
SELECT test.fails($$SELECT test.as('cus', 'user'), identity.delete_organization(current_setting('test.acme'))$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_ORGANIZATION');
SELECT test.fails($$SELECT test.as('out', 'user'), identity.delete_organization(current_setting('test.acme'))$$, 'ZH000', 'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/400');
BEGIN; SELECT test.as('own', 'user') \gset
SELECT test.is(identity.delete_organization(:'acme')::json->>'slug', 'acme', 'deleted');
SELECT test.fails($$SELECT identity.delete_organization(current_setting('test.acme'))$$, 'ZH000', 'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/400');
SELECT test.is(identity.list_organizations(), '[]', 'it is in no list');
SELECT test.fails($$SELECT identity.get_organization(current_setting('test.acme'), NULL)$$, 'ZH000', 'ORGANIZATION_NOT_FOUND');
SELECT test.fails($$SELECT identity.full_organization(NULL, 'acme', NULL)$$, 'ZH000', 'ORGANIZATION_NOT_FOUND');
SELECT test.fails($$SELECT identity.set_active_organization(NULL, 'acme', false)$$, 'ZH000', 'ORGANIZATION_NOT_FOUND');
SELECT test.fails($$SELECT identity.check_slug('acme')$$, 'ZH000', 'ORGANIZATION_SLUG_ALREADY_TAKEN');
SELECT test.fails($$SELECT identity.list_members(current_setting('test.acme'), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)$$, 'ZH000', 'YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION');
COMMIT;
SELECT test.fails($$SELECT test.as('cus')$$, 'ZH409'), test.fails(format('SELECT test.as(%L, %L, %L)', 'adm', 'organization', :'acme'), 'ZH403');
SELECT test.is(identity.find_invite(sha256('open')), NULL, 'nor does a link lead there');
SELECT identity.sign_in('own', 'again', sha256('again'), true, '', '', NULL, test.hash('own')) IS NULL AS x \gset
SELECT test.fails($$SELECT test.as('again')$$, 'ZH409');
RESET ROLE;
SELECT test.is((SELECT count(*)::text FROM crm.sales WHERE org_id = :'acme'), (SELECT count(*)::text FROM crm.sales WHERE org_id = :'acme' AND disabled), 'its rows wait');
SELECT identity.restore_organization(:'acme');
SELECT test.is((SELECT jsonb_object_agg(m.id, to_jsonb(m) - 'created_at') FROM identity.organization_member m WHERE organization_id = :'acme'), :'before', 'everybody is back as they were');
SELECT test.fails(format('SELECT identity.restore_organization(%L)', :'acme'), 'ZH409');
SET ROLE tenantry_app;
SELECT identity.sign_in('own', 'back', sha256('back'), true, '', '', NULL, test.hash('own')) IS NULL AS x \gset
BEGIN; SELECT test.as('back') \gset
SELECT test.is(current_setting('app.org_id') || current_setting('app.role'), :'acme' || 'owner', 'and signs in to it'); COMMIT;

-- Deleting the only member of an organization deletes the organization. If it has other members, another owner is
-- required first.
BEGIN; SELECT test.as('lone', 'user') \gset
SELECT identity.create_organization('Lone', 'lone', NULL, NULL, false)::json->>'id' AS lone \gset
COMMIT;
RESET ROLE;
DELETE FROM identity."user" WHERE id = 'lone';
SELECT test.ok((SELECT deleted_at IS NOT NULL FROM identity.organization WHERE slug = 'lone'), 'the organization of one goes with them');
SELECT test.is((SELECT count(*)::text FROM identity.deleted_member WHERE user_id = 'lone'), '0', 'and keeps nothing of them');

-- The purge of the demo, which has a row in every table
SELECT id AS demo FROM identity.organization WHERE demo \gset
-- This table is older than the table to which it refers, as after restoring a dump.
SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE oid = 'crm.contacts'::regclass \gset
SET ROLE :owner;
CREATE TABLE crm.test_children (org_id uuid, id bigint, parent_id bigint);
CREATE TABLE crm.test_parents (org_id uuid, id bigint, PRIMARY KEY (org_id, id));
ALTER TABLE crm.test_children ADD FOREIGN KEY (org_id, parent_id) REFERENCES crm.test_parents;
INSERT INTO crm.test_parents VALUES (:'demo', 1);
INSERT INTO crm.test_children VALUES (:'demo', 1, 1);
RESET ROLE;
SELECT set_config('test.demo', :'demo', false) IS NULL AS x \gset
SELECT identity.mark_organization_deleted(:'demo');
UPDATE identity.organization SET deleted_at = now() - interval '2 days' WHERE id = :'demo';
CREATE FUNCTION test.rows_of(org uuid) RETURNS TABLE (t regclass, n bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR t IN SELECT c.oid FROM pg_class c WHERE c.relkind IN ('r', 'p')
	    AND c.relnamespace::regnamespace::text IN ('crm', 'factory_app', 'identity', 'membership', 'ops') LOOP
		EXECUTE format('SELECT count(*) FROM %s x WHERE x::text LIKE %L', t, '%' || org || '%') INTO n;
		RETURN NEXT;
	END LOOP;
END $$;
CREATE TABLE test.others AS SELECT * FROM test.rows_of(:'acme');
SELECT sum(n) AS rows FROM test.rows_of(:'demo') WHERE t::text LIKE 'crm.%' \gset
SET ROLE tenantry_app;
SELECT test.is(ops.purge_organizations('3 days', 5)::text, '0', 'not before its time');
SELECT set_config('app.org_id', '00000000-0000-0000-0000-000000000001', false) IS NULL AS x \gset
SELECT test.is(ops.purge_organizations('0 days', 5)::text, '5', 'some rows at a time');
SELECT test.is(current_setting('app.org_id') || current_setting('app.purging'), '00000000-0000-0000-0000-000000000001', 'and nothing is left set');
RESET app.org_id;
RESET ROLE;
SELECT test.is((:rows - (SELECT sum(n) FROM test.rows_of(:'demo') WHERE t::text LIKE 'crm.%'))::text, '5', 'and no more');
SELECT test.fails(format('SELECT identity.restore_organization(%L)', :'demo'), 'ZH409');
SET ROLE tenantry_app;
DO $$
DECLARE
	n integer;
	calls integer := 0;
BEGIN
	LOOP
		n := ops.purge_organizations('0 days', 5);
		EXIT WHEN n = 0;
		IF n > 5 OR calls > 1000 THEN
			RAISE EXCEPTION '% rows at once, % calls', n, calls;
		END IF;
		calls := calls + 1;
	END LOOP;
	PERFORM test.ok(calls > 10, format('in %s calls', calls));
END $$;
RESET ROLE;
SELECT test.is((SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM test.rows_of(:'demo') WHERE n > 0 AND t::text <> 'identity.event'), 'ops.audit_log',
	'no table has a row of it but the log');
DROP TABLE crm.test_children, crm.test_parents;
SELECT test.is((SELECT string_agg(concat_ws(' ', table_name, row_id, action, user_id, address, old, new), ', ') FROM ops.audit_log WHERE org_id = :'demo'), 'organization ' || :'demo' || ' purge', 'which says that it was purged');
SELECT test.is((SELECT string_agg(format('%s %s', t, n), ', ') FROM (SELECT * FROM test.rows_of(:'acme') EXCEPT SELECT * FROM test.others) x), NULL, 'another organization has what it had');
SELECT test.is((SELECT count(*)::text FROM identity.organization WHERE slug IN ('lone', 'clientflow-demo')), '0', 'the slugs are free');
-- A caller cannot disable the log of an existing organization.
SET ROLE tenantry_app;
BEGIN; SELECT test.as('back') \gset
SELECT set_config('app.purging', :'acme', true) AS x \gset
INSERT INTO crm.tags (name, color) VALUES ('one', '#111');
DELETE FROM crm.tags;
SELECT test.is((SELECT string_agg(action, ' ' ORDER BY id) FROM ops.audit_log WHERE table_name = 'tags'), 'insert delete', 'the log of the remaining one continues');
COMMIT;
