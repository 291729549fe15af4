-- Opportunities: the deals of an organization with the b2b module, with the columns that the module adds to them.
-- needs: b2b/module.sql b2b/pipeline.sql crm/deal.sql crm/deal_board.sql crm/module.sql crm/permission.sql

INSERT INTO ops.module_column (table_name, column_name, module)
SELECT 'deals', c, 'b2b' FROM unnest('{probability,currency,is_committed,outcome_reason,closed_at,items_net,items_tax,'
	'items_total}'::text[]) c
UNION ALL SELECT 'opportunities_summary', '*', 'b2b'	-- the whole view
    ON CONFLICT DO NOTHING;

-- Completes an opportunity. Clients send whole rows, so a null that the view replaces with a value remains null if the
-- value is sent back unchanged.
CREATE OR REPLACE FUNCTION crm.complete_opportunity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	here crm.pipeline_stages;
	before crm.pipeline_stages;
BEGIN
	SELECT * INTO here FROM crm.pipeline_stages s WHERE s.org_id = NEW.org_id AND s.stage = NEW.stage;
	IF here.id IS NULL OR ops.mode('restoring') THEN
		RETURN NEW;
	END IF;
	IF TG_OP = 'UPDATE' THEN
		SELECT * INTO before FROM crm.pipeline_stages s WHERE s.org_id = NEW.org_id AND s.stage = OLD.stage;
		IF NEW.probability = before.probability AND (OLD.probability IS NULL OR before.outcome IN ('won', 'lost')) THEN
			NEW.probability := OLD.probability;
		END IF;
		IF OLD.currency IS NULL AND NEW.currency = crm.currency() THEN
			NEW.currency := NULL;
		END IF;
		IF OLD.is_committed IS NULL AND NOT NEW.is_committed THEN
			NEW.is_committed := NULL;
		END IF;
		IF OLD.outcome_reason IS NULL AND before.outcome = 'lost' AND NEW.outcome_reason = OLD.metadata->>'lost_reason' THEN
			NEW.outcome_reason := NULL;
		END IF;
	END IF;
	IF NEW.currency <> ALL (crm.currencies()) THEN
		PERFORM ops.refuse('not_a_currency', 'currency');
	END IF;
	IF here.outcome IN ('open', 'waiting') THEN
		NEW.closed_at := NULL;
		IF before.outcome IN ('won', 'lost') AND NEW.outcome_reason IS NOT DISTINCT FROM OLD.outcome_reason THEN
			NEW.outcome_reason := NULL;
		END IF;
	ELSIF before.outcome IS DISTINCT FROM here.outcome THEN
		NEW.closed_at := coalesce(CASE TG_OP WHEN 'INSERT' THEN NEW.closed_at END, now());
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER complete_opportunity_of_new BEFORE INSERT ON crm.deals
	FOR EACH ROW EXECUTE FUNCTION crm.complete_opportunity();
CREATE OR REPLACE TRIGGER complete_opportunity BEFORE UPDATE OF stage, probability, currency, is_committed, outcome_reason
	ON crm.deals FOR EACH ROW
	WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION crm.complete_opportunity();

-- A waiting stage counts as open. The view also shows the reason for losing a deal if it is stored only in metadata
-- (lost_reason).
CREATE OR REPLACE VIEW crm.opportunities_summary WITH (security_invoker) AS
SELECT d.id, d.name, d.company_id, d.contact_ids, d.category, d.stage, d.description, d.amount, d.created_at,
	d.updated_at, d.archived_at, d.expected_closing_date, d.sales_id, d.index, d.metadata,
	p.pipeline_id, p.outcome, p.probability, d.probability IS NOT NULL AS probability_is_manual,
	trim_scale(round(d.amount * p.probability * 0.01, crm.currency_digits(p.currency))) AS weighted_amount,
	p.currency, coalesce(d.is_committed, false) AS is_committed,
	CASE WHEN p.outcome <> 'open' THEN coalesce(d.closed_at, d.updated_at) END AS closed_at,
	coalesce(d.outcome_reason, CASE WHEN p.outcome = 'lost' THEN d.metadata->>'lost_reason' END) AS outcome_reason,
	d.items_net, d.items_tax, d.items_total, d.custom
  FROM crm.deals d
  LEFT JOIN crm.pipeline_stages s ON s.org_id = d.org_id AND s.stage = d.stage
  CROSS JOIN LATERAL (SELECT s.pipeline_id, CASE WHEN s.outcome IN ('won', 'lost') THEN s.outcome ELSE 'open' END AS outcome,
	CASE WHEN s.outcome IN ('won', 'lost') THEN s.probability ELSE coalesce(d.probability, s.probability, 0) END AS probability,
	coalesce(d.currency, (SELECT crm.currency())) AS currency) p;
