-- Secret URLs: calendar feeds and inbound messages. A URL does not change after its creation.

CREATE OR REPLACE FUNCTION identity.secret_url_json(l identity.secret_url) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('id', l.id, 'name', l.name, 'created_at', l.created_at, 'updated_at', l.created_at,
		'last_used_at', l.last_used_at) || l.settings
$$;

-- Checks the settings of a secret URL by its kind.
CREATE OR REPLACE FUNCTION identity.check_secret_url(kind text, settings jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF kind = 'calendar' THEN
		settings := '{"view": "mine", "tasks": "todo"}' || jsonb_strip_nulls(settings);
		IF settings->>'view' NOT IN ('mine', 'all') THEN
			PERFORM ops.refuse('view_of_calendar', 'view');
		ELSIF settings->>'tasks' NOT IN ('todo', 'event', 'none') THEN
			PERFORM ops.refuse('tasks_of_calendar', 'tasks');
		ELSIF settings->>'resource' !~ '^[[:print:]]{1,200}$' THEN
			PERFORM ops.refuse('length_1_to_200', 'resource');
		END IF;
		RETURN settings;
	END IF;
	settings := '{"signed": false}' || jsonb_strip_nulls(settings);
	IF settings->>'channel' IS NULL OR settings->>'channel' <> ALL (crm.message_channels()) THEN
		PERFORM ops.refuse('not_one_of', 'channel', array_to_string(crm.message_channels(), ', '));
	END IF;
	RETURN settings;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.create_secret_url(kind text, token_hash bytea, name text, settings jsonb)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	uid text := ops.caller();
	made identity.secret_url;
BEGIN
	IF char_length(name) > 200 THEN
		PERFORM ops.refuse('at_most_200_characters', 'name');
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('secret_url ' || org || uid, 0));
	IF (SELECT count(*) FROM identity.secret_url l WHERE l.organization_id = org AND l.user_id = uid
	    AND l.kind = create_secret_url.kind) >= 50 THEN
		PERFORM ops.refuse('too_many_addresses');
	END IF;
	INSERT INTO identity.secret_url (kind, token_hash, organization_id, user_id, name, settings, api_key_id)
	VALUES (create_secret_url.kind, create_secret_url.token_hash, org, uid, create_secret_url.name,
		identity.check_secret_url(create_secret_url.kind, create_secret_url.settings),
		nullif(current_setting('app.api_key_id', true), '')) RETURNING * INTO made;
	RETURN identity.secret_url_json(made);
END $$;

-- Returns the caller's calendar URLs, or the organization's message URLs.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_secret_urls(kind text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	SELECT coalesce(jsonb_agg(identity.secret_url_json(l) ORDER BY l.created_at, l.id), '[]')
	  FROM identity.secret_url l
	 WHERE l.organization_id = ops.org()
	   AND l.kind = list_secret_urls.kind
	   AND (l.kind <> 'calendar' OR l.user_id = ops.caller())
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.delete_secret_url(kind text, id text) RETURNS SETOF text
LANGUAGE sql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	DELETE FROM identity.secret_url l
	 WHERE l.organization_id = ops.org()
	   AND l.kind = delete_secret_url.kind AND l.id = delete_secret_url.id
	   AND (l.kind <> 'calendar' OR l.user_id = ops.caller())
	RETURNING identity.secret_url_json(l)::text
$$;

-- Begins the transaction of a request by a secret URL, as identity.begin_request() does for a session. app.secret_url
-- describes the URL.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_secret_url(kind text, token_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	l identity.secret_url;
	m identity.organization_member;
	ignored text;
BEGIN
	-- A URL that was created with an API key is valid only as long as the key is.
	SELECT x.* INTO l FROM identity.secret_url x
	  LEFT JOIN identity.api_key k ON k.id = x.api_key_id
	 WHERE x.token_hash = begin_secret_url.token_hash AND x.kind = begin_secret_url.kind
	   AND (k.id IS NULL OR k.enabled AND coalesce(k.expires_at > now(), true));
	SELECT x.* INTO m FROM identity.organization_member x
	  JOIN identity.organization o ON o.id = x.organization_id AND o.deleted_at IS NULL
		AND o.suspended_at IS NULL
	  JOIN identity."user" u ON u.id = x.user_id
		AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true))
	 WHERE x.organization_id = l.organization_id AND x.user_id = l.user_id AND NOT x.disabled
	   AND identity.admits_secret_url(x);
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_path');
	END IF;
	IF l.last_used_at IS NULL OR l.last_used_at < now() - interval '1 hour' THEN
		UPDATE identity.secret_url x SET last_used_at = now() WHERE x.id = l.id;
	END IF;
	PERFORM identity.act_as(m);
	ignored := set_config('app.secret_url', (identity.secret_url_json(l) - 'last_used_at')::text, true);
END $$;
