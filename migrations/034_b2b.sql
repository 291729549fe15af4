\warn 'tenantry schema up runs this step, once' \quit
-- Modules that an organization can switch on, and the products of the module b2b.
-- needs: ops/tenant.sql

-- The modules that exist. Files of schema/ fill the table.
CREATE TABLE identity.module (
	name text PRIMARY KEY CONSTRAINT module_name_check CHECK (name ~ '^[a-z][a-z0-9_]{0,30}$')
);
SELECT ops.protect_internal('identity.module');

-- In the row that each request reads, to save it a look-up.
ALTER TABLE identity.organization ADD COLUMN modules text[] NOT NULL DEFAULT '{}';
ALTER TABLE identity.resource ADD COLUMN module text
	CONSTRAINT resource_module_fkey REFERENCES identity.module;

CREATE TABLE crm.products (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	principal_id bigint NOT NULL,	-- the company whose product it is
	sku          text NOT NULL CONSTRAINT products_sku_check
		CHECK (sku ~ '^[^[:cntrl:][:space:]]([^[:cntrl:]]{0,98}[^[:cntrl:][:space:]])?$'),
	name         text NOT NULL CONSTRAINT products_name_check
		CHECK (name <> '' AND char_length(name) <= 500),
	category     text CONSTRAINT products_category_check CHECK (char_length(category) <= 200),
	unit         text CONSTRAINT products_unit_check CHECK (char_length(unit) <= 50),
	description  text CONSTRAINT products_description_check CHECK (char_length(description) <= 65536),
	archived_at  timestamptz,	-- no longer offered; other rows may still refer to it
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT products_principal_id_fkey FOREIGN KEY (org_id, principal_id)
		REFERENCES crm.companies ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT products_sku_key UNIQUE (org_id, principal_id, sku)
);
CREATE INDEX products_name ON crm.products (org_id, name, id);
SELECT ops.protect('crm.products');
-- down
DROP TABLE crm.products CASCADE;
DELETE FROM crm.trash WHERE resource = 'products';
DELETE FROM identity.resource WHERE module IS NOT NULL;
ALTER TABLE identity.resource DROP COLUMN module;
ALTER TABLE identity.organization DROP COLUMN modules;
DROP TABLE identity.module CASCADE;
