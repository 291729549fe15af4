-- The transaction in which MCP tools run.

-- Returns whether the caller may write: an API key needs the permission, and a session must request it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.mcp_may_write(key_hash bytea, wanted boolean) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF mcp_may_write.key_hash IS NULL THEN
		RETURN wanted;
	END IF;
	RETURN coalesce((SELECT k.permissions->'mcp' ? 'write' FROM identity.api_key k
		WHERE k.key_hash = mcp_may_write.key_hash OR k.previous_hash = mcp_may_write.key_hash), false);
END $$;

-- Takes a slot for an MCP statement: an organization has two slots, and the installation has eight. Postgres releases
-- the slot when the backend is idle again: a statement that does not check for interrupts continues after its time
-- limit, and after its client has disconnected.
CREATE OR REPLACE FUNCTION identity.take_mcp_place(org uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	key text;
	most integer;
BEGIN
	FOR key, most IN VALUES ('mcp ' || org, 2), ('mcp', 8) LOOP
		FOR n IN 1 .. most + 1 LOOP
			IF n > most THEN
				PERFORM ops.refuse('asked_too_much');
			END IF;
			EXIT WHEN pg_try_advisory_xact_lock(hashtextextended(key || ' ' || n, 0));
		END LOOP;
	END LOOP;
END $$;

-- Opens the transaction to the caller's SQL, after begin_request() or begin_key(). The SQL sees only this organization,
-- each statement has a time limit, and the transaction is read-only unless the caller may write.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.open_mcp(key_hash bytea, wanted boolean, writes boolean,
	patience integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF writes AND NOT identity.mcp_may_write(key_hash, wanted) THEN
		PERFORM ops.refuse('access_read_only');
	END IF;
	-- An earlier client of this pooled connection may have left session-level locks.
	PERFORM pg_advisory_unlock_all();
	PERFORM identity.take_mcp_place(org);
	DELETE FROM ops.mcp_scope s WHERE s.xid IN (SELECT o.xid FROM ops.mcp_scope o
		WHERE o.xid < pg_snapshot_xmin(pg_current_snapshot()) LIMIT 100
		FOR UPDATE SKIP LOCKED);
	-- If a row with this transaction ID exists, it comes from the dump of another server.
	INSERT INTO ops.mcp_scope AS s VALUES (pg_current_xact_id(), org)
	ON CONFLICT (xid) DO UPDATE SET org_id = excluded.org_id;
	PERFORM set_config('statement_timeout', patience::text, true);
	IF writes THEN
		PERFORM identity.log_event(ops.caller(), 'mcp.write',
			json_build_object('organization_id', org));
	ELSE
		PERFORM set_config('transaction_read_only', 'on', true);
	END IF;
END $$;
