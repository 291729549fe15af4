-- The terms of principals with distributors.
-- needs: b2b/company.sql b2b/module.sql b2b/partner.sql b2b/price_list.sql b2b/product.sql crm/hidden_reference.sql crm/module.sql crm/trash.sql crm/uniqueness.sql ops/mcp.sql ops/module.sql ops/permission.sql ops/touch.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON crm.distributor_terms
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

CREATE OR REPLACE TRIGGER hidden_principal_id BEFORE INSERT OR UPDATE ON crm.distributor_terms
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('principal_id', 'companies');

CREATE OR REPLACE TRIGGER validate_principal AFTER INSERT OR UPDATE OF principal_id ON crm.distributor_terms
	FOR EACH ROW EXECUTE FUNCTION crm.validate_principal_organization();

CREATE OR REPLACE TRIGGER hidden_distributor_id BEFORE INSERT OR UPDATE ON crm.distributor_terms
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('distributor_id', 'companies');

-- Refuses terms that overlap with other terms in time and territory, and names the other terms, as b2b/price_list.sql
-- does for price lists. Terms of the same distributor always conflict. Terms of different distributors conflict if one
-- of them is exclusive.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.refuse_overlapping_terms() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	other record;
BEGIN
	PERFORM pg_advisory_xact_lock(crm.value_key(NEW.org_id, 'distributor_terms'));
	SELECT t.id, t.distributor_id = NEW.distributor_id AS same,
			concat_ws(', ', t.territory, crm.period_text(t.valid_from, t.valid_to)) AS name
	  INTO other FROM crm.distributor_terms t
	 WHERE t.principal_id = NEW.principal_id AND t.id <> NEW.id
	   AND (t.distributor_id = NEW.distributor_id OR t.exclusive OR NEW.exclusive)
	   AND coalesce(lower(t.territory) = lower(NEW.territory), true)
	   AND coalesce(t.valid_from <= NEW.valid_to, true) AND coalesce(t.valid_to >= NEW.valid_from, true)
	 ORDER BY t.distributor_id = NEW.distributor_id DESC, t.valid_from LIMIT 1;
	IF FOUND THEN
		PERFORM ops.refuse_with(
			json_build_object('resource', 'distributor_terms', 'id', other.id, 'name', other.name)::text, 'terms_overlap',
			CASE WHEN other.same THEN 'valid_from' ELSE 'exclusive' END,
			CASE WHEN other.same THEN 'overlaps' ELSE 'conflicts with' END, other.id::text, other.name);
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER overlap BEFORE INSERT OR UPDATE OF principal_id, distributor_id, territory, exclusive,
	valid_from, valid_to ON crm.distributor_terms
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION crm.refuse_overlapping_terms();

-- Terms that have begun are the history of rates for paid commissions, so only their end can be changed. They can be
-- corrected within a day of their creation.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.keep_terms() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF OLD.valid_from > current_date OR OLD.created_at > now() - interval '1 day' THEN
		RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
	ELSIF TG_OP = 'DELETE' THEN
		PERFORM ops.refuse('terms_begun', 'valid_from');
	ELSIF OLD.valid_to < current_date AND NEW.valid_to IS DISTINCT FROM OLD.valid_to THEN
		PERFORM ops.refuse('terms_ended', 'valid_to');
	ELSIF NEW.valid_to < current_date - 1 AND NEW.valid_to IS DISTINCT FROM OLD.valid_to THEN
		PERFORM ops.refuse('terms_end_in_the_past', 'valid_to');
	ELSIF (NEW.principal_id, NEW.distributor_id, NEW.territory, NEW.exclusive, NEW.commission_rate, NEW.valid_from)
	    IS DISTINCT FROM (OLD.principal_id, OLD.distributor_id, OLD.territory, OLD.exclusive, OLD.commission_rate,
		OLD.valid_from) THEN
		PERFORM ops.refuse('terms_fixed',
			CASE WHEN NEW.commission_rate <> OLD.commission_rate THEN 'commission_rate' ELSE 'valid_from' END);
	END IF;
	RETURN NEW;
END $$;

-- Deleting a company or an organization also deletes its terms. The terms of a company are restored with it.
CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE ON crm.distributor_terms
	FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND current_setting('app.restoring', true) IS DISTINCT FROM 'on'
		AND current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text)
	EXECUTE FUNCTION crm.keep_terms();

SELECT ops.require_module('crm.distributor_terms', 'b2b');
SELECT ops.restrict('crm.distributor_terms', NULL, NULL, '$action = ''read'' AND distributor_id = ANY ('
	'(SELECT crm.partner_companies())::bigint[]) OR ops.permits(''distributor_terms'', $action, NULL)');
SELECT ops.keep_deleted('crm.distributor_terms');

GRANT SELECT ON crm.distributor_terms TO tenantry_mcp, tenantry_mcp_writer;
GRANT INSERT, UPDATE, DELETE ON crm.distributor_terms TO tenantry_mcp_writer;
SELECT ops.open_to_mcp('crm.distributor_terms');
