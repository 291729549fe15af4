-- Teams: the permissions to change them, their hierarchy, and the rows that a team covers.
SET ROLE tenantry_app;
SELECT test.sign_up(uid, open => true) IS NULL AS x
  FROM unnest(ARRAY['first', 'own', 'adm', 'mem', 'cus', 'two', 'out']) uid;
BEGIN; SELECT test.as('own', 'user') \gset
SELECT identity.create_organization('Acme', 'acme', NULL, NULL, false)::json->>'id' AS acme \gset
COMMIT;
BEGIN; SELECT test.as('out', 'user') \gset
SELECT identity.create_organization('Other', 'other', NULL, NULL, false)::json->>'id' AS other \gset
SELECT identity.create_team(NULL, 'Theirs', NULL)::json->>'id' AS theirs \gset
COMMIT;
RESET ROLE;
SELECT set_config('test.acme', :'acme', false) IS NULL AS x, set_config('test.theirs', :'theirs', false) IS NULL AS y \gset
INSERT INTO identity.organization_member (id, organization_id, user_id, role)
SELECT 'm-' || uid, :'acme', uid, role FROM (VALUES ('adm', 'admin'), ('mem', 'member'), ('cus', 'member'), ('two', 'member')) v (uid, role);
UPDATE identity.session SET active_organization_id = :'acme' WHERE user_id IN ('adm', 'mem', 'cus', 'two');
CREATE FUNCTION test.team(team_name text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_temp AS $$
	SELECT t.id FROM identity.team t WHERE t.name = team_name
$$;
CREATE FUNCTION test.covered() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_temp AS $$
	SELECT coalesce(string_agg(m.user_id, ' ' ORDER BY m.user_id), '')
	  FROM unnest(identity.team_sales_ids()) s JOIN identity.organization_member m ON m.sales_id = s
$$;
CREATE FUNCTION test.tree() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_temp AS $$
	SELECT string_agg(t.name || coalesce(' < ' || p.name, ''), ', ' ORDER BY t.name)
	  FROM identity.team t LEFT JOIN identity.team p ON p.id = t.parent_id
	 WHERE t.organization_id = current_setting('test.acme')::uuid
$$;
CREATE FUNCTION test.active(uid text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_temp AS $$
	SELECT t.name FROM identity.session s JOIN identity.team t ON t.id = s.active_team_id WHERE s.user_id = uid
$$;
GRANT EXECUTE ON FUNCTION test.team(text), test.covered(), test.tree(), test.active(text) TO tenantry_app;
SET ROLE tenantry_app;

-- A session and an organization show nothing about teams until there is a team.
BEGIN; SELECT test.as('own', 'user') \gset
SELECT test.is((SELECT (session::jsonb ? 'activeTeamId')::text FROM identity.get_session(sha256('own'), false)), 'false', 'no active team without teams'),
	test.is((identity.full_organization(NULL, NULL, NULL)::jsonb ? 'teams')::text, 'false', 'no teams');
SELECT identity.create_team(NULL, 'Sales', NULL)::json->>'id' AS sales \gset
SELECT identity.create_team(NULL, 'North', :'sales')::json->>'id' AS north \gset
SELECT identity.create_team(NULL, 'Oslo', :'north')::json->>'id' AS oslo \gset
SELECT identity.create_team(NULL, 'South', :'sales')::json->>'id' AS south \gset
SELECT test.is((SELECT session::jsonb->'activeTeamId' FROM identity.get_session(sha256('own'), false)), 'null', 'an active team where there are teams'),
	test.is(jsonb_array_length(identity.full_organization(NULL, NULL, NULL)::jsonb->'teams')::text, '4', 'the teams of the organization');
COMMIT;

-- The hierarchy
BEGIN; SELECT test.as('adm', 'user') \gset
SELECT test.is(test.tree(), 'North < Sales, Oslo < North, Sales, South < Sales', 'a tree');
SELECT test.fails($$SELECT identity.update_team(test.team('Sales'), NULL, NULL, test.team('Oslo'), true)$$, 'ZH000', 'TEAM_CANNOT_BE_BELOW_ITSELF');
SELECT test.fails($$SELECT identity.update_team(test.team('Sales'), NULL, NULL, test.team('Sales'), true)$$, 'ZH000', 'TEAM_CANNOT_BE_BELOW_ITSELF');
SELECT test.fails($$SELECT identity.update_team(test.team('Sales'), NULL, NULL, current_setting('test.theirs'), true)$$, 'ZH000', 'TEAM_NOT_FOUND');
SELECT test.fails($$SELECT identity.create_team(NULL, 'x', current_setting('test.theirs'))$$, 'ZH000', 'TEAM_NOT_FOUND');
SELECT test.fails($$SELECT identity.create_team(NULL, 'x', 'nothing')$$, 'ZH000', 'TEAM_NOT_FOUND');
SELECT test.fails($$SELECT identity.update_team(current_setting('test.theirs'), NULL, 'x', NULL, false)$$, 'ZH000', 'TEAM_NOT_FOUND');
SELECT test.fails($$SELECT identity.remove_team(current_setting('test.theirs'), NULL)$$, 'ZH000', 'TEAM_NOT_FOUND');
SELECT test.fails($$SELECT identity.create_team(NULL, '', NULL)$$, '23514');
SELECT test.is(identity.update_team(:'south', NULL, NULL, :'north', true)::jsonb->>'parentId', :'north', 'a team moves');
SELECT test.is(identity.update_team(:'south', NULL, 'Southern', NULL, false)::jsonb->>'parentId', :'north', 'a new name moves nothing');
SELECT test.is(identity.update_team(:'south', NULL, NULL, NULL, true)::jsonb->'parentId', 'null', 'and to the top');
ROLLBACK;
RESET ROLE;
SELECT test.fails($$UPDATE identity.team SET parent_id = test.team('Oslo') WHERE name = 'Sales'$$, 'ZH000', 'TEAM_CANNOT_BE_BELOW_ITSELF');
SELECT test.fails($$UPDATE identity.team SET parent_id = current_setting('test.theirs') WHERE name = 'Sales'$$, '23503');
SELECT test.fails($$INSERT INTO identity.team_member (id, organization_id, team_id, user_id) VALUES ('x', current_setting('test.acme')::uuid, current_setting('test.theirs'), 'mem')$$, '23503');
SELECT test.fails($$INSERT INTO identity.team_member (id, organization_id, team_id, user_id) VALUES ('x', current_setting('test.acme')::uuid, test.team('Sales'), 'out')$$, '23503');
-- Eight levels: Oslo is the third.
BEGIN;
INSERT INTO identity.team (id, organization_id, parent_id, name)
SELECT 'l' || n, :'acme', CASE n WHEN 4 THEN :'oslo' ELSE 'l' || n - 1 END, 'Level ' || n FROM generate_series(4, 8) n;
SELECT test.fails($$INSERT INTO identity.team (id, organization_id, parent_id, name) VALUES ('l9', current_setting('test.acme')::uuid, 'l8', 'x')$$, 'ZH000', 'TEAM_HIERARCHY_TOO_DEEP');
INSERT INTO identity.team (id, organization_id, name) VALUES ('top', :'acme', 'Top');
SELECT test.fails($$UPDATE identity.team SET parent_id = 'top' WHERE name = 'Sales'$$, 'ZH000', 'TEAM_HIERARCHY_TOO_DEEP');
UPDATE identity.team SET parent_id = 'top' WHERE name = 'North';
SELECT test.is((SELECT parent_id FROM identity.team WHERE name = 'North'), 'top', 'what is not too deep moves');
ROLLBACK;
BEGIN;
INSERT INTO identity.team (id, organization_id, name) SELECT 'n' || n, :'acme', 'n' || n FROM generate_series(1, 496) n;
SET LOCAL ROLE tenantry_app;
SELECT test.fails($$SELECT test.as('own', 'user'), identity.create_team(NULL, 'x', NULL)$$, 'ZH000', 'YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_TEAMS');
ROLLBACK;
SET ROLE tenantry_app;

-- Permissions: roles with the actions on "team" and "member"
BEGIN; SELECT test.as('mem', 'user') \gset
SELECT test.fails($$SELECT identity.create_team(NULL, 'x', NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_CREATE_TEAMS_IN_THIS_ORGANIZATION');
SELECT test.fails($$SELECT identity.update_team(test.team('Sales'), NULL, 'x', NULL, false)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_TEAM');
SELECT test.fails($$SELECT identity.remove_team(test.team('Sales'), NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_DELETE_TEAMS_IN_THIS_ORGANIZATION');
SELECT test.fails($$SELECT identity.add_team_member(test.team('Sales'), 'mem', NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_TEAM_MEMBER');
SELECT test.fails($$SELECT identity.remove_team_member(test.team('Sales'), 'mem', NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_REMOVE_A_TEAM_MEMBER');
SELECT test.fails($$SELECT identity.list_team_members(test.team('Sales'))$$, 'ZH000', 'USER_IS_NOT_A_MEMBER_OF_THE_TEAM/400');
SELECT test.fails($$SELECT identity.list_team_members(current_setting('test.theirs'))$$, 'ZH000', 'TEAM_NOT_FOUND');
SELECT test.fails($$SELECT identity.list_user_teams('own', NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER');
SELECT test.fails($$SELECT identity.set_active_team(test.team('Sales'), false)$$, 'ZH000', 'USER_IS_NOT_A_MEMBER_OF_THE_TEAM');
SELECT test.fails($$SELECT identity.set_active_team(current_setting('test.theirs'), false)$$, 'ZH000', 'TEAM_NOT_FOUND');
SELECT test.is(jsonb_array_length(identity.list_teams(NULL)::jsonb)::text, '4', 'a member sees the teams');
COMMIT;
SELECT test.fails($$SELECT test.as('out', 'user'), identity.list_teams(current_setting('test.acme'))$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_ACCESS_THIS_ORGANIZATION');

-- The scope "team": the caller, the members of the caller's teams and of all teams below them
BEGIN; SELECT test.as('own', 'user') \gset
SELECT count(identity.add_team_member(team_id, user_id, NULL)) AS x FROM (VALUES
	(:'sales', 'adm'), (:'north', 'mem'), (:'oslo', 'cus'), (:'oslo', 'cus'), (:'south', 'two'), (:'north', 'two')) v (team_id, user_id) \gset
SELECT test.fails($$SELECT identity.add_team_member(test.team('Sales'), 'out', NULL)$$, 'ZH000', 'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/400');
SELECT test.fails($$SELECT identity.add_team_member(current_setting('test.theirs'), 'mem', NULL)$$, 'ZH000', 'TEAM_NOT_FOUND');
SELECT test.is(jsonb_array_length(identity.list_team_members(:'oslo')::jsonb)::text, '1', 'a member once, and the owner sees who'),
	test.is(jsonb_array_length(identity.list_user_teams('two', NULL)::jsonb)::text, '2', 'the teams of another member');
SELECT test.is(test.covered(), 'own', 'without a team, the caller alone');
COMMIT;
BEGIN; SELECT test.as('adm') \gset
SELECT test.is(test.covered(), 'adm cus mem two', 'from the top, everybody below'); COMMIT;
BEGIN; SELECT test.as('mem') \gset
SELECT test.is(test.covered(), 'cus mem two', 'from the middle, not those above'); COMMIT;
BEGIN; SELECT test.as('cus') \gset
SELECT test.is(test.covered(), 'cus', 'from below, the own team'); COMMIT;
BEGIN; SELECT test.as('two') \gset
SELECT test.is(test.covered(), 'cus mem two', 'from two teams, both'); COMMIT;
SELECT test.is(identity.team_sales_ids()::text, '{}', 'nobody without a caller');
BEGIN; SELECT test.as('out') \gset
SELECT test.is(test.covered(), 'out', 'nobody of another organization'); COMMIT;
RESET ROLE;
SELECT test.is(has_function_privilege(r, 'identity.team_sales_ids()', 'EXECUTE')::text, asks, r || ': ' || asks)
  FROM (VALUES ('tenantry_app', 'true'), ('tenantry_mcp', 'false'), ('tenantry_mcp_writer', 'false')) x (r, asks);
SET ROLE tenantry_app;

-- The active team is unset if the membership ends or the active organization changes.
BEGIN; SELECT test.as('mem', 'user') \gset
SELECT identity.set_active_team(:'north', false) IS NULL AS x \gset
SELECT test.is(test.active('mem'), 'North', 'active');
SELECT identity.set_active_organization(NULL, NULL, false) IS NULL AS x \gset
SELECT test.is(test.active('mem'), 'North', 'the same organization again changes nothing');
SAVEPOINT s;
SELECT identity.set_active_organization(NULL, NULL, true) IS NULL AS x \gset
SELECT test.is(test.active('mem'), NULL, 'not without its organization');
ROLLBACK TO s;
SELECT test.is(identity.set_active_team(NULL, true), 'null', 'none'), test.is(test.active('mem'), NULL, 'is active');
SELECT test.is(identity.set_active_team(NULL, true), NULL, 'nor before');
SELECT identity.set_active_team(:'north', false) IS NULL AS x \gset
COMMIT;
BEGIN; SELECT test.as('adm', 'user') \gset
SELECT identity.remove_team_member(:'north', 'mem', NULL) IS NULL AS x \gset
SELECT test.is(test.active('mem'), NULL, 'who left a team has it active no more');
SELECT test.fails($$SELECT identity.remove_team_member(test.team('North'), 'mem', NULL)$$, 'ZH000', 'USER_IS_NOT_A_MEMBER_OF_THE_TEAM/400');
SELECT identity.add_team_member(:'north', 'mem', NULL) IS NULL AS x \gset
COMMIT;

-- Invitations
BEGIN; SELECT test.as('own', 'user') \gset
SELECT identity.invite_member('i-new', sha256('i-new'), NULL, 'new@example.test', 'member', false, 'u', 'en', false, to_json(ARRAY[:'oslo', :'north']))::jsonb->>'teamId' AS invited \gset
SELECT test.is(:'invited', :'oslo' || ',' || :'north', 'an invitation to two teams');
SELECT test.is(identity.invite_member('i-none', sha256('i-none'), NULL, 'none@example.test', 'member', false, 'u', 'en', false, NULL)::jsonb->'teamId', 'null', 'to none');
SELECT test.fails($$SELECT identity.invite_member('i', sha256('i'), NULL, 'x@example.test', 'member', false, 'u', 'en', false, to_json(current_setting('test.theirs')))$$, 'ZH000', 'TEAM_NOT_FOUND');
SELECT test.fails($$SELECT identity.invite_member('i', sha256('i'), NULL, 'x@example.test', 'member', false, 'u', 'en', false, '["a,b"]')$$, 'ZH000', 'INVALID_TEAM_ID');
COMMIT;
SELECT test.sign_up('new', 'i-new', email => 'new@example.test') IS NULL AS x \gset
BEGIN; SELECT test.as('new', 'user') \gset
SELECT test.is((SELECT string_agg(t->>'name', ' ' ORDER BY t->>'name') FROM jsonb_array_elements(identity.list_user_teams(NULL, NULL)::jsonb) t), 'North Oslo', 'who signs up by it is in both');
COMMIT;

-- Removal: the teams below a removed team move up, and pending invitations no longer include the removed team.
BEGIN; SELECT test.as('own', 'user') \gset
SELECT identity.invite_member('i-far', sha256('i-far'), NULL, 'far@example.test', 'member', false, 'u', 'en', false, to_json(ARRAY[:'oslo', :'north'])) IS NULL AS x \gset
SELECT identity.add_team_member(:'north', 'own', NULL) IS NULL AS x, identity.set_active_team(:'north', false) IS NULL AS y \gset
SELECT test.fails($$SELECT identity.remove_team(test.team('North'), NULL)$$, 'ZH000', 'YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_TEAM');
COMMIT;
BEGIN; SELECT test.as('adm', 'user') \gset
SELECT test.is(identity.remove_team(:'north', NULL), '{"message":"Team removed successfully."}', 'removed');
SELECT test.is(test.tree(), 'Oslo < Sales, Sales, South < Sales', 'what was below it is below the one above');
SELECT test.is(test.active('own'), NULL, 'it is active nowhere');
SELECT test.is((SELECT i->>'teamId' FROM jsonb_array_elements(identity.list_invitations(NULL)::jsonb) i WHERE i->>'id' = 'i-far'), :'oslo', 'the invitation leads to the other team');
SELECT test.is(test.covered(), 'adm cus new two', 'nobody sees more or fewer of those who are left');
COMMIT;

-- Leaving an organization, deleting and restoring it, and deleting the user
RESET ROLE;
SELECT jsonb_object_agg(m.id, to_jsonb(m)) AS before FROM identity.team_member m WHERE organization_id = :'acme' \gset
BEGIN;
SELECT identity.mark_organization_deleted(:'acme');
SELECT test.is((SELECT count(*)::text FROM identity.team_member WHERE organization_id = :'acme'), '0', 'a deleted organization has no members in teams');
SELECT identity.restore_organization(:'acme');
SELECT test.is((SELECT jsonb_object_agg(m.id, to_jsonb(m)) FROM identity.team_member m WHERE organization_id = :'acme'), :'before', 'restored, everybody is in their teams');
SELECT test.is((SELECT count(*)::text FROM identity.deleted_team_member), '0', 'and nothing is left aside');
ROLLBACK;
DELETE FROM identity.organization_member WHERE id = 'm-two';
SELECT test.is((SELECT count(*)::text FROM identity.team_member WHERE user_id = 'two'), '0', 'who leaves the organization leaves its teams');
DELETE FROM identity."user" WHERE id = 'new';
SELECT test.is((SELECT count(*)::text FROM identity.team_member WHERE user_id = 'new'), '0', 'so does a deleted user');

-- The audit log contains each change of a team and of its members.
SELECT set_config('app.org_id', :'acme', false) IS NULL AS x \gset
SELECT test.is((SELECT string_agg(DISTINCT table_name || ' ' || action, ', ' ORDER BY table_name || ' ' || action) FROM ops.audit_log WHERE table_name LIKE 'team%'),
	'team delete, team insert, team update, team_member delete, team_member insert', 'each change is logged');
SELECT test.is((SELECT user_id || ' ' || (old->>'name') FROM ops.audit_log WHERE table_name = 'team' AND action = 'delete'), 'adm North', 'with who made it');
DELETE FROM identity.organization WHERE id = :'other';
SELECT test.is((SELECT count(*)::text FROM identity.team WHERE organization_id = :'other'), '0', 'a purged organization has no team');
