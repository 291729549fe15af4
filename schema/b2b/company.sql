-- Company profiles: type, flags and parent. Triggers create a profile for each company.
-- needs: b2b/module.sql crm/hidden_reference.sql crm/module.sql crm/permission.sql crm/trash.sql ops/audit_log.sql ops/mcp.sql ops/module.sql ops/permission.sql

CREATE OR REPLACE FUNCTION crm.create_company_profile() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF crm.keeps_module(NEW.org_id, 'b2b') THEN
		INSERT INTO crm.company_profiles (org_id, id) VALUES (NEW.org_id, NEW.id) ON CONFLICT DO NOTHING;
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER create_profile AFTER INSERT ON crm.companies
	FOR EACH ROW EXECUTE FUNCTION crm.create_company_profile();

-- Returns whether a profile is empty. The undo of an import may delete a company with an empty profile.
CREATE OR REPLACE FUNCTION crm.is_automatic(one crm.company_profiles) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT one.type IS NULL AND one.parent_id IS NULL AND NOT one.is_principal AND NOT one.is_distributor
$$;
GRANT EXECUTE ON FUNCTION crm.is_automatic(crm.company_profiles) TO tenantry_app, tenantry_mcp_writer;

-- Returns the name of a company, for use in a message.
CREATE OR REPLACE FUNCTION crm.company_title(org uuid, company bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT format('company %s "%s"', c.id, left(c.name, 100)) FROM crm.companies c WHERE c.org_id = org AND c.id = company
$$;

-- Returns the companies above a company, from the bottom up, at most eleven.
CREATE OR REPLACE FUNCTION crm.companies_above(org uuid, company bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	above bigint[] := '{}';
	next bigint := company;
BEGIN
	LOOP
		SELECT p.parent_id INTO next FROM crm.company_profiles p WHERE p.org_id = org AND p.id = next;
		EXIT WHEN next IS NULL OR cardinality(above) > 10;
		above := above || next;
	END LOOP;
	RETURN above;
END $$;

-- Returns the number of levels below a company, at most eleven.
CREATE OR REPLACE FUNCTION crm.levels_below(org uuid, company bigint) RETURNS integer
LANGUAGE sql STABLE AS $$
	WITH RECURSIVE below AS (
		SELECT company AS id, 0 AS level
		UNION
		SELECT p.id, b.level + 1 FROM below b JOIN crm.company_profiles p ON p.org_id = org AND p.parent_id = b.id
		 WHERE b.level <= 10)
	SELECT max(level) FROM below
$$;

-- Completes a profile. The type of a company sets its flag. A restored profile replaces the profile that was just
-- created together with the company.
CREATE OR REPLACE FUNCTION crm.complete_company_profile() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	merging boolean := ops.mode('merging');
BEGIN
	IF TG_OP = 'INSERT' AND ops.mode('restoring') THEN
		PERFORM ops.set_mode('merging', true);	-- bypasses the trash
		DELETE FROM crm.company_profiles p WHERE p.org_id = NEW.org_id AND p.id = NEW.id;
		PERFORM ops.set_mode('merging', merging);
	ELSIF TG_OP = 'INSERT' OR NEW.type IS DISTINCT FROM OLD.type THEN
		NEW.is_principal := NEW.is_principal OR coalesce(NEW.type = 'principal', false);
		NEW.is_distributor := NEW.is_distributor OR coalesce(NEW.type = 'distributor', false);
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER complete BEFORE INSERT OR UPDATE ON crm.company_profiles
	FOR EACH ROW EXECUTE FUNCTION crm.complete_company_profile();

-- Checks the parent of a company. A company cannot be above itself, and the depth is at most ten. Changes to parents
-- within an organization are serialized, so that concurrent changes cannot create a cycle.
CREATE OR REPLACE FUNCTION crm.check_parent_company() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	above bigint[];
BEGIN
	-- A restored row was valid before. The undo of a change may have become invalid, so it is checked.
	IF TG_OP = 'INSERT' AND ops.mode('restoring') THEN
		RETURN NULL;
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('crm.company_profiles ' || NEW.org_id, 0));
	above := NEW.parent_id || crm.companies_above(NEW.org_id, NEW.parent_id);
	IF NEW.id = ANY (above) THEN
		PERFORM ops.refuse('below_itself', 'parent_id', crm.company_title(NEW.org_id, NEW.parent_id),
			crm.company_title(NEW.org_id, NEW.id));
	ELSIF cardinality(above) + crm.levels_below(NEW.org_id, NEW.id) >= 10 THEN
		PERFORM ops.refuse('too_many_levels', 'parent_id', crm.company_title(NEW.org_id, NEW.id));
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER parent AFTER INSERT OR UPDATE OF parent_id ON crm.company_profiles
	FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION crm.check_parent_company();

-- Returns the reason why a company must remain a principal, for the error message.
CREATE OR REPLACE FUNCTION crm.uses_of_principal(org uuid, company bigint)
RETURNS TABLE (resource text, id bigint, title text)
LANGUAGE sql STABLE AS $$
	(SELECT 'products', p.id, p.sku FROM crm.products p WHERE p.org_id = org AND p.principal_id = company LIMIT 1)
	UNION ALL
	(SELECT 'price_lists', l.id, l.name FROM crm.price_lists l WHERE l.org_id = org AND l.principal_id = company LIMIT 1)
	UNION ALL
	(SELECT 'distributor_terms', t.id, t.territory FROM crm.distributor_terms t WHERE t.org_id = org AND t.principal_id = company LIMIT 1)
	UNION ALL
	(SELECT 'opportunity_participants', o.id, NULL FROM crm.opportunity_participants o
	  WHERE o.org_id = org AND o.company_id = company AND o.role = 'principal' LIMIT 1)
$$;

CREATE OR REPLACE FUNCTION crm.keep_principal_flag() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	use record;
BEGIN
	SELECT * INTO use FROM crm.uses_of_principal(NEW.org_id, NEW.id) LIMIT 1;
	IF FOUND THEN
		PERFORM ops.refuse('principal_in_use', 'is_principal', crm.company_title(NEW.org_id, NEW.id),
			translate(use.resource, '_', ' ') || CASE WHEN ops.permits(use.resource, 'read', NULL) THEN concat(', such as ', use.id, ' "' || use.title || '"') ELSE '' END);
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER principal AFTER UPDATE OF is_principal ON crm.company_profiles
	FOR EACH ROW WHEN (OLD.is_principal AND NOT NEW.is_principal) EXECUTE FUNCTION crm.keep_principal_flag();

-- Checks that the principal of a row has the flag of a principal. While the row is written, the company keeps the flag:
-- crm.keep_principal_flag() refuses to remove it. A restored row sets the flag again.
CREATE OR REPLACE FUNCTION crm.validate_principal_organization() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	flagged boolean;
BEGIN
	IF ops.mode('restoring') THEN
		UPDATE crm.company_profiles p SET is_principal = true
		 WHERE p.org_id = NEW.org_id AND p.id = NEW.principal_id AND NOT p.is_principal;
	ELSIF TG_OP = 'INSERT' OR NEW.principal_id <> OLD.principal_id THEN
		SELECT p.is_principal INTO flagged FROM crm.company_profiles p
		 WHERE p.org_id = NEW.org_id AND p.id = NEW.principal_id FOR SHARE;
		IF NOT flagged THEN
			PERFORM ops.refuse('not_a_principal', 'principal_id', crm.company_title(NEW.org_id, NEW.principal_id));
		END IF;
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER hidden_parent_id BEFORE UPDATE OF parent_id ON crm.company_profiles
	FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL AND current_setting('app.grants', true) NOT IN ('', '*'))
	EXECUTE FUNCTION crm.refuse_hidden_reference('parent_id', 'companies');

