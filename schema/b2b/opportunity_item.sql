-- The items of an opportunity. The amounts of items are in minor units of the opportunity's currency. While an
-- opportunity has items and the module is on, its amount is the net total of the items, and its currency cannot be
-- changed.
-- needs: b2b/contact_organization.sql b2b/module.sql b2b/opportunity.sql b2b/price_list.sql b2b/product.sql crm/hidden_reference.sql crm/module.sql crm/permission.sql crm/trash.sql ops/mcp.sql ops/module.sql ops/permission.sql

-- Rounds to the nearest minor unit, and half a unit to the even number.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.round_half_even(n numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN abs(n - trunc(n)) = 0.5 THEN 2 * round(n * 0.5) ELSE round(n) END
$$;

-- Serializes writes to the items of an opportunity. A caller whose item changes the amount needs permission to change
-- the amount. If a product is deleted, its items lose the reference, but record it for a restore.
CREATE OR REPLACE FUNCTION crm.hold_opportunity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	here crm.opportunity_items := coalesce(NEW, OLD);
	deal crm.deals;
	back boolean := ops.mode('restoring');
BEGIN
	IF TG_OP = 'UPDATE' THEN
		IF NEW.opportunity_id <> OLD.opportunity_id THEN
			PERFORM ops.refuse('not_changeable', 'opportunity_id');
		ELSIF NEW.product_id IS NULL AND OLD.product_id IS NOT NULL
		    AND NOT EXISTS (SELECT FROM crm.products p WHERE p.org_id = OLD.org_id AND p.id = OLD.product_id) THEN
			NEW.removed_product_id := OLD.product_id;
			RETURN NEW;
		ELSIF NEW.product_id IS DISTINCT FROM OLD.product_id THEN
			NEW.removed_product_id := NULL;
		END IF;
		here := NEW;
	END IF;
	SELECT * INTO deal FROM crm.deals d WHERE d.org_id = here.org_id AND d.id = here.opportunity_id FOR NO KEY UPDATE;
	IF TG_OP <> 'INSERT' AND (deal.id IS NULL OR back) THEN	-- the opportunity is being deleted, or the change undone
		RETURN here;
	ELSIF back AND deal.id IS NULL THEN	-- gone permanently
		RETURN NULL;
	END IF;
	deal.currency := coalesce(deal.currency, crm.currency());
	IF back AND NEW.currency <> deal.currency THEN
		PERFORM ops.refuse('currency_of_opportunity', NULL, deal.currency);
	ELSIF NOT back AND deal.id IS NOT NULL AND current_setting('app.grants', true) NOT IN ('', '*')
	    AND (TG_OP <> 'UPDATE' OR (NEW.quantity, NEW.unit_price, NEW.discount_percent, NEW.tax_percent)
		IS DISTINCT FROM (OLD.quantity, OLD.unit_price, OLD.discount_percent, OLD.tax_percent))
	    AND NOT coalesce(ops.permits('deals', 'update', deal.sales_id), false)
	    AND NOT ops.shared('deals', 'update', deal.id) THEN
		PERFORM ops.refuse('role');
	END IF;
	IF TG_OP <> 'DELETE' THEN
		NEW.currency := CASE TG_OP WHEN 'UPDATE' THEN OLD.currency ELSE deal.currency END;
		NEW.position := coalesce(NEW.position, (SELECT least(coalesce(max(i.position), 0) + 1, 32767)
			FROM crm.opportunity_items i WHERE i.org_id = NEW.org_id AND i.opportunity_id = NEW.opportunity_id
			AND i.id <> NEW.id));
		RETURN NEW;
	END IF;
	RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER items BEFORE INSERT OR UPDATE OR DELETE ON crm.opportunity_items
	FOR EACH ROW WHEN (NOT crm.reads_archive()) EXECUTE FUNCTION crm.hold_opportunity();

-- Completes an item with the name of its product and, if it has no price, the price in the first price list by name.
-- Each amount is rounded once, half to even.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.complete_item() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	title text;
	net numeric;
	tax numeric;
BEGIN
	IF NEW.product_id IS NOT NULL THEN
		SELECT p.name INTO title FROM crm.products p WHERE p.id = NEW.product_id;
		IF NEW.name IS NULL OR TG_OP = 'UPDATE' AND NEW.product_id <> OLD.product_id AND NEW.name = OLD.name THEN
			NEW.name := coalesce(title, NEW.name);
		END IF;
		IF NEW.unit_price IS NULL THEN
			NEW.unit_price := CASE WHEN TG_OP = 'INSERT' AND title IS NULL THEN 0	-- the foreign key refuses it
				ELSE (SELECT p.price FROM crm.price_of(NEW.product_id, NEW.quantity, NEW.currency, crm.today()) p
					ORDER BY p.name, p.price_list_id LIMIT 1) END;
			IF NEW.unit_price IS NULL THEN
				PERFORM ops.refuse('no_list_price', 'unit_price', NEW.currency);
			END IF;
		END IF;
	END IF;
	net := crm.round_half_even(NEW.quantity * NEW.unit_price * (100 - NEW.discount_percent) * 0.01);
	tax := crm.round_half_even(net * NEW.tax_percent * 0.01);
	IF net + tax > 9223372036854775807 THEN
		PERFORM ops.refuse('item_too_large', 'quantity');
	END IF;
	NEW.net_amount := net;
	NEW.tax_amount := tax;
	NEW.total_amount := net + tax;
	IF TG_OP = 'UPDATE' AND NOT ops.mode('restoring')
	    AND NEW.removed_product_id IS NOT DISTINCT FROM OLD.removed_product_id AND NEW IS DISTINCT FROM OLD THEN
		NEW.updated_at := now();
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER price BEFORE INSERT OR UPDATE ON crm.opportunity_items
	FOR EACH ROW WHEN (NOT crm.reads_archive()) EXECUTE FUNCTION crm.complete_item();

-- Computes the sums of an opportunity from its items, and its amount from the sums, whoever writes the opportunity. A
-- value that a client has read and sends back does not count as a change.
CREATE OR REPLACE FUNCTION crm.follow_items() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	back boolean := ops.mode('restoring');
	items record;
	follows numeric;
BEGIN
	-- Without an organization in the session, row security would hide the items.
	IF ops.org() IS DISTINCT FROM NEW.org_id THEN
		RETURN NEW;
	END IF;
	SELECT sum(i.net_amount) AS net, sum(i.tax_amount) AS tax, max(i.currency) AS currency INTO items
	  FROM crm.opportunity_items i WHERE i.org_id = NEW.org_id AND i.opportunity_id = NEW.id;
	IF items.net + items.tax > 9223372036854775807 THEN
		PERFORM ops.refuse('items_too_large', 'quantity');
	END IF;
	NEW.items_net := items.net;
	NEW.items_tax := items.tax;
	NEW.items_total := items.net + items.tax;
	IF NOT crm.keeps_module(NEW.org_id, 'b2b') THEN
		RETURN NEW;
	ELSIF items.net IS NULL THEN
		-- When the last item is deleted, the amount that a user had entered before is restored.
		IF TG_OP = 'UPDATE' AND OLD.items_net IS NOT NULL AND NEW.metadata->>'typed_amount' ~ '^[0-9]{1,15}([.][0-9]{1,3})?$' THEN
			NEW.amount := NEW.metadata->>'typed_amount';
			NEW.metadata := NEW.metadata - 'typed_amount';
			NEW.updated_at := now();
		END IF;
		RETURN NEW;
	END IF;
	follows := trim_scale(items.net * (1.0 / crm.minor_units(items.currency)));
	IF TG_OP = 'UPDATE' AND OLD.items_net IS NULL AND OLD.amount > 0 AND OLD.amount < 1e15
	    AND OLD.amount <> follows THEN
		NEW.metadata := NEW.metadata || jsonb_build_object('typed_amount', OLD.amount);
	END IF;
	IF TG_OP = 'UPDATE' AND NOT back THEN
		IF NEW.amount <> OLD.amount AND NEW.amount <> follows THEN
			PERFORM ops.refuse('amount_of_items', 'amount', follows::text);
		ELSIF NEW.currency IS DISTINCT FROM OLD.currency AND coalesce(NEW.currency, crm.currency()) <> items.currency THEN
			PERFORM ops.refuse('currency_of_items', 'currency', items.currency);
		ELSIF follows <> OLD.amount THEN
			NEW.updated_at := now();
		END IF;
	END IF;
	NEW.amount := follows;
	NEW.currency := items.currency;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER items_of_new BEFORE INSERT ON crm.deals
	FOR EACH ROW WHEN (num_nonnulls(NEW.items_net, NEW.items_tax, NEW.items_total) > 0 AND NOT crm.reads_archive())
	EXECUTE FUNCTION crm.follow_items();
CREATE OR REPLACE TRIGGER items BEFORE UPDATE OF amount, currency, items_net, items_tax, items_total ON crm.deals
	FOR EACH ROW WHEN (OLD.items_net IS NOT NULL OR num_nonnulls(NEW.items_net, NEW.items_tax, NEW.items_total) > 0)
	EXECUTE FUNCTION crm.follow_items();

-- The update names the columns, so that other triggers on these columns run.
CREATE OR REPLACE FUNCTION crm.add_up_items() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	ids bigint[];
BEGIN
	IF TG_OP = 'INSERT' THEN
		ids := ARRAY(SELECT DISTINCT n.opportunity_id FROM written n);
	ELSIF TG_OP = 'UPDATE' THEN
		ids := ARRAY(SELECT DISTINCT n.opportunity_id FROM written n JOIN gone o ON o.org_id = n.org_id AND o.id = n.id
			WHERE (o.net_amount, o.tax_amount) <> (n.net_amount, n.tax_amount));
	ELSE
		ids := ARRAY(SELECT DISTINCT o.opportunity_id FROM gone o
			WHERE NOT ops.purging(o.org_id));
	END IF;
	UPDATE crm.deals d SET amount = d.amount, currency = d.currency, items_net = 0, items_tax = 0, items_total = 0
	 WHERE d.org_id = ops.org() AND d.id = ANY (ids);
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER sums_of_new AFTER INSERT ON crm.opportunity_items REFERENCING NEW TABLE AS written
	FOR EACH STATEMENT WHEN (NOT crm.reads_archive()) EXECUTE FUNCTION crm.add_up_items();
CREATE OR REPLACE TRIGGER sums AFTER UPDATE ON crm.opportunity_items REFERENCING OLD TABLE AS gone NEW TABLE AS written
	FOR EACH STATEMENT WHEN (NOT crm.reads_archive()) EXECUTE FUNCTION crm.add_up_items();
CREATE OR REPLACE TRIGGER sums_of_gone AFTER DELETE ON crm.opportunity_items REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION crm.add_up_items();

-- A product that is restored from the trash is linked to its items again.
CREATE OR REPLACE FUNCTION crm.restore_product() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	UPDATE crm.opportunity_items i SET product_id = NEW.id, removed_product_id = NULL
	 WHERE i.org_id = NEW.org_id AND i.removed_product_id = NEW.id;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER items AFTER INSERT ON crm.products
	FOR EACH ROW WHEN (current_setting('app.restoring', true) = 'on' AND NOT crm.reads_archive())
	EXECUTE FUNCTION crm.restore_product();

CREATE OR REPLACE TRIGGER hidden_opportunity_id BEFORE INSERT OR UPDATE ON crm.opportunity_items
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('opportunity_id', 'deals');

CREATE OR REPLACE TRIGGER hidden_product_id BEFORE INSERT OR UPDATE ON crm.opportunity_items
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_hidden_reference('product_id', 'products');

SELECT ops.require_module('crm.opportunity_items', 'b2b');
SELECT ops.restrict('crm.opportunity_items', NULL, NULL, 'ops.permits(''opportunity_items'', $action, '
	'crm.owner_of(''deals'', opportunity_id)) AND crm.sees_deal(opportunity_id)');
SELECT ops.keep_deleted('crm.opportunity_items');

GRANT SELECT ON crm.opportunity_items TO tenantry_mcp, tenantry_mcp_writer;
GRANT INSERT, UPDATE, DELETE ON crm.opportunity_items TO tenantry_mcp_writer;
SELECT ops.open_to_mcp('crm.opportunity_items');
