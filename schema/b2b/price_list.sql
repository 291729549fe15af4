-- Price lists, and the prices of products in them.
-- needs: b2b/company.sql b2b/module.sql b2b/partner.sql b2b/product.sql crm/hidden_reference.sql crm/module.sql crm/trash.sql crm/uniqueness.sql ops/mcp.sql ops/module.sql ops/permission.sql ops/touch.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON crm.price_lists
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON crm.price_list_items
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

CREATE OR REPLACE TRIGGER hidden_principal_id BEFORE INSERT OR UPDATE ON crm.price_lists
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('principal_id', 'companies');

CREATE OR REPLACE TRIGGER validate_principal AFTER INSERT OR UPDATE OF principal_id ON crm.price_lists
	FOR EACH ROW EXECUTE FUNCTION crm.validate_principal_organization();

CREATE OR REPLACE TRIGGER hidden_price_list_id BEFORE INSERT OR UPDATE ON crm.price_list_items
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('price_list_id', 'price_lists');

CREATE OR REPLACE TRIGGER hidden_product_id BEFORE INSERT OR UPDATE ON crm.price_list_items
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('product_id', 'products');

-- Returns the period from first to last as text, for use in a message.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.period_text(first date, last date) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT concat_ws(' – ', coalesce(first::text, '…'), coalesce(last::text, '…')) $$;

-- Refuses a price list that overlaps with another list, and names the other list. The exclusion constraint would refuse
-- the list without naming the other list. The lock serializes writers, which could otherwise deadlock in the
-- constraint.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.refuse_overlapping_price_list() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	other record;
BEGIN
	PERFORM pg_advisory_xact_lock(crm.value_key(NEW.org_id, 'price_lists'));
	SELECT l.id, concat_ws(', ', l.name, crm.period_text(l.valid_from, l.valid_to)) AS name INTO other FROM crm.price_lists l
	 WHERE l.principal_id = NEW.principal_id AND lower(l.name) = lower(NEW.name) AND l.currency = NEW.currency
	   AND l.id <> NEW.id AND coalesce(l.valid_from <= NEW.valid_to, true) AND coalesce(l.valid_to >= NEW.valid_from, true)
	 ORDER BY l.valid_from NULLS FIRST LIMIT 1;
	IF FOUND THEN
		PERFORM ops.refuse_with(json_build_object('resource', 'price_lists', 'id', other.id, 'name', other.name)::text,
			'price_lists_overlap', 'valid_from', other.id::text, other.name);
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER overlap BEFORE INSERT OR UPDATE OF principal_id, name, currency, valid_from, valid_to
	ON crm.price_lists FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION crm.refuse_overlapping_price_list();

-- Checks that a price is for a product of the list's principal. If the list does not exist, the foreign key refuses the
-- price.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.complete_price() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.principal_id := coalesce((SELECT l.principal_id FROM crm.price_lists l WHERE l.id = NEW.price_list_id), 0);
	IF NEW.principal_id <> 0 AND EXISTS (SELECT FROM crm.products p
	    WHERE p.id = NEW.product_id AND p.principal_id <> NEW.principal_id) THEN
		PERFORM ops.refuse('product_of_another_principal', 'product_id');
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER complete BEFORE INSERT OR UPDATE OF price_list_id, product_id ON crm.price_list_items
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION crm.complete_price();

-- Refuses to change the principal of a list or a product that has prices, even if the caller cannot read the prices.
-- The foreign keys would also refuse the change, but without a reason.
CREATE OR REPLACE FUNCTION crm.keep_principal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM crm.price_list_items i WHERE i.org_id = OLD.org_id AND TG_TABLE_NAME = 'products'
		AND i.product_id = OLD.id)
	    OR EXISTS (SELECT FROM crm.price_list_items i WHERE i.org_id = OLD.org_id AND TG_TABLE_NAME = 'price_lists'
		AND i.price_list_id = OLD.id) THEN
		PERFORM ops.refuse('price_list_with_prices', 'principal_id');
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER keep_principal BEFORE UPDATE OF principal_id ON crm.price_lists
	FOR EACH ROW WHEN (NEW.principal_id <> OLD.principal_id) EXECUTE FUNCTION crm.keep_principal();

CREATE OR REPLACE TRIGGER keep_principal BEFORE UPDATE OF principal_id ON crm.products
	FOR EACH ROW WHEN (NEW.principal_id <> OLD.principal_id) EXECUTE FUNCTION crm.keep_principal();

-- Returns the price of one unit of a product for this quantity on a day, in each valid price list of its principal.
-- If the currency is null, all currencies are included.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.price_of(product bigint, quantity numeric, of_currency text, on_day date)
RETURNS TABLE (price_list_id bigint, name text, currency text, min_quantity bigint, price bigint)
LANGUAGE sql STABLE AS $$
	SELECT DISTINCT ON (l.name, l.currency, l.id) l.id, l.name, l.currency, i.min_quantity, i.price
	  FROM crm.price_list_items i JOIN crm.price_lists l ON l.org_id = i.org_id AND l.id = i.price_list_id
	 WHERE i.product_id = product AND i.min_quantity <= quantity AND (of_currency IS NULL OR l.currency = of_currency)
	   AND coalesce(l.valid_from <= on_day, true) AND coalesce(l.valid_to >= on_day, true)
	 ORDER BY l.name, l.currency, l.id, i.min_quantity DESC
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.product_prices(product bigint, quantity numeric, of_currency text, on_day date) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT crm.sees_row('products', product) THEN
		PERFORM ops.refuse('not_found');
	END IF;
	RETURN (SELECT coalesce(json_agg(p), '[]') FROM crm.price_of(product, coalesce(quantity, 1), of_currency,
		coalesce(on_day, current_date)) p);
END $$;

SELECT ops.require_module('crm.price_lists', 'b2b');
SELECT ops.require_module('crm.price_list_items', 'b2b');
SELECT ops.restrict('crm.price_lists', NULL, NULL, '$action = ''read'' AND principal_id = ANY ('
	'(SELECT crm.partner_principals())::bigint[]) OR ops.permits(''price_lists'', $action, NULL)');
SELECT ops.restrict('crm.price_list_items', NULL, NULL, '$action = ''read'' AND principal_id = ANY ('
	'(SELECT crm.partner_principals())::bigint[]) '
	'OR ops.permits(''price_list_items'', $action, NULL) AND crm.sees_row(''price_lists'', price_list_id)');
SELECT ops.keep_deleted('crm.price_lists');
SELECT ops.keep_deleted('crm.price_list_items');

GRANT SELECT ON crm.price_lists, crm.price_list_items TO tenantry_mcp, tenantry_mcp_writer;
GRANT INSERT, UPDATE, DELETE ON crm.price_lists, crm.price_list_items TO tenantry_mcp_writer;
SELECT ops.open_to_mcp('crm.price_lists');
SELECT ops.open_to_mcp('crm.price_list_items');
