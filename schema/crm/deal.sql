-- Deals.
-- needs: crm/link.sql crm/visible_name.sql

-- Returns the number of minor units in one unit of a currency, by ISO 4217.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.minor_units(currency text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG',
			'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 1
		WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 1000
		ELSE 100 END
$$;

-- Returns the number of digits after the decimal point in amounts of a currency.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.currency_digits(currency text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$ SELECT length(crm.minor_units(currency)::text) - 1 $$;

-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.currency() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT c.config->>'currency' FROM crm.configuration c
		WHERE c.org_id = ops.org()), 'USD')
$$;

-- Refuses a negative amount, unless the previous amount was also negative, and an amount with too many decimals.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_amount(amount numeric, was numeric, currency text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF amount < 0 AND amount IS DISTINCT FROM was THEN
		PERFORM ops.refuse('negative', 'amount');
	ELSIF amount > 9223372036854775807 THEN
		PERFORM ops.refuse('number_out_of_bounds', 'amount', '0', '9223372036854775807');
	ELSIF scale(amount) = 0 THEN
		RETURN;
	END IF;
	currency := coalesce(currency, crm.currency());
	IF scale(amount) > crm.currency_digits(currency) THEN
		PERFORM ops.refuse('too_many_decimals', 'amount', currency, crm.currency_digits(currency)::text);
	END IF;
END $$;

-- Checks and completes a deal. An explicit null is replaced by the default, since clients add up amounts and read the
-- list of contacts. Trailing zeros of an amount are removed, so that a whole amount is shown without decimals.
CREATE OR REPLACE FUNCTION crm.complete_deal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.amount := trim_scale(coalesce(NEW.amount, 0));
	IF ops.mode('restoring') THEN
		RETURN NEW;
	END IF;
	PERFORM crm.visible_name('name', NEW.name, OLD.name);
	IF TG_OP = 'INSERT' OR (NEW.amount, NEW.currency) IS DISTINCT FROM (OLD.amount, OLD.currency) THEN
		PERFORM crm.check_amount(NEW.amount, OLD.amount, NEW.currency);
	END IF;
	IF NEW.contact_ids IS NULL THEN
		NEW.contact_ids := '{}';
	END IF;
	IF TG_OP = 'INSERT' AND NEW.sales_id IS NULL THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	RETURN NEW;
END $$;

-- Sets the time of the last edit. A move of a card within its column does not count. A write of the same values
-- counts only in the undo of a change.
CREATE OR REPLACE FUNCTION crm.touch_deal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.mode('restoring') AND coalesce(current_setting('app.undoing', true), '') = '' THEN
		RETURN NEW;
	END IF;
	OLD.index := NEW.index;
	OLD.updated_at := NEW.updated_at;
	IF OLD *<> NEW THEN
		NEW.updated_at := now();
	END IF;
	RETURN NEW;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.won_stages(config jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN jsonb_typeof(config->'dealPipelineStatuses') = 'array'
		THEN ARRAY(SELECT jsonb_array_elements_text(config->'dealPipelineStatuses'))
		ELSE ARRAY['won'] END
$$;

-- Returns deals that are in one of the stages, with their amounts and the day on which each deal last entered its
-- stage.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.deals_closed(stages text[], since timestamptz, zone text)
RETURNS TABLE (day date, amount numeric)
LANGUAGE sql STABLE AS $$
	SELECT (coalesce((SELECT CASE WHEN c.was IS NULL THEN d.created_at ELSE c.at END
			  FROM crm.stage_changes(d.id) c ORDER BY c.at DESC LIMIT 1),
			d.created_at) AT TIME ZONE zone)::date, d.amount
	  FROM crm.deals d
	 WHERE d.stage = ANY (stages) AND (d.updated_at >= since OR d.created_at >= since)
$$;

CREATE OR REPLACE TRIGGER a_restore BEFORE INSERT OR UPDATE OF contact_ids ON crm.deals FOR EACH ROW
	EXECUTE FUNCTION crm.restore_contact_ids();

-- Since its name sorts first, this trigger runs before the triggers that write the row again.
CREATE OR REPLACE TRIGGER add_links AFTER INSERT ON crm.deals REFERENCING NEW TABLE AS written FOR EACH STATEMENT
	EXECUTE FUNCTION crm.write_new_deal_contacts();

CREATE OR REPLACE TRIGGER links AFTER UPDATE OF contact_ids ON crm.deals FOR EACH ROW
	EXECUTE FUNCTION crm.write_deal_contacts();

CREATE OR REPLACE TRIGGER removed AFTER DELETE ON crm.deal_contacts FOR EACH ROW
	EXECUTE FUNCTION crm.deal_contact_removed();

CREATE OR REPLACE TRIGGER complete BEFORE INSERT OR UPDATE OF name, company_id, contact_ids, category,
	stage, description, amount, currency, archived_at, expected_closing_date, sales_id ON crm.deals
	FOR EACH ROW EXECUTE FUNCTION crm.complete_deal();

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON crm.deals
	FOR EACH ROW WHEN (OLD *<> NEW) EXECUTE FUNCTION crm.touch_deal();
