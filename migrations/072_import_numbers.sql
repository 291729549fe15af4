\warn 'tenantry schema up runs this step, once' \quit
-- Import of files: one rule for every kind of number, in crm/import.sql.

DROP FUNCTION IF EXISTS crm.import_amounts(crm.import_line[]), crm.read_amount(text, text);
-- down
DROP FUNCTION IF EXISTS crm.import_numbers(text, crm.import_line[]), crm.import_number(jsonb, text), crm.read_number(text, text),
	crm.currency_signs(text);
