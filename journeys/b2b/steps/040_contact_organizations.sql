-- Makes the company of each contact its primary organization
-- source: crm.contacts identity.organization

-- read
SELECT c.id, c.company_id FROM crm.contacts c
 WHERE c.company_id IS NOT NULL AND c.org_id = (SELECT ops.chosen_organization())

-- forward
-- If a contact's company changes in the meantime, switching the module on corrects the row.
SELECT ops.enter_chosen_organization(), set_config('app.placing', 'on', true);
WITH created AS (
	INSERT INTO crm.contact_organizations (org_id, contact_id, company_id, is_primary)
	SELECT c.org_id, c.id, c.company_id, true
	  FROM batch b JOIN crm.contacts c ON c.org_id = current_setting('app.org_id')::uuid AND c.id = b.id
	 WHERE c.company_id IS NOT NULL AND NOT EXISTS (SELECT FROM crm.contact_organizations o
		WHERE o.org_id = c.org_id AND o.contact_id = c.id AND (o.is_primary OR o.company_id = c.company_id))
	   FOR KEY SHARE OF c
	RETURNING contact_id, id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.contact_id, c.id FROM created c

-- known
-- Rows that existed before, and rows of contacts that users have deleted, or removed from their company, in the
-- meantime.
SELECT b.id FROM batch b
 WHERE EXISTS (SELECT FROM crm.contact_organizations o WHERE o.org_id = current_setting('app.org_id')::uuid AND o.contact_id = b.id)
    OR NOT EXISTS (SELECT FROM crm.contacts c WHERE c.org_id = current_setting('app.org_id')::uuid AND c.id = b.id
	AND c.company_id IS NOT NULL)

-- compare
SELECT x.* FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT o.contact_id AS id, o.company_id
		  FROM (SELECT r.source_key::bigint AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) r
		  JOIN crm.contact_organizations o ON o.org_id = s.org AND o.contact_id = r.id AND o.is_primary OFFSET 0) x

-- reverse
-- Rows that contain more than contacts.company_id are kept.
SELECT ops.enter_chosen_organization('purging');
DELETE FROM crm.contact_organizations o USING (SELECT b.target_id::bigint AS id FROM batch b OFFSET 0) b
 WHERE o.org_id = current_setting('app.org_id')::uuid AND o.id = b.id AND crm.is_automatic(o)

-- return
SELECT NULL::text AS statement, x.detail FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT format('the contact %s %s the company %s%s', o.contact_id, CASE WHEN o.ended_on IS NULL THEN 'is in' ELSE 'was in' END,
			o.company_id, coalesce(' as ' || o.role, '')) AS detail
		  FROM crm.contact_organizations o WHERE o.org_id = s.org AND NOT crm.is_automatic(o)
		ORDER BY o.contact_id, o.company_id OFFSET 0) x
