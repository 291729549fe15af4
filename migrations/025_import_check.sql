\warn 'tenantry schema up runs this step, once' \quit
-- A check of a whole file before it is imported.

ALTER TABLE crm.imports DROP CONSTRAINT imports_state_check, ADD CONSTRAINT imports_state_check CHECK (state IN
	('uploaded', 'checking', 'running', 'done', 'canceled', 'failed', 'undoing', 'undone'));
-- When the whole file was checked with this plan; the counts and errors are those of the check.
ALTER TABLE crm.imports ADD COLUMN checked_at timestamptz;
-- The definition before this one cannot replace a view that has another column, so it has another name.
DROP VIEW IF EXISTS crm.imports_summary;
-- down
-- Earlier versions would skip the rows that a check has read.
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM ops.import_queue q USING crm.imports i
		 WHERE q.org_id = org AND i.org_id = org AND q.import_id = i.id AND i.state = 'checking';
		DELETE FROM crm.import_errors e USING crm.imports i
		 WHERE e.org_id = org AND i.org_id = org AND e.import_id = i.id AND i.state IN ('uploaded', 'checking');
		UPDATE crm.imports SET state = 'uploaded', rows_read = 0, bytes_read = 0, created = 0, updated = 0,
			unchanged = 0, skipped = 0, failed = 0, duplicates = 0, started_at = NULL, error = NULL
		 WHERE org_id = org AND state IN ('uploaded', 'checking');
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
ALTER TABLE crm.imports DROP CONSTRAINT imports_state_check, ADD CONSTRAINT imports_state_check CHECK (state IN
	('uploaded', 'running', 'done', 'canceled', 'failed', 'undoing', 'undone'));
ALTER TABLE crm.imports DROP COLUMN checked_at CASCADE;	-- and a view of crm/import.sql
