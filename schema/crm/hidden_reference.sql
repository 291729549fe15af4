-- References to rows that the caller cannot read. They are refused like references to missing rows, so that the caller
-- cannot find out whether the row exists.
-- needs: crm/permission.sql

-- Returns the IDs in a value: a list, a number or null.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.numbers_of(said jsonb) RETURNS bigint[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT ARRAY(SELECT (e #>> '{}')::bigint FROM jsonb_path_query(said, '$[*] ? (@ != null)') e)
$$;

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
	ids := crm.numbers_of(to_jsonb(NEW)->TG_ARGV[0]);
	IF TG_OP = 'UPDATE' THEN
		had := crm.numbers_of(to_jsonb(OLD)->TG_ARGV[0]);
	END IF;
	IF EXISTS (SELECT FROM unnest(ids) x
	    WHERE x <> ALL (had) AND NOT crm.sees_row(TG_ARGV[1], x)) THEN
		IF jsonb_typeof(to_jsonb(NEW)->TG_ARGV[0]) = 'array' THEN
			PERFORM ops.fault('no_such_reference', format('%s.%s', TG_ARGV[0], x.n - 1)) FROM unnest(ids) WITH ORDINALITY x (id, n)
			  WHERE x.id <> ALL (had) AND NOT crm.sees_row(TG_ARGV[1], x.id) ORDER BY x.n;
			PERFORM ops.refuse_faults();
		END IF;
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
		EXECUTE format('CREATE OR REPLACE TRIGGER hidden_%2$s BEFORE INSERT OR UPDATE ON crm.%1$I '
			'FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference(%2$L, %3$L)', r.column1, r.column2, r.column3);
	END LOOP;
END $$;
