\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: subscriptions, amounts due, payment methods and payments.
-- needs: ops/tenant.sql

CREATE TABLE membership.user_subscriptions (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	member_id       bigint NOT NULL,
	plan            text NOT NULL CONSTRAINT user_subscriptions_plan_check
		CHECK (plan ~ '\S' AND plan = btrim(plan) AND char_length(plan) <= 100),
	status          text NOT NULL DEFAULT 'active' CONSTRAINT user_subscriptions_status_check
		CHECK (status IN ('active', 'paused', 'cancelled')),
	amount          bigint NOT NULL CONSTRAINT user_subscriptions_amount_check CHECK (amount BETWEEN 1 AND 1000000000000),	-- of a period, in minor units
	currency        text NOT NULL CONSTRAINT user_subscriptions_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	interval_months smallint NOT NULL DEFAULT 1 CONSTRAINT user_subscriptions_interval_months_check
		CHECK (interval_months BETWEEN 1 AND 120),
	starts_on       date NOT NULL CONSTRAINT user_subscriptions_starts_on_check
		CHECK (starts_on BETWEEN '1900-01-01' AND '2200-01-01'),
	ends_on         date,	-- no period begins later
	cancelled_on    date,
	periods         integer NOT NULL DEFAULT 0 CONSTRAINT user_subscriptions_periods_check CHECK (periods >= 0),	-- that were billed
	next_on         date NOT NULL,	-- the first day of the next one
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_subscriptions_ends_on_check CHECK (ends_on >= starts_on),
	CONSTRAINT user_subscriptions_cancelled_on_check CHECK ((cancelled_on IS NOT NULL) = (status = 'cancelled')),
	CONSTRAINT user_subscriptions_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles
		ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX user_subscriptions_member_id ON membership.user_subscriptions (org_id, member_id);
CREATE INDEX user_subscriptions_next_on ON membership.user_subscriptions (org_id, next_on, id) WHERE status = 'active';
SELECT ops.protect('membership.user_subscriptions');

-- The day on which the fee was billed.
ALTER TABLE membership.user_memberships ADD COLUMN billed_on date;
CREATE INDEX user_memberships_unbilled ON membership.user_memberships (org_id, starts_on, id)
	WHERE billed_on IS NULL AND fee > 0 AND (status = 'active' OR status = 'cancelled' AND cancelled_on >= starts_on);

-- Amounts due: of a period of a subscription, of a membership, or of anything else.
CREATE TABLE membership.user_billing_schedules (
	org_id           uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id               bigint NOT NULL DEFAULT ops.new_id(),
	member_id        bigint NOT NULL,
	subscription_id  bigint,
	membership_id    bigint,
	description      text CONSTRAINT user_billing_schedules_description_check CHECK (char_length(description) <= 500),
	period_starts_on date,
	period_ends_on   date,
	due_on           date NOT NULL DEFAULT current_date,
	amount           bigint NOT NULL CONSTRAINT user_billing_schedules_amount_check CHECK (amount BETWEEN 1 AND 1000000000000),	-- minor units
	currency         text NOT NULL CONSTRAINT user_billing_schedules_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	status           text NOT NULL DEFAULT 'open' CONSTRAINT user_billing_schedules_status_check
		CHECK (status IN ('open', 'paid', 'waived')),
	waive_reason     text CONSTRAINT user_billing_schedules_waive_reason_check CHECK (char_length(waive_reason) <= 2000),
	created_at       timestamptz NOT NULL DEFAULT now(),
	updated_at       timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_billing_schedules_period_check CHECK (period_ends_on >= period_starts_on),
	CONSTRAINT user_billing_schedules_source_check CHECK (subscription_id IS NULL OR membership_id IS NULL),
	-- No CASCADE: what was billed stays.
	CONSTRAINT user_billing_schedules_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles,
	CONSTRAINT user_billing_schedules_subscription_id_fkey FOREIGN KEY (org_id, subscription_id)
		REFERENCES membership.user_subscriptions,
	CONSTRAINT user_billing_schedules_membership_id_fkey FOREIGN KEY (org_id, membership_id)
		REFERENCES membership.user_memberships,
	-- A period is billed once.
	CONSTRAINT user_billing_schedules_subscription_id_key UNIQUE (org_id, subscription_id, period_starts_on),
	CONSTRAINT user_billing_schedules_membership_id_key UNIQUE (org_id, membership_id)
);
CREATE INDEX user_billing_schedules_member_id ON membership.user_billing_schedules (org_id, member_id, due_on);
CREATE INDEX user_billing_schedules_open ON membership.user_billing_schedules (org_id, due_on, id) WHERE status = 'open';
SELECT ops.protect('membership.user_billing_schedules');

-- How a member pays: the token of a provider, never a number.
CREATE TABLE membership.user_payment_methods (
	org_id         uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id             bigint NOT NULL DEFAULT ops.new_id(),
	member_id      bigint NOT NULL,
	kind           text NOT NULL CONSTRAINT user_payment_methods_kind_check CHECK (kind IN ('card', 'bank', 'other')),
	provider       text NOT NULL CONSTRAINT user_payment_methods_provider_check CHECK (provider ~ '^[a-z][a-z0-9_]{0,39}$'),
	token          text NOT NULL CONSTRAINT user_payment_methods_token_check CHECK (token ~ '^[A-Za-z][A-Za-z0-9_-]{3,254}$'),
	brand          text CONSTRAINT user_payment_methods_brand_check CHECK (char_length(brand) <= 40),
	last4          text CONSTRAINT user_payment_methods_last4_check CHECK (last4 ~ '^[0-9]{4}$'),
	expires_on     date,
	label          text CONSTRAINT user_payment_methods_label_check CHECK (char_length(label) <= 100),
	is_default     boolean NOT NULL DEFAULT false,	-- of its kind
	created_at     timestamptz NOT NULL DEFAULT now(),
	updated_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_payment_methods_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles
		ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT user_payment_methods_token_key UNIQUE (org_id, member_id, provider, token)
);
CREATE UNIQUE INDEX user_payment_methods_is_default ON membership.user_payment_methods (org_id, member_id, kind)
	WHERE is_default;
SELECT ops.protect('membership.user_payment_methods');

CREATE TABLE membership.user_payments (
	org_id              uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id                  bigint NOT NULL DEFAULT ops.new_id(),
	member_id           bigint NOT NULL,
	billing_schedule_id bigint,	-- what it pays, whole; null: a payment on account
	payment_method_id   bigint,
	amount              bigint NOT NULL CONSTRAINT user_payments_amount_check CHECK (amount BETWEEN 1 AND 1000000000000),	-- minor units
	currency            text NOT NULL CONSTRAINT user_payments_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	status              text NOT NULL DEFAULT 'pending' CONSTRAINT user_payments_status_check
		CHECK (status IN ('pending', 'succeeded', 'failed', 'cancelled', 'refunded')),
	description         text CONSTRAINT user_payments_description_check CHECK (char_length(description) <= 500),
	reason              text CONSTRAINT user_payments_reason_check CHECK (char_length(reason) <= 2000),	-- of the last change
	succeeded_at        timestamptz,
	refunded_at         timestamptz,
	created_at          timestamptz NOT NULL DEFAULT now(),
	updated_at          timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_payments_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles,
	CONSTRAINT user_payments_billing_schedule_id_fkey FOREIGN KEY (org_id, billing_schedule_id)
		REFERENCES membership.user_billing_schedules,
	CONSTRAINT user_payments_payment_method_id_fkey FOREIGN KEY (org_id, payment_method_id)
		REFERENCES membership.user_payment_methods ON UPDATE CASCADE ON DELETE SET NULL (payment_method_id)
);
CREATE INDEX user_payments_member_id ON membership.user_payments (org_id, member_id, id);
CREATE INDEX user_payments_payment_method_id ON membership.user_payments (org_id, payment_method_id);
CREATE INDEX user_payments_all_of_schedule ON membership.user_payments (org_id, billing_schedule_id);
-- An amount is paid once.
CREATE UNIQUE INDEX user_payments_billing_schedule_id ON membership.user_payments (org_id, billing_schedule_id)
	WHERE status IN ('pending', 'succeeded');
SELECT ops.protect('membership.user_payments');
-- down
-- CASCADE: their triggers on other tables.
DROP FUNCTION IF EXISTS membership.keep_billed() CASCADE;
DROP TABLE membership.user_payments, membership.user_payment_methods, membership.user_billing_schedules,
	membership.user_subscriptions CASCADE;
DROP INDEX membership.user_memberships_unbilled;
ALTER TABLE membership.user_memberships DROP COLUMN billed_on;
DELETE FROM identity.resource WHERE name IN ('user_subscriptions', 'user_billing_schedules', 'user_payment_methods',
	'user_payments');
