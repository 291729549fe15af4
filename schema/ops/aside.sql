-- Rows that are set aside after an error, so that an error in a row of one organization does not stop a loop that
-- serves all organizations.
--
-- The loop processes each row, or each organization, in a block with the handler
--
--	EXCEPTION WHEN query_canceled OR OTHERS THEN
--		PERFORM ops.set_aside('QUEUE', org, entry, SQLSTATE, SQLERRM);
--
-- and skips each entry that was set aside until its next attempt is due. tests/sql/aside.sql puts a bad row into each
-- queue.

-- Sets a row aside and returns the time of its next attempt. The delay begins at one minute and doubles with each
-- failure, up to one hour. A conflict with another transaction does not count as an error of the row.
-- callers: tenantry_audit
CREATE OR REPLACE FUNCTION ops.set_aside(queue text, org uuid, entry text, state text, fault text) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	again timestamptz := clock_timestamp() + interval '1 second';
BEGIN
	IF state IN ('40001', '40P01', '55P03') THEN
		RETURN again;
	END IF;
	RAISE WARNING '% %: set aside: %', set_aside.queue, set_aside.entry, fault;
	INSERT INTO ops.aside AS a (queue, org_id, entry, error, retry_at)
	VALUES (set_aside.queue, org, set_aside.entry, left(fault, 1000), clock_timestamp() + interval '1 minute')
	ON CONFLICT ON CONSTRAINT aside_key DO UPDATE SET error = excluded.error, failures = a.failures + 1,
		failed_at = excluded.failed_at, retry_at = clock_timestamp()
			+ least(interval '1 hour', interval '1 minute' * 2 ^ least(a.failures, 6))
	RETURNING a.retry_at INTO again;
	RETURN again;
END $$;

-- Returns the entries of a queue that are currently set aside.
-- callers: tenantry_audit
CREATE OR REPLACE FUNCTION ops.aside_entries(queue text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT coalesce(array_agg(a.entry), '{}') FROM ops.aside a
	 WHERE a.queue = aside_entries.queue AND a.retry_at > clock_timestamp()
$$;

-- Returns entries whose next attempt is due, for a loop that does not read its rows again.
-- callers: tenantry_audit
CREATE OR REPLACE FUNCTION ops.due_asides(queue text, most integer) RETURNS TABLE (org_id uuid, entry text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT a.org_id, a.entry FROM ops.aside a
	 WHERE a.queue = due_asides.queue AND a.retry_at <= clock_timestamp() ORDER BY a.retry_at LIMIT most
$$;

-- Removes the entry of a row that was set aside and has since been processed.
-- callers: tenantry_audit
CREATE OR REPLACE FUNCTION ops.end_aside(queue text, org uuid, entry text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	DELETE FROM ops.aside a WHERE a.queue = end_aside.queue AND a.org_id IS NOT DISTINCT FROM org AND a.entry = end_aside.entry
$$;

-- Returns the entries that are set aside, oldest first, for operators.
CREATE OR REPLACE FUNCTION ops.set_aside_rows()
RETURNS TABLE (queue text, organization text, entry text, error text, failures integer, since timestamptz, retry_at timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT a.queue, o.name, a.entry, a.error, a.failures, a.since, a.retry_at
	  FROM ops.aside a LEFT JOIN identity.organization o ON o.id = a.org_id ORDER BY a.since, a.entry
$$;
