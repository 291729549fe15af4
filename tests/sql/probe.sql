-- Tries, as a user of one organization, everything that could reach the rows of another organization. A has the same
-- rows as B, with the same IDs, so finding a row by its ID proves nothing. C has no rows, so any row that it sees is a
-- leak.

-- B is the demo. A table without a row of B gets one.
CREATE TABLE test.org (name text PRIMARY KEY, id uuid NOT NULL);

CREATE FUNCTION test.tenant_tables() RETURNS SETOF regclass LANGUAGE sql STABLE AS $$
	SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a
		ON a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped
	 WHERE c.relkind IN ('r', 'p')
	   AND (c.relnamespace = 'crm'::regnamespace OR c.oid = 'ops.audit_log'::regclass
		-- Other tables are accessible only through functions that run as the owner, see the list "ungranted" in
		-- catalog.sql.
		OR c.relnamespace IN ('factory_app'::regnamespace, 'membership'::regnamespace) AND has_table_privilege('tenantry_app', c.oid, 'SELECT'))
	 ORDER BY c.oid
$$;

-- Returns the columns that a user may write.
CREATE FUNCTION test.columns_of(t regclass, but text DEFAULT '') RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
	 WHERE attrelid = t AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
	   AND attname <> but
$$;

-- Adds a row with arbitrary values and with parents of B to a table that test.add_rows() does not name. The CHECK
-- constraints of the table are dropped, since the probe is about the owner of the rows and not about their contents.
CREATE FUNCTION test.add_row(t regclass, b uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	k name;
	columns text;
	vals text;
BEGIN
	FOR k IN SELECT conname FROM pg_constraint WHERE conrelid = t AND contype = 'c' LOOP
		EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', t, k);
	END LOOP;
	SELECT string_agg(quote_ident(a.attname), ', '), string_agg(CASE
		WHEN f.oid IS NOT NULL
		THEN format('(SELECT min(id) FROM %s WHERE org_id = %L)', f.confrelid::regclass, b)
		ELSE quote_literal(CASE y.typcategory WHEN 'N' THEN '1' WHEN 'D' THEN 'now'
			WHEN 'B' THEN 'false' WHEN 'A' THEN '{}' ELSE CASE a.atttypid::regtype::text
			WHEN 'jsonb' THEN '{}' WHEN 'uuid' THEN b::text
			ELSE CASE a.attname WHEN 'currency' THEN 'EUR' ELSE 'x' END END END) END, ', ')
	  INTO columns, vals
	  FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_constraint f
		ON f.contype = 'f' AND f.conrelid = t AND cardinality(f.conkey) = 2
		AND f.conkey[2] = a.attnum
	 WHERE a.attrelid = t AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'org_id'
	   AND a.attgenerated = '' AND (f.oid IS NOT NULL OR a.attnotnull AND NOT a.atthasdef);
	EXECUTE format('INSERT INTO %s (org_id, %s) VALUES (%L, %s)', t, columns, b, vals);
END $$;

CREATE FUNCTION test.add_rows() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
	b uuid := (SELECT id FROM identity.organization WHERE demo);
	a uuid;
	c uuid;
	planted boolean;
BEGIN
	PERFORM test.sign_up('probe-a');
	PERFORM test.sign_up('probe-c', NULL, true);
	PERFORM test.as('probe-c', 'user');
	PERFORM identity.create_organization('C', 'c', NULL, NULL, false);
	SELECT active_organization_id INTO a FROM identity.session WHERE user_id = 'probe-a';
	SELECT active_organization_id INTO c FROM identity.session WHERE user_id = 'probe-c';
	INSERT INTO test.org VALUES ('a', a), ('b', b), ('c', c);
	PERFORM set_config('app.user_id', 'probe-b', true);
	INSERT INTO crm.companies (org_id, id, name) VALUES (b, 1, 'In the trash');
	INSERT INTO crm.contacts (org_id, id, company_id) VALUES (b, 1, 1);
	DELETE FROM crm.companies WHERE org_id = b AND id = 1;
	SET LOCAL session_replication_role = replica;
	DELETE FROM crm.sales WHERE org_id IN (a, c);
	DELETE FROM crm.configuration WHERE org_id IN (a, c);
	DELETE FROM crm.choices WHERE org_id IN (a, c);
	WITH rule AS (INSERT INTO crm.automation_rules (org_id, sales_id, name, trigger_type,
		action_type, action_config) SELECT b, min(id), 'r', 'deal.created', 'create_note',
		'{"text": "x"}' FROM crm.sales WHERE org_id = b RETURNING id)
	INSERT INTO crm.automation_runs (org_id, rule_id, resource, row_id, depth, outcome)
	SELECT b, id, 'deals', 1, 1, 'done' FROM rule;
	INSERT INTO crm.merges (org_id, winner_id, loser_id, sales_id, loser, before, after, moved,
		deals)
	SELECT b, max(c.id), min(c.id), min(s.id), '{}', '{}', '{}', '{}', '[]'
	  FROM crm.contacts c, crm.sales s WHERE c.org_id = b AND s.org_id = b;
	INSERT INTO crm.imports (org_id, id, format, size, sales_id)
	SELECT b, 5, 'json', 1, min(id) FROM crm.sales WHERE org_id = b;
	INSERT INTO crm.import_errors (org_id, import_id, n, reason) VALUES (b, 5, 1, 'r');
	INSERT INTO crm.external_ids (org_id, resource, source, key, row_id, import_id)
	VALUES (b, 'contacts', 'import', 'k', 1, 5);
	INSERT INTO crm.import_mappings (org_id, name, resource, columns, mapping)
	VALUES (b, 'm', 'contacts', '["a"]', '["first_name"]');
	INSERT INTO crm.context_embeddings (org_id, resource, row_id, part, content, content_hash,
		model) VALUES (b, 'contacts', 1, 0, 'x', sha256('x'), 'm');
	INSERT INTO crm.assistant_proposals (org_id, user_id, tool, arguments)
	VALUES (b, 'probe-a', 'add_note', '{}');
	INSERT INTO crm.messages (org_id, channel, direction, status, body, contact_id, sales_id)
	SELECT b, 'sms', 'inbound', 'received', 'x', min(c.id), min(s.id) FROM crm.contacts c, crm.sales s
	 WHERE c.org_id = b AND s.org_id = b;
	INSERT INTO crm.appointment_attendees (org_id, appointment_id, place, contact_id)
	SELECT b, min(a.id), 1, min(c.id) FROM crm.appointments a, crm.contacts c
	 WHERE a.org_id = b AND c.org_id = b;
	INSERT INTO crm.appointment_attendees (org_id, appointment_id, place, sales_id)
	SELECT b, min(a.id), 2, min(s.id) FROM crm.appointments a, crm.sales s
	 WHERE a.org_id = b AND s.org_id = b;
	INSERT INTO crm.duplicates (org_id, resource, one_id, other_id, score, reasons)
	VALUES (b, 'contacts', 1, 2, 90, '["email"]');
	INSERT INTO crm.views (org_id, resource, name, user_id, sales_id)
	SELECT b, 'contacts', 'x', 'probe-a', min(id) FROM crm.sales WHERE org_id = b;
	-- This constraint is dropped because the probe copies the rows.
	ALTER TABLE crm.field_definitions DROP CONSTRAINT IF EXISTS field_definitions_key_key;
	ALTER TABLE crm.object_definitions DROP CONSTRAINT IF EXISTS object_definitions_key_key;
	DROP INDEX crm.object_definitions_resource;
	INSERT INTO crm.object_definitions (org_id, id, key, resource, label, plural) VALUES (b, 5, 'probes', 'custom_probes', 'Probe', 'Probes');
	INSERT INTO crm.records (org_id, object, object_id, name, sales_id) SELECT b, 'custom_probes', 5, 'x', min(s.id) FROM crm.sales s WHERE s.org_id = b;
	INSERT INTO crm.field_definitions (org_id, id, resource, key, kind, label, object_id) VALUES (b, 5, 'custom_probes', 'probe', 'text', 'Probe', 5);
	INSERT INTO crm.custom_values (org_id, field_id, id, word) VALUES (b, 5, 5, 'x');
	ALTER TABLE crm.shares DROP CONSTRAINT shares_user_id_key;
	INSERT INTO crm.shares (org_id, resource, row_id, user_id, sales_id)
	SELECT b, 'contacts', (SELECT min(id) FROM crm.contacts WHERE org_id = b), 'probe-a', min(id)
	  FROM crm.sales WHERE org_id = b;
	WITH c AS (INSERT INTO crm.bulk_changes (org_id, resource, tenant_table, action, sales_id)
		SELECT b, 'tags', 'crm.tags', 'update', min(id) FROM crm.sales WHERE org_id = b
		RETURNING id)
	INSERT INTO crm.bulk_rows (org_id, change_id, row_id, before, after)
	SELECT b, c.id, 1, '{}', '{}' FROM c;
	INSERT INTO membership.user_profiles (org_id, id) VALUES (b, 5);
	-- A membership that never began overlaps with no other membership, so the probe can copy it.
	INSERT INTO membership.user_memberships (org_id, id, member_id, tier, status, starts_on, renews, cancelled_on,
		renewed_from_id)
	VALUES (b, 5, 5, 'x', 'cancelled', '2026-01-31', false, '2026-01-01', 5);
	INSERT INTO membership.membership_queue (org_id, member_id, status, place, called_by)
	SELECT b, 5, 'cancelled', 1, min(id) FROM crm.sales WHERE org_id = b;
	-- This constraint is dropped because the probe copies the rows.
	ALTER TABLE membership.ledger_accounts DROP CONSTRAINT ledger_accounts_kind_key;
	ALTER TABLE membership.ledger_transactions DROP CONSTRAINT ledger_transactions_key_key CASCADE;
	INSERT INTO membership.ledger_accounts (org_id, id, kind, currency, member_id) VALUES (b, 5, 'receivable', 'EUR', 5);
	INSERT INTO membership.ledger_transactions (org_id, id, key, kind, member_id) VALUES (b, 5, 'x', 'charge', 5);
	INSERT INTO membership.ledger_entries (org_id, transaction_id, account_id, member_id, currency, amount)
	VALUES (b, 5, 5, 5, 'EUR', 1);
	ALTER TABLE membership.agreement_documents DROP CONSTRAINT agreement_documents_name_check;
	INSERT INTO membership.agreement_documents (org_id, id, name, version, title, text, hash)
	VALUES (b, 5, 'x', 1, 'x', 'x', repeat('0', 64));
	INSERT INTO membership.user_agreements (org_id, member_id, document_id, name, version, hash)
	VALUES (b, 5, 5, 'x', 1, repeat('0', 64));
	ALTER TABLE membership.user_billing_schedules DROP CONSTRAINT user_billing_schedules_source_check,
		DROP CONSTRAINT user_billing_schedules_subscription_id_key, DROP CONSTRAINT user_billing_schedules_membership_id_key;
	ALTER TABLE membership.user_payment_methods DROP CONSTRAINT user_payment_methods_token_key;
	DROP INDEX membership.user_payments_billing_schedule_id;
	ALTER TABLE membership.user_payouts DROP CONSTRAINT user_payouts_reference_key;
	INSERT INTO membership.user_subscriptions (org_id, id, member_id, plan, amount, currency, starts_on, next_on)
	VALUES (b, 5, 5, 'x', 1, 'EUR', '2026-01-31', '2026-01-31');
	INSERT INTO membership.user_billing_schedules (org_id, id, member_id, subscription_id, membership_id, amount, currency)
	VALUES (b, 5, 5, 5, 5, 1, 'EUR');
	INSERT INTO membership.user_payment_methods (org_id, id, member_id, kind, provider, token)
	VALUES (b, 5, 5, 'card', 'p', 'token');
	INSERT INTO membership.user_payments (org_id, id, member_id, billing_schedule_id, payment_method_id, amount, currency,
		status) VALUES (b, 5, 5, 5, 5, 1, 'EUR', 'pending');
	-- This constraint is dropped because the probe copies the rows.
	ALTER TABLE membership.kyc_evidence DROP CONSTRAINT kyc_evidence_file_key;
	DROP INDEX membership.kyc_verification_open;
	INSERT INTO membership.kyc_verification (org_id, id, member_id, document_type, country, status, reviewer_id, renewed_from_id)
	SELECT b, 5, 5, 'other', 'FR', 'draft', min(id), 5 FROM crm.sales WHERE org_id = b;
	INSERT INTO membership.kyc_evidence (org_id, id, verification_id, member_id, kind, type, size, file)
	VALUES (b, 5, 5, 5, 'front', 'image/png', 1, 'x');
	INSERT INTO membership.kyc_decisions (org_id, verification_id, member_id, action, from_status, to_status)
	VALUES (b, 5, 5, 'reject', 'in_review', 'rejected');
	ALTER TABLE membership.tax_forms DROP CONSTRAINT tax_forms_year_key;
	INSERT INTO membership.tax_forms (org_id, id, member_id, year, kind, country, legal_name, identifier_sealed, identifier_last)
	VALUES (b, 5, 5, 2025, 'w9', 'FR', 'x', 'x', 'x');
	INSERT INTO membership.monitoring_rules (org_id, id, name, kind, countries) VALUES (b, 5, 'x', 'country', 'FR');
	ALTER TABLE membership.transaction_monitoring DROP CONSTRAINT transaction_monitoring_payment_id_key;
	INSERT INTO membership.transaction_monitoring (org_id, payment_id, rule_id, member_id, found) VALUES (b, 5, 5, 5, 'x');
	ALTER TABLE membership.admin_alerts DROP CONSTRAINT admin_alerts_key_key;
	INSERT INTO membership.admin_alerts (org_id, id, key, title, severity, member_id, assigned_to)
	SELECT b, 5, 'x', 'x', 'low', 5, min(id) FROM crm.sales WHERE org_id = b;
	INSERT INTO membership.member_messages (org_id, id, member_id, body, author_id) SELECT b, 5, 5, 'x', min(id) FROM crm.sales WHERE org_id = b;
	INSERT INTO membership.newsfeed_posts (org_id, id, title, body) VALUES (b, 5, 'x', 'x');
	ALTER TABLE membership.erasures DROP CONSTRAINT erasures_member_id_key;
	INSERT INTO membership.erasures (org_id, member_id, hash, erased, reason) VALUES (b, 5, 'x', '{}', 'x');
	INSERT INTO membership.legal_holds (org_id, member_id, reason, set_by) VALUES (b, 5, 'x', 'x');
	INSERT INTO membership.report_templates (org_id, id, name, resource) VALUES (b, 5, 'x', 'tags');
	INSERT INTO membership.payout_accounts (org_id, id, member_id, holder, country, last4) VALUES (b, 5, 5, 'x', 'DE', '3000');
	INSERT INTO membership.payout_batches (org_id, id, account_id, currency, execute_on, payouts, total)
	VALUES (b, 5, 5, 'EUR', '2026-01-31', 1, 1);
	ALTER TABLE membership.user_payouts DROP CONSTRAINT user_payouts_batch_id_check;
	PERFORM set_config('app.restoring', 'on', true);
	INSERT INTO membership.user_payouts (org_id, id, member_id, account_id, payment_id, batch_id, amount, currency, status, reference)
	VALUES (b, 5, 5, 5, 5, 5, 1, 'EUR', 'requested', 'x');
	INSERT INTO membership.disputes (org_id, member_id, payment_id, payout_id, amount, currency, reason) VALUES (b, 5, 5, 5, 1, 'EUR', 'x');
	DROP INDEX membership.disputes_payment_id;
	PERFORM set_config('app.restoring', '', true);
	INSERT INTO factory_app.user_profiles (org_id, id) SELECT b, min(id) FROM crm.sales WHERE org_id = b;
	INSERT INTO factory_app.cost_calculations (org_id, sales_id, name, inputs, rates, formula_version, result, currency, quantity,
		total_cost, unit_cost)
	SELECT b, min(id), 'x', '{"currency": "EUR", "quantity": 1, "materials": [{"name": "x", "price": 1, "quantity_per_unit": 1}]}', '{}', 1, '{}', 'EUR', 1, 0, 0 FROM crm.sales WHERE org_id = b;
	INSERT INTO factory_app.integration_configs (org_id, id, name, type) VALUES (b, 5, 'x', 'mysql');
	-- This constraint is dropped because the probe copies the rows.
	ALTER TABLE factory_app.data_mappings DROP CONSTRAINT data_mappings_name_key;
	INSERT INTO factory_app.data_mappings (org_id, id, integration_id, name, version) VALUES (b, 5, 5, 'x', 1);
	INSERT INTO factory_app.integration_jobs (org_id, integration_id, mapping_id) VALUES (b, 5, 5);
	WITH hook AS (INSERT INTO crm.webhooks (org_id, url, secret, payload_version)
		VALUES (b, 'https://hook.test/', 'x', 1) RETURNING id)
	INSERT INTO crm.webhook_deliveries (org_id, webhook_id, event)
	SELECT b, id, 'webhook.test' FROM hook;
	DELETE FROM ops.audit_log WHERE org_id IN (a, c);
	FOR t IN SELECT test.tenant_tables() LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE org_id = %L)', t, b) INTO planted;
		IF NOT planted THEN
			PERFORM test.add_row(t, b);
		END IF;
		EXECUTE format('INSERT INTO %1$s (org_id, %2$s) SELECT %3$L, %2$s FROM %1$s '
			'WHERE org_id = %4$L', t, test.columns_of(t, 'org_id'), a, b);
	END LOOP;
	-- Adds a row that only B has to each parent table.
	FOR t IN SELECT DISTINCT confrelid FROM pg_constraint
	    WHERE contype = 'f' AND conrelid IN (SELECT test.tenant_tables())
	    AND cardinality(conkey) = 2 LOOP
		EXECUTE format('INSERT INTO %1$s (%2$s) SELECT %3$s FROM %1$s x, '
			'jsonb_populate_record(x, jsonb_build_object(''id'', ops.new_id(), '
			'''user_id'', ''probe-b'', ''name'', ''only B'', ''sku'', ''only B'')) y WHERE x.org_id = %4$L LIMIT 1', t,
			test.columns_of(t), 'y.' || replace(test.columns_of(t), ', ', ', y.'), b);
	END LOOP;
	SET LOCAL session_replication_role = origin;
END $$;

-- Returns the result of a statement, 'rows N' or 'error SQLSTATE MESSAGE'. The effect of the statement is rolled back.
CREATE FUNCTION test.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	BEGIN
		EXECUTE statement;
		GET DIAGNOSTICS n = ROW_COUNT;
		SET CONSTRAINTS ALL IMMEDIATE; -- checks deferred constraints before the rollback
		RAISE EXCEPTION USING ERRCODE = 'TE000';
	EXCEPTION WHEN SQLSTATE 'TE000' THEN
		RETURN 'rows ' || n;
	WHEN OTHERS THEN
		RETURN 'error ' || SQLSTATE || ' ' || SQLERRM;
	END;
END $$;

-- Makes all attempts on one table. Each returned line is a leak.
CREATE FUNCTION test.probe_table(t regclass) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	a uuid := (SELECT id FROM test.org WHERE name = 'a');
	b uuid := (SELECT id FROM test.org WHERE name = 'b');
	c uuid := (SELECT id FROM test.org WHERE name = 'c');
	own text;
	modules text;
	columns text := test.columns_of(t, 'org_id');
	some_id text;
	got text;
	statement text;
	fk record;
	other text;
	copy text;
BEGIN
	EXECUTE format('SELECT count(*), min(id) FROM %s WHERE org_id = %L', t, a) INTO own, some_id;
	IF own = '0' THEN
		RETURN NEXT format('%s: has no row to probe with', t);
		RETURN;
	END IF;
	PERFORM set_config('app.module_grants', identity.module_grants(a, NULL, 'owner', ARRAY(SELECT m.name FROM identity.module m)), true);
	PERFORM set_config('role', 'tenantry_app', true), set_config('app.role', 'owner', true),
		set_config('app.user_id', 'probe-a', true), set_config('app.grants', '*', true), set_config('app.org_id', a::text, true),
		set_config('app.modules', ARRAY(SELECT m.name FROM identity.module m)::text, true);

	FOREACH statement IN ARRAY ARRAY[
		format('SELECT FROM %s', t),
		format('SELECT FROM %s x JOIN %1$s y USING (id)', t),
		format('SELECT FROM %s x WHERE EXISTS (SELECT FROM %1$s y WHERE y.id = x.id)', t)] LOOP
		got := test.attempt(statement);
		IF got <> 'rows ' || own THEN
			RETURN NEXT format('%s: %s gave %s, not %s', t, statement, got, own);
		END IF;
	END LOOP;
	FOREACH statement IN ARRAY ARRAY[
		format('SELECT FROM %s WHERE org_id = %L', t, b),
		format('SELECT FROM %s WHERE org_id <> %L', t, a),
		format('SELECT FROM %s WHERE org_id = %L AND id = %s', t, b, some_id),
		format('SELECT id FROM %s WHERE org_id = %L FOR UPDATE', t, b),
		format('UPDATE %s SET id = id WHERE org_id = %L', t, b),
		format('UPDATE %s SET %s = %2$s WHERE org_id = %L RETURNING id', t,
			split_part(columns, ', ', 2), b),
		format('DELETE FROM %s WHERE org_id = %L', t, b),
		format('DELETE FROM %s x USING %1$s y WHERE y.org_id = %L', t, b)] LOOP
		got := test.attempt(statement);
		IF got <> 'rows 0' AND got NOT LIKE 'error 42501 permission denied%' THEN
			RETURN NEXT format('%s: %s gave %s', t, statement, got);
		END IF;
	END LOOP;
	FOREACH statement IN ARRAY ARRAY[
		format('INSERT INTO %s (org_id, %s) SELECT %L, %2$s FROM %1$s', t, columns, b),
		format('INSERT INTO %s (org_id, %s) SELECT %L, %2$s FROM %1$s', t, columns, c),
		format('INSERT INTO %s (org_id, %s) SELECT %L, %2$s FROM %1$s '
			'ON CONFLICT ON CONSTRAINT %4$I DO NOTHING', t, columns, b,
			coalesce((SELECT conname FROM pg_constraint WHERE conrelid = t AND contype = 'p'),
			'none')),
		format('UPDATE %s SET org_id = %L', t, b),
		format('UPDATE %s SET org_id = %L', t, c)] LOOP
		got := test.attempt(statement);
		-- Nobody can change a calculation.
		IF got NOT LIKE 'error 42501%' AND (t <> 'factory_app.cost_calculations'::regclass OR got <> 'rows 0') THEN
			RETURN NEXT format('%s: %s gave %s', t, statement, got);
		END IF;
	END LOOP;
	FOREACH statement IN ARRAY ARRAY[
		format('TRUNCATE %s CASCADE', t),
		format('COPY %s FROM %L', t, '/dev/null'),
		format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', t),
		format('DROP POLICY tenant ON %s', t),
		format('CREATE TRIGGER spy BEFORE INSERT ON %s EXECUTE FUNCTION ops.refuse_change()', t),
		format('CREATE INDEX ON %s (id)', t)] LOOP
		got := test.attempt(statement);
		IF got NOT LIKE 'error 42501%' THEN
			RETURN NEXT format('%s: %s gave %s', t, statement, got);
		END IF;
	END LOOP;

	-- A child that refers to B's row and one that refers to no row fail with the same
	-- message.
	FOR fk IN SELECT f.attname AS child, k.confrelid::regclass AS parent
	    FROM pg_constraint k JOIN pg_attribute f
		ON f.attrelid = k.conrelid AND f.attnum = k.conkey[2]
	    WHERE k.contype = 'f' AND k.conrelid = t AND cardinality(k.conkey) = 2
	    AND has_table_privilege('tenantry_app', t, 'INSERT') LOOP
		PERFORM set_config('role', 'none', true);
		EXECUTE format('SELECT max(id) FROM %s WHERE org_id = %L', fk.parent, b) INTO other;
		-- The copy needs a new stage or role, because stages and roles are unique.
		EXECUTE format('SELECT (to_jsonb(x) || %L)::text FROM %s x '
			'WHERE org_id = %L AND %I IS NOT NULL LIMIT 1', CASE t WHEN 'crm.pipeline_stages'::regclass
			THEN '{"id": 1, "stage": "probed"}' WHEN 'crm.opportunity_participants'::regclass
			THEN '{"id": 1, "role": "probed"}' ELSE '{"id": 1}' END, t, a, fk.child) INTO copy;
		PERFORM set_config('role', 'tenantry_app', true);
		IF copy IS NULL THEN
			RETURN NEXT format('%s: no row whose %s could be changed', t, fk.child);
			CONTINUE;
		END IF;
		statement := format('INSERT INTO %1$s (%2$s) SELECT %2$s FROM jsonb_populate_record('
			'NULL::%1$s, %3$L || jsonb_build_object(%4$L, %%s))', t, test.columns_of(t),
			copy, fk.child);
		got := test.attempt(format(statement, other));
		-- A calculation belongs to the caller, the author of a message is the caller, and the object's name
		-- determines the definition.
		IF got NOT LIKE 'error 23503%' AND (t <> 'factory_app.cost_calculations'::regclass OR got NOT LIKE 'error 42501%')
		    AND (t <> ALL ('{crm.field_definitions,crm.records}'::regclass[]) OR fk.child <> 'object_id' OR got <> 'rows 1')
		    AND (t <> 'membership.member_messages'::regclass OR fk.child <> 'author_id' OR got <> 'rows 1') OR got <> test.attempt(format(statement, 7)) THEN
			RETURN NEXT format('%s: a foreign key tells of %s: %s', t, fk.parent, got);
		END IF;
	END LOOP;

	-- Without its module
	PERFORM set_config('role', 'none', true);
	IF EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t AND p.polname LIKE 'module\_%') THEN
		modules := set_config('app.modules', '{none}', true);
		PERFORM set_config('role', 'tenantry_app', true);
		FOREACH statement IN ARRAY ARRAY[format('SELECT FROM %s', t), format('UPDATE %s SET id = id', t),
			format('DELETE FROM %s', t)] LOOP
			got := test.attempt(statement);
			IF got <> 'rows 0' AND (statement LIKE 'SELECT%' OR got NOT LIKE 'error 42501 permission denied%') THEN
				RETURN NEXT format('%s: without its module, %s gave %s', t, statement, got);
			END IF;
		END LOOP;
		got := test.attempt(format('INSERT INTO %s (%s) SELECT %s FROM jsonb_populate_record(NULL::%1$s, %4$L)', t,
			test.columns_of(t), test.columns_of(t), copy));
		IF got NOT LIKE 'error 42501 new row violates row-level security%'
		    AND (has_table_privilege('tenantry_app', t, 'INSERT') OR got NOT LIKE 'error 42501 permission denied%') THEN
			RETURN NEXT format('%s: without its module, a row is added: %s', t, got);
		END IF;
	END IF;

	-- No organization, an empty ID, an invalid ID, and an organization without rows.
	PERFORM set_config('role', 'none', true);
	PERFORM set_config('app.modules', ARRAY(SELECT m.name FROM identity.module m)::text, true);
	PERFORM set_config('role', 'tenantry_app', true);
	FOREACH other IN ARRAY ARRAY['', c::text] LOOP
		PERFORM set_config('app.org_id', other, true);
		got := test.attempt(format('SELECT FROM %s', t));
		IF got <> 'rows 0' THEN
			RETURN NEXT format('%s: organization "%s" sees %s', t, other, got);
		END IF;
	END LOOP;
	PERFORM set_config('app.org_id', 'nonsense', true);
	got := test.attempt(format('SELECT FROM %s', t));
	IF got NOT LIKE 'error 22P02%' THEN
		RETURN NEXT format('%s: organization "nonsense" sees %s', t, got);
	END IF;
	PERFORM set_config('app.org_id', a::text, true), set_config('row_security', 'off', true);
	got := test.attempt(format('SELECT FROM %s', t));
	IF got NOT LIKE 'error 42501%' THEN
		RETURN NEXT format('%s: without row security sees %s', t, got);
	END IF;
	PERFORM set_config('row_security', 'on', true), set_config('role', 'none', true);

	-- The owner is restricted as well. The search role sees rows of few tables, and a role of another application sees
	-- none.
	PERFORM set_config('role', (SELECT relowner::regrole::text FROM pg_class WHERE oid = t), true);
	got := test.attempt(format('SELECT FROM %s WHERE org_id <> %L', t, a));
	IF got <> 'rows 0' THEN
		RETURN NEXT format('%s: its owner sees %s of others', t, got);
	END IF;
	PERFORM set_config('role', 'none', true);
	FOREACH other IN ARRAY ARRAY['tenantry_search', 'probe_stranger'] LOOP
		PERFORM set_config('role', other, true);
		got := test.attempt(format('SELECT * FROM %s', t));
		IF got NOT LIKE 'error 42501%' THEN
			RETURN NEXT format('%s: %s sees %s', t, other, got);
		END IF;
		PERFORM set_config('role', 'none', true);
	END LOOP;
END $$;

-- Makes the attempts on objects that are not tables, and on tables that no user may access.
CREATE FUNCTION test.probe_rest() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	b uuid := (SELECT id FROM test.org WHERE name = 'b');
	c uuid := (SELECT id FROM test.org WHERE name = 'c');
	r regclass;
	f regprocedure;
	q text;
	got text;
	word text;
BEGIN
	PERFORM set_config('role', 'tenantry_app', true), set_config('app.role', 'owner', true),
		set_config('app.user_id', 'probe-c', true), set_config('app.grants', '*', true), set_config('app.org_id', c::text, true);
	FOR r IN SELECT oid FROM pg_class WHERE relkind IN ('v', 'm')
	    AND relnamespace IN ('crm'::regnamespace, 'identity'::regnamespace, 'membership'::regnamespace, 'ops'::regnamespace) LOOP
		got := test.attempt(format('SELECT FROM %s', r));
		IF got <> 'rows 0' AND got NOT LIKE 'error 42501%'
		    AND (r::text, got) NOT IN (('crm.configuration_summary', 'rows 1'),
			('crm.own_organizations', 'rows 1'), ('crm.daily_metrics_summary', 'rows 400')) THEN
			RETURN NEXT format('%s: an organization without rows sees %s', r, got);
		END IF;
	END LOOP;
	IF (SELECT id::uuid FROM crm.own_organizations) <> c THEN
		RETURN NEXT 'crm.own_organizations: another''s';
	END IF;
	IF EXISTS (SELECT FROM crm.daily_metrics_summary m WHERE m.new_contacts + m.new_deals
	    + m.appointments + m.revenue <> 0) THEN
		RETURN NEXT 'crm.daily_metrics_summary: another organization''s';
	END IF;
	IF (SELECT config FROM crm.configuration_summary) <> '{}' THEN
		RETURN NEXT 'crm.configuration_summary: another organization''s';
	END IF;
	-- Each search runs before and after the documents are indexed.
	FOR turn IN 1 .. 2 LOOP
		FOREACH word IN ARRAY ARRAY['a', 'e', 'maya', 'demo', 'test', '', '%', '\', '_'] LOOP
			FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'crm'::regnamespace
			    AND proname LIKE 'search_%' AND proargtypes::text = 'text'::regtype::oid::text
			    AND prorettype = 'bigint[]'::regtype LOOP
				EXECUTE format('SELECT cardinality(%s(%L))', f::regproc, word) INTO got;
				IF got <> '0' THEN
					RETURN NEXT format('%s(''%s''): finds %s rows of others', f, word, got);
				END IF;
			END LOOP;
			IF (SELECT documents FROM crm.count_documents(word, 'contacts', false)) <> 0
			    OR EXISTS (SELECT FROM crm.find_documents(word, NULL, 1)) THEN
				RETURN NEXT format('documents of others have "%s"', word);
			END IF;
		END LOOP;
		WHILE crm.index_documents(1000) LOOP
		END LOOP;
	END LOOP;
	FOR q IN SELECT format('SELECT %s(%L)', op, c.oid::regclass) FROM pg_class c,
		unnest(ARRAY['nextval', 'currval', 'pg_sequence_last_value']) op
		WHERE c.relkind = 'S' AND c.relnamespace IN ('crm'::regnamespace,
			'identity'::regnamespace, 'membership'::regnamespace, 'ops'::regnamespace)
	    UNION ALL SELECT format('%s %s', verb, c.oid::regclass) FROM pg_class c,
		unnest(ARRAY['SELECT FROM', 'DELETE FROM', 'TRUNCATE']) verb
		WHERE c.relkind IN ('r', 'p') AND (c.relnamespace = 'identity'::regnamespace
			OR c.oid IN ('ops.idempotency_key'::regclass, 'ops.mail'::regclass))
	    UNION ALL SELECT unnest(ARRAY['SELECT FROM crm.organizations', 'SELECT FROM crm.users',
		'SELECT FROM crm.memberships', 'DELETE FROM crm.favicons_excluded_domains',
		'INSERT INTO ops.audit_log (org_id, id, table_name, row_id, action) '
			|| format('VALUES (%L, 1, ''x'', ''x'', ''x'')', c),
		'UPDATE crm.sales SET administrator = true', 'UPDATE crm.sales SET disabled = false',
		'UPDATE crm.sales SET user_id = ''probe-c''', 'CREATE TEMP TABLE spy (x text)',
		'CREATE TABLE crm.spy (x text)', 'CREATE TABLE public.spy (x text)',
		'CREATE FUNCTION crm.spy() RETURNS int LANGUAGE sql AS ''SELECT 1''',
		'CREATE SCHEMA spy', 'CREATE EXTENSION pg_trgm SCHEMA crm', 'SELECT pg_sleep(0) FROM pg_authid',
		'ALTER ROLE tenantry_app BYPASSRLS', 'SELECT crm.wrong_documents()',
		'SELECT identity.open_session(''x'', ''x'', ''x'', ''x'', true, ''x'', ''x'', NULL)',
		'SELECT identity.enter(''x'', ''x'', ''x'', ''x'', true, ''x'', ''x'')',
		'SELECT identity.take_proof(''x'', ''x'')', 'SELECT identity.find_proof(''x'', ''x'')',
		'SELECT ops.send_mail(''x'', ''x@x'', ''en'', ''{}'')',
		'SELECT identity.mark_organization_deleted(gen_random_uuid())',
		'SELECT identity.restore_organization(gen_random_uuid())',
		'SELECT identity.transfer_organization(gen_random_uuid(), ''x'')',
		'SELECT identity.found_organization(''x'', ''x'', ''x'', NULL, NULL)',
		'SELECT identity.permissions_of(gen_random_uuid(), ''owner'')',
		'SELECT identity.count_attempt(''x'', 1, 1)', 'SELECT ops.protect(''crm.tags'')',
		'SELECT ops.protect_internal(''identity.session'')']) LOOP
		got := test.attempt(q);
		IF got NOT LIKE 'error 42501%' THEN
			RETURN NEXT format('%s gave %s', q, got);
		END IF;
	END LOOP;
	PERFORM set_config('role', 'none', true);
