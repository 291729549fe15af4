-- A check of a whole file before it is imported.

ALTER TABLE crm.imports DROP CONSTRAINT imports_state_check, ADD CONSTRAINT imports_state_check CHECK (state IN
	('uploaded', 'checking', 'running', 'done', 'canceled', 'failed', 'undoing', 'undone'));
-- When the whole file was checked with this plan; the counts and errors are those of the check.
ALTER TABLE crm.imports ADD COLUMN checked_at timestamptz;
-- The definition before this one cannot replace a view that has another column, so it has another name.
DROP VIEW IF EXISTS crm.imports_summary;
-- down
DELETE FROM ops.import_queue q USING crm.imports i
 WHERE q.org_id = i.org_id AND q.import_id = i.id AND i.state = 'checking';
UPDATE crm.imports SET state = 'uploaded' WHERE state = 'checking';
ALTER TABLE crm.imports DROP CONSTRAINT imports_state_check, ADD CONSTRAINT imports_state_check CHECK (state IN
	('uploaded', 'running', 'done', 'canceled', 'failed', 'undoing', 'undone'));
ALTER TABLE crm.imports DROP COLUMN checked_at CASCADE;	-- and a view of crm/import.sql
