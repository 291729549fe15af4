-- Roles from groups: the effects of identity.apply_groups() on a member, and the callers of the function.
SET ROLE tenantry_app;
SELECT test.sign_up(uid, open => true) IS NULL AS x
  FROM unnest(ARRAY['first', 'own', 'mem', 'out', 'ban']) uid;
BEGIN; SELECT test.as('own', 'user') \gset
SELECT identity.create_organization('Acme', 'acme', NULL, NULL, false)::json->>'id' AS acme \gset
COMMIT;
BEGIN; SELECT test.as('first', 'user') \gset
SELECT identity.create_organization('Other', 'other', NULL, NULL, false)::json->>'id' AS other \gset
COMMIT;

-- Only a sign-in applies groups.
SELECT test.fails($$SELECT identity.apply_groups('mem', 'idp', '{staff}')$$, '42501');
SELECT test.fails($$SELECT identity.apply_groups_in(NULL, 'mem', 'idp', '{staff}')$$, '42501');
SELECT test.fails($$SELECT identity.join_by_groups(NULL, 'mem', 'idp', '{owner}')$$, '42501');
SELECT test.fails($$SELECT identity.save_group_role(NULL, 'idp', 'staff', 'owner', true)$$, '42501');
SELECT test.fails($$SELECT * FROM identity.group_role$$, '42501');
RESET ROLE;

INSERT INTO identity.organization_member (id, organization_id, user_id, role)
VALUES ('m-mem', :'acme', 'mem', 'member');
INSERT INTO identity.group_role (id, organization_id, provider_id, group_name, role, joins)
SELECT p || g || r, o::uuid, p, g, r, j FROM (VALUES
	(:'acme', 'idp', 'staff', 'member', false), (:'acme', 'idp', 'heads', 'admin', false),
	(:'acme', 'scim', 'heads', 'admin', false), (:'acme', 'scim', 'crew', 'member', true),
	(:'other', 'else', 'heads', 'owner', false)) v (o, p, g, r, j);