END $$;

-- Creates a role of another application in the cluster. During the probe, this role and the search role may use the
-- schemas.
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'probe_stranger') THEN
		CREATE ROLE probe_stranger;
	END IF;
	EXECUTE format('GRANT USAGE ON SCHEMA test TO probe_stranger, tenantry_search, %I',
		(SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'crm'));
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO PUBLIC;
END $$;

CREATE FUNCTION test.probe() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	GRANT USAGE ON SCHEMA crm, membership, ops TO probe_stranger, tenantry_search;
	RETURN QUERY SELECT x FROM test.tenant_tables() t, test.probe_table(t) x
		UNION ALL SELECT test.probe_rest();
	REVOKE USAGE ON SCHEMA crm, membership, ops FROM probe_stranger;
	REVOKE USAGE ON SCHEMA membership FROM tenantry_search;
END $$;

SELECT test.add_rows();

DO $$
DECLARE
	leak text;
	n integer := 0;
BEGIN
	FOR leak IN SELECT test.probe() LOOP
		PERFORM test.ok(false, leak);
		n := n + 1;
	END LOOP;
	PERFORM test.ok(n = 0, 'nothing reaches another organization');
	PERFORM test.is((SELECT count(*) FROM test.tenant_tables())::text,
		(SELECT count(*) FROM pg_policy WHERE polname = 'tenant' AND NOT polpermissive
			AND polrelid IN (SELECT oid FROM pg_class WHERE relnamespace IN ('crm'::regnamespace, 'factory_app'::regnamespace, 'membership'::regnamespace)
				OR oid = 'ops.audit_log'::regclass) AND has_table_privilege('tenantry_app', polrelid, 'SELECT'))::text,
		'every tenant table was probed');
	PERFORM test.ok((SELECT count(*) FROM test.tenant_tables()) >= 32, 'no tenant table is missing');
