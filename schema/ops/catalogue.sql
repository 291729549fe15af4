-- The catalogue: one description for each resource of the API and its fields, in schema/resources/.
--
-- A description contains what Postgres does not know. Types, defaults and the required fields of a new row are derived
-- from the table or view, unless a member of the description overrides them.
-- needs: ops/label.sql

-- Returns the members that a description can have, each with its JSON type. docs/internals.md explains them.
CREATE OR REPLACE FUNCTION ops.resource_members() RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$ SELECT '{
	"label": "object", "table": "string", "view": "string", "like": "string", "module": "string", "also": "string", "search": "string",
	"total": "string", "key": "string", "deleted": "string", "hold": "string", "owner": "object", "narrow": "object",
	"successor": "object", "export": "object", "actions": "array", "administrators": "array", "grants": "object", "personal": "boolean",
	"in_order": "boolean", "custom": "boolean", "log": "boolean", "archives": "boolean", "trash": "boolean", "feed": "boolean", "assistant": "boolean", "fields": "object"}'::jsonb $$;

CREATE OR REPLACE FUNCTION ops.field_members() RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$ SELECT '{
	"label": "object", "about": "string", "schema": null, "kind": "string", "write": "string", "required": "boolean", "default": "string", "not_null": "boolean", "type": "string",
	"form": "string", "names": "string", "refers": "string", "as": "string", "limit": "number", "searched": "string", "rules": "array", "sql": "string", "import": "array", "import_as": "string",
	"collated": "boolean", "ignore_case": "boolean", "place": "boolean", "users": "boolean",
	"unindexed": "boolean", "unique_if": "string"}'::jsonb $$;

-- Refuses an unknown member of a description, or a member of the wrong type.
CREATE OR REPLACE FUNCTION ops.check_description(subject text, description json, members jsonb) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	member record;
BEGIN
	FOR member IN SELECT d.key, json_typeof(d.value) AS type FROM json_each(description) d LOOP
		IF NOT members ? member.key THEN
			RAISE EXCEPTION '%: no description has the member %', subject, member.key;
		ELSIF members->>member.key <> member.type AND member.type <> 'null' THEN
			RAISE EXCEPTION '%: % must be of type %', subject, member.key, members->>member.key;
		END IF;
	END LOOP;
END $$;

-- Creates a trigger from its definition in the form of pg_get_triggerdef(), unless it exists or is part of a composed
-- trigger: replacing a trigger waits for all writers of the table.
CREATE OR REPLACE FUNCTION ops.make_trigger(definition text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF to_regclass('ops.trigger_part') IS NOT NULL THEN	-- not in the steps before the one that creates it
		IF EXISTS (SELECT FROM ops.trigger_part p WHERE p.definition = make_trigger.definition) THEN
			RETURN;
		END IF;
	END IF;
	IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgname = btrim(split_part(definition, ' ', 3), '"')
	    AND pg_get_triggerdef(t.oid) = definition) THEN
		EXECUTE replace(definition, 'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER');
	END IF;
END $$;

