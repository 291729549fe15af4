-- Products.
-- needs: b2b/company.sql b2b/module.sql b2b/partner.sql crm/hidden_reference.sql crm/module.sql crm/search.sql crm/text_search.sql crm/trash.sql ops/mcp.sql ops/module.sql ops/permission.sql ops/touch.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON crm.products
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

CREATE OR REPLACE TRIGGER hidden_principal_id BEFORE INSERT OR UPDATE ON crm.products
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('principal_id', 'companies');

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.search_products(q text) RETURNS bigint[]
LANGUAGE sql STABLE AS $$ SELECT crm.search_rows(q, 'products', false, NULL) $$;

CREATE OR REPLACE TRIGGER validate_principal AFTER INSERT OR UPDATE OF principal_id ON crm.products
	FOR EACH ROW EXECUTE FUNCTION crm.validate_principal_organization();

SELECT ops.require_module('crm.products', 'b2b');
SELECT ops.restrict('crm.products', NULL, NULL, '$action = ''read'' AND id IN (SELECT crm.partner_products()) '
	'OR ops.permits(''products'', $action, NULL)');

-- Products of a deleted company are restored with it.
SELECT ops.keep_deleted('crm.products');

GRANT SELECT ON crm.products TO tenantry_mcp, tenantry_mcp_writer;
GRANT INSERT, UPDATE ON crm.products TO tenantry_mcp_writer;
SELECT ops.open_to_mcp('crm.products');
