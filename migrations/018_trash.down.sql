-- The functions of 003 as they were.

CREATE OR REPLACE FUNCTION crm.default_sales_id() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.sales_id IS NULL THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION crm.contact_seen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE crm.contacts c SET last_seen = NEW.date
	 WHERE c.org_id = NEW.org_id AND c.id = NEW.contact_id AND c.last_seen < NEW.date;
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION crm.complete_deal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.amount IS NULL THEN
		NEW.amount := 0;
	END IF;
	IF NEW.contact_ids IS NULL THEN
		NEW.contact_ids := '{}';
	END IF;
	IF TG_OP = 'INSERT' THEN
		IF NEW.sales_id IS NULL THEN
			NEW.sales_id := crm.own_sales_id(NEW.org_id);
		END IF;
	ELSIF (NEW.name, NEW.company_id, NEW.contact_ids, NEW.category, NEW.stage,
		NEW.description, NEW.amount, NEW.archived_at, NEW.expected_closing_date,
		NEW.sales_id) IS DISTINCT FROM (OLD.name, OLD.company_id, OLD.contact_ids,
		OLD.category, OLD.stage, OLD.description, OLD.amount, OLD.archived_at,
		OLD.expected_closing_date, OLD.sales_id) THEN
		NEW.updated_at := now();
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION crm.organization_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	tenant_table regclass;
BEGIN
	PERFORM set_config('app.org_id', OLD.id::text, true);
	FOR tenant_table IN SELECT c.oid FROM pg_class c
	    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
	    WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r'
	    ORDER BY c.oid DESC LOOP
		EXECUTE format('DELETE FROM %s WHERE org_id = $1', tenant_table) USING OLD.id;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN OLD;
END $$;

DROP TRIGGER trash ON crm.companies;
DROP TRIGGER trash ON crm.contacts;
DROP TRIGGER trash ON crm.contact_notes;
DROP TRIGGER trash ON crm.deals;
DROP TRIGGER trash ON crm.deal_notes;
DROP TRIGGER trash ON crm.tasks;
DROP TRIGGER trash ON crm.tags;
DROP TRIGGER trash ON crm.activities;
DROP TRIGGER trash ON crm.appointments;
DROP TRIGGER trash ON crm.automations;
DROP INDEX ops.audit_log_row;
DROP FUNCTION crm.row_changed, crm.row_as_of, crm.row_history, crm.row_known, crm.own_columns,
	ops.purge_trash, crm.restore_trash, crm.follow_parent, crm.put_back, crm.hand_over,
	crm.check_parents, crm.parents_of, ops.keep_deleted, crm.keep_deleted;
DROP VIEW crm.trash_summary;
DROP TABLE crm.trash;
DROP FUNCTION crm.purge_followers;
