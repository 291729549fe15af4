\warn 'tenantry schema up runs this step, once' \quit
-- Payouts to members: the accounts that they go to, their approval, and the batches that a bank gets.
-- needs: ops/tenant.sql

-- The IBAN is a sealed value.
CREATE TABLE membership.payout_accounts (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	member_id  bigint,	-- null: the organization's, which pays
	holder     text NOT NULL CONSTRAINT payout_accounts_holder_check CHECK (holder ~ '\S' AND char_length(holder) <= 70),
	country    text NOT NULL CONSTRAINT payout_accounts_country_check CHECK (country ~ '^[A-Z]{2}$'),
	last4      text NOT NULL CONSTRAINT payout_accounts_last4_check CHECK (last4 ~ '^[0-9A-Z]{4}$'),
	bic        text CONSTRAINT payout_accounts_bic_check CHECK (bic ~ '^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$'),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT payout_accounts_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles
		ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX payout_accounts_member_id ON membership.payout_accounts (org_id, member_id);
SELECT ops.protect('membership.payout_accounts');

-- A file for the bank.
CREATE TABLE membership.payout_batches (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	account_id bigint NOT NULL,	-- the organization's
	currency   text NOT NULL CONSTRAINT payout_batches_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	execute_on date NOT NULL,
	payouts    integer NOT NULL CONSTRAINT payout_batches_payouts_check CHECK (payouts > 0),
	total      bigint NOT NULL CONSTRAINT payout_batches_total_check CHECK (total > 0),	-- minor units
	created_by text,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT payout_batches_account_id_fkey FOREIGN KEY (org_id, account_id) REFERENCES membership.payout_accounts
);
CREATE INDEX payout_batches_account_id ON membership.payout_batches (org_id, account_id);
SELECT ops.protect('membership.payout_batches', false);
GRANT SELECT ON membership.payout_batches TO tenantry_app;

CREATE TABLE membership.user_payouts (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	member_id    bigint NOT NULL,	-- who is paid
	account_id   bigint NOT NULL,
	payment_id   bigint,	-- what is passed on
	amount       bigint NOT NULL CONSTRAINT user_payouts_amount_check CHECK (amount BETWEEN 1 AND 1000000000000),	-- minor units
	currency     text NOT NULL CONSTRAINT user_payouts_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	status       text NOT NULL DEFAULT 'requested' CONSTRAINT user_payouts_status_check
		CHECK (status IN ('requested', 'approved', 'rejected', 'cancelled', 'sent', 'paid', 'failed')),
	description  text CONSTRAINT user_payouts_description_check CHECK (char_length(description) <= 140),
	reason       text CONSTRAINT user_payouts_reason_check CHECK (char_length(reason) <= 2000),	-- of the last change
	reference    text NOT NULL,	-- what the bank calls it
	requested_by text,	-- users
	approved_by  text,
	batch_id     bigint,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_payouts_reference_key UNIQUE (org_id, reference),
	CONSTRAINT user_payouts_approved_by_check CHECK (approved_by <> requested_by),
	CONSTRAINT user_payouts_batch_id_check CHECK ((batch_id IS NOT NULL) = (status IN ('sent', 'paid', 'failed'))),
	CONSTRAINT user_payouts_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles,
	CONSTRAINT user_payouts_account_id_fkey FOREIGN KEY (org_id, account_id) REFERENCES membership.payout_accounts,
	CONSTRAINT user_payouts_payment_id_fkey FOREIGN KEY (org_id, payment_id) REFERENCES membership.user_payments,
	CONSTRAINT user_payouts_batch_id_fkey FOREIGN KEY (org_id, batch_id) REFERENCES membership.payout_batches
);
CREATE INDEX user_payouts_member_id ON membership.user_payouts (org_id, member_id, id);
CREATE INDEX user_payouts_account_id ON membership.user_payouts (org_id, account_id);
CREATE INDEX user_payouts_payment_id ON membership.user_payouts (org_id, payment_id);
CREATE INDEX user_payouts_batch_id ON membership.user_payouts (org_id, batch_id);
CREATE INDEX user_payouts_approved ON membership.user_payouts (org_id, currency, id) WHERE status = 'approved';
SELECT ops.protect('membership.user_payouts');
-- down
DROP VIEW IF EXISTS membership.user_payouts_summary;
DROP TABLE membership.user_payouts, membership.payout_batches, membership.payout_accounts CASCADE;
DELETE FROM identity.resource WHERE name IN ('payout_accounts', 'payout_batches', 'user_payouts');
