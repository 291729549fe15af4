-- Adds the profiles of companies
-- source: crm.companies identity.organization

-- read
SELECT c.id FROM crm.companies c
 WHERE c.org_id = (SELECT ops.chosen_organization())

-- forward
SELECT ops.enter_chosen_organization();
WITH created AS (
	INSERT INTO crm.company_profiles (org_id, id)
	SELECT c.org_id, c.id FROM batch b JOIN crm.companies c ON c.org_id = current_setting('app.org_id')::uuid AND c.id = b.id
	   FOR KEY SHARE OF c
	ON CONFLICT DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.id, c.id FROM created c

-- known
-- Profiles that existed before, and profiles of companies that users have deleted in the meantime.
SELECT b.id FROM batch b
 WHERE EXISTS (SELECT FROM crm.company_profiles p WHERE p.org_id = current_setting('app.org_id')::uuid AND p.id = b.id)
    OR NOT EXISTS (SELECT FROM crm.companies c WHERE c.org_id = current_setting('app.org_id')::uuid AND c.id = b.id)

-- compare
SELECT x.* FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT p.id FROM (SELECT r.target_id::bigint AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) r
		  JOIN crm.company_profiles p ON p.org_id = s.org AND p.id = r.id OFFSET 0) x

-- reverse
-- Profiles that users have changed are kept.
SELECT ops.enter_chosen_organization('purging');
DELETE FROM crm.company_profiles p USING (SELECT b.target_id::bigint AS id FROM batch b OFFSET 0) b
 WHERE p.org_id = current_setting('app.org_id')::uuid AND p.id = b.id AND crm.is_automatic(p)

-- return
SELECT NULL::text AS statement, x.detail FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT format('the company %s is a %s', p.id, concat_ws(', ', coalesce(p.type, 'company'),
			CASE WHEN p.is_principal AND p.type IS DISTINCT FROM 'principal' THEN 'principal' END,
			CASE WHEN p.is_distributor AND p.type IS DISTINCT FROM 'distributor' THEN 'distributor' END,
			'below the company ' || p.parent_id)) AS detail
		  FROM crm.company_profiles p WHERE p.org_id = s.org AND NOT crm.is_automatic(p) ORDER BY p.id OFFSET 0) x
