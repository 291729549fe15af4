-- Grants of roles, and what reading one's own rows costs among those of others.
SET client_min_messages = notice;
SELECT test.sign_up('own', open => true) IS NULL, test.sign_up('rep', open => true) IS NULL \g /dev/null
SELECT id AS org FROM identity.organization ORDER BY created_at LIMIT 1 \gset

-- Roles and the grants that come of them.
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

-- A change of a role changes its members at once.
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

-- The rows of crm.contacts that a plan read, also those that it left out.
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
