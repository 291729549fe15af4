-- Forms on the websites of an organization. A form is a publishable key that creates contacts from a list of fields,
-- for pages of certain origins. Its user is the service account "Forms" of the organization, so a form outlasts the
-- person who created it.
-- needs: identity/publishable_key.sql identity/service_account.sql

-- Returns the fields of a contact that a form can have, each with its maximum number of characters. The field message
-- becomes a note.
CREATE OR REPLACE FUNCTION identity.form_fields() RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$ SELECT '{"first_name": 200, "last_name": 200, "email": 254, "phone": 50, "title": 200, "company": 200,
	"linkedin_url": 500, "background": 5000, "message": 5000}'::jsonb $$;

-- Returns whether a text is an origin in the form that browsers send: a scheme, a host in lower case, and a port if it
-- is not the default port.
CREATE OR REPLACE FUNCTION identity.is_origin(origin text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT origin ~ '^https?://([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])*[a-z0-9]([a-z0-9-]*[a-z0-9])?(:[1-9][0-9]{0,4})?$' AND char_length(origin) <= 200
		AND origin !~ '^(http://.*:80|https://.*:443)$'
$$;

CREATE OR REPLACE FUNCTION identity.form_json(k identity.api_key) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', k.id, 'name', k.name, 'key', k.form->'key', 'enabled', k.enabled, 'origins', k.origins,
		'fields', k.form->'fields', 'required', k.form->'required', 'consent', k.form->'consent', 'confirm', k.form->'confirm',
		'duplicates', k.form->'duplicates', 'tags', k.form->'tags', 'language', k.form->'language',
		'created_at', identity.iso(k.created_at), 'updated_at', identity.iso(k.updated_at), 'last_request', identity.iso(k.last_request))
$$;

-- Returns the forms of the caller's organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_forms() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(json_agg(identity.form_json(k) ORDER BY k.name, k.id), '[]')
		FROM identity.api_key k WHERE k.organization_id = ops.org() AND k.form IS NOT NULL);
END $$;

