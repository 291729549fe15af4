\warn 'tenantry schema up runs this step, once' \quit
-- The ids that rows have in other systems: what imports kept is for every client, and not every one is of an import. The ids of files
-- have the source import, those of an archive import-ID, and those of an integration integration-ID.

ALTER TABLE crm.import_keys RENAME TO external_ids;
ALTER TABLE crm.external_ids RENAME CONSTRAINT import_keys_pkey TO external_ids_pkey;
ALTER TABLE crm.external_ids RENAME CONSTRAINT import_keys_key_key TO external_ids_key_key;
ALTER TABLE crm.external_ids RENAME CONSTRAINT import_keys_key_check TO external_ids_key_check;
ALTER INDEX crm.import_keys_import_id RENAME TO external_ids_import_id;
ALTER INDEX crm.import_keys_row_id RENAME TO external_ids_row_id;
ALTER TABLE crm.external_ids ALTER COLUMN import_id DROP NOT NULL;
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		UPDATE crm.external_ids x SET source = CASE x.source WHEN '' THEN 'import' ELSE replace(x.source, ' ', '-') END
		 WHERE x.org_id = org;
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
ALTER TABLE crm.external_ids ADD CONSTRAINT external_ids_source_check CHECK (source ~ '^[a-z0-9][a-z0-9._-]{0,49}$');
-- Those of the row of a change, if it has any: also of a deleted one.
ALTER TABLE ops.change ADD external_ids jsonb;
-- Keys of rows that exist no longer are those of crm.forget_ids().
DROP FUNCTION IF EXISTS crm.forget_keys(text, text, text[]);
-- down
ALTER TABLE ops.change DROP external_ids;
ALTER TABLE crm.external_ids DROP CONSTRAINT external_ids_source_check;
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM crm.external_ids x WHERE x.org_id = org AND x.import_id IS NULL;
		UPDATE crm.external_ids x SET source = CASE x.source WHEN 'import' THEN '' ELSE regexp_replace(x.source, '^(import|integration)-', '\1 ') END
		 WHERE x.org_id = org;
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
ALTER TABLE crm.external_ids ALTER COLUMN import_id SET NOT NULL;
ALTER INDEX crm.external_ids_row_id RENAME TO import_keys_row_id;
ALTER INDEX crm.external_ids_import_id RENAME TO import_keys_import_id;
ALTER TABLE crm.external_ids RENAME CONSTRAINT external_ids_key_check TO import_keys_key_check;
ALTER TABLE crm.external_ids RENAME CONSTRAINT external_ids_key_key TO import_keys_key_key;
ALTER TABLE crm.external_ids RENAME CONSTRAINT external_ids_pkey TO import_keys_pkey;
ALTER TABLE crm.external_ids RENAME TO import_keys;
