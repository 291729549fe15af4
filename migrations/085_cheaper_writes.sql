\warn 'tenantry schema up runs this step, once' \quit
-- Cheaper writes.

-- Totals are updated in place: ops.add_to_total() replaces the task that added them up. No index has the column that
-- changes, and pages have room, so that an update stays on its page, which is pruned when this part of it is full. The default is for
-- writers that wait in functions of the previous release, and for rows that nobody updates.
DELETE FROM ops.periodic_task WHERE name = 'totals';
WITH many AS (
	SELECT t.org_id, t.resource FROM ops.totals t GROUP BY t.org_id, t.resource
	HAVING count(*) > 1 AND sum(t.change) BETWEEN -9223372036854775808 AND 9223372036854775807),
old AS (DELETE FROM ops.totals t USING many m WHERE (t.org_id, t.resource) = (m.org_id, m.resource) RETURNING t.*)
INSERT INTO ops.totals (org_id, resource, change) SELECT o.org_id, o.resource, sum(o.change) FROM old o GROUP BY o.org_id, o.resource;
DROP INDEX ops.totals_new, ops.totals_resource;
ALTER TABLE ops.totals DROP COLUMN folded, ADD COLUMN place bigint NOT NULL DEFAULT -nextval('ops.row_id'),
	ADD CONSTRAINT totals_pkey PRIMARY KEY (org_id, resource, place);
UPDATE ops.totals t SET place = 0 WHERE NOT EXISTS (
	SELECT FROM ops.totals o WHERE (o.org_id, o.resource) = (t.org_id, t.resource) AND o.place > t.place);
ALTER TABLE ops.totals SET (fillfactor = 30);

-- tenantry-jobs adds to the index of the search in batches, and moves each from the pending list: see crm.index_documents().
ALTER INDEX crm.search_documents_lexemes SET (fastupdate = on, gin_pending_list_limit = 512);

-- They take the rows of a statement.
DROP FUNCTION IF EXISTS crm.apply_automation(uuid, text, bigint, jsonb), crm.change_by_rule(uuid, text, bigint, text, text);
-- down
ALTER INDEX crm.search_documents_lexemes SET (fastupdate = off);
ALTER INDEX crm.search_documents_lexemes RESET (gin_pending_list_limit);
ALTER TABLE ops.totals ADD COLUMN folded boolean NOT NULL DEFAULT false;
ALTER TABLE ops.totals RESET (fillfactor);
ALTER TABLE ops.totals DROP COLUMN place;	-- and the primary key
CREATE INDEX totals_resource ON ops.totals (org_id, resource) INCLUDE (change);
CREATE INDEX totals_new ON ops.totals (org_id, resource) WHERE NOT folded;
