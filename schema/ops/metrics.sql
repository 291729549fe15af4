-- The periodic task that computes daily metrics.
-- needs: crm/metrics.sql ops/organization_task.sql

-- Computes the metrics of an organization that has changed since its last turn, or whose day has ended since then.
-- Begins with the day before that turn: the day may not have been over, and transactions that were running may have
-- written entries with earlier times.
CREATE OR REPLACE FUNCTION ops.compute_metrics_of(org uuid, last timestamptz, OUT n integer, OUT next timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
	today date;
	before date;
BEGIN
	n := 0;
	next := now() + interval '1 hour' * (1 - random() / 10);
	IF NOT EXISTS (SELECT FROM identity.organization o WHERE o.id = org AND NOT o.demo AND o.deleted_at IS NULL) THEN
		RETURN;
	END IF;
	today := crm.today();
	before := (last AT TIME ZONE crm.time_zone())::date;
	IF before = today AND NOT EXISTS (SELECT FROM ops.audit_log a
	    WHERE a.org_id = org AND a.id > crm.id_since(last - interval '10 minutes')) THEN
		RETURN;
	END IF;
	n := crm.recompute_metrics(greatest(today - 30, least(today, coalesce(before - 1, today - 30))), today);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.compute_metrics(batch integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.in_organizations('metrics', 'SELECT * FROM ops.compute_metrics_of($1, $3)', batch)
$$;
SELECT ops.give_turns('metrics', '1 hour');