GRANT SELECT ON crm.opportunities_summary TO tenantry_app, tenantry_mcp, tenantry_mcp_writer;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.opportunities_json(ids bigint[]) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_agg(crm.shown('deals', to_jsonb(d)) ORDER BY d.id <> ids[1], d.id), '[]')
		FROM crm.opportunities_summary d WHERE d.id = ANY (ids));
END $$;

-- Moves an opportunity to a stage, or to the stage of a pipeline that is most similar to the current stage, and to a
-- position in that stage.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.place_opportunity(opportunity bigint, stage text, pipeline bigint, place bigint,
	before bigint, after bigint) RETURNS bigint[]
LANGUAGE plpgsql AS $$
BEGIN
	stage := crm.spelled_stage(stage);
	IF pipeline IS NOT NULL AND stage IS NULL THEN
		stage := (SELECT crm.stage_in(pipeline, d.stage) FROM crm.deals d WHERE d.id = opportunity);
	ELSIF pipeline IS NOT NULL AND NOT EXISTS (SELECT FROM crm.pipeline_stages s
	    WHERE s.pipeline_id = pipeline AND s.stage = place_opportunity.stage) THEN
		PERFORM ops.refuse('no_such_stage', 'stage');
	END IF;
	RETURN crm.place_deal(opportunity, stage, place, before, after);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.unarchive_opportunity(opportunity bigint) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN crm.opportunities_json(crm.put_back_deal(opportunity));
END $$;

-- Returns the IDs of the opportunities that a caller with limited grants may read. Conditions with this list are
-- evaluated before row security. Row security alone would check each row of the organization. Returns null for a caller
-- who may read all opportunities, except those in teams' pipelines.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.reached_opportunities() RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF ops.scope('deals', 'read') = 'all' THEN
		RETURN NULL;
	END IF;
	RETURN crm.reachable('deals');
END $$;

-- Returns a range of days as a range of timestamps, in the time zone of the organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.moments(first date, last date) RETURNS tstzrange
LANGUAGE sql STABLE AS $$
	SELECT tstzrange(greatest(first, date '0001-01-01')::timestamp AT TIME ZONE crm.time_zone(),
		greatest((least(last, date '9999-12-30') + 1)::timestamp, greatest(first, date '0001-01-01')) AT TIME ZONE crm.time_zone())
$$;

-- Returns the IDs of the opportunities that were closed in a period. If an opportunity was closed before the module
-- was on, its last change counts, as in the view.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.closed_opportunities(span tstzrange) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	begins timestamptz := lower(span);
	ends timestamptz := upper(span);
	ids bigint[] := crm.reached_opportunities();
BEGIN
	RETURN ARRAY(SELECT d.id FROM crm.deals d WHERE d.closed_at >= begins AND d.closed_at < ends
			AND (ids IS NULL OR d.id = ANY (ids))
		UNION ALL SELECT d.id FROM crm.deals d WHERE d.closed_at IS NULL AND d.updated_at >= begins AND d.updated_at < ends
			AND (ids IS NULL OR d.id = ANY (ids)));
END $$;

-- Returns the forecast of opportunities, by month of the expected closing date, user, pipeline and currency. Open
-- opportunities count with their whole amount, their weighted amount and, if committed, their committed amount. Won
-- opportunities count in the month in which they were closed. Open opportunities without a date are included for
-- every period, without a month. The function forces a custom plan, so that indexes find the rows of the period.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.forecast(first date, last date, pipeline bigint, owner bigint) RETURNS text
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	zone text := crm.time_zone();
	from_day date := coalesce(first, date_trunc('month', crm.today())::date);
	to_day date := coalesce(last, (date_trunc('month', crm.today()) + interval '13 months')::date - 1);
	ids bigint[] := crm.reached_opportunities();
	closed bigint[] := crm.closed_opportunities(crm.moments(from_day, to_day));
