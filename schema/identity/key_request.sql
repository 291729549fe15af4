-- The requests of the last 24 hours with each API key.

-- Logs requests that workers have answered, except requests with unknown keys. The body of a refused request is stored
-- if the key is configured to log bodies.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.log_key_requests(entries json) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	INSERT INTO identity.api_key_request (key_id, at, method, route, status, code, duration, request_id, body)
	SELECT k.id, to_timestamp(e.at), e.method, e.route, e.status, e.code, e.us / 1000.0, e.request_id,
		CASE WHEN k.log_bodies THEN e.body END
	  FROM json_to_recordset(entries) e (key bytea, at float8, method text, route text, status smallint, code text, us bigint,
		request_id text, body text)
	 CROSS JOIN LATERAL (SELECT x.id, x.log_bodies FROM identity.api_key x WHERE x.key_hash = e.key
		UNION ALL SELECT x.id, x.log_bodies FROM identity.api_key x WHERE x.previous_hash = e.key LIMIT 1) k;
END $$;

-- Returns the requests with a key of the caller, or with a key of an organization that the caller administers, newest
-- first. The ID of an entry is the ID of the request (X-Request-Id). If before is given, only older requests are
-- returned.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_key_requests(key_id text, request_id text, before text, refused text, most integer)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key := identity.named_key(key_id);
	last identity.api_key_request;
BEGIN
	IF before IS NOT NULL THEN
		SELECT * INTO last FROM identity.api_key_request x
		 WHERE x.key_id = k.id AND x.request_id = before ORDER BY x.at LIMIT 1;
		IF NOT FOUND THEN
			PERFORM ops.refuse('key_request_not_found', 'before');
		END IF;
	END IF;
	RETURN coalesce((SELECT json_agg(json_build_object('id', x.request_id, 'at', identity.iso(x.at), 'method', x.method, 'route', x.route,
			'status', x.status, 'code', x.code, 'duration', x.duration, 'body', x.body))
		FROM (SELECT r.* FROM identity.api_key_request r
			WHERE r.key_id = k.id AND r.at > now() - interval '24 hours'
			  AND (list_key_requests.request_id IS NULL OR r.request_id = list_key_requests.request_id)
			  AND (before IS NULL OR (r.at, r.request_id) < (last.at, last.request_id))
			  AND (refused IS NULL OR (refused = 'true') = (r.status >= 400))
			ORDER BY r.at DESC, r.request_id DESC LIMIT most) x), '[]');
END $$;
