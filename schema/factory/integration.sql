-- Integrations with other systems, the mappings of their data, and their jobs.
-- needs: crm/module.sql factory/permission.sql ops/sealed_value.sql

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY '{integration_configs,data_mappings,integration_jobs}'::text[] LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON factory_app.%I FOR EACH ROW '
			'WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row()', t);
		EXECUTE format('GRANT INSERT, UPDATE, DELETE ON factory_app.%I TO tenantry_mcp_writer', t);
	END LOOP;
END $$;

CREATE OR REPLACE TRIGGER sealed AFTER DELETE ON factory_app.integration_configs
	FOR EACH ROW EXECUTE FUNCTION ops.delete_sealed_values();

-- Returns the destination to which the secrets of an integration are sent.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION factory_app.secret_place(c factory_app.integration_configs) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_array(c.type, ops.url_place(c.settings->>'url'), ops.url_place(c.settings->>'token_url'), c.settings->>'client_id',
		lower(c.settings->>'host'), c.settings->>'port', c.settings->>'user', c.settings->>'sslmode')
$$;

-- Removes the secrets if the server, the port or the user changes, so that they are not sent to a new destination. They
-- must then be entered again.
CREATE OR REPLACE FUNCTION factory_app.forget_secrets() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	name text;
BEGIN
	FOR name IN DELETE FROM ops.sealed_value v WHERE v.org_id = NEW.org_id AND v.resource = 'integration_configs' AND v.row_id = NEW.id
	    RETURNING v.name LOOP
		PERFORM factory_app.add_entry('secret.delete', 'integration_configs', NEW.id,
			jsonb_build_object('name', name, 'reason', 'another address'));
	END LOOP;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER forget_secrets AFTER UPDATE OF type, settings ON factory_app.integration_configs
	FOR EACH ROW WHEN (factory_app.secret_place(OLD) IS DISTINCT FROM factory_app.secret_place(NEW))
	EXECUTE FUNCTION factory_app.forget_secrets();

-- Checks that at most one active integration of an organization uses the mailbox for incoming email.
CREATE OR REPLACE FUNCTION factory_app.check_mailbox() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF NEW.settings->>'mailbox' !~ '^[a-z][a-z0-9_-]{0,39}$' THEN
		PERFORM ops.refuse('mailbox_name_invalid', 'settings');
	ELSIF NEW.status <> 'active' OR NEW.settings->>'mailbox' IS NULL THEN
		RETURN NEW;
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('mailbox ' || NEW.org_id, 0));
	IF EXISTS (SELECT FROM factory_app.integration_configs c WHERE c.org_id = NEW.org_id AND c.id <> NEW.id
	   AND c.type = 'email_in' AND c.status = 'active' AND c.settings->>'mailbox' = NEW.settings->>'mailbox') THEN
		PERFORM ops.refuse('mailbox_taken', 'settings');
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER check_mailbox BEFORE INSERT OR UPDATE OF type, status, settings ON factory_app.integration_configs
	FOR EACH ROW WHEN (NEW.type = 'email_in') EXECUTE FUNCTION factory_app.check_mailbox();

-- Returns the names of an integration's secrets, each with dots as its value, if the caller may read the integration.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.secret_dots(integration bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_object_agg(v.name, '••••••••' ORDER BY v.name), '{}') FROM ops.sealed_value v
		WHERE v.org_id = ops.org() AND v.resource = 'integration_configs'
		  AND v.row_id = integration AND ops.scope('integration_configs', 'read') = 'all');
END $$;

-- Stores a secret that a worker has encrypted. Null removes it. The API never returns it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.set_secret(integration bigint, name text, encrypted_secret text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	reads boolean := ops.scope('integration_configs', 'read') = 'all';
BEGIN
	PERFORM 1 FROM factory_app.integration_configs c WHERE c.org_id = org AND c.id = integration AND reads FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM ops.refuse('not_found');
	ELSIF ops.scope('integration_configs', 'update') IS DISTINCT FROM 'all' THEN
		PERFORM ops.refuse('role');
	ELSIF name IS NULL OR name !~ '^[a-z][a-z0-9_]{0,39}$' THEN
		PERFORM ops.refuse('not_a_word', 'name');
	ELSIF encrypted_secret IS NOT NULL AND (SELECT count(*) FROM ops.sealed_value v WHERE v.org_id = org
	    AND v.resource = 'integration_configs' AND v.row_id = integration AND v.name <> set_secret.name) >= 20 THEN
		PERFORM ops.refuse('too_many_secrets', 'name');
	END IF;
	PERFORM ops.seal_value(org, 'integration_configs', integration, name, encrypted_secret);
	PERFORM factory_app.add_entry(CASE WHEN encrypted_secret IS NULL THEN 'secret.delete' ELSE 'secret.set' END,
		'integration_configs', integration, jsonb_build_object('name', name));
	RETURN json_build_object('id', integration, 'secrets', factory_app.secret_dots(integration));
END $$;

-- Contains texts instead of the enumerations, so that the API can filter and sort by them.
CREATE OR REPLACE VIEW factory_app.integration_config_rows WITH (security_invoker) AS
SELECT c.org_id, c.id, c.name, c.type::text AS type, c.status::text AS status, c.settings,
	factory_app.secret_dots(c.id) AS secrets, c.created_at, c.updated_at
  FROM factory_app.integration_configs c;
GRANT SELECT ON factory_app.integration_config_rows TO tenantry_app;

CREATE OR REPLACE VIEW factory_app.active_integrations WITH (security_invoker) AS
SELECT c.org_id, c.id, c.name, c.type::text AS type, c.settings,
	(SELECT count(*) FROM factory_app.data_mappings m WHERE m.integration_id = c.id) AS mappings,
	(SELECT max(j.finished_at) FROM factory_app.integration_jobs j WHERE j.integration_id = c.id) AS last_finished_at,
	c.created_at, c.updated_at
  FROM factory_app.integration_configs c WHERE c.status = 'active';
GRANT SELECT ON factory_app.active_integrations TO tenantry_app;

-- This view is for callers' own SQL, which can read the crm schema.
CREATE OR REPLACE VIEW crm.integration_configs WITH (security_invoker) AS SELECT * FROM factory_app.integration_configs;
CREATE OR REPLACE VIEW crm.data_mappings WITH (security_invoker) AS SELECT * FROM factory_app.data_mappings;
CREATE OR REPLACE VIEW crm.integration_jobs WITH (security_invoker) AS SELECT * FROM factory_app.integration_jobs;
GRANT SELECT ON crm.integration_configs, crm.data_mappings, crm.integration_jobs
	TO tenantry_app, tenantry_mcp, tenantry_mcp_writer;
GRANT INSERT, UPDATE, DELETE ON crm.integration_configs, crm.data_mappings, crm.integration_jobs TO tenantry_mcp_writer;
