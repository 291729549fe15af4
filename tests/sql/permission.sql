-- Grants of roles, and the cost of reading one's own rows among the rows of other users.
SET client_min_messages = notice;
SELECT test.sign_up('own', open => true) IS NULL, test.sign_up('rep', open => true) IS NULL \g /dev/null
SELECT id AS org FROM identity.organization ORDER BY created_at LIMIT 1 \gset

-- Roles and the resulting grants.
INSERT INTO identity.organization_role (id, organization_id, role, permission) VALUES
	('r1', :'org', 'rep', '{"contacts": ["read:own", "update:own"], "ac": ["read"]}'),
	('r2', :'org', 'team', '{"contacts": ["read:team"], "deals": ["read"]}'),
	('r3', :'org', 'all', '{"crm": ["read", "create", "update", "delete", "export", "import", "merge"]}'),
	('r4', :'org', 'boss', '{"crm": ["administer"]}'),
	('r5', :'org', 'nothing', '{}'),
	('r6', :'org', 'viewer', '{"contacts": ["read"]}');
SELECT test.is(identity.grants_of(:'org', roles), grants, format('the grants of %s', roles)) FROM (VALUES
	('owner', '*'), ('admin', '*'), ('member', '*'), ('rep,member', '*'), ('all', '*'), ('boss', '*'),
	('nothing', '{}'), ('unknown', '{}'), ('owner,nothing', '*'),
	('rep', '{"contacts": {"read": "own", "update": "own"}}'),
	('rep,team', '{"deals": {"read": "all"}, "contacts": {"read": "team", "update": "own"}}'),
	('viewer', '{"contacts": {"read": "all"}}')) x (roles, grants);
SELECT test.is(identity.grants_of(NULL, 'viewer'), '{"crm": {"read": "all"}}', 'without a role of that name, a built-in one');
SELECT test.is((SELECT string_agg(ops.scope(resource, action), ' ') FROM (VALUES ('contacts', 'read'), ('deals', 'read')) x (resource, action)),
	NULL, 'without grants there is no scope');
SELECT set_config('app.grants', '{"crm": {"read": "own"}, "contacts": {"read": "all", "update": "team"}, "deals": {"read": "team"}}', false) \g /dev/null
SELECT test.is(ops.scope(resource, action), scope, format('%s %s', action, resource)) FROM (VALUES
	('contacts', 'read', 'all'), ('contacts', 'update', 'team'), ('contacts', 'delete', NULL), ('deals', 'read', 'team'),
	('tasks', 'read', 'own'), ('tasks', 'update', NULL)) x (resource, action, scope);
RESET app.grants;

-- The fields of roles.
SELECT test.is(identity.field_limits(permissions::jsonb[])::text, limits::jsonb::text, limits || ' ' || permissions::text) FROM (VALUES
	('{"{\"contacts\": [\"read\"]}"}'::text[], '{}'),
	('{"{\"contacts\": [\"read\"], \"contacts.read\": [\"title\", \"tags\"]}"}', '{"contacts": {"read": ["tags", "title"], "update": ["tags", "title", "sales_id"]}}'),
	('{"{\"contacts\": [\"read\", \"update\"], \"contacts.update\": [\"title\"]}"}', '{"contacts": {"update": ["title"]}}'),
	('{"{\"crm\": [\"read\", \"update\"], \"contacts.read\": [\"title\"], \"contacts.update\": [\"title\", \"tags\"]}"}',
		'{"contacts": {"read": ["title"], "update": ["title"]}}'),
	('{"{\"contacts\": [\"read\"], \"contacts.read\": [\"title\"]}","{\"contacts\": [\"read:own\"], \"contacts.read\": [\"tags\"]}"}',
		'{"contacts": {"read": ["tags", "title"], "update": ["tags", "title", "sales_id"]}}'),
	('{"{\"contacts\": [\"read\"], \"contacts.read\": [\"title\"]}","{\"deals\": [\"read\"]}"}',
		'{"contacts": {"read": ["title"], "update": ["title", "sales_id"]}}'),
	('{"{\"contacts\": [\"read\"], \"contacts.read\": [\"title\"]}","{\"crm\": [\"read:own\"]}"}', '{}'),
	('{"{\"contacts.read\": [\"title\"]}","{\"crm\": [\"administer\"]}"}', '{}'),
	('{"{\"contacts.read\": []}"}', '{"contacts": {"read": [], "update": ["sales_id"]}}')) x (permissions, limits);

-- An import keeps existing roles.
SELECT test.is(identity.imported_role(given), kept, given) FROM (VALUES ('portal', 'portal'), ('viewer,admin', 'viewer,admin'),
	('chief', 'member'), ('', 'member')) x (given, kept);

-- Groups add a portal user to the staff only if the member limit allows it.
SELECT test.sign_up('late', open => true) IS NULL \g /dev/null
INSERT INTO identity.group_role (id, organization_id, provider_id, group_name, role, joins) VALUES
	('g1', :'org', 'idp', 'guests', 'portal', true), ('g2', :'org', 'idp', 'staff', 'member', true);
