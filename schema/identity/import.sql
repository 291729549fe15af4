-- The transaction in which a file import runs.

CREATE OR REPLACE FUNCTION identity.may_import(org uuid, uid text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM identity.organization_member m
		JOIN identity.organization o ON o.id = m.organization_id AND o.deleted_at IS NULL
		JOIN identity."user" u ON u.id = m.user_id
		WHERE m.organization_id = org AND m.user_id = uid AND NOT m.disabled
		  AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true)))
$$;

-- Acts in this transaction as the user of a job. Returns false if the user is no longer a member, or the organization
-- is suspended.
CREATE OR REPLACE FUNCTION identity.act_for_job(org uuid, uid text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	m identity.organization_member;
BEGIN
	IF NOT identity.may_import(org, uid)
	    OR EXISTS (SELECT FROM identity.organization o WHERE o.id = org AND o.suspended_at IS NOT NULL) THEN
		RETURN false;
	END IF;
	PERFORM ops.demand_writable(org);
	SELECT * INTO m FROM identity.organization_member x WHERE x.organization_id = org AND x.user_id = uid;
	PERFORM identity.act_as(m);
	RETURN true;
END $$;

-- Begins a transaction for an import as the user who started it, if the user still has the permission and the
-- organization is not suspended.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_import(ticket bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	j ops.job;
	ignored text;
BEGIN
	SELECT * INTO j FROM ops.job x WHERE x.id = ticket;
	IF NOT FOUND OR NOT identity.act_for_job(j.org_id, j.user_id) THEN
		PERFORM ops.refuse('no_such_import');
	END IF;
	ignored := set_config('app.request_id', (SELECT CASE i.state WHEN 'undoing' THEN 'undo ' ELSE 'import ' END
		FROM crm.imports i WHERE i.org_id = j.org_id AND i.id = j.entry) || j.entry, true);
END $$;
