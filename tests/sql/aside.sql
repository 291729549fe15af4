-- Puts a bad row of one organization into each queue and periodic task. The row is set aside with its error, and all
-- other rows are processed.
SET ROLE tenantry_app;
SELECT count(test.sign_up(uid, open => true)) AS x FROM unnest(ARRAY['clerk', 'bad', 'good']) uid \gset
BEGIN; SELECT test.as('bad', 'user') \gset
SELECT identity.create_organization('Bad', 'bad', NULL, NULL, false)::json->>'id' AS bad \gset
COMMIT;
BEGIN; SELECT test.as('good', 'user') \gset
SELECT identity.create_organization('Good', 'good', NULL, NULL, false)::json->>'id' AS good \gset
COMMIT;
RESET ROLE;
UPDATE identity."user" SET email_verified = true WHERE id IN ('bad', 'good');
UPDATE identity.organization SET modules = '{factory,membership}' WHERE slug IN ('bad', 'good');

-- Makes writes of the bad organization's rows fail.
CREATE FUNCTION test.poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF coalesce(to_jsonb(coalesce(NEW, OLD))->>'org_id', current_setting('app.org_id', true)) = TG_ARGV[0]
	    OR to_jsonb(coalesce(NEW, OLD))->>'user_id' = 'bad' AND TG_TABLE_NAME = 'session' THEN
		RAISE EXCEPTION 'poison';
	END IF;
	RETURN coalesce(NEW, OLD);
END $$;

-- Makes a periodic task due in all organizations.
CREATE FUNCTION test.turn(of_task text) RETURNS void LANGUAGE sql AS $$
	UPDATE ops.organization_turn t SET due_at = now() WHERE t.task = of_task
$$;

-- For each loop: the rows that it reads, where $1 is the organization and @u its user, the table whose writes fail, the
-- statement that runs the loop, the number of unprocessed rows of $1, and the statement that makes a row due again.
CREATE TEMP TABLE loop (name text PRIMARY KEY, given text, poisoned text, run text, undone text, again text);
GRANT SELECT ON loop TO PUBLIC;
INSERT INTO loop VALUES
('webhooks', $$INSERT INTO crm.webhooks (org_id, id, url, secret, events) VALUES ($1, 1, 'https://hook.test/', 's', '["*"]');
	INSERT INTO ops.change VALUES ($1, 1, now(), 'tags', '1', 'create');
	INSERT INTO ops.feed_channel (org_id, numbered) VALUES ($1, 1)
		ON CONFLICT (org_id) DO UPDATE SET numbered = feed_channel.numbered + 1$$,
	'crm.webhook_deliveries', 'SELECT ops.queue_webhooks(10)',
	'SELECT 1 - (SELECT count(*) FROM crm.webhook_deliveries WHERE org_id = $1)', NULL),
('reminders', $$INSERT INTO crm.tasks (org_id, contact_id, sales_id, text, remind_at)
	SELECT $1, c.id, s.id, 'Call', now() + interval '1 s' FROM crm.contacts c, crm.sales s WHERE c.org_id = $1 AND s.org_id = $1;
	UPDATE crm.tasks SET remind_at = now() - interval '1 s' WHERE org_id = $1;
	INSERT INTO ops.reminder SELECT org_id, 'tasks', id, remind_at FROM crm.tasks WHERE org_id = $1$$,
	'ops.mail', 'SELECT ops.send_reminders(10, ''en'')', 'SELECT count(*) FROM ops.reminder WHERE org_id = $1', NULL),
('trash', $$INSERT INTO crm.trash (org_id, id, resource, row_id, root_id, row, deleted_at)
	VALUES ($1, 1, 'tags', 1, 1, '{}', now() - interval '100 days')$$,
	'crm.trash', $$SELECT ops.purge_trash('30 days', 10)$$, 'SELECT count(*) FROM crm.trash WHERE org_id = $1', 'SELECT test.turn(''trash'')'),
('merges', $$INSERT INTO crm.merges (org_id, winner_id, loser_id, loser, before, after, moved, deals, merged_at)
	VALUES ($1, 1, 2, '{}', '{}', '{}', '{}', '{}', now() - interval '100 days')$$,
	'crm.merges', 'SELECT ops.purge_merges(10)', 'SELECT count(*) FROM crm.merges WHERE org_id = $1', 'SELECT test.turn(''merges'')'),
