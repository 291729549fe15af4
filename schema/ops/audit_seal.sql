-- Seals of the audit log: hash chains that reveal changes to the log.
-- needs: ops/audit_log.sql ops/aside.sql

-- Seals up to "most" rows of an organization. Returns the number of sealed rows.
-- callers: tenantry_audit
CREATE OR REPLACE FUNCTION ops.seal_organization(p ops.audit_pending, most integer) RETURNS integer
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
	high bigint;	-- all rows below this ID will be sealed
	n integer;
BEGIN
	SELECT coalesce(min(r.id), p.upto) INTO high FROM (SELECT a.id FROM ops.audit_log a
		WHERE a.org_id = p.org_id AND a.id >= p.since AND a.id < p.upto ORDER BY a.id OFFSET most LIMIT 1) r;
	INSERT INTO ops.audit_seal AS made
	SELECT f.org_id, f.n, f.at, high, f.ids, f.rows, sha256(convert_to(format(
			E'%s %s %s %s\n%s\n', f.org_id, f.n,
			to_char(f.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), high,
			array_to_string(f.ids, ' ')), 'UTF8') || f.rows || coalesce(f.last, ''))
	  FROM (SELECT a.org_id, coalesce(l.n, 0) + 1 AS n, l.hash AS last,
			clock_timestamp() AS at,
			array_agg(a.id ORDER BY a.id) AS ids,
			string_agg(sha256(convert_to(array_to_json(ARRAY[a.org_id::text, a.id::text,
				to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
				a.user_id, a.request_id, a.address, a.table_name, a.row_id, a.action,
				a.old::text, a.new::text])::text, 'UTF8')), ''::bytea ORDER BY a.id) AS rows
		  FROM (SELECT r.* FROM ops.audit_log r WHERE r.org_id = p.org_id AND r.id >= p.since AND r.id < high
			UNION ALL
			SELECT r.* FROM ops.audit_log r
			LEFT JOIN (SELECT unnest(s.ids) AS id FROM ops.audit_seal s WHERE s.org_id = p.org_id) u ON u.id = r.id
			WHERE p.late AND r.org_id = p.org_id AND r.id < p.since AND u.id IS NULL) a
		  LEFT JOIN LATERAL (SELECT s.n, s.hash FROM ops.audit_seal s
			WHERE s.org_id = a.org_id ORDER BY s.n DESC LIMIT 1) l ON true
		 GROUP BY a.org_id, l.n, l.hash) f
	RETURNING cardinality(made.ids) INTO n;
	DELETE FROM ops.audit_pending q WHERE q.org_id = p.org_id AND high = q.upto;
	UPDATE ops.audit_pending q SET since = high, late = false WHERE q.org_id = p.org_id;
	RETURN coalesce(n, 0);
END $$;

