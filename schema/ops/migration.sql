-- The state of data migrations, for operators.

-- When the run of the setting migration.id ended, or its last step so far: what is newer was written by users.
CREATE OR REPLACE FUNCTION ops.migration_end() RETURNS timestamptz
LANGUAGE sql STABLE AS $$
	SELECT coalesce(m.ended_at, (SELECT max(s.ended_at) FROM ops.migration_step s WHERE s.migration_id = m.id),
		m.started_at)
	  FROM ops.migration m WHERE m.id = current_setting('migration.id')::bigint
$$;

-- The first owner of each organization that a step of the run of the setting migration.id did not create, and its slug.
-- A rollback keeps these users, since an organization always keeps an owner. Linked users stay anyway.
CREATE OR REPLACE FUNCTION ops.kept_users(creator integer) RETURNS TABLE (user_id text, organization text)
LANGUAGE sql STABLE AS $$
	SELECT k.* FROM (SELECT DISTINCT ON (o.id) m.user_id, o.slug
	  FROM identity.organization o JOIN identity.organization_member m ON m.organization_id = o.id
	 WHERE o.deleted_at IS NULL AND m.acts_as = 'owner' AND NOT m.disabled
	   AND NOT EXISTS (SELECT FROM ops.migration_row r WHERE r.migration_id = current_setting('migration.id')::bigint
		AND r.step = creator AND r.target_id = o.id::text)
	 ORDER BY o.id, m.created_at, m.id) k
	 WHERE NOT EXISTS (SELECT FROM identity.imported_user i WHERE i.user_id = k.user_id)
$$;

-- The tables of the CRM in which users of an organization have written rows, with their number.
CREATE OR REPLACE FUNCTION ops.organization_rows(org uuid) RETURNS TABLE (table_name text, rows bigint)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('app.org_id', org::text, true);
	FOR table_name IN SELECT c.oid::regclass::text FROM pg_class c
	     WHERE c.relkind = 'r' AND c.relname IN ('companies', 'contacts', 'deals', 'contact_notes', 'deal_notes', 'tasks',
		'tags', 'activities', 'appointments', 'messages', 'webhooks', 'automation_rules')
	       AND c.relnamespace::regnamespace::text = 'crm' ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*) FROM %s WHERE org_id = $1', table_name) INTO rows USING org;
		IF rows > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;

-- All migrations, the newest first, with steps, progress and rules.
CREATE OR REPLACE FUNCTION ops.migrations() RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object(
		'id', m.id, 'journey', m.journey, 'state', m.state, 'message', m.message, 'version', m.version,
		'plan_sum', m.plan_sum, 'choices', m.choices, 'backup', m.backup, 'started_at', m.started_at,
		'ended_at', m.ended_at, 'rollback_until', CASE WHEN m.state = 'done'
			THEN m.ended_at + interval '48 hours' END,
		'settings', jsonb_build_object('batch', m.batch_rows, 'pause', m.pause_ms, 'lock_timeout',
			m.lock_timeout_ms, 'max_lag', m.max_lag_ms, 'max_sessions', m.max_sessions),
		'progress', (SELECT to_jsonb(p) - 'migration_id' FROM ops.migration_progress p WHERE p.migration_id = m.id),
		'steps', (SELECT coalesce(jsonb_agg(to_jsonb(s) - ARRAY['migration_id', 'last_key'] ORDER BY s.step), '[]')
			FROM ops.migration_step s WHERE s.migration_id = m.id),
		'report', (SELECT jsonb_build_object('at', r.at, 'go', r.go, 'sum', r.sum) FROM ops.migration_report r
			WHERE r.migration_id = m.id ORDER BY r.at DESC LIMIT 1))
		ORDER BY m.id DESC), '[]')
	  FROM (SELECT * FROM ops.migration x ORDER BY x.id DESC LIMIT 30) m
$$;

CREATE OR REPLACE FUNCTION ops.list_migrations() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN ops.migrations()::text;
END $$;
GRANT EXECUTE ON FUNCTION ops.list_migrations() TO tenantry_app;
