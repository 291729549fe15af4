\warn 'tenantry schema up runs this step, once' \quit
-- The rates with which the module factory calculates.
-- needs: ops/tenant.sql

CREATE TABLE factory_app.cost_rates (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	kind         text NOT NULL CONSTRAINT cost_rates_kind_check CHECK (kind IN ('materials', 'labour', 'machines')),
	code         text NOT NULL CONSTRAINT cost_rates_code_check
		CHECK (code ~ '\S' AND code = btrim(code) AND char_length(code) <= 100),
	currency     text NOT NULL CONSTRAINT cost_rates_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	-- From this quantity of a material on, or these hours.
	min_quantity numeric NOT NULL DEFAULT 0 CONSTRAINT cost_rates_min_quantity_check
		CHECK (min_quantity >= 0 AND min_quantity <= 999999999999 AND scale(min_quantity) <= 6),
	rate         numeric NOT NULL CONSTRAINT cost_rates_rate_check CHECK (rate >= 0 AND rate <= 999999999999 AND scale(rate) <= 6),
	valid_from   date NOT NULL,	-- the first day
	valid_to     date,	-- the last day; null: until further notice
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT cost_rates_valid_to_check CHECK (valid_to >= valid_from),
	-- One rate at a time.
	CONSTRAINT cost_rates_valid_from_excl EXCLUDE USING gist (crm.uuid_range(org_id, org_id, '[]') WITH &&,
		crm.text_range(kind, kind, '[]') WITH &&, crm.text_range(code, code, '[]') WITH &&,
		crm.text_range(currency, currency, '[]') WITH &&, numrange(min_quantity, min_quantity, '[]') WITH &&,
		daterange(valid_from, valid_to, '[]') WITH &&)
);
CREATE INDEX cost_rates_code ON factory_app.cost_rates (org_id, kind, code, currency, valid_from);
SELECT ops.protect('factory_app.cost_rates');
-- down
-- CASCADE: triggers and policies.
DROP TABLE factory_app.cost_rates CASCADE;
DELETE FROM identity.resource WHERE name = 'cost_rates';
