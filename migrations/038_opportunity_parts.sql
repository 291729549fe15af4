\warn 'tenantry schema up runs this step, once' \quit
-- The module b2b: the companies and contacts that take part in an opportunity, and what it sells.
-- needs: ops/tenant.sql

CREATE TABLE crm.opportunity_participants (
	org_id         uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id             bigint NOT NULL DEFAULT ops.new_id(),
	opportunity_id bigint NOT NULL,
	company_id     bigint,	-- one of the two
	contact_id     bigint,
	role           text NOT NULL CONSTRAINT opportunity_participants_role_check
		CHECK (role IN ('principal', 'distributor', 'customer', 'partner', 'decision_maker', 'influencer', 'other')),
	is_lead        boolean NOT NULL DEFAULT false,	-- the first of its role
	note           text CONSTRAINT opportunity_participants_note_check CHECK (char_length(note) <= 2000),
	created_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT opportunity_participants_company_id_check CHECK (num_nonnulls(company_id, contact_id) = 1),
	CONSTRAINT opportunity_participants_contact_id_check
		CHECK (contact_id IS NULL OR role NOT IN ('principal', 'distributor')),
	CONSTRAINT opportunity_participants_opportunity_id_fkey FOREIGN KEY (org_id, opportunity_id)
		REFERENCES crm.deals ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT opportunity_participants_company_id_fkey FOREIGN KEY (org_id, company_id)
		REFERENCES crm.companies ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT opportunity_participants_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT opportunity_participants_company_id_key UNIQUE (org_id, opportunity_id, role, company_id),
	CONSTRAINT opportunity_participants_contact_id_key UNIQUE (org_id, opportunity_id, role, contact_id)
);
CREATE UNIQUE INDEX opportunity_participants_is_lead ON crm.opportunity_participants (org_id, opportunity_id, role)
	WHERE is_lead;
CREATE INDEX opportunity_participants_company_id ON crm.opportunity_participants (org_id, company_id);
CREATE INDEX opportunity_participants_contact_id ON crm.opportunity_participants (org_id, contact_id);
SELECT ops.protect('crm.opportunity_participants');

-- The sums of the items, kept by triggers; null: it has none.
ALTER TABLE crm.deals ADD COLUMN items_net bigint, ADD COLUMN items_tax bigint, ADD COLUMN items_total bigint;

-- Amounts are in minor units of the currency.
CREATE TABLE crm.opportunity_items (
	org_id             uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id                 bigint NOT NULL DEFAULT ops.new_id(),
	opportunity_id     bigint NOT NULL,
	product_id         bigint,	-- null: known by its name alone
	name               text CONSTRAINT opportunity_items_name_check CHECK (name ~ '\S' AND char_length(name) <= 500),
	quantity           numeric NOT NULL DEFAULT 1 CONSTRAINT opportunity_items_quantity_check
		CHECK (quantity > 0 AND quantity <= 1000000000000 AND scale(trim_scale(quantity)) <= 6),
	currency           text NOT NULL,	-- that of the opportunity
	unit_price         bigint NOT NULL CONSTRAINT opportunity_items_unit_price_check CHECK (unit_price >= 0),
	discount_percent   numeric NOT NULL DEFAULT 0 CONSTRAINT opportunity_items_discount_percent_check
		CHECK (discount_percent >= 0 AND discount_percent <= 100 AND scale(trim_scale(discount_percent)) <= 3),
	tax_percent        numeric NOT NULL DEFAULT 0 CONSTRAINT opportunity_items_tax_percent_check
		CHECK (tax_percent >= 0 AND tax_percent <= 100 AND scale(trim_scale(tax_percent)) <= 3),
	position           smallint NOT NULL CONSTRAINT opportunity_items_position_check CHECK (position >= 0),
	net_amount         bigint NOT NULL,
	tax_amount         bigint NOT NULL,
	total_amount       bigint NOT NULL,
	removed_product_id bigint,	-- the product that was deleted, which may come back from the trash
	created_at         timestamptz NOT NULL DEFAULT now(),
	updated_at         timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT opportunity_items_product_id_check CHECK (num_nonnulls(product_id, name) > 0),
	CONSTRAINT opportunity_items_opportunity_id_fkey FOREIGN KEY (org_id, opportunity_id)
		REFERENCES crm.deals ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT opportunity_items_product_id_fkey FOREIGN KEY (org_id, product_id)
		REFERENCES crm.products ON UPDATE CASCADE ON DELETE SET NULL (product_id)
);
CREATE INDEX opportunity_items_opportunity_id ON crm.opportunity_items (org_id, opportunity_id, position);
CREATE INDEX opportunity_items_product_id ON crm.opportunity_items (org_id, product_id);
CREATE INDEX opportunity_items_removed_product_id ON crm.opportunity_items (org_id, removed_product_id)
	WHERE removed_product_id IS NOT NULL;
SELECT ops.protect('crm.opportunity_items');
-- down
DROP VIEW IF EXISTS crm.opportunities_summary;
-- CASCADE: their triggers on other tables.
DROP FUNCTION IF EXISTS crm.follow_items(), crm.restore_product(), crm.merge_participants() CASCADE;
DROP TABLE crm.opportunity_items, crm.opportunity_participants CASCADE;
ALTER TABLE crm.deals DROP COLUMN items_net, DROP COLUMN items_tax, DROP COLUMN items_total;
DELETE FROM crm.trash WHERE resource IN ('opportunity_items', 'opportunity_participants');
DELETE FROM identity.resource WHERE name IN ('opportunity_items', 'opportunity_participants');
