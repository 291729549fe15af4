-- Switches the module on
--
-- Nobody sees opportunities before this step. It completes the few rows that users have written in the meantime, and
-- only transactions of this organization wait.

-- precondition
SELECT 'the organization has the module already' FROM identity.organization o
 WHERE o.id = ops.chosen_organization() AND o.modules @> '{b2b}'

-- forward
SELECT ops.enter_chosen_organization();
SELECT identity.set_module(current_setting('app.org_id')::uuid, 'b2b', true);
INSERT INTO ops.migration_row (source_key, target_id)
SELECT x.* FROM (SELECT current_setting('app.org_id')::uuid AS org OFFSET 0) s,
	LATERAL (SELECT 'organization', s.org::text
		UNION ALL SELECT 'company_profiles ' || p.id, p.id::text FROM crm.company_profiles p
		 WHERE p.org_id = s.org AND p.xmin = pg_current_xact_id()::xid AND crm.is_automatic(p)
		UNION ALL SELECT 'contact_organizations ' || o.id, o.id::text FROM crm.contact_organizations o
		 WHERE o.org_id = s.org AND o.created_at = now() AND o.xmin = pg_current_xact_id()::xid OFFSET 0) x

-- verify
SELECT x.detail FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT 'the module is not on' AS detail
		 WHERE NOT EXISTS (SELECT FROM identity.organization o WHERE o.id = s.org AND o.modules @> '{b2b}')
		UNION ALL SELECT format('%s contacts have a company, and %s a primary organization', a.n, b.n)
		  FROM (SELECT count(*) AS n FROM crm.contacts c WHERE c.org_id = s.org AND c.company_id IS NOT NULL) a,
			(SELECT count(*) AS n FROM crm.contact_organizations o WHERE o.org_id = s.org AND o.is_primary) b
		 WHERE a.n <> b.n OFFSET 0) x

-- reverse
-- The module keeps its rows when it is switched off. Only the rows that were created by switching it on are deleted.
SELECT ops.enter_chosen_organization('purging');
SELECT identity.set_module(current_setting('app.org_id')::uuid, 'b2b', false);
DELETE FROM crm.contact_organizations o USING (SELECT b.target_id::bigint AS id FROM batch b
	WHERE b.source_key LIKE 'contact\_organizations %' OFFSET 0) b
 WHERE o.org_id = current_setting('app.org_id')::uuid AND o.id = b.id AND crm.is_automatic(o);
DELETE FROM crm.company_profiles p USING (SELECT b.target_id::bigint AS id FROM batch b
	WHERE b.source_key LIKE 'company\_profiles %' OFFSET 0) b
 WHERE p.org_id = current_setting('app.org_id')::uuid AND p.id = b.id AND crm.is_automatic(p)

-- return
SELECT NULL::text AS statement, format('%s %s', x.n, x.what) AS detail
  FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT 'products' AS what, count(*) AS n FROM crm.products t WHERE t.org_id = s.org
		UNION ALL SELECT 'price lists', count(*) FROM crm.price_lists t WHERE t.org_id = s.org
		UNION ALL SELECT 'prices', count(*) FROM crm.price_list_items t WHERE t.org_id = s.org
		UNION ALL SELECT 'terms of distributors', count(*) FROM crm.distributor_terms t WHERE t.org_id = s.org
		UNION ALL SELECT 'items of opportunities', count(*) FROM crm.opportunity_items t WHERE t.org_id = s.org
		UNION ALL SELECT 'participants of opportunities', count(*) FROM crm.opportunity_participants t WHERE t.org_id = s.org
		UNION ALL SELECT 'opportunities with a manual probability, a currency or a reason', count(*) FROM crm.deals t
		 WHERE t.org_id = s.org AND num_nonnulls(t.probability, t.currency, t.is_committed, t.outcome_reason) > 0
		UNION ALL SELECT 'webhooks with payload_version 2, which get deals', count(*) FROM crm.webhooks t
		 WHERE t.org_id = s.org AND t.payload_version = 2 OFFSET 0) x
 WHERE x.n > 0
