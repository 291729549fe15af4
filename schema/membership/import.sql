-- Import of members' rows from a system whose IDs are texts or UUIDs. A step of a migration provides the rows in the
-- table "batch". The columns of this table are those of the target table, except that it contains the ID in the source,
-- the user of the application ("user_id") instead of the member, and amounts in major units.
-- needs: membership/ledger.sql membership/payment.sql membership/payout.sql membership/profile.sql membership/refund.sql ops/migration.sql

-- Returns the new ID of an imported row: below 2^52, so that JavaScript represents it exactly.
CREATE OR REPLACE FUNCTION membership.imported_id(source_id text) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT ('x' || substr(md5(source_id), 1, 13))::bit(52)::bigint $$;

-- Returns the new ID of an imported user of the application.
CREATE OR REPLACE FUNCTION membership.imported_user_id(source_id text) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(identity.uuid_or_null(source_id), md5('supabase ' || source_id)::uuid) $$;

-- Returns the profile of an imported user of the application, in the organization of app.org_id.
CREATE OR REPLACE FUNCTION membership.imported_member(source_user text) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT p.id FROM (SELECT ops.org() AS org,
			membership.imported_user_id(source_user) AS id OFFSET 0) s,
		LATERAL (SELECT u.user_id FROM membership.users u WHERE u.org_id = s.org AND u.id = s.id OFFSET 0) u,
		LATERAL (SELECT p.id FROM membership.user_profiles p WHERE p.org_id = s.org AND p.user_id = u.user_id OFFSET 0) p
$$;

-- Returns the ID that the imported user of a profile has in the source.
CREATE OR REPLACE FUNCTION membership.imported_user(member bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT u.id FROM (SELECT ops.org() AS org OFFSET 0) s,
		LATERAL (SELECT p.user_id FROM membership.user_profiles p WHERE p.org_id = s.org AND p.id = member OFFSET 0) p,
		LATERAL (SELECT coalesce(u.metadata->>'source_id', u.id::text) AS id FROM membership.users u
			WHERE u.org_id = s.org AND u.user_id = p.user_id ORDER BY u.created_at, u.id LIMIT 1 OFFSET 0) u
$$;

-- Returns the rows of the batch whose user is missing.
CREATE OR REPLACE FUNCTION membership.rejected_rows() RETURNS TABLE (key text, reason text)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.enter_migrated_organization();
	RETURN QUERY EXECUTE 'SELECT b.id::text, ''its user is missing, or was left out'' FROM batch b
		WHERE membership.imported_member(b.user_id::text) IS NULL';
END $$;

-- Returns the rows of the batch whose amount cannot be expressed in minor units of the currency.
CREATE OR REPLACE FUNCTION membership.rejected_amounts() RETURNS TABLE (key text, reason text)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'SELECT b.id::text, CASE WHEN b.currency !~ ''^[A-Z]{3}$'' THEN format(''"%s" is not a currency'', left(b.currency, 30))
			WHEN b.amount IS NULL OR b.amount = ''NaN'' THEN ''it has no amount'' ELSE format(''%s has no such amount: %s'', b.currency, b.amount) END
		  FROM batch b, LATERAL (SELECT b.amount * crm.minor_units(b.currency) AS minor) m
		 WHERE b.currency !~ ''^[A-Z]{3}$'' OR b.amount IS NULL OR m.minor NOT BETWEEN 1 AND 1000000000000 OR m.minor <> trunc(m.minor)';
END $$;

-- Returns the rows of the batch that refer to a row that was not imported.
CREATE OR REPLACE FUNCTION membership.rejected_references(referring name, tenant_table name, noun text) RETURNS TABLE (key text, reason text)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT b.id, format(''its %%s is missing, or was left out'', $2) FROM (SELECT b.id::text, b.%I AS target FROM batch b OFFSET 0) b
		WHERE b.target IS NOT NULL AND NOT EXISTS (SELECT FROM membership.%I t WHERE t.org_id = $1 AND t.id = b.target)', referring, tenant_table)
		USING ops.enter_migrated_organization(), noun;
END $$;

-- Removes the default flag from rows of the batch whose member already has a default row, for example because a
-- rejected row is retried.
CREATE OR REPLACE FUNCTION membership.keep_defaults(tenant_table name) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('UPDATE batch b SET is_default = false WHERE b.is_default AND EXISTS (SELECT FROM membership.%I t
		WHERE t.org_id = $1 AND t.member_id = membership.imported_member(b.user_id::text) AND t.kind = b.kind AND t.is_default
		  AND t.id <> membership.imported_id(b.id::text))', tenant_table) USING ops.enter_migrated_organization();
END $$;

-- Writes the rows of the batch. The target table may lack some of their columns.
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
				WHEN a.attname IN ('amount', 'refunded_amount') THEN '(b.%I * crm.minor_units(b.currency))::bigint' ELSE 'b.%I' END, a.attname),
			', ' ORDER BY a.attnum)
	  INTO names, said FROM pg_attribute a
	 WHERE a.attrelid = 'pg_temp.batch'::regclass AND a.attnum > 0 AND NOT a.attisdropped
	   AND (a.attname = 'user_id' OR EXISTS (SELECT FROM pg_attribute t
		WHERE t.attrelid = to_regclass(format('membership.%I', tenant_table)) AND t.attname = a.attname AND NOT t.attisdropped));
	EXECUTE format('WITH created AS (INSERT INTO membership.%I (org_id, %s) SELECT $1, %s FROM batch b
			ON CONFLICT (org_id, id) DO NOTHING RETURNING id)
		INSERT INTO ops.migration_row (source_key, target_id)
		SELECT b.id, c.id FROM batch b JOIN created c ON c.id = membership.imported_id(b.id::text)', tenant_table, names, said) USING org;
