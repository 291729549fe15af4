-- Custom fields: an organization defines fields of its tables, and the custom column contains their values by key.
--
-- The values of a field whose definition is deleted remain in the rows, but are hidden until the definition is restored
-- from the trash.
-- needs: crm/email_address.sql crm/file.sql crm/trash.sql ops/catalogue.sql ops/refusal.sql

-- Returns a limit of custom fields: the database's setting of this name, such as tenantry.custom_fields, or the default.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_limit(name text, usual integer) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
	said text := current_setting('tenantry.' || name, true);
BEGIN
	RETURN CASE WHEN said ~ '^[1-9]\d{0,6}$' THEN said::integer ELSE usual END;
END $$;

-- Returns the definitions of a resource, in their order.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_fields(resource text) RETURNS SETOF crm.field_definitions
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT f.* FROM crm.field_definitions f WHERE f.org_id = ops.org() AND f.resource = custom_fields.resource
		ORDER BY f.position, f.id;
END $$;

-- Returns whether the caller may "read" or "update" a field: roles may be limited to some fields, and "custom" in the
-- list of fields stands for all custom fields.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_allowed(limits jsonb, action text, key text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(limits->action ?| ARRAY['custom', 'custom.' || key], true)
$$;

-- Returns the custom fields that the caller may read.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_fields_read(resource text) RETURNS SETOF crm.field_definitions
LANGUAGE plpgsql STABLE AS $$
DECLARE
	limits jsonb := ops.fields_granted(resource);
BEGIN
	-- A formula is readable only with all of its inputs, since its value would reveal them.
	RETURN QUERY SELECT f.* FROM crm.custom_fields(resource) f WHERE crm.custom_allowed(limits, 'read', f.key)
		AND CASE WHEN f.relation IS NOT NULL THEN crm.reads_rollup(f.relation)
			ELSE f.inputs IS NULL OR NOT EXISTS (SELECT FROM unnest(f.inputs) i WHERE NOT coalesce(
				limits->'read' ?| ARRAY[i, CASE WHEN starts_with(i, 'custom.') THEN 'custom' END], true)) END;
END $$;

-- Returns the type of a kind's values, with the same names as the types of columns.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_type(kind text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN kind IN ('integer', 'person', 'relation') THEN 'bigint' WHEN kind IN ('number', 'money') THEN 'numeric'
		WHEN kind IN ('date', 'boolean') THEN kind WHEN kind = 'time' THEN 'timestamptz' WHEN kind IN ('choices', 'relations', 'address', 'file') THEN 'jsonb' ELSE 'text' END
$$;

-- Returns the members of an address, with the names of a company's columns.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.address_members() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$ SELECT '{address,zipcode,city,state_abbr,country}'::text[] $$;

-- Returns an address as one line. concat_ws() is stable: PostgreSQL could not inline a function with a stricter class.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.address_line(value jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT nullif(concat_ws(', ', value->>'address', nullif(concat_ws(' ', value->>'zipcode', value->>'city'), ''), value->>'state_abbr', value->>'country'), '')
$$;

-- Returns the SQL expression for the value of a field of a row. A value of another type counts as missing.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_expression(key text, type text, of_row text DEFAULT 't') RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT format(CASE type WHEN 'text' THEN '(%3$s.custom OPERATOR(pg_catalog.->>) %1$L)' WHEN 'jsonb' THEN '(%3$s.custom OPERATOR(pg_catalog.->) %1$L)'
		ELSE '(CASE WHEN ' || CASE type WHEN 'boolean' THEN 'pg_catalog.jsonb_typeof(%3$s.custom OPERATOR(pg_catalog.->) %1$L) = ''boolean'''
				WHEN 'date' THEN '(%3$s.custom OPERATOR(pg_catalog.->>) %1$L) ~ ''^\d{4}-\d\d-\d\d$'''
				WHEN 'timestamptz' THEN '(%3$s.custom OPERATOR(pg_catalog.->>) %1$L) ~ ''^\d{4}-\d\d-\d\dT'''
				ELSE 'pg_catalog.jsonb_typeof(%3$s.custom OPERATOR(pg_catalog.->) %1$L) = ''number''' END
			|| ' THEN (%3$s.custom OPERATOR(pg_catalog.->>) %1$L)::%2$s END)' END, key, type, of_row)
$$;

-- Returns the column of crm.custom_values with the values of a kind, or null for kinds that have no index.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_slot(kind text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN kind IN ('text', 'choice', 'url', 'email', 'phone') THEN 'word'
		WHEN kind IN ('integer', 'number', 'money', 'person', 'relation', 'relations') THEN 'number' WHEN kind IN ('date', 'time') THEN 'moment' END
$$;

-- Returns the columns of an address or a file: the value as one line, and its members. The line of a file is its name.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.part_columns(kind text, key text) RETURNS TABLE (name text, type text, expression text)
LANGUAGE sql IMMUTABLE AS $$
	SELECT 'custom.' || key, 'text', CASE kind WHEN 'file' THEN format('(t.custom OPERATOR(pg_catalog.#>>) %L)', ARRAY[key, 'title'])
		ELSE format('crm.address_line(t.custom OPERATOR(pg_catalog.->) %L)', key) END WHERE kind IN ('address', 'file')
	UNION ALL SELECT format('custom.%s.%s', key, m), CASE m WHEN 'size' THEN 'bigint' ELSE 'text' END,
		format(CASE m WHEN 'size' THEN 'CASE WHEN jsonb_typeof(t.custom OPERATOR(pg_catalog.#>) %1$L) = ''number'' THEN '
			'(t.custom OPERATOR(pg_catalog.#>>) %1$L)::bigint END' ELSE '(t.custom OPERATOR(pg_catalog.#>>) %1$L)' END, ARRAY[key, m])
	  FROM unnest(CASE kind WHEN 'address' THEN crm.address_members() WHEN 'file' THEN '{title,type,size,src}' END) m
$$;

-- Returns the fields of a resource as columns of its rows, for the workers. index_of is the beginning of a condition
-- on a row x of crm.custom_values, to be completed by an operator and a value. It is null without an index. A costly
-- column cannot be computed for all rows.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.custom_columns(resource text) RETURNS TABLE (name text, type text, expression text, index_of text, refers text, costly boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT coalesce(a.name, 'custom.' || f.key), coalesce(a.type, t.type), CASE WHEN f.relation IS NOT NULL THEN crm.rollup_expression(f, false)
			ELSE coalesce(a.expression, crm.custom_expression(f.key, t.type)) END,
		CASE WHEN f.is_indexed AND f.indexed_at IS NOT NULL THEN format('x.field_id = %s AND x.%s', f.id, crm.custom_slot(f.kind)) END,
		CASE f.kind WHEN 'person' THEN 'sales' ELSE f.refers END, f.relation IS NOT NULL AND (SELECT crm.has_many_rows(custom_columns.resource))
	  FROM crm.custom_fields_read(resource) f CROSS JOIN LATERAL crm.custom_type(coalesce(f.result, f.kind)) t (type)
	  LEFT JOIN LATERAL crm.part_columns(f.kind, f.key) WITH ORDINALITY a ON true ORDER BY f.position, f.id, a.ordinality;
END $$;

-- Returns the values of a row whose fields are defined and readable by the caller.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_of(resource text, custom jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_object_agg(f.key, custom->f.key), '{}') FROM crm.custom_fields_read(resource) f WHERE custom ? f.key);
END $$;

-- Returns the values of a row, with its rollups. The query is that of crm.rollup_query().
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.custom_of(resource text, custom jsonb, row_id bigint, query text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	rolled jsonb := '{}';
BEGIN
	IF query IS NOT NULL THEN
		EXECUTE query INTO rolled USING row_id;
	END IF;
	RETURN CASE WHEN custom IS NULL THEN rolled ELSE crm.custom_of(resource, custom) || rolled END;
END $$;

-- Returns a row as JSON, with the values of crm.custom_of().
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.with_custom(resource text, fields jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE WHEN NOT fields ? 'custom' THEN fields ELSE fields || jsonb_build_object('custom',
		CASE fields->'custom' WHEN 'null' THEN '{}' ELSE crm.custom_of(resource, fields->'custom') END) END;
END $$;

-- Returns the currency of a field, or null for that of the organization. A rollup has the currency of the field that it
-- reads.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.currency_of(f crm.field_definitions) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE WHEN f.relation IS NULL THEN f.currency ELSE (SELECT x.currency FROM crm.custom_fields(crm.rollup_target(f.relation)) x
		WHERE f.result = 'money' AND 'custom.' || x.key = f.field) END;
END $$;

-- Returns the number of decimal places of the amounts of a field, or null for other fields.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.money_digits(f crm.field_definitions) RETURNS integer
LANGUAGE sql STABLE AS $$
	SELECT CASE coalesce(f.result, f.kind) WHEN 'money' THEN crm.currency_digits(coalesce(crm.currency_of(f), crm.currency())) END
$$;

-- Checks that a number is within the bounds of a field, and has no more decimal places than the field.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_number(f crm.field_definitions, member text, value jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	said text := value #>> '{}';
	whole boolean := f.kind = 'integer' OR f.digits = 0;
	n numeric;
BEGIN
	IF jsonb_typeof(value) NOT IN ('number', 'string') OR said !~ '^-?\d{1,30}(\.\d{1,15})?$' OR whole AND said !~ '^-?\d{1,18}(\.0+)?$' THEN
		PERFORM ops.refuse(CASE WHEN whole THEN 'value_integer' ELSE 'value_number' END, member);
	END IF;
	n := trim_scale(said::numeric);
	IF n < f.minimum OR n > f.maximum THEN
		PERFORM ops.refuse('number_out_of_bounds', member, coalesce(f.minimum::text, '…'), coalesce(f.maximum::text, '…'));
	ELSIF scale(n) > coalesce(f.digits, crm.money_digits(f)) THEN
		PERFORM ops.refuse('too_many_digits', member, coalesce(f.digits, crm.money_digits(f))::text);
	END IF;
	RETURN to_jsonb(n);
END $$;

-- Returns the condition that a row t of a table belongs to a resource. It is empty except for custom objects, which
-- share one table.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.of_object(resource text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN ops.described_as(resource) <> resource THEN format(' AND t.object = %L', resource) ELSE '' END $$;

-- Keeps a row from being deleted until the transaction ends, so that its deletion finds the new references to it.
-- Returns false if the row was deleted. Runs as the owner, because a caller who may only read the row cannot lock it. A
-- read-only transaction takes no lock.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.hold_row(of_resource text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	held boolean;
BEGIN
	IF current_setting('transaction_read_only') = 'on' THEN
		RETURN true;
	ELSIF NOT ops.mcp_hides(ops.org()) THEN
		EXECUTE format('SELECT true FROM crm.%I t WHERE t.org_id = $1 AND t.id = $2 FOR KEY SHARE', ops.described_as(of_resource))
			INTO held USING ops.org(), row_id;
	END IF;
	RETURN coalesce(held, false);
END $$;

-- Checks that a reference is to a row that the caller may read.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_reference(f crm.field_definitions, member text, value jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	said text := value #>> '{}';
	refers text := CASE f.kind WHEN 'person' THEN 'sales' ELSE f.refers END;
	known boolean;
BEGIN
	IF jsonb_typeof(value) NOT IN ('number', 'string') OR said !~ '^\d{1,18}$' THEN
		PERFORM ops.refuse('value_integer', member);
	END IF;
	EXECUTE format('SELECT EXISTS (SELECT FROM crm.%I t WHERE t.org_id = $1 AND t.id = $2%s)', ops.described_as(refers), crm.of_object(refers))
		INTO known USING ops.org(), said::bigint;
	IF NOT known OR NOT crm.hold_row(refers, said::bigint) THEN
		PERFORM ops.refuse('no_such_reference', member);
	END IF;
	RETURN to_jsonb(said::bigint);
END $$;

-- Checks a list of references, except those that the row had before. Returns it without duplicates.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_references(f crm.field_definitions, member text, value jsonb, had jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
	IF jsonb_typeof(value) <> 'array' THEN
		PERFORM ops.refuse('not_a_list', member);
	ELSIF jsonb_array_length(value) > 100 THEN
		PERFORM ops.refuse('at_most', member, '100');
	END IF;
	RETURN (SELECT jsonb_agg(x.id ORDER BY x.n) FROM (SELECT r.id, min(e.n) AS n FROM jsonb_array_elements(value) WITH ORDINALITY e (said, n)
		CROSS JOIN LATERAL (SELECT CASE WHEN had @> e.said AND jsonb_typeof(e.said) = 'number' THEN e.said
			ELSE crm.custom_reference(f, member || '.' || e.n - 1, e.said) END) r (id) GROUP BY r.id) x);
END $$;

-- Returns a date or a time in a form whose text sorts by time.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_moment(kind text, member text, said text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF kind = 'date' AND said ~ '^\d{4}-\d\d-\d\d$' THEN
		RETURN to_jsonb(said::date::text);
	ELSIF kind = 'time' AND said ~ '^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?))?$' THEN
		RETURN to_jsonb(to_char(said::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'datetime_field_overflow';
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
	PERFORM ops.refuse(CASE kind WHEN 'date' THEN 'value_date' ELSE 'value_time' END, member);
END $$;

-- Returns the maximum number of characters of a text.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_length(kind text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$ SELECT CASE kind WHEN 'longtext' THEN 20000 ELSE 2000 END $$;

-- Refuses a value that is not a choice of a field.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_choice(f crm.field_definitions, member text, value jsonb) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF NOT f.choices @> jsonb_build_array(value) THEN
		PERFORM ops.refuse('not_one_of', member, (SELECT string_agg(c, ', ' ORDER BY n) FROM jsonb_array_elements_text(f.choices) WITH ORDINALITY x (c, n)));
	END IF;
END $$;

-- Returns a list of choices of a field, without duplicates, in the order of the definition. A field has up to 500 choices.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_choices(f crm.field_definitions, member text, value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF jsonb_typeof(value) <> 'array' THEN
		PERFORM ops.refuse('not_a_list', member);
	ELSIF jsonb_array_length(value) > 500 THEN
		PERFORM ops.refuse('at_most', member, '500');
	ELSIF NOT f.choices @> value THEN
		PERFORM crm.check_choice(f, concat_ws('.', member, n - 1), c) FROM jsonb_array_elements(value) WITH ORDINALITY x (c, n);
	END IF;
	RETURN (SELECT jsonb_agg(c ORDER BY n) FROM jsonb_array_elements(f.choices) WITH ORDINALITY x (c, n) WHERE value @> jsonb_build_array(c));
END $$;

-- Returns an address without its empty members. Refuses unknown members.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_address(member text, value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	part record;
	kept jsonb := '{}';
BEGIN
	IF jsonb_typeof(value) <> 'object' THEN
		PERFORM ops.refuse('not_an_object', member);
	END IF;
	FOR part IN SELECT e.key, e.value, btrim(regexp_replace(e.value #>> '{}', '\s+', ' ', 'g')) AS said FROM jsonb_each(value) e LOOP
		IF part.key <> ALL (crm.address_members()) THEN
			PERFORM ops.refuse('not_one_of', format('%s.%s', member, left(part.key, 50)), array_to_string(crm.address_members(), ', '));
		ELSIF jsonb_typeof(part.value) NOT IN ('string', 'null') THEN
			PERFORM ops.refuse('value_text', format('%s.%s', member, part.key));
		ELSIF char_length(part.said) > 500 THEN
			PERFORM ops.refuse('too_many_characters', format('%s.%s', member, part.key), '500');
		ELSIF part.said <> '' THEN
			kept := kept || jsonb_build_object(part.key, part.said);
		END IF;
	END LOOP;
	RETURN nullif(kept, '{}');
END $$;

-- Returns a reference to an uploaded file, with the facts that are known of the file, or null without an address. A client
-- can only change its title, which names the previous file if only the address has changed.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_file(member text, value jsonb, was jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	said jsonb := CASE jsonb_typeof(value) WHEN 'string' THEN jsonb_build_object('src', value) ELSE value END;
	name text := substring(said->>'src' FROM '^(?:(?:https?://[^/\s]+)?/uploads/)?([0-9a-f]{40}[.][a-z0-9]{1,5})$');
	title text := nullif(btrim(regexp_replace(said->>'title', '[[:cntrl:]\s]+', ' ', 'g')), '');
	wrong text;
	stored jsonb;
BEGIN
	IF jsonb_typeof(said) <> 'object' THEN
		PERFORM ops.refuse('not_an_object', member);
	END IF;
	SELECT k INTO wrong FROM jsonb_object_keys(said) k WHERE k NOT IN ('src', 'title', 'type', 'size', 'path', 'rawFile') LIMIT 1;
	IF FOUND THEN
		PERFORM ops.refuse('not_one_of', format('%s.%s', member, left(wrong, 50)), 'src, title, type, size');
	END IF;
	SELECT e.key INTO wrong FROM jsonb_each(said) e WHERE e.key IN ('src', 'title') AND jsonb_typeof(e.value) NOT IN ('string', 'null') LIMIT 1;
	IF FOUND THEN
		PERFORM ops.refuse('value_text', format('%s.%s', member, wrong));
	ELSIF char_length(title) > 255 THEN
		PERFORM ops.refuse('too_many_characters', member || '.title', '255');
	ELSIF coalesce(said->>'src', '') = '' THEN
		RETURN NULL;
	END IF;
	stored := CASE was->>'src' WHEN '/uploads/' || name THEN was ELSE crm.readable_file(name) END;
	IF stored IS NULL THEN
		PERFORM ops.refuse('file_unknown', member || CASE jsonb_typeof(value) WHEN 'object' THEN '.src' ELSE '' END);
	ELSIF title <> coalesce(was->>'title', '') OR was->>'src' = '/uploads/' || name THEN
		stored := stored || jsonb_build_object('title', coalesce(title, was->>'title', stored->>'title'));
	END IF;
	RETURN jsonb_strip_nulls(stored || jsonb_build_object('src', '/uploads/' || name));
END $$;

-- Returns the stored form of a field's value. Refuses a value that the definition does not allow. Null, an empty text
-- and an empty list mean no value. was is the previous value.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_value(f crm.field_definitions, member text, value jsonb, was jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	said text := value #>> '{}';
	textual boolean := crm.custom_type(f.kind) IN ('text', 'date', 'timestamptz');
	most integer;	-- characters
BEGIN
	IF value IS NULL OR value IN ('null', '""') OR value = '[]' AND crm.custom_type(f.kind) = 'jsonb' THEN
		RETURN NULL;
	ELSIF textual AND jsonb_typeof(value) <> 'string' THEN
		PERFORM ops.refuse('value_text', member);
	END IF;
	CASE
	WHEN f.kind IN ('integer', 'number', 'money') THEN
		RETURN crm.custom_number(f, member, value);
	WHEN f.kind IN ('person', 'relation') THEN
		RETURN crm.custom_reference(f, member, value);
	WHEN f.kind = 'relations' THEN
		RETURN crm.custom_references(f, member, value, was);
	WHEN f.kind = 'address' THEN
		RETURN crm.custom_address(member, value);
	WHEN f.kind = 'file' THEN
		RETURN crm.custom_file(member, value, was);
	WHEN f.kind IN ('date', 'time') THEN
		RETURN crm.custom_moment(f.kind, member, said);
	WHEN f.kind = 'boolean' THEN
		IF value NOT IN ('true', 'false') THEN
			PERFORM ops.refuse('value_boolean', member);
		END IF;
	WHEN f.kind = 'choices' THEN
		RETURN crm.custom_choices(f, member, value);
	WHEN f.kind = 'choice' THEN
		PERFORM crm.check_choice(f, member, value);
	WHEN f.kind = 'email' THEN
		IF NOT crm.is_contact_address(crm.address_form(said)) THEN
			PERFORM ops.refuse('not_an_email_address', member, left(said, 100));
		END IF;
		RETURN to_jsonb(crm.address_form(said));
	WHEN f.kind = 'url' THEN
		IF said !~* '^(https?://|mailto:|tel:)\S+$' AND said !~* '^[a-z0-9.-]+\.[a-z]{2,}(/\S*)?$' THEN
			PERFORM ops.refuse('not_a_link', member);
		END IF;
	ELSE
		NULL;
	END CASE;
	most := crm.custom_length(f.kind);
	IF textual AND char_length(said) > most THEN
		PERFORM ops.refuse('too_many_characters', member, most::text);
	END IF;
	RETURN value;
END $$;

-- Refuses a change of custom fields that the caller may not write, and names all of them. old is null for a new row. The
-- other fields that the caller may not write are named as well, since ops.audit() would only refuse them afterwards.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.refuse_fixed_custom(of_resource text, of_table text, old jsonb, new jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	limits jsonb := ops.fields_granted(of_resource);
	was jsonb := coalesce(nullif(old->'custom', 'null'), '{}');
	said jsonb := coalesce(nullif(new->'custom', 'null'), '{}');
	key text;
	refused boolean := false;
BEGIN
	IF jsonb_typeof(said) <> 'object' OR ops.mode('restoring') OR ops.mode('merging') OR ops.mode('converting') THEN
		RETURN;
	END IF;
	FOR key IN SELECT f.key FROM crm.custom_fields(of_resource) f WHERE f.formula IS NULL AND f.relation IS NULL
	    AND said->f.key IS DISTINCT FROM was->f.key AND NOT crm.custom_allowed(limits, 'update', f.key) LOOP
		PERFORM ops.fault_field(of_resource, CASE WHEN limits->'key' ? 'custom' THEN 'custom' ELSE 'custom.' || key END, 'custom.' || key);
		refused := true;
	END LOOP;
	IF refused AND old IS NOT NULL THEN
		PERFORM ops.fault_fixed(of_table, old, new);
	END IF;
	PERFORM ops.refuse_faults();
END $$;

-- Checks the changed values of a row, and completes the values of a new row. of_resource is the resource of the fields.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.completed_custom(of_resource text, created boolean, was jsonb, said jsonb, fields jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	custom jsonb := coalesce(said, '{}');
	known text[] := '{}';
	f crm.field_definitions;
	value jsonb;
	other text;
	formulas crm.field_definitions[] := '{}';
	most integer;	-- bytes
BEGIN
	-- Unchanged, restored, merged and converted values are not checked. Only their formulas are computed.
	IF NOT created AND said IS NOT DISTINCT FROM was OR ops.mode('restoring') OR ops.mode('merging') OR ops.mode('converting') THEN
		formulas := ARRAY(SELECT x FROM crm.custom_fields(of_resource) x WHERE x.formula IS NOT NULL);
		RETURN CASE WHEN formulas <> '{}' AND jsonb_typeof(custom) = 'object' THEN crm.with_formulas(formulas, custom, fields) ELSE said END;
	ELSIF jsonb_typeof(custom) <> 'object' THEN
		PERFORM ops.refuse('not_an_object', 'custom');
	END IF;
	was := coalesce(was, '{}');
	FOR f IN SELECT x.* FROM crm.custom_fields(of_resource) x LOOP
		known := known || f.key;
		IF f.formula IS NOT NULL THEN
			formulas := formulas || f;
			CONTINUE;
		ELSIF f.relation IS NOT NULL THEN
			custom := custom - f.key;
			CONTINUE;
		END IF;
		value := custom->f.key;
		IF created AND value IS NULL THEN
			value := f.default_value;
		ELSIF value IS DISTINCT FROM was->f.key THEN
			value := crm.custom_value(f, 'custom.' || f.key, value, was->f.key);
			-- An undo of the field's change must convert this new value instead of restoring the kept value.
			custom := custom - coalesce(f.previous->>'kept', '');
		END IF;
		IF value IS NULL AND f.required AND (created OR was ? f.key) AND NOT ops.mode('submitting') THEN
			PERFORM ops.refuse('required', 'custom.' || f.key);
		END IF;
		custom := CASE WHEN value IS NULL THEN custom - f.key ELSE custom || jsonb_build_object(f.key, value) END;
	END LOOP;
	SELECT c.key INTO other FROM jsonb_each(custom) c WHERE c.key <> ALL (known) AND c.value IS DISTINCT FROM was->c.key LIMIT 1;
	IF FOUND THEN
		PERFORM ops.refuse('custom_field_unknown', 'custom.' || left(other, 50), of_resource);
	END IF;
	most := crm.custom_limit('custom_bytes', 65536);
	IF octet_length(custom::text) > most AND octet_length(custom::text) > octet_length(was::text) THEN
		PERFORM ops.refuse('too_many_bytes', 'custom', most::text);
	END IF;
	IF formulas <> '{}' THEN
		custom := crm.with_formulas(formulas, custom, fields);
	END IF;
	RETURN nullif(custom, '{}');
END $$;

-- Completes and checks the custom fields of a row.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.complete_custom() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.custom IS NULL AND OLD.custom IS NULL AND NOT crm.uses(NEW.org_id, 'fields') THEN
		RETURN NEW;
	ELSIF NEW.custom IS NOT NULL OR OLD.custom IS NOT NULL
	    OR EXISTS (SELECT FROM crm.field_definitions x WHERE x.org_id = NEW.org_id AND x.resource = TG_ARGV[0]) THEN
		IF ops.has_limits(TG_ARGV[0], 'update') THEN
			PERFORM crm.refuse_fixed_custom(TG_ARGV[0], TG_TABLE_NAME, CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) END, to_jsonb(NEW));
		END IF;
		NEW.custom := crm.completed_custom(TG_ARGV[0], TG_OP = 'INSERT', OLD.custom, NEW.custom, to_jsonb(NEW));
	END IF;
	RETURN NEW;
END $$;

-- Completes and checks the custom fields of a row of a custom object.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.complete_custom_record() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.custom IS NULL AND OLD.custom IS NULL AND NOT crm.uses(NEW.org_id, 'fields') THEN
		RETURN NEW;
	ELSIF NEW.custom IS NOT NULL OR OLD.custom IS NOT NULL
	    OR EXISTS (SELECT FROM crm.field_definitions x WHERE x.org_id = NEW.org_id AND x.resource = NEW.object) THEN
		IF ops.has_limits(NEW.object, 'update') THEN
			PERFORM crm.refuse_fixed_custom(NEW.object, TG_TABLE_NAME, CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) END, to_jsonb(NEW));
		END IF;
		NEW.custom := crm.completed_custom(NEW.object, TG_OP = 'INSERT', OLD.custom, NEW.custom, to_jsonb(NEW));
	END IF;
	RETURN NEW;
END $$;

-- Returns whether a value has no index row, such as null or the error of a formula.
CREATE OR REPLACE FUNCTION crm.custom_unindexed(f crm.field_definitions, value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	-- Like filters, the index omits dates of another era and dates after the year 9999.
	SELECT coalesce(value, 'null') = 'null' OR f.formula IS NOT NULL AND CASE f.kind WHEN 'text' THEN false
		WHEN 'date' THEN value #>> '{}' !~ '^\d{4}-\d\d-\d\d$' ELSE jsonb_typeof(value) <> 'number' END
$$;

-- Returns the index row of a value, or one for each element of a list.
CREATE OR REPLACE FUNCTION crm.custom_entries(f crm.field_definitions, row_id bigint, value jsonb) RETURNS SETOF crm.custom_values
LANGUAGE sql IMMUTABLE AS $$
	SELECT f.org_id, f.id, row_id, CASE s WHEN 'word' THEN left(e.said, 500) END, CASE s WHEN 'number' THEN e.said::double precision END,
		CASE s WHEN 'moment' THEN (e.said || CASE f.kind WHEN 'date' THEN 'T00:00:00Z' ELSE '' END)::timestamptz END,
		CASE WHEN f.is_unique THEN md5(lower(e.said))::uuid END, e.n
	  FROM crm.custom_slot(f.kind) s CROSS JOIN LATERAL (SELECT value #>> '{}', 0 WHERE jsonb_typeof(value) <> 'array'
		UNION ALL SELECT x.* FROM jsonb_array_elements_text(CASE jsonb_typeof(value) WHEN 'array' THEN value END) WITH ORDINALITY x) e (said, n)
$$;

-- Updates the index rows of a row. While a restored row was in the trash, another row may have taken its unique value.
CREATE OR REPLACE FUNCTION crm.index_values(tenant_table regclass, of_resource text, org uuid, row_id bigint, was jsonb, becomes jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	f crm.field_definitions;
	entry crm.custom_values;
	taken boolean;
BEGIN
	FOR f IN SELECT x.* FROM crm.field_definitions x WHERE x.org_id = org AND x.resource = of_resource AND (x.is_indexed OR x.is_unique)
	    AND was->x.key IS DISTINCT FROM becomes->x.key ORDER BY x.id LOOP
		DELETE FROM crm.custom_values v WHERE v.org_id = org AND v.field_id = f.id AND v.id = row_id;
		CONTINUE WHEN crm.custom_unindexed(f, becomes->f.key);
		IF f.is_unique AND f.indexed_at IS NULL THEN	-- other rows may not be in the index yet
			EXECUTE format('SELECT EXISTS (SELECT FROM %s t WHERE t.org_id = $1 AND t.id <> $2 AND lower(t.custom->>$3) = lower($4)%s)', tenant_table,
				crm.of_object(of_resource))
				INTO taken USING org, row_id, f.key, becomes->>f.key;
			IF taken AND NOT (ops.mode('restoring') OR ops.mode('merging')) THEN
				PERFORM ops.refuse('taken', 'custom.' || f.key, left(becomes->>f.key, 100));
			END IF;
		END IF;
		FOR entry IN SELECT * FROM crm.custom_entries(f, row_id, becomes->f.key) LOOP
			INSERT INTO crm.custom_values SELECT entry.* ON CONFLICT ON CONSTRAINT custom_values_sole_key DO NOTHING;
			IF NOT FOUND AND (ops.mode('restoring') OR ops.mode('merging')) THEN
				entry.sole := NULL;
				INSERT INTO crm.custom_values SELECT entry.*;
			ELSIF NOT FOUND THEN
				PERFORM ops.refuse('taken', 'custom.' || f.key, left(becomes->>f.key, 100));
			END IF;
		END LOOP;
	END LOOP;
END $$;

CREATE OR REPLACE FUNCTION crm.index_custom() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF NEW.custom IS DISTINCT FROM OLD.custom THEN
		PERFORM crm.index_values(TG_RELID, CASE TG_ARGV[0] WHEN 'records' THEN coalesce(to_jsonb(NEW), to_jsonb(OLD))->>'object' ELSE TG_ARGV[0] END,
			coalesce(NEW.org_id, OLD.org_id), coalesce(NEW.id, OLD.id), OLD.custom, NEW.custom);
	END IF;
	RETURN NULL;
END $$;

-- Returns the unique fields whose values clients write. Upserts can find rows by them.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.matched_fields(resource text) RETURNS SETOF crm.field_definitions
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT f.* FROM crm.custom_fields_read(resource) f WHERE f.is_unique AND f.formula IS NULL ORDER BY f.position, f.id;
END $$;

-- Returns the stored value of a unique field in lower case, as the index compares values. If the field cannot have the
-- value, returns the refusal as [code, member, argument, ...] instead, because an error would end the search for other rows.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.unique_form(f crm.field_definitions, member text, value jsonb, OUT form text, OUT refusal text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	codes text;
BEGIN
	form := lower(crm.custom_value(f, member, value, NULL) #>> '{}');
	IF form IS NULL THEN
		refusal := jsonb_build_array('required', member);
	END IF;
EXCEPTION WHEN OTHERS THEN
	IF SQLSTATE NOT LIKE 'ZH%' THEN
		RAISE;
	END IF;
	GET STACKED DIAGNOSTICS codes = PG_DATATYPE_NAME;
	refusal := jsonb_build_array(split_part(codes, ' ', 1), member) || substr(codes, strpos(codes, ' ') + 1)::jsonb;
END $$;

-- Finds the row that has a value of a unique field, for an upsert. others lists the valid values of match that are not
-- custom fields. form and refusal are those of crm.unique_form().
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.match_custom(resource text, member text, value jsonb, others text, OUT found_id bigint, OUT form text, OUT refusal text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	f crm.field_definitions;
	names text[];
BEGIN
	SELECT x.* INTO f FROM crm.matched_fields(resource) x WHERE 'custom.' || x.key = member;
	IF NOT FOUND THEN
		names := string_to_array(nullif(others, ''), ', ')
			|| ARRAY(SELECT 'custom.' || x.key FROM crm.matched_fields(resource) x ORDER BY x.position, x.id);
		IF names = '{}' THEN
			PERFORM ops.refuse('match_impossible', 'match', resource);
		END IF;
		PERFORM ops.refuse('match_unknown', 'match', crm.nearest_list(member, names));
	END IF;
	SELECT u.form, u.refusal INTO form, refusal FROM crm.unique_form(f, member, value) u;
	IF f.indexed_at IS NOT NULL THEN
		found_id := (SELECT v.id FROM crm.custom_values v WHERE v.org_id = f.org_id AND v.field_id = f.id AND v.sole = md5(form)::uuid);
	ELSIF form IS NOT NULL THEN	-- other rows may not be in the index yet
		EXECUTE format('SELECT t.id FROM %s t WHERE t.org_id = $1 AND lower(t.custom->>$2) = $3%s LIMIT 1', crm.tenant_table(resource), crm.of_object(resource))
			INTO found_id USING f.org_id, f.key, form;
	END IF;
END $$;

-- Writes the values of a field into the index for up to "most" rows after the row "after". Returns the last of these
-- rows, or null at the end.
CREATE OR REPLACE FUNCTION crm.index_rows(f crm.field_definitions, after bigint, most integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	last bigint;
	n bigint;
BEGIN
	EXECUTE format('WITH t AS MATERIALIZED (SELECT t.id, t.custom->$4 AS value FROM %s t WHERE t.org_id = $1 AND t.id > $2%s ORDER BY t.id LIMIT $3 FOR SHARE), '
		'made AS (INSERT INTO crm.custom_values SELECT e.* FROM t CROSS JOIN LATERAL crm.custom_entries($5, t.id, t.value) e '
		'WHERE NOT crm.custom_unindexed($5, t.value) ON CONFLICT DO NOTHING) SELECT max(t.id), count(*) FROM t', crm.tenant_table(f.resource), crm.of_object(f.resource))
		INTO last, n USING f.org_id, after, most, f.key, f;
	RETURN CASE WHEN n = most THEN last END;
END $$;

-- Removes the values of a key from up to "most" rows after the row "after". Returns the last of these rows, or null at
-- the end.
CREATE OR REPLACE FUNCTION crm.purge_values(org uuid, resource text, key text, after bigint, most integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	last bigint;
	n bigint;
BEGIN
	EXECUTE format('WITH t AS MATERIALIZED (SELECT t.id, t.custom ? $4 AS had FROM %1$s t WHERE t.org_id = $1 AND t.id > $2%2$s ORDER BY t.id LIMIT $3 FOR NO KEY UPDATE), '
		'done AS (UPDATE %1$s x SET custom = nullif(x.custom - $4, ''{}'') FROM t WHERE t.had AND x.org_id = $1 AND x.id = t.id) '
		'SELECT max(t.id), count(*) FROM t', crm.tenant_table(resource), crm.of_object(resource)) INTO last, n USING org, after, most, key;
	RETURN CASE WHEN n = most THEN last END;
END $$;

-- Continues the work on one field. A restored definition keeps its values.
CREATE OR REPLACE FUNCTION crm.work_on_field(w ops.field_work, batch integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	f crm.field_definitions;
	upto bigint;
BEGIN
	SELECT * INTO f FROM crm.field_definitions x WHERE x.org_id = w.org_id AND x.resource = w.resource AND x.key = w.key FOR SHARE;
	IF w.purges AND f.id IS NULL THEN
		upto := crm.purge_values(w.org_id, w.resource, w.key, w.upto, batch);
		IF upto IS NULL THEN	-- the values before a change of the field
			UPDATE crm.field_definitions x SET previous = NULL WHERE x.org_id = w.org_id AND x.id = w.field_id AND x.previous->>'kept' = w.key;
		END IF;
		RETURN upto;
	ELSIF w.purges OR f.id IS DISTINCT FROM w.field_id THEN
		RETURN NULL;
	END IF;
	IF w.converts THEN
		upto := crm.convert_rows(f, w.upto, batch);
		IF upto IS NULL THEN
			PERFORM crm.finish_field_change(f);
		END IF;
		RETURN upto;
	END IF;
	IF w.computes THEN
		upto := crm.compute_rows(f, w.upto, batch);
	END IF;
	IF NOT w.computes OR f.is_indexed OR f.is_unique THEN
		upto := crm.index_rows(f, w.upto, batch);
	END IF;
	IF upto IS NULL THEN
		UPDATE crm.field_definitions x SET indexed_at = now() WHERE x.org_id = w.org_id AND x.id = w.field_id;
	END IF;
	RETURN upto;
END $$;

-- Continues the work on the next field that is not set aside after an error. Returns the size of the batch, or 0 if
-- there is nothing to do.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.work_on_fields(batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	aside text[] := ops.aside_entries('fields');
	w ops.field_work;
BEGIN
	SELECT * INTO w FROM ops.field_work x WHERE x.due <= now() AND x.field_id::text <> ALL (aside) ORDER BY x.org_id, x.field_id LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	PERFORM ops.set_org(w.org_id);
	BEGIN
		w.upto := crm.work_on_field(w, batch);
		UPDATE ops.field_work x SET upto = w.upto WHERE x.org_id = w.org_id AND x.field_id = w.field_id AND x.key = w.key AND w.upto IS NOT NULL;
		DELETE FROM ops.field_work x WHERE x.org_id = w.org_id AND x.field_id = w.field_id AND x.key = w.key AND w.upto IS NULL;
		PERFORM ops.end_aside('fields', w.org_id, w.field_id::text);
	EXCEPTION WHEN OTHERS THEN
		PERFORM ops.set_aside('fields', w.org_id, w.field_id::text, SQLSTATE, SQLERRM);
	END;
	PERFORM ops.set_org(other);
	RETURN batch;
END $$;

-- Rebuilds the index of a field if its definition requires it: immediately if the table is small, and in tenantry-jobs
-- otherwise. Drops the index of a deleted field. If a field is restored, its index is rebuilt.
CREATE OR REPLACE FUNCTION crm.index_field() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	twice text;
	n bigint;
BEGIN
	IF TG_OP <> 'INSERT' THEN
		DELETE FROM crm.custom_values v WHERE v.org_id = OLD.org_id AND v.field_id = OLD.id;
		-- If the formula must be computed, its work remains queued, because computing the formula also
		-- indexes the rows.
		DELETE FROM ops.field_work w WHERE w.org_id = OLD.org_id AND w.field_id = OLD.id AND w.key = OLD.key
			AND NOT ((w.computes OR w.converts) AND TG_OP = 'UPDATE');
	END IF;
	IF TG_OP = 'DELETE' OR NOT (NEW.is_indexed OR NEW.is_unique) THEN
		RETURN NULL;
	END IF;
	IF NEW.is_unique AND NOT ops.mode('restoring') THEN
		EXECUTE format('SELECT min(v), count(*) FROM (SELECT lower(t.custom->>$2) AS v FROM %s t WHERE t.org_id = $1 AND NOT crm.custom_unindexed($3, t.custom->$2)%s '
			'GROUP BY 1 HAVING count(*) > 1) x', crm.tenant_table(NEW.resource), crm.of_object(NEW.resource)) INTO twice, n USING NEW.org_id, NEW.key, NEW;
		IF n > 0 THEN
			PERFORM ops.refuse('values_not_unique', 'is_unique', n::text, left(twice, 100));
		END IF;
	END IF;
	IF crm.index_rows(NEW, 0, 5000) IS NULL THEN
		UPDATE crm.field_definitions f SET indexed_at = now() WHERE f.org_id = NEW.org_id AND f.id = NEW.id;
	ELSE
		INSERT INTO ops.field_work (org_id, field_id, resource, key, purges) VALUES (NEW.org_id, NEW.id, NEW.resource, NEW.key, false)
		ON CONFLICT ON CONSTRAINT field_work_pkey DO UPDATE SET upto = 0;
		PERFORM pg_notify('tenantry_periodic_tasks', '');
	END IF;
	RETURN NULL;
END $$;

-- Queues the deletion of a field's values when the field is purged from the trash.
CREATE OR REPLACE FUNCTION crm.purge_field() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	INSERT INTO ops.field_work (org_id, field_id, resource, key, purges)
	SELECT OLD.org_id, OLD.row_id, OLD.row->>'resource', OLD.row->>'key', true
	 WHERE crm.tenant_table(OLD.row->>'resource') IS NOT NULL AND EXISTS (SELECT FROM identity.organization o WHERE o.id = OLD.org_id)
	    ON CONFLICT DO NOTHING;
	PERFORM pg_notify('tenantry_periodic_tasks', '');
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER purge_field AFTER DELETE ON crm.trash FOR EACH ROW
	WHEN (OLD.resource = 'field_definitions' AND current_setting('app.restoring', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION crm.purge_field();

CREATE OR REPLACE TRIGGER index_new_field AFTER INSERT OR DELETE ON crm.field_definitions FOR EACH ROW EXECUTE FUNCTION crm.index_field();
CREATE OR REPLACE TRIGGER index_field AFTER UPDATE OF is_indexed, is_unique ON crm.field_definitions FOR EACH ROW
	WHEN ((OLD.is_indexed, OLD.is_unique) IS DISTINCT FROM (NEW.is_indexed, NEW.is_unique)) EXECUTE FUNCTION crm.index_field();

DROP POLICY IF EXISTS readers ON crm.custom_values;
CREATE POLICY readers ON crm.custom_values FOR SELECT TO tenantry_app USING (true);

-- Creates the triggers on the tables of resources for which organizations can define fields. ops.compile_catalogue()
-- calls this function.
CREATE OR REPLACE FUNCTION crm.follow_custom_fields() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	r record;
	complete text;
BEGIN
	-- In a downgrade, the columns have already been dropped.
	FOR r IN SELECT x.name, x.description->>'table' AS tenant_table FROM ops.resource x WHERE (x.description->>'custom')::boolean
	    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass(x.description->>'table') AND a.attname = 'custom' AND NOT a.attisdropped) LOOP
		complete := CASE r.name WHEN 'records' THEN 'complete_custom_record()' ELSE format('complete_custom(%L)', r.name) END;
		-- Because of their names, the triggers run after those that complete the columns in formulas, and before the
		-- trigger touch.
		PERFORM ops.make_trigger(format('CREATE TRIGGER then_custom BEFORE INSERT ON %s FOR EACH ROW '
			'EXECUTE FUNCTION crm.%s', r.tenant_table, complete));
		PERFORM ops.make_trigger(format('CREATE TRIGGER then_custom_of_changed BEFORE UPDATE ON %s FOR EACH ROW '
			'WHEN (((old.custom IS NOT NULL) OR (new.custom IS NOT NULL))) EXECUTE FUNCTION crm.%s', r.tenant_table, complete));
		PERFORM ops.make_trigger(format('CREATE TRIGGER index_custom AFTER INSERT OR DELETE OR UPDATE ON %s FOR EACH ROW '
			'EXECUTE FUNCTION crm.index_custom(%L)', r.tenant_table, r.name));
		PERFORM crm.follow_files(r.tenant_table::regclass, coalesce((SELECT c.member FROM crm.file_columns() c WHERE c.tenant_table = r.tenant_table),
			'custom'), true);
	END LOOP;
END $$;

-- Converts a name to a key: ASCII letters and digits, with an underscore between words. The key is empty if the name
-- contains none of these.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.ascii_key(label text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT trim(leading '_0123456789' FROM trim('_' FROM regexp_replace(regexp_replace(lower(normalize(label, NFKD)),
		'[\u0300-\u036f]', '', 'g'), '[^a-z0-9]+', '_', 'g')))
$$;

-- Returns whether rows may still have values of a deleted field with this key: the field is in the trash, or
-- tenantry-jobs removes its values.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.field_key_kept(org uuid, resource text, key text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT EXISTS (SELECT FROM crm.trash t WHERE t.org_id = org AND t.resource = 'field_definitions'
		AND t.row->>'resource' = field_key_kept.resource AND t.row->>'key' = field_key_kept.key)
	    OR EXISTS (SELECT FROM ops.field_work w WHERE w.org_id = org AND w.resource = field_key_kept.resource AND w.key = field_key_kept.key AND w.purges)
$$;

-- Returns an unused key for a field of the resource, derived from its label.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.field_key(org uuid, resource text, label text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	plain text := coalesce(nullif(left(crm.ascii_key(label), 42), ''), 'field');
	made text := plain;
	n integer := 1;
BEGIN
	WHILE EXISTS (SELECT FROM crm.field_definitions f WHERE f.org_id = org AND f.resource = field_key.resource AND f.key = made)
	    OR crm.field_key_kept(org, field_key.resource, made) LOOP
		n := n + 1;
		made := plain || '_' || n;
	END LOOP;
	RETURN made;
END $$;

-- Checks the definition of a field, and completes a new definition.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_field_definition() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	choosable boolean := NEW.kind IN ('choice', 'choices');
	most integer := crm.custom_limit('custom_fields', 200);
	n bigint;
BEGIN
	IF ops.mode('restoring') THEN
		RETURN NEW;
	ELSIF NEW.key IS NULL THEN
		NEW.key := crm.field_key(NEW.org_id, NEW.resource, NEW.label);
	END IF;
	IF TG_OP = 'INSERT' THEN
		NEW.object_id := crm.object_of(NEW.org_id, NEW.resource);
	END IF;
	IF TG_OP = 'INSERT' AND NEW.object_id IS NULL AND NEW.org_id = ops.org() AND (NEW.resource = 'records' OR NEW.resource <> ALL (coalesce(ops.resources_with('custom'), '{}'))) THEN
		PERFORM ops.refuse('no_custom_fields', 'resource', left(NEW.resource, 100));
	ELSIF TG_OP = 'INSERT' AND crm.field_key_kept(NEW.org_id, NEW.resource, NEW.key) THEN
		PERFORM ops.refuse('field_in_trash', 'key', NEW.key);
	END IF;
	IF choosable AND (jsonb_typeof(NEW.choices) IS DISTINCT FROM 'array' OR jsonb_array_length(NEW.choices) NOT BETWEEN 1 AND 500
	    OR EXISTS (SELECT FROM jsonb_array_elements(NEW.choices) c WHERE jsonb_typeof(c) <> 'string' OR c #>> '{}' !~ '\S' OR char_length(c #>> '{}') > 100)) THEN
		PERFORM ops.refuse('choices_of_field', 'choices');
	ELSIF choosable AND (SELECT count(DISTINCT c) <> count(*) FROM jsonb_array_elements(NEW.choices) c) THEN
		PERFORM ops.refuse('choice_twice', 'choices', (SELECT c #>> '{}' FROM jsonb_array_elements(NEW.choices) c GROUP BY c HAVING count(*) > 1 LIMIT 1));
	ELSIF NEW.kind NOT IN ('relation', 'relations') AND NEW.refers IS NOT NULL OR NEW.kind IN ('relation', 'relations')
	    AND NOT coalesce(crm.object_of(NEW.org_id, NEW.refers) IS NOT NULL OR NEW.refers <> 'records' AND NEW.refers = ANY (ops.resources_with('trash'))
		AND to_regclass('crm.' || quote_ident(NEW.refers)) IS NOT NULL, false) THEN
		PERFORM ops.refuse('refers_of_field', 'refers');
	ELSIF NEW.minimum > NEW.maximum THEN
		PERFORM ops.refuse('bounds_of_field', 'maximum');
	ELSIF jsonb_typeof(NEW.labels) <> 'object' OR EXISTS (SELECT FROM jsonb_each(NEW.labels) l
	    WHERE l.key NOT IN ('en', 'fr') OR jsonb_typeof(l.value) NOT IN ('string', 'null') OR char_length(l.value #>> '{}') > 100) THEN
		PERFORM ops.refuse('labels_of_field', 'labels');
	END IF;
	IF NEW.on_delete IS NOT NULL AND NEW.refers IS NULL THEN
		PERFORM ops.refuse('not_a_relation', 'on_delete');
	ELSIF NEW.on_delete = 'clear' AND NEW.required THEN
		PERFORM ops.refuse('clears_required', 'on_delete');
	END IF;
	NEW.is_indexed := NEW.is_indexed OR NEW.refers IS NOT NULL;	-- the page of a row lists the rows that refer to it
	IF (NEW.is_indexed OR NEW.is_unique) AND crm.custom_slot(NEW.kind) IS NULL OR NEW.is_unique AND NEW.kind = 'relations' THEN
		PERFORM ops.refuse('field_without_index', CASE WHEN NEW.is_unique THEN 'is_unique' ELSE 'is_indexed' END);
	END IF;
	IF TG_OP = 'INSERT' OR (OLD.is_indexed, OLD.is_unique) IS DISTINCT FROM (NEW.is_indexed, NEW.is_unique) THEN
		NEW.indexed_at := NULL;
	END IF;
	IF NOT choosable THEN
		NEW.choices := NULL;
	END IF;
	IF TG_OP = 'UPDATE' AND (OLD.formula IS NULL) <> (NEW.formula IS NULL) THEN
		PERFORM ops.refuse('formula_kept', 'formula');
	ELSIF NEW.formula IS NOT NULL THEN
		NEW := crm.check_formula(NEW);
	END IF;
	NEW := crm.check_rollup(NEW);
	IF NEW.kind = 'file' AND NEW.default_value IS NOT NULL THEN
		PERFORM ops.refuse('file_default', 'default_value');
	END IF;
	NEW.default_value := crm.custom_value(NEW, 'default_value', NEW.default_value, NULL);
	IF TG_OP = 'INSERT' THEN
		PERFORM pg_advisory_xact_lock(hashtextextended('fields ' || NEW.org_id, 0));
		SELECT count(*), coalesce(nullif(NEW.position, 0), max(f.position) + 1, 1) INTO n, NEW.position FROM crm.field_definitions f
		 WHERE f.org_id = NEW.org_id AND f.resource = NEW.resource;
		IF n >= most THEN
			PERFORM ops.refuse('too_many_fields', 'resource', NEW.resource, most::text);
		END IF;
	END IF;
	RETURN NEW;
END $$;

DROP POLICY IF EXISTS readers ON crm.field_definitions;
CREATE POLICY readers ON crm.field_definitions FOR SELECT TO tenantry_app USING (true);
DROP POLICY IF EXISTS administrators ON crm.field_definitions;
CREATE POLICY administrators ON crm.field_definitions TO tenantry_app
	USING ((SELECT ops.administers()));

CREATE OR REPLACE TRIGGER check_definition BEFORE INSERT OR UPDATE ON crm.field_definitions
	FOR EACH ROW EXECUTE FUNCTION crm.check_field_definition();

-- Returns the actions that rules may perform on a kind.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.custom_rules(kind text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN kind IN ('choices', 'relations', 'address', 'file') THEN '[]' WHEN kind IN ('person', 'relation') THEN '["compare"]'
		WHEN kind = 'time' THEN '["compare", "set"]' ELSE '["compare", "set", "quote"]' END::jsonb
$$;

-- Returns how the cells of a file name the rows to which a field refers, for crm.import_found(). Returns null if the
-- rows have no name.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.named_as(kind text, refers text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN kind = 'person' THEN 'owner' WHEN refers = 'companies' THEN 'company' WHEN refers = 'contacts' THEN 'contact'
		WHEN refers = 'deals' THEN 'deal' WHEN (ops.field(refers, 'name')).type = 'text' THEN refers END
$$;

-- Returns the members of an address or a file that an import can set, with what rules can do with them, and their names in
-- headers. A header that names only the field of a file contains the address.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.written_parts(kind text) RETURNS TABLE (member text, rules jsonb, names text[])
LANGUAGE sql STABLE AS $$
	SELECT m.name, '["compare", "set", "quote"]'::jsonb, ARRAY[x.name] || ARRAY(SELECT jsonb_array_elements_text(x.description->'import') UNION SELECT l.value FROM jsonb_each_text(x.description->'label') l)
	  FROM unnest(CASE kind WHEN 'address' THEN crm.address_members() END) WITH ORDINALITY m (name, n) CROSS JOIN LATERAL ops.field('companies', m.name) x
	UNION ALL SELECT v.* FROM (VALUES ('title', '["compare", "quote"]'::jsonb, '{title,name,titre,nom}'::text[]), ('src', '[]', '{"",src,link,url,lien}')) v WHERE kind = 'file'
$$;

-- Returns a member of an address or a file as a field of an import, such as custom.site.city. An import recognizes headers
-- that name the field and the member, such as "Site city".
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.field_part(made ops.field, f crm.field_definitions, member text, rules jsonb, names text[]) RETURNS ops.field
LANGUAGE plpgsql STABLE AS $$
BEGIN
	made.name := format('custom.%s.%s', f.key, member);
	made.type := 'text';
	made.required := false;
	made.description := jsonb_build_object('write', 'always', 'rules', rules, 'import', ARRAY(
		SELECT DISTINCT btrim(l.name || ' ' || p.name) FROM unnest(ARRAY[f.label, f.labels->>'en', f.labels->>'fr']) l (name)
		CROSS JOIN unnest(names) p (name) WHERE l.name IS NOT NULL));
	RETURN made;
END $$;

-- Returns the custom fields of a resource, described like other fields, for imports and rules.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.described_fields(resource text) RETURNS SETOF ops.field
LANGUAGE plpgsql STABLE AS $$
DECLARE
	f crm.field_definitions;
	made ops.field;
	part record;
BEGIN
	FOR f IN SELECT x.* FROM crm.custom_fields_read(resource) x LOOP
		made.resource := resource;
		made.name := 'custom.' || f.key;
		made.place := coalesce(made.place, 10000) + 1;
		made.type := crm.custom_type(coalesce(f.result, f.kind));
		made.description := CASE WHEN f.relation IS NOT NULL THEN '{}' WHEN f.formula IS NOT NULL THEN jsonb_build_object('rules', crm.custom_rules(f.kind) - 'set')
			ELSE jsonb_build_object('write', 'always', 'import', ARRAY[f.label, f.labels->>'en', f.labels->>'fr'], 'rules', crm.custom_rules(f.kind)) END
			|| CASE WHEN f.kind IN ('integer', 'number') THEN '{"import_as": "decimal"}' WHEN f.kind = 'money' THEN '{"import_as": "amount"}'
				WHEN f.kind = 'choices' THEN '{"import_as": "choices"}'
				WHEN crm.named_as(f.kind, f.refers) IS NOT NULL THEN jsonb_build_object('import_as', crm.named_as(f.kind, f.refers)) ELSE '{}' END::jsonb;
		made.required := f.required;
		RETURN NEXT made;
		-- An imported file has a column for each member of an address.
		FOR part IN SELECT p.* FROM crm.written_parts(f.kind) p LOOP
			made.place := made.place + 1;
			RETURN NEXT crm.field_part(made, f, part.member, part.rules, part.names);
		END LOOP;
	END LOOP;
END $$;

-- Returns the custom fields of a resource for the caller's catalogue, as members of a JSON object, or null if there
-- are none.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.custom_catalogue(resource text, writes boolean) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	limits jsonb := ops.fields_granted(resource);
BEGIN
	RETURN (SELECT string_agg(format('%s:%s', to_json('custom.' || f.key), jsonb_strip_nulls(jsonb_build_object(
			'label', jsonb_build_object('en', coalesce(f.labels->>'en', f.label), 'fr', coalesce(f.labels->>'fr', f.label)),
			'type', crm.custom_type(coalesce(f.result, f.kind)), 'kind', CASE coalesce(f.result, f.kind) WHEN 'integer' THEN 'number' WHEN 'person' THEN 'reference'
				WHEN 'relation' THEN 'reference' WHEN 'relations' THEN 'references' WHEN 'email' THEN 'text' ELSE coalesce(f.result, f.kind) END,
			'refers', CASE f.kind WHEN 'person' THEN 'sales' ELSE f.refers END, 'choices', f.choices, 'currency', f.money, 'help', f.help, 'section', f.section,
			'default', f.default_value, 'rules', nullif(CASE WHEN f.relation IS NULL THEN crm.custom_rules(f.kind) - CASE WHEN f.formula IS NULL THEN '' ELSE 'set' END END, '[]'), 'required', nullif(f.required, false),
			'write', CASE WHEN writes AND f.formula IS NULL AND f.relation IS NULL AND crm.custom_allowed(limits, 'update', f.key) THEN 'always' END))), ',' ORDER BY f.place)
		FROM (SELECT x.*, crm.currency_of(x) AS money, row_number() OVER () AS place FROM crm.custom_fields_read(custom_catalogue.resource) x) f);
END $$;
