-- Automation rules that run when rows are written.
SET ROLE tenantry_app;
SELECT test.sign_up('ada') IS NULL AS x, test.sign_up('bob', open => true) IS NULL AS y,
	test.sign_up('eve', open => true) IS NULL AS z \gset
BEGIN; SELECT test.as('ada', 'admin') \gset
SELECT identity.create_invite('i', sha256('i'), 'bob@example.test', NULL, NULL) IS NULL AS x \gset
COMMIT;
BEGIN; SELECT test.as('bob', 'user') \gset
SELECT identity.accept_invitation('i', false, current_setting('app.session_id', true), sha256(current_setting('app.user_id', true)::bytea)) IS NULL AS x \gset
COMMIT;
BEGIN; SELECT test.as('eve', 'user') \gset
SELECT identity.create_organization('Eve', 'eve', NULL, NULL, false) IS NULL AS x \gset
COMMIT;
BEGIN; SELECT test.as('eve') \gset
INSERT INTO crm.tags (name, color) VALUES ('theirs', '#fff') RETURNING id AS theirs \gset
SELECT identity.me()::json->>'id' AS eve \gset
COMMIT;

-- Creates a rule and returns the results of its runs.
RESET ROLE;
CREATE FUNCTION test.rule(trigger_type text, trigger_config jsonb, action_type text,
	action_config jsonb, name text DEFAULT 'rule') RETURNS bigint LANGUAGE sql AS $$
	INSERT INTO crm.automation_rules (name, trigger_type, trigger_config, action_type,
		action_config) VALUES (name, trigger_type, trigger_config, action_type, action_config)
	RETURNING id
$$;
CREATE FUNCTION test.runs() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(depth || outcome || coalesce(' ' || error, ''), ', ' ORDER BY created_at)
	  FROM crm.automation_runs
$$;
-- Returns the runs by the last names of their contacts.
CREATE FUNCTION test.outcomes() RETURNS TABLE (how text, runs text) LANGUAGE sql AS $$
	SELECT c.last_name AS how, string_agg(c.first_name || ' ' || u.name || ' ' || r.outcome || ' ' || coalesce(r.error, left(r.effect->>'text', 20), ''), E'\n'
	ORDER BY c.first_name, r.rule_id) AS runs FROM crm.automation_runs r JOIN crm.contacts c ON c.id = r.row_id JOIN crm.automation_rules u ON u.id = r.rule_id
	WHERE c.last_name IN ('together', 'alone') GROUP BY 1
$$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO tenantry_app;
SET ROLE tenantry_app;

-- Each action, as a member
BEGIN; SELECT test.as('ada') \gset
SELECT identity.me()::json->>'id' AS ada \gset
INSERT INTO crm.tags (name, color) VALUES ('vip', '#fff') RETURNING id AS vip \gset
INSERT INTO crm.tags (name, color) VALUES ('old', '#000') RETURNING id AS old \gset
SELECT test.rule('contact.created', '{}', 'add_tag', format('{"tag_id": %s}', :'vip')::jsonb),
	test.rule('contact.created', '{}', 'remove_tag', format('{"tag_id": %s}', :'old')::jsonb),
	test.rule('contact.created', '{}', 'set_field', '{"field": "status", "value": "hot"}'),
	test.rule('contact.created', '{}', 'set_field', '{"field": "has_newsletter", "value": true}'),
	test.rule('contact.created', '{}', 'assign_owner', format('{"sales_id": %s}', :'ada')::jsonb),
	test.rule('contact.created', '{}', 'create_note', '{"text": "Hello {{first_name}} {{last_name}}, {{title}}!"}'),
	test.rule('contact.created', '{}', 'create_task', '{"text": "Call {{last_name}}", "type": "call", "due_in_days": 3}') AS x \gset
SELECT test.is(sales_id::text, :'ada', 'a rule is its author''s') FROM crm.automation_rules LIMIT 1;
COMMIT;
BEGIN; SELECT test.as('bob') \gset
SELECT identity.me()::json->>'id' AS bob \gset
INSERT INTO crm.contacts (first_name, last_name, title, tags) VALUES ('{{last_name}}', 'Babbage', NULL, ARRAY[:'old']::bigint[]) RETURNING id AS who \gset
SELECT test.is(tags::text || status || has_newsletter || sales_id, format('{%s}hottrue%s', :'vip', :'ada'), 'rules change the row')
	FROM crm.contacts WHERE id = :who;