('bulk_changes', $$INSERT INTO crm.bulk_changes (org_id, resource, tenant_table, action, created_at)
	VALUES ($1, 'contacts', 'contacts', 'update', now() - interval '100 days')$$,
	'crm.bulk_changes', 'SELECT ops.purge_bulk_changes(10)', 'SELECT count(*) FROM crm.bulk_changes WHERE org_id = $1', 'SELECT test.turn(''bulk_changes'')'),
('webhook_deliveries', $$INSERT INTO crm.webhooks (org_id, id, url, secret, events) VALUES ($1, 1, 'https://hook.test/', 's', '["*"]');
	INSERT INTO crm.webhook_deliveries (org_id, webhook_id, event, status, created_at)
	VALUES ($1, 1, 'tags.create', 'failed', now() - interval '100 days')$$,
	'crm.webhook_deliveries', 'SELECT ops.purge_deliveries(10)', 'SELECT count(*) FROM crm.webhook_deliveries WHERE org_id = $1', 'SELECT test.turn(''webhook_deliveries'')'),
('automation_runs', $$INSERT INTO crm.automation_rules (org_id, id, name, trigger_type, action_type, action_config)
	VALUES ($1, 1, 'Rule', 'contact.created', 'add_tag', '{"tag_id": 1}');
	INSERT INTO crm.automation_runs (org_id, id, rule_id, resource, row_id, depth, outcome) VALUES ($1, 1, 1, 'contacts', 1, 1, 'done')$$,
	'crm.automation_runs', 'SELECT crm.sweep_automation_runs(30, 10)', 'SELECT count(*) FROM crm.automation_runs WHERE org_id = $1', 'SELECT test.turn(''automation_runs'')'),
('messages', $$UPDATE crm.configuration SET config = config || '{"retentionDays": {"messages": 30}}' WHERE org_id = $1;
	INSERT INTO crm.messages (org_id, channel, direction, body, status, sent_at)
	VALUES ($1, 'sms', 'inbound', 'x', 'received', now() - interval '100 days')$$,
	'crm.trash', 'SELECT crm.sweep_messages(10)', 'SELECT count(*) FROM crm.messages WHERE org_id = $1', 'SELECT test.turn(''messages'')'),
('search_index', $$UPDATE crm.search_documents SET indexed = false WHERE org_id = $1$$,
	'crm.search_documents', 'SELECT crm.index_documents(100)', 'SELECT count(*) FROM crm.search_documents WHERE org_id = $1 AND NOT indexed', NULL),
('metrics', '', 'crm.daily_metrics', 'SELECT ops.compute_metrics(100)',
	'SELECT 1 - least(1, (SELECT count(*) FROM crm.daily_metrics WHERE org_id = $1))', 'SELECT test.turn(''metrics'')'),
('duplicates', $$INSERT INTO crm.contacts (org_id, first_name, last_name, email_jsonb)
	SELECT $1, 'Same', 'Person', '[{"email": "same@person.test", "type": "Work"}]' FROM generate_series(1, 2);
	UPDATE crm.search_documents SET indexed = true WHERE org_id = $1 AND NOT indexed$$,
	'crm.duplicates', 'SELECT ops.scan_duplicates(100)', 'SELECT 1 - least(1, (SELECT count(*) FROM crm.duplicates WHERE org_id = $1))',
	'UPDATE ops.duplicate_scan SET since = ''-infinity'', due_at = now()'),
('imports', $$INSERT INTO crm.imports (org_id, id, format, size, state) VALUES ($1, 1, 'csv', 1, 'uploaded');
	UPDATE crm.imports SET state = 'running' WHERE org_id = $1;
	UPDATE ops.job SET user_id = 'clerk' WHERE queue = 'imports' AND org_id = $1$$,
	'crm.imports', 'SELECT ops.next_import(''1 s'')', 'SELECT count(*) FROM ops.job WHERE queue = ''imports'' AND org_id = $1',
	'UPDATE ops.job SET due_at = now() WHERE queue = ''imports'''),
('import_files', $$INSERT INTO ops.import_file VALUES ($1, 1, $1::text, '', now() - interval '100 days');
	INSERT INTO crm.external_ids (org_id, source, resource, key, row_id, import_id) VALUES ($1, 'import-1', 'tags', '1', 1, 1)$$,
	'crm.external_ids', 'SELECT ops.purge_imports(10)', 'SELECT count(*) FROM ops.import_file WHERE org_id = $1', NULL),
