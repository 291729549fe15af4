-- Measures what the lists, sums and reports of the b2b module read in an organization with 200,000 opportunities, like
-- lists.sql for the CRM. The callers are the owner, a member who can read only their own rows, and a member who cannot
-- access a team's pipeline.
SELECT test.sign_up(uid, open => true) IS NULL AS x FROM unnest('{ada,own,out}'::text[]) uid \g /dev/null
SELECT id AS org FROM identity.organization \gset
SELECT set_config('app.org_id', :'org', false) \g /dev/null
INSERT INTO identity.organization_role (id, organization_id, role, permission)
VALUES ('r1', :'org', 'seller', '{"deals": ["read:own"], "companies": ["read"], "contacts": ["read"], "company_profiles": ["read"],
	"opportunity_participants": ["read"], "opportunity_items": ["read"], "contact_organizations": ["read"]}');
INSERT INTO identity.organization_member (id, organization_id, user_id, role)
SELECT 'm-' || uid, :'org', uid, role FROM (VALUES ('own', 'seller'), ('out', 'member')) v (uid, role);
UPDATE identity.session SET active_organization_id = :'org';
SELECT identity.set_module(:'org', 'b2b', true) \g /dev/null
INSERT INTO identity.team (id, organization_id, name) VALUES ('t1', :'org', 'Key accounts');
INSERT INTO crm.pipelines (id, name, team_id) VALUES (77, 'Key', 't1');
INSERT INTO crm.pipeline_stages (pipeline_id, stage, label, position, outcome, probability) VALUES (77, 'key', 'Key', 20, 'open', 50);
SELECT sales_id AS seller FROM identity.organization_member WHERE id = 'm-own' \gset

-- One opportunity in ten is open. The others were closed within four years, and one in twenty of these is archived.
SET session_replication_role = replica;
CREATE TABLE test.plan AS
	SELECT :'org'::uuid AS org, 200000 AS n UNION ALL SELECT md5('org' || o)::uuid, 500 FROM generate_series(1, 20) o;
INSERT INTO crm.sales (org_id, id, email, administrator, user_id)
	SELECT org, s, s || '@x.test', false, s FROM test.plan, generate_series(1, 20) s;
INSERT INTO crm.companies (org_id, id, name, sales_id)
	SELECT org, i, 'Company ' || md5(i::text), 1 + i % 20 FROM test.plan, generate_series(1, n / 10) i;
INSERT INTO crm.company_profiles (org_id, id, is_principal)
	SELECT org, i, i <= 20 FROM test.plan, generate_series(1, n / 10) i;
INSERT INTO crm.contacts (org_id, id, first_name, last_name, company_id, sales_id, first_seen, last_seen)
	SELECT org, i, 'First ' || i, 'Last ' || md5(i::text), 1 + i % (n / 10), 1 + i % 20, now(), now() FROM test.plan, generate_series(1, n / 10) i;
INSERT INTO crm.contact_organizations (org_id, contact_id, company_id, is_primary)
	SELECT org, i, 1 + i % (n / 10), true FROM test.plan, generate_series(1, n / 10) i;
INSERT INTO crm.activities (org_id, id, type, contact_id, occurred_at)
	SELECT org, i, 'call', 1 + i % (n / 10), now() - i * interval '1 minute' FROM test.plan, generate_series(1, n / 5) i;
INSERT INTO crm.products (org_id, id, principal_id, sku, name, category, archived_at)
	SELECT org, i, 1 + i % 20, 'sku ' || i, 'Product ' || md5(i::text), 'Category ' || i % 50, CASE WHEN i % 10 = 1 THEN now() END
	  FROM test.plan, generate_series(1, n) i;
-- These constraints are dropped because their indexes take a long time to fill, and no list reads them.
ALTER TABLE crm.price_lists DROP CONSTRAINT price_lists_valid_from_excl;
ALTER TABLE crm.distributor_terms DROP CONSTRAINT distributor_terms_valid_from_excl, DROP CONSTRAINT distributor_terms_exclusive_excl;
INSERT INTO crm.price_lists (org_id, id, principal_id, name, currency, valid_from)
	SELECT org, i, 1 + i % 20, 'List ' || md5(i::text), 'USD', current_date - (i % 1000)::integer FROM test.plan, generate_series(1, n) i;
INSERT INTO crm.price_list_items (org_id, id, price_list_id, product_id, principal_id, min_quantity, price)
	SELECT org, i, 1 + i % (n / 10), i, 1 + i % 20, 0, i FROM test.plan, generate_series(1, n) i;
INSERT INTO crm.distributor_terms (org_id, id, principal_id, distributor_id, commission_rate, valid_from, valid_to)
	SELECT org, i, 1 + i % 20, 21 + i / 20 % 5000, 5, current_date - 1000 - (i % 5000)::integer, CASE WHEN i > n / 2 THEN current_date - 1000 END
	  FROM test.plan, generate_series(1, n) i;