SELECT test.is(text, 'Hello {{last_name}} Babbage, !', 'a text quotes fields, and not what they quote'),
	test.is(sales_id::text, :'bob', 'a note is the writer''s') FROM crm.contact_notes WHERE contact_id = :who;
SELECT test.is(text || type || (due_date - now())::text || (sales_id = :bob), 'Call Babbagecall3 daystrue', 'a task is due in some days') FROM crm.tasks WHERE contact_id = :who;
SELECT test.is(test.runs(), '1done, 1done, 1done, 1done, 1done, 1done, 1done', 'each is logged'),
	test.is(string_agg(DISTINCT sales_id || resource || row_id, ' '), :'bob' || 'contacts' || :'who', 'with who wrote what') FROM crm.automation_runs;
SELECT test.fails('UPDATE crm.automation_runs SET outcome = outcome', '42501'),
	test.fails('DELETE FROM crm.automation_runs', '42501'),
	test.fails($$SELECT test.rule('contact.created', '{}', 'create_note', '{"text": "x"}')$$, '42501');
UPDATE crm.automation_rules SET name = 'mine';
DELETE FROM crm.automation_rules;
SELECT test.is(string_agg(DISTINCT name, ' '), 'rule', 'members change no rule') FROM crm.automation_rules;
UPDATE crm.contacts SET last_seen = now(), avatar = '{"src": "x"}' WHERE id = :who;
SELECT test.is(count(*)::text, '7', 'an update sets off no rule about new contacts') FROM crm.automation_runs;
COMMIT;
BEGIN; SELECT test.as('eve') \gset
INSERT INTO crm.contacts (first_name) VALUES ('e');
SELECT test.is(count(*)::text, '0', 'nor does another organization''s contact') FROM crm.automation_runs;
ROLLBACK;
BEGIN; SELECT test.as('ada') \gset
DELETE FROM crm.tags WHERE id = :vip;
SELECT set_config('app.restoring', 'on', true) \gset
INSERT INTO crm.contacts (first_name) VALUES ('back');
SELECT test.is(status, NULL, 'what comes back is no news') FROM crm.contacts WHERE first_name = 'back';
SELECT set_config('app.restoring', '', true) \gset
INSERT INTO crm.contacts (first_name) VALUES ('x') RETURNING id AS x \gset
SELECT test.is(outcome || error, 'failedthere is no such tag', 'a rule that fails says why'),
	test.is(status, 'hot', 'the write and the other rules hold')
	FROM crm.automation_runs r JOIN crm.contacts c ON c.id = r.row_id WHERE row_id = :x AND r.outcome = 'failed';
ROLLBACK;

-- Contacts that one statement creates, and the same contacts created one after another
BEGIN; SELECT test.as('ada') \gset
DELETE FROM crm.automation_rules; DELETE FROM crm.tags WHERE name = 'new'; SELECT count(*) FROM crm.automation_runs \gset before_
INSERT INTO crm.tags (name, color) VALUES ('new', '#fff') RETURNING id AS new \gset
SELECT test.rule('contact.created', '{}', 'add_tag', format('{"tag_id": %s}', :'new')::jsonb, 'add'),
	test.rule('contact.created', '{}', 'remove_tag', format('{"tag_id": %s}', :'new')::jsonb, 'remove'),
	test.rule('contact.created', '{"conditions": [{"field": "first_name", "op": "neq", "value": "two"}]}', 'set_field', '{"field": "status", "value": "hot"}', 'set'),
	test.rule('contact.created', '{}', 'assign_owner', format('{"sales_id": %s}', :'ada')::jsonb, 'assign'),
	test.rule('contact.created', '{}', 'create_note', '{"text": "Hello {{first_name}}"}', 'note'),
	test.rule('contact.created', '{}', 'create_task', jsonb_build_object('text', '{{first_name}}' || repeat('{{title}}', 33), 'type', 'call', 'due_in_days', 3), 'task') AS x \gset
INSERT INTO crm.contacts (last_name, first_name, title, tags) SELECT 'together', v.n, v.b, v.t FROM (VALUES ('one', '', '{}'), ('two', repeat('x', 2000), '{}'),
	('three', '', ARRAY[:new]::bigint[])) v (n, b, t);
