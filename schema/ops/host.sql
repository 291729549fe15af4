-- The hosts of the installation: each host reports itself every ten seconds.

-- Returns hosts that have reported themselves recently.
CREATE OR REPLACE FUNCTION ops.hosts() RETURNS TABLE (name text, uploads text, connections integer)
LANGUAGE sql STABLE AS $$
	SELECT h.name, h.uploads, h.connections FROM ops.host h WHERE h.seen_at > now() - interval '30 seconds' ORDER BY h.name
$$;

-- Records that a host is running. uploads is the location where the host stores files, and connections is the number of
-- connections that it may open to the database.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.host_seen(name text, uploads text, connections integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	INSERT INTO ops.host AS h (name, uploads, connections) VALUES (host_seen.name, host_seen.uploads, host_seen.connections)
	ON CONFLICT ON CONSTRAINT host_pkey DO UPDATE
		SET uploads = excluded.uploads, connections = excluded.connections, seen_at = now();
	DELETE FROM ops.host h WHERE h.seen_at < now() - interval '1 hour'
$$;

-- Returns the newest files that other hosts may have stored on a disk. If this host does not have them, its folder is
-- not the folder of the other hosts. Returns no rows if there are no other hosts: a single host that has lost its files
-- still serves everything else.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.files_of_hosts(host text) RETURNS TABLE (name text, hosts text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT f.name, o.hosts FROM (SELECT string_agg(h.name, ', ') AS hosts FROM ops.hosts() h WHERE h.name <> host) o,
		LATERAL (SELECT x.name FROM ops.file x WHERE x.place = 'local' AND NOT x.removing ORDER BY x.created_at DESC LIMIT 20) f
	 WHERE o.hosts IS NOT NULL
$$;

-- Returns the findings of "tenantry doctor" about an installation with several hosts: whether they store files in one
-- place, and whether the server allows all of their connections.
CREATE OR REPLACE FUNCTION ops.host_verdicts() RETURNS TABLE (name text, verdict text, said text)
LANGUAGE sql STABLE AS $$
	WITH all_hosts AS (
		SELECT count(*) AS n, string_agg(h.name, ', ') AS names, sum(h.connections) AS connections,
			count(DISTINCT h.uploads) AS stores, string_agg(format('%s in %s', h.name, h.uploads), ', ') AS each,
			bool_or(h.uploads = 'local') AS local
		  FROM ops.hosts() h),
	server AS (SELECT c.allowed FROM ops.connections() c)
	SELECT 'hosts', CASE WHEN a.stores > 1 THEN 'fail' WHEN a.n > 1 AND a.local AND NOT EXISTS (SELECT FROM ops.file f WHERE f.place = 'local')
			THEN 'warn' ELSE 'ok' END,
		CASE WHEN a.n = 0 THEN 'none has reported itself; tenantry-fcgi does'
		WHEN a.stores > 1 THEN format('they store files in different places: %s; set the same UPLOAD_PROVIDER on all', a.each)
		WHEN a.n > 1 AND a.local THEN format('%s store files in UPLOAD_DIR, which must be the same folder on all of them; or set UPLOAD_PROVIDER=s3',
			a.names)
		ELSE a.names END
	  FROM all_hosts a
	UNION ALL
	SELECT 'connection budget', CASE WHEN a.connections > s.allowed THEN 'warn' ELSE 'ok' END,
		format('%s may open %s, with ten of tenantry-jobs each, and the server allows %s', a.names, a.connections, s.allowed)
		|| CASE WHEN a.connections > s.allowed THEN '; raise max_connections, lower TENANTRY_WORKERS, or use a pooler' ELSE '' END
	  FROM all_hosts a, server s WHERE a.n > 0
$$;
