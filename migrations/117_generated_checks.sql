\warn 'tenantry schema up runs this step, once' \quit
-- The triggers that check lengths and choices have a function for each table.

DROP FUNCTION IF EXISTS crm.check_choice(), crm.refuse_long_text() CASCADE;	-- with their triggers
-- down
-- crm.limit_texts() makes these functions at the end of "schema up", so they are not known as new objects.
DO $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'crm'::regnamespace AND p.proname LIKE 'limit\_texts\_of\_%' LOOP
		EXECUTE format('DROP FUNCTION %s CASCADE', f);
	END LOOP;
END $$;