INSERT INTO crm.contacts (last_name, first_name, title, tags) VALUES ('alone', 'one', '', '{}');
INSERT INTO crm.contacts (last_name, first_name, title, tags) VALUES ('alone', 'two', repeat('x', 2000), '{}');
INSERT INTO crm.contacts (last_name, first_name, title, tags) VALUES ('alone', 'three', '', ARRAY[:new]);
SELECT test.is((SELECT runs FROM test.outcomes() WHERE how = 'together'), (SELECT runs FROM test.outcomes() WHERE how = 'alone'), 'the runs are the same'),
	test.ok((SELECT runs ~ 'two task failed must' AND runs ~ 'one task done' FROM test.outcomes() WHERE how = 'together'), 'a row that fails stops no other');
SELECT test.is(string_agg(x, ' ') FILTER (WHERE last_name = 'together'), string_agg(x, ' ') FILTER (WHERE last_name = 'alone'), 'so are the contacts, their notes and tasks')
  FROM (SELECT c.last_name, concat(c.first_name, c.status, c.tags, c.sales_id, (SELECT string_agg(n.text, '') FROM crm.contact_notes n WHERE n.contact_id = c.id),
	(SELECT string_agg(t.text || t.type, '') FROM crm.tasks t WHERE t.contact_id = c.id)) AS x FROM crm.contacts c WHERE c.last_name IN ('together', 'alone') ORDER BY c.first_name) y;
SELECT test.rule('contact.tag_added', '{}', 'create_note', '{"text": "tagged"}', 'tagged') AS x \gset
SELECT count(*) FROM crm.automation_runs \gset before_
INSERT INTO crm.contacts (last_name, first_name) SELECT 'many', n FROM generate_series(1, 60) n;
SELECT test.is(string_agg(x, ' ' ORDER BY x), 'add 60 assign 60 note 60 remove 60 set 60 tagged 60 task 60', 'each contact may have fifty runs')
  FROM (SELECT u.name || ' ' || count(*) AS x FROM (SELECT * FROM crm.automation_runs ORDER BY created_at OFFSET :before_count) r
	JOIN crm.automation_rules u ON u.id = r.rule_id WHERE r.outcome <> 'stopped' GROUP BY u.name) y;
ROLLBACK;

-- Deals
BEGIN; SELECT test.as('ada') \gset
DELETE FROM crm.automation_rules;
SELECT test.rule('deal.stage_changed', '{"from": "opportunity", "to": "won"}', 'create_task', '{"text": "Bill {{name}} of {{amount}}", "due_in_days": 0}'),
	test.rule('deal.amount_above', '{"amount": 1000}', 'move_to_stage', '{"stage": "delayed"}'),
	test.rule('deal.updated', '{"conditions": [{"field": "description", "op": "changed"}]}', 'create_note', '{"text": "about {{stage}}"}'),
	test.rule('deal.created', '{"conditions": [{"field": "expected_closing_date", "op": "lt", "value": "2026-01-01"}]}', 'set_field', '{"field": "expected_closing_date", "value": null}'),
	test.rule('deal.created', '{}', 'set_field', '{"field": "amount", "value": 7}') AS x \gset
INSERT INTO crm.deals (name, stage, contact_ids, expected_closing_date) VALUES ('d', 'opportunity', ARRAY[:who], '2025-12-31') RETURNING id AS deal \gset
SELECT test.is(amount::text || coalesce(expected_closing_date::text, '-'), '7-', 'a deal''s fields are set') FROM crm.deals;
UPDATE crm.deals SET stage = 'won';
SELECT test.is(text || contact_id, 'Bill d of 7' || :'who', 'a task for the first contact that is there') FROM crm.tasks WHERE text LIKE 'Bill%';
UPDATE crm.deals SET stage = 'lost'; UPDATE crm.deals SET stage = 'won';
SELECT test.is(count(*)::text, '1', 'not when it comes from elsewhere') FROM crm.tasks WHERE text LIKE 'Bill%';
UPDATE crm.deals SET description = 'new';
UPDATE crm.deals SET index = 3;
SELECT test.is(string_agg(text, ' '), 'about won', 'a note about the change') FROM crm.deal_notes;
UPDATE crm.deals SET amount = 1000;
SELECT test.is(stage, 'won', 'not above') FROM crm.deals;
UPDATE crm.deals SET amount = 1001;
SELECT test.is(stage, 'delayed', 'above') FROM crm.deals;
UPDATE crm.deals SET stage = 'opportunity'; UPDATE crm.deals SET amount = 2000;
SELECT test.is(stage, 'opportunity', 'it passes the amount once') FROM crm.deals;
UPDATE crm.deals SET contact_ids = '{}', stage = 'won';
SELECT test.is(outcome || coalesce(error, ''), 'failedthe deal has no contact', 'no contact, no task') FROM crm.automation_runs ORDER BY created_at DESC LIMIT 1;
ROLLBACK;

