-- IDs, the audit log, and responses that are stored for repeated requests.
SET ROLE tenantry_app;
SELECT test.sign_up('ada') IS NULL AS x \gset
SELECT test.ok(count(DISTINCT id) = 10000 AND max(id) < 9007199254740992, 'ids differ and fit a double')
  FROM (SELECT ops.new_id() AS id FROM generate_series(1, 10000)) x;
SELECT test.ok(abs((ops.new_id() >> 12) - (extract(epoch FROM clock_timestamp()) - 1735689600) * 1000) < 1000,
	'and tell the time');

-- Audit
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.tags (name, color) VALUES ('one', '#111') RETURNING id AS tag \gset
UPDATE crm.tags SET name = 'two' WHERE id = :tag;
DELETE FROM crm.tags WHERE id = :tag;
SELECT test.is((SELECT string_agg(format('%s %s %s %s %s %s', action, user_id, request_id, address,
		old->>'name', new->>'name'), E'\n' ORDER BY id) FROM ops.audit_log WHERE table_name = 'tags'),
	E'insert ada request-ada 192.0.2.1  one\nupdate ada request-ada 192.0.2.1 one two\ndelete ada request-ada 192.0.2.1 two ',
	'the log tells who did what');
SELECT test.is((SELECT DISTINCT row_id FROM ops.audit_log WHERE table_name = 'tags'), :'tag', 'to which row');
SELECT test.fails('DELETE FROM ops.audit_log', '42501');
INSERT INTO crm.contacts (first_name) VALUES ('x') RETURNING id AS contact \gset
INSERT INTO crm.tasks (contact_id) VALUES (:contact);
DELETE FROM crm.contacts;
SELECT test.is((SELECT string_agg(table_name || ' ' || action, ', ' ORDER BY id) FROM ops.audit_log
	WHERE action = 'delete' AND table_name <> 'tags'), 'contacts delete, tasks delete', 'cascades as well');
ROLLBACK;
BEGIN; SELECT test.as('ada') \gset
SELECT test.is((SELECT count(*)::text FROM ops.audit_log WHERE table_name = 'tags'), '0', 'what is rolled back did not happen');
SELECT set_config('app.role', 'member', true) AS x \gset
SELECT test.is((SELECT count(*)::text FROM ops.audit_log), '0', 'a member does not read it');
COMMIT;
RESET ROLE;
SELECT test.fails('UPDATE ops.audit_log SET user_id = NULL', '42501', '%append-only'),
	test.fails('DELETE FROM ops.audit_log', '42501', '%append-only'),
	test.fails('TRUNCATE ops.audit_log', '42501', '%append-only');
SELECT test.ok(NOT EXISTS (SELECT FROM ops.audit_log WHERE new::jsonb ? 'token_hash'), 'no secret is in it');

-- Rows of the CRM and of identity are in the same log, and no ID occurs twice.
BEGIN;
SELECT set_config('app.org_id', (SELECT id::text FROM identity.organization LIMIT 1), true) IS NULL AS x \gset
DO $$
BEGIN
	FOR i IN 1..20000 LOOP
		INSERT INTO crm.tags (name, color) VALUES (i, '#111');
		INSERT INTO identity.organization_invitation (id, organization_id, role, expires_at, inviter_id)
		VALUES (i, current_setting('app.org_id')::uuid, 'member', now(), 'ada');
	END LOOP;
END $$;
SELECT test.ok(count(*) >= 40000, 'as many as were written') FROM ops.audit_log;
ROLLBACK;

-- Manual statements set no organization, and are logged.
SELECT test.is(coalesce(nullif(current_setting('app.org_id', true), ''), 'nobody''s'), 'nobody''s', 'no organization is set');
UPDATE crm.sales SET first_name = 'By hand';
SELECT test.is((SELECT action || (new->>'first_name') FROM ops.audit_log WHERE table_name = 'sales' ORDER BY id DESC LIMIT 1),
	'updateBy hand', 'and the log has it');
SELECT test.is(coalesce(nullif(current_setting('app.org_id', true), ''), 'nobody''s'), 'nobody''s', 'nor afterwards');

