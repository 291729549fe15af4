\warn 'tenantry schema up runs this step, once' \quit
-- Providers that charge payments: the accounts of organizations with them, the calls to them and their events.
-- needs: ops/tenant.sql

-- The state machine of payments is a part of that of the module. CASCADE: the trigger.
DROP FUNCTION IF EXISTS membership.place_payment(), membership.payment_callers(bigint), membership.payment_transitions(), membership.may_refund(),
	membership.membership_json(membership.user_memberships) CASCADE;

-- The function of a module's schema that takes the answer to a call: (organization, row, kind, answer).
ALTER TABLE identity.module
	ADD COLUMN take_answer text CONSTRAINT module_take_answer_check CHECK (take_answer ~ '^[a-z_]+\.[a-z_0-9]+$');

-- Texts of rows, encrypted by the workers. No list, audit log or archive has them.
CREATE TABLE ops.sealed_value (
	org_id     uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	resource   text NOT NULL,
	row_id     bigint NOT NULL,
	name       text NOT NULL,
	sealed     text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, resource, row_id, name)
);
SELECT ops.protect_internal('ops.sealed_value');

-- Calls to payment providers. A process that claims one has a minute, and then another one repeats it with the same key,
-- by which the provider knows it. Those with an answer are deleted.
CREATE TABLE ops.payment_call (
	org_id          uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	module          text NOT NULL REFERENCES identity.module,
	provider        text NOT NULL,
	sealed_resource text NOT NULL,	-- the row whose sealed value "key" is the provider's API key
	sealed_row_id   bigint NOT NULL,
	kind            text NOT NULL CONSTRAINT payment_call_kind_check CHECK (kind IN ('charge', 'cancel', 'refund', 'find_refund')),
	row_id          bigint NOT NULL,	-- of the module, which gets the answer
	idempotency_key text NOT NULL DEFAULT gen_random_uuid(),
	parameters      jsonb NOT NULL,
	status          text NOT NULL DEFAULT 'waiting' CONSTRAINT payment_call_status_check
		CHECK (status IN ('waiting', 'uncertain')),
	attempt         integer NOT NULL DEFAULT 0,
	began_at        timestamptz,	-- the first attempt
	due_at          timestamptz NOT NULL DEFAULT now(),
	held_until      timestamptz NOT NULL DEFAULT '-infinity',
	error           text,	-- of the last attempt
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id)
);
CREATE INDEX payment_call_due_at ON ops.payment_call (due_at) WHERE status = 'waiting';
CREATE UNIQUE INDEX payment_call_row_id ON ops.payment_call (org_id, module, row_id) WHERE status = 'waiting';
SELECT ops.protect_internal('ops.payment_call');

CREATE TABLE membership.payment_providers (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	provider   text NOT NULL CONSTRAINT payment_providers_provider_check CHECK (provider ~ '^[a-z][a-z0-9_]{0,39}$'),
	enabled    boolean NOT NULL DEFAULT true,
	endpoint   uuid NOT NULL DEFAULT gen_random_uuid(),	-- where its events come in
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT payment_providers_provider_key UNIQUE (org_id, provider)
);
SELECT ops.protect('membership.payment_providers', false);

-- The events that were taken: each has its effect once.
CREATE TABLE membership.payment_events (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	provider    text NOT NULL,
	event       text NOT NULL CONSTRAINT payment_events_event_check CHECK (char_length(event) BETWEEN 1 AND 255),	-- the provider's id of it
	kind        text NOT NULL CONSTRAINT payment_events_kind_check CHECK (char_length(kind) <= 255),
	payment_id  bigint NOT NULL,
	effect      text NOT NULL,	-- what became of it
	created_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT payment_events_event_key UNIQUE (org_id, provider, event),
	CONSTRAINT payment_events_payment_id_fkey FOREIGN KEY (org_id, payment_id) REFERENCES membership.user_payments
);
CREATE INDEX payment_events_payment_id ON membership.payment_events (org_id, payment_id);
SELECT ops.protect('membership.payment_events', false, false);

-- The provider's id of the member whose method it is.
ALTER TABLE membership.user_payment_methods
	ADD COLUMN customer text CONSTRAINT user_payment_methods_customer_check CHECK (customer ~ '^[A-Za-z][A-Za-z0-9_-]{3,254}$');
ALTER TABLE membership.user_payments
	ADD COLUMN provider text,	-- that charges it; null: the staff records what happens
	ADD COLUMN provider_payment text,	-- the provider's id of it
	ADD COLUMN asked text CONSTRAINT user_payments_asked_check CHECK (asked IN ('charge', 'cancel', 'refund'));	-- what has no answer yet
CREATE UNIQUE INDEX user_payments_provider_payment ON membership.user_payments (org_id, provider, provider_payment);
-- down
-- CASCADE: their triggers on other tables.
DROP FUNCTION IF EXISTS membership.choose_provider(), membership.queue_ask(), membership.place_transition(), membership.date_payment(),
	ops.delete_sealed_values() CASCADE;
DROP INDEX membership.user_payments_provider_payment;
-- CASCADE: triggers and policies.
ALTER TABLE membership.user_payments DROP COLUMN provider CASCADE, DROP COLUMN provider_payment CASCADE, DROP COLUMN asked CASCADE;
ALTER TABLE membership.user_payment_methods DROP COLUMN customer;
DROP TABLE membership.payment_events, membership.payment_providers, ops.payment_call, ops.sealed_value CASCADE;
ALTER TABLE identity.module DROP COLUMN take_answer;
