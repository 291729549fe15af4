-- Changes of the kind, the choices, the currency or the bounds of a field with values: each value is converted, and the previous value is
-- kept for 30 days, in the same row under a key that no definition can have, such as #level.1764493200000. The number is
-- the time of the change in milliseconds.
-- needs: crm/custom_field.sql crm/formula.sql crm/rollup.sql

-- Returns the kinds whose values can be converted to each other.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.converted_kinds() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$ SELECT '{text,longtext,integer,number,money,date,time,boolean,choice,choices,url,email,phone}'::text[] $$;

-- Returns the value of a field after a change of its definition, or the reason why there is none.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.converted(f crm.field_definitions, value jsonb, OUT result jsonb, OUT reason text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	said text := btrim(CASE jsonb_typeof(value) WHEN 'array' THEN (SELECT string_agg(v, ', ') FROM jsonb_array_elements_text(value) v) ELSE value #>> '{}' END);
	parts jsonb;
BEGIN
	IF said IS NULL OR f.kind <> ALL (crm.converted_kinds()) THEN
		result := value;
		RETURN;
	END IF;
	IF f.kind IN ('choice', 'choices') THEN
		parts := (SELECT jsonb_agg(coalesce((SELECT c FROM jsonb_array_elements(f.choices) c WHERE lower(c #>> '{}') = lower(btrim(p))
				ORDER BY c #>> '{}' <> btrim(p) LIMIT 1), to_jsonb(btrim(p))))
			FROM unnest(CASE WHEN f.kind = 'choices' AND NOT f.choices ? said THEN string_to_array(said, ',') ELSE ARRAY[said] END) p);
	END IF;
	BEGIN
		result := crm.custom_value(f, 'custom.' || f.key, CASE f.kind
			WHEN 'choices' THEN parts
			WHEN 'choice' THEN parts->0
			WHEN 'date' THEN to_jsonb(regexp_replace(said, '^(\d{4}-\d\d-\d\d)T.*$', '\1'))
			WHEN 'time' THEN to_jsonb(regexp_replace(said, '^(\d{4}-\d\d-\d\d)$', '\1T00:00:00Z'))
			WHEN 'boolean' THEN CASE WHEN lower(said) IN ('true', 'yes', '1') THEN 'true' WHEN lower(said) IN ('false', 'no', '0') THEN 'false' ELSE value END::jsonb
			ELSE to_jsonb(said) END, NULL);
	EXCEPTION WHEN SQLSTATE 'ZH422' THEN
		reason := SQLERRM;
	END;
END $$;

-- Returns the definition after a change. Refuses a change that the kind or the member does not allow.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.changed_field(f crm.field_definitions, change jsonb) RETURNS crm.field_definitions
LANGUAGE plpgsql STABLE AS $$
DECLARE
	kinds text[] := crm.converted_kinds();
	new crm.field_definitions := jsonb_populate_record(f, change);
BEGIN
	IF coalesce(f.formula, f.relation) IS NOT NULL OR new.kind <> f.kind AND NOT (f.kind = ANY (kinds) AND new.kind = ANY (kinds)) THEN
		PERFORM ops.refuse('kind_not_converted', 'kind', f.kind, left(new.kind, 50));
	ELSIF new.kind IN ('choice', 'choices') AND jsonb_typeof(new.choices) IS DISTINCT FROM 'array' THEN
		PERFORM ops.refuse('choices_of_field', 'choices');
	ELSIF new.kind NOT IN ('choice', 'choices') THEN
		new.choices := NULL;
	END IF;
	IF new.kind NOT IN ('integer', 'number', 'money') THEN
		new.minimum := NULL;
		new.maximum := NULL;
		new.digits := NULL;
	END IF;
	IF new.kind <> 'money' THEN
		new.currency := NULL;
	ELSIF new.currency <> ALL (crm.currencies()) THEN
		PERFORM ops.refuse('not_a_currency', 'currency');
	END IF;
	RETURN new;
END $$;

-- Returns whether a change of a definition requires its values to be converted.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.converts(f crm.field_definitions, new crm.field_definitions) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT (f.kind, f.choices, f.minimum, f.maximum, f.digits, f.currency) IS DISTINCT FROM (new.kind, new.choices, new.minimum, new.maximum, new.digits, new.currency)
$$;

-- Returns what a change of a definition would do to the values of at most 50,000 rows.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.previewed_change(f crm.field_definitions, new crm.field_definitions) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	made jsonb;
BEGIN
	EXECUTE format('WITH t AS MATERIALIZED (SELECT t.id, nullif(t.custom->$2, ''null'') AS value FROM %s t WHERE t.org_id = $1%s ORDER BY t.id LIMIT 50001), '
		'v AS MATERIALIZED (SELECT t.id, t.value, c.result, c.reason FROM t CROSS JOIN LATERAL crm.converted($3, t.value) c ORDER BY t.id LIMIT 50000), '
		'w AS MATERIALIZED (SELECT v.id, v.value, v.result, CASE WHEN v.value IS NOT NULL AND v.result IS NULL THEN coalesce(v.reason, '''') '
		'WHEN v.value IS NULL AND $4 THEN ops.refusal_said(''required'', ''{}'') '
		'WHEN $5 AND v.result IS NOT NULL AND count(*) OVER (PARTITION BY lower(v.result #>> ''{}'')) > 1 THEN ops.refusal_said(''taken'', ARRAY[v.result #>> ''{}'']) END AS why FROM v) '
		'SELECT jsonb_build_object(''rows'', count(*), ''more'', (SELECT count(*) > 50000 FROM t), ''values'', count(w.value), '
		'''lost'', count(*) FILTER (WHERE w.value IS NOT NULL AND w.result IS NULL), ''missing'', count(*) FILTER (WHERE w.value IS NULL AND w.why IS NOT NULL), '
		'''twice'', count(*) FILTER (WHERE w.result IS NOT NULL AND w.why IS NOT NULL), ''violations'', (SELECT coalesce(jsonb_agg(jsonb_build_object('
		'''id'', x.id, ''value'', x.value, ''reason'', x.why) ORDER BY x.id), ''[]'') FROM (SELECT * FROM w WHERE w.why IS NOT NULL ORDER BY w.id LIMIT 100) x)) FROM w',
		crm.tenant_table(f.resource), crm.of_object(f.resource)) INTO made USING f.org_id, f.key, new, new.required AND NOT f.required, new.is_unique AND crm.custom_slot(new.kind) IS NOT NULL;
	RETURN made;
END $$;

-- Returns the definition that a caller may change.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.changing_field(field_id bigint) RETURNS crm.field_definitions
LANGUAGE plpgsql AS $$
DECLARE
	f crm.field_definitions;
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	END IF;
	SELECT x.* INTO f FROM crm.field_definitions x WHERE x.org_id = ops.org() AND x.id = field_id FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM ops.refuse('not_found');
	END IF;
	RETURN f;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.preview_field_change(field_id bigint, change jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	f crm.field_definitions := crm.changing_field(field_id);
BEGIN
	RETURN crm.previewed_change(f, crm.changed_field(f, change))::text;
END $$;

-- Returns the response to a change or to its undo, which tells whether all rows are converted.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.field_change_answer(field_id bigint) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT jsonb_build_object('id', f.id, 'kind', f.kind, 'finished', NOT coalesce(f.previous ? 'then', false), 'undo_until', (f.previous->>'at')::timestamptz + interval '30 days')
		FROM crm.field_definitions f WHERE f.org_id = ops.org() AND f.id = field_id)::text;
END $$;

-- Changes a definition, and converts its values: immediately if there are up to 1,000 rows, and otherwise in
-- tenantry-jobs.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.change_field(field_id bigint, change jsonb, lose boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	f crm.field_definitions := crm.changing_field(field_id);
	new crm.field_definitions := crm.changed_field(f, change);
	preview jsonb := crm.previewed_change(f, new);
	converts boolean := crm.converts(f, new);
	indexed boolean := f.is_indexed AND crm.custom_slot(new.kind) IS NOT NULL;
BEGIN
	IF f.previous ? 'then' THEN
		PERFORM ops.refuse('field_change_pending');
	ELSIF (preview->>'lost' <> '0' OR converts AND (preview->>'more')::boolean) AND NOT coalesce(lose, false) THEN
		PERFORM ops.refuse('values_lost', 'lose', preview->>'lost');
	ELSIF preview->>'twice' <> '0' THEN
		PERFORM ops.refuse('values_not_unique', 'is_unique', preview->>'twice', preview #>> '{violations,0,value}');
	END IF;
	-- The index is rebuilt after the conversion, since it cannot have values of two kinds.
	UPDATE crm.field_definitions x SET kind = new.kind, choices = new.choices, minimum = new.minimum, maximum = new.maximum, digits = new.digits, currency = new.currency,
		required = new.required, is_unique = new.is_unique AND NOT converts, is_indexed = indexed AND NOT converts,
		default_value = CASE WHEN converts THEN (crm.converted(new, f.default_value)).result ELSE f.default_value END,
		previous = CASE WHEN converts THEN jsonb_build_object('kept', format('#%s.%s', f.key, (extract(epoch FROM clock_timestamp()) * 1000)::bigint), 'at', now(), 'kind', f.kind,
			'definition', jsonb_build_object('kind', f.kind, 'choices', f.choices, 'minimum', f.minimum, 'maximum', f.maximum, 'digits', f.digits, 'currency', f.currency,
				'required', f.required, 'is_unique', f.is_unique, 'is_indexed', f.is_indexed, 'default_value', f.default_value),
			'then', jsonb_build_object('is_unique', new.is_unique, 'is_indexed', indexed)) ELSE f.previous END
	 WHERE x.org_id = f.org_id AND x.id = f.id;
	RETURN crm.field_change_answer(field_id);
END $$;

-- Undoes the last change of a definition. Values that were written since are converted.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.undo_field_change(field_id bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	f crm.field_definitions := crm.changing_field(field_id);
	old crm.field_definitions := jsonb_populate_record(f, f.previous->'definition');
BEGIN
	IF f.previous IS NULL OR f.previous ? 'undoes' OR (f.previous->>'at')::timestamptz < now() - interval '30 days' THEN
		PERFORM ops.refuse('no_field_change');
	END IF;
	UPDATE crm.field_definitions x SET kind = old.kind, choices = old.choices, minimum = old.minimum, maximum = old.maximum, digits = old.digits, currency = old.currency,
		required = old.required, is_unique = false, is_indexed = false, default_value = old.default_value,
		previous = f.previous || jsonb_build_object('undoes', true, 'then', jsonb_build_object('is_unique', old.is_unique, 'is_indexed', old.is_indexed))
	 WHERE x.org_id = f.org_id AND x.id = f.id;
	RETURN crm.field_change_answer(field_id);
END $$;

-- Returns the values of a row after a change of a definition, or after its undo.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.converted_row(f crm.field_definitions, custom jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	kept text := f.previous->>'kept';
	had jsonb := custom->f.key;
	value jsonb := CASE WHEN f.previous ? 'undoes' AND custom ? kept THEN custom->kept ELSE (crm.converted(f, had)).result END;
BEGIN
	custom := CASE WHEN value IS NULL THEN custom - f.key ELSE custom || jsonb_build_object(f.key, value) END;
	RETURN CASE WHEN f.previous ? 'undoes' THEN custom - kept
		WHEN value IS DISTINCT FROM had AND NOT custom ? kept THEN custom || jsonb_build_object(kept, had) ELSE custom END;
END $$;

-- Returns the values of a row that is restored. The fields may have changed while the row was in the trash: their values
-- are converted, and the values of fields that no longer exist are removed. A field that was created since, with the key
-- of a purged field, gets no value.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.restored_custom(of_resource text, custom jsonb, deleted_at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	f crm.field_definitions;
	part jsonb;	-- the converted values of one field
	restored jsonb := '{}';
BEGIN
	IF custom IS NULL THEN
		RETURN NULL;
	END IF;
	FOR f IN SELECT d.* FROM (SELECT x.* FROM crm.field_definitions x WHERE x.org_id = ops.org() AND x.resource = of_resource
		UNION ALL SELECT x.* FROM crm.trash t, jsonb_populate_record(NULL::crm.field_definitions, t.row::jsonb) x
			WHERE t.org_id = ops.org() AND t.resource = 'field_definitions' AND x.resource = of_resource) d
	    WHERE d.created_at <= restored_custom.deleted_at AND custom ?| ARRAY[d.key, d.previous->>'kept'] LOOP
		part := (SELECT jsonb_object_agg(c.key, c.value) FROM jsonb_each(custom) c WHERE c.key IN (f.key, f.previous->>'kept'));
		restored := restored || CASE WHEN coalesce(f.formula, f.relation) IS NULL AND part ? f.key THEN crm.converted_row(f, part) ELSE part END;
	END LOOP;
	RETURN nullif(restored, '{}');
END $$;

-- Converts the values of up to "most" rows after a row. Returns the last of these rows, or null at the end.
CREATE OR REPLACE FUNCTION crm.convert_rows(f crm.field_definitions, after bigint, most integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	last bigint;
	n bigint;
BEGIN
	PERFORM ops.set_mode('converting', true);
	EXECUTE format('WITH t AS MATERIALIZED (SELECT t.id, t.custom ?| ARRAY[$4, $5] AS had FROM %1$s t WHERE t.org_id = $1 AND t.id > $2%2$s ORDER BY t.id LIMIT $3 FOR NO KEY UPDATE), '
		'done AS (UPDATE %1$s x SET custom = nullif(crm.converted_row($6, x.custom), ''{}'') FROM t WHERE t.had AND x.org_id = $1 AND x.id = t.id '
		'AND crm.converted_row($6, x.custom) <> x.custom) '
		'SELECT max(t.id), count(*) FROM t', crm.tenant_table(f.resource), crm.of_object(f.resource))
		INTO last, n USING f.org_id, after, most, f.key, f.previous->>'kept', f;
	PERFORM ops.set_mode('converting', false);
	RETURN CASE WHEN n = most THEN last END;
END $$;

-- Ends a change when all rows are converted: the field gets its index again. If two rows now have the same value, the
-- field does not become unique.
CREATE OR REPLACE FUNCTION crm.finish_field_change(f crm.field_definitions) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	wanted jsonb := f.previous->'then';
	finished jsonb := CASE WHEN NOT f.previous ? 'undoes' THEN f.previous - 'then' END;
BEGIN
	UPDATE crm.field_definitions x SET previous = finished, is_indexed = (wanted->>'is_indexed')::boolean WHERE x.org_id = f.org_id AND x.id = f.id;
	IF (wanted->>'is_unique')::boolean THEN
		UPDATE crm.field_definitions x SET is_unique = true WHERE x.org_id = f.org_id AND x.id = f.id;
	END IF;
EXCEPTION WHEN SQLSTATE 'ZH409' OR SQLSTATE 'ZH422' THEN
	UPDATE crm.field_definitions x SET previous = finished, is_indexed = (wanted->>'is_indexed')::boolean WHERE x.org_id = f.org_id AND x.id = f.id;
END $$;

-- Converts the values after a change of a definition, and queues the removal of the previous values. The definition may
-- also come from the trash.
CREATE OR REPLACE FUNCTION crm.follow_field_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF NEW.previous ? 'then' AND crm.convert_rows(NEW, 0, 1000) IS NULL THEN
		PERFORM crm.finish_field_change(NEW);
	ELSIF NEW.previous ? 'then' THEN
		INSERT INTO ops.field_work (org_id, field_id, resource, key, purges, converts) VALUES (NEW.org_id, NEW.id, NEW.resource, NEW.key, false, true)
		ON CONFLICT ON CONSTRAINT field_work_pkey DO UPDATE SET converts = true, purges = false, upto = 0;
		PERFORM pg_notify('tenantry_periodic_tasks', '');
	END IF;
	INSERT INTO ops.field_work (org_id, field_id, resource, key, purges, due)
	VALUES (NEW.org_id, NEW.id, NEW.resource, NEW.previous->>'kept', true, (NEW.previous->>'at')::timestamptz + interval '30 days')
	ON CONFLICT ON CONSTRAINT field_work_pkey DO NOTHING;
	RETURN NULL;
END $$;

-- The names of both triggers sort after index_field and index_new_field, because these empty the index first.
CREATE OR REPLACE TRIGGER then_restored_change AFTER INSERT ON crm.field_definitions FOR EACH ROW
	WHEN (NEW.previous IS NOT NULL) EXECUTE FUNCTION crm.follow_field_change();
CREATE OR REPLACE TRIGGER then_change AFTER UPDATE OF previous ON crm.field_definitions FOR EACH ROW
	WHEN (NEW.previous ? 'then' AND OLD.previous IS DISTINCT FROM NEW.previous) EXECUTE FUNCTION crm.follow_field_change();
