-- Partners: the people of a distributor, as portal users. They can read the distributor's opportunities, its terms, and
-- the price lists of the principals with which it currently has terms. They cannot write anything. This access is not
-- stored: each request determines the distributors of the caller.
-- needs: b2b/module.sql

-- Returns the distributors to which the caller belongs: the distributors of contacts with the portal user's verified
-- address.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.partner_companies() RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF NOT ops.portal()
	    OR 'b2b' <> ALL (ops.modules()) THEN
		RETURN '{}';
	END IF;
	RETURN ARRAY(SELECT DISTINCT p.id FROM identity."user" u
		 CROSS JOIN LATERAL crm.find_addresses(ARRAY[u.email]) c
		  JOIN crm.contact_organizations o ON o.org_id = org AND o.contact_id = c.id AND o.ended_on IS NULL
		  JOIN crm.company_profiles p ON p.org_id = org AND p.id = o.company_id AND p.is_distributor
		 WHERE u.id = ops.caller() AND u.email_verified);
END $$;

-- Returns the principals with which the caller's distributors currently have terms.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.partner_principals() RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	companies bigint[] := crm.partner_companies();
BEGIN
	IF companies = '{}' THEN
		RETURN companies;
	END IF;
	RETURN ARRAY(SELECT DISTINCT t.principal_id FROM crm.distributor_terms t
		 WHERE t.org_id = org AND t.distributor_id = ANY (companies)
		   AND t.valid_from <= current_date AND coalesce(t.valid_to >= current_date, true));
END $$;

-- Returns the products that have a price in the price lists of crm.partner_principals().
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.partner_products() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp ROWS 100 AS $$
DECLARE
	org uuid := ops.org();
	principals bigint[] := crm.partner_principals();
BEGIN
	IF principals <> '{}' THEN
		RETURN QUERY SELECT DISTINCT i.product_id FROM crm.price_list_items i
			 WHERE i.org_id = org AND i.principal_id = ANY (principals);
	END IF;
END $$;

-- Returns whether the caller reads rows of a resource as a partner.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.is_partner(resource text, action text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN action = 'read' AND resource = ANY ('{deals,distributor_terms,price_lists,price_list_items,products}')
		AND crm.partner_companies() <> '{}';
END $$;

-- Returns the opportunities whose company is one of the caller's distributors, or in which one of them takes part,
-- except in pipelines of teams to which the caller does not belong.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.partner_opportunities() RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	companies bigint[] := crm.partner_companies();
BEGIN
	IF companies = '{}' THEN
		RETURN companies;
	END IF;
	RETURN ARRAY(SELECT d.id FROM crm.deals d WHERE d.org_id = org AND d.company_id = ANY (companies)
		 AND d.stage <> ALL ((SELECT crm.hidden_stages())::text[])
		UNION SELECT d.id FROM crm.opportunity_participants p JOIN crm.deals d ON d.org_id = org AND d.id = p.opportunity_id
		WHERE p.org_id = org AND p.company_id = ANY (companies) AND p.role = 'distributor'
		  AND d.stage <> ALL ((SELECT crm.hidden_stages())::text[]));
END $$;

CREATE OR REPLACE FUNCTION crm.is_partner_opportunity(opportunity bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	companies bigint[] := crm.partner_companies();
BEGIN
	RETURN companies <> '{}' AND EXISTS (SELECT FROM crm.deals d WHERE d.org_id = org AND d.id = opportunity
		AND (d.company_id = ANY (companies) OR EXISTS (SELECT FROM crm.opportunity_participants p
			WHERE p.org_id = org AND p.opportunity_id = d.id AND p.role = 'distributor' AND p.company_id = ANY (companies)))
		AND d.stage <> ALL ((SELECT crm.hidden_stages())::text[]));
END $$;

-- Returns the companies with these IDs, sorted by name.
CREATE OR REPLACE FUNCTION crm.named_companies(ids bigint[]) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT coalesce(json_agg(json_build_object('id', c.id, 'name', c.name) ORDER BY c.name, c.id), '[]') FROM crm.companies c
	 WHERE c.org_id = ops.org() AND c.id = ANY (ids)
$$;

-- Returns whether the caller reads a row of a resource as a partner. Null means any row.
CREATE OR REPLACE FUNCTION crm.partner_reads(resource text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF row_id IS NULL THEN
		RETURN crm.is_partner(resource, 'read');
	END IF;
	RETURN resource = 'deals' AND crm.is_partner_opportunity(row_id);
END $$;

CREATE OR REPLACE FUNCTION crm.partner_ids(resource text) RETURNS bigint[]
LANGUAGE sql STABLE AS $$ SELECT CASE resource WHEN 'deals' THEN crm.partner_opportunities() ELSE '{}' END $$;

-- Returns the names of the caller's distributors and their principals for /api/me, or null for users who are not
-- partners.
CREATE OR REPLACE FUNCTION crm.partner() RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	companies bigint[] := crm.partner_companies();
BEGIN
	IF companies = '{}' THEN
		RETURN NULL;
	END IF;
	RETURN json_build_object('partner', json_build_object('companies', crm.named_companies(companies),
		'principals', crm.named_companies(ARRAY(SELECT t.principal_id FROM crm.distributor_terms t
			WHERE t.org_id = org AND t.distributor_id = ANY (companies)))));
END $$;

UPDATE identity.module SET portal_reads = 'crm.partner_reads', portal_ids = 'crm.partner_ids', portal_me = 'crm.partner'
 WHERE name = 'b2b';

-- Keeps a portal user who may change a shared contact from becoming a partner by changing the contact.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.keep_partner() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.portal() AND current_setting('app.grants', true) <> '*' AND 'b2b' = ANY (ops.modules())
	    AND (NEW.company_id, NEW.email_jsonb) IS DISTINCT FROM (OLD.company_id, OLD.email_jsonb) THEN
		PERFORM ops.refuse('role',
			CASE WHEN NEW.company_id IS DISTINCT FROM OLD.company_id THEN 'company_id' ELSE 'email_jsonb' END);
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER keep_partner BEFORE UPDATE ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION crm.keep_partner();
