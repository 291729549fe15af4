-- References to rows that the caller cannot read. They are refused like references to missing rows, so that the caller
-- cannot find out whether the row exists.
-- needs: crm/permission.sql

-- The arguments are the column and the table to which it refers. An existing reference of the row remains valid.
-- crm.write_attendees() makes the same check for attendees.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.refuse_hidden_reference() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	ids bigint[];
	had bigint[] := '{}';
BEGIN
	IF coalesce(current_setting('app.grants', true), '') IN ('', '*') THEN
		RETURN NEW;
	END IF;
	-- A branch that is not executed may name a column that the table lacks.
	IF TG_ARGV[0] = 'contact_ids' THEN
		ids := NEW.contact_ids;
		IF TG_OP = 'UPDATE' THEN
			had := OLD.contact_ids;
		END IF;
	ELSIF TG_ARGV[0] = 'company_id' THEN
		ids := ARRAY[NEW.company_id];
		IF TG_OP = 'UPDATE' THEN
			had := ARRAY[OLD.company_id];
		END IF;
	ELSIF TG_ARGV[0] = 'deal_id' THEN
		ids := ARRAY[NEW.deal_id];
		IF TG_OP = 'UPDATE' THEN
			had := ARRAY[OLD.deal_id];
		END IF;
	ELSE
		ids := ARRAY[(to_jsonb(NEW)->>TG_ARGV[0])::bigint];
		IF TG_OP = 'UPDATE' THEN
			had := ARRAY[(to_jsonb(OLD)->>TG_ARGV[0])::bigint];
		END IF;
	END IF;
	IF EXISTS (SELECT FROM unnest(array_remove(ids, NULL)) x
	    WHERE x <> ALL (array_remove(had, NULL)) AND NOT crm.sees_row(TG_ARGV[1], x)) THEN
		RAISE EXCEPTION 'no such row' USING ERRCODE = 'foreign_key_violation', COLUMN = TG_ARGV[0];
	END IF;
	RETURN NEW;
END $$;

DO $$
DECLARE
	r record;
BEGIN
	FOR r IN VALUES ('contacts', 'company_id', 'companies'), ('deals', 'company_id', 'companies'),
	    ('deals', 'contact_ids', 'contacts'), ('contact_notes', 'contact_id', 'contacts'),
	    ('deal_notes', 'deal_id', 'deals'), ('tasks', 'contact_id', 'contacts'),
	    ('activities', 'contact_id', 'contacts'), ('activities', 'deal_id', 'deals'),
	    ('appointments', 'contact_id', 'contacts'),
	    ('messages', 'contact_id', 'contacts') LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER hidden_%2$s BEFORE INSERT OR UPDATE OF %2$I ON crm.%1$I '
			'FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference(%2$L, %3$L)', r.column1, r.column2, r.column3);
	END LOOP;
END $$;
