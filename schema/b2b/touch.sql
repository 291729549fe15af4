-- The time of the last change of a row.
-- needs: b2b/module.sql

CREATE OR REPLACE FUNCTION crm.touch_row() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.updated_at := now();
	RETURN NEW;
END $$;
