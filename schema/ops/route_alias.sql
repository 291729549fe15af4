-- Old paths of the API: who calls them, and when they are retired.

-- Returns the maximum number of rows for a path and day. Further callers are counted together.
CREATE OR REPLACE FUNCTION ops.route_use_rows() RETURNS integer
LANGUAGE sql IMMUTABLE AS $$ SELECT 1000 $$;

-- Adds n to the counter of a caller of an old path.
CREATE OR REPLACE FUNCTION ops.add_route_use(old text, used date, caller text, org uuid, n bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE ops.route_use u SET requests = u.requests + n
	 WHERE u.path = old AND u.day = used AND u.agent = caller AND u.org_id IS NOT DISTINCT FROM org;
	IF FOUND THEN
		RETURN;
	END IF;
	IF (SELECT count(*) FROM ops.route_use u WHERE u.path = old AND u.day = used) >= ops.route_use_rows() THEN
		caller := 'others';
		org := NULL;
	END IF;
	INSERT INTO ops.route_use AS u (path, day, agent, org_id, requests) VALUES (old, used, caller, org, n)
	ON CONFLICT ON CONSTRAINT route_use_row DO UPDATE SET requests = u.requests + excluded.requests;
END $$;

-- Exchanges data with the workers. Records the old paths that they serve, adds the uses that they have counted, and
-- returns the cache epoch, its age in milliseconds and an array of the retired paths. aliases is
-- [{"path","successor","since","sunset"}], and uses is [{"path","day","agent","organization","requests"}].
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.follow(aliases text, uses text) RETURNS TABLE (epoch bigint, age bigint, retired text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	-- The condition avoids the lock and the write of an unchanged row.
	INSERT INTO ops.route_alias AS r (path, successor, since, sunset)
	SELECT a.path, a.successor, a.since, a.sunset
	  FROM json_to_recordset(aliases::json) a (path text, successor text, since date, sunset date)
	 WHERE NOT EXISTS (SELECT FROM ops.route_alias x WHERE x.path = a.path AND x.successor = a.successor
		AND x.since = a.since AND x.sunset = a.sunset AND x.seen_at > now() - interval '1 day')
	ON CONFLICT ON CONSTRAINT route_alias_pkey DO UPDATE SET successor = excluded.successor,
		since = excluded.since, sunset = excluded.sunset, seen_at = now();
	PERFORM ops.add_route_use(u.path, u.day, u.agent, u.organization, u.requests)
	  FROM json_to_recordset(uses::json) u (path text, day date, agent text, organization uuid, requests bigint);
	SELECT c.epoch, extract(epoch FROM clock_timestamp() - c.began_at) * 1000 INTO follow.epoch, follow.age
	  FROM ops.cache_epoch c;
	retired := (SELECT coalesce(json_agg(r.path), '[]') FROM ops.route_alias r WHERE r.retired_at IS NOT NULL);
	RETURN NEXT;
END $$;

-- Returns the old paths, with their calls of the last seven days.
CREATE OR REPLACE FUNCTION ops.routes()
RETURNS TABLE (path text, successor text, since date, sunset date, retired_at timestamptz, requests bigint,
	last_used date)
LANGUAGE sql STABLE AS $$
	SELECT r.path, r.successor, r.since, r.sunset, r.retired_at,
		coalesce(sum(u.requests) FILTER (WHERE u.day > (now() AT TIME ZONE 'UTC')::date - 7), 0)::bigint, max(u.day)
	  FROM ops.route_alias r LEFT JOIN ops.route_use u ON u.path = r.path
	 GROUP BY r.path ORDER BY r.path
$$;

-- Returns the callers of one or all old paths in the last 30 days, sorted by their number of calls, the highest
-- first.
CREATE OR REPLACE FUNCTION ops.route_callers(wanted text, most integer)
RETURNS TABLE (path text, agent text, organization text, requests bigint, last_used date)
LANGUAGE sql STABLE AS $$
	SELECT u.path, u.agent, o.slug, sum(u.requests)::bigint, max(u.day)
	  FROM ops.route_use u LEFT JOIN identity.organization o ON o.id = u.org_id
	 WHERE (wanted IS NULL OR u.path = wanted) AND u.day > (now() AT TIME ZONE 'UTC')::date - 30
	 GROUP BY u.path, u.agent, u.org_id, o.slug ORDER BY 4 DESC, 1, 2, 3 LIMIT most
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.list_routes() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN (SELECT coalesce(json_agg(json_build_object('path', r.path, 'successor', r.successor, 'since', r.since,
		'sunset', r.sunset, 'retired_at', identity.iso(r.retired_at), 'requests', r.requests, 'last_used', r.last_used,
		'callers', (SELECT coalesce(json_agg(json_build_object('agent', c.agent, 'organization', c.organization,
			'requests', c.requests, 'last_used', c.last_used)), '[]') FROM ops.route_callers(r.path, 100) c))), '[]')
		FROM ops.routes() r);
END $$;

-- Retires an old path: after the commit, workers respond with 410. Returns the reason for a refusal, or null. Before
-- the sunset, and while the path is in use, a confirmation is required.
CREATE OR REPLACE FUNCTION ops.retire_route(wanted text, confirmed boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	r ops.route_alias;
	n bigint;
BEGIN
	SELECT * INTO r FROM ops.route_alias x WHERE x.path = wanted FOR UPDATE;
	IF NOT FOUND THEN
		RETURN 'there is no such old path; see tenantry routes list';
	ELSIF r.retired_at IS NOT NULL THEN
		RETURN 'it is retired already';
	END IF;
	n := (SELECT x.requests FROM ops.routes() x WHERE x.path = wanted);
	IF NOT confirmed AND r.sunset > (now() AT TIME ZONE 'UTC')::date THEN
		RETURN format('it is promised until %s', r.sunset);
	ELSIF NOT confirmed AND n > 0 THEN
		RETURN format('it is in use: %s calls in the last seven days; see tenantry routes usage', n);
	END IF;
	UPDATE ops.route_alias x SET retired_at = now() WHERE x.path = wanted;
	PERFORM pg_notify('tenantry_cache_epoch', '');
	RETURN NULL;
END $$;

-- Restores a retired path. Returns the reason for a refusal, or null.
CREATE OR REPLACE FUNCTION ops.restore_route(wanted text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE ops.route_alias x SET retired_at = NULL WHERE x.path = wanted AND x.retired_at IS NOT NULL;
	IF NOT FOUND THEN
		RETURN 'there is no such retired path; see tenantry routes list';
	END IF;
	PERFORM pg_notify('tenantry_cache_epoch', '');
	RETURN NULL;
END $$;