-- Includes the names of the companies, so that a search finds principals by name.
CREATE OR REPLACE VIEW crm.named_company_profiles WITH (security_invoker) AS
SELECT p.org_id, p.id, p.type, p.is_principal, p.is_distributor, p.parent_id,
	(SELECT c.name FROM crm.companies c WHERE c.org_id = p.org_id AND c.id = p.id) AS name, p.created_at, p.updated_at
  FROM crm.company_profiles p;
GRANT SELECT ON crm.named_company_profiles TO tenantry_app;

-- Inserts have a trigger per statement instead, because switching the module on adds many rows at once.
CREATE OR REPLACE TRIGGER audit AFTER UPDATE OR DELETE ON crm.company_profiles
	FOR EACH ROW EXECUTE FUNCTION ops.audit();
CREATE OR REPLACE TRIGGER audit_of_new AFTER INSERT ON crm.company_profiles REFERENCING NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_new();

SELECT ops.require_module('crm.company_profiles', 'b2b');
SELECT ops.restrict('crm.company_profiles', NULL, NULL,
	'ops.permits(''company_profiles'', $action, crm.owner_of(''companies'', id)) AND crm.sees_row(''companies'', id)');
SELECT ops.keep_deleted('crm.company_profiles');

GRANT SELECT ON crm.company_profiles TO tenantry_mcp, tenantry_mcp_writer;
GRANT UPDATE ON crm.company_profiles TO tenantry_mcp_writer;
SELECT ops.open_to_mcp('crm.company_profiles');
