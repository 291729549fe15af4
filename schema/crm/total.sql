-- The tables whose totals are maintained.
-- needs: ops/total.sql

SELECT ops.keep_total(t) FROM unnest('{crm.contacts,crm.companies,crm.deals,crm.tasks,crm.contact_notes,'
	'crm.deal_notes}'::regclass[]) t;
