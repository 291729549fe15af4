-- Merges of contacts: rows that refer to a contact are moved, and moved back by an undo.
SET ROLE tenantry_app;
SELECT test.sign_up('ada') IS NULL AS x, test.sign_up('bob', open => true) IS NULL AS y \gset
BEGIN; SELECT test.as('bob', 'user') \gset
SELECT identity.create_organization('B', 'b', NULL, NULL, false) IS NULL AS x \gset
COMMIT;
RESET ROLE;
UPDATE identity.organization SET modules = ARRAY(SELECT m.name FROM identity.module m);
SET ROLE tenantry_app;

BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.companies (name) VALUES ('Acme') RETURNING id AS company \gset
INSERT INTO crm.contacts (last_name, email_jsonb, company_id, avatar) VALUES
	('Loser', '[{"email": "one@x.test", "type": "Home"}, {"email": "two@x.test"}]', :company, NULL)
	RETURNING id AS loser \gset
INSERT INTO crm.contacts (last_name, email_jsonb) VALUES ('Winner', NULL) RETURNING id AS winner \gset
INSERT INTO crm.deals (name, stage, contact_ids) VALUES ('d', 'won', ARRAY[:loser]) RETURNING id AS deal \gset

-- Adds a row to each table that refers to contacts. Add new tables here. Otherwise, the test does not cover them.
INSERT INTO crm.tasks (contact_id, text) VALUES (:loser, 't');
INSERT INTO crm.tags (id, name, color) VALUES (1, 't', '#fff');
UPDATE crm.contacts SET tags = '{1}' WHERE id = :loser;
INSERT INTO crm.contact_notes (contact_id, text) VALUES (:loser, 'n'), (:winner, 'own');
INSERT INTO crm.activities (contact_id, type) VALUES (:loser, 'call');
INSERT INTO crm.contact_holds (contact_id, reason) VALUES (:loser, 'court order');
INSERT INTO crm.messages (contact_id, channel, direction, body) VALUES (:loser, 'sms', 'inbound', 'm');
INSERT INTO crm.opportunity_participants (opportunity_id, contact_id, role) SELECT d.id, :loser, 'other' FROM crm.deals d;
INSERT INTO crm.appointments (contact_id, title, starts_at, ends_at, attendees) VALUES (:loser, 'a', now(), now() + '1 h',
	jsonb_build_array(jsonb_build_object('contact_id', :loser)));
COMMIT;

RESET ROLE;
CREATE FUNCTION test.add_references(contact bigint) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	k record;
	n bigint;
BEGIN
	FOR k IN SELECT c.conrelid::regclass AS child, a.attname FROM pg_constraint c
	    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]
	    WHERE c.contype = 'f' AND c.confrelid = 'crm.contacts'::regclass ORDER BY 1, 2 LOOP
		EXECUTE format('SELECT count(*) FROM %s WHERE %I = $1', k.child, k.attname)
			INTO n USING contact;
		RETURN NEXT k.child || '.' || k.attname || ' ' || n;
	END LOOP;
END $$;
-- Returns all rows of the organization, except the log and the merges. The ID of a link does not matter, since a
-- restored link has a new ID.
CREATE FUNCTION test.all_rows() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
BEGIN
	FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r'
	    AND relname NOT IN ('merges', 'favicons_excluded_domains') ORDER BY relname LOOP
		RETURN QUERY EXECUTE format('SELECT %L || (to_jsonb(t) - ''updated_at'' - ''changed_at'' - %L)::text FROM %s t ORDER BY 1', t,
			CASE WHEN t = 'crm.deal_contacts'::regclass THEN 'id' ELSE '' END, t);
	END LOOP;
END $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO tenantry_app;
SET ROLE tenantry_app;

BEGIN; SELECT test.as('ada') \gset
SELECT test.ok(r !~ ' 0$', 'the loser has a row in ' || r) FROM test.add_references(:loser) r;
SELECT string_agg(r, E'\n') AS before FROM test.all_rows() r \gset
SELECT crm.merge_contacts(ARRAY[:loser]::bigint[], :winner)::json->>'mergeId' AS merge \gset
SELECT test.ok(r ~ ' 0$', 'and then none in ' || r) FROM test.add_references(:loser) r;
SELECT test.ok(r ~ CASE WHEN r ~ 'notes' THEN ' 2$' ELSE ' 1$' END, 'for the winner has it: ' || r) FROM test.add_references(:winner) r;
SELECT test.is(contact_ids::text, format('{%s}', :winner), 'a deal, too') FROM crm.deals;
SELECT test.ok(NOT EXISTS (SELECT FROM crm.contacts WHERE id = :loser), 'the loser is gone');
SELECT test.is(count(*)::text, '1', 'which the log tells') FROM ops.audit_log WHERE action = 'delete' AND row_id = :'loser';
SELECT test.is(crm.undo_merge(:merge, false)::json->>'loserId', :'loser', 'a merge is undone');
SELECT test.ok(:'before' = (SELECT string_agg(r, E'\n') FROM test.all_rows() r), 'and everything as it was');
SELECT test.fails(format('SELECT crm.undo_merge(%s, false)', :merge), 'ZH409', '%already%');
ROLLBACK;