('integrations', $$INSERT INTO factory_app.integration_configs (org_id, id, name, type) VALUES ($1, 1, 'One', 'http_json');
	INSERT INTO factory_app.integration_jobs (org_id, id, integration_id, kind, status) VALUES ($1, 1, 1, 'test', 'running');
	SELECT ops.enqueue('integrations', $1, 'integration_jobs/1', 1, @u, '{"module": "factory"}');
	UPDATE ops.job SET attempts = 10 WHERE queue = 'integrations' AND org_id = $1$$,
	'factory_app.integration_jobs', 'SELECT ops.claim_integration(''1 s'')',
	'SELECT count(*) FROM factory_app.integration_jobs WHERE org_id = $1 AND status = ''running''', 'UPDATE ops.job SET due_at = now(), attempts = 10 WHERE queue = ''integrations'''),
('pictures', $$INSERT INTO ops.pictures_on DEFAULT VALUES ON CONFLICT DO NOTHING;
	SELECT ops.enqueue('pictures', $1, 'contacts/' || id) FROM crm.contacts WHERE org_id = $1$$,
	'ops.picture_keys(jsonb)', 'SELECT ops.claim_picture(''1 s'') FROM generate_series(1, 3)',
	'SELECT count(*) FROM ops.job WHERE queue = ''pictures'' AND org_id = $1 AND held_until <= now()', 'UPDATE ops.job SET due_at = now() WHERE queue = ''pictures'''),
('embeddings', $$INSERT INTO ops.assistant_on (model) VALUES ('m') ON CONFLICT DO NOTHING;
	SELECT ops.enqueue('embeddings', $1, 'contacts/' || id) FROM crm.contacts WHERE org_id = $1$$,
	'crm.context_embeddings', 'SELECT ops.claim_embeddings(''1 s'', 10) FROM generate_series(1, 3)',
	'SELECT count(*) FROM ops.job WHERE queue = ''embeddings'' AND org_id = $1 AND held_until <= now()', 'UPDATE ops.job SET due_at = now() WHERE queue = ''embeddings'''),
('maintenance', $$INSERT INTO ops.maintenance (starts_at, ends_at, message) SELECT now() + interval '1 hour', now() + interval '2 hours', 'x'
	WHERE NOT EXISTS (SELECT FROM ops.maintenance)$$,
	'ops.mail', 'SELECT ops.send_maintenance_mail(10, $$en$$, ''https://t.test/'')',
	'SELECT 1 - (SELECT count(*) FROM ops.maintenance_mail l WHERE l.user_id = (SELECT slug FROM identity.organization WHERE id = $1))', NULL),
('sweep', $$INSERT INTO identity.verification (id, identifier, value, expires_at) SELECT 'v', 'v', 'v', now() - interval '1 day' WHERE @u = 'good';
	INSERT INTO identity.session (id, token_hash, user_id, expires_at) SELECT 'old', sha256('x'), @u, now() - interval '1 day' WHERE @u = 'bad'$$,
	'identity.session', 'SELECT ops.sweep()', $$SELECT CASE WHEN (SELECT slug FROM identity.organization WHERE id = $1) = 'bad'
		THEN (SELECT count(*) FROM identity.session WHERE id = 'old') ELSE (SELECT count(*) FROM identity.verification WHERE id = 'v') END$$, NULL),
('organizations', $$UPDATE identity.organization SET deleted_at = now() - interval '2 days' WHERE id = $1$$,
	'crm.tags', 'SELECT ops.purge_organizations(''1 day'', 1000) FROM generate_series(1, 2)',
	'SELECT count(*) FROM identity.organization WHERE id = $1', NULL),
('membership_purge_signups', $$INSERT INTO membership.signup_sessions (org_id, token_hash, link_hash, email, code_mac, code_expires_at, expires_at)
	VALUES ($1, sha256($1::text::bytea), sha256($1::text::bytea), 'x@x.test', 'x', now(), now() - interval '1 day')$$,
	'membership.signup_sessions', 'SELECT ops.run_module_tasks(10)', 'SELECT count(*) FROM membership.signup_sessions WHERE org_id = $1', 'SELECT test.turn(''membership_purge_signups'')'),
