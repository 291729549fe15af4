\warn 'tenantry schema up runs this step, once' \quit
-- Amounts of deals have the decimals of their currency.

-- A trigger or a view that names a column keeps its type. The files of schema/ make them again.
DROP TRIGGER IF EXISTS complete ON crm.deals;
DROP TRIGGER IF EXISTS items ON crm.deals;
DROP TRIGGER IF EXISTS context ON crm.deals;
DROP VIEW IF EXISTS crm.contact_influence_profile, crm.principal_advocacy_dashboard, crm.opportunities_summary;
DROP FUNCTION IF EXISTS crm.deals_closed(text[], timestamptz, text);

-- One rewrite of the table, whose indexes are made anew, also gives opportunities the exact sum of their items. The
-- functions exist if there are rows.
DO $$
DECLARE
	exact text := 'amount';
BEGIN
	IF to_regprocedure('crm.minor_units(text)') IS NOT NULL AND to_regprocedure('crm.keeps_module(uuid, text)') IS NOT NULL THEN
		exact := 'CASE WHEN items_net IS NOT NULL AND crm.keeps_module(org_id, ''b2b'') '
			'THEN trim_scale(items_net * (1.0 / crm.minor_units(currency))) ELSE amount END';
	END IF;
	EXECUTE 'ALTER TABLE crm.deals ALTER COLUMN amount TYPE numeric USING ' || exact;
END $$;
-- down
DROP TRIGGER IF EXISTS complete ON crm.deals;
DROP TRIGGER IF EXISTS items ON crm.deals;
DROP TRIGGER IF EXISTS context ON crm.deals;
DROP VIEW IF EXISTS crm.contact_influence_profile, crm.principal_advocacy_dashboard, crm.opportunities_summary;
DROP FUNCTION IF EXISTS crm.deals_closed(text[], timestamptz, text), crm.currency_digits(text);

-- Money is not rounded silently. The sum of items was rounded before as well.
CREATE FUNCTION pg_temp.whole_amount(amount numeric, items_net bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	IF amount <> trunc(amount) AND items_net IS NULL THEN
		RAISE EXCEPTION 'deals have amounts with decimals, as %', amount
			USING HINT = 'Round these amounts, or remain at this version.';
	END IF;
	RETURN round(amount);
END $$;
ALTER TABLE crm.deals ALTER COLUMN amount TYPE bigint USING pg_temp.whole_amount(amount, items_net);