BEGIN
	RETURN (SELECT coalesce(json_agg(r ORDER BY r.month, r.pipeline_id, r.sales_id, r.currency), '[]') FROM (
		SELECT date_trunc('month', o.day::timestamp)::date AS month, o.pipeline_id, o.sales_id, o.currency,
			count(*) FILTER (WHERE o.outcome = 'open') AS open,
			coalesce(trim_scale(sum(o.amount) FILTER (WHERE o.outcome = 'open')), 0) AS amount,
			coalesce(trim_scale(sum(o.weighted_amount) FILTER (WHERE o.outcome = 'open')), 0) AS weighted_amount,
			coalesce(trim_scale(sum(o.amount) FILTER (WHERE o.outcome = 'open' AND o.is_committed)), 0) AS committed_amount,
			count(*) FILTER (WHERE o.outcome = 'won') AS won,
			coalesce(trim_scale(sum(o.amount) FILTER (WHERE o.outcome = 'won')), 0) AS won_amount
		  FROM (SELECT x.expected_closing_date AS day, x.outcome, x.pipeline_id, x.sales_id, x.currency, x.amount,
				x.weighted_amount, x.is_committed
			  FROM crm.opportunities_summary x
			 WHERE x.expected_closing_date BETWEEN from_day AND to_day AND x.outcome = 'open' AND x.archived_at IS NULL
			   AND (ids IS NULL OR x.id = ANY (ids))
			   AND (pipeline IS NULL OR x.pipeline_id = pipeline) AND (owner IS NULL OR x.sales_id = owner)
			UNION ALL
			SELECT NULL, x.outcome, x.pipeline_id, x.sales_id, x.currency, x.amount, x.weighted_amount, x.is_committed
			  FROM crm.opportunities_summary x
			 WHERE x.expected_closing_date IS NULL AND x.outcome = 'open' AND x.archived_at IS NULL
			   AND (ids IS NULL OR x.id = ANY (ids))
			   AND (pipeline IS NULL OR x.pipeline_id = pipeline) AND (owner IS NULL OR x.sales_id = owner)
			UNION ALL
			SELECT (x.closed_at AT TIME ZONE zone)::date, x.outcome, x.pipeline_id, x.sales_id, x.currency, x.amount,
				x.weighted_amount, x.is_committed
			  FROM crm.opportunities_summary x
			 WHERE x.id = ANY (closed)
			   AND x.outcome = 'won' AND x.archived_at IS NULL
			   AND (pipeline IS NULL OR x.pipeline_id = pipeline) AND (owner IS NULL OR x.sales_id = owner)) o
		 GROUP BY 1, 2, 3, 4) r);
END $$;

-- Returns the opportunities that were closed in a period, by outcome, reason, user, pipeline and currency.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.outcomes(first date, last date, pipeline bigint, owner bigint) RETURNS text
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	span tstzrange := crm.moments(coalesce(first, (crm.today() - interval '1 year')::date), coalesce(last, crm.today()));
	ids bigint[] := crm.closed_opportunities(span);
BEGIN
	RETURN (SELECT coalesce(json_agg(r ORDER BY r.outcome DESC, r.count DESC, r.reason, r.pipeline_id, r.sales_id, r.currency), '[]')
	  FROM (SELECT o.outcome, o.outcome_reason AS reason, o.pipeline_id, o.sales_id, o.currency, count(*) AS count,
			trim_scale(sum(o.amount)) AS amount, round(avg(extract(epoch FROM o.closed_at - o.created_at) / 86400))::integer AS days
		  FROM crm.opportunities_summary o
		 WHERE o.id = ANY (ids)
		   AND o.outcome <> 'open'
		   AND (pipeline IS NULL OR o.pipeline_id = pipeline) AND (owner IS NULL OR o.sales_id = owner)
		 GROUP BY 1, 2, 3, 4, 5) r);
END $$;
