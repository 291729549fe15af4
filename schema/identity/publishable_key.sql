-- Publishable keys: API keys in a browser or an app, where everyone can read them. A publishable key selects the
-- organization, like orgId, and never grants a permission.

CREATE OR REPLACE FUNCTION identity.refuse_publishable() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.refuse('publishable_key');
END $$;

-- Checks a publishable key and counts the request for its client, unless it has already been counted. Returns
-- identity.rate_said() if the request is counted now, then '|' and the organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.use_publishable(key_hash bytea, org text, address text, counted boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key;
	replaced boolean := false;
	suspended boolean;
	rate text := '';
BEGIN
	SELECT * INTO k FROM identity.api_key x WHERE x.key_hash = use_publishable.key_hash;
	IF NOT FOUND THEN
		SELECT * INTO k FROM identity.api_key x WHERE x.previous_hash = use_publishable.key_hash;
		replaced := k.previous_until <= now();
	END IF;
	SELECT o.suspended_at IS NOT NULL INTO suspended
	  FROM identity.organization_member m JOIN identity.organization o ON o.id = m.organization_id
	 WHERE m.organization_id = k.organization_id AND m.user_id = k.user_id AND NOT m.disabled;
	IF NOT FOUND OR NOT k.publishable THEN
		PERFORM ops.refuse('invalid_key');
	ELSIF NOT k.enabled THEN
		PERFORM ops.refuse('key_disabled');
	ELSIF k.expires_at <= now() THEN
		PERFORM ops.refuse('key_expired');
	ELSIF replaced THEN
		PERFORM ops.refuse('key_replaced');
	ELSIF org IS NOT NULL AND identity.uuid_or_null(org) IS DISTINCT FROM k.organization_id THEN
		PERFORM ops.refuse('key_of_another_organization');
	ELSIF suspended THEN
		PERFORM identity.refuse_suspended();
	END IF;
	PERFORM set_config('app.address', address, true);
	IF NOT counted THEN
		rate := identity.use_key(k);
	END IF;
	RETURN rate || '|' || k.organization_id;
END $$;

-- Calls identity.begin_request() in the organization of a publishable key. The session must belong to a member. Returns
-- identity.rate_said() as identity.use_publishable() does, then '|', and "slid" if the cookie must be set again.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_publishable(key_hash bytea, counted boolean, token_hash bytea, org text,
	request_id text, address text, read_only boolean, need text, asked text, idempotency_key text, fingerprint bytea)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	used text := identity.use_publishable(key_hash, org, address, counted);
BEGIN
	RETURN split_part(used, '|', 1) || '|' || CASE WHEN identity.begin_request(token_hash, split_part(used, '|', 2), request_id, address,
		read_only, need, asked, idempotency_key, fingerprint) THEN 'slid' ELSE '' END;
END $$;
