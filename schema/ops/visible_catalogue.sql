-- The catalogue as the caller may see it.
-- needs: ops/catalogue.sql identity/permission.sql

-- Returns the kind of a field on the pages. The description can override it.
CREATE OR REPLACE FUNCTION ops.kind_of(field ops.field) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(field.description->>'kind', CASE WHEN field.choices IS NOT NULL THEN 'choice'
		WHEN field.description ?| '{refers,names}' THEN
			CASE WHEN field.type LIKE '%[]' THEN 'references' ELSE 'reference' END
		WHEN field.type IN ('bigint', 'smallint', 'numeric', 'double precision') THEN 'number'
		WHEN field.type IN ('boolean', 'date') THEN field.type
		WHEN field.type = 'timestamptz' THEN 'time'
		WHEN field.type IN ('text', 'uuid') THEN 'text'
		WHEN field.type LIKE '%[]' THEN 'list' ELSE 'json' END)
$$;

-- Returns the actions on rows of a resource by requirement, as in [["read", false, ["read", "history", "bulk"]], ...].
-- An element has the permission, whether only administrators have it, and the actions. Actions are "read" (lists and
-- rows), "create", "update", "delete", "history", "bulk" (many rows in one request), and further actions of roles.
CREATE OR REPLACE FUNCTION ops.asked_actions(resource ops.resource) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	WITH verb AS (
		SELECT CASE WHEN v IN ('list', 'get') THEN 'read' ELSE v END AS action,
			CASE WHEN v IN ('create', 'update', 'delete') THEN v ELSE 'read' END AS asks,
			coalesce(resource.description->'administrators' ? v, false) AS administrators
		  FROM jsonb_array_elements_text(coalesce(resource.description->'actions', CASE WHEN resource.description ? 'table'
			THEN '["list", "get", "create", "update", "delete", "history", "bulk"]' ELSE '["list", "get"]' END::jsonb)) v),
	other AS (
		-- exporting requires permission to read
		SELECT a, a, r.administrators OR a = 'export' AND EXISTS (SELECT FROM verb v WHERE v.action = 'read' AND v.administrators)
		  FROM identity.resource r, unnest(r.actions) a
		 WHERE r.name = resource.name AND a NOT IN (SELECT v.action FROM verb v))
	SELECT jsonb_agg(jsonb_build_array(x.asks, x.administrators, x.actions)) FROM (
		SELECT u.asks, u.administrators, array_agg(DISTINCT u.action) AS actions FROM (TABLE verb UNION ALL TABLE other) u GROUP BY 1, 2) x
$$;

-- Returns the actions on a resource that the caller may perform.
CREATE OR REPLACE FUNCTION ops.allowed_actions(resource text, asked jsonb) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT array_agg(DISTINCT x.action) FROM jsonb_array_elements(asked) a, jsonb_array_elements_text(a->2) x (action)
		WHERE identity.caller_may(resource, a->>0, (a->>1)::boolean));
END $$;

-- Returns the fields of a resource for a caller, limited to the fields in limits, and with "write" if the caller may
-- create or update rows. limits is {"read": ["name"], "update": []}. Fields without a label are not for users.
CREATE OR REPLACE FUNCTION ops.shown_fields(of_resource text, limits jsonb, writes boolean) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
	labels jsonb := ops.common_labels();
BEGIN
	RETURN (SELECT json_strip_nulls(json_object_agg(f.name, json_build_object(
			'label', CASE WHEN f.description ? 'label' THEN f.description->'label' ELSE labels->f.name END,
			'type', f.type, 'kind', ops.kind_of(f), 'refers', coalesce(f.description->'refers', f.description->'names'),
			'limit', f.description->'limit', 'rules', f.description->'rules', 'choices', f.choices,
			'required', nullif(f.required, false),
			'write', CASE WHEN writes AND coalesce(limits->'update' ? f.name, true) THEN f.description->'write' END) ORDER BY f.place))
		FROM ops.field f WHERE f.resource = of_resource AND f.type IS NOT NULL
		 AND (coalesce(limits->'read' ? f.name, true) OR f.name IN ('id', 'sales_id')));