('quotas', $$INSERT INTO ops.quota (org_id, kind, most) VALUES ($1, 'rows', 1)$$,
	'ops.mail', 'SELECT ops.check_quotas(10, ''en'')', 'SELECT count(*) FROM ops.quota WHERE org_id = $1 AND warned_at IS NULL',
	'UPDATE ops.quota SET checked_at = ''-infinity'''),
('redactions', $$INSERT INTO ops.redaction (org_id, table_name, row_id) VALUES ($1, 'tags', '1')$$,
	'ops.redaction', 'SELECT ops.redact_audit(10)', 'SELECT count(*) FROM ops.redaction WHERE org_id = $1', NULL),
('fields', $$INSERT INTO crm.field_definitions (org_id, resource, key, kind, label) VALUES ($1, 'tasks', 'k', 'text', 'K');
	INSERT INTO ops.field_work SELECT org_id, id, resource, key, false FROM crm.field_definitions WHERE org_id = $1$$,
	'crm.field_definitions', 'SELECT crm.work_on_fields(10) FROM generate_series(1, 2)', 'SELECT count(*) FROM ops.field_work WHERE org_id = $1', NULL),
('automation_waits', $$INSERT INTO crm.automation_rules (org_id, id, name, trigger_type, trigger_config, action_type, action_config)
	VALUES ($1, 2, 'Wait', 'contact.idle', '{"days": 1}', 'add_tag', '{"tag_id": 1}');
	UPDATE crm.contacts SET last_seen = now() - interval '30 hours' WHERE org_id = $1;
	UPDATE ops.automation_clock SET looked_at = now() - interval '1 day', ran_until = now() - interval '1 day' WHERE org_id = $1$$,
	'crm.automation_runs', 'SELECT identity.begin_waiting_rule(''5 min''), crm.run_waiting_rule(10), ops.end_waiting_rule() FROM generate_series(1, 2)',
	'SELECT count(*) FROM ops.automation_clock WHERE org_id = $1 AND ran_until < now()', 'UPDATE ops.automation_clock SET looked_at = now() - interval ''1 day''');

-- Prepares both organizations.
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o WHERE o.slug IN ('bad', 'good') LOOP
		PERFORM set_config('app.org_id', org::text, true);
		INSERT INTO crm.tags (org_id, id, name, color) VALUES (org, 1, 'one', '#111');
		INSERT INTO crm.contacts (org_id, first_name, last_name, email_jsonb)
		VALUES (org, 'Ann', 'One', '[{"email": "ann@one.test", "type": "Work"}]');
	END LOOP;
END $$;
UPDATE loop SET again = coalesce(again, 'SELECT');

