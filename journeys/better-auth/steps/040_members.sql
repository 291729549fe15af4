-- Imports the members of organizations
--
-- Roles other than owner, admin and member become member. If the source has no organizations, all users become members
-- of the organization that the first step creates.
-- source: public."user" public.member?
-- carried: user_read

-- read
SELECT m.id COLLATE "C" AS id, m.organization_id, m.user_id, coalesce((SELECT string_agg(x.role, ',' ORDER BY x.n) FROM (
		SELECT btrim(y.part) AS role, min(y.n) AS n FROM unnest(string_to_array(m.role, ',')) WITH ORDINALITY y (part, n)
		 WHERE btrim(y.part) IN ('owner', 'admin', 'member') GROUP BY 1) x), 'member') AS role,
	coalesce(m.created_at, 'epoch') AS created_at, EXISTS (SELECT FROM public."user" w WHERE w.id = m.user_id AND w.email <> '') AS user_read
  FROM public.member m
UNION ALL
SELECT md5('better-auth member ' || u.id) COLLATE "C", 'better-auth ' || current_setting('migration.organization_slug'), u.id,
	CASE WHEN lower(u.email) = lower(current_setting('migration.owner')) THEN 'owner' ELSE 'member' END,
	coalesce(u.created_at, u.updated_at, 'epoch'), true
  FROM public."user" u
 WHERE u.email <> '' AND NOT EXISTS (SELECT FROM public.organization o)

-- reject
SELECT b.id, 'its user was left out' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.user_id) OFFSET 0)
    OR NOT b.user_read OR ops.migration_rejected('030_users', b.user_id)
UNION ALL
SELECT b.id, 'its organization was left out' FROM batch b
 WHERE NOT EXISTS (SELECT FROM identity.imported_organization o WHERE o.source_id = b.organization_id)
    OR ops.migration_rejected('010_organizations', b.organization_id)
UNION ALL
SELECT b.id, 'its user is a member of the organization already' FROM (SELECT b.id, row_number() OVER (
		PARTITION BY b.organization_id, coalesce(i.user_id, b.user_id) ORDER BY b.created_at, b.id) AS n
	FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.user_id) b
 WHERE b.n > 1

-- forward
-- Triggers write the rows of the CRM, in the organization of each member.
WITH joined AS (
	INSERT INTO identity.organization_member (id, organization_id, user_id, role, created_at)
	SELECT b.id, o.id, coalesce(i.user_id, b.user_id), b.role, b.created_at
	  FROM batch b JOIN identity.imported_organization o ON o.source_id = b.organization_id
	  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
	 ORDER BY b.id
	ON CONFLICT DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT j.id, j.id FROM joined j;
UPDATE identity."user" u SET last_organization_id = m.organization_id
  FROM (SELECT DISTINCT ON (m.user_id) m.user_id, m.organization_id FROM batch b JOIN identity.organization_member m ON m.id = b.id
	 ORDER BY m.user_id, m.created_at, m.id) m
 WHERE u.id = m.user_id AND u.last_organization_id IS NULL

-- known
SELECT b.id FROM batch b JOIN identity.imported_organization o ON o.source_id = b.organization_id
  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 CROSS JOIN LATERAL (SELECT FROM identity.organization_member m
	WHERE m.organization_id = o.id AND m.user_id = coalesce(i.user_id, b.user_id) OFFSET 0) m

-- compare
SELECT r.source_key AS id, (SELECT min(o.source_id) FROM identity.imported_organization o WHERE o.id = x.organization_id) AS organization_id,
	coalesce((SELECT min(i.source_id) FROM identity.imported_user i WHERE i.user_id = x.user_id), x.user_id) AS user_id, x.role, x.created_at
  FROM ops.migration_row r JOIN identity.organization_member x ON x.id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
-- If this migration created the organization, its first owner remains until a later step of the rollback deletes the
-- organization. Members who have since joined are deleted with it, because the owner can only be deleted when no other
-- members remain.
WITH gone AS (
	DELETE FROM identity.organization_member m
	 WHERE (m.id IN (SELECT b.target_id FROM batch b) OR m.created_at > ops.migration_end()
			AND m.organization_id IN (SELECT o.id FROM ops.returned_organizations() o WHERE NOT o.created))
	   AND (m.acts_as <> 'owner' OR m.id <> (SELECT x.id FROM identity.organization_member x
		WHERE x.organization_id = m.organization_id AND x.acts_as = 'owner' AND NOT x.disabled ORDER BY x.created_at, x.id LIMIT 1))
	RETURNING m.organization_id, m.sales_id),
unused AS MATERIALIZED (
	SELECT g.organization_id, array_agg(g.sales_id) FILTER (WHERE g.sales_id IS NOT NULL) AS ids FROM gone g GROUP BY 1)
SELECT crm.remove_sales(x.ids) FROM (SELECT u.ids, ops.enter_organization(u.organization_id, '') FROM unused u
	WHERE u.ids IS NOT NULL OFFSET 0) x

-- return
WITH mine AS MATERIALIZED (
	SELECT o.id, o.source_id FROM ops.returned_organizations() o WHERE o.source_id NOT LIKE 'better-auth %'),
written AS (
	SELECT r.target_id AS id FROM ops.migration_row r
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer)
SELECT CASE WHEN m.id IN (SELECT w.id FROM written w)
		THEN ops.source_statement('UPDATE', 'public.member', json_build_object('id', m.id, 'role', m.role))
		ELSE ops.source_statement('INSERT', 'public.member', json_build_object('id', m.id, 'organization_id', o.source_id, 'user_id', ops.source_user(m.user_id),
			'role', m.role, 'created_at', m.created_at)) END AS statement,
	format('the member %s of %s is %s now', m.user_id, o.source_id, m.role) AS detail
  FROM mine o, LATERAL ops.rows_changed(o.id, 'organization_member') c (id)
  JOIN identity.organization_member m ON m.id = c.id
UNION ALL
SELECT ops.source_statement('DELETE', 'public.member', json_build_object('id', w.id)),
	format('the member %s was removed', w.id)
  FROM written w WHERE NOT EXISTS (SELECT FROM identity.organization_member m WHERE m.id = w.id)