-- Idempotency
SET ROLE tenantry_app;
BEGIN; SELECT test.as('ada', key => 'k1', body => 'POST /x') \gset
INSERT INTO crm.tags (name, color) VALUES ('kept', '#111');
SELECT test.is(ops.keep_answer('{"id":1}', '"tag"'), '{"id":1}', 'an answer passes through'); COMMIT;
SELECT test.fails($$SELECT test.as('ada', key => 'k1', body => 'POST /x')$$, 'ZH208');
SELECT test.fails($$SELECT test.as('ada', key => 'k1', body => 'POST /y')$$, 'ZH422', 'the Idempotency-Key was used for another request');
SELECT test.fails($$SELECT test.as('ada', key => '')$$, 'ZH422');
SELECT test.fails($$SELECT test.as('ada', key => repeat('x', 256))$$, 'ZH422');
BEGIN; SELECT test.as('ada') \gset
SELECT test.is((ops.kept_answer('k1', sha256('POST /x'), '192.0.2.1')).body, '{"id":1}', 'and is found again'),
	test.is((ops.kept_answer('k1', sha256('POST /x'), '192.0.2.1')).etag, '"tag"', 'with its ETag'),
	test.is((ops.kept_answer('k1', sha256('POST /y'), '192.0.2.1')).body, NULL, 'by the same request only'),
	test.is(ops.keep_answer('no key', NULL), 'no key', 'without a key nothing is kept'); COMMIT;
BEGIN; SELECT test.as('ada', key => 'k2') \gset
INSERT INTO crm.tags (name, color) VALUES ('lost', '#111');
SELECT ops.keep_answer('x', NULL) IS NULL AS x \gset
ROLLBACK;
BEGIN; SELECT test.ok(NOT test.as('ada', key => 'k2'), 'a key whose effect was rolled back is free');
SELECT test.is((SELECT string_agg(name, ' ') FROM crm.tags), 'kept', 'with the effect'); ROLLBACK;
-- For a different user, organization or address, the key differs.
SELECT test.sign_up('bob', open => true) IS NULL AS x \gset
BEGIN; SELECT test.ok(NOT test.as('bob', 'user', key => 'k1', body => 'POST /x'), 'keys are a user''s own'); ROLLBACK;
BEGIN; SELECT test.as('ada', 'user', key => 'k3') \gset
SELECT identity.create_organization('Two', 'two', NULL, NULL, false) AS made \gset
SELECT ops.keep_answer(:'made', NULL) IS NULL AS x \gset
COMMIT;
SELECT test.fails($$SELECT test.as('ada', 'user', key => 'k3')$$, 'ZH208');
BEGIN; SELECT test.as('ada', 'user') \gset
SELECT test.is((ops.kept_answer('k3', sha256(''), NULL)).body, :'made', 'found though another organization is active'); COMMIT;
BEGIN; SELECT test.ok(NOT test.as('ada', key => 'k1', body => 'POST /x'), 'keys are an organization''s own'); ROLLBACK;
BEGIN; SELECT identity.begin_public('r', '192.0.2.7', 'k1', sha256('POST /x'));
SELECT ops.keep_answer('public', NULL) IS NULL AS x \gset
COMMIT;
SELECT test.fails($$SELECT identity.begin_public('r', '192.0.2.7', 'k1', sha256('POST /x'))$$, 'ZH208');
BEGIN; SELECT identity.begin_public('r', '192.0.2.8', 'k1', sha256('POST /x')); ROLLBACK;
BEGIN; SELECT identity.begin_public('r', '192.0.2.7', NULL, NULL);
SELECT test.is((ops.kept_answer('k1', sha256('POST /x'), '192.0.2.7')).body, 'public', 'a public answer, by address'),
	test.is((ops.kept_answer('k1', sha256('POST /x'), '192.0.2.8')).body, NULL, 'and by no other'); COMMIT;
RESET ROLE;
UPDATE ops.idempotency_key SET created_at = created_at - interval '24 hours';
SET ROLE tenantry_app;
BEGIN; SELECT test.as('ada', key => 'k3', body => 'other') \gset
SELECT test.is(ops.keep_answer('again', NULL), 'again', 'after a day a key is free, used or not'); COMMIT;
RESET ROLE;
SELECT test.is((SELECT body FROM ops.idempotency_key WHERE key = 'k3' AND scope LIKE '%/_%'), 'again', 'and taken again');
INSERT INTO identity.trusted_device (secret_hash, user_id, expires_at)
	SELECT sha256(id::bytea), id, now() - interval '1 day' FROM identity."user" LIMIT 1;
