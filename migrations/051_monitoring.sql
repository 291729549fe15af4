\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: tax forms, and rules that watch payments and raise alerts.
-- needs: ops/tenant.sql

CREATE TABLE membership.tax_forms (
	org_id            uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id                bigint NOT NULL DEFAULT ops.new_id(),
	member_id         bigint NOT NULL,
	year              smallint NOT NULL CONSTRAINT tax_forms_year_check CHECK (year BETWEEN 1990 AND 2100),
	kind              text NOT NULL CONSTRAINT tax_forms_kind_check CHECK (kind ~ '^[a-z][a-z0-9_]{0,19}$'),	-- as in "w9"
	country           text NOT NULL CONSTRAINT tax_forms_country_check CHECK (country ~ '^[A-Z]{2}$'),	-- of residence
	legal_name        text NOT NULL CONSTRAINT tax_forms_legal_name_check
		CHECK (legal_name ~ '\S' AND legal_name !~ '[[:cntrl:]]' AND char_length(legal_name) <= 200),
	identifier_sealed text NOT NULL,	-- encrypted with the key of the organization
	identifier_last   text NOT NULL CONSTRAINT tax_forms_identifier_last_check CHECK (char_length(identifier_last) BETWEEN 1 AND 4),
	created_at        timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT tax_forms_year_key UNIQUE (org_id, member_id, year, kind),
	CONSTRAINT tax_forms_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles
		ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT ops.protect('membership.tax_forms');

CREATE TABLE membership.monitoring_rules (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	name       text NOT NULL CONSTRAINT monitoring_rules_name_check CHECK (name ~ '\S' AND char_length(name) <= 200),
	kind       text NOT NULL CONSTRAINT monitoring_rules_kind_check CHECK (kind IN ('amount', 'velocity', 'country')),
	severity   text NOT NULL DEFAULT 'medium' CONSTRAINT monitoring_rules_severity_check
		CHECK (severity IN ('low', 'medium', 'high')),
	enabled    boolean NOT NULL DEFAULT true,
	amount     bigint CONSTRAINT monitoring_rules_amount_check CHECK (amount BETWEEN 1 AND 1000000000000),	-- from this on, in minor units
	currency   text CONSTRAINT monitoring_rules_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	payments   smallint CONSTRAINT monitoring_rules_payments_check CHECK (payments BETWEEN 2 AND 10000),	-- from this number on
	hours      smallint CONSTRAINT monitoring_rules_hours_check CHECK (hours BETWEEN 1 AND 8784),	-- of the period
	countries  text CONSTRAINT monitoring_rules_countries_check CHECK (countries ~ '^[A-Z]{2}( [A-Z]{2}){0,249}$'),	-- as in "FR DE"
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT monitoring_rules_parts_check CHECK (CASE kind WHEN 'amount' THEN amount IS NOT NULL
			AND payments IS NULL AND hours IS NULL AND countries IS NULL
		WHEN 'velocity' THEN hours IS NOT NULL AND (amount IS NOT NULL OR payments IS NOT NULL) AND countries IS NULL
		ELSE countries IS NOT NULL AND amount IS NULL AND payments IS NULL AND hours IS NULL END),
	CONSTRAINT monitoring_rules_amount_currency_check CHECK ((amount IS NULL) = (currency IS NULL))
);
SELECT ops.protect('membership.monitoring_rules');

-- The payments that a rule has found, once for each rule.
CREATE TABLE membership.transaction_monitoring (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	payment_id bigint NOT NULL,
	rule_id    bigint NOT NULL,
	member_id  bigint NOT NULL,
	found      text NOT NULL,	-- what the rule compares
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT transaction_monitoring_payment_id_key UNIQUE (org_id, payment_id, rule_id),
	CONSTRAINT transaction_monitoring_payment_id_fkey FOREIGN KEY (org_id, payment_id) REFERENCES membership.user_payments,
	CONSTRAINT transaction_monitoring_rule_id_fkey FOREIGN KEY (org_id, rule_id) REFERENCES membership.monitoring_rules
);
CREATE INDEX transaction_monitoring_rule_id ON membership.transaction_monitoring (org_id, rule_id);
SELECT ops.protect('membership.transaction_monitoring', false);
GRANT SELECT ON membership.transaction_monitoring TO tenantry_app;
CREATE INDEX user_payments_succeeded_at ON membership.user_payments (org_id, member_id, succeeded_at) WHERE status = 'succeeded';

CREATE TABLE membership.admin_alerts (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	key             text NOT NULL,	-- of the event
	title           text NOT NULL CONSTRAINT admin_alerts_title_check CHECK (char_length(title) <= 500),
	severity        text NOT NULL CONSTRAINT admin_alerts_severity_check CHECK (severity IN ('low', 'medium', 'high')),
	status          text NOT NULL DEFAULT 'open' CONSTRAINT admin_alerts_status_check
		CHECK (status IN ('open', 'acknowledged', 'resolved', 'dismissed')),
	member_id       bigint,	-- whom it is about
	resource        text,	-- the row that it is about
	row_id          bigint,
	assigned_to     bigint,	-- of crm.sales
	reason          text CONSTRAINT admin_alerts_reason_check CHECK (char_length(reason) <= 2000),	-- of the last change
	acknowledged_at timestamptz,
	closed_at       timestamptz,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT admin_alerts_key_key UNIQUE (org_id, key),
	CONSTRAINT admin_alerts_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles
		ON UPDATE CASCADE ON DELETE SET NULL (member_id),
	CONSTRAINT admin_alerts_assigned_to_fkey FOREIGN KEY (org_id, assigned_to)
		REFERENCES crm.sales ON UPDATE CASCADE ON DELETE SET NULL (assigned_to)
);
CREATE INDEX admin_alerts_member_id ON membership.admin_alerts (org_id, member_id);
CREATE INDEX admin_alerts_assigned_to ON membership.admin_alerts (org_id, assigned_to);
CREATE INDEX admin_alerts_open ON membership.admin_alerts (org_id, created_at, id) WHERE status = 'open';
SELECT ops.protect('membership.admin_alerts', false);
GRANT SELECT, UPDATE ON membership.admin_alerts TO tenantry_app;
-- down
-- CASCADE: their triggers on other tables.
DROP FUNCTION IF EXISTS membership.monitor_payment() CASCADE;
DROP INDEX membership.user_payments_succeeded_at;
DROP TABLE membership.admin_alerts, membership.transaction_monitoring, membership.monitoring_rules, membership.tax_forms CASCADE;
DELETE FROM identity.resource WHERE name IN ('tax_forms', 'monitoring_rules', 'transaction_monitoring', 'admin_alerts');