-- Creates a view: each column is an expression over a row t of the source or, if it is null, the source's column with
-- this name. A view cannot be replaced if the order or types of its columns differ. In that case, drops the dependent
-- view and the view, and creates the view again.
CREATE OR REPLACE FUNCTION ops.make_view(name text, source text, columns text[], expressions text[], dependent text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	statement text := format('CREATE OR REPLACE VIEW %s WITH (security_invoker) AS SELECT %s FROM %s t', name,
		(SELECT string_agg(concat_ws(' AS ', coalesce(expressions[c.n], 't.' || quote_ident(c.name)), quote_ident(c.name)), ', '
			ORDER BY c.n) FROM unnest(columns) WITH ORDINALITY c (name, n)), source);
BEGIN
	EXECUTE statement;
EXCEPTION WHEN invalid_table_definition THEN
	EXECUTE format('DROP VIEW IF EXISTS %s', dependent);
	EXECUTE format('DROP VIEW %s', name);
	EXECUTE statement;
END $$;

-- Creates the views of a resource whose description contains their expressions: the view for reading, and the view for
-- its files.
CREATE OR REPLACE FUNCTION ops.make_views(description json) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	view text := description->>'view';
	export text := description->'export'->>'view';
	columns text[];
	expressions text[];
BEGIN
	SELECT array_agg(f.key), array_agg(f.value->>'sql') INTO columns, expressions FROM json_each(description->'fields') f;
	PERFORM ops.make_view(view, description->>'table', columns, expressions, coalesce(export, 'no_dependent'));
	-- MCP queries cannot read tables of other schemas.
	EXECUTE format('GRANT SELECT ON %s TO tenantry_app%s', view,
		CASE WHEN starts_with(description->>'table', 'crm.') THEN ', tenantry_mcp, tenantry_mcp_writer' END);
	IF export IS NOT NULL THEN
		SELECT columns || array_agg(c->>'name'), array_fill(NULL::text, ARRAY[cardinality(columns)]) || array_agg(c->>'sql')
		  INTO columns, expressions FROM json_array_elements(description->'export'->'columns') c WHERE c->>'sql' IS NOT NULL;
		PERFORM ops.make_view(export, view, columns, expressions, 'no_dependent');
		EXECUTE format('GRANT SELECT ON %s TO tenantry_app', export);
	END IF;
END $$;

-- Stores the names that roles may contain for a resource. If the description has "of", the field with the person whom a
-- row is about, a function of the module limits access to the rows.
CREATE OR REPLACE FUNCTION ops.describe_grants(name text, module text, grants json) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.check_description(name || '.grants', grants, '{"actions": "array", "own": "array", "as": "string", "of": "string",
		"limits": "boolean", "reserved": "boolean", "administrators": "boolean"}');
	INSERT INTO identity.resource AS r (name, module, actions, own_actions, same_as, fields, reserved, administrators)
	VALUES (describe_grants.name, describe_grants.module, ARRAY(SELECT json_array_elements_text(grants->'actions')),
		ARRAY(SELECT json_array_elements_text(grants->'own')), grants->>'as', coalesce((grants->>'limits')::boolean, false),
		coalesce((grants->>'reserved')::boolean, false), coalesce((grants->>'administrators')::boolean, false))
	ON CONFLICT ON CONSTRAINT resource_pkey DO UPDATE SET module = excluded.module, actions = excluded.actions,
		own_actions = excluded.own_actions, same_as = excluded.same_as, fields = excluded.fields, reserved = excluded.reserved,
		administrators = excluded.administrators;
	IF grants->>'of' IS NOT NULL THEN
		EXECUTE format('SELECT %I.restrict($1, $2)', module) USING name, grants->>'of';
	END IF;
END $$;

-- Installs or replaces the description of a resource. Fields are in the order of the description. If it has "like", the
-- fields of that resource come first. If fields have the member "sql", the view consists of these expressions.
CREATE OR REPLACE FUNCTION ops.describe_resource(name text, description json) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	source text := coalesce(description->>'view', description->>'table');
	inherited text := description->>'like';
	unknown text;
	field record;
BEGIN
	PERFORM ops.check_description(name, description, ops.resource_members());
	IF EXISTS (SELECT FROM json_each(description->'fields') f WHERE f.value->>'sql' IS NOT NULL) THEN
		PERFORM ops.make_views(description);
	END IF;
	IF name !~ '^[a-z][a-z0-9_]*$' OR source IS NULL OR to_regclass(source) IS NULL
	    OR description->>'table' IS NOT NULL AND to_regclass(description->>'table') IS NULL THEN
		RAISE EXCEPTION 'resource %: it needs a name and an existing table or view', name;
	END IF;
	INSERT INTO ops.resource AS r (name, description) VALUES (describe_resource.name, description::jsonb - 'fields')
	ON CONFLICT ON CONSTRAINT resource_pkey DO UPDATE SET description = excluded.description;
	IF description->'grants' IS NOT NULL THEN
		PERFORM ops.describe_grants(name, description->>'module', description->'grants');
	END IF;
	DELETE FROM ops.field f WHERE f.resource = describe_resource.name;
	INSERT INTO ops.field (resource, name, place, description)
	SELECT describe_resource.name, f.name, f.place, f.description FROM ops.field f WHERE f.resource = inherited;
	FOR field IN SELECT d.key AS name, d.value AS description, row_number() OVER () AS place
	    FROM json_each(description->'fields') d LOOP
		PERFORM ops.check_description(format('%s.%s', name, field.name), field.description, ops.field_members());
		INSERT INTO ops.field (resource, name, place, description)
		VALUES (describe_resource.name, field.name, field.place + coalesce((SELECT max(f.place) FROM ops.field f
			WHERE f.resource = inherited), 0), field.description);
	END LOOP;
	unknown := (SELECT string_agg(f.name, ', ' ORDER BY f.place) FROM ops.field f
		WHERE f.resource = describe_resource.name AND NOT EXISTS (SELECT FROM pg_attribute a
			WHERE a.attrelid = source::regclass AND a.attname = f.name AND a.attnum > 0 AND NOT a.attisdropped));
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION 'resource %: % has no column %', name, source, unknown;
	END IF;
END $$;

-- Returns the values that a column can have: the values of its enumeration or of a constraint. Null means any value.
CREATE OR REPLACE FUNCTION ops.choices_of(tenant_table oid, place smallint, type oid) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = type),
		(SELECT array_agg(v[1] ORDER BY n) FROM pg_constraint k
		  CROSS JOIN LATERAL regexp_matches(pg_get_constraintdef(k.oid), $r$'((?:[^']|'')*)'::text$r$, 'g') WITH ORDINALITY m (v, n)
		  WHERE k.conrelid = tenant_table AND k.contype = 'c' AND k.conkey = ARRAY[place]
		    AND pg_get_constraintdef(k.oid) ~ '^CHECK \(\(\w+ = ANY \(ARRAY\[[^]]*\]\)\)\)$'))