CREATE FUNCTION test.member(uid text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(m.role || CASE WHEN m.disabled THEN ' off ' ELSE ' ' END || m.group_roles, ' ')
	  FROM identity.organization_member m WHERE m.user_id = uid
$$;
-- Applies groups and returns the resulting membership. An event does not name an actor.
CREATE FUNCTION test.apply(provider text, groups text[], uid text DEFAULT 'mem') RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('app.user_id', 'own', true);
	PERFORM identity.apply_groups(uid, provider, groups);
	PERFORM test.is(current_setting('app.user_id'), 'own', 'the caller stays');
	RETURN test.member(uid);
END $$;

SELECT test.is(test.apply('idp', NULL), 'member {}', 'unknown groups change nothing');
SELECT test.is(test.apply('idp', '{none}'), 'member {}', 'nor do groups without a mapping');
SELECT test.is(test.apply('idp', '{owner,admin}'), 'member {}', 'the name of a role is no mapping');
SELECT test.is(test.apply('unknown', '{staff,heads}'), 'member {}', 'nor does another provider');
SELECT test.is(test.apply('idp', '{heads,heads}'), 'admin {"idp": ["admin"]}',
	'a matching group decides about the named roles');
SELECT test.is(test.apply('scim', '{heads}'), 'admin {"idp": ["admin"], "scim": ["admin"]}', 'two providers give a role');
SELECT test.is(test.apply('idp', '{staff}'), 'admin,member {"idp": ["member"], "scim": ["admin"]}',
	'one of them does not take away what the other gives');
SELECT test.is(test.apply('idp', '{}'), 'admin {"scim": ["admin"]}', 'only what it gave');
SELECT test.is(test.apply('scim', '{}'), 'admin off {"scim": []}', 'a member without a role is disabled');
SELECT test.is(test.apply('scim', '{}'), 'admin off {"scim": []}', 'once');
SELECT test.is(test.apply('idp', '{}'), 'admin off {"scim": []}', 'and stays so for all');
SELECT test.is(test.apply('idp', '{staff}'), 'member {"idp": ["member"]}', 'until one gives a role');
SELECT test.is((SELECT string_agg(DISTINCT coalesce(e.actor_id, 'nobody') || ' ' || (e.data->>'provider') || ' '
		|| e.organization_id, ', ') FROM identity.event e WHERE e.user_id = 'mem' AND e.action = 'member.updated'),
	'nobody idp ' || :'acme' || ', nobody scim ' || :'acme', 'events name the provider, and no actor');
SELECT test.is((SELECT count(*)::text FROM identity.event e WHERE e.user_id = 'mem' AND e.action = 'member.updated'),
	'5', 'one for each change');

BEGIN; SELECT set_config('app.org_id', :'acme', true) IS NULL AS x \gset
SELECT test.is((SELECT string_agg(DISTINCT coalesce(nullif(l.user_id, ''), 'nobody'), ' ') FROM ops.audit_log l
	WHERE l.table_name = 'organization_member' AND l.row_id = 'm-mem' AND l.action = 'update'),
	'nobody', 'nor does the audit log');
COMMIT;

-- Manual changes
UPDATE identity.organization_member SET disabled = true WHERE user_id = 'mem';
SELECT test.is(test.apply('idp', '{heads,staff}'), 'member,admin off {"idp": ["admin", "member"]}', 'disabled by hand');
SELECT test.is(test.apply('idp', '{}'), 'member,admin off {"idp": ["admin", "member"]}', 'the roles wait');
UPDATE identity.organization_member SET disabled = false WHERE user_id = 'mem';
UPDATE identity.organization_member SET role = 'admin' WHERE user_id = 'mem';
SELECT test.is(test.member('mem'), 'admin {"idp": ["admin"]}', 'a role that is removed by hand was not given');

-- Joining
SELECT test.is(test.apply('scim', '{heads}', 'out'), NULL, 'a group joins only if it says so');
UPDATE identity."user" SET banned = true WHERE id = 'ban';
SELECT test.is(test.apply('scim', '{crew}', 'ban'), NULL, 'a banned user does not join');
UPDATE identity.organization SET member_limit = 2 WHERE id = :'acme';
SELECT test.is(test.apply('scim', '{crew}', 'out'), NULL, 'nor does one more than the limit');
UPDATE identity.organization SET member_limit = 9 WHERE id = :'acme';
SELECT test.is(test.apply('scim', '{crew,heads}', 'out'), 'admin,member {"scim": ["admin", "member"]}', 'a member by groups');
SELECT test.is((SELECT organization_id::text FROM identity.organization_member WHERE user_id = 'out'), :'acme', 'of this organization');
SELECT identity.mark_organization_deleted(:'acme');
SELECT test.is(test.apply('scim', '{crew}', 'out'), NULL, 'a deleted organization has no members');
SELECT identity.restore_organization(:'acme');
SELECT test.is(test.member('out'), 'admin,member {"scim": ["admin", "member"]}', 'a restored one knows who gave what');

-- The last owner
SELECT test.is(test.apply('else', '{heads}', 'first'), test.member('first'), 'an owner by a group');
SELECT test.is((SELECT group_roles->'else' FROM identity.organization_member WHERE organization_id = :'other'), '["owner"]', 'and by hand');
SELECT test.apply('else', '{}', 'first') IS NULL AS x \gset
SELECT test.is((SELECT role || disabled || group_roles FROM identity.organization_member WHERE organization_id = :'other'),
	'ownerfalse{"else": ["owner"]}', 'the last owner stays');
SELECT test.is((SELECT string_agg(action, ' ') FROM identity.event WHERE user_id = 'first' AND action LIKE 'member.%'),
	'member.owner-kept', 'which is logged');
INSERT INTO identity.organization_member (id, organization_id, user_id, role)
VALUES ('m-two', :'other', 'out', 'owner');
SELECT test.apply('else', '{}', 'first') IS NULL AS x \gset
SELECT test.is((SELECT role || disabled || group_roles FROM identity.organization_member WHERE id <> 'm-two' AND organization_id = :'other'),
	'ownertrue{"else": []}', 'until there is another one');
