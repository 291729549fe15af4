-- Stores the companies of contacts and deals in tables of migration_backup
--
-- These tables are only a record of the previous state. A rollback does not restore companies from them, because users
-- may have changed companies since then. "finish" removes the tables.

-- forward
SELECT ops.enter_chosen_organization();
DO $$
DECLARE
	name text;
	copy text;
BEGIN
	CREATE SCHEMA IF NOT EXISTS migration_backup;
	FOREACH name IN ARRAY '{contacts,deals}'::text[] LOOP
		copy := format('migration_backup.%I', name || '_company_id_bak_' || (SELECT m.suffix FROM ops.migration m
			WHERE m.id = current_setting('migration.id')::bigint));
		EXECUTE format('DROP TABLE IF EXISTS %s', copy);
		EXECUTE format('CREATE TABLE %s AS SELECT t.org_id, t.id, t.company_id FROM crm.%I t WHERE t.org_id = %L',
			copy, name, current_setting('app.org_id'));
		INSERT INTO ops.migration_row (source_key, target_id) VALUES (name, copy);
	END LOOP;
END $$

-- verify
SELECT format('the backup of %s is missing', x) FROM unnest('{contacts,deals}'::text[]) x
 WHERE NOT EXISTS (SELECT FROM ops.migration_row r
	WHERE r.migration_id = current_setting('migration.id')::bigint AND r.step = current_setting('migration.step')::integer
	  AND r.source_key = x AND to_regclass(r.target_id) IS NOT NULL)

-- reverse
SELECT 1