INSERT INTO ops.audit_log (org_id, id, table_name, row_id, action, old, new)
	SELECT org, i, 'deals', 1 + i / 5, CASE i % 5 WHEN 0 THEN 'insert' ELSE 'update' END, NULL, json_build_object('stage', 'stage ' || i)
	  FROM test.plan, generate_series(1, n) i;
INSERT INTO crm.deals (org_id, id, name, company_id, contact_ids, category, stage, index, amount, created_at, updated_at,
		archived_at, expected_closing_date, closed_at, outcome_reason, sales_id)
	SELECT org, i, 'Deal ' || md5(i::text), 1 + i * 7 % (n / 10), ARRAY[1 + i % (n / 10)], 'other',
		CASE WHEN i % 10 > 0 THEN (ARRAY['won', 'lost'])[1 + i % 2] WHEN i % 400 = 0 THEN 'key'
			ELSE (ARRAY['opportunity', 'proposal-sent', 'in-negociation', 'delayed'])[1 + i / 10 % 4] END,
		i % 2000, i * 7919 % 100000, now() - i * 7 * interval '1 minute' - interval '90 days', now() - i * 5 * interval '1 minute',
		CASE WHEN i % 20 = 1 THEN now() - i * interval '1 minute' END, current_date + (i * 7919 % 400)::integer - 30,
		CASE WHEN i % 10 > 0 THEN now() - i * 7 * interval '1 minute' END, CASE WHEN i % 10 IN (1, 3) THEN 'price' END,
		CASE WHEN i % 97 = 0 THEN :seller ELSE 1 + i % 20 END
	  FROM test.plan, generate_series(1, n) i;
INSERT INTO crm.deal_contacts (org_id, deal_id, contact_id)
	SELECT org, i, 1 + i % (n / 10) FROM test.plan, generate_series(1, n) i;
INSERT INTO crm.opportunity_participants (org_id, id, opportunity_id, company_id, role, is_lead)
	SELECT org, i, i, 1 + i % 20, 'principal', true FROM test.plan, generate_series(1, n / 2) i;
INSERT INTO crm.opportunity_participants (org_id, id, opportunity_id, company_id, role, is_lead)
	SELECT org, n + i, i, 21 + i / 20 % 5000, 'distributor', true FROM test.plan, generate_series(1, n / 20) i;
INSERT INTO crm.opportunity_items (org_id, id, opportunity_id, product_id, name, unit_price, position, currency, net_amount,
		tax_amount, total_amount)
	SELECT org, i, 1 + i / 2, 1 + i % (n / 100), 'Item', 100, 1 + i % 2, 'USD', 100, 0, 100 FROM test.plan, generate_series(1, n / 4) i;
SET session_replication_role = origin;
RESET app.org_id;
VACUUM ANALYZE;
\ir reads.sql
CREATE TABLE test.list (relation text, filter text, args text, sort text, page int, most int, why text);
INSERT INTO test.list VALUES
-- The table and the board of deals
('opportunities_summary', 'true', '', 'id DESC', 25, 100, NULL),
('opportunities_summary', 'true', '', 'created_at DESC NULLS LAST, id DESC', 25, 100, NULL),
('opportunities_summary', 'archived_at IS NULL', '', 'updated_at DESC NULLS LAST, id DESC', 25, 100, NULL),
('opportunities_summary', 'archived_at IS NULL', '', 'amount DESC NULLS LAST, id DESC', 25, 100, NULL),
('opportunities_summary', 'archived_at IS NULL', '', 'expected_closing_date, id', 25, 600, NULL),
('opportunities_summary', 'archived_at IS NULL', '', 'expected_closing_date DESC NULLS LAST, id DESC', 25, 200100, 'nulls are last both ways, and an index has them at one end'),
('opportunities_summary', 'archived_at IS NULL', '', 'weighted_amount DESC NULLS LAST, id DESC', 25, 200100, 'of the stage and the amount'),
('opportunities_summary', 'expected_closing_date >= $4::date AND expected_closing_date <= $5::date',
	'NULL, NULL, NULL, ''tomorrow'', ''tomorrow''', 'expected_closing_date, id', 25, 100, NULL),