-- Returns the distinct texts of a list in a body, or null if it is not a list.
CREATE OR REPLACE FUNCTION identity.texts_of(list jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF jsonb_typeof(list) <> 'array' OR EXISTS (SELECT FROM jsonb_array_elements(list) e WHERE jsonb_typeof(e) <> 'string') THEN
		RETURN NULL;
	END IF;
	RETURN ARRAY(SELECT t FROM jsonb_array_elements_text(list) WITH ORDINALITY x (t, n) GROUP BY t ORDER BY min(n));
END $$;

-- Sets the values of a form from the body. The workers have checked the types.
CREATE OR REPLACE FUNCTION identity.change_form(k identity.api_key, body jsonb) RETURNS identity.api_key
LANGUAGE plpgsql STABLE AS $$
DECLARE
	known text[] := ARRAY(SELECT jsonb_object_keys(identity.form_fields())) || ARRAY(SELECT 'custom.' || f.key FROM crm.form_custom_fields() f);
	wanted text[];
	required text[];
BEGIN
	IF body ? 'name' THEN
		k.name := trim(body->>'name');
		IF char_length(k.name) NOT BETWEEN 1 AND 32 THEN
			PERFORM ops.fault('characters_from_1', 'name', '32');
		END IF;
	END IF;
	IF body ? 'origins' THEN
		k.origins := identity.texts_of(body->'origins');
		IF k.origins IS NULL OR cardinality(k.origins) NOT BETWEEN 1 AND 20 THEN
			PERFORM ops.fault('form_origins', 'origins');
		ELSE
			PERFORM ops.fault('not_an_origin', 'origins.' || o.n - 1) FROM jsonb_array_elements_text(body->'origins') WITH ORDINALITY o (origin, n)
			  WHERE NOT identity.is_origin(o.origin) ORDER BY o.n;
		END IF;
	END IF;
	k.form := k.form || jsonb_strip_nulls(jsonb_build_object('fields', body->'fields', 'required', body->'required', 'confirm', body->'confirm',
		'duplicates', body->'duplicates', 'tags', body->'tags', 'language', body->'language'))
		|| CASE WHEN body ? 'consent' THEN jsonb_build_object('consent', body->'consent') ELSE '{}' END;
	wanted := identity.texts_of(k.form->'fields');
	required := identity.texts_of(k.form->'required');
	-- A deleted custom field remains in the form until the fields of the form are chosen again.
	IF NOT body ? 'fields' THEN
		known := known || ARRAY(SELECT w FROM unnest(wanted) w WHERE starts_with(w, 'custom.'));
	END IF;
	PERFORM ops.fault('form_field', 'fields.' || w.n - 1, crm.nearest_list(w.field, known))
	   FROM jsonb_array_elements_text(CASE WHEN wanted IS NOT NULL THEN k.form->'fields' ELSE '[]' END) WITH ORDINALITY w (field, n)
	  WHERE w.field <> ALL (known) ORDER BY w.n;
	IF wanted IS NULL OR NOT wanted @> '{email}' THEN
		PERFORM ops.fault('form_fields', 'fields', array_to_string(known, ', '));
	ELSIF required IS NULL THEN
		PERFORM ops.fault('form_required', 'required');
	ELSE
		PERFORM ops.fault('form_field', 'required.' || r.n - 1, crm.nearest_list(r.field, wanted))
		   FROM jsonb_array_elements_text(k.form->'required') WITH ORDINALITY r (field, n) WHERE r.field <> ALL (wanted) ORDER BY r.n;
	END IF;
	IF k.form->>'duplicates' NOT IN ('keep', 'update', 'create') THEN
		PERFORM ops.fault('not_in_enumeration', 'duplicates', 'keep, update, create');
	END IF;
	IF k.form->>'language' NOT IN ('en', 'fr') THEN
		PERFORM ops.fault('not_in_enumeration', 'language', 'en, fr');
	END IF;
	IF char_length(k.form->>'consent') NOT BETWEEN 1 AND 2000 THEN
		PERFORM ops.fault('characters_from_1', 'consent', '2000');
	END IF;
	PERFORM ops.fault('no_such_reference', 'tags.' || t.n - 1) FROM jsonb_array_elements_text(k.form->'tags') WITH ORDINALITY t (id, n)
	  WHERE NOT EXISTS (SELECT FROM crm.tags g WHERE g.org_id = ops.org() AND g.id = CASE WHEN t.id ~ '^[0-9]{1,18}$' THEN t.id::bigint END)
	  ORDER BY t.n;
	PERFORM ops.refuse_faults();
	k.enabled := coalesce((body->>'enabled')::boolean, k.enabled);
	k.form := k.form || jsonb_build_object('fields', wanted, 'required', ARRAY(SELECT DISTINCT f FROM unnest(required || 'email'::text) f ORDER BY f));
	k.updated_at := now();
	RETURN k;
END $$;

-- Returns the service account of forms, which is created with the first form.
CREATE OR REPLACE FUNCTION identity.form_account() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	account text := (SELECT u.id FROM identity."user" u JOIN identity.organization_member m ON m.user_id = u.id AND m.organization_id = u.service_of
		WHERE u.service_of = ops.org() AND u.name = 'Forms' AND NOT m.disabled ORDER BY u.created_at, u.id LIMIT 1);
BEGIN
	IF account IS NULL THEN
		account := identity.create_service_account('{"name": "Forms", "role": "member"}')::json->>'user_id';
	END IF;
	RETURN account;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.create_form(key_id text, key text, key_hash bytea, start text, body json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.hold_service_accounts();
	said jsonb := body;
	k identity.api_key;
BEGIN
	k.id := key_id;
	k.user_id := identity.form_account();
	k.organization_id := m.organization_id;
	k.key_hash := create_form.key_hash;
	k.start := create_form.start;
	k.prefix := 'publishable_';
	k.publishable := true;
	k.enabled := true;
	k.log_bodies := false;
	k.created_at := now();
	k.rate_limit_max := 20;
	k.rate_limit_window := 60000;
	k.form := jsonb_build_object('key', key, 'required', '[]'::jsonb, 'consent', NULL, 'confirm', false, 'duplicates', 'keep', 'tags', '[]'::jsonb,
		'language', 'en');
	IF (SELECT count(*) >= 100 FROM identity.api_key x WHERE x.user_id = k.user_id) THEN
		PERFORM ops.refuse('too_many_forms');
	END IF;
	k := identity.change_form(k, said);
	INSERT INTO identity.api_key VALUES (k.*);
	RETURN identity.form_json(k);
END $$;

-- Returns a form of the caller's organization, locked.
CREATE OR REPLACE FUNCTION identity.named_form(form_id text) RETURNS identity.api_key
LANGUAGE plpgsql AS $$
DECLARE
	k identity.api_key;
BEGIN
	SELECT * INTO k FROM identity.api_key x WHERE x.id = form_id AND x.organization_id = ops.org() AND x.form IS NOT NULL FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM ops.refuse('form_not_found');
	END IF;
	RETURN k;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.update_form(form_id text, body json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key;
BEGIN
	PERFORM identity.hold_service_accounts();
	k := identity.change_form(identity.named_form(form_id), body::jsonb);
	UPDATE identity.api_key x SET name = k.name, origins = k.origins, form = k.form, enabled = k.enabled, updated_at = k.updated_at WHERE x.id = k.id;
	RETURN identity.form_json(k);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.delete_form(form_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key;
BEGIN
	PERFORM identity.hold_service_accounts();
	k := identity.named_form(form_id);
	DELETE FROM identity.api_key x WHERE x.id = k.id;
	RETURN identity.form_json(k);
END $$;

-- Returns the form of a key that identity.use_publishable() has accepted in this transaction.
CREATE OR REPLACE FUNCTION identity.open_form(key_hash bytea) RETURNS identity.api_key
LANGUAGE plpgsql STABLE AS $$
DECLARE
	k identity.api_key;
BEGIN
	SELECT * INTO k FROM identity.api_key x WHERE x.key_hash = open_form.key_hash AND x.form IS NOT NULL;
	IF NOT FOUND THEN
		PERFORM ops.refuse('form_not_found');
	END IF;
	RETURN k;
END $$;

-- Returns names of fields, without custom fields that the organization no longer has.
CREATE OR REPLACE FUNCTION identity.form_names(names jsonb, customs jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(jsonb_agg(x ORDER BY n), '[]') FROM jsonb_array_elements_text(names) WITH ORDINALITY e (x, n)
	 WHERE NOT starts_with(x, 'custom.') OR customs ? x
$$;

-- Returns whether pages of an origin may use the form of a key, even if the key is disabled or used too often.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.form_admits(key_hash bytea, origin text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	SELECT EXISTS (SELECT FROM identity.api_key k
		WHERE k.key_hash = form_admits.key_hash AND k.form IS NOT NULL AND form_admits.origin = ANY (k.origins))
$$;

-- Returns the public JSON members of a form. admitted is whether pages of the origin may use it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.form_offer(key_hash bytea, origin text) RETURNS TABLE (form_id text, offer text, admitted boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key := identity.open_form(form_offer.key_hash);
	customs jsonb;
BEGIN
	PERFORM ops.set_org(k.organization_id);
	customs := crm.form_inputs(k.form);
	RETURN QUERY SELECT k.id, json_build_object('name', k.name, 'fields', identity.form_names(k.form->'fields', customs),
		'required', identity.form_names(k.form->'required', customs), 'consent', k.form->'consent', 'confirm', k.form->'confirm',
		'language', k.form->'language', 'inputs', customs)::text, form_offer.origin = ANY (k.origins);
END $$;
