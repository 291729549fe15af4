-- Makes the owner, the administrators and all imported users members of the organization
--
-- If the project has members of an association, with profiles, users become portal users; otherwise, they become staff.
-- source: auth.users public.admin?

-- read
SELECT u.id, u.email, CASE WHEN u.email = lower(current_setting('migration.owner')) THEN 'owner'
		WHEN EXISTS (SELECT FROM public.admin a WHERE lower(a.email) = u.email) THEN 'admin'
		WHEN to_regclass('public.users') IS NULL OR to_regclass('public.user_profiles') IS NULL THEN 'member'
		ELSE 'portal' END AS role, u.created_at
  FROM (SELECT u.id, lower(u.email) AS email, coalesce(u.created_at, u.updated_at, 'epoch') AS created_at
	  FROM auth.users u
	 WHERE u.deleted_at IS NULL AND u.email <> ''
	UNION ALL
	SELECT md5('supabase admin ' || a.id)::uuid, lower(a.email), a.created_at::timestamptz
	  FROM public.admin a
	 WHERE a.email <> '' AND NOT EXISTS (SELECT FROM auth.users u WHERE lower(u.email) = lower(a.email) AND u.deleted_at IS NULL)) u

-- reject
SELECT b.id, 'its user was left out' FROM batch b
  LEFT JOIN identity.imported_user i ON i.source_id = b.id::text
 WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.id::text) OFFSET 0)

-- forward
SELECT set_config('app.importing', 'on', true), ops.enter_migrated_organization();
-- Writes the rows of the CRM first, because triggers would write them one at a time, and then the members. Portal users
-- have no CRM row. A subquery with OFFSET 0 reads a row by an index, for each row of the batch, instead of all users.
WITH role AS MATERIALIZED (
	SELECT o.id AS org, r.name, identity.acts_as(o.id, r.name) AS acts_as, identity.grants_of(o.id, r.name) AS grants
	  FROM identity.imported_organization o, unnest('{owner,admin,member,portal}'::text[]) r (name)
	 WHERE o.source_id = 'supabase ' || current_setting('migration.organization_slug')),
newcomer AS MATERIALIZED (
	SELECT b.id AS source_id, b.created_at, r.org, r.name AS role, r.acts_as, r.grants, u.*
	  FROM batch b
	  LEFT JOIN identity.imported_user i ON i.source_id = b.id::text
	 CROSS JOIN LATERAL (SELECT u.id, u.first_name, u.last_name, u.email, u.image
		  FROM identity."user" u WHERE u.id = coalesce(i.user_id, b.id::text) OFFSET 0) u
	  JOIN role r ON r.name = b.role
	 WHERE NOT EXISTS (SELECT FROM identity.organization_member m
		WHERE m.organization_id = r.org AND m.user_id = u.id OFFSET 0)),
sale AS (
	INSERT INTO crm.sales AS s (org_id, user_id, first_name, last_name, email, avatar, administrator, disabled)
	SELECT n.org, n.id, n.first_name, n.last_name, n.email,
		CASE WHEN n.image IS NOT NULL THEN jsonb_build_object('src', n.image) END, n.role IN ('owner', 'admin'), false
	  FROM newcomer n WHERE n.role <> 'portal'
	ON CONFLICT (org_id, user_id) DO UPDATE
		SET administrator = excluded.administrator, disabled = excluded.disabled, email = excluded.email
	RETURNING s.id, s.user_id),
joined AS (
	INSERT INTO identity.organization_member (id, organization_id, user_id, role, created_at, sales_id, acts_as, grants)
	SELECT md5('supabase member ' || n.org || ' ' || n.id), n.org, n.id, n.role, n.created_at, s.id, n.acts_as, n.grants
	  FROM newcomer n LEFT JOIN sale s ON s.user_id = n.id
	RETURNING id, user_id)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT n.source_id, j.id FROM joined j JOIN newcomer n ON n.id = j.user_id

-- known
SELECT b.id FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.id::text
  JOIN identity.imported_organization o ON o.source_id = 'supabase ' || current_setting('migration.organization_slug')
 CROSS JOIN LATERAL (SELECT FROM identity.organization_member m
	WHERE m.organization_id = o.id AND m.user_id = coalesce(i.user_id, b.id::text) OFFSET 0) m

-- compare
SELECT r.source_key AS id, u.email, m.role, m.created_at
  FROM ops.migration_row r
  JOIN identity.organization_member m ON m.id = r.target_id
  JOIN identity."user" u ON u.id = m.user_id
 WHERE r.migration_id = current_setting('migration.id')::bigint
   AND r.step = current_setting('migration.step')::integer

-- verify
SELECT format('the organization has no owner: %s was not imported', current_setting('migration.owner'))
  FROM identity.imported_organization o
 WHERE o.source_id = 'supabase ' || current_setting('migration.organization_slug')
   AND NOT EXISTS (SELECT FROM identity.organization_member m
	WHERE m.organization_id = o.id AND m.acts_as = 'owner' AND NOT m.disabled)

-- reverse
SELECT set_config('app.importing', 'on', true), ops.enter_migrated_organization();
-- The owner remains until a later step of the rollback deletes the organization.
WITH gone AS (
	DELETE FROM identity.organization_member m USING batch b WHERE m.id = b.target_id AND m.acts_as <> 'owner'
	RETURNING m.user_id, m.sales_id),
unshared AS (
	DELETE FROM crm.shares s USING gone g WHERE s.org_id = current_setting('app.org_id')::uuid AND s.user_id = g.user_id)
SELECT crm.remove_sales(array_agg(g.sales_id)) FROM gone g
