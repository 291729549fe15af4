\warn 'tenantry schema up runs this step, once' \quit
-- ops.require_module() adds each table of a module to ops.module_column, with '*' for all its columns.

-- Two modules may have a table of the same name.
ALTER TABLE ops.module_column
	DROP CONSTRAINT module_column_pkey,
	ADD PRIMARY KEY (table_name, column_name, module);
-- down
DELETE FROM ops.module_column
 WHERE column_name = '*' AND table_name NOT IN ('opportunities_summary', 'factory_profiles', 'factory_audit_log');
ALTER TABLE ops.module_column
	DROP CONSTRAINT module_column_pkey,
	ADD PRIMARY KEY (table_name, column_name);
