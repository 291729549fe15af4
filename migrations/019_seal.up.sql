-- The audit log sealed: for each organization a chain of hashes over its rows,
-- so that whoever changes, removes or slips in one, as the owner of everything
-- may, is found by "tenantry audit verify".  Seals are made afterwards, by a
-- job: whoever writes pays nothing and waits for nobody.

DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenantry_audit') THEN
		CREATE ROLE tenantry_audit NOLOGIN;
	END IF;
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenantry_audit'
	    AND (rolsuper OR rolbypassrls)) THEN
		RAISE EXCEPTION 'role tenantry_audit must not bypass row security'
			USING HINT = 'ALTER ROLE tenantry_audit NOSUPERUSER NOBYPASSRLS';
	END IF;
	IF NOT pg_has_role(current_user, 'tenantry_audit', CASE
	    WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET'
	    ELSE 'MEMBER' END) THEN
		GRANT tenantry_audit TO CURRENT_USER;
	END IF;
EXCEPTION WHEN insufficient_privilege THEN
	RAISE EXCEPTION 'role % may not make or use role tenantry_audit', current_user
		USING HINT = format('as an administrator: CREATE ROLE tenantry_audit NOLOGIN; '
			'GRANT tenantry_audit TO %I', current_user);
END $$;

-- One link of an organization's chain: rows ids[1], ids[2] ... with the SHA-256
-- of each, 32 bytes long, in rows; and the hash of all of it and of the link
-- before.  Every row of anybody whose id is under upto has been sealed by then.
CREATE TABLE ops.audit_seal (
	org_id uuid NOT NULL,
	n      bigint NOT NULL,
	at     timestamptz NOT NULL,
	upto   bigint NOT NULL,
	ids    bigint[] NOT NULL,
	rows   bytea NOT NULL,
	hash   bytea NOT NULL,
	PRIMARY KEY (org_id, n)
);
CREATE INDEX audit_seal_upto ON ops.audit_seal (upto);
ALTER TABLE ops.audit_seal ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.audit_seal FORCE ROW LEVEL SECURITY;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ops.audit_seal
	FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();

-- A moment, as an id, and the transaction that noted it.  When no transaction
-- older than that one runs any more, nothing can appear under that id.
CREATE TABLE ops.audit_tick (
	id  bigint NOT NULL,
	xid xid8 NOT NULL
);

-- What is new, of everybody.  No tenant reads by it.
CREATE INDEX audit_log_id ON ops.audit_log (id);

GRANT USAGE ON SCHEMA ops TO tenantry_audit;
GRANT SELECT ON ops.audit_log TO tenantry_audit;
GRANT SELECT, INSERT ON ops.audit_seal TO tenantry_audit;
GRANT SELECT, INSERT, DELETE ON ops.audit_tick TO tenantry_audit;
CREATE POLICY sealer ON ops.audit_log FOR SELECT TO tenantry_audit USING (true);
CREATE POLICY sealer ON ops.audit_seal TO tenantry_audit USING (true);

