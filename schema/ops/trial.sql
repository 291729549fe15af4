-- Runs a change as a trial, to find its faults.

-- Ends a trial: rolls back the transaction with ZH301 if all previous steps succeeded.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.end_trial() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the change has no further faults' USING ERRCODE = 'ZH301';
END $$;