-- A failure at the end rolls back the whole merge.
BEGIN; SELECT test.as('ada') \gset
RESET ROLE;
CREATE FUNCTION test.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON crm.merges FOR EACH ROW EXECUTE FUNCTION test.refuse();
SET ROLE tenantry_app;
SELECT string_agg(r, E'\n') AS before FROM test.all_rows() r \gset
SELECT test.fails(format('SELECT crm.merge_contacts(ARRAY[%s]::bigint[], %s)', :loser, :winner), 'P0001');
SELECT test.ok(:'before' = (SELECT string_agg(r, E'\n') FROM test.all_rows() r), 'a merge that fails in the middle did nothing');
ROLLBACK;

-- The limit of thirty days
RESET ROLE;
CREATE FUNCTION test.purge_merges() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	UPDATE ops.organization_turn t SET due_at = now() WHERE t.task = 'merges';
	RETURN ops.purge_merges(10);
END $$;
SET ROLE tenantry_app;
BEGIN; SELECT test.as('ada') \gset
SELECT crm.merge_contacts(ARRAY[:loser]::bigint[], :winner)::json->>'mergeId' AS merge \gset
UPDATE crm.merges SET merged_at = now() - interval '30 days';
SELECT test.fails(format('SELECT crm.undo_merge(%s, false)', :merge), 'ZH404');
UPDATE crm.merges SET merged_at = now() - interval '29 days';
SELECT test.purge_merges() AS n \gset
SELECT test.is(:'n', '0', 'a merge is kept for a month') FROM crm.merges;
UPDATE crm.merges SET merged_at = now() - interval '31 days';
SELECT test.purge_merges() AS n \gset
SELECT test.is(:'n', '1', 'and no longer'), test.is(count(*)::text, '0', 'whoever asks') FROM crm.merges;
ROLLBACK;

-- Rows of another organization
BEGIN; SELECT test.as('bob') \gset
INSERT INTO crm.contacts (last_name) VALUES ('Bob''s') RETURNING id AS own \gset
SELECT test.fails(format('SELECT crm.merge_contacts(ARRAY[%s]::bigint[], %s)', :loser, :own), 'ZH404', 'no such contact'),
	test.fails(format('SELECT crm.merge_contacts(ARRAY[%s]::bigint[], %s)', :own, :winner), 'ZH404', 'no such contact'),
	test.fails(format('SELECT crm.preview_merge(ARRAY[%s]::bigint[], %s)', :loser, :winner), 'ZH404', 'no such contact');
COMMIT;

-- Lists
SELECT test.is(crm.merged_entries(one::jsonb, other::jsonb, 'email')::text, want, coalesce(one, 'none') || ' and ' || coalesce(other, 'none'))
  FROM (VALUES (NULL, NULL, NULL), ('[]', NULL, '[]'), (NULL, '[]', '[]'),
	('[{"email": "a"}]', NULL, '[{"email": "a"}]'), (NULL, '[{"email": "a"}]', '[{"email": "a"}]'),
	('[{"email": "b"}, {"email": "a"}]', '[{"email": "c"}, {"email": "A", "x": 1}]', '[{"email": "b"}, {"email": "a"}, {"email": "c"}]'),
	('[{"email": "a", "n": 1}, {"email": "b"}, {"email": "A", "n": 2}]', '[]', '[{"n": 2, "email": "A"}, {"email": "b"}]'),
	('[{"email": ""}, {}, 1, "x", null, {"email": null}]', '[{"email": "z"}]', '[{"email": "z"}]')) v (one, other, want);
SELECT test.is(crm.merged_entries('[{"number": 5}]', '[{"number": "5"}, {"number": "+1"}]', 'number')::text, '[{"number": 5}, {"number": "+1"}]', 'a number may be one');