END $$;

-- An accidental grant exposes no internal table. Reference data is not secret.
BEGIN;
DO $$
DECLARE
	t regclass;
	other text;
	got text;
	n bigint;
	held integer := 0;
BEGIN
	GRANT USAGE ON SCHEMA crm, identity, ops TO probe_stranger, tenantry_mcp, tenantry_search;
	GRANT SELECT ON ALL TABLES IN SCHEMA identity, ops TO probe_stranger, tenantry_app, tenantry_mcp,
		tenantry_search;
	PERFORM set_config('app.org_id', (SELECT id FROM test.org WHERE name = 'b')::text, true),
		set_config('app.user_id', 'probe-b', true), set_config('app.role', 'owner', true);
	FOR t IN SELECT c.oid FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.oid NOT IN
	    (SELECT test.tenant_tables()) AND c.relnamespace IN ('identity'::regnamespace, 'ops'::regnamespace) LOOP
		EXECUTE format('SELECT count(*) FROM %s', t) INTO n;
		CONTINUE WHEN n = 0;
		held := held + 1;
		FOREACH other IN ARRAY ARRAY['tenantry_app', 'tenantry_mcp', 'tenantry_search', 'probe_stranger'] LOOP
			PERFORM set_config('role', other, true);
			got := test.attempt(format('SELECT FROM %s', t));
			PERFORM set_config('role', 'none', true);
			PERFORM test.ok(got = 'rows 0', format('%s: with a grant, %s sees %s of %s', t, other, got, n));
		END LOOP;
		CONTINUE WHEN t = 'ops.audit_seal'::regclass;	-- its owner sees no rows
		PERFORM set_config('role', 'tenantry_owner', true);
		got := test.attempt(format('SELECT FROM %s', t));
		PERFORM set_config('role', 'none', true);
		PERFORM test.is(got, 'rows ' || n, format('%s: its owner sees every row', t));
	END LOOP;
	PERFORM test.ok(held >= 10, format('%s internal tables have rows', held));
END $$;
ROLLBACK;

-- Runs the same prepared statement for one organization after another, since a cached plan must not depend on the
-- organization.
SET ROLE tenantry_app;
SET plan_cache_mode = force_generic_plan;
SET app.grants = '*';
PREPARE mine AS SELECT count(*) FROM crm.contacts;
PREPARE theirs (uuid) AS SELECT count(*) FROM crm.contacts WHERE org_id = $1;
SELECT set_config('app.org_id', (SELECT id FROM identity.org_ids_for_user('probe-a') u (ids),
	unnest(ids) id)::text, false) AS a \gset
EXECUTE mine \gset first_
SELECT set_config('app.org_id', (SELECT id FROM identity.org_ids_for_user('probe-c') u (ids),
	unnest(ids) id)::text, false) AS c \gset
EXECUTE mine \gset second_
EXECUTE theirs (:'a') \gset third_
RESET ROLE;
SELECT test.is(:'first_count', '10', 'a prepared statement counts for A'),
	test.is(:'second_count', '0', 'and again for C'),
	test.is(:'third_count', '0', 'which cannot name A');