-- Seals rows older than the given age: up to "most" rows of each organization, one organization after another, until
-- "most" rows are sealed or a second has passed. An organization with an error is set aside, and its rows wait in
-- ops.audit_pending. Returns how many rows were sealed, whether there are more, and by how many seconds the IDs are
-- ahead of the clock (because the clock was once set ahead). If "late" is true, rows with IDs below the sealed IDs are
-- also sealed. "grace" is the time to wait for transactions of other databases, and for transactions that write no
-- entry.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.seal_audit(most integer, behind interval, late boolean, grace interval DEFAULT '1 minute',
	OUT sealed integer, OUT more boolean, OUT ahead integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	tick bigint;
	last bigint;	-- the seal covers all IDs up to this one
	me xid8;
	settled bigint;
	writer xid8;	-- the first of the open transactions that have written an entry
	before bigint;	-- rows below this ID are sealed or pending
	high bigint;	-- the rows below this ID are now pending
	p ops.audit_pending;
	known text[];
	failed uuid[] := '{}';
BEGIN
	sealed := 0;
	more := false;
	PERFORM pg_advisory_xact_lock(hashtextextended('tenantry audit', 0));
	IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
		RAISE EXCEPTION 'sealing needs a separate transaction';
	END IF;
	-- Reads the time first, then the number of this transaction: a transaction that has written a row with an
	-- earlier time has a lower number. Rows written from now on get IDs above this time, even if the clock is set
	-- back; see ops.audit_id(). While the clock is behind, only the sequence advances. Until the clock catches up,
	-- backends draw fewer numbers from the sequence than one millisecond contains.
	tick := (floor(extract(epoch FROM clock_timestamp() - greatest(behind, '0')) * 1000)::bigint
		- 1735689600000 - 1) << 12;
	last := coalesce(pg_sequence_last_value('ops.audit_order'), 0);
	ahead := greatest((last - tick) / 4096000 - extract(epoch FROM greatest(behind, '0')), 0);
	IF tick > last + 4096 THEN
		PERFORM setval('ops.audit_order', tick);
	ELSE
		tick := nextval('ops.audit_order');
	END IF;
	me := pg_current_xact_id();
	DELETE FROM ops.audit_tick t WHERE t.xid >= me;	-- restored from another server
	INSERT INTO ops.audit_tick VALUES (tick, me);
	-- Drawing the ID of an entry locks the log immediately. A transaction that has not locked the log within a
	-- minute will write no entry with an earlier time.
	WITH held AS MATERIALIZED (SELECT l.* FROM pg_catalog.pg_locks l WHERE l.locktype IN ('relation', 'transactionid') AND l.granted)
	SELECT min(x) INTO writer FROM pg_snapshot_xip(pg_current_snapshot()) x
	  JOIN held t ON t.locktype = 'transactionid' AND t.transactionid = x::xid AND t.mode = 'ExclusiveLock'
	  JOIN held w ON w.virtualtransaction = t.virtualtransaction AND w.relation = 'ops.audit_log'::regclass AND w.mode = 'RowExclusiveLock'
		AND w.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database());
	SELECT max(t.id) INTO settled FROM ops.audit_tick t
	 WHERE t.xid <= pg_snapshot_xmin(pg_current_snapshot())
	    OR (t.xid <= writer) IS NOT FALSE AND t.id < (floor(extract(epoch FROM clock_timestamp() - greatest(behind, '0') - grace) * 1000)::bigint
		- 1735689600000) << 12;
	DELETE FROM ops.audit_tick t WHERE t.id < settled;
	before := greatest(0, (SELECT max(s.upto) FROM ops.audit_seal s), (SELECT max(q.upto) FROM ops.audit_pending q));
	IF settled > before THEN
		SELECT min(r.id) INTO high FROM (SELECT a.id FROM ops.audit_log a
			WHERE a.id >= before AND a.id < settled ORDER BY a.id OFFSET 100000 LIMIT 1) r;
		more := high IS NOT NULL;
		high := coalesce(high, settled);
		INSERT INTO ops.audit_pending AS q (org_id, since, upto)
		SELECT DISTINCT a.org_id, before, high FROM ops.audit_log a WHERE a.id >= before AND a.id < high
		ON CONFLICT (org_id) DO UPDATE SET upto = excluded.upto;
		INSERT INTO ops.audit_pending AS q (org_id, since, upto, late)
		SELECT DISTINCT r.org_id, before, high, true FROM ops.audit_log r
		  LEFT JOIN (SELECT s.org_id, unnest(s.ids) AS id FROM ops.audit_seal s) u ON u.org_id = r.org_id AND u.id = r.id
		  LEFT JOIN ops.audit_pending w ON w.org_id = r.org_id
		 WHERE seal_audit.late AND r.id < coalesce(w.since, before) AND u.id IS NULL
		ON CONFLICT (org_id) DO UPDATE SET upto = excluded.upto, late = true;
	END IF;
	known := ops.aside_entries('seals');
	FOR p IN SELECT q.* FROM ops.audit_pending q WHERE q.org_id::text <> ALL (known) ORDER BY random() FOR UPDATE SKIP LOCKED LOOP
		BEGIN
			sealed := sealed + ops.seal_organization(p, most);
			PERFORM ops.end_aside('seals', p.org_id, p.org_id::text);
		EXCEPTION WHEN query_canceled THEN	-- the time limit was reached
			PERFORM ops.set_aside('seals', p.org_id, p.org_id::text, SQLSTATE, SQLERRM);
			failed := failed || p.org_id;
			EXIT;
		WHEN OTHERS THEN
			PERFORM ops.set_aside('seals', p.org_id, p.org_id::text, SQLSTATE, SQLERRM);
			failed := failed || p.org_id;
		END;
		EXIT WHEN sealed >= most OR clock_timestamp() > statement_timestamp() + interval '1 s';
	END LOOP;
	more := more OR EXISTS (SELECT FROM ops.audit_pending q WHERE q.org_id::text <> ALL (known) AND q.org_id <> ALL (failed));
