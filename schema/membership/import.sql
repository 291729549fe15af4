-- Rows of members that come from another system, whose ids are texts or UUIDs. A step of a migration has them in the table
-- "batch" with the columns of the table here, but with the id of the source, the user of the application as "user_id" instead of
-- the member, and an amount in major units.
-- needs: membership/payout.sql membership/profile.sql ops/migration.sql

-- The id of a row that had another one: below 2^52, which JavaScript reads exactly.
CREATE OR REPLACE FUNCTION membership.imported_id(source_id text) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT ('x' || substr(md5(source_id), 1, 13))::bit(52)::bigint $$;

-- The same of a user of the application.
CREATE OR REPLACE FUNCTION membership.imported_user_id(source_id text) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(identity.uuid_or_null(source_id), md5('supabase ' || source_id)::uuid) $$;

-- The profile of an imported user of the application, in the organization of app.org_id.
CREATE OR REPLACE FUNCTION membership.imported_member(source_user text) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT p.id FROM (SELECT ops.org() AS org,
			membership.imported_user_id(source_user) AS id OFFSET 0) s,
		LATERAL (SELECT u.user_id FROM membership.users u WHERE u.org_id = s.org AND u.id = s.id OFFSET 0) u,
		LATERAL (SELECT p.id FROM membership.user_profiles p WHERE p.org_id = s.org AND p.user_id = u.user_id OFFSET 0) p
$$;

-- The imported user of a profile, as the source names it.
CREATE OR REPLACE FUNCTION membership.imported_user(member bigint) RETURNS uuid
LANGUAGE sql STABLE AS $$
	SELECT u.id FROM (SELECT ops.org() AS org OFFSET 0) s,
		LATERAL (SELECT p.user_id FROM membership.user_profiles p WHERE p.org_id = s.org AND p.id = member OFFSET 0) p,
		LATERAL (SELECT u.id FROM membership.users u
			WHERE u.org_id = s.org AND u.user_id = p.user_id ORDER BY u.created_at, u.id LIMIT 1 OFFSET 0) u
$$;

-- The rows of the batch whose user is missing.
CREATE OR REPLACE FUNCTION membership.rejected_rows() RETURNS TABLE (key text, reason text)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.enter_migrated_organization();
	RETURN QUERY EXECUTE 'SELECT b.id::text, ''its user is missing, or was left out'' FROM batch b
		WHERE membership.imported_member(b.user_id::text) IS NULL';
END $$;

-- Of the rows of the batch, those are no default whose member has one already: a rejected row that is tried again.
CREATE OR REPLACE FUNCTION membership.keep_defaults(tenant_table name) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('UPDATE batch b SET is_default = false WHERE b.is_default AND EXISTS (SELECT FROM membership.%I t
		WHERE t.org_id = $1 AND t.member_id = membership.imported_member(b.user_id::text) AND t.kind = b.kind AND t.is_default
		  AND t.id <> membership.imported_id(b.id::text))', tenant_table) USING ops.enter_migrated_organization();
END $$;

-- Writes the rows of the batch.
CREATE OR REPLACE FUNCTION membership.import_rows(tenant_table name) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.enter_migrated_organization('restoring');
	names text;
	said text;
BEGIN
	SELECT string_agg(quote_ident(CASE a.attname WHEN 'user_id' THEN 'member_id' ELSE a.attname END), ', ' ORDER BY a.attnum),
		string_agg(format(CASE WHEN a.attname = 'user_id' THEN 'membership.imported_member(b.%I::text)'
				WHEN a.attname = 'id' THEN 'membership.imported_id(b.%I::text)'
				WHEN a.attname = 'amount' THEN '(b.%I * crm.minor_units(b.currency))::bigint' ELSE 'b.%I' END, a.attname),
			', ' ORDER BY a.attnum)
	  INTO names, said FROM pg_attribute a
	 WHERE a.attrelid = 'pg_temp.batch'::regclass AND a.attnum > 0 AND NOT a.attisdropped;
	EXECUTE format('WITH created AS (INSERT INTO membership.%I (org_id, %s) SELECT $1, %s FROM batch b
			ON CONFLICT (org_id, id) DO NOTHING RETURNING id)
		INSERT INTO ops.migration_row (source_key, target_id)
		SELECT b.id, c.id FROM batch b JOIN created c ON c.id = membership.imported_id(b.id::text)', tenant_table, names, said) USING org;
END $$;

