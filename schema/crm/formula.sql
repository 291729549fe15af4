-- Formulas: custom fields whose values are computed from other fields of the row. They are stored with the other values
-- of the row, so that lists, filters, exports and indexes treat them alike.
-- needs: crm/custom_field.sql crm/expression.sql

-- Returns the names of fields in a parsed formula.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.formula_names(parsed jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(array_agg(DISTINCT n #>> '{}'), '{}') FROM jsonb_path_query(parsed, 'strict $.** ? (@.type() == "array" && @[0] == "field")[1][1]') n
$$;

-- Returns the field that a formula of a resource names, by the name that roles use, or null if there is none. A custom
-- field can be named by its key alone if no column has this name. A formula names a member of an address or a file, as in
-- site.city.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.input_name(of_resource text, said text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	bare text := regexp_replace(said, '^custom[.]', '');
	known boolean := said <> 'custom' AND (ops.field(of_resource, split_part(said, '.', 1))).type IS NOT NULL AND NOT starts_with(said, 'custom.')
		AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = crm.tenant_table(of_resource) AND a.attname = split_part(said, '.', 1) AND a.attgenerated = '');
BEGIN
	IF known THEN
		RETURN CASE WHEN strpos(said, '.') = 0 THEN said END;
	END IF;
	RETURN (SELECT 'custom.' || x.key FROM crm.custom_fields(of_resource) x WHERE x.key = split_part(bare, '.', 1)
		AND CASE WHEN x.kind IN ('address', 'file') THEN strpos(bare, '.') > 0 AND EXISTS (SELECT FROM crm.part_columns(x.kind, x.key) c WHERE c.name = 'custom.' || bare)
			ELSE x.key = bare END);
END $$;

-- Returns the fields on which a formula of a resource depends, by the names that roles use: the fields in the
-- formula, and the inputs of the formulas to which it refers.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.formula_inputs(of_resource text, own_key text, parsed jsonb, member text) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	said text;
	input text;
	f crm.field_definitions;
	inputs text[] := '{}';
BEGIN
	FOREACH said IN ARRAY crm.formula_names(parsed) LOOP
		input := crm.input_name(of_resource, said);
		SELECT x.* INTO f FROM crm.custom_fields(of_resource) x WHERE 'custom.' || x.key = input;
		IF input IS NULL THEN
			PERFORM ops.refuse('formula_field_unknown', member, of_resource, left(said, 50));
		ELSIF f.key = own_key OR 'custom.' || own_key = ANY (f.inputs) AND f.relation IS NULL THEN
			PERFORM ops.refuse('formula_cycle', member, f.label);
		ELSIF f.relation IS NOT NULL THEN
			PERFORM ops.refuse('formula_rollup', member, f.label);
		END IF;
		inputs := inputs || input || coalesce(f.inputs, '{}');
	END LOOP;
	RETURN ARRAY(SELECT DISTINCT i FROM unnest(inputs) i ORDER BY i);
END $$;

-- Returns the tree of a formula in a member of a definition. A formula with one of these functions is refused.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.parsed_formula(member text, source text, without text[], refusal text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	codes text;	-- the code of a refusal and its arguments
	parsed jsonb;
BEGIN
	BEGIN
		parsed := crm.parse_expression(source);
	EXCEPTION WHEN SQLSTATE 'ZH422' THEN
		GET STACKED DIAGNOSTICS codes = PG_DATATYPE_NAME;
	END;
	IF codes IS NOT NULL THEN
		PERFORM ops.refuse(split_part(codes, ' ', 1), member, VARIADIC ARRAY(
			SELECT jsonb_array_elements_text(coalesce(nullif(substr(codes, strpos(codes || ' ', ' ') + 1), ''), '[]')::jsonb)));
	ELSIF jsonb_path_exists(parsed, 'strict $.** ? (@.type() == "array" && (@[0] == $without[*] || @[0] == "field" && @[1][0] != "value"))',
	    jsonb_build_object('without', without)) THEN
		PERFORM ops.refuse(refusal, member);
	END IF;
	RETURN parsed;
END $$;

-- Parses and checks the formula of a definition.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.check_formula(f crm.field_definitions) RETURNS crm.field_definitions
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF f.kind NOT IN ('text', 'integer', 'number', 'money', 'date', 'boolean') THEN
		PERFORM ops.refuse('formula_kind', 'formula');
	END IF;
	f.parsed := crm.parsed_formula('formula', f.formula, '{today,lookup}', 'formula_function');
	f.inputs := crm.formula_inputs(f.resource, f.key, f.parsed, 'formula');
	f.required := false;
	f.default_value := NULL;
	RETURN f;
END $$;

-- Returns the value of a formula, or null. The formula can read only the columns among its inputs. An error is "#"
-- followed by the code of the refusal, as in "#division_by_zero".
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.formula_value(f crm.field_definitions, fields jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	value jsonb;
	n numeric;
	codes text;
BEGIN
	value := crm.evaluate(f.parsed, fields->'custom' || (SELECT coalesce(jsonb_object_agg(i, fields->i), '{}')
		FROM unnest(f.inputs) i WHERE NOT starts_with(i, 'custom.')) || jsonb_build_object('custom', fields->'custom'), '{}');
	IF f.kind IN ('integer', 'number', 'money') THEN
		n := round(crm.read_number(value), CASE f.kind WHEN 'integer' THEN 0 ELSE coalesce(f.digits, crm.money_digits(f), 10) END);
		IF f.kind = 'integer' AND abs(n) >= 1e18 THEN	-- lists read it as a bigint
			RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range';
		END IF;
	END IF;
	RETURN coalesce(CASE f.kind WHEN 'text' THEN nullif(to_jsonb(left(crm.read_string(value), 2000)), '""')
		WHEN 'date' THEN to_jsonb(crm.read_day(value, NULL)) WHEN 'boolean' THEN nullif(to_jsonb(value <> 'null' AND crm.read_truth(value)), 'null')
		ELSE to_jsonb(trim_scale(n)) END, 'null');
EXCEPTION WHEN SQLSTATE 'ZH422' OR data_exception THEN
	GET STACKED DIAGNOSTICS codes = PG_DATATYPE_NAME;
	RETURN to_jsonb('#' || coalesce(nullif(split_part(codes, ' ', 1), ''), 'value'));
END $$;

-- Returns the values of a row with those of its formulas, which may refer to each other. The number of passes is at
-- most the number of formulas.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.with_formulas(formulas crm.field_definitions[], custom jsonb, fields jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	f crm.field_definitions;
	before jsonb;
BEGIN
	FOR pass IN 1 .. cardinality(formulas) LOOP
		before := custom;
		FOREACH f IN ARRAY formulas LOOP
			custom := custom || jsonb_build_object(f.key, crm.formula_value(f, fields || jsonb_build_object('custom', custom)));
		END LOOP;
		EXIT WHEN custom = before;
	END LOOP;
	RETURN custom;
END $$;

-- Computes the formulas of up to "most" rows after a row. Returns the last of these rows, or null at the end.
CREATE OR REPLACE FUNCTION crm.compute_rows(f crm.field_definitions, after bigint, most integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	last bigint;
	n bigint;
BEGIN
	EXECUTE format('WITH t AS MATERIALIZED (SELECT t.id FROM %1$s t WHERE t.org_id = $1 AND t.id > $2%2$s ORDER BY t.id LIMIT $3 FOR NO KEY UPDATE), '
		'done AS (UPDATE %1$s x SET custom = coalesce(x.custom, ''{}'') FROM t WHERE x.org_id = $1 AND x.id = t.id) '
		'SELECT max(t.id), count(*) FROM t', crm.tenant_table(f.resource), crm.of_object(f.resource)) INTO last, n USING f.org_id, after, most;
	RETURN CASE WHEN n = most THEN last END;
END $$;

-- Computes the values of a new or changed formula: immediately if the table is small, and in tenantry-jobs otherwise.
-- Updates the inputs of formulas that refer to it.
CREATE OR REPLACE FUNCTION crm.follow_formula() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	dependent bigint;
BEGIN
	-- A formula that refers to another formula gets more inputs, and is computed after it.
	FOR dependent IN SELECT f.id FROM crm.field_definitions f WHERE f.org_id = NEW.org_id AND f.resource = NEW.resource
	    AND f.formula IS NOT NULL AND 'custom.' || NEW.key = ANY (f.inputs) AND f.id <> NEW.id ORDER BY cardinality(f.inputs), f.id LOOP
		UPDATE crm.field_definitions f SET formula = f.formula WHERE f.org_id = NEW.org_id AND f.id = dependent;
	END LOOP;
	IF crm.compute_rows(NEW, 0, 1000) IS NOT NULL THEN
		INSERT INTO ops.field_work (org_id, field_id, resource, key, purges, computes) VALUES (NEW.org_id, NEW.id, NEW.resource, NEW.key, false, true)
		ON CONFLICT ON CONSTRAINT field_work_pkey DO UPDATE SET computes = true, purges = false, upto = 0;
		PERFORM pg_notify('tenantry_periodic_tasks', '');
	END IF;
	RETURN NULL;
END $$;

-- Since its name sorts first, this trigger runs before index_field, which needs the values.
CREATE OR REPLACE TRIGGER follow_new_formula AFTER INSERT ON crm.field_definitions FOR EACH ROW
	WHEN (NEW.formula IS NOT NULL) EXECUTE FUNCTION crm.follow_formula();
CREATE OR REPLACE TRIGGER follow_formula AFTER UPDATE OF formula, digits, currency ON crm.field_definitions FOR EACH ROW
	WHEN (NEW.formula IS NOT NULL AND (OLD.formula, OLD.digits, OLD.currency) IS DISTINCT FROM (NEW.formula, NEW.digits, NEW.currency)) EXECUTE FUNCTION crm.follow_formula();

-- Refuses to delete a field that a formula or a rollup names, unless its object is deleted with all fields.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.keep_input() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	user_of text := (SELECT f.label FROM crm.field_definitions f WHERE f.org_id = OLD.org_id AND f.id <> OLD.id
		AND OLD.resource = coalesce(split_part(f.relation, '.', 1), f.resource) AND 'custom.' || OLD.key = ANY (f.inputs) LIMIT 1);
BEGIN
	IF user_of IS NOT NULL AND (OLD.object_id IS NULL OR crm.object_of(OLD.org_id, OLD.resource) IS NOT NULL) AND NOT ops.purging(OLD.org_id) THEN
		PERFORM ops.refuse('formula_names_field', NULL, user_of);
	END IF;
	RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER keep_input BEFORE DELETE ON crm.field_definitions FOR EACH ROW EXECUTE FUNCTION crm.keep_input();
