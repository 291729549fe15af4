-- The tables whose totals are maintained, for lists without a filter and for quotas. crm.records has the rows of all
-- custom objects.
-- needs: ops/total.sql

SELECT ops.keep_total(t) FROM unnest('{crm.contacts,crm.companies,crm.deals,crm.tasks,crm.contact_notes,'
	'crm.deal_notes,crm.records}'::regclass[]) t;
