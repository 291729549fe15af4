-- Imports the invitations
--
-- If an address has several pending invitations to an organization, only the newest remains pending.
-- source: public.invitation public.organization public."user"
-- carried: user_read

-- read
SELECT v.id COLLATE "C" AS id, v.organization_id, lower(v.email) AS email, coalesce((SELECT string_agg(x.role, ',' ORDER BY x.n) FROM (
		SELECT btrim(y.part) AS role, min(y.n) AS n FROM unnest(string_to_array(v.role, ',')) WITH ORDINALITY y (part, n)
		 WHERE btrim(y.part) IN ('owner', 'admin', 'member') GROUP BY 1) x), 'member') AS role,
	CASE WHEN v.status = 'pending' AND EXISTS (SELECT FROM public.invitation w WHERE w.organization_id = v.organization_id
			AND lower(w.email) = lower(v.email) AND w.status = 'pending'
			AND (coalesce(w.created_at, w.expires_at), w.id) > (coalesce(v.created_at, v.expires_at), v.id))
		THEN 'canceled' ELSE v.status END AS status, v.expires_at, coalesce(v.created_at, 'epoch') AS created_at, v.inviter_id AS user_id,
	EXISTS (SELECT FROM public."user" w WHERE w.id = v.inviter_id AND w.email <> '') AS user_read
  FROM public.invitation v

-- reject
SELECT b.id, 'its user was left out' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.user_id) OFFSET 0)
    OR NOT b.user_read OR ops.migration_rejected('030_users', b.user_id)
UNION ALL
SELECT b.id, 'its organization was left out' FROM batch b
 WHERE NOT EXISTS (SELECT FROM identity.imported_organization o WHERE o.source_id = b.organization_id)
    OR ops.migration_rejected('010_organizations', b.organization_id)

-- forward
WITH created AS (
	INSERT INTO identity.organization_invitation (id, organization_id, email, role, status, expires_at, created_at, inviter_id)
	SELECT b.id, o.id, b.email, b.role, b.status, b.expires_at, b.created_at, coalesce(i.user_id, b.user_id)
	  FROM batch b JOIN identity.imported_organization o ON o.source_id = b.organization_id
	  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
	ON CONFLICT (id) DO NOTHING
	RETURNING id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.id, c.id FROM created c

-- known
SELECT b.id FROM batch b JOIN identity.imported_organization o ON o.source_id = b.organization_id
  JOIN identity.organization_invitation v ON v.id = b.id AND v.organization_id = o.id AND v.email = b.email

-- compare
SELECT r.source_key AS id, (SELECT min(o.source_id) FROM identity.imported_organization o WHERE o.id = x.organization_id) AS organization_id,
	x.email, x.role, x.status, x.expires_at, x.created_at,
	coalesce((SELECT min(i.source_id) FROM identity.imported_user i WHERE i.user_id = x.inviter_id), x.inviter_id) AS user_id
  FROM ops.migration_row r JOIN identity.organization_invitation x ON x.id = r.target_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- reverse
DELETE FROM identity.organization_invitation v USING batch b WHERE v.id = b.target_id
