-- The transaction in which a waiting automation rule runs.
-- needs: ops/aside.sql

-- Selects the rule that has waited longest, and acts as its author, or as an owner if the author has left. Returns
-- false if no rule is due.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_waiting_rule(pause interval) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	clock ops.automation_clock;
	m identity.organization_member;
	ignored text := set_config('app.rule_id', '', true);
BEGIN
	SELECT c.* INTO clock FROM ops.automation_clock c WHERE c.looked_at <= now() - pause
	 ORDER BY c.looked_at LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	UPDATE ops.automation_clock c SET looked_at = now()
	 WHERE c.org_id = clock.org_id AND c.rule_id = clock.rule_id;
	ignored := ops.set_org(clock.org_id);
	SELECT x.* INTO m FROM identity.organization_member x
	  JOIN identity.organization o ON o.id = x.organization_id AND o.deleted_at IS NULL
		AND o.suspended_at IS NULL AND o.read_only_at IS NULL
	  JOIN identity."user" u ON u.id = x.user_id
		AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true))
	 WHERE x.organization_id = clock.org_id AND NOT x.disabled
	   AND x.acts_as IN ('owner', 'admin')
	 ORDER BY x.sales_id IS NOT DISTINCT FROM (SELECT r.sales_id FROM crm.automation_rules r
		WHERE r.org_id = clock.org_id AND r.id = clock.rule_id) DESC, x.acts_as DESC, x.id LIMIT 1;
	IF NOT FOUND THEN
		RETURN true;
	END IF;
	BEGIN
		PERFORM identity.act_as(m);
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		PERFORM ops.set_aside('automation_waits', clock.org_id, clock.rule_id::text, SQLSTATE, SQLERRM);
		RETURN true;
	END;
	ignored := set_config('app.rule_id', clock.rule_id::text, true);
	ignored := set_config('app.rule_from', clock.ran_until::text, true);
	ignored := set_config('app.rule_until', now()::text, true);
	RETURN true;
END $$;