CREATE FUNCTION test.undone(l loop, org uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE l.undone INTO n USING org;
	RETURN n;
END $$;

-- Makes the loop fail, runs it, removes the fault and runs it again.
CREATE FUNCTION test.loop(l loop, bad uuid, good uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	org uuid;
	poisoned text := split_part(l.poisoned, '(', 1);
BEGIN
	DELETE FROM ops.aside;
	FOREACH org IN ARRAY ARRAY[bad, good] LOOP
		PERFORM set_config('app.org_id', org::text, true), set_config('app.user_id', CASE org WHEN bad THEN 'bad' ELSE 'good' END, true);
		EXECUTE replace(replace(l.given, '$1', format('%L::uuid', org)), '@u', quote_literal(current_setting('app.user_id')));
		PERFORM test.is(test.undone(l, org), 1::bigint, format('%s: a row of %s waits', l.name, current_setting('app.user_id')));
	END LOOP;
	PERFORM set_config('app.org_id', '', true), set_config('app.user_id', '', true);
	IF poisoned = l.poisoned THEN
		EXECUTE format('CREATE TRIGGER poison BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION test.poison(%L)', poisoned, bad);
	ELSE
		EXECUTE format('ALTER FUNCTION %s RENAME TO healthy', l.poisoned);
		EXECUTE format('CREATE FUNCTION %s RETURNS SETOF text LANGUAGE plpgsql AS %L', l.poisoned, format(
			'BEGIN IF current_setting(''app.org_id'') = %L THEN RAISE EXCEPTION ''poison''; END IF; RETURN NEXT ''gravatar/x''; END', bad));
	END IF;
	EXECUTE l.again;
	EXECUTE l.run;
	PERFORM test.is(test.undone(l, good), 0::bigint, l.name || ': the good row is processed');
	PERFORM test.is(test.undone(l, bad), 1::bigint, l.name || ': the bad one is not');
	PERFORM test.is((SELECT string_agg(DISTINCT format('%s %s %s', a.queue, a.error, a.failures), '; ') FROM ops.aside a), l.name || ' poison 1',
		l.name || ': it is set aside with its error');
	EXECUTE l.again;
	UPDATE ops.aside SET retry_at = clock_timestamp() - interval '1 s';
	EXECUTE l.run;
	PERFORM test.is((SELECT string_agg(DISTINCT format('%s %s', a.failures, a.retry_at > clock_timestamp() + interval '110 s'), '; ') FROM ops.aside a), '2 t',
		l.name || ': the pause doubles');
	IF poisoned = l.poisoned THEN
		EXECUTE format('DROP TRIGGER poison ON %s', poisoned);
	ELSE
		EXECUTE format('DROP FUNCTION %s', l.poisoned);
		EXECUTE format('ALTER FUNCTION ops.healthy(jsonb) RENAME TO %s', split_part(poisoned, '.', 2));
	END IF;
	EXECUTE l.again;
	UPDATE ops.aside SET retry_at = clock_timestamp() - interval '1 s';
	EXECUTE l.run;
	PERFORM test.is(test.undone(l, bad), 0::bigint, l.name || ': later it is processed');
	PERFORM test.is((SELECT count(*) FROM ops.aside), 0::bigint, l.name || ': and no longer set aside');
END $$;
CREATE FUNCTION test.is(have bigint, want bigint, what text) RETURNS void LANGUAGE sql AS $$ SELECT test.is(have::text, want::text, what) $$;
SELECT format('BEGIN; SELECT test.loop(l, %L, %L) FROM loop l WHERE l.name = %L; ROLLBACK', :'bad', :'good', l.name) FROM loop l \gexec

-- The feed numbers entries of committed transactions.
CREATE FUNCTION test.tag(name text, org uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('app.org_id', org::text, true);
	INSERT INTO crm.tags (org_id, name, color) VALUES (org, name, '#111');
	PERFORM set_config('app.org_id', '', true);
END $$;
CREATE FUNCTION test.told(org uuid) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('%s %s', c.seq, t.name), ', ' ORDER BY c.seq)
	  FROM ops.change c JOIN crm.tags t ON t.org_id = c.org_id AND t.id::text = c.row_id WHERE c.org_id = org
$$;
DELETE FROM ops.change;
DELETE FROM ops.aside;
SELECT ops.number_changes(1000) > 0 AS x \gset
DELETE FROM ops.change;
UPDATE ops.feed_channel SET numbered = 0;
CREATE FUNCTION test.poison_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM crm.tags t WHERE t.org_id = NEW.org_id AND t.id::text = NEW.row_id AND t.name = 'two') THEN
		RAISE EXCEPTION 'poison';
	END IF;
	RETURN NEW;
END $$;
ALTER FUNCTION test.poison_change() SECURITY DEFINER;
GRANT EXECUTE ON FUNCTION test.poison_change() TO PUBLIC;
CREATE TRIGGER poison BEFORE INSERT ON ops.change FOR EACH ROW EXECUTE FUNCTION test.poison_change();
SELECT test.tag(name, :'bad') FROM unnest('{two,three}'::text[]) name \g /dev/null
SELECT test.tag(name, :'good') FROM unnest('{four,five}'::text[]) name \g /dev/null
SELECT test.is(ops.number_changes(1000)::bigint, 4::bigint, 'feed: an entry that cannot be numbered does not stop it');
SELECT test.is(test.told(:'good'), '1 four, 2 five', 'feed: the good organization has its changes');
SELECT test.is(test.told(:'bad'), '1 three', 'feed: the bad one has the others, without a gap');
SELECT test.is((SELECT string_agg(a.queue || ' ' || a.error, '; ') FROM ops.aside a), 'feed poison', 'feed: the entry is set aside');
SELECT test.is(ops.number_changes(1000)::bigint, 0::bigint, 'feed: the next round has nothing to do');
DROP TRIGGER poison ON ops.change;
UPDATE ops.aside SET retry_at = clock_timestamp();
SELECT test.is(ops.number_changes(1000)::bigint, 0::bigint, 'feed: it is numbered when its time has come');
SELECT test.is(test.told(:'bad'), '1 three, 2 two', 'feed: after the others');
SELECT test.is((SELECT count(*) FROM ops.aside), 0::bigint, 'feed: nothing is set aside any more');
-- Some numbers occur twice, as after the rollback of a migration in earlier releases.
UPDATE ops.feed_channel SET numbered = 0 WHERE org_id = :'bad';
SELECT test.tag(name, :'bad') FROM unnest('{six,seven}'::text[]) name \g /dev/null
SELECT ops.number_changes(1000) > 0 AS x \gset
SELECT test.is(test.told(:'bad'), '1 three, 2 two, 3 six, 4 seven', 'feed: the numbers continue after those that exist');
SELECT test.is((SELECT count(*) FROM ops.aside), 0::bigint, 'feed: and nothing is set aside');
CREATE FUNCTION test.conflict() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'a conflict' USING ERRCODE = 'deadlock_detected';
END $$;
CREATE TRIGGER conflict BEFORE INSERT ON ops.change FOR EACH ROW EXECUTE FUNCTION test.conflict();
SELECT test.tag(name, :'bad') FROM unnest('{ten,eleven}'::text[]) name \g /dev/null
SELECT test.fails('SELECT ops.number_changes(1000)', '40P01');
DROP TRIGGER conflict ON ops.change;
SELECT test.is(ops.number_changes(1000)::bigint, 2::bigint, 'feed: the next call numbers the same entries');
SELECT test.is(test.told(:'bad'), '1 three, 2 two, 3 six, 4 seven, 5 ten, 6 eleven', 'feed: no change is lost after a conflict');

-- Waits until no older transaction is open: writes of older transactions may not be sealed. Other databases may also
-- have open transactions.
CREATE PROCEDURE test.calm() LANGUAGE plpgsql AS $$
DECLARE
	last xid8 := pg_snapshot_xmax(pg_current_snapshot());
BEGIN
	FOR i IN 1..6000 LOOP
		PERFORM pg_sleep(0.01);
		EXIT WHEN pg_snapshot_xmin(pg_current_snapshot()) >= last;
	END LOOP;
END $$;

-- Seals contain committed rows, separately for each organization.
DELETE FROM ops.aside;
CALL test.calm();
SELECT sealed AS x FROM ops.seal_audit(100000, '0', false) \gset
CREATE FUNCTION test.seals(org uuid) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT count(*) FROM ops.audit_seal s WHERE s.org_id = org $$;
SELECT test.is((SELECT count(*) FROM ops.audit_pending), 0::bigint, 'seals: all rows are sealed');
SELECT test.seals(:'bad') AS bads, test.seals(:'good') AS goods, ops.audit_head() AS head \gset
CREATE FUNCTION test.poison_seal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poison'; END $$;
GRANT EXECUTE ON FUNCTION test.poison_seal() TO PUBLIC;
SELECT format('CREATE TRIGGER poison BEFORE INSERT ON ops.audit_seal FOR EACH ROW WHEN (NEW.org_id = %L) EXECUTE FUNCTION test.poison_seal()', :'bad') \gexec
SELECT test.tag('eight', o) FROM unnest(ARRAY[:'bad', :'good']::uuid[]) o \g /dev/null
CALL test.calm();
SELECT more AS more FROM ops.seal_audit(5000, '0', false) \gset
SELECT test.ok(NOT :'more'::boolean AND test.seals(:'good') = :goods + 1 AND test.seals(:'bad') = :bads,
	'seals: the good organization is sealed, the bad one is not'),
	test.is((SELECT string_agg(format('%s %s %s', a.queue, a.entry, a.error), '; ') FROM ops.aside a), 'seals ' || :'bad' || ' poison', 'seals: it is set aside'),
	test.is(ops.audit_head(), :'head', 'seals: the hash of all chains has none that is behind');
DROP TRIGGER poison ON ops.audit_seal;
UPDATE ops.aside SET retry_at = clock_timestamp();
SELECT test.tag('nine', o) FROM unnest(ARRAY[:'bad', :'good']::uuid[]) o \g /dev/null
CALL test.calm();
SELECT sum(sealed) AS one FROM ops.seal_audit(1, '0', false) \gset
SELECT test.is(:one::bigint, 1::bigint, 'seals: an organization has a seal of so many rows');
SELECT sum(sealed) AS x FROM ops.seal_audit(1, '0', false) \gset
SELECT sum(sealed) AS x FROM ops.seal_audit(1, '0', false) \gset
SELECT sum(sealed) AS x FROM ops.seal_audit(1, '0', false) \gset
SELECT test.is((SELECT count(*) FROM ops.audit_pending) + (SELECT count(*) FROM ops.aside), 0::bigint, 'seals: later all is sealed'),
	test.is((SELECT string_agg(x, ' ') FROM (SELECT set_config('app.org_id', o::text, true) IS NULL, set_config('app.role', 'owner', true) IS NULL,
		ops.verify_audit(0, 100000)::json->>'whole' FROM unnest(ARRAY[:'bad', :'good']::uuid[]) o) v (a, b, x)), 'true true', 'seals: both logs are whole');

-- These are entries that tenantry-jobs reports.
INSERT INTO ops.feed_server (id, host, holder, held_until) VALUES ('one', 'a', 'x', now());
INSERT INTO ops.feed_reader (org_id, proof, by_key, until, server) VALUES (:'bad', 'x', true, now(), 'one'), (:'good', 'x', true, now(), 'one');
INSERT INTO ops.feed_position (server, org_id, published) VALUES ('one', :'bad', 0), ('one', :'good', 0);
SELECT ops.message_refused(c.secret, 'nginx answers 413') IS NULL AS x FROM ops.feed_channel c WHERE c.org_id = :'bad' \gset
SELECT test.is((SELECT string_agg(o.slug, ' ') FROM ops.next_messages(10, 'one') m JOIN ops.feed_channel c USING (secret)
	JOIN identity.organization o ON o.id = c.org_id), 'good', 'channels: one whose message is refused is left out');
INSERT INTO ops.file (name, org_id, type, size, place) VALUES (repeat('b', 40) || '.txt', :'bad', 'text/plain', 1, 'database'), (repeat('d', 40) || '.txt', :'good', 'text/plain', 1, 'database');
INSERT INTO ops.file_bytes (name, bytes) VALUES (repeat('b', 40) || '.txt', 'x'), (repeat('d', 40) || '.txt', 'x');
SELECT ops.file_not_moved(repeat('b', 40) || '.txt') IS NULL AS x \gset
SELECT test.is((SELECT name FROM ops.next_file_to_move()), repeat('d', 40) || '.txt', 'files_move: one that cannot be moved is left out');
SELECT ops.file_moved(repeat('b', 40) || '.txt', 'local') IS NULL AS x \gset
INSERT INTO ops.weekly_mail_recipient (org_id, user_id, mail, language, week, due_at)
SELECT CASE u WHEN 'bad' THEN :'bad'::uuid ELSE :'good' END, u, (SELECT name FROM ops.weekly_mail), 'en', '2026-01-05', now()
  FROM unnest('{bad,good}'::text[]) u;
SELECT ops.defer_weekly_mail(r.id) IS NULL AS x FROM ops.weekly_mail_recipient r WHERE r.user_id = 'bad' \gset
SELECT test.is((SELECT r.user_id FROM ops.weekly_mail_recipient r WHERE r.id = ops.next_weekly_mail()), 'good', 'weekly_mail: one that cannot be written is left out');
SELECT test.is((SELECT string_agg(a.queue, ' ' ORDER BY a.queue) FROM ops.aside a), 'channels weekly_mail', 'operators see which');
SELECT test.ok(ops.metrics_text() LIKE '%tenantry_queue_aside{queue="weekly_mail"} 1%', 'and monitoring does');
SELECT test.ok(ops.retry_job('channels-' || :'bad'), 'they can have it tried at once');
SELECT test.is((SELECT count(*) FROM ops.next_messages(10, 'one')), 2::bigint, 'which is done');

-- Functions of modules, and a reader whose permissions cannot be read.
CREATE FUNCTION test.take_answer(org uuid, row_id bigint, kind text, answer jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM identity.organization o WHERE o.id = org AND o.slug = 'bad') THEN
		RAISE EXCEPTION 'poison';
	END IF;
END $$;
CREATE FUNCTION test.task(batch integer) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poison'; END $$;
GRANT USAGE ON SCHEMA test TO PUBLIC;
GRANT EXECUTE ON FUNCTION test.take_answer(uuid, bigint, text, jsonb), test.task(integer) TO PUBLIC;
BEGIN;
DELETE FROM ops.aside;
UPDATE identity.module SET take_answer = 'test.take_answer' WHERE name = 'membership';
UPDATE identity.module SET task = 'test.task' WHERE name = 'factory';
SELECT ops.queue_payment_call(o, 'membership', 'stripe', 'payment_providers', 1, 'charge', 1, '{}', '0')
  FROM unnest(ARRAY[:'bad', :'good']::uuid[]) o;
UPDATE ops.job SET began_at = now() - interval '1 day' WHERE queue = 'payments';
INSERT INTO membership.signup_sessions (org_id, token_hash, link_hash, email, code_mac, code_expires_at, expires_at)
VALUES (:'good', sha256('y'), sha256('z'), 'x@x.test', 'x', now(), now() - interval '1 day');
SELECT count(*) AS x FROM ops.claim_payment_calls(10) \gset
SELECT test.is((SELECT string_agg(o.slug || ' ' || (j.due_at > now() + interval '50 s'), ', ' ORDER BY o.slug)
	FROM ops.job j JOIN identity.organization o ON o.id = j.org_id WHERE j.queue = 'payments')
	|| (SELECT string_agg(', ' || o.slug || ' ' || l.outcome, '') FROM ops.job_log l JOIN identity.organization o ON o.id = l.org_id
		WHERE l.queue = 'payments'), 'bad true, good failed',
	'payments: an answer that a module cannot take stops no other');
SELECT test.turn('membership_purge_signups') \g /dev/null
SELECT ops.run_module_tasks(10) AS x \gset
SELECT test.is((SELECT count(*) FROM membership.signup_sessions), 0::bigint, 'modules: the task of another module runs');
CREATE OR REPLACE FUNCTION ops.may_follow(r ops.feed_reader) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM identity.organization o WHERE o.id = r.org_id AND o.slug = 'bad') THEN
		RAISE EXCEPTION 'poison';
	END IF;
	RETURN true;
