\warn 'tenantry schema up runs this step, once' \quit
-- The rows of custom objects in files: crm.check_mapping() knows which resources can be imported.

ALTER TABLE crm.imports DROP CONSTRAINT imports_resource_check;
ALTER TABLE crm.import_mappings DROP CONSTRAINT import_mappings_resource_check;
DROP FUNCTION IF EXISTS crm.import_source(text, bigint);
-- down
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM crm.import_mappings m WHERE m.org_id = org AND m.resource LIKE 'custom\_%';
		DELETE FROM crm.imports i WHERE i.org_id = org AND i.resource LIKE 'custom\_%';
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
ALTER TABLE crm.import_mappings ADD CONSTRAINT import_mappings_resource_check CHECK (resource IN
	('companies', 'contacts', 'contact_notes', 'deal_notes', 'deals', 'tags', 'tasks'));
ALTER TABLE crm.imports ADD CONSTRAINT imports_resource_check CHECK (resource IN ('companies', 'contacts',
	'contact_notes', 'deal_notes', 'deals', 'tags', 'tasks'));
