-- Rollups: custom fields whose values are computed from the rows that refer to a row, such as the sum of the deals of a
-- company. A value is computed when it is read, from the rows that the reader may read.
-- needs: crm/custom_field.sql crm/formula.sql ops/permission.sql

-- Returns the column or custom field of the related rows x that a rollup names, with the SQL expression for its value.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.rollup_input(of_resource text, said text, OUT name text, OUT type text, OUT kind text, OUT expression text,
	OUT failing text, OUT index_of text, OUT refers text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	f crm.field_definitions;
	known ops.field;
BEGIN
	name := crm.input_name(of_resource, said);
	IF starts_with(name, 'custom.') THEN
		SELECT x.* INTO f FROM crm.custom_fields(of_resource) x WHERE x.key = substr(name, 8);
		kind := f.kind;
		type := crm.custom_type(kind);
		expression := crm.custom_expression(f.key, type, 'x');
		failing := CASE WHEN f.formula IS NOT NULL THEN format('CASE WHEN x.custom->>%1$L LIKE ''#%%'' THEN x.custom->>%1$L END', f.key) END;
		refers := CASE f.kind WHEN 'relation' THEN f.refers END;
		index_of := CASE WHEN f.is_indexed AND f.indexed_at IS NOT NULL AND refers IS NOT NULL
			THEN format('x.id IN (SELECT v.id FROM crm.custom_values v WHERE v.field_id = %s AND v.number = t.id)', f.id) END;
	ELSIF name IS NOT NULL THEN
		known := ops.field(of_resource, name);
		type := CASE known.type WHEN 'integer' THEN 'bigint' WHEN 'smallint' THEN 'bigint' WHEN 'timestamp with time zone' THEN 'timestamptz' ELSE known.type END;
		kind := CASE WHEN known.description->>'kind' = 'money' THEN 'money' WHEN type = 'bigint' THEN 'integer' WHEN type = 'numeric' THEN 'number'
			WHEN type = 'timestamptz' THEN 'time' ELSE type END;
		expression := format('x.%I', name);
		refers := known.description->>'refers';
	END IF;
END $$;

-- Returns the name of the resource whose rows a rollup reads, or null if it does not exist.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.rollup_target(relation text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT t.name FROM split_part(relation, '.', 1) t (name) WHERE crm.tenant_table(t.name) IS NOT NULL
		AND t.name <> 'records' AND (ops.described_as(t.name) = t.name OR crm.object_of(ops.org(), t.name) IS NOT NULL)
$$;

-- Returns whether the caller may read rollups over a relation: the caller, and the API key of the request, may read the
-- related rows with all fields. Row security limits the value to the rows that the caller may read.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.reads_rollup(relation text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	target text := split_part(relation, '.', 1);
BEGIN
	IF current_user = 'tenantry_mcp_writer' THEN	-- which writes, and may not call the other functions
		RETURN false;
	END IF;
	RETURN ops.scope(target, 'read') IS NOT NULL AND NOT ops.has_limits(target, 'read')
		AND crm.key_reads(target);
END $$;

-- Translates a condition on related rows x to SQL, or returns null if only crm.evaluate() can evaluate it. Conditions that
-- compare fields with constants are faster this way, and have the same result.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.condition_sql(of_resource text, node jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	op text := node->>0;
	turned boolean := node #>> '{1,0}' = 'value';
	field jsonb := CASE WHEN turned THEN node->2 ELSE node->1 END;
	constant jsonb := CASE WHEN turned THEN node->1 ELSE node->2 END;
	input record;
	written text;	-- the constant as a text
BEGIN
	IF op IN ('and', 'or') THEN
		RETURN '(' || crm.condition_sql(of_resource, node->1) || ' ' || op || ' ' || crm.condition_sql(of_resource, node->2) || ')';
	ELSIF op = 'not' THEN
		RETURN '(NOT ' || crm.condition_sql(of_resource, node->1) || ')';
	ELSIF field->>0 <> 'field' OR op <> 'empty' AND (op NOT IN ('=', '<>', '<', '>', '<=', '>=')
	    OR constant->>0 <> 'value' OR jsonb_typeof(constant->1) = 'null') THEN
		RETURN NULL;
	END IF;
	input := crm.rollup_input(of_resource, field #>> '{1,1}');
	written := CASE WHEN starts_with(input.name, 'custom.') THEN format('(x.custom->>%L)', substr(input.name, 8))
		WHEN input.type = 'text' THEN input.expression ELSE format('(to_jsonb(%s) #>> ''{}'')', input.expression) END;
	op := CASE WHEN turned AND op NOT IN ('=', '<>') THEN translate(op, '<>', '><') ELSE op END;
	IF input.failing IS NOT NULL OR input.type NOT IN ('text', 'date', 'timestamptz', 'boolean', 'numeric', 'bigint') THEN
		RETURN NULL;
	ELSIF op = 'empty' THEN
		RETURN format('(coalesce(%s, '''') = '''')', written);
	ELSIF jsonb_typeof(constant->1) = 'number' AND input.type IN ('numeric', 'bigint') THEN
		RETURN format(CASE op WHEN '<>' THEN '(%s IS DISTINCT FROM %s)' ELSE 'coalesce(%s %3$s %2$s, false)' END, input.expression, constant->>1, op);
	ELSIF jsonb_typeof(constant->1) <> 'number' AND input.type NOT IN ('numeric', 'bigint') THEN
		RETURN format('(coalesce(%s, '''') COLLATE "C" %s %L)', written, op, constant->>1);
	END IF;
	RETURN NULL;
END $$;

-- Returns whether a row satisfies a condition, "true" or "false", or "#" and the code of an error.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.satisfies(parsed jsonb, source jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	codes text;
BEGIN
	RETURN crm.read_truth(crm.evaluate(parsed, source, '{}'))::text;
EXCEPTION WHEN SQLSTATE 'ZH422' OR data_exception THEN
	GET STACKED DIAGNOSTICS codes = PG_DATATYPE_NAME;
	RETURN '#' || coalesce(nullif(split_part(codes, ' ', 1), ''), 'value');
END $$;

-- Returns the query of the rows x that a rollup of a row t reads, with their values v and their errors e.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.rollup_rows(f crm.field_definitions) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	target text := crm.rollup_target(f.relation);
	tenant_table regclass := crm.tenant_table(target);
	link record := crm.rollup_input(target, substr(f.relation, strpos(f.relation, '.') + 1));
	input record := crm.rollup_input(target, f.field);
	met text := CASE WHEN f.parsed IS NULL THEN 'true' ELSE crm.condition_sql(target, f.parsed) END;
	custom text := CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = tenant_table AND a.attname = 'custom')
		THEN 'coalesce(x.custom, ''{}'')' ELSE '''{}''::jsonb' END;
	columns text := (SELECT coalesce(string_agg(format(', %L, x.%I', n.name, n.name), ''), '') FROM unnest(crm.formula_names(f.parsed)) said
		CROSS JOIN LATERAL crm.input_name(target, said) n (name) WHERE NOT starts_with(n.name, 'custom.'));
	rows text := format('FROM %s x WHERE %s%s = t.id%s', tenant_table, coalesce(link.index_of || ' AND ', ''), link.expression,
		replace(crm.of_object(target), ' t.', ' x.'));
	value text := format('%s AS v, %s AS e', coalesce(input.expression, 'NULL::numeric'), coalesce(input.failing, 'NULL::text'));
BEGIN
	IF met IS NOT NULL THEN
		RETURN format('SELECT %s %s AND %s', value, rows, met);
	END IF;
	RETURN format('SELECT y.v, CASE WHEN y.m = ''true'' THEN y.e ELSE y.m END AS e FROM (SELECT %s, crm.satisfies(%L, %s || jsonb_build_object('
		'''custom'', %s%s)) AS m %s) y WHERE y.m <> ''false''', value, f.parsed, custom, custom, columns, rows);
END $$;

-- Returns the SQL expression for the value of a rollup of a row t: a JSON value, which may be an error, or a value of its
-- type.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.rollup_expression(f crm.field_definitions, as_json boolean) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	target text := crm.rollup_target(f.relation);
	type text := crm.custom_type(f.result);
	total text := CASE f.function WHEN 'count' THEN 'count(*)' WHEN 'sum' THEN 'coalesce(sum(r.v), 0)' ELSE f.function || '(r.v)' END;
BEGIN
	IF target IS NULL OR EXISTS (SELECT FROM unnest(crm.formula_names(f.parsed) || f.field || substr(f.relation, strpos(f.relation, '.') + 1)) said
	    WHERE said IS NOT NULL AND crm.input_name(target, said) IS NULL) THEN
		RETURN CASE WHEN as_json THEN '''"#missing_field"''::jsonb' ELSE format('NULL::%s', type) END;
	END IF;
	IF type = 'numeric' THEN
		total := format('trim_scale(%s)', CASE WHEN f.function = 'avg' OR f.digits IS NOT NULL
			THEN format('round(%s, %s)', total, coalesce(f.digits, crm.money_digits(f), 10)) ELSE total || '::numeric' END);
	END IF;
	IF as_json THEN
		total := format('coalesce(to_jsonb(max(r.e)), to_jsonb(%s), ''null'')', CASE f.result
			WHEN 'time' THEN format('to_char(%s AT TIME ZONE ''UTC'', ''YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'')', total) ELSE total END);
	ELSE
		total := format('CASE WHEN max(r.e) IS NULL THEN %s END', total);
	END IF;
	RETURN format('(SELECT %s FROM (%s) r)', total, crm.rollup_rows(f));
END $$;

-- Returns the query of all rollups of a row $1 that the caller may read, or null if there are none.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.rollup_query(resource text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT 'SELECT ' || string_agg(format('jsonb_build_object(%L, %s)', f.key, crm.rollup_expression(f, true)), ' || ') || ' FROM (SELECT $1) t (id)'
		FROM crm.custom_fields_read(resource) f WHERE f.relation IS NOT NULL);
END $$;

-- Returns whether a resource has too many rows to compute a rollup of each of them in a request.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.has_many_rows(resource text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	many boolean;
BEGIN
	EXECUTE format('SELECT count(*) > 20000 FROM (SELECT FROM %s t WHERE t.org_id = $1%s LIMIT 20001) n', crm.tenant_table(resource), crm.of_object(resource))
		INTO many USING ops.org();
	RETURN many;
END $$;

-- Returns the relation that a definition names, with its column: "deals" alone stands for the first column of deals
-- that refers to the resource. Returns null if there is none.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.rollup_relation(of_resource text, said text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT t.name || '.' || i.name FROM crm.rollup_target(said) t (name) CROSS JOIN LATERAL ops.fields_of(t.name) x CROSS JOIN LATERAL crm.rollup_input(t.name, x.name) i
	 WHERE (strpos(said, '.') = 0 OR x.name = substr(said, strpos(said, '.') + 1)) AND i.refers = of_resource AND i.type = 'bigint' AND i.name = x.name
	 ORDER BY x.place LIMIT 1
$$;

-- Checks the members of a rollup, and completes them. Other fields have none of these members.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.check_rollup(f crm.field_definitions) RETURNS crm.field_definitions
LANGUAGE plpgsql AS $$
DECLARE
	said text := f.relation;
	target text := crm.rollup_target(f.relation);
	input record;
BEGIN
	f.result := NULL;
	IF f.kind <> 'rollup' THEN
		IF num_nonnulls(f.relation, f.function, f.field, f.condition) > 0 THEN
			PERFORM ops.refuse('rollup_only', CASE WHEN f.relation IS NOT NULL THEN 'relation' WHEN f.function IS NOT NULL THEN 'function'
				WHEN f.field IS NOT NULL THEN 'field' ELSE 'condition' END, f.kind);
		END IF;
		RETURN f;
	END IF;
	f.function := coalesce(f.function, 'count');
	f.relation := crm.rollup_relation(f.resource, said);
	IF f.relation IS NULL THEN
		PERFORM ops.refuse('rollup_relation', 'relation', coalesce(left(said, 100), ''), f.resource);
	END IF;
	f.field := CASE WHEN f.function <> 'count' THEN crm.input_name(target, f.field) END;
	input := crm.rollup_input(target, f.field);
	IF f.function <> 'count' AND (f.field IS NULL OR input.kind NOT IN ('integer', 'number', 'money')
	    AND NOT (f.function IN ('min', 'max') AND input.kind IN ('date', 'time'))) THEN
		PERFORM ops.refuse('rollup_field', 'field', f.function, target);
	END IF;
	f.result := CASE WHEN f.function = 'count' THEN 'integer' WHEN f.function IN ('sum', 'avg') AND input.kind = 'integer' THEN 'number' ELSE input.kind END;
	f.parsed := CASE WHEN f.condition ~ '\S' THEN crm.parsed_formula('condition', f.condition, '{lookup}', 'rollup_function') END;
	f.inputs := crm.formula_inputs(target, NULL, f.parsed, 'condition') || array_remove(ARRAY[f.field], NULL) || substr(f.relation, strpos(f.relation, '.') + 1);
	f.required := false;
	f.default_value := NULL;
	RETURN f;
END $$;
