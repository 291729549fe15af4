\warn 'tenantry schema up runs this step, once' \quit
-- The custom object of a row in the trash, with an index: the list of the rows of one object includes its deleted rows.

ALTER TABLE crm.trash ADD COLUMN object text;
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		UPDATE crm.trash t SET object = t.row->>'object' WHERE t.org_id = org AND t.resource = 'records';
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
CREATE INDEX trash_object ON crm.trash (org_id, object, deleted_at DESC NULLS LAST, row_id DESC) WHERE object IS NOT NULL;
-- down
ALTER TABLE crm.trash DROP COLUMN object CASCADE;
