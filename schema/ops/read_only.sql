-- The read-only state of an organization: reads work, and nothing can be changed.
-- needs: ops/refusal.sql
--
-- Requests are refused when they begin, and jobs leave the organization's entries in their queues. All other writes are
-- refused by the triggers of the audit log, which check the state once in a transaction.

-- Reads the state from JSON, since steps of "tenantry schema up" and "down" also write while this column does not
-- exist.
CREATE OR REPLACE FUNCTION ops.read_only(org uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM identity.organization o WHERE o.id = org AND to_jsonb(o)->>'read_only_at' IS NOT NULL);
END $$;

-- Refuses a change of a read-only organization; app.writable names an organization that this transaction may change
-- anyway.
CREATE OR REPLACE FUNCTION ops.demand_writable(org uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.read_only(org) THEN
		PERFORM ops.refuse('organization_read_only');
	END IF;
	PERFORM set_config('app.writable', org::text, true);
END $$;

-- Begins or ends the read-only state. When the state ends, skipped turns are due immediately.
CREATE OR REPLACE FUNCTION ops.set_read_only(org uuid, read_only boolean) RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz;
BEGIN
	UPDATE identity.organization o SET read_only_at = CASE WHEN read_only THEN coalesce(o.read_only_at, now()) END
	 WHERE o.id = org AND o.deleted_at IS NULL RETURNING coalesce(o.read_only_at, now()) INTO at;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_organization');
	END IF;
	IF NOT read_only THEN
		UPDATE ops.organization_turn t SET due_at = now() WHERE (t.org_id, t.task) IN (SELECT x.org_id, x.task
			FROM ops.organization_turn x WHERE x.org_id = org FOR UPDATE SKIP LOCKED);
	END IF;
	RETURN at;
END $$;

-- Returns the number of transactions of the database that began before a time and may still write.
CREATE OR REPLACE FUNCTION ops.transactions_before(moment timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT count(*) FROM pg_catalog.pg_stat_activity a
	 WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid() AND a.xact_start <= moment
	   AND a.application_name <> 'pg_dump'
$$;