-- The keys of the rows of the batch that the table has.
CREATE OR REPLACE FUNCTION membership.known_rows(tenant_table name) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	-- Row security lets the key be used in an index only if it needs no conversion, here and below.
	RETURN QUERY EXECUTE format('SELECT b.id FROM (SELECT b.id::text, membership.imported_id(b.id::text) AS target FROM batch b OFFSET 0) b
		JOIN membership.%I t ON t.org_id = $1 AND t.id = b.target', tenant_table) USING ops.enter_migrated_organization();
END $$;

-- The rows that the step has written, to a table that is named by a row of it.
CREATE OR REPLACE FUNCTION membership.written_rows(of anyelement) RETURNS TABLE (source_key text, t anyelement)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT r.source_key, t FROM (SELECT r.source_key, r.target_id::bigint AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting(''migration.id'')::bigint
			  AND r.step = current_setting(''migration.step'')::integer OFFSET 0) r
		JOIN %s t ON t.org_id = $1 AND t.id = r.id', pg_typeof(of)) USING ops.enter_migrated_organization();
END $$;

-- Deletes the rows of the batch, which has the keys of written rows.
CREATE OR REPLACE FUNCTION membership.remove_rows(tenant_table name) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('DELETE FROM membership.%I t USING (SELECT b.target_id::bigint AS id FROM batch b OFFSET 0) b
		WHERE t.org_id = $1 AND t.id = b.id', tenant_table) USING ops.enter_migrated_organization('purging');
END $$;

-- What was written to the table after the migration, as a statement if the source has a table for it. Its columns are given as
-- "column=expression on t".
CREATE OR REPLACE FUNCTION membership.rows_since(tenant_table name, source_table text DEFAULT NULL, columns text[] DEFAULT '{}')
RETURNS TABLE (statement text, detail text)
LANGUAGE plpgsql AS $$
DECLARE
	names text := (SELECT string_agg(quote_ident(split_part(c, '=', 1)), ', ' ORDER BY n) FROM unnest(columns) WITH ORDINALITY x (c, n));
	said text := (SELECT string_agg(format('(%s)::text', substr(c, strpos(c, '=') + 1)), ', ' ORDER BY n)
		FROM unnest(columns) WITH ORDINALITY x (c, n));
BEGIN
	RETURN QUERY EXECUTE format($sql$
		SELECT CASE WHEN $3 IS NULL OR membership.imported_user(t.member_id) IS NULL THEN NULL
				WHEN r.source_key IS NULL THEN format('INSERT INTO %%s (id, %%s) VALUES (%%L, %%s) ON CONFLICT DO NOTHING', $3, $4,
					md5('tenantry ' || t.id)::uuid, v.texts)
				ELSE format('UPDATE %%s SET (%%s) = ROW(%%s) WHERE id = %%L', $3, $4, v.texts, r.source_key) END,
			format('the row %%s of membership.%1$I was %%s after the migration', t.id,
				CASE WHEN r.source_key IS NULL AND t.created_at > $2 THEN 'created' ELSE 'changed' END)
		  FROM membership.%1$I t LEFT JOIN ops.migration_row r ON r.migration_id = current_setting('migration.id')::bigint
			AND r.step = current_setting('migration.step')::integer AND r.target_id = t.id::text,
			LATERAL (SELECT string_agg(quote_nullable(x.text), ', ' ORDER BY x.n) AS texts
				FROM unnest(ARRAY[%2$s]::text[]) WITH ORDINALITY x (text, n)) v
		 WHERE t.org_id = $1 AND greatest(t.created_at, t.updated_at) > $2
		UNION ALL
		SELECT CASE WHEN $3 IS NOT NULL THEN format('DELETE FROM %%s WHERE id = %%L', $3, r.source_key) END,
			format('the row %%s of membership.%1$I was deleted after the migration', r.target_id)
		  FROM ops.migration_row r
		 WHERE r.migration_id = current_setting('migration.id')::bigint AND r.step = current_setting('migration.step')::integer
		   AND NOT EXISTS (SELECT FROM membership.%1$I t WHERE t.org_id = $1 AND t.id = r.target_id::bigint)$sql$,
		tenant_table, coalesce(said, '')) USING ops.enter_migrated_organization(), ops.migration_end(), source_table, names;
END $$;

-- Deletes all rows of the module but users and their profiles, those that refer to others first.
CREATE OR REPLACE FUNCTION membership.remove_later_rows(org uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	tenant_table regclass;
BEGIN
	PERFORM ops.enter_organization(org, 'purging');
	-- So that append-only rows can be deleted, too.
	UPDATE identity.organization o SET purging = true WHERE o.id = org;
	FOR tenant_table IN SELECT c.oid FROM ops.reference_depths() d JOIN pg_class c ON c.oid = d.tenant_table
	     WHERE c.relnamespace = 'membership'::regnamespace AND c.relname NOT IN ('users', 'user_profiles')
	     ORDER BY d.depth DESC, c.oid DESC LOOP
		EXECUTE format('DELETE FROM %s WHERE org_id = $1', tenant_table) USING org;
	END LOOP;
	UPDATE identity.organization o SET purging = false WHERE o.id = org;
END $$;