-- Rules that undo each other, and a rule that triggers itself
BEGIN; SELECT test.as('ada') \gset
DELETE FROM crm.automation_rules; SELECT count(*) FROM crm.automation_runs \gset before_
SELECT test.rule('contact.status_changed', '{"to": "hot"}', 'set_field', '{"field": "status", "value": "cold"}'),
	test.rule('contact.status_changed', '{"to": "cold"}', 'set_field', '{"field": "status", "value": "hot"}') AS x \gset
UPDATE crm.contacts SET status = 'cold' WHERE id = :who;
SELECT test.is(string_agg(depth || outcome || coalesce(' ' || error, '') || coalesce(' ' || code, ''), ', ' ORDER BY depth), '1done, 2done, 3done, 4done, 5done, 6stopped rules triggered each other five times in a row rules_too_deep',
	'a circle ends') FROM (SELECT * FROM crm.automation_runs ORDER BY created_at OFFSET :before_count) r;
UPDATE crm.contacts SET status = 'warm' WHERE id = :who;
SELECT test.is(current_setting('app.automation_depth', true), '0', 'and the next write begins anew');
DELETE FROM crm.automation_rules; SELECT count(*) FROM crm.automation_runs \gset before_
SELECT count(test.rule('contact.updated', '{}', 'set_field', format('{"field": "title", "value": "%s"}', n)::jsonb)) FROM generate_series(1, 100) n \gset
UPDATE crm.contacts SET status = 'in-contract' WHERE id = :who;
SELECT test.is(format('%s %s', count(*) FILTER (WHERE outcome <> 'stopped'), max(depth)), '50 6', 'a hundred rules that set one another off') FROM (SELECT * FROM crm.automation_runs ORDER BY created_at OFFSET :before_count) r;
SELECT test.fails($$SELECT test.rule('contact.updated', '{}', 'create_note', '{"text": "x"}')$$, 'ZH422', 'at most 100 rules%');
ROLLBACK;

-- Conditions
BEGIN; SELECT test.as('ada') \gset
SELECT test.is(crm.automation_holds('deals', c::jsonb, '{"name": "Old", "amount": 5, "stage": null, "contact_ids": [1, 2], "expected_closing_date": null, "archived_at": null}',
	'{"name": "New Deal", "amount": 7, "stage": "lead", "contact_ids": [2], "expected_closing_date": "2026-06-29", "archived_at": "2026-01-01T00:00:00.5+00:00"}')::text, want, c)
	FROM (VALUES ('{"field": "name", "op": "eq", "value": "New Deal"}', 'true'), ('{"field": "name", "op": "eq", "value": "new deal"}', 'false'),
	('{"field": "name", "op": "neq", "value": "x"}', 'true'), ('{"field": "name", "op": "contains", "value": "dEAL"}', 'true'),
	('{"field": "name", "op": "contains", "value": "%"}', 'false'), ('{"field": "name", "op": "in", "value": ["x", "New Deal"]}', 'true'),
	('{"field": "name", "op": "in", "value": ["x"]}', 'false'), ('{"field": "name", "op": "eq", "value": "Old", "row": "old"}', 'true'),
	('{"field": "name", "op": "changed"}', 'true'), ('{"field": "amount", "op": "gt", "value": 6}', 'true'), ('{"field": "amount", "op": "gt", "value": 7}', 'false'),
	('{"field": "amount", "op": "gte", "value": 7}', 'true'), ('{"field": "amount", "op": "lt", "value": 10}', 'true'), ('{"field": "amount", "op": "lte", "value": 6}', 'false'),
	('{"field": "contact_ids", "op": "contains", "value": 2}', 'true'), ('{"field": "contact_ids", "op": "contains", "value": 1}', 'false'),
	('{"field": "contact_ids", "op": "contains", "value": 1, "row": "old"}', 'true'), ('{"field": "stage", "op": "is_null", "row": "old"}', 'true'),
	('{"field": "stage", "op": "not_null"}', 'true'), ('{"field": "stage", "op": "eq", "value": "lead", "row": "old"}', 'false'),
	('{"field": "stage", "op": "neq", "value": "lead", "row": "old"}', 'true'), ('{"field": "expected_closing_date", "op": "lte", "value": "2026-06-29"}', 'true'),
	('{"field": "expected_closing_date", "op": "gt", "value": "2026-06-30"}', 'false'), ('{"field": "archived_at", "op": "gt", "value": "2026-01-01T00:00:00Z"}', 'true'),
	('{"field": "archived_at", "op": "eq", "value": "2026-01-01T01:00:00.5+01:00"}', 'true'), ('{"field": "archived_at", "op": "in", "value": ["2026-01-01", "2026-01-01T01:00:00.5+01:00"]}', 'true')) x (c, want);