END $$;

-- Returns the resources that the caller may use, with their labels, fields, the caller's actions, and the "read" and
-- "update" actions that are limited to some fields. Deleted rows are in the "trash", changes in the "feed". In an
-- "own" resource, the caller can read only rows about the caller.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.visible_catalogue() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	modules text[] := ops.modules();
	ignored text := set_config('app.shaped', 'on', true);	-- this function itself omits fields that the caller may not read
BEGIN
	RETURN (
		WITH visible AS MATERIALIZED (
			SELECT n.name, coalesce(n.label, r.description->'label') AS label, r.trash AND n.object IS NULL AS trash, r.feed AND n.name <> 'records' AS feed, r.written_fields, r.read_fields,
				-- An import file contains the rows of one custom object, and the feed names that object.
				CASE WHEN n.name = 'records' THEN array_remove(a.actions, 'import') ELSE a.actions END AS actions,
				a.actions && '{create,update}' AS writes, n.icon, n.help, n.place,
				nullif(i.own_actions <> '{}' AND ops.scope(n.name, 'read') IS NULL, false) AS own, r.name AS described_as,
				ops.fields_granted(coalesce(split_part(i.same_as, ':', 1), n.name)) AS limits, CASE WHEN EXISTS (SELECT FROM ops.field f WHERE f.resource = r.name AND f.name = 'custom')
					THEN coalesce(n.object, ops.customized(r)) END AS customized
			  FROM ops.resource r LEFT JOIN identity.resource i ON i.name = r.name
			 -- Custom objects of the organization have the description of the records resource.
			  JOIN LATERAL (SELECT r.name, NULL::jsonb, NULL::text, NULL::text, NULL::text, NULL::bigint
				UNION ALL SELECT o.resource, crm.object_label(o), o.resource, coalesce(o.icon, 'box'), o.help, row_number() OVER ()
				  FROM crm.custom_objects() o WHERE r.name = 'records') n (name, label, object, icon, help, place) ON true
			 CROSS JOIN LATERAL ops.allowed_actions(n.name, r.asked) a (actions)
			 WHERE r.compiled IS NOT NULL AND cardinality(a.actions) > 0
			   AND (r.description->>'module' IS NULL OR r.description->>'module' = ANY (modules))),
		shown AS (
			SELECT v.name, json_strip_nulls(json_build_object('label', v.label, 'actions', v.actions, 'own', v.own, 'icon', v.icon, 'help', v.help, 'place', v.place,
					'trash', nullif(v.trash, false), 'feed', nullif(v.feed, false),
					'limited', (SELECT json_agg(k ORDER BY k) FROM jsonb_object_keys(v.limits) k)))::text AS head,
				CASE WHEN v.limits IS NOT NULL THEN ops.shown_fields(v.described_as, v.limits, v.writes)
					WHEN v.writes THEN v.written_fields ELSE v.read_fields END::text AS fields,
				CASE WHEN v.customized IS NOT NULL THEN crm.custom_catalogue(v.customized, v.writes) END AS custom
			  FROM visible v)
		-- The resources are concatenated as text, since Postgres would otherwise parse all fields again.
		SELECT '{' || coalesce(string_agg(format('%s:%s,"fields":%s}', to_json(s.name), left(s.head, -1),
				CASE WHEN s.custom IS NULL THEN s.fields ELSE left(s.fields, -1) || ',' || s.custom || '}' END), ',' ORDER BY s.name), '') || '}'
		  FROM shown s);
END $$;

-- Returns the paths of these resources with the permitted actions, and the addresses of the descriptions.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.visible_index() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('openapi', '/api/openapi.json', 'documentation', '/docs/api', 'catalogue', '/api/catalogue', 'resources',
		coalesce((SELECT json_object_agg(c.key, json_build_object('path', '/api/' || c.key, 'actions', c.value->'actions'))
			FROM json_each(ops.visible_catalogue()::json) c), '{}'))::text
$$;