UPDATE identity.organization SET member_limit = identity.count_staff(id) WHERE id = :'org';
SELECT identity.apply_groups('late', 'idp', '{guests}'), identity.apply_groups('late', 'idp', '{staff}') \g /dev/null
SELECT test.is((SELECT role || ' ' || acts_as || ' ' || coalesce(sales_id::text, 'none') FROM identity.organization_member
	WHERE organization_id = :'org' AND user_id = 'late'), 'portal portal none', 'no room');
UPDATE identity.organization SET member_limit = 100 WHERE id = :'org';
SELECT identity.apply_groups('late', 'idp', '{staff}') \g /dev/null
SELECT test.is((SELECT role || ' ' || (sales_id IS NOT NULL) FROM identity.organization_member
	WHERE organization_id = :'org' AND user_id = 'late'), 'member true', 'room');
DELETE FROM identity.group_role WHERE organization_id = :'org';
DELETE FROM identity.organization_member WHERE organization_id = :'org' AND user_id = 'late';

-- A change of a role applies to its members immediately.
INSERT INTO identity.organization_member (id, organization_id, user_id, role) VALUES ('m-rep', :'org', 'rep', 'rep')
	ON CONFLICT (organization_id, user_id) DO UPDATE SET id = 'm-rep', role = 'rep';
UPDATE identity.organization_role SET permission = '{"contacts": ["read"]}' WHERE id = 'r1';
SELECT test.is((SELECT grants FROM identity.organization_member WHERE id = 'm-rep'), '{"contacts": {"read": "all"}}',
	'a changed role changes its members');
UPDATE identity.organization_role SET permission = '{"contacts": ["read:own"], "tasks": ["read:own"]}' WHERE id = 'r1';

-- 50 contacts of the rep among 20,000.
SELECT set_config('app.org_id', :'org', false) \g /dev/null
SELECT (SELECT sales_id FROM identity.organization_member WHERE user_id = 'own') AS others,
	(SELECT sales_id FROM identity.organization_member WHERE id = 'm-rep') AS mine \gset
SET session_replication_role = replica;
INSERT INTO crm.contacts (org_id, id, first_name, last_name, last_seen, first_seen, sales_id)
SELECT :'org', 1000000 + i, 'First ' || i, 'Last ' || i, now() - make_interval(mins => i), now(),
	CASE WHEN i % 400 = 0 THEN :mine ELSE :others END FROM generate_series(1, 20000) i;
RESET session_replication_role;
ANALYZE crm.contacts;

-- Returns the number of rows of crm.contacts that a plan read, including the rows that it discarded.
CREATE FUNCTION test.touched(plan jsonb) RETURNS numeric LANGUAGE sql AS $$
	SELECT coalesce(sum(((n->>'Actual Rows')::numeric + coalesce((n->>'Rows Removed by Filter')::numeric, 0)
		+ coalesce((n->>'Rows Removed by Index Recheck')::numeric, 0)) * (n->>'Actual Loops')::numeric), 0)
	  FROM jsonb_path_query(plan, 'strict $.** ? (@."Relation Name" == "contacts")') n
$$;
CREATE FUNCTION test.reads(statement text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) ' || statement INTO plan;
	RETURN test.touched(plan::jsonb);
END $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO tenantry_app;
SET ROLE tenantry_app;
SELECT set_config('app.user_id', 'rep', false), set_config('app.sales_id', :'mine', false),
	set_config('app.grants', '{"contacts": {"read": "own"}, "tasks": {"read": "own"}}', false) \g /dev/null
SELECT test.is(count(*)::text, '50', 'own rows alone are seen') FROM crm.contacts;
SELECT test.ok(test.reads(format('SELECT * FROM crm.contacts_summary t '
	'WHERE t.id = ANY ((SELECT crm.reachable(''contacts''))::bigint[]) %s', rest)) <= 100,
	format('no row of others is read: %s', rest))
  FROM unnest(ARRAY['ORDER BY t.last_seen DESC NULLS LAST, t.id DESC LIMIT 10',
	'ORDER BY t.last_name, t.id LIMIT 10', 'ORDER BY t.id LIMIT 10', 'ORDER BY t.first_seen, t.id DESC LIMIT 25 OFFSET 10',
	'AND t.last_name LIKE ''Last 1%'' ORDER BY t.id DESC LIMIT 10']) rest;
SELECT test.ok(test.reads('SELECT count(*) FROM crm.contacts_summary t '
	'WHERE t.id = ANY ((SELECT crm.reachable(''contacts''))::bigint[])') <= 100, 'nor for the total');
SELECT test.ok(test.reads('SELECT x.id FROM crm.contacts x WHERE x.sales_id = ANY (ops.owners(''contacts'', ''read''))') <= 100,
	'nor for the ids of own rows');
