-- Adds triggers that set the time of a row's last change to those tables of the membership module whose other triggers
-- do not set it.
-- needs: membership/module.sql

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY '{kyc_evidence,legal_holds,member_messages,payout_accounts,payout_batches,tax_forms}'::text[] LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.%I FOR EACH ROW '
			'WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row()', t);
	END LOOP;
END $$;
