-- The companies of contacts and deals can be backed up before the first change
--
-- The engine makes a backup of the whole database. In addition, the companies are stored in tables, which "finish"
-- removes.
-- kind: blocker
-- on: target

SELECT 'migration_backup', CASE WHEN to_regnamespace('migration_backup') IS NULL
		THEN 'the owner of the schema may not create the schema of the backup tables: GRANT CREATE ON DATABASE ' || quote_ident(current_database())
		ELSE 'the owner of the schema may not create the backup tables: GRANT CREATE, USAGE ON SCHEMA migration_backup' END
		|| ' TO ' || quote_ident(current_user)
 WHERE NOT CASE WHEN to_regnamespace('migration_backup') IS NULL THEN has_database_privilege(current_database(), 'CREATE')
	ELSE has_schema_privilege('migration_backup', 'CREATE') AND has_schema_privilege('migration_backup', 'USAGE') END
UNION ALL
SELECT 'migration_backup.' || c.relname, 'a table of an earlier run belongs to another role'
  FROM pg_class c WHERE c.relnamespace = to_regnamespace('migration_backup') AND c.relname LIKE '%\_company\_id\_bak\_%'
   AND NOT pg_has_role(c.relowner, 'USAGE')