-- Seals the next rows that are older than so long, so many at most; says how
-- many it were, and whether there are more.  late: those as well that
-- appeared under ids that had been sealed, for which a clock that was set back
-- is the only good reason.
CREATE FUNCTION ops.seal_audit(most integer, behind interval, late boolean,
	OUT sealed integer, OUT more boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	tick bigint;
	me xid8;
	settled bigint;
	before bigint;	-- all under it is sealed
	high bigint;	-- and under it, after this
BEGIN
	sealed := 0;
	more := false;
	PERFORM pg_advisory_xact_lock(hashtextextended('tenantry audit', 0));
	IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
		RAISE EXCEPTION 'sealing needs a transaction of its own';
	END IF;
	-- First the time, then the number of this transaction: whoever has written
	-- a row under that time has an older number.
	tick := (floor(extract(epoch FROM clock_timestamp() - greatest(behind, '0')) * 1000)::bigint
		- 1735689600000 - 1) << 12;
	me := pg_current_xact_id();
	DELETE FROM ops.audit_tick t WHERE t.xid >= me;	-- restored from another server
	INSERT INTO ops.audit_tick VALUES (tick, me);
	SELECT max(t.id) INTO settled FROM ops.audit_tick t
	 WHERE t.xid <= pg_snapshot_xmin(pg_current_snapshot());
	DELETE FROM ops.audit_tick t WHERE t.id < settled;
	SELECT coalesce(max(s.upto), 0) INTO before FROM ops.audit_seal s;
	IF settled IS NULL OR settled <= before THEN
		RETURN;
	END IF;
	SELECT min(r.id) INTO high FROM (SELECT a.id FROM ops.audit_log a
		WHERE a.id >= before AND a.id < settled ORDER BY a.id OFFSET most LIMIT 1) r;
	more := high IS NOT NULL;
	high := coalesce(high, settled);
	INSERT INTO ops.audit_seal
	SELECT f.org_id, f.n, f.at, high, f.ids, f.rows, sha256(convert_to(format(
			E'%s %s %s %s\n%s\n', f.org_id, f.n,
			to_char(f.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), high,
			array_to_string(f.ids, ' ')), 'UTF8') || f.rows || coalesce(f.last, ''))
	  FROM (SELECT a.org_id, coalesce(p.n, 0) + 1 AS n, p.hash AS last,
			clock_timestamp() AS at,
			array_agg(a.id ORDER BY a.id) AS ids,
			string_agg(sha256(convert_to(array_to_json(ARRAY[a.org_id::text, a.id::text,
				to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
				a.user_id, a.request_id, a.address, a.table_name, a.row_id, a.action,
				a.old::text, a.new::text])::text, 'UTF8')), ''::bytea ORDER BY a.id) AS rows
		  FROM (SELECT r.* FROM ops.audit_log r WHERE r.id >= before AND r.id < high
			UNION ALL
			SELECT r.* FROM ops.audit_log r
			LEFT JOIN (SELECT s.org_id, unnest(s.ids) AS id FROM ops.audit_seal s) u
				ON u.org_id = r.org_id AND u.id = r.id
			WHERE late AND r.id < before AND u.id IS NULL) a
		  LEFT JOIN LATERAL (SELECT s.n, s.hash FROM ops.audit_seal s
			WHERE s.org_id = a.org_id ORDER BY s.n DESC LIMIT 1) p ON true
		 GROUP BY a.org_id, p.n, p.hash) f;
	SELECT coalesce(sum(cardinality(s.ids)), 0) INTO sealed FROM ops.audit_seal s
	 WHERE s.upto = high;
END $$;

-- All chains in one line, "all:UPTO:HASH", to be kept where the owner of this
-- database cannot reach: it proves that no chain was cut off or made anew.
CREATE FUNCTION ops.audit_head() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	WITH RECURSIVE last AS (
		(SELECT s.org_id, s.n, s.hash FROM ops.audit_seal s
		 ORDER BY s.org_id DESC, s.n DESC LIMIT 1)
		UNION ALL
		SELECT p.* FROM last l, LATERAL (SELECT s.org_id, s.n, s.hash FROM ops.audit_seal s
			WHERE s.org_id < l.org_id ORDER BY s.org_id DESC, s.n DESC LIMIT 1) p)
	SELECT format('all:%s:%s', coalesce((SELECT max(s.upto) FROM ops.audit_seal s), 0),
		encode(sha256(convert_to(coalesce(string_agg(format(E'%s:%s:%s\n', org_id, n,
			encode(hash, 'hex')), '' ORDER BY org_id), ''), 'UTF8')), 'hex'))
	  FROM last
$$;

REVOKE EXECUTE ON FUNCTION ops.seal_audit(integer, interval, boolean), ops.audit_head()
	FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.seal_audit(integer, interval, boolean), ops.audit_head()
	TO tenantry_app;

GRANT CREATE ON SCHEMA ops TO tenantry_audit;
ALTER FUNCTION ops.seal_audit(integer, interval, boolean) OWNER TO tenantry_audit;
ALTER FUNCTION ops.audit_head() OWNER TO tenantry_audit;
REVOKE CREATE ON SCHEMA ops FROM tenantry_audit;