END $$;

-- Posts the results of a query on the batch and the organization $1 to the ledger in one statement. Results that have
-- already been posted are skipped. The columns of the query are the key, the kind, the member, the currency, the
-- amount, the debit and credit accounts, the resource, the row, and the time, or null for the current time.
CREATE OR REPLACE FUNCTION membership.book_imported(query text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.enter_migrated_organization('restoring');
	bookings jsonb;
BEGIN
	EXECUTE format('SELECT coalesce(jsonb_agg(q), ''[]'') FROM (%s) q (key, kind, member_id, currency, amount, debit, credit, resource, row_id, at)
		WHERE NOT EXISTS (SELECT FROM membership.ledger_transactions t WHERE t.org_id = $1 AND t.key = q.key)', query) INTO bookings USING org;
	INSERT INTO membership.ledger_accounts (org_id, kind, currency, member_id)
	SELECT DISTINCT org, a.kind, b.currency, CASE WHEN a.kind IN ('receivable', 'payable') THEN b.member_id END
	  FROM jsonb_to_recordset(bookings) b (currency text, member_id bigint, debit text, credit text), unnest(ARRAY[b.debit, b.credit]) a (kind)
	    ON CONFLICT ON CONSTRAINT ledger_accounts_kind_key DO NOTHING;
	INSERT INTO membership.ledger_transactions (org_id, key, kind, member_id, resource, row_id, created_at)
	SELECT org, b.key, b.kind, b.member_id, b.resource, b.row_id, coalesce(b.at, now())
	  FROM jsonb_to_recordset(bookings) b (key text, kind text, member_id bigint, resource text, row_id bigint, at timestamptz);
	INSERT INTO membership.ledger_entries (org_id, transaction_id, account_id, amount, created_at)
	SELECT org, t.id, a.id, x.amount, t.created_at
	  FROM jsonb_to_recordset(bookings) b (key text, member_id bigint, currency text, amount bigint, debit text, credit text)
	  JOIN membership.ledger_transactions t ON t.org_id = org AND t.key = b.key
	  CROSS JOIN LATERAL (VALUES (b.debit, b.amount), (b.credit, -b.amount)) x (kind, amount)
	  JOIN membership.ledger_accounts a ON a.org_id = org AND a.kind = x.kind AND a.currency = b.currency
		AND a.member_id IS NOT DISTINCT FROM CASE WHEN x.kind IN ('receivable', 'payable') THEN b.member_id END;
END $$;

-- Deletes the postings for the rows of the batch, which contains the keys of written rows. Also deletes the accounts
-- that become empty.
CREATE OR REPLACE FUNCTION membership.unbook_imported(of_resource text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.enter_migrated_organization('purging');
	ids bigint[];
	account record;
BEGIN
	-- Append-only rows can only be deleted while the organization is being purged.
	UPDATE identity.organization o SET purging = true WHERE o.id = org;
	EXECUTE 'SELECT array_agg(t.id) FROM (SELECT b.target_id::bigint AS id FROM batch b OFFSET 0) b
		JOIN membership.ledger_transactions t ON t.org_id = $1 AND t.resource = $2 AND t.row_id = b.id' INTO ids USING org, of_resource;
	FOR account IN WITH gone AS (DELETE FROM membership.ledger_entries e WHERE e.org_id = org AND e.transaction_id = ANY (ids)
			RETURNING e.account_id, e.amount)
	     SELECT g.account_id AS id, sum(g.amount)::bigint AS amount FROM gone g GROUP BY g.account_id ORDER BY g.account_id LOOP
		PERFORM ops.add_to_total(org, 'ledger_entries ' || account.id, -account.amount);
		DELETE FROM membership.ledger_accounts a WHERE a.org_id = org AND a.id = account.id
			AND NOT EXISTS (SELECT FROM membership.ledger_entries e WHERE e.org_id = org AND e.account_id = a.id);
		IF FOUND THEN
			DELETE FROM ops.totals t WHERE t.org_id = org AND t.resource = 'ledger_entries ' || account.id;
		END IF;
	END LOOP;
	DELETE FROM membership.ledger_transactions t WHERE t.org_id = org AND t.id = ANY (ids);
	UPDATE identity.organization o SET purging = false WHERE o.id = org;
END $$;

-- Returns the payments and amounts due of the organization whose postings in the ledger are missing or different.
CREATE OR REPLACE FUNCTION membership.unbooked(org uuid) RETURNS TABLE (key text, detail text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY
	WITH booked AS (
		SELECT t.resource, t.row_id, t.kind, sum(e.amount) FILTER (WHERE e.amount > 0) AS amount, sum(e.amount) AS rest
		  FROM membership.ledger_transactions t JOIN membership.ledger_entries e ON e.org_id = org AND e.transaction_id = t.id
		 WHERE t.org_id = org GROUP BY t.id, t.resource, t.row_id, t.kind),
	sums AS (
		SELECT b.resource, b.row_id, CASE b.kind WHEN 'refund_failed' THEN 'refund' ELSE b.kind END AS kind,
			sum(CASE b.kind WHEN 'refund_failed' THEN -b.amount ELSE b.amount END) AS amount
		  FROM booked b GROUP BY 1, 2, 3),
	wanted AS (
		SELECT 'user_billing_schedules' AS resource, s.id, 'charge' AS kind, s.amount FROM membership.user_billing_schedules s
		 WHERE s.org_id = org AND (s.status = 'open' OR EXISTS (SELECT FROM membership.user_payments p
			WHERE p.org_id = org AND p.billing_schedule_id = s.id AND p.status = 'succeeded'))
		UNION ALL SELECT 'user_payments', p.id, 'payment', p.amount FROM membership.user_payments p
		 WHERE p.org_id = org AND p.status IN ('succeeded', 'refunded')
		UNION ALL SELECT 'user_payments', p.id, 'refund', p.refunded_amount FROM membership.user_payments p WHERE p.org_id = org AND p.refunded_amount > 0)
	SELECT format('%s %s', w.resource, w.id), format('the %s of the row %s of membership.%s is %s in the ledger, not %s', w.kind, w.id, w.resource,
			coalesce(s.amount, 0), w.amount)
	  FROM wanted w LEFT JOIN sums s ON (s.resource, s.row_id, s.kind) = (w.resource, w.id, w.kind) WHERE s.amount IS DISTINCT FROM w.amount
	UNION ALL SELECT format('%s %s', b.resource, b.row_id), format('the entries of the %s of the row %s sum to %s', b.kind, b.row_id, b.rest)
	  FROM booked b WHERE b.rest <> 0;
END $$;

-- Returns the keys of the rows of the batch that exist in the table.
CREATE OR REPLACE FUNCTION membership.known_rows(tenant_table name) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	-- Under row security, an index can be used for the key only if the key needs no conversion, here and below.
	RETURN QUERY EXECUTE format('SELECT b.id FROM (SELECT b.id::text, membership.imported_id(b.id::text) AS target FROM batch b OFFSET 0) b
		JOIN membership.%I t ON t.org_id = $1 AND t.id = b.target', tenant_table) USING ops.enter_migrated_organization();
END $$;

-- Returns the rows that the step has written to a table. The argument is a null row of the table, which determines
-- its type.
CREATE OR REPLACE FUNCTION membership.written_rows(of anyelement) RETURNS TABLE (source_key text, t anyelement)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT r.source_key, t FROM (SELECT r.source_key, r.target_id::bigint AS id FROM ops.migration_row r
			WHERE r.migration_id = current_setting(''migration.id'')::bigint
			  AND r.step = current_setting(''migration.step'')::integer OFFSET 0) r
		JOIN %s t ON t.org_id = $1 AND t.id = r.id', pg_typeof(of)) USING ops.enter_migrated_organization();
END $$;

-- Deletes the rows of the batch, which contains the keys of written rows.
CREATE OR REPLACE FUNCTION membership.remove_rows(tenant_table name) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.enter_migrated_organization('purging');
BEGIN
	-- Append-only rows can only be deleted while the organization is being purged.
	UPDATE identity.organization o SET purging = true WHERE o.id = org;
	EXECUTE format('DELETE FROM membership.%I t USING (SELECT b.target_id::bigint AS id FROM batch b OFFSET 0) b
		WHERE t.org_id = $1 AND t.id = b.id', tenant_table) USING org;
	UPDATE identity.organization o SET purging = false WHERE o.id = org;
END $$;

-- Returns the rows that were written to the table after the migration, as statements if the source has a table for
-- them. The columns that the journey reads of that table are given as "column=expression on t".
CREATE OR REPLACE FUNCTION membership.rows_since(tenant_table name, source_table text DEFAULT NULL, columns text[] DEFAULT '{}')
RETURNS TABLE (statement text, detail text)
LANGUAGE plpgsql AS $$
DECLARE
	members text := (SELECT coalesce(string_agg(format(', %L, (%s)::text', split_part(c, '=', 1), substr(c, strpos(c, '=') + 1)), '' ORDER BY n), '')
		FROM unnest(columns) WITH ORDINALITY x (c, n));
	-- A table of the source whose IDs are not UUIDs numbers its new rows itself.
	numbered boolean := EXISTS (SELECT FROM ops.migration_row r WHERE r.migration_id = current_setting('migration.id', true)::bigint
		AND r.step = current_setting('migration.step', true)::integer AND identity.uuid_or_null(r.source_key) IS NULL);
BEGIN
	RETURN QUERY EXECUTE format($sql$
		SELECT CASE WHEN $3 IS NULL OR membership.imported_user((to_jsonb(t)->>'member_id')::bigint) IS NULL THEN NULL
				WHEN r.source_key IS NULL THEN ops.source_statement('INSERT', $3, json_build_object(%3$s))
				ELSE ops.source_statement('UPDATE', $3, json_build_object('id', r.source_key%2$s)) END,
			format('the row %%s of membership.%1$I was %%s after the migration', t.id,
				CASE WHEN r.source_key IS NULL AND t.created_at > $2 THEN 'created' ELSE 'changed' END)
		  FROM membership.%1$I t LEFT JOIN ops.migration_row r ON r.migration_id = current_setting('migration.id')::bigint
			AND r.step = current_setting('migration.step')::integer AND r.target_id = t.id::text
		 WHERE t.org_id = $1 AND greatest(t.created_at, t.updated_at) > $2
		UNION ALL
		SELECT CASE WHEN $3 IS NOT NULL THEN format('DELETE FROM %%s WHERE %%s = %%L', $3, ops.source_column($3, 'id'), r.source_key) END,
			format('the row %%s of membership.%1$I was deleted after the migration', r.target_id)
		  FROM ops.migration_row r
		 WHERE r.migration_id = current_setting('migration.id')::bigint AND r.step = current_setting('migration.step')::integer
		   AND NOT EXISTS (SELECT FROM membership.%1$I t WHERE t.org_id = $1 AND t.id = r.target_id::bigint)$sql$,
		tenant_table, members, CASE WHEN numbered THEN substr(members, 3)
			ELSE '''id'', md5(''tenantry '' || t.id)::uuid' || members END)
		USING ops.enter_migrated_organization(), ops.migration_end(), source_table;
END $$;

-- Deletes all rows of the module except users and their profiles, referring rows first.
CREATE OR REPLACE FUNCTION membership.remove_later_rows(org uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	tenant_table regclass;
BEGIN
	PERFORM ops.enter_organization(org, 'purging');
	-- Append-only rows can only be deleted while the organization is being purged.
	UPDATE identity.organization o SET purging = true WHERE o.id = org;
	FOR tenant_table IN SELECT c.oid FROM ops.reference_depths() d JOIN pg_class c ON c.oid = d.tenant_table
	     WHERE c.relnamespace = 'membership'::regnamespace AND c.relname NOT IN ('users', 'user_profiles')
	     ORDER BY d.depth DESC, c.oid DESC LOOP
		EXECUTE format('DELETE FROM %s WHERE org_id = $1', tenant_table) USING org;
	END LOOP;
	UPDATE identity.organization o SET purging = false WHERE o.id = org;
END $$;