END $$;
GRANT CREATE ON SCHEMA ops TO tenantry_audit;
ALTER FUNCTION ops.seal_audit(integer, interval, boolean, interval) OWNER TO tenantry_audit;
REVOKE CREATE ON SCHEMA ops FROM tenantry_audit;

-- Returns all chains in one line, "all:UPTO:HASH", up to the ID that the seals of all organizations have reached. Later
-- seals are excluded. If the line is stored where the owner of this database has no access, it proves that no chain was
-- shortened or rewritten.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.audit_head() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	WITH RECURSIVE whole (upto) AS (
		SELECT coalesce(least((SELECT max(s.upto) FROM ops.audit_seal s), (SELECT min(q.since) FROM ops.audit_pending q)), 0)),
	last AS (
		(SELECT s.org_id, s.n, s.hash FROM ops.audit_seal s WHERE s.upto <= (SELECT w.upto FROM whole w)
		 ORDER BY s.org_id DESC, s.n DESC LIMIT 1)
		UNION ALL
		SELECT p.* FROM last l, LATERAL (SELECT s.org_id, s.n, s.hash FROM ops.audit_seal s
			WHERE s.org_id < l.org_id AND s.upto <= (SELECT w.upto FROM whole w)
			ORDER BY s.org_id DESC, s.n DESC LIMIT 1) p)
	SELECT format('all:%s:%s', (SELECT w.upto FROM whole w),
		encode(sha256(convert_to(coalesce(string_agg(format(E'%s:%s:%s\n', org_id, n,
			encode(hash, 'hex')), '' ORDER BY org_id), ''), 'UTF8')), 'hex'))
	  FROM last
$$;
GRANT CREATE ON SCHEMA ops TO tenantry_audit;
ALTER FUNCTION ops.audit_head() OWNER TO tenantry_audit;
REVOKE CREATE ON SCHEMA ops FROM tenantry_audit;

-- Verifies the next seals of the caller's organization, at least one per call. "tenantry audit verify" does the same
-- without these functions. "next" is the position to continue from. It is absent at the end. "head" is the output of
-- "tenantry audit head", to be stored elsewhere.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.verify_audit(after bigint, most integer) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	org uuid := ops.org();
	s record;
	was ops.audit_seal;	-- the last verified seal
	seen bigint := after;	-- its number
	seals bigint := 0;
	broken boolean := false;	-- the last verified seal was invalid
	gap boolean;
	whole boolean;
	bad record;
	faults json[] := '{}';
	ids bigint[] := '{}';
	lo bigint;	-- the first ID that these seals cover
	hi bigint;	-- the last ID that these seals cover
	detached_below bigint := ops.detached_below(org);
	detached bigint := 0;
	erased bigint := 0;
	there bigint;
	stray bigint;
	done boolean;
	unsealed bigint;