$$;

-- Returns the maximum number of characters of a field, from its description or from a constraint of its column. Null
-- means any number.
CREATE OR REPLACE FUNCTION ops.limit_of(f ops.field) RETURNS integer
LANGUAGE sql STABLE AS $$
	SELECT coalesce((f.description->>'limit')::integer, (SELECT min(m[1]::integer) FROM ops.resource r
		  JOIN pg_attribute a ON a.attrelid = to_regclass(r.description->>'table') AND a.attname = f.name AND NOT a.attisdropped
		  JOIN pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]
		 CROSS JOIN LATERAL pg_get_constraintdef(k.oid) d (definition)
		 CROSS JOIN LATERAL regexp_matches(d.definition, 'char_length\(\w+\) <= (\d+)') m
		 WHERE r.name = f.resource AND d.definition !~ ' OR |CASE'))
$$;

-- Returns the name that crm.external_ids uses for the rows of a resource, or null if the rows have no external IDs.
-- Clients must be able to write the rows of the resource, or of the resource that it is "like". The rows must have
-- numeric IDs and belong to an organization. The name is the name of the table. If another resource has that name, it
-- is the name of the resource. crm.tenant_table() accepts both.
CREATE OR REPLACE FUNCTION ops.identified_table(r ops.resource) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN EXISTS (SELECT FROM ops.resource o WHERE o.name = split_part(x.description->>'table', '.', 2)
			AND o.description ? 'table' AND o.description->>'table' <> x.description->>'table')
		THEN x.name ELSE split_part(x.description->>'table', '.', 2) END FROM ops.resource x
	 WHERE x.name = CASE WHEN r.description ? 'table' THEN r.name ELSE r.description->>'like' END
	   AND x.description ? 'table' AND NOT x.description ?| '{key,personal}'
	   AND coalesce(x.description->'actions', '["create"]') ?| '{create,update}'
$$;

-- Returns the name of a resource whose fields organizations can extend: the resource itself, or the nearest resource in
-- its "like" chain. Returns null if there is none.
CREATE OR REPLACE FUNCTION ops.customized(r ops.resource) RETURNS text
LANGUAGE sql STABLE AS $$
	WITH RECURSIVE up (name, description) AS (
		SELECT r.name, r.description
		UNION ALL
		SELECT x.name, x.description FROM up JOIN ops.resource x ON x.name = up.description->>'like')
	SELECT up.name FROM up WHERE (up.description->>'custom')::boolean LIMIT 1
$$;

-- Returns the fields of a resource whose values an index keeps unique in each organization: [{"name", "column",
-- "sql"}]. If the index has a column that is generated from the field, "sql" is its expression. Returns null if there
-- are none, and for resources whose rows have no external IDs.
CREATE OR REPLACE FUNCTION ops.unique_fields(r ops.resource) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', f.name, 'column', k.attname, 'sql', pg_get_expr(d.adbin, d.adrelid))) ORDER BY f.place)
	  FROM pg_index i
	  JOIN pg_attribute o ON o.attrelid = i.indrelid AND o.attnum = i.indkey[0] AND o.attname = 'org_id'
	  JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = i.indkey[1] AND k.attname <> 'id'
	  LEFT JOIN pg_attrdef d ON d.adrelid = k.attrelid AND d.adnum = k.attnum AND k.attgenerated = 's'
	  JOIN pg_attribute a ON a.attrelid = i.indrelid AND CASE WHEN d.oid IS NULL THEN a.attnum = k.attnum ELSE a.attnum IN (SELECT x.refobjsubid
		FROM pg_depend x WHERE x.classid = 'pg_attrdef'::regclass AND x.objid = d.oid AND x.refobjid = i.indrelid AND x.refobjsubid <> k.attnum) END
	  JOIN ops.field f ON f.resource = r.name AND f.name = a.attname AND f.description->>'write' IN ('always', 'once')
	 WHERE i.indrelid = to_regclass(r.description->>'table') AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 2
	   AND i.indpred IS NULL AND i.indexprs IS NULL AND ops.identified_table(r) IS NOT NULL