SELECT test.ok(test.reads('SELECT * FROM crm.contacts_summary t WHERE t.id = 1000400') <= 2, 'nor for one row');
RESET ROLE;

-- Shares 50 rows, directly and through a team, with a member who has no permissions.
SELECT test.sign_up('guest', open => true) IS NULL \g /dev/null
INSERT INTO identity.organization_member (id, organization_id, user_id, role) VALUES ('m-guest', :'org', 'guest', 'nothing')
	ON CONFLICT (organization_id, user_id) DO UPDATE SET id = 'm-guest', role = 'nothing';
INSERT INTO identity.team (id, organization_id, parent_id, name) VALUES ('t-top', :'org', NULL, 'Top'), ('t-low', :'org', 't-top', 'Low');
INSERT INTO identity.team_member (id, organization_id, team_id, user_id) VALUES ('tm', :'org', 't-top', 'guest');
SELECT set_config('app.org_id', :'org', false), set_config('app.user_id', 'own', false) \g /dev/null
INSERT INTO crm.shares (org_id, resource, row_id, user_id, team_id, access, expires_at)
SELECT :'org'::uuid, 'contacts', 1000000 + i * 400, CASE WHEN i % 2 = 0 THEN 'guest' END, CASE WHEN i % 2 = 1 THEN 't-low' END,
	CASE WHEN i % 5 = 0 THEN 'write' ELSE 'read' END, CASE WHEN i % 3 = 0 THEN now() + interval '1 day' END
  FROM generate_series(1, 50) i;
-- Shares with other users, shares of other resources, and expired shares.
INSERT INTO crm.shares (org_id, resource, row_id, user_id, access, expires_at)
SELECT :'org'::uuid, CASE WHEN i % 2 = 0 THEN 'deals' ELSE 'contacts' END, 1000000 + i, 'guest', 'write',
	CASE WHEN i % 2 = 1 THEN now() - interval '1 second' END FROM generate_series(1, 99) i
UNION ALL SELECT :'org'::uuid, 'contacts', 1000000 + i, 'rep', 'write', NULL FROM generate_series(1, 99) i;
ANALYZE crm.shares;
SET ROLE tenantry_app;
SELECT set_config('app.user_id', 'guest', false), set_config('app.sales_id', '', false), set_config('app.grants', '{}', false) \g /dev/null
SELECT test.is(count(*)::text, '50', 'shared rows alone are seen') FROM crm.contacts;
SELECT test.ok(test.reads(format('SELECT * FROM crm.contacts_summary t '
	'WHERE t.id = ANY ((SELECT crm.reachable(''contacts''))::bigint[]) %s', rest)) <= 100,
	format('no row that is not shared is read: %s', rest))
  FROM unnest(ARRAY['ORDER BY t.last_seen DESC NULLS LAST, t.id DESC LIMIT 10', 'ORDER BY t.last_name, t.id LIMIT 10',
	'AND t.last_name LIKE ''Last 1%'' ORDER BY t.id DESC LIMIT 10']) rest;
SELECT test.ok(test.reads('SELECT count(*) FROM crm.contacts_summary t '
	'WHERE t.id = ANY ((SELECT crm.reachable(''contacts''))::bigint[])') <= 100, 'nor for the total');
WITH changed AS (UPDATE crm.contacts c SET title = 'x' WHERE c.id = ANY (crm.reachable('contacts')) RETURNING id)
SELECT test.is(count(*)::text, '10', 'those that are shared to write are changed') FROM changed;
WITH gone AS (DELETE FROM crm.contacts c WHERE c.id = ANY (crm.reachable('contacts')) RETURNING id)
SELECT test.is(count(*)::text, '0', 'none is deleted') FROM gone;
SELECT test.is(cardinality(ops.shared_ids('contacts', 'delete'))::text, '0', 'a share never permits deletion');
RESET ROLE;

-- A deleted organization is restored with its shares. A member who returns does not regain their shares.
SELECT count(*) FILTER (WHERE user_id = 'guest') AS of_guest, count(*) FILTER (WHERE team_id IS NOT NULL) AS of_team FROM crm.shares \gset
SELECT identity.mark_organization_deleted(:'org') \g /dev/null
SELECT identity.restore_organization(:'org') \g /dev/null
SELECT test.is((SELECT count(*) FROM crm.shares WHERE user_id = 'guest')::text, :'of_guest', 'a restored organization has its shares');
DELETE FROM identity.organization_member WHERE organization_id = :'org' AND user_id = 'guest';
SELECT test.is((SELECT count(*) FROM crm.shares WHERE user_id = 'guest')::text, '0', 'a member who leaves loses what was shared');
SELECT test.is((SELECT count(*) FROM crm.shares WHERE team_id = 't-low')::text, :'of_team', 'what is shared with a team stays');
DELETE FROM identity.team WHERE id = 't-low';
SELECT test.is((SELECT count(*) FROM crm.shares WHERE team_id = 't-low')::text, '0', 'until the team is removed');
