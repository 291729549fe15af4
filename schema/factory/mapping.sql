-- Mappings: which value of a source fills which field, and by which expression.
-- needs: crm/expression.sql crm/import.sql factory/permission.sql

-- Returns the fields of a mapping with the trees of their expressions: [{"target", "type", "required", "node"}].
-- Refuses fields that cannot be mapped.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.compile_fields(resource text, fields jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	compiled jsonb := '[]';
	types text[] := '{text,number,date,boolean}';
	f jsonb;
	at text;	-- the path of the member at fault
	n bigint;
	codes text;	-- the code of a refusal and its arguments
	node jsonb;
BEGIN
	IF NOT EXISTS (SELECT FROM crm.import_fields(resource)) OR resource LIKE 'json-%' THEN
		PERFORM ops.refuse('not_importable', 'resource');
	END IF;
	FOR f, n IN SELECT x.f, x.n - 1 FROM jsonb_array_elements(CASE jsonb_typeof(fields) WHEN 'array' THEN fields ELSE '[]' END)
	    WITH ORDINALITY x (f, n) LOOP
		at := 'fields.' || n;
		IF jsonb_typeof(f) <> 'object' THEN
			PERFORM ops.refuse('not_an_object', at);
		ELSIF jsonb_typeof(f->'target') IS DISTINCT FROM 'string' THEN
			PERFORM ops.refuse('required', at || '.target');
		ELSIF NOT EXISTS (SELECT FROM crm.import_fields(resource) x WHERE x.field = f->>'target') THEN
			PERFORM ops.refuse('mapping_target_unknown', at || '.target', resource);
		ELSIF EXISTS (SELECT FROM jsonb_array_elements(compiled) x WHERE x->'target' = f->'target') THEN
			PERFORM ops.refuse('mapping_target_twice', at || '.target');
		ELSIF (coalesce(f->>'source', '') = '') = (coalesce(f->>'expression', '') = '') THEN
			PERFORM ops.refuse('mapping_source', at);
		ELSIF coalesce(f->>'type', 'text') <> ALL (types) THEN
			PERFORM ops.refuse('not_in_enumeration', at || '.type', array_to_string(types, ', '));
		ELSIF jsonb_typeof(f->'required') <> 'boolean' THEN
			PERFORM ops.refuse('value_boolean', at || '.required');
		END IF;
		codes := NULL;
		node := jsonb_build_array('field', jsonb_build_array('value', f->>'source'));
		IF coalesce(f->>'expression', '') <> '' THEN
			BEGIN
				node := crm.parse_expression(f->>'expression');
			EXCEPTION WHEN SQLSTATE 'ZH422' THEN
				GET STACKED DIAGNOSTICS codes = PG_DATATYPE_NAME;
			END;
		END IF;
		IF codes IS NOT NULL THEN
			PERFORM ops.refuse(split_part(codes, ' ', 1), at || '.expression', VARIADIC ARRAY(
				SELECT jsonb_array_elements_text(substr(codes, strpos(codes, ' ') + 1)::jsonb)));
		END IF;
		compiled := compiled || jsonb_build_array(jsonb_build_object('target', f->'target', 'type', coalesce(f->>'type', 'text'),
			'required', coalesce(f->'required', 'false'), 'node', node));
	END LOOP;
	RETURN compiled;
END $$;

-- Returns a row of a source as {"v": {"first_name": "Ada"}, "problem": null}. Values are numbers, or texts as in a
-- file.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.map_row(compiled jsonb, lookups jsonb, source jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	made jsonb := '{}';
	value jsonb;
	said text;
	codes text;
	f jsonb;
BEGIN
	FOR f IN SELECT x FROM jsonb_array_elements(compiled) x LOOP
		value := crm.evaluate(f->'node', source, lookups);
		said := CASE f->>'type' WHEN 'number' THEN crm.read_number(value)::text
			WHEN 'date' THEN crm.read_day(value, NULL)::text
			WHEN 'boolean' THEN CASE WHEN value NOT IN ('null', '""') THEN crm.read_truth(value)::text END
			ELSE crm.read_string(value) END;
		IF coalesce(said, '') <> '' THEN
			made := jsonb_set(made, ARRAY[f->>'target'], CASE WHEN f->>'type' = 'number' OR jsonb_typeof(value) = 'number' AND f->>'type' = 'text'
				THEN said::jsonb ELSE to_jsonb(said) END);
		ELSIF (f->>'required')::boolean THEN
			PERFORM ops.refuse('required');
		END IF;
	END LOOP;
	RETURN jsonb_build_object('v', made, 'problem', NULL);
EXCEPTION WHEN SQLSTATE 'ZH422' OR data_exception THEN
	GET STACKED DIAGNOSTICS codes = PG_DATATYPE_NAME;
	RETURN jsonb_build_object('v', made, 'problem', crm.caught_problem(SQLSTATE, SQLERRM, codes, '', '', f->>'target'));
END $$;

-- Returns the result of a mapping for the given rows. The function reads no other data.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.preview_mapping(resource text, fields text, lookups text, rows text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	compiled jsonb;
BEGIN
	IF ops.scope('data_mappings', 'read') IS DISTINCT FROM 'all' THEN
		PERFORM ops.refuse('role');
	ELSIF jsonb_array_length(fields::jsonb) > 500 THEN
		PERFORM ops.refuse('too_many_entries', 'fields');
	ELSIF jsonb_array_length(rows::jsonb) > 20 THEN
		PERFORM ops.refuse('too_many_sample_rows', 'rows');
	END IF;
	compiled := factory_app.compile_fields(coalesce(resource, 'contacts'), fields::jsonb);
	RETURN (SELECT coalesce(json_agg(json_build_object('values', m.made->'v', 'problem', crm.problem_text(nullif(m.made->'problem', 'null')),
			'problems', m.made->'problem') ORDER BY m.n), '[]')
		FROM (SELECT x.n, factory_app.map_row(compiled, coalesce(lookups::jsonb, '{}'), x.source) AS made
			FROM jsonb_array_elements(rows::jsonb) WITH ORDINALITY x (source, n)) m);
END $$;

-- Checks a mapping, numbers its versions, and refuses to change a version that a job uses.
CREATE OR REPLACE FUNCTION factory_app.check_mapping() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF ops.mode('restoring') THEN
		RETURN NEW;
	ELSIF TG_OP = 'UPDATE' AND to_jsonb(NEW) - '{name,version,updated_at}'::text[] <> to_jsonb(OLD) - '{name,version,updated_at}'::text[] AND EXISTS (SELECT FROM factory_app.integration_jobs j WHERE j.org_id = OLD.org_id AND j.mapping_id = OLD.id) THEN
		PERFORM ops.refuse('mapping_in_use');
	END IF;
	PERFORM factory_app.compile_fields(NEW.resource, NEW.fields);
	IF NEW.version IS NULL THEN
		PERFORM pg_advisory_xact_lock(hashtextextended('mapping ' || NEW.org_id || ' ' || NEW.integration_id, 0));
		NEW.version := coalesce((SELECT max(m.version) + 1 FROM factory_app.data_mappings m WHERE m.org_id = NEW.org_id
			AND m.integration_id = NEW.integration_id AND m.name = NEW.name), 1);
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER check_insert BEFORE INSERT ON factory_app.data_mappings
	FOR EACH ROW EXECUTE FUNCTION factory_app.check_mapping();
CREATE OR REPLACE TRIGGER check_update BEFORE UPDATE OF resource, mode, match_by, fields, lookups ON factory_app.data_mappings
	FOR EACH ROW EXECUTE FUNCTION factory_app.check_mapping();
