\warn 'tenantry schema up runs this step, once' \quit
-- The orders in which the pages list price lists and terms, and the terms of a principal with one distributor.
CREATE INDEX price_lists_name ON crm.price_lists (org_id, name, id);
CREATE INDEX distributor_terms_valid_from ON crm.distributor_terms (org_id, valid_from DESC NULLS LAST, id DESC);
CREATE INDEX distributor_terms_pair ON crm.distributor_terms (org_id, principal_id, distributor_id);
DROP INDEX crm.distributor_terms_principal;
-- down
CREATE INDEX distributor_terms_principal ON crm.distributor_terms (org_id, principal_id);
DROP INDEX crm.price_lists_name, crm.distributor_terms_valid_from, crm.distributor_terms_pair;
