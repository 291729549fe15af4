-- Which features an organization uses, since each write of a row depends on them: "rules" are enabled automation rules,
-- "unique" values that must be unique, and "fields" custom fields. Most organizations use few features.
--
-- ops.organization_feature contains the features. The first write of a transaction reads them, and the
-- app.features setting keeps them until the transaction ends.

-- Also returns "assistant" if rows get embeddings for the assistant.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.read_features(org uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF to_regclass('ops.organization_feature') IS NULL	-- in a downgrade
	    OR ops.mcp_hides(org) THEN
		RETURN set_config('app.features', org || ' rules unique fields assistant', true);
	END IF;
	RETURN set_config('app.features', concat_ws(' ', org, (SELECT f.features FROM ops.organization_feature f WHERE f.org_id = org),
		CASE WHEN EXISTS (SELECT FROM ops.assistant_on) THEN 'assistant' END), true);
END $$;

-- Returns whether an organization uses a feature. Postgres inlines this function.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.uses(org uuid, feature text) RETURNS boolean
LANGUAGE sql AS $$
	SELECT strpos(CASE WHEN starts_with(current_setting('app.features', true), org::text)
		THEN current_setting('app.features', true) ELSE crm.read_features(org) END, feature) > 0
$$;

-- Stores the features of an organization. The lock makes concurrent changes of its features wait for each other, so the
-- second statement sees all of them. An organization that is being deleted has none.
CREATE OR REPLACE FUNCTION crm.write_features(org uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
BEGIN
	IF to_regclass('ops.organization_feature') IS NULL THEN	-- in a downgrade
		RETURN;
	END IF;
	PERFORM ops.set_org(org), set_config('app.features', '', true);
	INSERT INTO ops.organization_feature AS f (org_id) SELECT o.id FROM identity.organization o WHERE o.id = org
	ON CONFLICT ON CONSTRAINT organization_feature_pkey DO UPDATE SET features = f.features;
	UPDATE ops.organization_feature f SET features = concat_ws(' ',
		CASE WHEN EXISTS (SELECT FROM crm.automation_rules r WHERE r.org_id = org AND r.enabled) THEN 'rules' END,
		CASE WHEN EXISTS (SELECT FROM crm.configuration c WHERE c.org_id = org
			AND c.config ?| '{uniqueContactEmails,uniqueCompanyNames,uniqueCompanyDomains}') THEN 'unique' END,
		CASE WHEN EXISTS (SELECT FROM crm.field_definitions d WHERE d.org_id = org) THEN 'fields' END)
	 WHERE f.org_id = org;
	PERFORM ops.set_org(other);
END $$;

CREATE OR REPLACE FUNCTION crm.note_features() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM crm.write_features(coalesce(NEW.org_id, OLD.org_id));
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER features AFTER INSERT OR UPDATE OF enabled OR DELETE ON crm.automation_rules
	FOR EACH ROW EXECUTE FUNCTION crm.note_features();
CREATE OR REPLACE TRIGGER features AFTER INSERT OR UPDATE OF config OR DELETE ON crm.configuration
	FOR EACH ROW EXECUTE FUNCTION crm.note_features();
CREATE OR REPLACE TRIGGER features AFTER INSERT OR DELETE ON crm.field_definitions
	FOR EACH ROW EXECUTE FUNCTION crm.note_features();
