-- The cost formula: the cases of factory/costs.golden.jsonl, which factory/costs.py computes with exact fractions, and
-- its refusals.
\set cases `cat "$TENANTRY_SQL/tests/sql/factory/costs.golden.jsonl"`

CREATE TABLE test.golden AS
SELECT n, line->0 AS inputs, line->1 AS rates, line->2 AS want FROM (
	SELECT n, x::jsonb AS line FROM string_to_table(:'cases', E'\n') WITH ORDINALITY t (x, n) WHERE x <> '') l;

SELECT test.is(count(*)::text, '1000', 'golden cases') FROM test.golden;

WITH got AS MATERIALIZED (
	SELECT g.n, g.want, factory_app.calculate_total_cost(g.inputs, g.rates) AS r FROM test.golden g)
SELECT test.is(count(*) FILTER (WHERE (r->>'total_cost')::numeric <> (want->>'total')::numeric
		OR (r->>'unit_cost')::numeric <> (want->>'unit')::numeric OR (r->>'made')::numeric <> (want->>'made')::numeric
		OR ARRAY(SELECT (l->>'cost')::numeric FROM jsonb_array_elements(r->'lines') l)
			<> ARRAY(SELECT c::numeric FROM jsonb_array_elements_text(want->'costs') c)
		OR ARRAY(SELECT ARRAY[(b->>'quantity')::numeric, (b->>'total_cost')::numeric, (b->>'unit_cost')::numeric]
			FROM jsonb_array_elements(r->'breaks') b)
			IS DISTINCT FROM ARRAY(SELECT ARRAY[(b->>0)::numeric, (b->>1)::numeric, (b->>2)::numeric]
			FROM jsonb_array_elements(want->'breaks') b))::text, '0', 'differences')
  FROM got;

-- Half to even, from an exact quotient
SELECT test.is((SELECT string_agg(factory_app.round_half_even(x, 2)::text, ' ')
	FROM unnest('{0.125,0.135,0.145,2.5,0.1250000001,0.005,0.015}'::numeric[]) x), '0.12 0.14 0.14 2.50 0.13 0.00 0.02', 'ties');
SELECT test.is(factory_app.round_ratio(1, 8, 2)::text, '0.12', 'a tie of a quotient');
SELECT test.is(factory_app.round_ratio(2, 3, 20)::text, '0.66666666666666666667', 'more digits than a division has');

-- Inputs that are refused
CREATE FUNCTION test.refused(inputs text, why text) RETURNS void LANGUAGE sql AS $$
	-- The first word is the JSON member that the error names as its column.
	SELECT test.fails(format('SELECT factory_app.calculate_total_cost(%L, ''{}'')', inputs), 'ZH422', regexp_replace(why, '^\S+ ', ''))
$$;
SELECT test.refused('[]', 'inputs must be an object');
SELECT test.refused('{"currency": "EUR"}', 'quantity is required');
SELECT test.refused('{"currency": "EUR", "quantity": 0}', 'quantity must be more than 0');
SELECT test.refused('{"currency": "EUR", "quantity": -1}', 'quantity must be a number%');
SELECT test.refused('{"currency": "EUR", "quantity": 1e30}', 'quantity must be a number%');
SELECT test.refused('{"currency": "EUR", "quantity": {"a": 1}}', 'quantity must be a number%');
SELECT test.refused(format('{"currency": %s, "quantity": 1, "materials": [{"name": "x", "price": 1, "quantity_per_unit": 1}]}', c), 'currency must be%')
  FROM unnest('{"\"euro\"","\"ZZZ\"","\"XXX\"","null","5"}'::text[]) c;
SELECT test.refused(format('{"currency": "EUR", "quantity": 1%s}', empty), 'inputs must have at least one line of materials, labour or machines') FROM unnest(ARRAY['',
	', "materials": []', ', "materials": null, "labour": [], "machines": []', ', "overhead": [{"name": "x", "percent": 1}]']) empty;
SELECT test.refused('{"currency": "EUR", "quantity": 1, "extra": 1}', 'inputs do not have the member "extra"');
SELECT test.refused('{"currency": "EUR", "quantity": 1, "materials": {}}', 'materials must be a list%');
SELECT test.refused('{"currency": "EUR", "quantity": 1, "materials": [1]}', 'materials must be a list%');
SELECT test.refused('{"currency": "EUR", "quantity": 1, "labour": [{"hours": 1}]}', 'labour does not have the member "hours"');
SELECT test.refused('{"currency": "EUR", "quantity": 1, "labour": [{"hours_per_unit": 1}]}', 'labour[0].rate or a code is required');
SELECT test.refused('{"currency": "EUR", "quantity": 1, "labour": [{"code": "x"}]}', 'labour[0].code has no rate: x');
SELECT test.refused('{"currency": "EUR", "quantity": 1, "overhead": [{"percent": 1, "of": "x"}]}', 'overhead[0].of must be%');
SELECT test.refused('{"currency": "EUR", "quantity": 1, "breaks": [0]}', 'quantity must be more than 0');
