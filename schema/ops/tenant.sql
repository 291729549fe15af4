-- Row security of every table: the privileges and the audit trigger of tenant tables, and internal tables, which only
-- functions that run as the owner access.
-- needs: ops/audit_log.sql

-- Makes a table a tenant table: adds a guard that no other policy can weaken, the privileges of the application, and
-- the audit trigger. Policies name their roles, so any other role sees no rows.
--
-- A numbered step calls this function after CREATE TABLE. If members_may_all is true, every member may read and write.
-- Otherwise, further policies define who may. If audited is true, a trigger logs all writes. May be called repeatedly.
CREATE OR REPLACE FUNCTION ops.protect(tenant_table regclass, members_may_all boolean DEFAULT true,
	audited boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	guard text := '(org_id = (SELECT nullif(current_setting(''app.org_id'', true), '''')::uuid))';
	there name[] := ARRAY(SELECT p.polname FROM pg_policy p WHERE p.polrelid = tenant_table);
BEGIN
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table);
	EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tenant_table);
	IF 'tenant' = ANY (there) THEN
		-- Keeps the roles, to which ops.open_to_mcp() may have added some.
		EXECUTE format('ALTER POLICY tenant ON %s USING %s', tenant_table, guard);
	ELSE
		EXECUTE format('CREATE POLICY tenant ON %s AS RESTRICTIVE TO tenantry_app, CURRENT_USER '
			'USING %s', tenant_table, guard);
	END IF;
	IF members_may_all THEN
		IF 'members' <> ALL (there) THEN
			EXECUTE format('CREATE POLICY members ON %s TO tenantry_app, CURRENT_USER USING (true)',
				tenant_table);
		END IF;
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO tenantry_app', tenant_table);
	ELSIF 'keeper' <> ALL (there) THEN
		EXECUTE format('CREATE POLICY keeper ON %s TO CURRENT_USER USING (true)', tenant_table);
	END IF;
	IF audited THEN
		EXECUTE format('CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %s '
			'FOR EACH ROW EXECUTE FUNCTION ops.audit()', tenant_table);
	END IF;
END $$;

-- Makes a table an internal table: only its owner sees rows, so an accidental grant gives no access. Functions that run
-- as the owner check the caller. A numbered step calls this function after CREATE TABLE. Policies for other roles are
-- in the files of schema/, and tests/sql/catalog.sql lists them. May be called repeatedly, even after a change of the
-- owner.
CREATE OR REPLACE FUNCTION ops.protect_internal(internal_table regclass)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', internal_table);
	EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', internal_table);
	EXECUTE format('DROP POLICY IF EXISTS keeper ON %s', internal_table);
	EXECUTE format('CREATE POLICY keeper ON %s TO %s USING (true)', internal_table,
		(SELECT c.relowner::regrole FROM pg_class c WHERE c.oid = internal_table));
END $$;

-- Existing tables get the current form of their guards.
SELECT ops.protect_internal(p.polrelid) FROM pg_policy p
 WHERE p.polname = 'keeper' AND NOT EXISTS (SELECT FROM pg_policy g
	WHERE g.polrelid = p.polrelid AND g.polname = 'tenant')
   AND (SELECT c.relnamespace::regnamespace::text FROM pg_class c WHERE c.oid = p.polrelid)
	IN ('crm', 'factory_app', 'identity', 'membership', 'ops');
SELECT ops.protect(p.polrelid::regclass,
	EXISTS (SELECT FROM pg_policy m WHERE m.polrelid = p.polrelid AND m.polname = 'members'),
	EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = p.polrelid AND g.tgname = 'audit'
		AND g.tgtype = 1 | 4 | 8 | 16 AND g.tgqual IS NULL AND g.tgattr::text = ''))
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
 WHERE c.relnamespace::regnamespace::text IN ('crm', 'factory_app', 'membership') AND p.polname = 'tenant' AND NOT p.polpermissive;