('opportunities_summary', 'outcome = $1', '''open''', 'created_at DESC NULLS LAST, id DESC', 25, 1000, NULL),
('opportunities_summary', 'outcome = $1', '''open''', 'expected_closing_date, id', 25, 6000, NULL),
('opportunities_summary', 'pipeline_id = $2', 'NULL, 77', 'created_at DESC NULLS LAST, id DESC', 25, 12100, 'those of its stages'),
('opportunities_summary', 'stage = $1 AND archived_at IS NULL', '''opportunity''', 'index DESC NULLS LAST, id DESC', 100, 4600, 'the column of the board'),
('opportunities_summary', 'sales_id = $2', 'NULL, 3', 'created_at DESC NULLS LAST, id DESC', 25, 1000, NULL),
('opportunities_summary', 'company_id = $2', 'NULL, 17', 'name COLLATE ops.human, id', 25, 100, NULL),
('opportunities_summary', 'id = $2', 'NULL, 17', 'id', 1, 10, NULL),
-- One opportunity
('opportunity_participants', 'opportunity_id = $2', 'NULL, 17', 'id', 25, 2, NULL),
('opportunity_participants', 'company_id = $2', 'NULL, 17', 'id', 25, 5100, 'those of one company'),
('opportunity_items', 'opportunity_id = $2', 'NULL, 17', 'position, id', 25, 2, NULL),
('opportunity_items', 'product_id = $2', 'NULL, 17', 'id', 25, 100, NULL),
-- Products, price lists and terms
('products', 'archived_at IS NULL', '', 'name COLLATE ops.human, id', 25, 100, NULL),
('products', 'principal_id = $2 AND archived_at IS NULL', 'NULL, 17', 'name COLLATE ops.human, id', 25, 1000, NULL),
('products', 'category = $1', '''Category 7''', 'name COLLATE ops.human, id', 25, 4000, NULL),
('products', 'id = $2', 'NULL, 17', 'id', 1, 1, NULL),
('price_lists', 'true', '', 'name COLLATE ops.human, id', 25, 100, NULL),
('price_lists', 'principal_id = $2', 'NULL, 17', 'name COLLATE ops.human, id', 25, 11000, 'those of one principal'),
('price_lists', 'valid_from <= $4::date', 'NULL, NULL, NULL, ''tomorrow''', 'name COLLATE ops.human, id', 25, 100, NULL),
('price_list_items', 'price_list_id = $2', 'NULL, 17', 'id', 25, 50, NULL),
('price_list_items', 'product_id = $2', 'NULL, 17', 'id', 25, 5, NULL),
('distributor_terms', 'true', '', 'valid_from DESC NULLS LAST, id DESC', 25, 100, NULL),
('distributor_terms', 'principal_id = $2', 'NULL, 17', 'valid_from DESC NULLS LAST, id DESC', 25, 11000, 'those of one principal'),
('distributor_terms', 'distributor_id = $2', 'NULL, 30', 'valid_from DESC NULLS LAST, id DESC', 25, 100, NULL),
-- People and principals
('contact_influence_profile', 'true', '', 'id', 25, 900, NULL),
('contact_influence_profile', 'true', '', 'last_name COLLATE ops.human, id', 25, 900, NULL),
('contact_influence_profile', 'id = $2', 'NULL, 17', 'id', 1, 50, NULL),
('principal_advocacy_dashboard', 'true', '', 'name COLLATE ops.human, id', 25, 800000, 'all opportunities that principals lead, with their participants, contacts, interactions, products and terms'),
('principal_advocacy_dashboard', 'id = $2', 'NULL, 7', 'id', 1, 60000, 'those of one principal');
GRANT SELECT ON test.list TO tenantry_app;

-- Reads the lists as the caller. A list with limited grants reads rows by their IDs, see put_reachable() in
-- fcgi/rest/filter.c. Only lists of opportunities do this. They read the rows that the caller can access twice.
CREATE FUNCTION test.read_lists(who text, reached text) RETURNS SETOF void LANGUAGE sql AS $$
	SELECT test.check_reads(format('%s: %s where %s %s by %s', who, relation, filter, args, sort), test.run(format(
			'SELECT * FROM crm.%s t WHERE %s AND %s ORDER BY %s LIMIT %s', relation, filter, coalesce(reached, 'true'), sort, page),
			coalesce(nullif(args, ''), 'NULL')), CASE WHEN reached IS NULL THEN most ELSE 8500 END)
	  FROM test.list WHERE who = 'the owner' OR relation = 'opportunities_summary' AND filter !~ 'pipeline_id'
$$;
-- Returns what a report reads, according to the statistics of the transaction, and checks that the report uses indexes
-- that begin with the organization.
CREATE FUNCTION test.rows_read(relations regclass[]) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$
	SELECT sum(pg_stat_get_xact_tuples_returned(c.oid) + pg_stat_get_xact_tuples_fetched(c.oid)) FROM pg_class c
	 WHERE c.oid = ANY (relations) OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = ANY (relations))
$$;
CREATE FUNCTION test.report(what text, report text, most bigint, relations regclass[] DEFAULT '{crm.deals}') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	before bigint := test.rows_read(relations);
	told text;
