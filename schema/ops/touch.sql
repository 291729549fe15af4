-- The time of the last change of a row.

CREATE OR REPLACE FUNCTION ops.touch_row() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.updated_at := now();
	RETURN NEW;
END $$;

-- Makes a trigger maintain the time of the last change of each row of a table. A numbered step calls this function
-- after CREATE TABLE. May be called repeatedly. The operator compares the stored values, since the type json has no
-- other comparison.
CREATE OR REPLACE FUNCTION ops.touch(tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON %s FOR EACH ROW '
		'WHEN (OLD *<> NEW) EXECUTE FUNCTION ops.touch_row()', tenant_table);
END $$;

-- These tables have no other trigger that sets the time.
SELECT ops.touch(format('crm.%I', t)::regclass)
  FROM unnest('{activities,automation_runs,bulk_changes,companies,configuration,contact_holds,contact_notes,deal_notes,duplicates,field_definitions,
	import_mappings,imports,merges,messages,object_definitions,records,sales,shares,tasks,views,webhook_deliveries}'::text[]) t;
