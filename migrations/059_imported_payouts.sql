\warn 'tenantry schema up runs this step, once' \quit
-- Payouts that another system has recorded: it names no account, and of those that it has paid there is no batch.
-- needs: ops/tenant.sql

ALTER TABLE membership.user_payouts ALTER account_id DROP NOT NULL,	-- null: imported; held until its member has an account
	DROP CONSTRAINT user_payouts_batch_id_check,
	ADD CONSTRAINT user_payouts_batch_id_check CHECK ((batch_id IS NOT NULL) = (status IN ('sent', 'paid', 'failed'))
		OR batch_id IS NULL AND account_id IS NULL AND status <> 'sent');
-- down
-- Earlier versions need an account: theirs has no IBAN, so nothing is sent to it. Those without a batch are neither paid nor failed.
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true), set_config('app.restoring', 'on', true);
		WITH added AS (
			INSERT INTO membership.payout_accounts (org_id, member_id, holder, country, last4)
			SELECT DISTINCT org, p.member_id, 'unknown', 'ZZ', '0000' FROM membership.user_payouts p
			 WHERE p.org_id = org AND p.account_id IS NULL
			RETURNING id, member_id)
		UPDATE membership.user_payouts p SET account_id = a.id,
			status = CASE WHEN p.status IN ('paid', 'failed') THEN 'cancelled' ELSE p.status END,
			reason = CASE WHEN p.status IN ('paid', 'failed') THEN 'was ' || p.status ELSE p.reason END
		  FROM added a WHERE p.org_id = org AND p.account_id IS NULL AND p.member_id = a.member_id;
	END LOOP;
	PERFORM set_config('app.org_id', '', true), set_config('app.restoring', '', true);
END $$;
ALTER TABLE membership.user_payouts ALTER account_id SET NOT NULL,
	DROP CONSTRAINT user_payouts_batch_id_check,
	ADD CONSTRAINT user_payouts_batch_id_check CHECK ((batch_id IS NOT NULL) = (status IN ('sent', 'paid', 'failed')));
