-- Adds triggers that set the time of a row's last change to those tables of the b2b module whose other triggers do not
-- set it.
-- needs: b2b/module.sql ops/touch.sql

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY '{company_profiles,contact_organizations,opportunity_participants,pipeline_stages,pipelines}'::text[] LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON crm.%I FOR EACH ROW '
			'WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row()', t);
	END LOOP;
END $$;
