-- Rates: the prices of materials, labour hours and machine hours, each for a period.
-- needs: crm/module.sql factory/permission.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON factory_app.cost_rates
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

-- Returns the rates on a day to which inputs refer, {"materials": {"steel": [{"min_quantity": 0, "rate": 2.5}]}}. All
-- members of the organization can use them in calculations.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.rates_of(inputs jsonb, day date) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_object_agg(k.kind, k.rates), '{}') FROM (
		SELECT c.kind, jsonb_object_agg(c.code, c.rates) AS rates FROM (
			SELECT r.kind, r.code, jsonb_agg(jsonb_build_object('min_quantity', trim_scale(r.min_quantity), 'rate', trim_scale(r.rate))
				ORDER BY r.min_quantity) AS rates
			  FROM factory_app.cost_rates r
			 WHERE r.org_id = ops.org() AND r.currency = inputs->>'currency'
			   AND daterange(r.valid_from, r.valid_to, '[]') @> day
			   AND (r.kind, r.code) IN (SELECT s.kind, e->>'code' FROM unnest('{materials,labour,machines}'::text[]) s (kind),
				jsonb_path_query(inputs, '$.*[*]') e WHERE jsonb_typeof(e) = 'object')
			 GROUP BY r.kind, r.code) c
		 GROUP BY c.kind) k);
END $$;
