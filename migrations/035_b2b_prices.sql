\warn 'tenantry schema up runs this step, once' \quit
-- Price lists of principals with the prices of their products, and the terms of principals with
-- distributors.
-- needs: ops/tenant.sql

-- A range of one value compares it in an exclusion constraint without the extension btree_gist. A null
-- bound is open, so the range of a null is everything.
CREATE TYPE crm.uuid_range AS RANGE (subtype = uuid);
CREATE TYPE crm.text_range AS RANGE (subtype = text, collation = "C");

CREATE TABLE crm.price_lists (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	principal_id bigint NOT NULL,
	name         text NOT NULL CONSTRAINT price_lists_name_check
		CHECK (name ~ '\S' AND name = btrim(name) AND char_length(name) <= 200),
	currency     text NOT NULL CONSTRAINT price_lists_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	valid_from   date,	-- the first day; null: always
	valid_to     date,	-- the last day; null: until further notice
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT price_lists_valid_to_check CHECK (valid_to >= valid_from),
	CONSTRAINT price_lists_principal_id_fkey FOREIGN KEY (org_id, principal_id)
		REFERENCES crm.companies ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT price_lists_principal_id_key UNIQUE (org_id, id, principal_id),
	CONSTRAINT price_lists_valid_from_excl EXCLUDE USING gist (crm.uuid_range(org_id, org_id, '[]') WITH &&,
		int8range(principal_id, principal_id, '[]') WITH &&, crm.text_range(lower(name), lower(name), '[]') WITH &&,
		crm.text_range(currency, currency, '[]') WITH &&, daterange(valid_from, valid_to, '[]') WITH &&)
);
CREATE INDEX price_lists_principal ON crm.price_lists (org_id, principal_id);
SELECT ops.protect('crm.price_lists');

-- The principal is that of the list and of the product: both foreign keys contain it.
ALTER TABLE crm.products ADD CONSTRAINT products_principal_id_key UNIQUE (org_id, id, principal_id);

CREATE TABLE crm.price_list_items (
	org_id        uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id            bigint NOT NULL DEFAULT ops.new_id(),
	price_list_id bigint NOT NULL,
	product_id    bigint NOT NULL,
	principal_id  bigint NOT NULL,
	min_quantity  bigint NOT NULL DEFAULT 0 CONSTRAINT price_list_items_min_quantity_check CHECK (min_quantity >= 0),
	price         bigint NOT NULL CONSTRAINT price_list_items_price_check	-- of one unit, in minor units of the currency
		CHECK (price >= 0),
	created_at    timestamptz NOT NULL DEFAULT now(),
	updated_at    timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT price_list_items_price_list_id_fkey FOREIGN KEY (org_id, price_list_id, principal_id)
		REFERENCES crm.price_lists (org_id, id, principal_id) ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT price_list_items_product_id_fkey FOREIGN KEY (org_id, product_id, principal_id)
		REFERENCES crm.products (org_id, id, principal_id) ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT price_list_items_min_quantity_key UNIQUE (org_id, price_list_id, product_id, min_quantity)
);
CREATE INDEX price_list_items_product ON crm.price_list_items (org_id, product_id);
SELECT ops.protect('crm.price_list_items');

CREATE TABLE crm.distributor_terms (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	principal_id    bigint NOT NULL,
	distributor_id  bigint NOT NULL,
	territory       text CONSTRAINT distributor_terms_territory_check
		CHECK (territory ~ '\S' AND territory = btrim(territory) AND char_length(territory) <= 200),	-- null: everywhere
	exclusive       boolean NOT NULL DEFAULT false,
	commission_rate numeric NOT NULL CONSTRAINT distributor_terms_commission_rate_check	-- in percent
		CHECK (commission_rate >= 0 AND commission_rate <= 100 AND scale(trim_scale(commission_rate)) <= 3),
	valid_from      date NOT NULL,	-- the first day
	valid_to        date,	-- the last day; null: until further notice
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT distributor_terms_distributor_id_check CHECK (distributor_id <> principal_id),
	CONSTRAINT distributor_terms_valid_to_check CHECK (valid_to >= valid_from),
	CONSTRAINT distributor_terms_principal_id_fkey FOREIGN KEY (org_id, principal_id)
		REFERENCES crm.companies ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT distributor_terms_distributor_id_fkey FOREIGN KEY (org_id, distributor_id)
		REFERENCES crm.companies ON UPDATE CASCADE ON DELETE CASCADE,
	-- One rate at a time. Terms for everywhere overlap those for any territory.
	CONSTRAINT distributor_terms_valid_from_excl EXCLUDE USING gist (crm.uuid_range(org_id, org_id, '[]') WITH &&,
		int8range(principal_id, principal_id, '[]') WITH &&, int8range(distributor_id, distributor_id, '[]') WITH &&,
		crm.text_range(lower(territory), lower(territory), '[]') WITH &&,
		daterange(valid_from, valid_to, '[]') WITH &&),
	-- One distributor at a time, if it is exclusive: such terms overlap those of all distributors.
	CONSTRAINT distributor_terms_exclusive_excl EXCLUDE USING gist (crm.uuid_range(org_id, org_id, '[]') WITH &&,
		int8range(principal_id, principal_id, '[]') WITH &&,
		int8range(CASE WHEN NOT exclusive THEN distributor_id END, CASE WHEN NOT exclusive THEN distributor_id END, '[]') WITH &&,
		crm.text_range(lower(territory), lower(territory), '[]') WITH &&,
		daterange(valid_from, valid_to, '[]') WITH &&)
);
CREATE INDEX distributor_terms_principal ON crm.distributor_terms (org_id, principal_id);
CREATE INDEX distributor_terms_distributor ON crm.distributor_terms (org_id, distributor_id);
SELECT ops.protect('crm.distributor_terms');
-- down
DROP TABLE crm.distributor_terms, crm.price_list_items, crm.price_lists CASCADE;
ALTER TABLE crm.products DROP CONSTRAINT products_principal_id_key;
DROP TYPE crm.text_range;
DROP TYPE crm.uuid_range;
DELETE FROM crm.trash WHERE resource IN ('price_lists', 'price_list_items', 'distributor_terms');
DELETE FROM identity.resource WHERE name IN ('price_lists', 'price_list_items', 'distributor_terms');