$$;

-- Returns whether the type of a column is an enumeration. Values may be added to it while workers run, so the database
-- checks them.
CREATE OR REPLACE FUNCTION ops.is_enumeration(r ops.resource, field text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
		WHERE a.attrelid = to_regclass(r.description->>'table') AND a.attname = field AND y.typtype = 'e')
$$;

-- Completes the descriptions with facts from Postgres: the type of a field in the API, its values, whether a new row
-- requires it, and the expression that replaces null. "tenantry schema" calls this function at its end.
CREATE OR REPLACE FUNCTION ops.compile_catalogue() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	module regprocedure;
BEGIN
	UPDATE ops.field f SET type = k.type, required = coalesce(k.required, false), not_null = coalesce(k.not_null, false),
		default_value = k.default_value, choices = k.choices
	  FROM (SELECT x.resource, x.name, coalesce(x.description->>'type', CASE format_type(s.atttypid, NULL)
			WHEN 'timestamp with time zone' THEN 'timestamptz' WHEN 'integer' THEN 'bigint'
			ELSE format_type(s.atttypid, NULL) END) AS type,
			coalesce((x.description->>'required')::boolean, x.description ? 'write' AND t.attnotnull AND d.adbin IS NULL
				AND t.attgenerated = '') AS required,
			coalesce((x.description->>'not_null')::boolean, s.attnotnull) AS not_null,
			CASE WHEN x.description ? 'default' THEN x.description->>'default'
				WHEN x.description ? 'write' AND t.attnotnull THEN pg_get_expr(d.adbin, d.adrelid) END AS default_value,
			ops.choices_of(t.attrelid, t.attnum, t.atttypid) AS choices
		  FROM ops.field x
		  JOIN ops.resource r ON r.name = x.resource
		  LEFT JOIN pg_attribute s ON s.attrelid = to_regclass(coalesce(r.description->>'view', r.description->>'table'))
			AND s.attname = x.name AND s.attnum > 0 AND NOT s.attisdropped
		  LEFT JOIN pg_attribute t ON t.attrelid = to_regclass(r.description->>'table') AND t.attname = x.name
			AND NOT t.attisdropped
		  LEFT JOIN pg_attrdef d ON d.adrelid = t.attrelid AND d.adnum = t.attnum) k
	 WHERE k.resource = f.resource AND k.name = f.name;
	UPDATE ops.resource r SET compiled = (SELECT (r.description - 'label' || jsonb_build_object('name', r.name, 'identified', ops.identified_table(r), 'custom', ops.customized(r), 'unique', ops.unique_fields(r), 'fields', jsonb_agg(f.description - '{label,about,schema,kind,names}'::text[]
			|| jsonb_build_object('name', f.name, 'type', f.type, 'required', f.required, 'not_null', f.not_null,
				'default', f.default_value, 'choices', CASE WHEN NOT ops.is_enumeration(r, f.name) THEN f.choices END, 'limit', ops.limit_of(f), 'body_shape', ops.shape_of(f),
				'schema', CASE jsonb_typeof(f.description->'schema') WHEN 'string' THEN f.description->>'schema' END) ORDER BY f.place)))::text
		FROM ops.field f WHERE f.resource = r.name AND f.type IS NOT NULL HAVING count(*) > 0);
	-- In a downgrade, these columns have already been dropped.
	IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = 'ops.resource'::regclass AND a.attname = 'asked' AND NOT a.attisdropped) THEN
		UPDATE ops.resource r SET asked = ops.asked_actions(r), read_fields = ops.shown_fields(r.name, NULL, false),
			written_fields = ops.shown_fields(r.name, NULL, true),
			trash = EXISTS (SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'trash'
				AND c.relname = r.name AND t.tgrelid = to_regclass(r.description->>'table')),
			feed = coalesce((r.description->>'feed')::boolean, false);
		PERFORM ops.follow_feed();
	END IF;
	IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = 'ops.resource'::regclass AND a.attname = 'schemas' AND NOT a.attisdropped) THEN
		WITH made AS MATERIALIZED (SELECT r.name, ops.resource_schemas(r) AS schemas FROM ops.resource r WHERE r.compiled IS NOT NULL)
		UPDATE ops.resource r SET schemas = m.schemas, schemas_hash = md5(m.schemas) FROM made m WHERE m.name = r.name;
	END IF;
	IF to_regprocedure('crm.follow_catalogue()') IS NOT NULL THEN
		PERFORM crm.follow_catalogue();
	END IF;
	IF to_regprocedure('crm.follow_custom_fields()') IS NOT NULL THEN
		PERFORM crm.follow_custom_fields();
	END IF;
	IF to_regprocedure('ops.compose_triggers()') IS NOT NULL
	    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass('ops.trigger_part') AND a.attname = 'composed' AND NOT a.attisdropped) THEN
		PERFORM ops.compose_triggers();
	END IF;
	IF to_regprocedure('identity.open_console_tables()') IS NOT NULL AND to_regclass('ops.hidden_column') IS NOT NULL THEN
		PERFORM identity.open_console_tables();
	END IF;
	-- Modules with a role for external programs. The owner must not call a function that another role has created.
	FOR module IN SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspowner = p.proowner
	     WHERE p.proname = 'open_to_programs' AND p.pronargs = 0 AND p.proowner = (SELECT o.nspowner FROM pg_namespace o WHERE o.nspname = 'ops') LOOP
		EXECUTE format('SELECT %s', module);
	END LOOP;
