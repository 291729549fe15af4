-- The organizations of a contact. The primary organization is the company of the contact (contacts.company_id):
-- triggers on both tables keep them in sync. Each trigger locks the contact before it reads, and a request locks the
-- contact before its rows in this table, in the same order as a change of the contact.
-- needs: b2b/company.sql ops/audit_log.sql crm/hidden_reference.sql crm/module.sql crm/permission.sql crm/trash.sql ops/mcp.sql ops/module.sql ops/permission.sql

-- Updates the rows of a contact to match its company. app.placing disables the triggers of these rows.
CREATE OR REPLACE FUNCTION crm.place_primary(org uuid, contact bigint, company bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.set_mode('placing', true);
	UPDATE crm.contact_organizations o SET is_primary = false
	 WHERE o.org_id = org AND o.contact_id = contact AND o.is_primary AND o.company_id IS DISTINCT FROM company;
	IF company IS NOT NULL THEN
		UPDATE crm.contact_organizations o SET is_primary = true, ended_on = NULL
		 WHERE o.org_id = org AND o.contact_id = contact AND o.company_id = company AND NOT o.is_primary;
		INSERT INTO crm.contact_organizations (org_id, contact_id, company_id, is_primary)
		VALUES (org, contact, company, true) ON CONFLICT DO NOTHING;
	END IF;
	PERFORM ops.set_mode('placing', false);
END $$;

-- Returns whether a row only repeats contacts.company_id. The undo of an import may delete the contact or company of
-- such a row.
CREATE OR REPLACE FUNCTION crm.is_automatic(one crm.contact_organizations) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT one.is_primary AND num_nonnulls(one.role, one.influence, one.started_on) = 0
$$;
GRANT EXECUTE ON FUNCTION crm.is_automatic(crm.contact_organizations) TO tenantry_app, tenantry_mcp_writer;

-- Returns whether the rows of an archive are being written. These rows are consistent with each other.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.reads_archive() RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT coalesce(ops.mode('restoring') AND ops.archive(), false)
$$;

-- Returns whether changes of contacts.company_id update the organizations of contacts. They also do so while an import
-- is undone, which deletes rows permanently and restores changed rows.
CREATE OR REPLACE FUNCTION crm.follows_companies(org uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	RETURN NOT (ops.purging(org) AND NOT ops.mode('restoring') OR crm.reads_archive()) AND crm.keeps_module(org, 'b2b');
END $$;

-- Handles a write of contacts.company_id. A contact whose company is removed leaves all organizations. During the undo
-- of a merge, rows that will be moved are still present. An undo also removes the row that the undone change created.
CREATE OR REPLACE FUNCTION crm.follow_company() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	merging boolean := ops.mode('merging');
	undone timestamptz := nullif(current_setting('app.undoing', true), '');
BEGIN
	IF NOT crm.follows_companies(NEW.org_id) THEN
		RETURN NULL;
	END IF;
	IF undone IS NOT NULL THEN
		PERFORM ops.set_mode('merging', true), ops.set_mode('placing', true);
		DELETE FROM crm.contact_organizations o
		 WHERE o.org_id = NEW.org_id AND o.contact_id = NEW.id AND o.company_id = OLD.company_id
		   AND o.created_at >= undone AND num_nonnulls(o.role, o.influence, o.started_on) = 0;
		PERFORM ops.set_mode('merging', merging);
	END IF;
	IF NEW.company_id IS NULL AND (undone IS NOT NULL OR NOT ops.mode('restoring')) THEN
		PERFORM ops.set_mode('placing', true);
		UPDATE crm.contact_organizations o SET is_primary = false, ended_on = greatest(current_date, o.started_on)
		 WHERE o.org_id = NEW.org_id AND o.contact_id = NEW.id AND o.ended_on IS NULL;
	END IF;
	PERFORM crm.place_primary(NEW.org_id, NEW.id, NEW.company_id);
	RETURN NULL;
END $$;

-- Creates rows for new contacts, once per statement, since an import inserts many contacts in one statement. Restored
-- contacts may already have their rows.
CREATE OR REPLACE FUNCTION crm.follow_new_companies() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	orgs uuid[] := ARRAY[org];
	others boolean;
	ignored text;	-- an assignment is faster than PERFORM, which runs a query
BEGIN
	-- Only a superuser can write rows of an organization that is not selected.
	SELECT bool_or(w.org_id IS DISTINCT FROM org) INTO others FROM written w WHERE w.company_id IS NOT NULL;
	IF others IS NULL THEN	-- no contact has a company
		RETURN NULL;
	ELSIF others THEN
		orgs := ARRAY(SELECT DISTINCT w.org_id FROM written w WHERE w.company_id IS NOT NULL);
	END IF;
	FOREACH org IN ARRAY orgs LOOP
		IF NOT crm.follows_companies(org) THEN
			CONTINUE;
		ELSIF ops.mode('restoring') THEN
			PERFORM crm.place_primary(org, w.id, w.company_id) FROM written w WHERE w.org_id = org AND w.company_id IS NOT NULL;
		ELSE
			ignored := ops.set_mode('placing', true);
			INSERT INTO crm.contact_organizations (org_id, contact_id, company_id, is_primary)
			SELECT org, w.id, w.company_id, true FROM written w WHERE w.org_id = org AND w.company_id IS NOT NULL
			ON CONFLICT DO NOTHING;
			ignored := ops.set_mode('placing', false);
		END IF;
	END LOOP;
	RETURN NULL;
END $$;

-- Runs before "automation_of_new", since a rule can change the company.
CREATE OR REPLACE TRIGGER add_organizations AFTER INSERT ON crm.contacts REFERENCING NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION crm.follow_new_companies();
CREATE OR REPLACE TRIGGER organization_change AFTER UPDATE OF company_id ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION crm.follow_company();

-- Locks a contact. Returns its company, its user, and whether it exists.
CREATE OR REPLACE FUNCTION crm.lock_contact(org uuid, contact bigint, OUT alive boolean, OUT company bigint, OUT sales_id bigint)
LANGUAGE plpgsql AS $$
BEGIN
	SELECT c.company_id, c.sales_id INTO company, sales_id FROM crm.contacts c
	 WHERE c.org_id = org AND c.id = contact FOR NO KEY UPDATE;
	alive := FOUND;
END $$;

-- Locks the contacts of rows that are about to be written. This includes contacts that the caller cannot change, since
-- the triggers also lock them.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.hold_contacts_of(ids bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	PERFORM FROM crm.contacts c WHERE c.org_id = org AND c.id IN (
		SELECT o.contact_id FROM crm.contact_organizations o WHERE o.org_id = org AND o.id = ANY (ids))
	  ORDER BY c.id FOR NO KEY UPDATE;
END $$;

-- Returns the company that results from a contact's rows: the primary company, or otherwise the company with the
-- earliest start.
CREATE OR REPLACE FUNCTION crm.chosen_company(org uuid, contact bigint, without bigint DEFAULT NULL) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT o.company_id FROM crm.contact_organizations o
	 WHERE o.org_id = org AND o.contact_id = contact AND o.ended_on IS NULL AND o.company_id IS DISTINCT FROM without
	   -- A single statement may delete several companies, so this one may be missing.
	   AND EXISTS (SELECT FROM crm.companies c WHERE c.org_id = org AND c.id = o.company_id)
	 ORDER BY o.is_primary DESC, o.started_on, o.id LIMIT 1
$$;

-- Prepares a row. A new primary row replaces the previous primary row, and the first row is primary. A row that is
-- restored or, in a merge, moved to another contact replaces a row that only repeats contacts.company_id. If that row
-- contains more, the new row is not moved.
CREATE OR REPLACE FUNCTION crm.check_contact_organization() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	merging boolean := ops.mode('merging');
	back boolean := ops.mode('restoring');
	company bigint;
BEGIN
	IF TG_OP = 'UPDATE' AND (NEW.company_id <> OLD.company_id
	    OR NEW.contact_id <> OLD.contact_id AND merging IS DISTINCT FROM 'on') THEN
		PERFORM ops.refuse('organization_of_contact_fixed',
			CASE WHEN NEW.company_id <> OLD.company_id THEN 'company_id' ELSE 'contact_id' END);
	END IF;
	SELECT l.company INTO company FROM crm.lock_contact(NEW.org_id, NEW.contact_id) l;
	IF back OR TG_OP = 'UPDATE' AND NEW.contact_id <> OLD.contact_id THEN
		PERFORM ops.set_mode('merging', true), ops.set_mode('placing', true);
		DELETE FROM crm.contact_organizations o
		 WHERE o.org_id = NEW.org_id AND o.contact_id = NEW.contact_id AND o.company_id = NEW.company_id
		   AND o.id <> NEW.id AND num_nonnulls(o.role, o.influence, o.started_on, o.ended_on) = 0;
		PERFORM ops.set_mode('merging', merging), ops.set_mode('placing', false);
		IF EXISTS (SELECT FROM crm.contact_organizations o
		    WHERE o.org_id = NEW.org_id AND o.contact_id = NEW.contact_id AND o.company_id = NEW.company_id
		      AND o.id <> NEW.id) THEN
			RETURN NULL;
		END IF;
		NEW.is_primary := coalesce(NEW.company_id = company, false);
		IF NEW.is_primary THEN
			NEW.ended_on := NULL;
		END IF;
	ELSIF NEW.ended_on > current_date + 1	-- the latest day that has begun anywhere
	    AND (TG_OP = 'INSERT' OR NEW.ended_on IS DISTINCT FROM OLD.ended_on) THEN
		PERFORM ops.refuse('in_the_future', 'ended_on');
	ELSIF TG_OP = 'UPDATE' AND OLD.is_primary THEN
		IF NEW.ended_on IS NOT NULL THEN
			NEW.is_primary := false;
		ELSIF NOT NEW.is_primary THEN
			PERFORM ops.refuse('primary_not_unset', 'is_primary');
		END IF;
	ELSIF company IS NULL AND NEW.ended_on IS NULL THEN
		NEW.is_primary := true;
	END IF;
	IF NEW.is_primary AND NEW.ended_on IS NULL THEN
		PERFORM ops.set_mode('placing', true);
		UPDATE crm.contact_organizations o SET is_primary = false
		 WHERE o.org_id = NEW.org_id AND o.contact_id = NEW.contact_id AND o.is_primary AND o.id <> NEW.id;
		PERFORM ops.set_mode('placing', false);
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER organization BEFORE INSERT OR UPDATE ON crm.contact_organizations
	FOR EACH ROW WHEN (current_setting('app.placing', true) IS DISTINCT FROM 'on' AND NOT crm.reads_archive())
	EXECUTE FUNCTION crm.check_contact_organization();

-- Makes the company and the rows of a contact consistent after rows were moved or restored. A contact without a company
-- gets a company.
CREATE OR REPLACE FUNCTION crm.settle_contact(org uuid, contact bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	held record;
BEGIN
	held := crm.lock_contact(org, contact);
	IF held.company IS NOT NULL THEN
		PERFORM crm.place_primary(org, contact, held.company);
	ELSIF held.alive THEN
		UPDATE crm.contacts c SET company_id = crm.chosen_company(org, contact)
		 WHERE c.org_id = org AND c.id = contact AND crm.chosen_company(org, contact) IS NOT NULL;
	END IF;
END $$;

-- Gives the contact the company of its primary organization, if the caller may change the contact.
CREATE OR REPLACE FUNCTION crm.follow_organization() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	here crm.contact_organizations := coalesce(NEW, OLD);
	held record;
	chosen bigint;
BEGIN
	IF ops.purging(here.org_id)
	    OR crm.reads_archive() OR NOT crm.keeps_module(here.org_id, 'b2b') THEN
		RETURN NULL;
	ELSIF ops.mode('restoring') THEN
		PERFORM crm.settle_contact(here.org_id, here.contact_id);
		RETURN NULL;
	ELSIF TG_OP = 'UPDATE' AND NEW.contact_id <> OLD.contact_id THEN
		PERFORM crm.settle_contact(OLD.org_id, OLD.contact_id);
		PERFORM crm.settle_contact(NEW.org_id, NEW.contact_id);
		RETURN NULL;
	END IF;
	-- No lock is taken here, because deleting a company deletes many rows in any order, and locks could deadlock.
	IF TG_OP = 'DELETE' AND NOT OLD.is_primary THEN
		RETURN NULL;
	END IF;
	held := crm.lock_contact(here.org_id, here.contact_id);
	-- If the company is being deleted, its contacts are deleted with it.
	IF NOT held.alive OR TG_OP = 'DELETE' AND NOT EXISTS (
	    SELECT FROM crm.companies c WHERE c.org_id = OLD.org_id AND c.id = OLD.company_id) THEN
		RETURN NULL;
	END IF;
	chosen := crm.chosen_company(here.org_id, here.contact_id);
	IF chosen IS DISTINCT FROM held.company THEN
		IF current_setting('app.grants', true) NOT IN ('', '*')
		    AND NOT coalesce(ops.permits('contacts', 'update', held.sales_id), false)
		    AND NOT ops.shared('contacts', 'update', here.contact_id) THEN
			PERFORM ops.refuse('role');
		END IF;
		UPDATE crm.contacts c SET company_id = chosen WHERE c.org_id = here.org_id AND c.id = here.contact_id;
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER primary_organization AFTER INSERT OR UPDATE OR DELETE ON crm.contact_organizations
	FOR EACH ROW WHEN (current_setting('app.placing', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION crm.follow_organization();

-- Keeps those contacts of a deleted company that are in another organization, so that only the other contacts are
-- deleted. The hold_linked trigger has locked the contacts.
CREATE OR REPLACE FUNCTION crm.keep_contacts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF NOT ops.purging(OLD.org_id)
	    AND crm.keeps_module(OLD.org_id, 'b2b') THEN
		UPDATE crm.contacts c SET company_id = crm.chosen_company(c.org_id, c.id, OLD.id)
		 WHERE c.org_id = OLD.org_id AND c.company_id = OLD.id
		   AND crm.chosen_company(c.org_id, c.id, OLD.id) IS NOT NULL;
	END IF;
	RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER keep_contacts BEFORE DELETE ON crm.companies
	FOR EACH ROW EXECUTE FUNCTION crm.keep_contacts();

-- Moves the rows of a merged contact, even while the module is off, and an undo moves them back. If the remaining
-- contact already has an equivalent row, the row is not moved but stored for the undo.
CREATE OR REPLACE FUNCTION crm.merge_organizations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	merging boolean := ops.mode('merging');
	ids bigint[];
BEGIN
	PERFORM ops.set_mode('merging', true);
	IF TG_OP = 'INSERT' THEN
		ids := ARRAY(SELECT o.id FROM crm.contact_organizations o
			WHERE o.org_id = NEW.org_id AND o.contact_id = NEW.loser_id ORDER BY o.id FOR UPDATE);
		UPDATE crm.contact_organizations o SET contact_id = NEW.winner_id WHERE o.org_id = NEW.org_id AND o.id = ANY (ids);
		NEW.moved := NEW.moved || jsonb_build_object('contact_organizations', jsonb_build_object('moved', ids,
			'kept', (SELECT coalesce(jsonb_agg(to_jsonb(o)), '[]') FROM crm.contact_organizations o
				WHERE o.org_id = NEW.org_id AND o.contact_id = NEW.loser_id AND o.id = ANY (ids))));
	ELSE
		UPDATE crm.contact_organizations o SET contact_id = NEW.loser_id
		 WHERE o.org_id = NEW.org_id AND o.contact_id = NEW.winner_id AND o.id IN (
			SELECT x::bigint FROM jsonb_array_elements_text(NEW.moved->'contact_organizations'->'moved') x);
		PERFORM ops.set_mode('restoring', true);
		INSERT INTO crm.contact_organizations
		SELECT o.* FROM jsonb_array_elements(NEW.moved->'contact_organizations'->'kept') k,
			jsonb_populate_record(NULL::crm.contact_organizations, k || jsonb_build_object('updated_at', now())) o
		    ON CONFLICT DO NOTHING;
		PERFORM ops.set_mode('restoring', false);
		IF crm.keeps_module(NEW.org_id, 'b2b') THEN
			PERFORM crm.settle_contact(NEW.org_id, NEW.winner_id), crm.settle_contact(NEW.org_id, NEW.loser_id);
		END IF;
	END IF;
	PERFORM ops.set_mode('merging', merging);
	RETURN NEW;
END $$;

-- Merges from an archive are stored unchanged.
CREATE OR REPLACE TRIGGER organizations BEFORE INSERT OR UPDATE OF undone_at ON crm.merges
	FOR EACH ROW WHEN (NOT crm.reads_archive())
	EXECUTE FUNCTION crm.merge_organizations();

CREATE OR REPLACE TRIGGER hidden_contact_id BEFORE INSERT OR UPDATE ON crm.contact_organizations
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('contact_id', 'contacts');

CREATE OR REPLACE TRIGGER hidden_company_id BEFORE INSERT OR UPDATE ON crm.contact_organizations
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('company_id', 'companies');

-- Inserts have a trigger per statement instead, because switching the module on adds many rows at once.
CREATE OR REPLACE TRIGGER audit AFTER UPDATE OR DELETE ON crm.contact_organizations
	FOR EACH ROW EXECUTE FUNCTION ops.audit();
CREATE OR REPLACE TRIGGER audit_of_new AFTER INSERT ON crm.contact_organizations REFERENCING NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_new();

SELECT ops.require_module('crm.contact_organizations', 'b2b');
SELECT ops.restrict('crm.contact_organizations', NULL, NULL, 'ops.permits(''contact_organizations'', $action, '
	'crm.owner_of(''contacts'', contact_id)) AND crm.sees_contact(contact_id)');
SELECT ops.keep_deleted('crm.contact_organizations');

GRANT SELECT ON crm.contact_organizations TO tenantry_mcp, tenantry_mcp_writer;
GRANT INSERT, UPDATE, DELETE ON crm.contact_organizations TO tenantry_mcp_writer;
SELECT ops.open_to_mcp('crm.contact_organizations');