BEGIN
	EXECUTE 'SELECT ' || report INTO told;
	PERFORM test.ok(told LIKE '%[{%', format('%s: %s tells something', what, report)),
		test.ok(test.rows_read(relations) - before <= most,
			format('%s: %s reads %s of at most %s of %s', what, report, test.rows_read(relations) - before, most, relations));
END $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO tenantry_app;

SET ROLE tenantry_app;
SET plan_cache_mode = force_generic_plan;
SET jit = off;
SET enable_seqscan = off;	-- otherwise small tables would be scanned sequentially
BEGIN; SELECT test.as('ada', read_only => true) \gset
SELECT test.read_lists('the owner', NULL);
SELECT test.report('the owner', 'crm.forecast(NULL, NULL, NULL, NULL)', 700000);
SELECT test.report('the owner', 'crm.outcomes(NULL, NULL, NULL, NULL)', 700000);	-- 87,000 rows of a year and their index entries, each read twice
SELECT test.report('the owner', 'crm.outcomes(current_date - 7, current_date, NULL, NULL)', 10000);
-- 6,200 opportunities were closed in the month, and half of them were won. Each of them has terms.
SELECT test.report('the owner', 'crm.commission_statement(current_date - 30, current_date, NULL, NULL)', 100000,
	'{crm.deals,crm.companies,crm.opportunity_participants,crm.distributor_terms}');
SELECT test.report('the owner', 'crm.deal_stages(17)', 100, '{ops.audit_log}');
SELECT test.report('the owner', 'crm.product_prices(17, 1, NULL, NULL)', 10, '{crm.price_list_items}');
COMMIT;
BEGIN; SELECT test.as('out', read_only => true) \gset
SELECT test.read_lists('one kept out of a pipeline', NULL);
SELECT test.is((SELECT count(*) FROM crm.opportunities_summary WHERE pipeline_id = 77)::text, '0', 'and sees none of it');
COMMIT;
BEGIN; SELECT test.as('own', read_only => true) \gset
SELECT test.read_lists('one with own rows', 't.id = ANY ((SELECT crm.reachable(''deals''))::bigint[])');
SELECT test.check_reads('one with own rows: ' || what, test.run(format('SELECT * FROM crm.%s t WHERE %s ORDER BY id LIMIT 25', what, filter), 'NULL'), most)
  FROM (VALUES ('opportunity_participants', 't.opportunity_id = ANY ((SELECT crm.reachable(''deals''))::bigint[])', 20000),
	('opportunity_items', 't.opportunity_id = ANY ((SELECT crm.reachable(''deals''))::bigint[])', 20000),
	('principal_advocacy_dashboard', 'true', 600000)) v (what, filter, most);
SELECT test.is((SELECT sum(nb_opportunities) || ' ' || count(*) FROM crm.principal_advocacy_dashboard),
	(SELECT count(*) FILTER (WHERE o.outcome = 'open') || ' 20' FROM crm.opportunities_summary o WHERE o.id = ANY (crm.reachable('deals'))
		AND o.id <= 100000 AND o.archived_at IS NULL), 'the dashboard counts the own ones');
SELECT test.report('one with own rows', 'crm.forecast(NULL, NULL, NULL, NULL)', 50000);
SELECT test.report('one with own rows', 'crm.outcomes(NULL, NULL, NULL, NULL)', 50000);
SELECT test.is((SELECT sum(x.open)::text FROM json_to_recordset(crm.forecast('2000-01-01', '2100-01-01', NULL, NULL)::json) x (open bigint)),
	(SELECT count(*)::text FROM crm.opportunities_summary o WHERE o.outcome = 'open' AND o.archived_at IS NULL
		AND o.id = ANY (crm.reachable('deals'))), 'the forecast has the own ones');
COMMIT;
RESET ROLE;
DROP INDEX crm.deals_updated_at;
SET ROLE tenantry_app;
BEGIN; SELECT test.as('ada', read_only => true) \gset
SELECT test.ok((SELECT sum(rows) FROM test.scans(test.run('SELECT * FROM crm.opportunities_summary ORDER BY updated_at DESC NULLS LAST, id DESC LIMIT 25', 'NULL'))) > 100000,
	'and this test sees an index that is missing');
COMMIT;
RESET ROLE;
SELECT test.is((SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FILTER (WHERE c.relkind = 'v') || ', ' || count(*) FILTER (WHERE c.relkind = 'm')
	  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('crm', 'ops', 'identity', 'membership')
	   AND (c.relkind = 'm' OR c.relname IN ('opportunities_summary', 'contact_influence_profile', 'principal_advocacy_dashboard'))),
	'contact_influence_profile opportunities_summary principal_advocacy_dashboard, 0', 'dashboards are computed when they are read: no view is materialized');
