-- The costs of a product: the formula, and the calculations, which are stored with their inputs.
-- needs: crm/configuration.sql crm/deal.sql crm/module.sql crm/sale.sql factory/permission.sql factory/rate.sql ops/audit_log.sql

-- Returns a nonnegative number, rounded half to even. It rounds 0.125 to 0.12, and 0.135 to 0.14.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.round_half_even(x numeric, digits integer) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
	RETURN factory_app.round_ratio(x, 1, digits);
END $$;

-- Rounds the exact quotient a / b like factory_app.round_half_even().
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.round_ratio(a numeric, b numeric, digits integer) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	scaled numeric := a * ('1e' || digits)::numeric;
	whole numeric := div(scaled, b);
	twice numeric := 2 * (scaled - whole * b);
BEGIN
	IF twice > b OR twice = b AND mod(whole, 2) = 1 THEN
		whole := whole + 1;
	END IF;
	RETURN round(whole * ('1e-' || digits)::numeric, digits);
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.refuse_input(code text, path text, VARIADIC arguments text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM ops.refuse(code, coalesce('inputs.' || nullif(path, 'inputs'), 'inputs'), VARIADIC arguments);
END $$;

-- Returns a JSON member that is a number of at most twelve digits before the point and six after it.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.input_number(entry jsonb, name text, path text, otherwise numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	said text := entry->>name;
BEGIN
	IF said IS NULL THEN
		IF otherwise IS NULL THEN
			PERFORM factory_app.refuse_input('required', path || name);
		END IF;
		RETURN otherwise;
	ELSIF jsonb_typeof(entry->name) NOT IN ('number', 'string') OR said !~ '^[0-9]{1,12}([.][0-9]{1,6})?$' THEN
		PERFORM factory_app.refuse_input('number_of_12_digits', path || name);
	END IF;
	RETURN said;
END $$;

-- Returns a JSON member that is a list of at most 200 objects with the given members.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.input_list(inputs jsonb, name text, members text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	list jsonb := coalesce(nullif(inputs->name, 'null'), '[]');
	unknown text;
BEGIN
	IF jsonb_typeof(list) <> 'array' OR jsonb_array_length(list) > 200
	    OR EXISTS (SELECT FROM jsonb_array_elements(list) e WHERE jsonb_typeof(e) <> 'object'
		OR jsonb_typeof(e->'name') <> 'string' OR char_length(e->>'name') > 200
		OR jsonb_typeof(e->'code') <> 'string' OR char_length(e->>'code') > 100) THEN
		PERFORM factory_app.refuse_input('input_list', name);
	END IF;
	SELECT k INTO unknown FROM jsonb_array_elements(list) e, jsonb_object_keys(e) k WHERE k <> ALL (members) LIMIT 1;
	IF FOUND THEN
		PERFORM factory_app.refuse_input('line_member_unknown', name, left(unknown, 100));
	END IF;
	RETURN list;
END $$;

-- Returns the rate of an entry: its own rate, or the rate of its code for this quantity.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.input_rate(entry jsonb, own text, rates jsonb, path text, amount numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	found numeric;
BEGIN
	IF entry->>own IS NOT NULL THEN
		RETURN factory_app.input_number(entry, own, path, NULL);
	ELSIF entry->>'code' IS NULL THEN
		PERFORM factory_app.refuse_input('rate_or_code', path || own);
	END IF;
	SELECT (b->>'rate')::numeric INTO found FROM jsonb_array_elements(rates->(entry->>'code')) b
	 WHERE (b->>'min_quantity')::numeric <= amount ORDER BY (b->>'min_quantity')::numeric DESC LIMIT 1;
	IF found IS NULL THEN
		PERFORM factory_app.refuse_input('rate_missing', path || 'code', entry->>'code');
	END IF;
	RETURN found;
END $$;

-- Returns the lines of a section: the amounts of materials, or the hours of labour or machines, at their rates.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.priced_lines(inputs jsonb, rates jsonb, section text, made numeric, digits integer) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	material boolean := section = 'materials';
	lines jsonb := '[]';
	entry jsonb;
	n integer := 0;
	path text;
	quantity numeric;
	rate numeric;
BEGIN
	FOR entry IN SELECT e FROM jsonb_array_elements(factory_app.input_list(inputs, section, CASE WHEN material
			THEN '{name,code,price,quantity_per_unit,scrap_percent}' ELSE '{name,code,rate,setup_hours,hours_per_unit}' END::text[])) e LOOP
		path := format('%s[%s].', section, n);
		IF material THEN
			quantity := made * factory_app.input_number(entry, 'quantity_per_unit', path, NULL)
				* (1 + factory_app.input_number(entry, 'scrap_percent', path, 0) * 0.01);
		ELSE
			quantity := factory_app.input_number(entry, 'setup_hours', path, 0)
				+ factory_app.input_number(entry, 'hours_per_unit', path, 0) * made;
		END IF;
		rate := factory_app.input_rate(entry, CASE WHEN material THEN 'price' ELSE 'rate' END, rates->section, path, quantity);
		lines := lines || jsonb_build_object('section', section, 'name', coalesce(entry->>'name', entry->>'code'),
			'quantity', trim_scale(quantity), 'rate', trim_scale(rate), 'cost', factory_app.round_half_even(quantity * rate, digits));
		n := n + 1;
	END LOOP;
	RETURN lines;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.sum_of(lines jsonb, section text) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(sum((l->>'cost')::numeric), 0) FROM jsonb_array_elements(lines) l WHERE section IN ('all', l->>'section')
$$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.overhead_lines(inputs jsonb, lines jsonb, digits integer) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	added jsonb := '[]';
	entry jsonb;
	n integer := 0;
	base numeric;
	percent numeric;
BEGIN
	FOR entry IN SELECT e FROM jsonb_array_elements(factory_app.input_list(inputs, 'overhead', '{name,percent,of}')) e LOOP
		IF coalesce(entry->>'of', 'all') NOT IN ('all', 'materials', 'labour', 'machines') THEN
			PERFORM factory_app.refuse_input('not_in_enumeration', format('overhead[%s].of', n), 'all, materials, labour, machines');
		END IF;
		base := factory_app.sum_of(lines, coalesce(entry->>'of', 'all'));
		percent := factory_app.input_number(entry, 'percent', format('overhead[%s].', n), NULL);
		added := added || jsonb_build_object('section', 'overhead', 'name', entry->>'name', 'quantity', base,
			'rate', trim_scale(percent), 'cost', factory_app.round_half_even(base * percent * 0.01, digits));
		n := n + 1;
	END LOOP;
	RETURN added;
END $$;

-- Returns the costs of a quantity: lines and total in minor units of the currency, and the unit cost with two more
-- digits.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.cost_of(inputs jsonb, rates jsonb, quantity numeric) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	digits integer := char_length(crm.minor_units(inputs->>'currency')::text) - 1;
	made numeric := quantity * (1 + factory_app.input_number(inputs, 'scrap_percent', '', 0) * 0.01);
	lines jsonb;
	total numeric;
BEGIN
	IF quantity = 0 THEN
		PERFORM factory_app.refuse_input('not_positive', 'quantity');
	END IF;
	lines := factory_app.priced_lines(inputs, rates, 'materials', made, digits) || factory_app.priced_lines(inputs, rates, 'labour', made, digits)
		|| factory_app.priced_lines(inputs, rates, 'machines', made, digits);
	lines := lines || factory_app.overhead_lines(inputs, lines, digits);
	total := factory_app.round_half_even(factory_app.sum_of(lines, 'all'), digits);
	RETURN jsonb_build_object('quantity', trim_scale(quantity), 'made', trim_scale(made), 'lines', lines,
		'materials', factory_app.sum_of(lines, 'materials'), 'labour', factory_app.sum_of(lines, 'labour'),
		'machines', factory_app.sum_of(lines, 'machines'), 'overhead', factory_app.sum_of(lines, 'overhead'),
		'total_cost', total, 'unit_cost', factory_app.round_ratio(total, quantity, digits + 2));
END $$;

-- Returns the number of lines that a calculation computes: its entries, for its quantity and for each of "breaks".
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.work_of(inputs jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT (1 + coalesce(max(jsonb_array_length(m.value)) FILTER (WHERE m.key = 'breaks'), 0))
		* coalesce(sum(jsonb_array_length(m.value)) FILTER (WHERE m.key <> 'breaks'), 0)
	  FROM jsonb_each(CASE jsonb_typeof(inputs) WHEN 'object' THEN inputs END) m WHERE jsonb_typeof(m.value) = 'array'
$$;

-- Version 1 of the formula. Returns the costs of the inputs with these rates, for their quantity and for the quantities
-- in "breaks". The result depends on nothing else, so that a calculation can be repeated.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.calculate_total_cost(inputs jsonb, rates jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	unknown text;
	quantities jsonb := coalesce(nullif(inputs->'breaks', 'null'), '[]');
	breaks jsonb := '[]';
	q jsonb;
	result jsonb;
BEGIN
	IF jsonb_typeof(inputs) IS DISTINCT FROM 'object' THEN
		PERFORM factory_app.refuse_input('not_an_object', 'inputs');
	END IF;
	SELECT k INTO unknown FROM jsonb_object_keys(inputs) k
	 WHERE k <> ALL ('{currency,quantity,scrap_percent,materials,labour,machines,overhead,breaks}') LIMIT 1;
	IF FOUND THEN
		PERFORM factory_app.refuse_input('inputs_member_unknown', 'inputs', left(unknown, 100));
	ELSIF coalesce(inputs->>'currency' <> ALL (crm.currencies()), true) THEN
		PERFORM factory_app.refuse_input('not_a_currency', 'currency');
	ELSIF jsonb_typeof(quantities) <> 'array' OR jsonb_array_length(quantities) > 20 THEN
		PERFORM factory_app.refuse_input('breaks', 'breaks');
	ELSIF factory_app.work_of(inputs) > 5000 THEN
		PERFORM factory_app.refuse_input('scenarios_too_large', 'inputs');
	END IF;
	FOR q IN SELECT e FROM jsonb_array_elements(quantities) e LOOP
		breaks := breaks || (factory_app.cost_of(inputs, rates, factory_app.input_number(jsonb_build_object('quantity', q),
			'quantity', 'breaks: ', NULL)) - '{lines,made,materials,labour,machines,overhead}'::text[]);
	END LOOP;
	result := factory_app.cost_of(inputs, rates, factory_app.input_number(inputs, 'quantity', '', NULL));
	IF NOT EXISTS (SELECT FROM jsonb_array_elements(result->'lines') l WHERE l->>'section' <> 'overhead') THEN
		PERFORM factory_app.refuse_input('inputs_empty', 'inputs');
	END IF;
	RETURN result
		|| jsonb_build_object('formula_version', 1, 'currency', inputs->>'currency', 'breaks', breaks);
END $$;

-- Returns the costs of up to ten sets of inputs, [{"name", "inputs", "priced_on"}], or of stored calculations,
-- [{"id"}], and their differences from the first set. Nothing is stored.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.preview_costs(scenarios text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	list jsonb := scenarios::jsonb;
	e jsonb;
	title jsonb;
	rates jsonb;
	result jsonb;
	first jsonb;
	alike boolean;
	compared jsonb := '[]';
BEGIN
	IF ops.scope('cost_calculations', 'create') IS NULL THEN
		PERFORM ops.refuse('role');
	ELSIF jsonb_array_length(list) NOT BETWEEN 1 AND 10
	    OR EXISTS (SELECT FROM jsonb_array_elements(list) x WHERE jsonb_typeof(x) <> 'object') THEN
		PERFORM ops.refuse('scenarios_count', 'scenarios');
	ELSIF (SELECT sum(factory_app.work_of(x->'inputs')) > 5000 FROM jsonb_array_elements(list) x) THEN
		PERFORM ops.refuse('scenarios_too_large', 'scenarios');
	END IF;
	FOR e IN SELECT x FROM jsonb_array_elements(list) x LOOP
		IF e ?& '{id,inputs}' THEN
			PERFORM ops.refuse('scenario_source', 'scenarios');
		ELSIF e ? 'id' THEN
			SELECT to_jsonb(c.name), c.rates, c.result INTO title, rates, result FROM factory_app.cost_calculations c
			 WHERE c.id = CASE WHEN e->>'id' ~ '^[0-9]{1,18}$' THEN (e->>'id')::bigint END;
			IF NOT FOUND THEN
				PERFORM ops.refuse('scenario_unknown', 'scenarios');
			END IF;
		ELSIF coalesce(e->>'priced_on' !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', false) THEN
			PERFORM ops.refuse('not_a_date', 'priced_on');
		ELSE
			title := e->'name';
			rates := factory_app.rates_of(e->'inputs', coalesce((e->>'priced_on')::date, current_date));
			result := factory_app.calculate_total_cost(e->'inputs', rates);
		END IF;
		first := coalesce(first, result);
		alike := first->'currency' = result->'currency';
		compared := compared || jsonb_build_object('name', title, 'rates', rates, 'result', result,
			'difference', CASE WHEN alike THEN (result->>'total_cost')::numeric - (first->>'total_cost')::numeric END,
			'difference_percent', CASE WHEN alike AND (first->>'total_cost')::numeric > 0
				THEN round(((result->>'total_cost')::numeric - (first->>'total_cost')::numeric) * 100 / (first->>'total_cost')::numeric, 2) END);
	END LOOP;
	RETURN compared;
END $$;

-- Sets the owner of a calculation to the caller, and computes its result. Values of these columns in a statement are
-- ignored.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.complete_calculation() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.sales_id := coalesce(NEW.sales_id, factory_app.own_id());
	NEW.priced_on := coalesce(NEW.priced_on, current_date);
	NEW.rates := factory_app.rates_of(NEW.inputs, NEW.priced_on);
	NEW.result := factory_app.calculate_total_cost(NEW.inputs, NEW.rates);
	NEW.formula_version := NEW.result->>'formula_version';
	NEW.currency := NEW.result->>'currency';
	NEW.quantity := NEW.result->>'quantity';
	NEW.total_cost := NEW.result->>'total_cost';
	NEW.unit_cost := NEW.result->>'unit_cost';
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER complete BEFORE INSERT ON factory_app.cost_calculations
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION factory_app.complete_calculation();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE ON factory_app.cost_calculations
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_change();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON factory_app.cost_calculations
	FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();
CREATE OR REPLACE TRIGGER delete_in_purges BEFORE DELETE ON factory_app.cost_calculations
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_delete();

-- Columns that later migrations add come last.
CREATE OR REPLACE VIEW crm.cost_calculations WITH (security_invoker) AS SELECT * FROM factory_app.cost_calculations;
GRANT SELECT ON crm.cost_calculations TO tenantry_app, tenantry_mcp, tenantry_mcp_writer;
GRANT INSERT ON crm.cost_calculations TO tenantry_mcp_writer;
GRANT INSERT ON factory_app.cost_calculations TO tenantry_mcp_writer;
