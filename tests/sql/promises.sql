-- The rules that are derived from the catalogue find the rows that violate the API's promises, and no other rows.

-- Returns the rows that break a promise, in all organizations. The IDs are listed below.
CREATE FUNCTION test.broken() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('%s: %s', o.slug, p.detail) FROM identity.organization o,
		LATERAL (SELECT ops.enter_organization(o.id, '') AS id OFFSET 0) e, LATERAL ops.broken_promises(e.id) p
$$;
CREATE FUNCTION test.finds(pattern text) RETURNS void LANGUAGE sql AS $$
	SELECT test.is((SELECT count(*) FROM test.broken() b WHERE b ~ pattern)::text, '1', format('one row is found: %s', pattern))
$$;

SELECT test.is((SELECT count(*) > 100 FROM ops.promises())::text, 'true', 'the catalogue has more than 100 promises');
SELECT test.is((SELECT string_agg(b, ', ') FROM test.broken() b), NULL, 'rows of people and of the demo keep all promises');
SELECT id AS org FROM identity.organization WHERE slug = 'clientflow-demo' \gset

BEGIN;
-- Writes rows as an import without checks would.
SET LOCAL session_replication_role = replica;
SELECT ops.enter_organization(:'org', 'restoring') IS NULL AS x \gset
UPDATE crm.companies SET description = repeat('x', 65537) WHERE org_id = :'org' AND id = (SELECT min(id) FROM crm.companies WHERE org_id = :'org');
UPDATE crm.tasks SET contact_id = 7 WHERE org_id = :'org' AND id = (SELECT min(id) FROM crm.tasks WHERE org_id = :'org');
UPDATE crm.deals SET contact_ids = contact_ids || 8::bigint WHERE org_id = :'org' AND id = (SELECT min(id) FROM crm.deals WHERE org_id = :'org');
ALTER TABLE crm.activities DROP CONSTRAINT activities_type_check;
UPDATE crm.activities SET type = 'dance' WHERE org_id = :'org' AND id = (SELECT min(id) FROM crm.activities WHERE org_id = :'org');
INSERT INTO crm.pipelines (org_id, id, name, is_default) VALUES (:'org', 9, 'p', false);
UPDATE crm.tags SET name = 'odd' WHERE org_id = :'org' AND id = (SELECT min(id) FROM crm.tags WHERE org_id = :'org');
ALTER TABLE crm.tags ADD CONSTRAINT tags_odd_check CHECK (name <> 'odd') NOT VALID;
SET LOCAL session_replication_role = origin;
SELECT test.finds('of crm.companies: description has 65537 characters, at most 65536 are possible');
SELECT test.finds('of crm.tasks: contact_id names the row 7 of contacts, which is not there');
SELECT test.finds('of crm.deals: contact_ids names the row 8 of contacts, which is not there');
SELECT test.finds('of crm.activities: type is dance, which is no choice');
SELECT test.finds('of crm.pipelines: none of the rows is the default');
SELECT test.finds('of crm.tags: the constraint tags_odd_check does not hold');
SELECT test.finds('of tags cannot be changed: new row for relation "tags" violates check constraint "tags_odd_check"');
SELECT test.is((SELECT count(*) FROM test.broken())::text, '8', 'nothing else is found');
SELECT test.is((SELECT count(*) FROM crm.tags WHERE org_id = :'org' AND name = 'odd')::text, '1', 'a change that is tried is undone');
ROLLBACK;