BEGIN
	IF org IS NULL OR NOT ops.reads_audit_log() THEN
		RAISE EXCEPTION 'the log is for owners and admins' USING ERRCODE = '42501';
	END IF;
	SELECT * INTO was FROM ops.audit_seal x WHERE x.org_id = org AND x.n = after;
	IF NOT FOUND AND after <> 0 THEN
		PERFORM ops.refuse('no_such_seal');
	END IF;
	lo := coalesce(was.upto, 0);
	FOR s IN SELECT x.* FROM (SELECT y.*, sum(cardinality(y.ids)) OVER (ORDER BY y.n) AS total
			FROM (SELECT z.* FROM ops.audit_seal z WHERE z.org_id = org AND z.n > after
				ORDER BY z.n LIMIT 200) y) x
		WHERE x.total - cardinality(x.ids) < most ORDER BY x.n LOOP
		gap := s.n <> seen + 1;
		whole := octet_length(s.rows) = 32 * cardinality(s.ids)
			AND s.hash = sha256(convert_to(format(E'%s %s %s %s\n%s\n', org, s.n,
				to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), s.upto,
				array_to_string(s.ids, ' ')), 'UTF8') || s.rows || coalesce(was.hash, ''));
		IF gap THEN
			faults := faults || json_build_object('what', 'seal removed', 'seal', seen + 1);
		ELSIF NOT whole AND NOT broken THEN
			faults := faults || json_build_object('what', 'seal changed', 'seal', s.n);
		END IF;
		-- The hash of a row whose data was erased is in an "erase" entry.
		WITH other AS MATERIALIZED (
			SELECT u.i, u.id, a.id IS NULL AS gone, encode(h.hash, 'hex') AS hash
			  FROM unnest(s.ids) WITH ORDINALITY u (id, i)
			  LEFT JOIN ops.audit_log a ON a.org_id = org AND a.id = u.id
			  LEFT JOIN LATERAL (SELECT sha256(convert_to(array_to_json(ARRAY[a.org_id::text, a.id::text,
					to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
					a.user_id, a.request_id, a.address, a.table_name, a.row_id, a.action,
					a.old::text, a.new::text])::text, 'UTF8')) AS hash) h ON true
			 WHERE a.id IS NULL AND (u.id < detached_below) IS NOT TRUE
				OR a.id IS NOT NULL AND h.hash <> substr(s.rows, u.i::integer * 32 - 31, 32)),
		fault AS MATERIALIZED (
			SELECT o.i, o.id, o.gone FROM other o WHERE o.gone OR NOT EXISTS (
				SELECT FROM ops.audit_erased x,
					LATERAL (SELECT r.row_id, r.action, r.new FROM ops.audit_log r WHERE r.org_id = org AND r.id = x.entry OFFSET 0) e
				 WHERE x.org_id = org AND x.id = o.id AND e.row_id = org::text AND e.action = 'erase'
					AND e.new->'rows'->>o.id::text = o.hash))
		SELECT f.id, f.gone, (SELECT count(*) FROM other) - (SELECT count(*) FROM fault) AS erased INTO bad
		  FROM (VALUES (1)) one LEFT JOIN fault f ON true ORDER BY f.i LIMIT 1;
		erased := erased + bad.erased;
		IF bad.id IS NOT NULL THEN
			faults := faults || json_build_object('what', CASE WHEN bad.gone THEN 'row removed'
				ELSE 'row changed' END, 'seal', s.n, 'row', bad.id);
		END IF;
		broken := gap OR NOT whole;
		seen := s.n;
		seals := seals + 1;
		was.hash := s.hash;
		was.at := s.at;
		was.upto := s.upto;
		detached := detached + cardinality(s.ids);
		IF detached_below IS NOT NULL THEN
			s.ids := ARRAY(SELECT u.id FROM unnest(s.ids) u (id) WHERE u.id >= detached_below
				OR EXISTS (SELECT FROM ops.audit_log a WHERE a.org_id = org AND a.id = u.id));
		END IF;
		detached := detached - cardinality(s.ids);
		ids := ids || s.ids;
	END LOOP;
	done := NOT EXISTS (SELECT FROM ops.audit_seal x WHERE x.org_id = org AND x.n > seen);
	hi := CASE WHEN done THEN coalesce((SELECT q.since FROM ops.audit_pending q WHERE q.org_id = org),
		(SELECT max(x.upto) FROM ops.audit_seal x)) ELSE was.upto END;
	-- Finds rows without a seal in an ID range in which all rows were sealed.
	SELECT count(*) INTO there FROM ops.audit_log a
	 WHERE a.org_id = org AND a.id >= lo AND a.id < hi;
	IF cardinality(faults) > 0 OR there <> (SELECT count(*) FROM unnest(ids) i WHERE i >= lo AND i < hi) THEN
		SELECT min(a.id), count(*) INTO stray, there FROM ops.audit_log a
		 WHERE a.org_id = org AND a.id >= lo AND a.id < hi AND NOT EXISTS (SELECT FROM (
			SELECT unnest(x.ids) AS id FROM ops.audit_seal x
			 WHERE x.org_id = org AND x.n > after) k WHERE k.id = a.id);
		IF there > 0 THEN
			faults := faults || json_build_object('what', 'rows added', 'row', stray, 'rows', there);
		END IF;
	END IF;
	IF done THEN
		SELECT count(*) INTO unsealed FROM (SELECT FROM ops.audit_log a
			WHERE a.org_id = org AND a.id >= coalesce(hi, 0) LIMIT 10000) x;
	END IF;
	RETURN json_build_object('whole', cardinality(faults) = 0, 'seals', seals,
		'rows', cardinality(ids), 'detached', detached, 'erased', erased, 'sealed_at', was.at, 'faults', array_to_json(faults),
		'next', CASE WHEN NOT done THEN seen END, 'unsealed', unsealed,
		'head', CASE WHEN done AND was.hash IS NOT NULL
			THEN format('%s:%s:%s', org, seen, encode(was.hash, 'hex')) END);