INSERT INTO identity.two_factor_challenge (secret_hash, user_id, remember, expires_at)
	SELECT sha256(id::bytea), id, true, now() - interval '1 day' FROM identity."user" LIMIT 1;
SET ROLE tenantry_app;
SELECT ops.sweep();
RESET ROLE;
SELECT test.ok((SELECT count(*) FROM identity.trusted_device)
	+ (SELECT count(*) FROM identity.two_factor_challenge) = 0, 'challenges and trust are swept');
SELECT test.is((SELECT string_agg(key, ' ') FROM ops.idempotency_key), 'k3', 'the rest is swept');

-- All operations of a batch together may take 10 s.
BEGIN;
SELECT ops.keep_result(0, 200, '{}', NULL);
SELECT pg_sleep(10);
DO $$ BEGIN
	PERFORM ops.keep_result(1, 200, '{}', NULL);
	PERFORM test.ok(false, 'a batch has 10 s');
EXCEPTION WHEN query_canceled THEN
	PERFORM test.is(SQLERRM, 'the batch takes more than 10 s', 'a batch has 10 s');
END $$;
ROLLBACK;

-- Mentions of a person contain the whole address or number.
CREATE FUNCTION test.mentions(text, texts text[]) RETURNS boolean LANGUAGE sql AS $$ SELECT $1 ~* ops.mention_pattern(texts) $$;
SELECT test.is(test.mentions(said, '{lee@one.test,+33 6 98 76 54 32}')::text, mentioned, said) FROM (VALUES
	('{"email": "lee@one.test"}', 'true'), ('mail to Lee@One.test, again', 'true'), ('<lee@one.test>', 'true'), ('lee@one.test.', 'true'),
	('ashlee@one.test', 'false'), ('x.lee@one.test', 'false'), ('lee@one.tests', 'false'), ('lee@one.test.example', 'false'), ('lee+x@one.test', 'false'),
	('["+33 6 98 76 54 32"]', 'true'), ('+33 6 98 76 54 321', 'false')) t (said, mentioned);
SELECT test.is(ops.mention_pattern(ARRAY[t]), NULL, format('%s is neither an address nor a number', t))
  FROM unnest('{12345,T00:0,2026-,2026-11-27,2026-11-27T10:00:00,a@b}'::text[]) t;

-- A page of the verification reads only the "erase" entries of its rows, however many such entries the log has.
SET ROLE tenantry_app;
BEGIN; SELECT test.as('ada') \gset
SELECT current_setting('app.org_id') AS org \gset
INSERT INTO crm.tags (name, color) SELECT 'whole ' || i, '#abc' FROM generate_series(1, 10) i;
COMMIT;
SELECT pg_sleep(0.01);
SELECT sum(sealed) AS sealed FROM ops.seal_audit(100000, '0', false) \gset
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.tags (name, color) SELECT 'erased ' || i, '#abc' FROM generate_series(1, 2000) i;
COMMIT;
SELECT pg_sleep(0.01);
SELECT sum(sealed) AS sealed FROM ops.seal_audit(100000, '0', false) \gset
RESET ROLE;
SELECT set_config('app.org_id', :'org', false) \gset
INSERT INTO ops.redaction (org_id, table_name, row_id) SELECT org_id, 'tags', id::text FROM crm.tags WHERE name LIKE 'erased %';
SELECT set_config('app.org_id', '', false) \gset
SET ROLE tenantry_app;
SELECT ops.redact_audit(2000) AS redacted \gset
SELECT pg_sleep(0.01);
SELECT sum(sealed) AS sealed FROM ops.seal_audit(100000, '0', false) \gset
RESET ROLE;
ANALYZE ops.audit_log, ops.audit_seal, ops.audit_erased;
SET ROLE tenantry_app;
BEGIN; SELECT test.as('ada', read_only => true) \gset
SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0) AS before FROM pg_stat_xact_all_tables WHERE relid = 'ops.audit_log'::regclass \gset
SELECT ops.verify_audit(0, 1)::jsonb AS first \gset
SELECT test.is(:'first'::jsonb->'whole', 'true', 'a page without erased rows is whole'),
	test.is(:'first'::jsonb->'erased', '0', 'and has none'),
	test.ok(seq_tup_read + idx_tup_fetch - :before BETWEEN 1 AND 99,	-- a scan of all "erase" entries would read 100
		format('and reads %s rows for %s', seq_tup_read + idx_tup_fetch - :before, :'first'::jsonb->>'rows'))
  FROM pg_stat_xact_all_tables WHERE relid = 'ops.audit_log'::regclass;
