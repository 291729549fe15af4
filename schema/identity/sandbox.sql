-- Sandboxes: organizations for tests, with the settings of another organization. They cannot reach anyone: their emails
-- are withheld, their webhooks go only to listed hosts, and their payment providers accept only test keys. A sandbox is
-- created as a sandbox. An organization cannot become a sandbox later.
-- needs: identity/organization.sql ops/organization.sql ops/organization_archive.sql

INSERT INTO ops.settings_table (name, copied) VALUES ('crm.configuration', true), ('crm.object_definitions', true),
	('crm.field_definitions', true), ('crm.tags', true), ('crm.sales', false) ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION identity.is_sandbox(org uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT FROM identity.organization o WHERE o.id = org AND o.sandbox) $$;

-- Returns whether a webhook of an organization may call an address.
CREATE OR REPLACE FUNCTION identity.may_call(org uuid, url text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT NOT EXISTS (SELECT FROM identity.organization o WHERE o.id = org AND o.sandbox
		AND lower(substring(url FROM '^https?://([^/?]+)')) <> ALL (o.sandbox_hosts))
$$;

-- Returns a row of settings without references that are invalid in a different organization: teams and uploaded
-- pictures.
CREATE OR REPLACE FUNCTION identity.setting_without_others(line jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT line || CASE WHEN line ? 'team_id' THEN '{"team_id": null}' ELSE '{}' END::jsonb
		|| CASE WHEN line ? 'config' THEN jsonb_build_object('config', (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}')::text
			FROM jsonb_each((line->>'config')::jsonb) e WHERE e.value::text !~ '/uploads/')) ELSE '{}' END
$$;

-- Deletes the rows of an organization and returns their number. Settings are deleted only if they will be copied again.
-- Members are kept.
CREATE OR REPLACE FUNCTION identity.empty_organization(org uuid, settings boolean) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
	n bigint;
	total bigint := 0;
BEGIN
	UPDATE identity.organization x SET purging = true WHERE x.id = org;
	PERFORM ops.set_org(org), ops.set_purging(org);
	FOR t IN SELECT c.oid FROM ops.reference_depths() d JOIN pg_class c ON c.oid = d.tenant_table
	    WHERE EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant') AND c.relnamespace <> 'ops'::regnamespace
	      AND c.oid <> ALL (ARRAY(SELECT to_regclass(s.name)::oid FROM ops.settings_table s WHERE NOT (s.copied AND settings)))
	    ORDER BY d.depth DESC, c.oid DESC LOOP
		EXECUTE format('DELETE FROM %s WHERE org_id = $1', t) USING org;
		GET DIAGNOSTICS n = ROW_COUNT;
		total := total + n;
	END LOOP;
	DELETE FROM ops.mail m WHERE m.org_id = org AND m.status = 'withheld';
	-- Deletes the totals of parts of tables, which otherwise change only when rows are added.
	DELETE FROM ops.totals x WHERE x.org_id = org AND x.resource LIKE '% %';
	PERFORM ops.set_purging(NULL);
	UPDATE identity.organization x SET purging = false WHERE x.id = org;
	RETURN total;
END $$;

-- Empties an organization and copies the settings of another organization to it. Rows are written as an archive writes
-- them.
CREATE OR REPLACE FUNCTION identity.copy_settings(source uuid, target uuid) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	other text := ops.request();
	grants text := ops.begin_system();
	n bigint;
	t regclass;
	lines json;
BEGIN
	UPDATE identity.organization o SET modules = '{}' WHERE o.id = target;
	DELETE FROM identity.organization_role r WHERE r.organization_id = target;
	INSERT INTO identity.organization_role (id, organization_id, role, permission)
	SELECT identity.new_id(), target, r.role, r.permission FROM identity.organization_role r WHERE r.organization_id = source;
	n := identity.empty_organization(target, true);
	PERFORM set_config('app.request_id', 'archive', true), ops.set_mode('restoring', true);
	FOR t IN SELECT a.tenant_table FROM ops.archive_tables() a JOIN ops.settings_table s ON s.copied AND a.tenant_table = to_regclass(s.name)
	    ORDER BY a.place LOOP
		PERFORM ops.set_org(source);
		EXECUTE format('SELECT json_agg(identity.setting_without_others(q.line::jsonb)) FROM (%s) q (line)', ops.archive_query(t, source)) INTO lines;
		PERFORM ops.set_org(target);
		IF lines IS NOT NULL THEN
			PERFORM ops.archive_import_rows(target, t, lines);
		END IF;
	END LOOP;
	PERFORM set_config('app.request_id', coalesce(other, ''), true), ops.set_mode('restoring', false), ops.end_system(grants);
	-- Switching a module on creates the rows that it needs, such as profiles of members.
	UPDATE identity.organization o SET modules = s.modules, member_limit = s.member_limit
	  FROM identity.organization s WHERE o.id = target AND s.id = source;
	RETURN n;
END $$;

-- Creates a sandbox of an organization, which has at most ten. The default slug is random.
CREATE OR REPLACE FUNCTION identity.found_sandbox(source uuid, founder text, name text, slug text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	org uuid;
BEGIN
	PERFORM FROM identity.organization o WHERE o.id = source FOR NO KEY UPDATE;
	IF (SELECT count(*) >= 10 FROM identity.organization o WHERE o.sandbox_of = source) THEN
		PERFORM ops.refuse('too_many_sandboxes');
	END IF;
	org := (identity.found_organization(founder, name,
		coalesce(slug, 'sandbox-' || left(replace(gen_random_uuid()::text, '-', ''), 12)), NULL, NULL)).organization_id;
	UPDATE identity.organization o SET sandbox = true, sandbox_of = source WHERE o.id = org;
	PERFORM identity.copy_settings(source, org), ops.set_org(other),
		identity.log_event(founder, 'sandbox.created', json_build_object('id', org, 'name', name, 'of', source));
	RETURN org;
END $$;

-- Deletes the rows of a sandbox and its withheld emails, and copies the settings again if the source organization still
-- exists. Members are kept. Returns the number of deleted rows.
CREATE OR REPLACE FUNCTION identity.reset_sandbox_of(org uuid) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	o identity.organization;
	n bigint;
BEGIN
	SELECT * INTO o FROM identity.organization x WHERE x.id = org AND x.sandbox FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM ops.refuse('not_a_sandbox');
	END IF;
	n := CASE WHEN o.sandbox_of IS NULL THEN identity.empty_organization(org, false) ELSE identity.copy_settings(o.sandbox_of, org) END;
	PERFORM ops.set_org(other), identity.log_event(ops.caller(), 'sandbox.reset', json_build_object('id', org, 'rows', n));
	RETURN n;
END $$;

CREATE OR REPLACE FUNCTION identity.sandbox_json(o identity.organization) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', o.id, 'name', o.name, 'slug', o.slug, 'created_at', identity.iso(o.created_at), 'hosts', o.sandbox_hosts,
		'copy_of', (SELECT json_build_object('id', s.id, 'name', s.name) FROM identity.organization s WHERE s.id = o.sandbox_of))
$$;

-- Returns the caller's organization. Refuses callers who do not administer it, and organizations that are not a
-- sandbox.
CREATE OR REPLACE FUNCTION identity.own_sandbox() RETURNS identity.organization
LANGUAGE plpgsql STABLE AS $$
DECLARE
	o identity.organization;
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	END IF;
	SELECT * INTO o FROM identity.organization x WHERE x.id = ops.org() AND x.sandbox;
	IF NOT FOUND THEN
		PERFORM ops.refuse('not_a_sandbox');
	END IF;
	RETURN o;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.create_sandbox(body json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid;
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	ELSIF nullif(current_setting('app.api_key_id', true), '') IS NOT NULL THEN
		PERFORM ops.refuse('key_without_access');
	ELSIF coalesce(body->>'name' !~ '\S' OR char_length(body->>'name') > 200, true) THEN
		PERFORM ops.refuse('length_1_to_200', 'name');
	END IF;
	org := identity.found_sandbox(ops.org(), ops.caller(), trim(body->>'name'), NULL);
	RETURN (SELECT identity.sandbox_json(o) FROM identity.organization o WHERE o.id = org);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.get_sandbox() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	SELECT identity.sandbox_json(identity.own_sandbox())
$$;

-- Returns whether a text is the name of a host in lower case, with or without a port.
CREATE OR REPLACE FUNCTION identity.is_host(said text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT said ~ '^[a-z0-9.-]{1,253}(:[0-9]{1,5})?$' AND coalesce(substring(said FROM ':(.*)$')::integer BETWEEN 1 AND 65535, true)
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.set_sandbox_hosts(hosts json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	o identity.organization := identity.own_sandbox();
	said text[] := ARRAY(SELECT DISTINCT lower(h) FROM json_array_elements_text(hosts) h ORDER BY 1);
BEGIN
	IF cardinality(said) > 50 THEN
		PERFORM ops.refuse('sandbox_hosts', 'hosts');
	END IF;
	PERFORM ops.fault('sandbox_host_name', 'hosts.' || e.n - 1) FROM json_array_elements_text(hosts) WITH ORDINALITY e (host, n)
	  WHERE NOT identity.is_host(lower(e.host)) ORDER BY e.n;
	PERFORM ops.refuse_faults();
	UPDATE identity.organization x SET sandbox_hosts = said WHERE x.id = o.id RETURNING * INTO o;
	RETURN identity.sandbox_json(o);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.reset_sandbox() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN json_build_object('rows', identity.reset_sandbox_of((identity.own_sandbox()).id));
END $$;

-- Returns the withheld emails of a sandbox.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.sandbox_mails(before bigint, most integer) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := (identity.own_sandbox()).id;
BEGIN
	RETURN (SELECT coalesce(json_agg(json_build_object('id', m.id, 'created_at', m.created_at, 'template', m.template, 'recipient', m.recipient,
			'language', m.language, 'data', m.data) ORDER BY m.id DESC), '[]')
		FROM (SELECT x.* FROM ops.mail x WHERE x.org_id = org AND x.status = 'withheld' AND (before IS NULL OR x.id < before)
			ORDER BY x.id DESC LIMIT coalesce(most, 50)) m);
END $$;

-- Refuses a live key of a payment provider in a sandbox.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.refuse_live_key() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF identity.is_sandbox(ops.org()) THEN
		PERFORM ops.refuse('sandbox_live_key', 'key');
	END IF;
END $$;