-- Invalid rules, and the field that the error names
SELECT test.fails(format('SELECT test.rule(%L, %L, %L, %L)', t, tc, a, ac), 'ZH422', want)
	FROM (VALUES ('x', '{}', 'create_note', '{"text": "x"}', 'must be contact.created%'),
	('contact.created', '[]', 'create_note', '{"text": "x"}', 'must be an object'),
	('contact.created', '{"x": 1}', 'create_note', '{"text": "x"}', 'unknown member; known names: conditions'),
	('contact.created', '{"conditions": [{"field": "org_id", "op": "is_null"}]}', 'create_note', '{"text": "x"}', 'condition 1: contacts have no such field'),
	('contact.created', '{"conditions": [{"field": "name", "op": "is_null"}]}', 'create_note', '{"text": "x"}', 'condition 1: contacts have no such field'),
	('contact.created', '{"conditions": [{"field": "title", "op": "or 1=1"}]}', 'create_note', '{"text": "x"}', 'condition 1: op must be eq,%'),
	('contact.created', '{"conditions": [{"field": "title", "op": "eq"}]}', 'create_note', '{"text": "x"}', 'condition 1: value must be a text'),
	('contact.created', '{"conditions": [{"field": "title", "op": "eq", "value": 5}]}', 'create_note', '{"text": "x"}', 'condition 1: value must be a text'),
	('contact.created', '{"conditions": [{"field": "title", "op": "gt", "value": "5"}]}', 'create_note', '{"text": "x"}', 'condition 1: title cannot be compared by order'),
	('contact.created', '{"conditions": [1]}', 'create_note', '{"text": "x"}', 'condition 1: must be an object'),
	('contact.created', '{"conditions": [{"field": "title", "op": "changed", "more": 1}]}', 'create_note', '{"text": "x"}', 'condition 1: can contain only%'),
	('contact.created', '{"conditions": [{"field": "first_seen", "op": "gt", "value": "infinity"}]}', 'create_note', '{"text": "x"}', 'condition 1: value must be a time'),
	('contact.created', '{"conditions": [{"field": "first_seen", "op": "gt", "value": "2026-13-01"}]}', 'create_note', '{"text": "x"}', 'condition 1: value must be a time'),
	('deal.created', '{"conditions": [{"field": "amount", "op": "gt", "value": "1.5"}]}', 'create_note', '{"text": "x"}', 'condition 1: value must be a number'),
	('deal.created', '{"conditions": [{"field": "amount", "op": "gt", "value": 1e300}]}', 'create_note', '{"text": "x"}', 'condition 1: value must be a number'),
	('deal.amount_above', '{}', 'create_note', '{"text": "x"}', 'is required'),
	('contact.tag_added', format('{"tag_id": %s}', :'theirs'), 'create_note', '{"text": "x"}', 'there is no such tag'),
	('contact.created', '{}', 'add_tag', format('{"tag_id": %s}', :'theirs'), 'there is no such tag'),
	('contact.created', '{}', 'add_tag', '{"tag_id": 1}', 'there is no such tag'),
	('contact.created', '{}', 'assign_owner', format('{"sales_id": %s}', :'eve'), 'there is no such user'),
	('contact.created', '{}', 'assign_owner', '{"sales_id": 1.5}', 'there is no such user'),
	('contact.created', '{}', 'add_tag', '{}', 'is required'),
	('contact.created', '{}', 'move_to_stage', '{"stage": "x"}', 'must be set_field%'),
	('deal.created', '{}', 'add_tag', '{"tag_id": 1}', 'must be set_field%'),
	('contact.created', '{}', 'set_field', '{"field": "org_id", "value": "x"}', 'rules cannot set this field of contacts'),
	('contact.created', '{}', 'set_field', '{"field": "tags", "value": []}', 'rules cannot set this field of contacts'),
	('contact.created', '{}', 'set_field', '{"field": "status", "value": {"a": 1}}', 'the field needs text of at most 500 characters'),
	('deal.created', '{}', 'set_field', '{"field": "amount", "value": null}', 'is required'),
	('deal.created', '{}', 'set_field', '{"field": "name", "value": ""}', 'must not be empty'),
	('contact.created', '{}', 'create_task', '{"text": "x", "due_in_days": -1}', 'must be%'),
	('contact.created', '{}', 'create_task', '{"text": "x", "due_in_days": 1.5}', 'must be%'),
	('contact.created', '{}', 'create_note', '{"text": " "}', 'must have 1 to 2000 characters'),
	('contact.created', '{}', 'create_note', format('{"text": "%s"}', repeat('x', 2001)), 'must have 1 to 2000 characters'),
	('contact.created', '{}', 'create_note', format('{"text": "%s"}', repeat('x', 9000)), 'must have at most 8192 bytes'),
	('contact.created', '{}', 'create_note', '{"text": "{{background}}"}', 'cannot quote {{background}}'),
	('contact.created', '{}', 'create_note', '{"text": "{{ first_name }}"}', 'cannot quote {{ first_name }}'),
	('contact.created', '{}', NULL, '{"text": "x"}', 'must be set_field%')) x (t, tc, a, ac, want);