SELECT ops.verify_audit((:'first'::jsonb->>'next')::bigint, 1)::jsonb AS second \gset
SELECT test.is(:'second'::jsonb->'whole', 'true', 'rows whose data was erased are whole'),
	test.is(:'second'::jsonb->'erased', '2000', 'and counted in their page');
COMMIT;
RESET ROLE;

-- The time for which a queue has waited does not change with failed attempts, and deferred or suspended entries do not
-- count.
SELECT id AS mail FROM ops.queue_mail('password-changed', 'queue@x.test', 'en', '{}') id \gset
UPDATE ops.mail SET since = now() - interval '12 minutes' WHERE id = :mail;
SELECT mail AS claimed, attempt FROM ops.claim_mail(10, '1 min', 'x.test') WHERE mail = :mail \gset
SELECT ops.end_mail(:mail, :attempt, 'deferred', 'Connection refused', '5 min') AS status \gset
SELECT test.is((SELECT format('%s, due %s, %s attempts, %s: %s', q.name, q.due, q.attempts, date_trunc('minute', now() - q.since), q.error)
	FROM ops.queues() q WHERE q.name = 'mail'), 'mail, due 0, 1 attempts, 00:12:00: Connection refused',
	'the age of a queue counts from when the mail was queued');
SELECT test.ok(ops.metrics_text() ~ 'tenantry_queue_oldest_seconds\{queue="mail"\} 7[2-9]\d\n'
	AND ops.metrics_text() ~ 'tenantry_queue_oldest_attempts\{queue="mail"\} 1\n', 'and in the metrics');
UPDATE ops.mail SET status = 'failed' WHERE id = :mail;
SELECT ops.send_again(:mail) AS again \gset
SELECT test.ok(now() - q.since < interval '1 minute', 'a mail that is retried waits anew') FROM ops.queues() q WHERE q.name = 'mail';
INSERT INTO ops.job (queue, org_id, entry, subject, user_id, since, attempts) VALUES ('imports', :'org', 1, 'imports/1', 'ada', now() - interval '1 hour', 3);
INSERT INTO ops.aside (queue, org_id, entry, error, retry_at) VALUES ('imports', :'org', '1', 'bad row', now());
SELECT test.is((SELECT format('%s %s %s', date_trunc('minute', now() - q.since), q.attempts, q.error) FROM ops.queues() q WHERE q.name = 'imports'),
	'01:00:00 3 bad row', 'an import has the error with which it was set aside');
UPDATE ops.job SET holder = 1, held_until = now() + interval '20 s';
SELECT test.ok(q.since IS NULL AND q.waiting = 1, 'one that runs does not wait') FROM ops.queues() q WHERE q.name = 'imports';
SELECT ops.advance_import(id) FROM ops.job \gset
UPDATE ops.job SET holder = NULL;
SELECT test.ok(now() - q.since < interval '1 minute', 'progress begins a new wait') FROM ops.queues() q WHERE q.name = 'imports';
UPDATE identity.organization SET suspended_at = now() WHERE id = :'org';
SELECT test.ok(q.since IS NULL AND q.waiting = 1, 'nobody waits for a suspended organization') FROM ops.queues() q WHERE q.name = 'imports';
DELETE FROM ops.job;