END $$;
UPDATE ops.feed_reader SET until = now() + interval '1 hour', lost_at = NULL;
SELECT test.is((SELECT string_agg(o.slug, ' ') FROM ops.lost_readers('one') l JOIN ops.feed_reader r ON r.channel = l
	JOIN identity.organization o ON o.id = r.org_id), 'bad', 'readers: one who cannot be checked has to be admitted again');
SELECT test.is((SELECT string_agg(a.queue || ' ' || a.error, ', ' ORDER BY a.queue) FROM ops.aside a),
	'modules poison, payments poison, readers poison', 'all are set aside');
ROLLBACK;

-- Every queue whose rows can be set aside is tested here.
SELECT test.is((SELECT string_agg(DISTINCT q[1], ' ' ORDER BY q[1]) FROM pg_proc p,
		regexp_matches(p.prosrc, 'ops\.(?:set_aside|in_organizations|claim_jobs)\(''(\w+)''', 'g') q
	WHERE p.pronamespace::regnamespace::text IN ('crm', 'identity', 'membership', 'ops') AND q[1] <> ALL (ARRAY(SELECT name FROM loop))),
	'channels feed files_move membership_ modules payments readers seals weekly_mail', 'each queue is tested here');

-- A new organization with the ID of a deleted organization, as after the rollback of a migration, finds none of the
-- deleted organization's rows.
CREATE FUNCTION test.rows_of(org uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	of_table regclass;
	col name;
	n bigint;
	found_rows text[] := '{}';
BEGIN
	FOR of_table, col IN SELECT a.attrelid, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
	    WHERE a.attname IN ('org_id', 'organization_id') AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped AND c.relkind = 'r'
	      AND c.oid <> ALL ('{ops.audit_log,ops.audit_seal,ops.audit_pending,ops.file,identity.event}'::regclass[]) ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*) FROM %s WHERE %I = $1', of_table, col) INTO n USING org;
		found_rows := found_rows || CASE WHEN n > 0 THEN of_table::text END;
	END LOOP;
	RETURN array_to_string(found_rows, ' ');
END $$;
INSERT INTO ops.aside (queue, org_id, entry, error, retry_at) VALUES ('trash', :'bad', :'bad', 'x', now());
SELECT test.ok(test.rows_of(:'bad') LIKE '%ops.change%ops.feed_channel%ops.feed_reader%ops.aside%ops.feed_position%', 'an organization has rows');
UPDATE identity.organization SET purging = true WHERE id = :'bad';
DELETE FROM identity.organization WHERE id = :'bad';
SELECT test.is(test.rows_of(:'bad'), '', 'none remains');
