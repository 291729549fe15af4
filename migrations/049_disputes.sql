\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: disputes about payments and payouts.
-- needs: ops/tenant.sql

CREATE TABLE membership.disputes (
	org_id           uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id               bigint NOT NULL DEFAULT ops.new_id(),
	member_id        bigint NOT NULL,	-- of the payment, or else the payout
	payment_id       bigint,
	payout_id        bigint,
	amount           bigint NOT NULL CONSTRAINT disputes_amount_check CHECK (amount BETWEEN 1 AND 1000000000000),	-- minor units
	currency         text NOT NULL CONSTRAINT disputes_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	reason           text NOT NULL CONSTRAINT disputes_reason_check CHECK (reason ~ '\S' AND char_length(reason) <= 2000),
	status           text NOT NULL DEFAULT 'open' CONSTRAINT disputes_status_check
		CHECK (status IN ('open', 'evidence', 'won', 'lost')),
	evidence         text CONSTRAINT disputes_evidence_check CHECK (char_length(evidence) <= 20000),
	evidence_due_at  timestamptz NOT NULL DEFAULT now() + interval '14 days',	-- without evidence, it is lost then
	note             text CONSTRAINT disputes_note_check CHECK (char_length(note) <= 2000),	-- of the decision
	provider         text,	-- where it is disputed; null: here
	provider_dispute text,
	decided_at       timestamptz,
	created_at       timestamptz NOT NULL DEFAULT now(),
	updated_at       timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT disputes_subject_check CHECK (payment_id IS NOT NULL OR payout_id IS NOT NULL),
	CONSTRAINT disputes_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles,
	CONSTRAINT disputes_payment_id_fkey FOREIGN KEY (org_id, payment_id) REFERENCES membership.user_payments,
	CONSTRAINT disputes_payout_id_fkey FOREIGN KEY (org_id, payout_id) REFERENCES membership.user_payouts,
	CONSTRAINT disputes_provider_dispute_key UNIQUE (org_id, provider, provider_dispute)
);
CREATE INDEX disputes_member_id ON membership.disputes (org_id, member_id, id);
CREATE INDEX disputes_all_of_payment ON membership.disputes (org_id, payment_id);
CREATE INDEX disputes_all_of_payout ON membership.disputes (org_id, payout_id);
CREATE INDEX disputes_evidence_due_at ON membership.disputes (org_id, evidence_due_at, id) WHERE status = 'open';
-- Of a payment, one at a time; one that was charged back is not disputed again. A provider knows what it does.
CREATE UNIQUE INDEX disputes_payment_id ON membership.disputes (org_id, payment_id) WHERE status <> 'won' AND provider IS NULL;
SELECT ops.protect('membership.disputes');
-- down
DROP TABLE membership.disputes CASCADE;
DELETE FROM identity.resource WHERE name = 'disputes';