-- The queue of work: organizations take turns, a lease holds, and a completed entry cannot end again.
BEGIN;
UPDATE identity.organization SET suspended_at = NULL WHERE id = :'org';
INSERT INTO identity.organization (name, slug) VALUES ('Second', 'second-queue'), ('Third', 'third-queue');
SELECT id AS second FROM identity.organization WHERE slug = 'second-queue' \gset
SELECT id AS third FROM identity.organization WHERE slug = 'third-queue' \gset
SELECT ops.enqueue('pictures', :'org', 'contacts/' || n, n, due => now() - interval '2 hours' + n * interval '1 s') FROM generate_series(1, 5) n;
SELECT ops.enqueue('pictures', :'second', 'contacts/' || n, n, due => now() - interval '1 hour' + n * interval '1 s') FROM generate_series(11, 12) n;
SELECT ops.enqueue('pictures', :'third', 'contacts/21', 21);
SELECT ops.enqueue('embeddings', :'third', 'contacts/21', 31);
SELECT test.is((SELECT string_agg(j.entry::text, ' ' ORDER BY j.entry) FROM ops.claim_jobs('pictures', 3, '1 min') j), '1 11 21',
	'three entries are those of three organizations');
SELECT test.is((SELECT string_agg(j.entry::text, ' ' ORDER BY j.entry) FROM ops.claim_jobs('pictures', 2, '1 min', :'org') j), '2 3',
	'of one organization there may be several');
SELECT j.org_id AS one FROM ops.claim_jobs('pictures', 1, '1 min') j \gset
SELECT j.org_id AS two FROM ops.claim_jobs('pictures', 1, '1 min') j \gset
SELECT test.ok(:'one' <> :'two', 'of two organizations each has its turn');
SELECT test.is((SELECT count(*)::text FROM ops.claim_jobs('pictures', 1, '1 min', :'second')), '0', 'what is claimed is held');
UPDATE identity.organization SET suspended_at = now() WHERE id = :'org';
SELECT test.is((SELECT count(*)::text FROM ops.claim_jobs('pictures', 9, '1 min') j WHERE j.org_id = :'org'), '0', 'entries of a suspended organization wait');
UPDATE identity.organization SET suspended_at = NULL WHERE id = :'org';
SELECT test.is((SELECT count(*)::text FROM ops.claim_jobs('pictures', 9, '1 min', NULL, ARRAY[:'org', :'second']::uuid[])), '0', 'and those of a paused one');
UPDATE ops.job SET holder = 1 WHERE entry = 11;
SELECT test.is((SELECT j.entry || ' ' || j.attempts FROM ops.claim_jobs('pictures', 1, '1 min', :'second') j), '11 2',
	'an entry of a process that is gone is claimed at once');
UPDATE ops.job SET held_until = now() WHERE entry = 21 AND queue = 'pictures';
SELECT test.is((SELECT j.entry || ' ' || j.attempts FROM ops.claim_jobs('pictures', 1, '1 min', :'third') j), '21 2', 'and one whose lease has ended');
SELECT test.ok(NOT ops.end_job(j.id, 1), 'the attempt before ends nothing') FROM ops.job j WHERE j.entry = 21;
SELECT test.ok(ops.end_job(j.id, 2, 'no answer', '1 hour') AND NOT ops.end_job(j.id, 1), 'an attempt that failed is repeated')
  FROM ops.job j WHERE j.entry = 21;
SELECT test.is((SELECT format('%s %s %s', j.attempts, j.held_until, j.due_at > now() + interval '59 min') FROM ops.job j WHERE j.entry = 21
	AND j.queue = 'pictures'), '2 -infinity t', 'later');
SELECT test.ok(ops.end_job(j.id, 2, 'gone'), 'an attempt without a pause is the last') FROM ops.job j WHERE j.entry = 21 AND j.queue = 'pictures';
SELECT test.is((SELECT string_agg(l.outcome || ' ' || l.error, ', ' ORDER BY l.id) FROM ops.job_log l WHERE l.queue = 'pictures' AND l.entry = '21'),
	'waiting no answer, failed gone', 'and the log has both');
SELECT ops.advance_job(j.id, '1 hour'), ops.rest_job(j.id, '1 min') FROM ops.job j WHERE j.entry = 11;
SELECT test.is((SELECT format('%s %s', j.attempts, j.due_at - now()) FROM ops.job j WHERE j.entry = 11), '0 00:00:00',
	'after progress an entry is due at once');
