-- The log of identity events.
SET ROLE tenantry_app;
SELECT test.sign_up('own') IS NULL AS x, test.sign_up('mem', open => true) IS NULL AS y \gset
RESET ROLE;
SELECT test.is((SELECT string_agg(format('%s by %s', action, actor_id), ', ' ORDER BY at, id) FROM identity.event WHERE user_id = 'own'),
	'user.created by own, password.set by own, session.created by own', 'a sign-up');
SELECT test.is((SELECT data->>'email' FROM identity.event WHERE user_id = 'own' AND action = 'user.created'),
	'own@example.test', 'of whom'),
	test.is((SELECT concat_ws(' ', address, user_agent, data->>'session') FROM identity.event WHERE user_id = 'own' AND action = 'session.created'),
	'192.0.2.1 test s-own', 'from where');

-- Actions of the user
SET ROLE tenantry_app;
BEGIN; SELECT test.as('own', 'user') \gset
SELECT identity.update_user('{"name":"New Name"}') IS NULL AS x \gset
SELECT identity.update_user('{"name":"New Name"}') IS NULL AS x \gset
SELECT identity.change_password('hash2', true, 's-own2', sha256('own2'), '192.0.2.9', 'agent', 'hash') IS NULL AS x \gset
COMMIT;
BEGIN; SELECT identity.begin_public('request-out', '192.0.2.1', NULL, NULL) IS NULL AS x \gset
SELECT identity.sign_out(sha256('own2')) IS NULL AS x \gset
COMMIT;
RESET ROLE;
SELECT test.is((SELECT string_agg(concat_ws(' ', action, 'by', actor_id, request_id, address), E'\n' ORDER BY at, id) FROM
	(SELECT * FROM identity.event WHERE user_id = 'own' ORDER BY at, id OFFSET 3) e),
	E'user.updated by own request-own 192.0.2.1\npassword.changed by own request-own 192.0.2.1\n'
	'session.revoked by own request-own 192.0.2.1\nsession.created by own request-own 192.0.2.9\n'
	'session.signed-out by own request-out 192.0.2.1', 'changes tell who, by which request and from where');
SELECT test.is((SELECT data::text FROM identity.event WHERE user_id = 'own' AND action = 'user.updated'),
	'{"name": ["own", "New Name"]}', 'what it was and what it is');

-- Actions of other users, and expiry
BEGIN;
UPDATE identity.session SET expires_at = now() WHERE user_id = 'mem';
SELECT ops.sweep() IS NULL AS x \gset
UPDATE identity.account SET password = '$2a$06$old' WHERE user_id = 'mem';
UPDATE identity.account SET password = 'new' WHERE user_id = 'mem';
UPDATE identity.account SET access_token = 'never shown' WHERE user_id = 'mem';
SELECT set_config('app.actor', 'command:root', true) IS NULL AS x \gset
UPDATE identity."user" SET banned = true, ban_reason = 'spam' WHERE id = 'mem';
DELETE FROM identity."user" WHERE id = 'mem';
SELECT test.is((SELECT string_agg(concat_ws(' ', action, 'by', actor_id), ', ' ORDER BY at, id) FROM
	(SELECT * FROM identity.event WHERE user_id = 'mem' ORDER BY at, id OFFSET 3) e),
	'session.expired by, password.reset by, password.rehashed by, user.updated by command:root, user.deleted by command:root',
	'resets, bans, the end, and what went with it once only');
ROLLBACK;

-- Refusals
SET ROLE tenantry_app;
BEGIN; SELECT identity.begin_public('r', '2001:db8::1', NULL, NULL) IS NULL AS x \gset
SELECT count(identity.log_refusal('own@x', 'own', 'sign-in.refused', 'curl')) AS x FROM generate_series(1, 50) \gset
SELECT count(identity.log_refusal('no@x', NULL, 'sign-in.refused', 'curl')) AS x FROM generate_series(1, 50) \gset
COMMIT;
RESET ROLE;
SELECT test.is((SELECT string_agg(coalesce(user_id, 'nobody') || ' ' || n, ', ' ORDER BY user_id) FROM (SELECT user_id, count(*) AS n
	FROM identity.event WHERE action = 'sign-in.refused' GROUP BY 1) x), 'own 20, nobody 20', 'who tries without end fills no disk');
BEGIN;
UPDATE identity.rate_limit SET count = 1000 WHERE key = 'event';
SELECT identity.log_refusal('another', 'another', 'sign-in.refused', NULL) IS NULL AS x \gset
SELECT test.is((SELECT count(*)::text FROM identity.event WHERE user_id = 'another'), '0', 'nor who tries everywhere');
ROLLBACK;

-- Permissions to read the log, which nobody may write
SELECT test.fails('UPDATE identity.event SET user_id = NULL', '42501', '%append-only'),
	test.fails('DELETE FROM identity.event', '42501', '%append-only'),
	test.fails('TRUNCATE identity.event', '42501', '%append-only');
SELECT test.ok(NOT EXISTS (SELECT FROM identity.event WHERE data::text ~ 'hash|never shown'), 'no secret is in it');
SET ROLE tenantry_app;
SELECT test.sign_up('out', open => true) IS NULL AS x \gset
SELECT test.fails('SELECT * FROM identity.event', '42501');
BEGIN; SELECT test.as('out', 'user') \gset
SELECT test.is((SELECT string_agg(DISTINCT e->>'user_id', ' ') FROM json_array_elements(identity.list_events(NULL, NULL, NULL)::json) e),
	'out', 'one''s own');
SELECT test.is(json_array_length(identity.list_events(NULL, NULL, 2)::json)::text, '2', 'as many as one likes');
SELECT identity.list_events(NULL, NULL, 1)::json#>>'{0,id}' AS newest \gset
SELECT test.is(identity.list_events(NULL, :newest, NULL)::json#>>'{1,action}', 'user.created', 'and those before');
SELECT test.fails($$SELECT identity.list_events('own', NULL, NULL)$$, '42501', 'only operators%');
SELECT test.fails($$SELECT identity.list_events('*', NULL, NULL)$$, '42501', 'only operators%');
COMMIT;
RESET ROLE;
UPDATE identity."user" SET role = 'admin' WHERE id = 'out';
SET ROLE tenantry_app;
BEGIN; SELECT test.as('out', 'user') \gset
SELECT test.ok(json_array_length(identity.list_events('own', NULL, NULL)::json) > 5, 'an operator reads another''s'),
	test.ok(identity.list_events('*', NULL, 200) LIKE '%"out"%"own"%', 'and everybody''s');
COMMIT;
