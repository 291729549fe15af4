-- The rows of custom objects in files: crm.check_mapping() knows which resources can be imported.

ALTER TABLE crm.imports DROP CONSTRAINT imports_resource_check;
ALTER TABLE crm.import_mappings DROP CONSTRAINT import_mappings_resource_check;
DROP FUNCTION IF EXISTS crm.import_source(text, bigint);
-- down
DELETE FROM crm.import_mappings WHERE resource LIKE 'custom\_%';
DELETE FROM crm.imports WHERE resource LIKE 'custom\_%';
ALTER TABLE crm.import_mappings ADD CONSTRAINT import_mappings_resource_check CHECK (resource IN
	('companies', 'contacts', 'contact_notes', 'deal_notes', 'deals', 'tags', 'tasks'));
ALTER TABLE crm.imports ADD CONSTRAINT imports_resource_check CHECK (resource IN ('companies', 'contacts',
	'contact_notes', 'deal_notes', 'deals', 'tags', 'tasks'));
