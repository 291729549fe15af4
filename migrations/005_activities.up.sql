-- What happened, what is planned, what runs by itself, and how the days
-- went.  Money is in minor units with its currency.

CREATE TABLE crm.activities (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	contact_id  bigint,
	deal_id     bigint,
	sales_id    bigint,
	type        text NOT NULL CONSTRAINT activities_type_check
		CHECK (type IN ('call', 'email', 'meeting', 'note', 'task')),
	subject     text,
	body        text,
	occurred_at timestamptz NOT NULL DEFAULT now(),
	metadata    jsonb NOT NULL DEFAULT '{}' CONSTRAINT activities_metadata_check
		CHECK (jsonb_typeof(metadata) = 'object'),
	created_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT activities_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT activities_deal_id_fkey FOREIGN KEY (org_id, deal_id)
		REFERENCES crm.deals ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT activities_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX activities_occurred_at ON crm.activities (org_id, occurred_at DESC, id DESC);
CREATE INDEX activities_contact_id ON crm.activities (org_id, contact_id);
CREATE INDEX activities_deal_id ON crm.activities (org_id, deal_id);
SELECT ops.protect('crm.activities');

CREATE TABLE crm.appointments (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	contact_id bigint,
	sales_id   bigint,
	title      text NOT NULL CONSTRAINT appointments_title_check CHECK (title <> ''),
	location   text,
	starts_at  timestamptz NOT NULL,
	ends_at    timestamptz NOT NULL,
	status     text NOT NULL DEFAULT 'scheduled' CONSTRAINT appointments_status_check
		CHECK (status IN ('scheduled', 'confirmed', 'completed', 'canceled', 'no_show')),
	notes      text,
	metadata   jsonb NOT NULL DEFAULT '{}' CONSTRAINT appointments_metadata_check
		CHECK (jsonb_typeof(metadata) = 'object'),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT appointments_ends_at_check CHECK (ends_at > starts_at),
	CONSTRAINT appointments_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT appointments_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX appointments_starts_at ON crm.appointments (org_id, starts_at, id);
CREATE INDEX appointments_contact_id ON crm.appointments (org_id, contact_id);
SELECT ops.protect('crm.appointments');

-- What an automation does is described by its two documents; running them
-- is the business of the jobs.
CREATE TABLE crm.automations (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	name         text NOT NULL CONSTRAINT automations_name_check
		CHECK (name <> '' AND char_length(name) <= 500),
	enabled      boolean NOT NULL DEFAULT true,
	trigger_type text NOT NULL CONSTRAINT automations_trigger_type_check
		CHECK (trigger_type <> ''),
	trigger      jsonb NOT NULL DEFAULT '{}' CONSTRAINT automations_trigger_check
		CHECK (jsonb_typeof(trigger) = 'object'),
	action_type  text NOT NULL CONSTRAINT automations_action_type_check
		CHECK (action_type <> ''),
	action       jsonb NOT NULL DEFAULT '{}' CONSTRAINT automations_action_check
		CHECK (jsonb_typeof(action) = 'object'),
	metadata     jsonb NOT NULL DEFAULT '{}' CONSTRAINT automations_metadata_check
		CHECK (jsonb_typeof(metadata) = 'object'),
	created_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id)
);
SELECT ops.protect('crm.automations');

CREATE TABLE crm.daily_metrics (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	date         date NOT NULL,
	new_contacts integer NOT NULL DEFAULT 0,
	new_deals    integer NOT NULL DEFAULT 0,
	won_deals    integer NOT NULL DEFAULT 0,
	appointments integer NOT NULL DEFAULT 0,
	revenue      bigint NOT NULL DEFAULT 0,
	currency     text NOT NULL DEFAULT 'USD' CONSTRAINT daily_metrics_currency_check
		CHECK (currency ~ '^[A-Z]{3}$'),
	metadata     jsonb NOT NULL DEFAULT '{}' CONSTRAINT daily_metrics_metadata_check
		CHECK (jsonb_typeof(metadata) = 'object'),
	PRIMARY KEY (org_id, id),
	UNIQUE (org_id, date)
);
SELECT ops.protect('crm.daily_metrics');

CREATE TRIGGER default_sales_id BEFORE INSERT ON crm.activities
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();
CREATE TRIGGER default_sales_id BEFORE INSERT ON crm.appointments
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();
