\warn 'tenantry schema up runs this step, once' \quit
-- The module b2b: what a company is to the organization, and the companies of a contact.
-- needs: ops/tenant.sql

-- One row for each company of an organization with the module, with the company's id.
CREATE TABLE crm.company_profiles (
	org_id         uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id             bigint NOT NULL,
	type           text CONSTRAINT company_profiles_type_check
		CHECK (type IN ('prospect', 'customer', 'principal', 'distributor', 'vendor', 'partner', 'other')),
	is_principal   boolean NOT NULL DEFAULT false,
	is_distributor boolean NOT NULL DEFAULT false,
	parent_id      bigint CONSTRAINT company_profiles_parent_id_check CHECK (parent_id <> id),
	PRIMARY KEY (org_id, id),
	CONSTRAINT company_profiles_is_principal_check CHECK (type IS DISTINCT FROM 'principal' OR is_principal),
	CONSTRAINT company_profiles_is_distributor_check CHECK (type IS DISTINCT FROM 'distributor' OR is_distributor),
	CONSTRAINT company_profiles_id_fkey FOREIGN KEY (org_id, id)
		REFERENCES crm.companies ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT company_profiles_parent_id_fkey FOREIGN KEY (org_id, parent_id)
		REFERENCES crm.companies ON UPDATE CASCADE ON DELETE SET NULL (parent_id)
);
CREATE INDEX company_profiles_parent_id ON crm.company_profiles (org_id, parent_id);
CREATE INDEX company_profiles_is_principal ON crm.company_profiles (org_id, id) WHERE is_principal;

-- In an organization with the module, the company of each contact is its primary organization.
CREATE TABLE crm.contact_organizations (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	contact_id bigint NOT NULL,
	company_id bigint NOT NULL,
	role       text CONSTRAINT contact_organizations_role_check CHECK (role <> '' AND char_length(role) <= 200),
	influence  smallint CONSTRAINT contact_organizations_influence_check CHECK (influence BETWEEN 0 AND 100),
	started_on date,
	ended_on   date,	-- not null: it is over
	is_primary boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT contact_organizations_ended_on_check CHECK (ended_on >= started_on),
	CONSTRAINT contact_organizations_is_primary_check CHECK (NOT is_primary OR ended_on IS NULL),
	CONSTRAINT contact_organizations_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT contact_organizations_company_id_fkey FOREIGN KEY (org_id, company_id)
		REFERENCES crm.companies ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT contact_organizations_company_id_key UNIQUE (org_id, contact_id, company_id)
);
CREATE INDEX contact_organizations_company_id ON crm.contact_organizations (org_id, company_id, id);
CREATE UNIQUE INDEX contact_organizations_is_primary ON crm.contact_organizations (org_id, contact_id) WHERE is_primary;
SELECT ops.protect('crm.company_profiles');
SELECT ops.protect('crm.contact_organizations');

-- Row security applies to the owner as well, so each organization is filled by itself.
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o WHERE 'b2b' = ANY (o.modules) LOOP
		PERFORM set_config('app.org_id', org::text, true);
		INSERT INTO crm.company_profiles (org_id, id, is_principal)
		SELECT org, c.id, EXISTS (SELECT FROM crm.products p WHERE p.org_id = org AND p.principal_id = c.id
			UNION ALL SELECT FROM crm.price_lists p WHERE p.org_id = org AND p.principal_id = c.id
			UNION ALL SELECT FROM crm.distributor_terms p WHERE p.org_id = org AND p.principal_id = c.id)
		  FROM crm.companies c WHERE c.org_id = org;
		INSERT INTO crm.contact_organizations (org_id, contact_id, company_id, is_primary)
		SELECT org, c.id, c.company_id, true FROM crm.contacts c WHERE c.org_id = org AND c.company_id IS NOT NULL;
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
-- down
-- CASCADE: their triggers on other tables.
DROP FUNCTION IF EXISTS crm.b2b_switched_on(), crm.create_company_profile(), crm.follow_company(), crm.keep_contacts(),
	crm.merge_organizations(), crm.validate_principal_organization() CASCADE;
DROP TABLE crm.contact_organizations, crm.company_profiles CASCADE;
DELETE FROM crm.trash WHERE resource IN ('contact_organizations', 'company_profiles');
DELETE FROM identity.resource WHERE name IN ('contact_organizations', 'company_profiles');
