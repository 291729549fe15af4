-- API keys: programs act for a user within one organization.

-- Begins the transaction of a request with an API key, as identity.begin_request() does for a session. asked lists each
-- [resource, action, need] that the request requires, and the key must permit all of them. counted is true if the
-- request has already been counted. Returns identity.rate_said() if the request is counted now, then '|' and the
-- resources that the key may write but not read, between commas: ",tags,".
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_key(key_hash bytea, org text, request_id text, address text,
	read_only boolean, need text, asked text, counted boolean,
	idempotency_key text, fingerprint bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key;
	rate text := '';
	blind text := ',';
	member_role text;
	member_grants text;
	member_disabled boolean;
	member_suspended boolean;
	member_read_only boolean;
	member_over text[];
	member_sales bigint;
	member_modules text[];
	module_grants text;
	wanted record;
	replaced boolean := false;
	ignored text;
BEGIN
	SELECT x.* INTO k FROM identity.api_key x WHERE x.key_hash = begin_key.key_hash;
	IF NOT FOUND THEN
		SELECT x.* INTO k FROM identity.api_key x WHERE x.previous_hash = begin_key.key_hash;
		replaced := k.previous_until <= now();
	END IF;
	SELECT m.acts_as, m.grants, m.disabled, m.sales_id, o.suspended_at IS NOT NULL, o.read_only_at IS NOT NULL, o.over_quota,
		o.modules
	  INTO member_role, member_grants, member_disabled, member_sales, member_suspended,
		member_read_only, member_over, member_modules
	  FROM identity.organization_member m JOIN identity.organization o ON o.id = m.organization_id
	 WHERE m.organization_id = k.organization_id AND m.user_id = k.user_id;
	IF NOT FOUND THEN
		PERFORM ops.refuse('invalid_key');
	ELSIF member_disabled OR NOT k.enabled THEN
		PERFORM ops.refuse('key_disabled');
	ELSIF k.publishable THEN
		PERFORM identity.refuse_publishable();
	ELSIF k.expires_at <= now() THEN
		PERFORM ops.refuse('key_expired');
	ELSIF replaced THEN
		PERFORM ops.refuse('key_replaced');
	ELSIF k.addresses IS NOT NULL AND NOT identity.is_listed(k.addresses, address) THEN
		PERFORM ops.refuse('key_address');
	END IF;
	IF NOT counted THEN
		rate := identity.use_key(k);
	END IF;
	IF org IS NOT NULL AND identity.uuid_or_null(org) IS DISTINCT FROM k.organization_id THEN
		PERFORM ops.refuse('not_member');
	ELSIF member_suspended THEN
		PERFORM identity.refuse_suspended();
	ELSIF member_read_only AND NOT read_only AND identity.asks_change(asked) THEN
		PERFORM ops.refuse('organization_read_only');
	ELSIF strpos(asked, ',"module",') > 0 THEN
		PERFORM identity.check_modules(asked, member_modules);
	END IF;
	IF member_over <> '{}' AND NOT read_only THEN
		PERFORM ops.demand_quota(member_over, asked);
	END IF;
	IF need NOT IN ('organization', 'admin') OR asked = '[]' THEN
		PERFORM ops.refuse('key_without_access');
	END IF;
	-- A key must list permissions for administrators explicitly. A path below /api/crm/ requires a permission for
	-- its resource, or for crm.
	FOR wanted IN SELECT a->>0 AS resource, a->>3 AS also, a->>1 AS action, a->>2 AS need,
		CASE WHEN a->>1 IN ('read', 'export') THEN 'read' ELSE 'write' END AS kind
	    FROM jsonb_array_elements(asked::jsonb) a WHERE a->>1 NOT IN ('list', 'fields', 'module') LOOP
		IF NOT identity.key_allows(k.permissions, wanted.resource, wanted.also, wanted.need, ARRAY[wanted.action, wanted.kind]) THEN
			PERFORM ops.refuse('key_scope', NULL,
				CASE WHEN k.permissions::text ~ '"(create|update|delete|export)"' THEN wanted.action ELSE wanted.kind END,
				wanted.resource);
		ELSIF wanted.kind = 'write' AND k.permissions IS NOT NULL
		    AND NOT identity.key_allows(k.permissions, wanted.resource, wanted.also, wanted.need, ARRAY['read']) THEN
			blind := blind || wanted.resource || ',';
		END IF;
	END LOOP;
	IF k.fields IS NOT NULL THEN
		member_grants := identity.narrow_grants(member_grants, member_role, k.fields);
	END IF;
	IF need = 'admin' AND member_role NOT IN ('owner', 'admin')
	    AND NOT identity.names_reserved(k.organization_id, k.user_id, asked) THEN
		PERFORM ops.refuse('role');
	END IF;
	ignored := set_config('app.user_id', k.user_id, true);
	ignored := ops.set_org(k.organization_id);
	IF strpos(asked, ',"object"]') > 0 THEN
		PERFORM crm.demand_objects(asked);
	END IF;
	ignored := set_config('app.role', member_role, true);
	ignored := set_config('app.grants', member_grants, true);
	IF k.permissions IS NOT NULL THEN	-- for rows other than those of the request
		ignored := set_config('app.key_permissions', k.permissions::text, true);
	END IF;
	IF member_modules <> '{}' THEN
		ignored := set_config('app.modules', member_modules::text, true);
		module_grants := identity.module_grants(k.organization_id, member_sales, member_role, member_modules);
		ignored := set_config('app.module_grants', module_grants, true);
	END IF;
	IF member_grants <> '*' OR module_grants IS NOT NULL THEN
		ignored := set_config('app.sales_id', member_sales::text, true);
		PERFORM identity.check_grants(asked);
	END IF;
	IF read_only THEN
		ignored := set_config('transaction_read_only', 'on', true);
		RETURN rate || '|' || blind;
	END IF;
	ignored := set_config('app.sales_id', member_sales::text, true);
	ignored := set_config('app.api_key_id', k.id, true);
	ignored := set_config('app.request_id', request_id, true);
	ignored := set_config('app.address', address, true);
	IF idempotency_key IS NOT NULL THEN
		PERFORM ops.claim_key(k.user_id || '/' || k.organization_id, idempotency_key,
			fingerprint);
	END IF;
	RETURN rate || '|' || blind;
END $$;

-- Returns whether the permissions of a key contain one of the words for a resource, under its name, its other name in
-- paths or, where allowed, "*".
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.key_allows(permissions jsonb, resource text, also text, need text, words text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN coalesce(permissions->resource ?| words, false) OR coalesce(permissions->also ?| words, false)
		OR need = 'organization' AND (permissions IS NULL OR coalesce(permissions->'*' ?| words, false));
END $$;

-- Returns the grants of a member, limited to the fields in the permissions of a key. A field must be in both lists.
CREATE OR REPLACE FUNCTION identity.narrow_grants(grants text, acts_as text, fields jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	narrow jsonb := CASE grants WHEN '*' THEN (SELECT jsonb_build_object('crm', jsonb_object_agg(a, 'all'))
		FROM jsonb_array_elements_text(identity.role_permission(acts_as)->'crm') a) ELSE grants::jsonb END;
	of_key record;
	list jsonb;
BEGIN
	FOR of_key IN SELECT r.key AS resource, l.key AS action, l.value AS list
	    FROM jsonb_each(fields) r, jsonb_each(r.value) l LOOP
		list := narrow #> ARRAY[of_key.resource, 'fields', of_key.action];
		narrow := narrow || jsonb_build_object(of_key.resource, coalesce(narrow->of_key.resource, '{}') || jsonb_build_object('fields',
			coalesce(narrow #> ARRAY[of_key.resource, 'fields'], '{}') || jsonb_build_object(of_key.action,
				CASE WHEN list IS NULL THEN of_key.list
				ELSE (SELECT coalesce(jsonb_agg(f), '[]') FROM jsonb_array_elements(list) f WHERE of_key.list @> f) END)
			|| CASE of_key.action WHEN 'update' THEN jsonb_build_object('key', of_key.list) ELSE '{}' END));
	END LOOP;
	RETURN narrow;
END $$;

-- Returns the limit of a key, the seconds of its window, the remaining requests and the seconds until the end of the
-- window, as in '600 60 599 42': the values of RateLimit-Policy and RateLimit.
CREATE OR REPLACE FUNCTION identity.rate_said(k identity.api_key, used integer, opened timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	life interval := make_interval(secs => k.rate_limit_window / 1000.0);
	passed boolean := opened IS NULL OR opened <= clock_timestamp() - life;
	wait interval := CASE WHEN passed THEN life ELSE opened + life - clock_timestamp() END;
BEGIN
	RETURN concat_ws(' ', k.rate_limit_max, ceil(k.rate_limit_window / 1000.0)::bigint,
		k.rate_limit_max - CASE WHEN passed THEN 0 ELSE least(used, k.rate_limit_max) END,
		greatest(ceil(extract(epoch FROM wait)), 1)::bigint);
END $$;

-- Counts a request toward the rate limit of a key, or refuses it, and returns identity.rate_said(). For a publishable key,
-- each client has a separate count, so that no client can exhaust the limit of another client.
CREATE OR REPLACE FUNCTION identity.count_use(k identity.api_key, address text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz := clock_timestamp();
	life interval := make_interval(secs => k.rate_limit_window / 1000.0);
	who text := CASE WHEN k.publishable THEN identity.network(address) ELSE '' END;
	wait numeric;
	used integer;
	window_opened timestamptz;
BEGIN
	-- Deletes expired counters, since no job deletes them.
	IF k.publishable AND random() < 0.01 THEN
		DELETE FROM identity.api_key_use u WHERE (u.key_id, u.client) IN (SELECT old.key_id, old.client
			FROM identity.api_key_use old WHERE old.key_id = k.id AND old.opened <= at - life
			  FOR UPDATE SKIP LOCKED);
	END IF;
	INSERT INTO identity.api_key_use AS u VALUES (k.id, at, 1, who)
	ON CONFLICT ON CONSTRAINT api_key_use_pkey DO UPDATE
		SET opened = CASE WHEN u.opened <= at - life THEN at ELSE u.opened END,
			count = CASE WHEN u.opened <= at - life THEN 1 ELSE u.count + 1 END
		WHERE u.opened <= at - life OR u.count < k.rate_limit_max
	RETURNING u.count, u.opened INTO used, window_opened;
	IF NOT FOUND THEN
		SELECT extract(epoch FROM u.opened + life - clock_timestamp()) INTO wait
		  FROM identity.api_key_use u WHERE u.key_id = k.id AND u.client = who;
		PERFORM ops.refuse_with(greatest(ceil(coalesce(wait, 1)), 1)::bigint::text, 'key_too_often', NULL,
			k.rate_limit_max::text, (k.rate_limit_window / 1000.0)::float8::text);
	END IF;
	RETURN identity.rate_said(k, used, window_opened);
END $$;

-- Returns identity.rate_said() for a request, or null for an unknown key. Counts the request, or refuses it, if it was not
-- counted, since the transaction that refused it was rolled back. A request that the key itself refuses, such as one from
-- an address that is not listed, is not counted: others could otherwise exhaust the limit.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.key_rate(key_hash bytea, address text, counted boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key;
	u identity.api_key_use;
BEGIN
	SELECT * INTO k FROM identity.api_key x
	 WHERE x.key_hash = key_rate.key_hash OR x.previous_hash = key_rate.key_hash;
	IF NOT FOUND THEN
		RETURN NULL;
	ELSIF NOT counted AND k.enabled AND coalesce(k.expires_at > now(), true) AND (k.key_hash = key_rate.key_hash OR k.previous_until > now())
	    AND (k.addresses IS NULL OR identity.is_listed(k.addresses, address)) THEN
		RETURN identity.count_use(k, address);
	END IF;
	SELECT * INTO u FROM identity.api_key_use x WHERE x.key_id = k.id
	   AND x.client = CASE WHEN k.publishable THEN identity.network(key_rate.address) ELSE '' END;
	RETURN identity.rate_said(k, u.count, u.opened);
END $$;

-- Counts a use, or refuses it, and returns identity.rate_said(). If the request is refused later, the transaction is
-- rolled back, and identity.key_rate() counts it toward the rate limit only.
CREATE OR REPLACE FUNCTION identity.use_key(k identity.api_key) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz := clock_timestamp();
	due boolean := k.refill_interval IS NOT NULL AND coalesce(k.last_refill_at, k.created_at)
		<= at - make_interval(secs => k.refill_interval / 1000.0);
	rate text := identity.count_use(k, ops.address());
BEGIN
	IF k.remaining IS NOT NULL THEN
		UPDATE identity.api_key x
		   SET remaining = CASE WHEN due THEN x.refill_amount ELSE x.remaining END - 1,
			last_refill_at = CASE WHEN due THEN at ELSE x.last_refill_at END
		 WHERE x.id = k.id AND x.remaining IS NOT NULL AND (x.remaining > 0
			OR due AND x.last_refill_at IS NOT DISTINCT FROM k.last_refill_at);
		IF NOT FOUND THEN
			PERFORM ops.refuse_with(
				greatest(ceil(coalesce(extract(epoch FROM coalesce(k.last_refill_at, k.created_at) - at) + k.refill_interval / 1000.0, 86400)), 1)::bigint::text,
				'key_used_up');
		END IF;
	END IF;
	IF k.last_request IS NULL OR k.last_request <= at - interval '1 minute' THEN
		UPDATE identity.api_key x SET last_request = at
		 WHERE x.id = k.id AND (x.last_request IS NULL
			OR x.last_request <= at - interval '1 minute');
	END IF;
	RETURN rate;
END $$;

-- Counts a read that a standby will answer, and returns identity.rate_said(). Returns null if the key grants no access
-- here. The primary then refuses the request.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.count_key(key_hash bytea, address text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key;
BEGIN
	SELECT x.* INTO k FROM identity.api_key x
	 WHERE x.enabled AND (x.expires_at IS NULL OR x.expires_at > now())
	   AND (x.key_hash = count_key.key_hash OR x.previous_hash = count_key.key_hash AND x.previous_until > now());
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	PERFORM set_config('app.address', address, true);
	RETURN identity.use_key(k);
END $$;

-- Returns the JSON members of Better Auth and, if they are set, the members that are specific to this server.
CREATE OR REPLACE FUNCTION identity.api_key_json(k identity.api_key) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
	more json := json_strip_nulls(json_build_object('addresses', k.addresses,
		'previousUntil', CASE WHEN k.previous_until > now() THEN identity.iso(k.previous_until) END,
		'publishable', CASE WHEN k.publishable THEN true END,
		'logBodies', CASE WHEN k.log_bodies THEN true END));
	shown json := json_build_object('id', k.id, 'configId', 'default', 'name', k.name,
		'start', k.start, 'prefix', k.prefix, 'referenceId', k.user_id,
		'organizationId', k.organization_id, 'refillInterval', k.refill_interval,
		'refillAmount', k.refill_amount, 'lastRefillAt', identity.iso(k.last_refill_at),
		'enabled', k.enabled, 'rateLimitEnabled', true,
		'rateLimitTimeWindow', k.rate_limit_window, 'rateLimitMax', k.rate_limit_max,
		'requestCount', coalesce((SELECT sum(u.count) FROM identity.api_key_use u
			WHERE u.key_id = k.id
			  AND u.opened > now() - make_interval(secs => k.rate_limit_window / 1000.0)), 0),
		'remaining', k.remaining, 'lastRequest', identity.iso(k.last_request),
		'expiresAt', identity.iso(k.expires_at), 'createdAt', identity.iso(k.created_at),
		'updatedAt', identity.iso(k.updated_at), 'permissions', k.permissions,
		'metadata', k.metadata);
BEGIN
	RETURN CASE WHEN more::text = '{}' THEN shown ELSE identity.with_members(shown, more) END;
END $$;

CREATE OR REPLACE FUNCTION identity.refuse_type(member text, wanted text, got jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '[body.%] Invalid input: expected %, received %', member, wanted,
		coalesce(jsonb_typeof(got), 'undefined') USING ERRCODE = 'ZH422';
END $$;

-- Returns an integer of the body, or the previous value.
CREATE OR REPLACE FUNCTION identity.body_number(body jsonb, member text, lowest bigint, before bigint)
RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	n numeric;
BEGIN
	IF NOT body ? member THEN
		RETURN before;
	ELSIF jsonb_typeof(body->member) = 'null' THEN
		RETURN NULL;
	ELSIF jsonb_typeof(body->member) <> 'number' THEN
		PERFORM identity.refuse_type(member, 'number', body->member);
	END IF;
	n := (body->>member)::numeric;
	IF n <> trunc(n) OR n < lowest OR n > 9007199254740991 THEN
		RAISE EXCEPTION '[body.%] Invalid input: expected a whole number from %', member, lowest
			USING ERRCODE = 'ZH422';
	END IF;
	RETURN n::bigint;
END $$;

-- Returns a field that a list such as "contacts.update" permits writing although "contacts.read" omits it, or null if
-- there is none. A key cannot write a field that it cannot read. It reads all custom fields as one column.
CREATE OR REPLACE FUNCTION identity.unread_field(permissions jsonb, member text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT f FROM jsonb_array_elements_text(permissions->member) f, LATERAL (SELECT permissions->regexp_replace(member, '[.]update$', '.read')) r (fields)
	 WHERE member LIKE '%.update' AND f NOT IN ('id', 'sales_id') AND NOT r.fields ? f AND NOT (f ~ '^custom([.]|$)'
		AND EXISTS (SELECT FROM jsonb_array_elements_text(r.fields) x WHERE x ~ '^custom([.]|$)')) LIMIT 1
$$;

-- Checks {"contacts": ["read", "update"], "contacts.read": ["last_name"], "*": ["export"]} and limits its size. The
-- workers have checked the names of resources, which include paths without a resource.
CREATE OR REPLACE FUNCTION identity.body_permissions(given jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	part record;
BEGIN
	IF given IS NULL OR jsonb_typeof(given) = 'null' THEN
		RETURN NULL;
	ELSIF jsonb_typeof(given) <> 'object' THEN
		PERFORM identity.refuse_type('permissions', 'record', given);
	ELSIF (SELECT count(*) > 64 FROM jsonb_object_keys(given)) THEN
		RAISE EXCEPTION '[body.permissions] Invalid input: at most 64 members' USING ERRCODE = 'ZH422';
	END IF;
	FOR part IN SELECT e.key, split_part(e.key, '.', 1) AS resource, e.value FROM jsonb_each(given) e LOOP
		IF jsonb_typeof(part.value) <> 'array' THEN
			PERFORM identity.refuse_type('permissions.' || part.key, 'array', part.value);
		ELSIF strpos(part.key, '.') = 0 AND NOT part.value <@ '["read", "write", "create", "update", "delete", "export"]' THEN
			RAISE EXCEPTION '[body.permissions.%] Invalid input: expected "read", "write", "create", "update", "delete" or "export"', part.key
				USING ERRCODE = 'ZH422';
		ELSIF strpos(part.key, '.') > 0 AND (part.key !~ '[.](read|update)$' OR NOT EXISTS (
		    SELECT FROM identity.resource r WHERE r.name = ops.described_as(part.resource) AND r.fields)) THEN
			RAISE EXCEPTION '[body.permissions.%] Invalid input: expected fields to read or update of a resource that can be limited', part.key
				USING ERRCODE = 'ZH422';
		ELSIF strpos(part.key, '.') > 0 AND NOT part.value <@ to_jsonb(identity.fields_of(part.resource) || 'id'::text) THEN
			RAISE EXCEPTION '[body.permissions.%] Invalid input: % have no field %', part.key, part.resource,
				(SELECT f FROM jsonb_array_elements(part.value) f
				  WHERE NOT to_jsonb(identity.fields_of(part.resource) || 'id'::text) @> f LIMIT 1) USING ERRCODE = 'ZH422';
		ELSIF identity.unread_field(given, part.key) IS NOT NULL THEN
			RAISE EXCEPTION '[body.permissions.%] Invalid input: %.read must also list %', part.key, part.resource,
				identity.unread_field(given, part.key) USING ERRCODE = 'ZH422';
		END IF;
	END LOOP;
	RETURN given;
END $$;

-- Returns the lists of fields in the permissions of a key, {"contacts": {"read": ["last_name"]}}, or null if there are
-- none.
CREATE OR REPLACE FUNCTION identity.key_fields(permissions jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_object_agg(r.name, r.lists) FROM (SELECT split_part(e.key, '.', 1) AS name,
			jsonb_object_agg(split_part(e.key, '.', 2), e.value) AS lists
		FROM jsonb_each(permissions) e WHERE strpos(e.key, '.') > 0 GROUP BY 1) r
$$;

-- Returns the normalized IP address, or null if the text is not an IP address. An IPv4-mapped IPv6 address becomes the
-- IPv4 address.
CREATE OR REPLACE FUNCTION identity.inet_or_null(address text) RETURNS inet
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN CASE WHEN address ~* '^::ffff:[0-9.]+(/[0-9]+)?$' THEN substr(address, 8) ELSE address END::inet;
EXCEPTION WHEN invalid_text_representation THEN
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION identity.is_listed(addresses inet[], address text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN coalesce(identity.inet_or_null(address) <<= ANY (addresses), false);
END $$;

-- Checks ["192.0.2.1", "2001:db8::/32"]. A network with host bits set is refused, because it is probably a mistake.
CREATE OR REPLACE FUNCTION identity.body_addresses(given jsonb) RETURNS inet[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	item jsonb;
	address inet;
	addresses inet[] := '{}';
BEGIN
	IF jsonb_typeof(given) = 'null' THEN
		RETURN NULL;
	ELSIF jsonb_typeof(given) <> 'array' THEN
		PERFORM identity.refuse_type('addresses', 'array', given);
	ELSIF jsonb_array_length(given) NOT BETWEEN 1 AND 50 THEN
		RAISE EXCEPTION '[body.addresses] Invalid input: expected 1 to 50 addresses or networks'
			USING ERRCODE = 'ZH422';
	END IF;
	FOR item IN SELECT e FROM jsonb_array_elements(given) e LOOP
		address := CASE jsonb_typeof(item) WHEN 'string' THEN identity.inet_or_null(item #>> '{}') END;
		IF address IS NULL OR network(address)::inet <> address THEN
			RAISE EXCEPTION '[body.addresses] Invalid input: expected addresses or networks such as 192.0.2.0/24'
				USING ERRCODE = 'ZH422';
		END IF;
		addresses := addresses || address;
	END LOOP;
	RETURN addresses;
END $$;

-- Changes a key as the JSON members of a body require. If Better Auth reserves a JSON member for its server, the caller
-- may only make the key more restricted.
CREATE OR REPLACE FUNCTION identity.change_key(k identity.api_key, body jsonb) RETURNS identity.api_key
LANGUAGE plpgsql STABLE AS $$
DECLARE
	life bigint := identity.body_number(body, 'expiresIn', 1, NULL);
	odd text;
BEGIN
	-- These JSON members limit permissions, and a publishable key has none.
	SELECT e.key INTO odd FROM jsonb_each(body) e WHERE k.publishable AND e.value <> 'null'
	   AND e.key IN ('permissions', 'addresses', 'remaining', 'refillAmount', 'refillInterval');
	IF FOUND THEN
		RAISE EXCEPTION '[body.%] Invalid input: a publishable key has no %', odd, odd USING ERRCODE = 'ZH422';
	END IF;
	IF body ? 'name' THEN
		k.name := body->>'name';
		IF char_length(k.name) NOT BETWEEN 1 AND 32 THEN
			PERFORM identity.refuse('INVALID_NAME_LENGTH');
		END IF;
	END IF;
	IF body ? 'expiresIn' THEN
		IF life < 86400 THEN
			PERFORM identity.refuse('EXPIRES_IN_IS_TOO_SMALL');
		ELSIF life > 365 * 86400 THEN
			PERFORM identity.refuse('EXPIRES_IN_IS_TOO_LARGE');
		END IF;
		k.expires_at := now() + make_interval(secs => life);
	END IF;
	IF body ? 'metadata' THEN
		IF jsonb_typeof(body->'metadata') NOT IN ('object', 'null') THEN
			PERFORM identity.refuse('INVALID_METADATA_TYPE');
		ELSIF octet_length(body->>'metadata') > 4096 THEN
			RAISE EXCEPTION '[body.metadata] at most 4096 bytes' USING ERRCODE = 'ZH422';
		END IF;
		k.metadata := nullif(body->'metadata', 'null');
	END IF;
	IF body ? 'permissions' THEN
		k.permissions := identity.body_permissions(body->'permissions');
		k.fields := identity.key_fields(k.permissions);
	END IF;
	IF body ? 'addresses' THEN
		k.addresses := identity.body_addresses(body->'addresses');
	END IF;
	k.remaining := identity.body_number(body, 'remaining', 0, k.remaining);
	IF body ?| ARRAY['refillAmount', 'refillInterval'] THEN
		k.refill_amount := identity.body_number(body, 'refillAmount', 1, NULL);
		k.refill_interval := identity.body_number(body, 'refillInterval', 1, NULL);
		IF k.refill_interval IS NULL THEN
			PERFORM identity.refuse('REFILL_INTERVAL_AND_AMOUNT_REQUIRED');
		ELSIF k.refill_amount IS NULL THEN
			PERFORM identity.refuse('REFILL_AMOUNT_AND_INTERVAL_REQUIRED');
		END IF;
		k.remaining := coalesce(k.remaining, k.refill_amount);
	END IF;
	k.rate_limit_max := coalesce(identity.body_number(body, 'rateLimitMax', 1,
		k.rate_limit_max), 600);
	k.rate_limit_window := coalesce(identity.body_number(body, 'rateLimitTimeWindow', 1,
		k.rate_limit_window), 60000);
	-- The current limit may be higher than the default, because identity.set_key_limit() can raise it.
	IF body->'rateLimitEnabled' = 'false' OR body ?| ARRAY['rateLimitMax', 'rateLimitTimeWindow']
	    AND k.rate_limit_max::numeric * 60000 > k.rate_limit_window::numeric * 600 THEN
		PERFORM identity.refuse('SERVER_ONLY_PROPERTY');
	END IF;
	k.enabled := coalesce((body->>'enabled')::boolean, k.enabled);
	k.log_bodies := coalesce((body->>'logBodies')::boolean, k.log_bodies, false);
	k.updated_at := now();
	RETURN k;
END $$;

-- Returns the caller, locked so that a ban has to wait. A banned or impersonated caller is refused.
CREATE OR REPLACE FUNCTION identity.key_holder() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	uid text := ops.caller();
BEGIN
	IF EXISTS (SELECT FROM identity.session s
	    WHERE s.id = ops.session()
	      AND s.impersonated_by IS NOT NULL) THEN
		PERFORM identity.refuse('NOT_WHILE_IMPERSONATING');
	END IF;
	PERFORM identity.admit(uid);
	RETURN uid;
END $$;

-- Stores a key of a user. The body has been checked, except for the checks in change_key().
CREATE OR REPLACE FUNCTION identity.make_key(user_id text, organization_id uuid, key_id text, key_hash bytea, start text, said jsonb)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	k identity.api_key;
BEGIN
	k.id := key_id;
	k.key_hash := make_key.key_hash;
	k.start := make_key.start;
	k.publishable := coalesce((said->>'publishable')::boolean, false);
	k.prefix := CASE WHEN k.publishable THEN 'publishable_' ELSE coalesce(said->>'prefix', 'tenantry_') END;
	k.user_id := make_key.user_id;
	k.organization_id := make_key.organization_id;
	k.enabled := true;
	k.created_at := now();
	k.rate_limit_max := 600;
	k.rate_limit_window := 60000;
	IF (SELECT count(*) >= 100 FROM identity.api_key x WHERE x.user_id = make_key.user_id) THEN
		PERFORM identity.refuse('KEY_LIMIT_REACHED');
	END IF;
	k := identity.change_key(k, said);
	INSERT INTO identity.api_key VALUES (k.*);
	RETURN identity.api_key_json(k);
END $$;

-- Creates a key for the named organization, or for the active organization if none is named.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.create_api_key(key_id text, key_hash bytea, start text, body json)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	said jsonb := body;
	uid text := identity.key_holder();
	org uuid := CASE WHEN said ? 'organizationId' THEN identity.uuid_or_null(said->>'organizationId')
		ELSE (identity.meant_organization(NULL, NULL)).id END;
BEGIN
	IF org IS NULL AND NOT said ? 'organizationId' THEN
		PERFORM identity.refuse('ORGANIZATION_ID_REQUIRED');
	ELSIF (identity.own_membership(org)).id IS NULL THEN
		PERFORM identity.refuse('USER_NOT_MEMBER_OF_ORGANIZATION');
	END IF;
	RETURN identity.make_key(uid, org, key_id, key_hash, start, said);
END $$;

-- Returns the key with this ID if the caller may see it: a key of the caller, or a key of an organization that the
-- caller administers.
CREATE OR REPLACE FUNCTION identity.visible_key(key_id text) RETURNS identity.api_key
LANGUAGE plpgsql AS $$
DECLARE
	k identity.api_key;
BEGIN
	SELECT * INTO k FROM identity.api_key x WHERE x.id = key_id FOR NO KEY UPDATE;
	IF NOT FOUND OR k.user_id IS DISTINCT FROM ops.caller() AND coalesce(
	    identity.strongest_role((identity.own_membership(k.organization_id)).role), 'member')
		= 'member' THEN
		PERFORM identity.refuse('KEY_NOT_FOUND');
	END IF;
	RETURN k;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.get_api_key(key_id text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key;
BEGIN
	SELECT * INTO k FROM identity.api_key x WHERE x.id = key_id
	   AND (x.user_id = ops.caller() OR identity.strongest_role(
		(identity.own_membership(x.organization_id)).role) IN ('owner', 'admin'));
	IF NOT FOUND THEN
		PERFORM identity.refuse('KEY_NOT_FOUND');
	END IF;
	RETURN identity.api_key_json(k);
END $$;

-- Returns the caller's own keys, or, for administrators, all keys of an organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_api_keys(organization_id text, most integer, after integer,
	sort_by text, sort_direction text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := ops.caller();
	wanted uuid := identity.uuid_or_null(organization_id);
	role text := (identity.own_membership(wanted)).role;
BEGIN
	IF list_api_keys.organization_id IS NOT NULL AND role IS NULL THEN
		PERFORM identity.refuse('USER_NOT_MEMBER_OF_ORGANIZATION');
	END IF;
	RETURN (
		WITH visible AS MATERIALIZED (
			SELECT k, k.created_at, k.id, CASE sort_by WHEN 'name' THEN k.name
				WHEN 'expiresAt' THEN identity.iso(k.expires_at)
				WHEN 'lastRequest' THEN identity.iso(k.last_request)
				WHEN 'updatedAt' THEN identity.iso(k.updated_at)
				WHEN 'createdAt' THEN identity.iso(k.created_at) END COLLATE "C" AS place
			  FROM identity.api_key k
			 WHERE CASE WHEN list_api_keys.organization_id IS NULL THEN k.user_id = uid
				ELSE k.organization_id = wanted AND (k.user_id = uid
					OR identity.strongest_role(role) <> 'member') END
		)
		SELECT json_strip_nulls(json_build_object('total', (SELECT count(*) FROM visible),
				'limit', most, 'offset', after))::jsonb
			|| jsonb_build_object('apiKeys', (
			SELECT coalesce(jsonb_agg(identity.api_key_json(p.k) ORDER BY p.n), '[]')
			  FROM (SELECT v.k, row_number() OVER (ORDER BY
					CASE WHEN sort_direction = 'desc' THEN v.place END DESC NULLS LAST,
					CASE WHEN sort_direction = 'desc' THEN NULL ELSE v.place END,
					v.created_at, v.id) AS n
				FROM visible v ORDER BY n
				LIMIT least(greatest(coalesce(most, 1000), 0), 1000)
				OFFSET greatest(coalesce(after, 0), 0)) p)));
END $$;

-- Returns whether the caller administers the organization of a key.
CREATE OR REPLACE FUNCTION identity.administers_key(k identity.api_key) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce(identity.strongest_role((identity.own_membership(k.organization_id)).role), 'member') <> 'member';
END $$;

-- Returns whether the caller may change a key: a key of the caller or, for an administrator, a key of a service
-- account.
CREATE OR REPLACE FUNCTION identity.owns_key(k identity.api_key) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN k.user_id = ops.caller() OR EXISTS (SELECT FROM identity."user" u
		WHERE u.id = k.user_id AND u.service_of = k.organization_id) AND identity.administers_key(k);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.update_api_key(key_id text, body json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	said jsonb := body;
	k identity.api_key := identity.visible_key(key_id);
BEGIN
	PERFORM identity.key_holder();
	IF NOT identity.owns_key(k) THEN -- administrators may only delete keys of other members
		PERFORM identity.refuse('KEY_NOT_FOUND');
	ELSIF NOT said ?| ARRAY['name', 'enabled', 'expiresIn', 'metadata', 'permissions',
	    'remaining', 'refillAmount', 'refillInterval', 'rateLimitEnabled', 'rateLimitMax',
	    'rateLimitTimeWindow', 'addresses', 'logBodies'] THEN
		PERFORM identity.refuse('NO_VALUES_TO_UPDATE');
	END IF;
	k := identity.change_key(k, said);
	UPDATE identity.api_key x SET name = k.name, permissions = k.permissions, fields = k.fields,
		metadata = k.metadata, enabled = k.enabled, expires_at = k.expires_at,
		rate_limit_max = k.rate_limit_max, rate_limit_window = k.rate_limit_window,
		addresses = k.addresses, log_bodies = k.log_bodies, remaining = k.remaining, refill_amount = k.refill_amount,
		refill_interval = k.refill_interval, updated_at = k.updated_at
	 WHERE x.id = k.id;
	RETURN identity.api_key_json(k);
END $$;

-- Returns the key that a request below /api/ names: a key of the caller, or a key of an organization that the caller
-- administers.
CREATE OR REPLACE FUNCTION identity.named_key(key_id text) RETURNS identity.api_key
LANGUAGE plpgsql STABLE AS $$
DECLARE
	k identity.api_key;
BEGIN
	SELECT * INTO k FROM identity.api_key x WHERE x.id = key_id;
	IF NOT FOUND OR k.user_id IS DISTINCT FROM ops.caller() AND NOT identity.administers_key(k) THEN
		PERFORM ops.refuse('key_not_found', 'id');
	END IF;
	RETURN k;
END $$;

-- Sets the rate limit of a key, which may exceed the limit that its user can choose.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.set_key_limit(body json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key := identity.named_key(body->>'id');
	requests numeric := body->>'requests';
	seconds numeric := body->>'seconds';
BEGIN
	PERFORM identity.key_holder();
	IF NOT identity.administers_key(k) THEN
		PERFORM ops.refuse('role');
	ELSIF seconds <> trunc(seconds) OR seconds NOT BETWEEN 1 AND 86400 THEN
		PERFORM ops.refuse('key_limit_seconds', 'seconds');
	ELSIF requests <> trunc(requests) OR requests < 1 OR requests > 1000 * seconds THEN
		PERFORM ops.refuse('key_limit_requests', 'requests');
	END IF;
	UPDATE identity.api_key x SET rate_limit_max = requests, rate_limit_window = seconds * 1000, updated_at = now()
	 WHERE x.id = k.id RETURNING * INTO k;
	RETURN identity.api_key_json(k);
END $$;

-- Gives a key a new secret. The previous secret remains valid for the overlap, in seconds, or until the next rotation.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.rotate_api_key(key_id text, key_hash bytea, start text, body json)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key := identity.visible_key(key_id);
	overlap bigint := coalesce(identity.body_number(body::jsonb, 'overlap', 0, NULL), 86400);
BEGIN
	PERFORM identity.key_holder();
	IF NOT identity.owns_key(k) THEN
		PERFORM identity.refuse('KEY_NOT_FOUND');
	ELSIF k.form IS NOT NULL THEN
		RAISE EXCEPTION '[body.keyId] Invalid input: the key of a form is no secret, and stays the same' USING ERRCODE = 'ZH422';
	ELSIF overlap > 7 * 86400 THEN
		RAISE EXCEPTION '[body.overlap] Invalid input: expected at most 604800 seconds' USING ERRCODE = 'ZH422';
	END IF;
	UPDATE identity.api_key x SET key_hash = rotate_api_key.key_hash, start = rotate_api_key.start,
		previous_hash = x.key_hash, previous_until = now() + make_interval(secs => overlap), updated_at = now()
	 WHERE x.id = k.id RETURNING * INTO k;
	RETURN identity.api_key_json(k);
END $$;

-- Logs that a known key was refused. Must be called in a transaction that commits. At most 20 refusals per hour are
-- logged for each key.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.log_key_refusal(key_hash bytea, reason text, address text, request_id text,
	user_agent text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key;
BEGIN
	SELECT * INTO k FROM identity.api_key x
	 WHERE x.key_hash = log_key_refusal.key_hash OR x.previous_hash = log_key_refusal.key_hash;
	IF FOUND AND identity.counts('event|key|' || k.id, 20, 3600) AND identity.counts('event', 1000, 3600) THEN
		PERFORM set_config('app.request_id', log_key_refusal.request_id, true),
			ops.set_org(k.organization_id);
		PERFORM identity.log_event(k.user_id, 'api-key.refused', json_build_object('id', k.id, 'name', k.name,
			'start', k.start, 'reason', reason, 'replaced', k.key_hash <> log_key_refusal.key_hash),
			address, user_agent);
	END IF;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.delete_api_key(key_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key := identity.visible_key(key_id);
BEGIN
	DELETE FROM identity.api_key x WHERE x.id = k.id;
	RETURN '{"success":true}';
END $$;
