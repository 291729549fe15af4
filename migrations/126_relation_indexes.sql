\warn 'tenantry schema up runs this step, once' \quit
-- Relations always have an index, because the pages of the other rows use it.
-- needs: crm/custom_field.sql

DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		UPDATE crm.field_definitions f SET is_indexed = true, indexed_at = NULL WHERE f.org_id = org AND f.kind = 'relation' AND NOT f.is_indexed;
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
-- down
