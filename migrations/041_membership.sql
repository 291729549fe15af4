\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: profiles of members and portal users, their contacts and addresses, and memberships with
-- their periods.
-- needs: ops/tenant.sql

-- What every member of an organization may do with rows of their own person, whatever their roles permit.
ALTER TABLE identity.resource ADD COLUMN own_actions text[] NOT NULL DEFAULT '{}';

-- One row for each person: each member and portal user of an organization with the module, and people without an
-- account, whom the staff has entered.
CREATE TABLE membership.user_profiles (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	user_id    text,	-- the account; null: none, or it is deleted
	had_account boolean NOT NULL DEFAULT false,	-- has or had one: it is nobody else's
	first_name text CONSTRAINT user_profiles_first_name_check CHECK (char_length(first_name) <= 500),
	last_name  text CONSTRAINT user_profiles_last_name_check CHECK (char_length(last_name) <= 500),
	headline   text CONSTRAINT user_profiles_headline_check CHECK (char_length(headline) <= 200),
	bio        text CONSTRAINT user_profiles_bio_check CHECK (char_length(bio) <= 10000),
	birth_date date CONSTRAINT user_profiles_birth_date_check CHECK (birth_date BETWEEN '1850-01-01' AND '2200-01-01'),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_profiles_user_id_key UNIQUE (org_id, user_id)
);
CREATE INDEX user_profiles_last_name ON membership.user_profiles (org_id, last_name, id);
SELECT ops.protect('membership.user_profiles', true, false);

CREATE TABLE membership.user_contacts (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	member_id  bigint NOT NULL,
	kind       text NOT NULL CONSTRAINT user_contacts_kind_check CHECK (kind IN ('email', 'phone', 'web')),
	value      text NOT NULL CONSTRAINT user_contacts_value_check
		CHECK (value = btrim(value) AND value !~ '[[:cntrl:]]' AND char_length(value) <= 320 AND CASE kind
			WHEN 'email' THEN value ~ '^[^@[:space:]]+@[^@[:space:]]+$' WHEN 'phone' THEN value ~ '[0-9]'
			ELSE value ~ '^https?://' END),
	label      text CONSTRAINT user_contacts_label_check CHECK (char_length(label) <= 100),
	is_default boolean NOT NULL DEFAULT false,	-- of its kind
	email_key  text GENERATED ALWAYS AS (CASE kind WHEN 'email' THEN lower(value) END) STORED,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_contacts_member_id_fkey FOREIGN KEY (org_id, member_id)
		REFERENCES membership.user_profiles ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT user_contacts_value_key UNIQUE (org_id, member_id, kind, value)
);
CREATE UNIQUE INDEX user_contacts_is_default ON membership.user_contacts (org_id, member_id, kind) WHERE is_default;
CREATE INDEX user_contacts_email_key ON membership.user_contacts (org_id, email_key) WHERE email_key IS NOT NULL;
SELECT ops.protect('membership.user_contacts');

CREATE TABLE membership.user_addresses (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	member_id   bigint NOT NULL,
	kind        text NOT NULL CONSTRAINT user_addresses_kind_check
		CHECK (kind IN ('home', 'work', 'billing', 'shipping')),
	line1       text NOT NULL CONSTRAINT user_addresses_line1_check CHECK (line1 ~ '\S' AND char_length(line1) <= 200),
	line2       text CONSTRAINT user_addresses_line2_check CHECK (char_length(line2) <= 200),
	postal_code text CONSTRAINT user_addresses_postal_code_check CHECK (char_length(postal_code) <= 20),
	city        text NOT NULL CONSTRAINT user_addresses_city_check CHECK (city ~ '\S' AND char_length(city) <= 200),
	region      text CONSTRAINT user_addresses_region_check CHECK (char_length(region) <= 200),
	country     text NOT NULL CONSTRAINT user_addresses_country_check CHECK (country ~ '^[A-Z]{2}$'),	-- ISO 3166-1
	is_default  boolean NOT NULL DEFAULT false,	-- of its kind
	created_at  timestamptz NOT NULL DEFAULT now(),
	updated_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_addresses_member_id_fkey FOREIGN KEY (org_id, member_id)
		REFERENCES membership.user_profiles ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX user_addresses_member_id ON membership.user_addresses (org_id, member_id);
CREATE UNIQUE INDEX user_addresses_is_default ON membership.user_addresses (org_id, member_id, kind) WHERE is_default;
SELECT ops.protect('membership.user_addresses');

CREATE TABLE membership.user_memberships (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	member_id       bigint NOT NULL,
	tier            text NOT NULL CONSTRAINT user_memberships_tier_check
		CHECK (tier ~ '\S' AND tier = btrim(tier) AND char_length(tier) <= 100),
	status          text NOT NULL DEFAULT 'active' CONSTRAINT user_memberships_status_check
		CHECK (status IN ('pending', 'active', 'suspended', 'cancelled')),
	starts_on       date NOT NULL,	-- the first day
	ends_on         date,	-- the last day; null: until further notice
	renews          boolean NOT NULL DEFAULT false,	-- the member wants the next period, too
	fee             bigint CONSTRAINT user_memberships_fee_check CHECK (fee BETWEEN 0 AND 1000000000000),	-- of the period, in minor units of the currency
	currency        text CONSTRAINT user_memberships_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	cancelled_on    date,	-- the last day, also if the period would last longer; before starts_on: it never began
	cancel_reason   text CONSTRAINT user_memberships_cancel_reason_check CHECK (char_length(cancel_reason) <= 2000),
	renewed_from_id bigint,	-- the previous period
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_memberships_ends_on_check CHECK (ends_on >= starts_on),
	CONSTRAINT user_memberships_fee_currency_check CHECK ((fee IS NULL) = (currency IS NULL)),
	CONSTRAINT user_memberships_cancelled_on_check CHECK ((cancelled_on IS NOT NULL) = (status = 'cancelled')),
	CONSTRAINT user_memberships_member_id_fkey FOREIGN KEY (org_id, member_id)
		REFERENCES membership.user_profiles ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT user_memberships_renewed_from_id_fkey FOREIGN KEY (org_id, renewed_from_id)
		REFERENCES membership.user_memberships ON UPDATE CASCADE ON DELETE SET NULL (renewed_from_id),
	-- One membership at a time, without those that were cancelled before they began.
	CONSTRAINT user_memberships_starts_on_excl EXCLUDE USING gist (crm.uuid_range(org_id, org_id, '[]') WITH &&,
		int8range(member_id, member_id, '[]') WITH &&, daterange(starts_on, ends_on, '[]') WITH &&)
		WHERE (cancelled_on IS NULL OR cancelled_on >= starts_on)
);
CREATE INDEX user_memberships_member_id ON membership.user_memberships (org_id, member_id, starts_on);
CREATE INDEX user_memberships_renewed_from_id ON membership.user_memberships (org_id, renewed_from_id);
CREATE INDEX user_memberships_ends_on ON membership.user_memberships (org_id, ends_on, id);
SELECT ops.protect('membership.user_memberships');
-- down
-- CASCADE: their triggers and policies, and triggers on other tables.
DROP FUNCTION IF EXISTS membership.person_joined(), membership.switched_on() CASCADE;
DROP TABLE membership.user_memberships, membership.user_addresses, membership.user_contacts,
	membership.user_profiles CASCADE;
DELETE FROM identity.resource WHERE module = 'membership';
ALTER TABLE identity.resource DROP COLUMN own_actions;
