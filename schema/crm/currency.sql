-- The currencies of amounts.
-- needs: crm/configuration.sql

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.refuse_currency() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.currency <> ALL (crm.currencies()) AND NOT ops.mode('restoring') THEN
		PERFORM ops.refuse('not_a_currency', 'currency');
	END IF;
	RETURN NEW;
END $$;

-- Adds the currency constraint to each table with a currency that callers write. Existing values and values in archives
-- are not checked. A migration that adds such a column also calls this function.
CREATE OR REPLACE FUNCTION crm.require_currencies() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
BEGIN
	FOR t IN SELECT c.oid FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'tenant'
		  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'currency' AND NOT a.attisdropped
		 WHERE c.relkind = 'r' ORDER BY c.oid::regclass::text LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER currency BEFORE INSERT OR UPDATE OF currency ON %s FOR EACH ROW '
			'EXECUTE FUNCTION crm.refuse_currency()', t);
	END LOOP;
END $$;

SELECT crm.require_currencies();
