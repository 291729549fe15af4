-- The companies and contacts that take part in an opportunity, by role.
-- needs: b2b/company.sql b2b/contact_organization.sql b2b/module.sql b2b/opportunity.sql crm/hidden_reference.sql crm/module.sql crm/permission.sql crm/trash.sql ops/mcp.sql ops/module.sql ops/permission.sql

-- Checks the company of a row as crm.validate_principal_organization() does, which also keeps the company a principal.
-- A new lead for a role replaces the previous lead. A restored row is no longer the lead. A row is not restored if its
-- opportunity, company or contact no longer exists.
CREATE OR REPLACE FUNCTION crm.check_participant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	profile crm.company_profiles;
	back boolean := ops.mode('restoring');
BEGIN
	PERFORM FROM crm.deals d WHERE d.org_id = NEW.org_id AND d.id = NEW.opportunity_id FOR NO KEY UPDATE;
	IF back AND (NOT FOUND OR num_nonnulls(NEW.company_id, NEW.contact_id) = 0) THEN
		RETURN NULL;
	END IF;
	IF NEW.role IN ('principal', 'distributor') AND NEW.company_id IS NOT NULL THEN
		SELECT * INTO profile FROM crm.company_profiles p
		 WHERE p.org_id = NEW.org_id AND p.id = NEW.company_id FOR SHARE;
		IF back AND NEW.role = 'principal' THEN
			UPDATE crm.company_profiles p SET is_principal = true
			 WHERE p.org_id = NEW.org_id AND p.id = NEW.company_id AND NOT p.is_principal;
		ELSIF NOT back AND (NEW.role = 'principal' AND NOT profile.is_principal
		    OR NEW.role = 'distributor' AND NOT profile.is_distributor) THEN
			PERFORM ops.refuse('not_in_this_role', 'company_id', crm.company_title(NEW.org_id, NEW.company_id), NEW.role);
		END IF;
	END IF;
	IF NEW.is_lead AND back THEN
		NEW.is_lead := NOT EXISTS (SELECT FROM crm.opportunity_participants p WHERE p.org_id = NEW.org_id
			AND p.opportunity_id = NEW.opportunity_id AND p.role = NEW.role AND p.is_lead AND p.id <> NEW.id);
	ELSIF NEW.is_lead THEN
		UPDATE crm.opportunity_participants p SET is_lead = false WHERE p.org_id = NEW.org_id
		   AND p.opportunity_id = NEW.opportunity_id AND p.role = NEW.role AND p.is_lead AND p.id <> NEW.id;
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER participant BEFORE INSERT OR UPDATE OF opportunity_id, company_id, role, is_lead
	ON crm.opportunity_participants FOR EACH ROW WHEN (NOT crm.reads_archive()) EXECUTE FUNCTION crm.check_participant();

-- Moves the rows of a merged contact, even while the module is off, and an undo moves them back. If the remaining
-- contact already has an equivalent row, the row is not moved but stored for the undo.
CREATE OR REPLACE FUNCTION crm.merge_participants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	ids bigint[];
BEGIN
	IF TG_OP = 'INSERT' THEN
		ids := ARRAY(SELECT p.id FROM crm.opportunity_participants p
			WHERE p.org_id = NEW.org_id AND p.contact_id = NEW.loser_id ORDER BY p.id FOR UPDATE);
		UPDATE crm.opportunity_participants p SET contact_id = NEW.winner_id
		 WHERE p.org_id = NEW.org_id AND p.id = ANY (ids) AND NOT EXISTS (SELECT FROM crm.opportunity_participants o
			WHERE o.org_id = NEW.org_id AND o.opportunity_id = p.opportunity_id AND o.role = p.role
			  AND o.contact_id = NEW.winner_id);
		NEW.moved := NEW.moved || jsonb_build_object('opportunity_participants', jsonb_build_object('moved', ids,
			'kept', (SELECT coalesce(jsonb_agg(to_jsonb(p)), '[]') FROM crm.opportunity_participants p
				WHERE p.org_id = NEW.org_id AND p.contact_id = NEW.loser_id)));
	ELSE
		UPDATE crm.opportunity_participants p SET contact_id = NEW.loser_id
		 WHERE p.org_id = NEW.org_id AND p.contact_id = NEW.winner_id AND p.id IN (
			SELECT x::bigint FROM jsonb_array_elements_text(NEW.moved->'opportunity_participants'->'moved') x);
		PERFORM ops.set_mode('restoring', true);
		INSERT INTO crm.opportunity_participants
		SELECT p.* FROM jsonb_array_elements(NEW.moved->'opportunity_participants'->'kept') k,
			jsonb_populate_record(NULL::crm.opportunity_participants, k || jsonb_build_object('updated_at', now())) p
		    ON CONFLICT DO NOTHING;
		PERFORM ops.set_mode('restoring', false);
	END IF;
	RETURN NEW;
END $$;

-- Merges from an archive are stored unchanged.
CREATE OR REPLACE TRIGGER participants BEFORE INSERT OR UPDATE OF undone_at ON crm.merges
	FOR EACH ROW WHEN (NOT crm.reads_archive())
	EXECUTE FUNCTION crm.merge_participants();

CREATE OR REPLACE TRIGGER hidden_opportunity_id BEFORE INSERT OR UPDATE ON crm.opportunity_participants
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('opportunity_id', 'deals');

CREATE OR REPLACE TRIGGER hidden_company_id BEFORE INSERT OR UPDATE ON crm.opportunity_participants
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('company_id', 'companies');

CREATE OR REPLACE TRIGGER hidden_contact_id BEFORE INSERT OR UPDATE ON crm.opportunity_participants
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('contact_id', 'contacts');

SELECT ops.require_module('crm.opportunity_participants', 'b2b');
SELECT ops.restrict('crm.opportunity_participants', NULL, NULL, 'ops.permits(''opportunity_participants'', $action, '
	'crm.owner_of(''deals'', opportunity_id)) AND crm.sees_deal(opportunity_id)');
SELECT ops.keep_deleted('crm.opportunity_participants');

GRANT SELECT ON crm.opportunity_participants TO tenantry_mcp, tenantry_mcp_writer;
GRANT INSERT, UPDATE, DELETE ON crm.opportunity_participants TO tenantry_mcp_writer;
SELECT ops.open_to_mcp('crm.opportunity_participants');