END $$;
GRANT CREATE ON SCHEMA ops TO tenantry_audit;
ALTER FUNCTION ops.verify_audit(bigint, integer) OWNER TO tenantry_audit;
REVOKE CREATE ON SCHEMA ops FROM tenantry_audit;

-- Records that the rows of an organization below an ID are in a file. The ID is the end of a seal.
CREATE OR REPLACE FUNCTION ops.record_detached(org uuid, upto bigint, rows bigint, sha256 text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.set_org(org);
	INSERT INTO ops.audit_log (org_id, id, request_id, table_name, row_id, action, new)
	VALUES (org, ops.audit_id(), ops.request(), 'organization', org::text, 'detach',
		json_build_object('upto', upto, 'rows', rows, 'sha256', sha256));
END $$;

-- Deletes rows that have been written to a file.
CREATE OR REPLACE FUNCTION ops.delete_detached(org uuid, ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.set_org(org), set_config('app.detaching', org::text, true);
	DELETE FROM ops.audit_log a WHERE a.org_id = org AND a.id = ANY (ids) AND a.action NOT IN ('detach', 'erase', 'purge');
	PERFORM set_config('app.detaching', '', true);
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ops.audit_seal
	FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();

DROP POLICY IF EXISTS sealer ON ops.audit_seal;
CREATE POLICY sealer ON ops.audit_seal TO tenantry_audit USING (true);

DROP POLICY IF EXISTS sealer ON ops.audit_tick;
CREATE POLICY sealer ON ops.audit_tick TO tenantry_audit USING (true);

DROP POLICY IF EXISTS sealer ON ops.audit_pending;
CREATE POLICY sealer ON ops.audit_pending TO tenantry_audit USING (true);

DROP POLICY IF EXISTS sealer ON ops.audit_erased;
CREATE POLICY sealer ON ops.audit_erased FOR SELECT TO tenantry_audit USING (true);
