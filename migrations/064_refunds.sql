\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: refunds of payments, also of parts of them.
-- needs: ops/tenant.sql

-- A new type with USING writes all rows, whatever row security shows of them, and calls no trigger.
ALTER TABLE membership.user_payments ADD COLUMN refunded_amount bigint NOT NULL DEFAULT 0;	-- minor units
ALTER TABLE membership.user_payments
	ALTER COLUMN refunded_amount TYPE bigint USING CASE WHEN status = 'refunded' THEN amount ELSE 0 END;
ALTER TABLE membership.user_payments
	ADD CONSTRAINT user_payments_refunded_amount_check CHECK (refunded_amount >= 0 AND refunded_amount <= amount),
	ADD CONSTRAINT user_payments_refunded_check CHECK ((status = 'refunded') = (refunded_amount = amount));

-- The refunds of payments. Functions of the owner alone use them.
CREATE TABLE membership.payment_refunds (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	payment_id      bigint NOT NULL,
	amount          bigint NOT NULL CONSTRAINT payment_refunds_amount_check CHECK (amount >= 1),
	-- "asked" of the provider, which has not answered; "uncertain": it never has; "refused": it was never made
	status          text NOT NULL CONSTRAINT payment_refunds_status_check
		CHECK (status IN ('asked', 'uncertain', 'refused', 'refunded', 'failed')),
	provider_refund text CONSTRAINT payment_refunds_provider_refund_check CHECK (char_length(provider_refund) <= 255),	-- the provider's id of it
	made_at         timestamptz NOT NULL DEFAULT now(),
	failed_at       timestamptz,	-- by the clock of the provider, as made_at
	PRIMARY KEY (org_id, id),
	CONSTRAINT payment_refunds_provider_refund_key UNIQUE (org_id, payment_id, provider_refund),
	CONSTRAINT payment_refunds_payment_id_fkey FOREIGN KEY (org_id, payment_id) REFERENCES membership.user_payments
);
CREATE UNIQUE INDEX payment_refunds_asked ON membership.payment_refunds (org_id, payment_id) WHERE status = 'asked';
SELECT ops.protect('membership.payment_refunds', false, false);

-- What an event says of the whole payment.
ALTER TABLE membership.payment_events
	ADD COLUMN refunded bigint,	-- the sum of the refunds until then; null: it says nothing about it
	ADD COLUMN said_at timestamptz;
-- down
-- CASCADE: triggers.
DROP FUNCTION IF EXISTS membership.sum_refunds(membership.user_payments);
DROP TABLE membership.payment_refunds CASCADE;
ALTER TABLE membership.payment_events DROP COLUMN refunded, DROP COLUMN said_at;
ALTER TABLE membership.user_payments DROP COLUMN refunded_amount CASCADE;
