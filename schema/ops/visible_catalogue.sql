-- The catalogue as the caller may see it.
-- needs: ops/catalogue.sql identity/permission.sql

-- What the pages do with a field: its kind, unless the description has it.
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

-- The actions that the caller may take with rows of a resource, of those that it has: "read" for lists and rows, "create",
-- "update", "delete", "history", "bulk" for many rows in one request, and what else roles name.
CREATE OR REPLACE FUNCTION ops.allowed_actions(resource ops.resource) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (
		WITH verb AS (
			SELECT v AS name, CASE WHEN v IN ('list', 'get') THEN 'read' ELSE v END AS action,
				CASE WHEN v IN ('create', 'update', 'delete') THEN v ELSE 'read' END AS asks,
				coalesce(resource.description->'administrators' ? v, false) AS administrators
			  FROM jsonb_array_elements_text(coalesce(resource.description->'actions', CASE WHEN resource.description ? 'table'
				THEN '["list", "get", "create", "update", "delete", "history", "bulk"]' ELSE '["list", "get"]' END::jsonb)) v),
		other AS (
			SELECT a, a, a, r.administrators FROM identity.resource r, unnest(r.actions) a
			 WHERE r.name = resource.name AND a NOT IN (SELECT v.action FROM verb v))
		SELECT array_agg(DISTINCT x.action) FROM (TABLE verb UNION ALL TABLE other) x
		 WHERE identity.caller_may(resource.name, x.asks, x.administrators));
END $$;

-- The resources that the caller may use, with their labels, fields, the actions that the caller may take, and those of "read" and
-- "update" that are limited to some fields. Of an "own" resource the caller has the rows about the caller alone. Without a label
-- a field is not for people.
CREATE OR REPLACE FUNCTION ops.visible_catalogue() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	modules text[] := nullif(current_setting('app.modules', true), '')::text[];
	grants text := current_setting('app.grants', true);
	labels jsonb := ops.common_labels();
	limits jsonb := CASE WHEN strpos(grants, '"fields"') > 0 THEN grants::jsonb END;
	ignored text := set_config('app.shaped', 'on', true);	-- fields without a right are left out here
BEGIN
	RETURN (
		WITH visible AS MATERIALIZED (
			SELECT r.name, r.description, a.actions, coalesce(split_part(i.same_as, ':', 1), r.name) AS limited_as,
				nullif(i.own_actions <> '{}' AND m.own_scope IS NULL AND ops.scope(r.name, 'read') IS NULL, false) AS own
			  FROM ops.resource r LEFT JOIN identity.resource i ON i.name = r.name LEFT JOIN identity.module m ON m.name = i.module
			 CROSS JOIN LATERAL ops.allowed_actions(r) a (actions)
			 WHERE r.compiled IS NOT NULL AND cardinality(a.actions) > 0
			   AND (r.description->>'module' IS NULL OR r.description->>'module' = ANY (modules))),
		limited AS (
			SELECT v.*, coalesce(limits->v.limited_as, limits->'crm')->'fields' AS fields FROM visible v)
		SELECT coalesce(json_object_agg(l.name, json_strip_nulls(json_build_object('label', l.description->'label', 'actions', l.actions, 'own', l.own,
			'limited', (SELECT json_agg(k ORDER BY k) FROM jsonb_object_keys(l.fields) k),
			'fields', (SELECT json_object_agg(f.name, json_build_object(
					'label', CASE WHEN f.description ? 'label' THEN f.description->'label' ELSE labels->f.name END,
					'type', f.type, 'kind', ops.kind_of(f), 'refers', coalesce(f.description->'refers', f.description->'names'),
					'limit', f.description->'limit', 'rules', f.description->'rules', 'choices', f.choices,
					'required', nullif(f.required, false),
					'write', CASE WHEN coalesce(l.fields->'update' ? f.name, true) AND l.actions && '{create,update}'
						THEN f.description->'write' END)
				ORDER BY f.place)
				FROM ops.field f WHERE f.resource = l.name AND f.type IS NOT NULL
				AND (coalesce(l.fields->'read' ? f.name, true) OR f.name IN ('id', 'sales_id'))))) ORDER BY l.name), '{}')
		  FROM limited l);
END $$;
GRANT EXECUTE ON FUNCTION ops.visible_catalogue() TO tenantry_app;