END $$;

-- Derives the names of tables in the feed and in webhooks from the descriptions. The second name is that of a module's
-- resource with the same table.
CREATE OR REPLACE FUNCTION ops.follow_feed() RETURNS void
LANGUAGE sql AS $$
	WITH fed AS MATERIALIZED (
		SELECT split_part(r.description->>'table', '.', 2) AS table_name, r.name,
			coalesce(r.description->>'view', r.description->>'table') AS source, r.description->>'module' AS module
		  FROM ops.resource r WHERE r.feed),
	wanted AS MATERIALIZED (
		SELECT f.table_name, f.name AS resource, f.source, s.name AS resource_2, s.source AS source_2, s.module
		  FROM fed f LEFT JOIN fed s ON s.table_name = f.table_name AND s.module IS NOT NULL
		 WHERE f.module IS NULL),
	gone AS (
		DELETE FROM ops.change_resource c WHERE c.table_name NOT IN (SELECT w.table_name FROM wanted w))
	INSERT INTO ops.change_resource AS c (table_name, resource, source, resource_2, source_2, module)
	SELECT * FROM wanted
	ON CONFLICT (table_name) DO UPDATE SET resource = excluded.resource, source = excluded.source,
		resource_2 = excluded.resource_2, source_2 = excluded.source_2, module = excluded.module
		WHERE c IS DISTINCT FROM excluded
$$;

-- Returns the names of resources whose descriptions have a member that is true.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.resources_with(member text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT array_agg(r.name ORDER BY r.name) FROM ops.resource r WHERE (r.description->>member)::boolean
$$;

-- Returns the resource whose description applies to a resource: all custom objects share one description.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.described_as(resource text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN starts_with(resource, 'custom_') AND strpos(resource, '.') = 0 THEN 'records' ELSE resource END $$;

-- Returns all descriptions, for workers: [{"name", ..., "fields": [{"name", "type", "required", "default",
-- "not_null", ...}]}], by name.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.catalogue() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT '[' || coalesce(string_agg(r.compiled, ',' ORDER BY r.name), '') || ']' FROM ops.resource r
$$;

-- Returns the fields of a resource, including those that the organization has defined.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.fields_of(resource text) RETURNS SETOF ops.field
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT f.* FROM ops.field f WHERE f.resource = ops.described_as(fields_of.resource) AND f.type IS NOT NULL ORDER BY f.place;
	RETURN QUERY SELECT f.* FROM crm.described_fields(fields_of.resource) f;
END $$;

-- Returns a field of a resource, including a field that the organization has defined, or null if there is none.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.field(resource text, name text) RETURNS ops.field
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF starts_with(field.name, 'custom.') THEN
		RETURN (SELECT f FROM crm.described_fields(field.resource) f WHERE f.name = field.name);
	END IF;
	RETURN (SELECT f FROM ops.field f WHERE f.resource = ops.described_as(field.resource) AND f.name = field.name AND f.type IS NOT NULL);
END $$;
