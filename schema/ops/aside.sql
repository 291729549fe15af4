-- Rows that are set aside: an error in a row of one organization does not stop a loop that serves all.
--
-- The loop processes each row, or each organization, in a block with the handler
--
--	EXCEPTION WHEN query_canceled OR OTHERS THEN
--		PERFORM ops.set_aside('QUEUE', org, entry, SQLSTATE, SQLERRM);
--
-- and leaves out what is set aside until its time has come. tests/sql/aside.sql puts a bad row into each queue.

-- Sets a row aside and returns when it is processed again: after a minute, then twice as long each time, at most
-- an hour. A conflict with another transaction is no fault of the row.
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
GRANT EXECUTE ON FUNCTION ops.set_aside(text, uuid, text, text, text) TO tenantry_audit;

-- The entries of a queue that are set aside now.
CREATE OR REPLACE FUNCTION ops.aside_entries(queue text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT coalesce(array_agg(a.entry), '{}') FROM ops.aside a
	 WHERE a.queue = aside_entries.queue AND a.retry_at > clock_timestamp()
$$;
GRANT EXECUTE ON FUNCTION ops.aside_entries(text) TO tenantry_audit;

-- Those whose time has come, for a loop that does not meet its rows again.
CREATE OR REPLACE FUNCTION ops.due_asides(queue text, most integer) RETURNS TABLE (org_id uuid, entry text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT a.org_id, a.entry FROM ops.aside a
	 WHERE a.queue = due_asides.queue AND a.retry_at <= clock_timestamp() ORDER BY a.retry_at LIMIT most
$$;
GRANT EXECUTE ON FUNCTION ops.due_asides(text, integer) TO tenantry_audit;

-- A row that was set aside has been processed.
CREATE OR REPLACE FUNCTION ops.end_aside(queue text, org uuid, entry text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	DELETE FROM ops.aside a WHERE a.queue = end_aside.queue AND a.org_id IS NOT DISTINCT FROM org AND a.entry = end_aside.entry
$$;
GRANT EXECUTE ON FUNCTION ops.end_aside(text, uuid, text) TO tenantry_audit;

-- Executes a statement for each organization, or each that has a module, until it has processed batch rows. $1 of the
-- statement is the organization, $2 the number of rows that it may process; it returns how many it did. The tenant
-- guard also applies to the owner, so it runs within one organization at a time. One with an error is set aside.
CREATE OR REPLACE FUNCTION ops.in_organizations(queue text, statement text, batch integer, module text DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	known text[] := ARRAY(SELECT a.entry FROM ops.aside a WHERE a.queue = in_organizations.queue);
	aside text[] := ops.aside_entries(queue);
	org uuid;
	n integer;
	done integer := 0;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o WHERE o.id::text <> ALL (aside)
	     AND (module IS NULL OR o.modules @> ARRAY[module] AND o.deleted_at IS NULL) LOOP
		PERFORM ops.set_org(org);
		BEGIN
			EXECUTE statement INTO n USING org, batch - done;
			done := done + n;
			IF org::text = ANY (known) THEN
				PERFORM ops.end_aside(queue, org, org::text);
			END IF;
		EXCEPTION WHEN query_canceled THEN	-- its time was up; the rest is for the next run
			PERFORM ops.set_aside(queue, org, org::text, SQLSTATE, SQLERRM);
			done := batch;
		WHEN OTHERS THEN
			PERFORM ops.set_aside(queue, org, org::text, SQLSTATE, SQLERRM);
		END;
		EXIT WHEN done >= batch;
	END LOOP;
	PERFORM ops.set_org(other);
	RETURN done;
END $$;

-- What is set aside, for operators; the longest first.
CREATE OR REPLACE FUNCTION ops.set_aside_rows()
RETURNS TABLE (queue text, organization text, entry text, error text, failures integer, since timestamptz, retry_at timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT a.queue, o.name, a.entry, a.error, a.failures, a.since, a.retry_at
	  FROM ops.aside a LEFT JOIN identity.organization o ON o.id = a.org_id ORDER BY a.since, a.entry
$$;
