-- The daily metrics job.
-- needs: ops/aside.sql

CREATE OR REPLACE FUNCTION ops.claim_metrics() RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	claimed uuid;
BEGIN
	INSERT INTO identity.organization_metrics (organization_id)
	SELECT o.id FROM identity.organization o
	 WHERE NOT o.demo AND o.deleted_at IS NULL
	   AND NOT EXISTS (SELECT FROM identity.organization_metrics m
		WHERE m.organization_id = o.id)
	 LIMIT 100 ON CONFLICT DO NOTHING;
	UPDATE identity.organization_metrics m SET due_at = now() + interval '1 hour'
	 WHERE m.organization_id = (SELECT x.organization_id FROM identity.organization_metrics x
		JOIN identity.organization o ON o.id = x.organization_id
		 WHERE x.due_at <= now() AND o.deleted_at IS NULL AND o.suspended_at IS NULL
		 ORDER BY x.due_at LIMIT 1 FOR UPDATE OF x SKIP LOCKED)
	RETURNING m.organization_id INTO claimed;
	RETURN claimed;
END $$;
GRANT EXECUTE ON FUNCTION ops.claim_metrics() TO tenantry_app;

-- Begins with the last computed day, which may not have been over. Null if the organization is set aside: it is due
-- again in an hour.
CREATE OR REPLACE FUNCTION ops.compute_metrics(organization uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	said uuid := ops.org();
	today date;
	n integer;
BEGIN
	PERFORM ops.set_org(organization);
	BEGIN
		today := crm.today();
		n := crm.recompute_metrics(greatest(today - 30, least(today, coalesce((SELECT max(m.date) - 1
			FROM crm.daily_metrics m WHERE m.computed_at IS NOT NULL), today - 30))), today);
		UPDATE identity.organization_metrics m
		   SET due_at = least(m.due_at, (today + 1)::timestamp AT TIME ZONE crm.time_zone())
		 WHERE m.organization_id = organization;
		PERFORM ops.end_aside('metrics', organization, organization::text);
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		PERFORM ops.set_aside('metrics', organization, organization::text, SQLSTATE, SQLERRM);
		n := NULL;
	END;
	PERFORM ops.set_org(said);
	RETURN n;
END $$;
GRANT EXECUTE ON FUNCTION ops.compute_metrics(uuid) TO tenantry_app;