SELECT test.fails(format('SELECT test.rule(%L, %L, %L, %L)', 'contact.created', jsonb_build_object('conditions', jsonb_agg('{"field": "title", "op": "changed"}'::jsonb)),
	'create_note', '{"text": "x"}'), 'ZH422', 'must have at most 20 conditions') FROM generate_series(1, 21);
UPDATE crm.configuration SET config = '{"dealStages": [{"value": "lead", "label": "Lead"}, {"value": "won", "label": "Won"}]}';
SELECT test.fails($$SELECT test.rule('deal.created', '{}', 'move_to_stage', '{"stage": "lost"}')$$, 'ZH422', 'there is no such stage'),
	test.rule('deal.created', '{}', 'move_to_stage', '{"stage": "won"}') > 0 AS x \gset
ROLLBACK;

-- Dry runs
BEGIN; SELECT test.as('ada', read_only => true) \gset
SELECT test.is(crm.dry_run_automation_rule(NULL, jsonb_build_object('rule', r::jsonb, 'resource', 'contacts', 'id', :who, 'changes', c::jsonb))::jsonb - '{error,code,arguments}'::text[], want, r || c)
	FROM (VALUES ('{"trigger_type": "contact.status_changed", "trigger_config": {"to": "cold"}, "action_type": "create_note", "action_config": {"text": "{{status}}"}}', '{"status": "cold"}',
		'{"event": true, "effect": {"text": "cold", "action": "create_note"}, "matches": true, "conditions": []}'),
	('{"trigger_type": "contact.status_changed", "trigger_config": {"to": "cold"}, "action_type": "create_note", "action_config": {"text": "x"}}', '{}',
		'{"event": false, "effect": null, "matches": false, "conditions": []}'),
	('{"trigger_type": "contact.created", "trigger_config": {"conditions": [{"field": "last_name", "op": "eq", "value": "Babbage"}, {"field": "last_name", "op": "eq", "value": "x"}]}, "action_type": "create_note", "action_config": {"text": "x"}}', '{}',
		'{"event": true, "effect": null, "matches": false, "conditions": [true, false]}')) x (r, c, want);
SELECT test.is(crm.dry_run_automation_rule(1, '{"resource": "contacts", "id": 1}'), NULL, 'no such rule');
ROLLBACK;

-- Old runs are deleted
RESET ROLE;
CREATE FUNCTION test.sweep_runs(days integer, batch integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	UPDATE ops.organization_turn t SET due_at = now() WHERE t.task = 'automation_runs';
	RETURN crm.sweep_automation_runs(days, batch);
END $$;
SET ROLE tenantry_app;
BEGIN; SELECT test.as('ada') \gset
SELECT test.is(test.sweep_runs(1, 100)::text, '0', 'nothing is old');
SELECT test.is(test.sweep_runs(-1, 3)::text, '3', 'a piece'), test.is(test.sweep_runs(-1, 1000)::text, '4', 'the rest');
SELECT test.is(count(*)::text, '0', 'has gone') FROM crm.automation_runs;
SELECT test.is(current_setting('app.org_id'), (identity.me()::json)->>'organization_id', 'and the caller is where they were');
ROLLBACK;