SELECT count(*) AS x FROM ops.claim_jobs('pictures', 1, '1 min', :'second') \gset
SELECT ops.rest_job(j.id, '1 min') FROM ops.job j WHERE j.entry = 11;
SELECT test.is((SELECT (j.due_at - now())::text FROM ops.job j WHERE j.entry = 11), '00:01:00', 'without it, later');
SELECT ops.enqueue('pictures', :'second', 'contacts/11', 11, payload => '{"new": true}');
SELECT test.is((SELECT format('%s %s %s', j.attempts, j.due_at - now(), j.payload) FROM ops.job j WHERE j.entry = 11), '0 00:00:00 {"new": true}',
	'an entry that is added again begins anew');
SELECT ops.queue_payment_call(:'org', 'membership', 'stripe', 'payment_providers', 1, 'charge', 7, '{"amount": 5}', interval '-1 hour');
SELECT test.is((SELECT format('%s %s', q.waiting, now() - q.since) FROM ops.queues() q WHERE q.name = 'payments'), '1 01:00:00', 'a call that nobody makes is old');
SELECT test.is((SELECT c.kind || ' ' || c.parameters FROM ops.claim_payment_calls(5) c), 'charge {"amount": 5}', 'a call is claimed');
SELECT ops.end_payment_call(:'org', j.id, 1, '{"reason": "status 401"}') AS x FROM ops.job j WHERE j.queue = 'payments' \gset
SELECT test.ok(q.waiting = 1 AND q.since IS NULL, 'one whose provider refuses is not the operator''s') FROM ops.queues() q WHERE q.name = 'payments';
SELECT test.is((SELECT format('%s %s %s', e.id, e.state, e.error) FROM ops.job_entries('payments', NULL, 5) e), 'payments-7 waiting status 401',
	'but it is shown with the reason');
ROLLBACK;

-- A webhook with a failing receiver is not in the operator's queue: its administrators get one email.
SELECT set_config('app.org_id', :'org', false) \gset
INSERT INTO crm.webhooks (org_id, id, url, secret, events) VALUES (:'org', 7, 'https://dead.test/', 's', '["*"]');
INSERT INTO crm.webhook_deliveries (org_id, id, webhook_id, event) VALUES (:'org', 8, 7, 'tags.create');
INSERT INTO ops.webhook_queue (org_id, webhook_id, delivery_id, began_at) VALUES (:'org', 7, 8, now() - interval '1 hour');
SELECT set_config('app.org_id', '', false) \gset
UPDATE identity.organization SET suspended_at = NULL WHERE id = :'org';
SELECT test.ok(now() - q.since > interval '59 minutes', 'a delivery that nobody has tried is late') FROM ops.queues() q WHERE q.name = 'webhooks';
UPDATE ops.webhook_receiver SET failures = 4, failing_since = now() - interval '20 minutes' WHERE webhook_id = 7;
SELECT ops.end_delivery(:'org' || '/8', 0, 0, 1, 'Could not resolve host', NULL, 'en', NULL, NULL) \gset
SELECT test.ok(q.since IS NULL AND q.waiting = 1, 'one whose receiver fails is not') FROM ops.queues() q WHERE q.name = 'webhooks';
SELECT test.is((SELECT format('%s %s %s %s', w.webhook, w.host, w.failures, w.error) FROM ops.failing_webhooks() w),
	'7 dead.test 5 Could not resolve host', 'it is named with its error');
SELECT test.ok(ops.metrics_text() ~ 'tenantry_webhooks_failing 1\n', 'and counted');
SELECT ops.end_delivery(:'org' || '/8', 0, 0, 1, 'Could not resolve host', NULL, 'en', NULL, NULL) \gset
SELECT test.is((SELECT string_agg(m.recipient || ' ' || (m.data->>'address'), ', ') FROM ops.mail m WHERE m.template = 'webhook-failing'),
	(SELECT string_agg(u.email || ' https://dead.test/', ', ') FROM identity.organization_member o JOIN identity."user" u ON u.id = o.user_id
	  WHERE o.organization_id = :'org' AND o.acts_as IN ('owner', 'admin')), 'administrators get one mail');
SELECT ops.end_delivery(:'org' || '/8', 0, 200, 1, NULL, NULL, 'en', NULL, NULL) \gset
SELECT test.ok(NOT EXISTS (SELECT FROM ops.failing_webhooks()) AND NOT EXISTS (SELECT FROM ops.webhook_receiver WHERE told_at IS NOT NULL),
	'a success ends that');
