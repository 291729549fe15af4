-- Imports the users of the CRM, with their IDs, as members of the organization
--
-- Administrators become admins, and the owner of the plan becomes the owner. A user of the CRM whose account was not
-- imported becomes a disabled user without an account, since rows refer to this user.
-- source: public.sales auth.users
-- carried: user_id avatar

-- read
SELECT s.id, s.id + o.n AS new_id, s.user_id::text AS user_id, lower(s.email::text) AS email, s.first_name, s.last_name,
	s.administrator, s.disabled, CASE jsonb_typeof(s.avatar) WHEN 'string' THEN jsonb_build_object('src', s.avatar) WHEN 'null' THEN NULL ELSE s.avatar END AS avatar,
	regexp_replace(regexp_replace((CASE jsonb_typeof(s.avatar) WHEN 'string' THEN jsonb_build_object('src', s.avatar) WHEN 'null' THEN NULL ELSE s.avatar END)::text,
		'"https?://[^"\\]*/storage/v1/object/(public|sign|authenticated)/attachments/[^"\\]*"', '"*"', 'g'),
		'"path": "[^"\\]*"', '"path": "*"', 'g') AS files
  FROM public.sales s, (SELECT CASE current_setting('migration.ids') WHEN 'map' THEN 1099511627776 ELSE 0 END AS n) o

-- reject
SELECT b.id, 'the name has more than 500 characters' FROM batch b
 WHERE char_length(b.first_name) > 500 OR char_length(b.last_name) > 500
UNION ALL
SELECT b.id, 'another row has the same user' FROM batch b
 WHERE EXISTS (SELECT FROM batch o WHERE o.user_id = b.user_id AND o.id < b.id)
UNION ALL
SELECT b.id, 'the picture is not an object' FROM batch b WHERE jsonb_typeof(b.avatar) <> 'object'

-- forward
SELECT ops.enter_migrated_organization('restoring'), set_config('app.importing', 'on', true);
-- If the first step has made the owner a member, this row gets the ID of the source.
UPDATE crm.sales s SET id = b.new_id, first_name = b.first_name, last_name = b.last_name, email = b.email,
	administrator = b.administrator, disabled = b.disabled, avatar = b.avatar
  FROM batch b LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
 WHERE s.org_id = current_setting('app.org_id')::uuid AND s.user_id = coalesce(i.user_id, b.user_id)
   AND s.id <> b.new_id;
UPDATE identity.organization_member m SET sales_id = s.id
  FROM crm.sales s
 WHERE s.org_id = current_setting('app.org_id')::uuid AND m.organization_id = s.org_id AND m.user_id = s.user_id
   AND m.sales_id IS DISTINCT FROM s.id;
WITH role AS MATERIALIZED (
	SELECT o.id AS org, r.name, identity.acts_as(o.id, r.name) AS acts_as, identity.grants_of(o.id, r.name) AS grants
	  FROM (SELECT ops.migrated_organization() AS id) o, unnest('{owner,admin,member}'::text[]) r (name)),
newcomer AS MATERIALIZED (
	SELECT b.*, u.id AS user_here, u.created_at, r.org, r.name AS role, r.acts_as, r.grants
	  FROM batch b
	  LEFT JOIN identity.imported_user i ON i.source_id = b.user_id
	  LEFT JOIN LATERAL (SELECT u.id, u.email, u.created_at FROM identity."user" u
		WHERE u.id = coalesce(i.user_id, b.user_id) OFFSET 0) u ON true
	  JOIN role r ON r.name = CASE WHEN u.email = lower(current_setting('migration.owner')) THEN 'owner'
		WHEN b.administrator THEN 'admin' ELSE 'member' END),
sale AS (
	INSERT INTO crm.sales (org_id, id, user_id, first_name, last_name, email, avatar, administrator, disabled)
	SELECT n.org, n.new_id, coalesce(n.user_here, 'deleted-' || n.new_id), n.first_name, n.last_name, n.email, n.avatar,
		n.administrator, n.disabled OR n.user_here IS NULL
	  FROM newcomer n
	ON CONFLICT DO NOTHING
	RETURNING id),
joined AS (
	INSERT INTO identity.organization_member (id, organization_id, user_id, role, disabled, created_at, sales_id, acts_as, grants)
	SELECT md5('supabase member ' || n.org || ' ' || n.user_here), n.org, n.user_here, n.role, n.disabled, n.created_at,
		n.new_id, n.acts_as, n.grants
	  FROM newcomer n
	 WHERE n.user_here IS NOT NULL AND NOT EXISTS (SELECT FROM identity.organization_member m
		WHERE m.organization_id = n.org AND m.user_id = n.user_here OFFSET 0)
	ON CONFLICT DO NOTHING)
INSERT INTO ops.migration_row (source_key, target_id)
SELECT n.id, n.new_id FROM newcomer n
 WHERE n.new_id IN (SELECT s.id FROM sale s)
    OR EXISTS (SELECT FROM ops.migration_row r, crm.sales s
	WHERE r.migration_id = current_setting('migration.id')::bigint AND r.step = 10 AND s.org_id = n.org AND s.id = n.new_id)

-- known
SELECT b.id FROM batch b JOIN crm.sales t ON t.org_id = current_setting('app.org_id')::uuid AND t.id = b.new_id

-- compare
-- Under row security, an index is used only if the key needs no conversion, here and below.
SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT r.source_key::bigint AS id, t.id AS new_id, t.email, t.first_name, t.last_name, t.administrator,
			t.disabled AND t.user_id NOT LIKE 'deleted-%' AS disabled, ops.without_file_names(t.avatar::text) AS files
		  FROM (SELECT r.source_key, r.target_id::bigint AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting('migration.id')::bigint
			  AND r.step = current_setting('migration.step')::integer OFFSET 0) r
		  JOIN crm.sales t ON t.org_id = s.org AND t.id = r.id OFFSET 0) x

-- verify
SELECT format('the organization has no owner: %s was not imported', current_setting('migration.owner'))
  FROM (SELECT ops.migrated_organization() AS id) o
 WHERE NOT EXISTS (SELECT FROM identity.organization_member m
	WHERE m.organization_id = o.id AND m.acts_as = 'owner' AND NOT m.disabled)

-- reverse
-- The owner remains until the organization is deleted. A user to whom newer rows refer also remains.
SELECT ops.enter_migrated_organization('purging');
DELETE FROM identity.organization_member m USING batch b
 WHERE m.organization_id = current_setting('app.org_id')::uuid AND m.sales_id = b.target_id::bigint AND m.acts_as <> 'owner';
DO $$
DECLARE
	gone bigint;
BEGIN
	FOR gone IN SELECT b.target_id::bigint FROM batch b LOOP
		BEGIN
			DELETE FROM crm.sales s WHERE s.org_id = current_setting('app.org_id')::uuid AND s.id = gone
				AND NOT EXISTS (SELECT FROM identity.organization_member m
					WHERE m.organization_id = s.org_id AND m.user_id = s.user_id);
		EXCEPTION WHEN foreign_key_violation THEN
			NULL;
		END;
	END LOOP;
END $$

-- return
SELECT * FROM ops.migration_return('sales', 'public.sales',
	'{first_name,last_name,email,administrator,disabled,avatar,"user_id=coalesce(identity.uuid_or_null(t.user_id), md5(t.user_id)::uuid)"}')
