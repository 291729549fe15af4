\warn 'tenantry schema up runs this step, once' \quit
-- The role of programs that work on the schema factory_app with SQL. schema/factory/program.sql defines its rights.
-- needs: ops/tenant.sql

-- An owner who may not create the role goes without such programs.
DO $$
BEGIN
	IF to_regrole('tenantry_factory') IS NULL THEN
		CREATE ROLE tenantry_factory NOLOGIN;
	END IF;
EXCEPTION WHEN insufficient_privilege THEN
	NULL;
END $$;
-- down
DO $$
DECLARE
	statement text;
BEGIN
	FOR statement IN SELECT format('DROP POLICY %I ON factory_app.%I', p.policyname, p.tablename)
	      FROM pg_policies p WHERE p.schemaname = 'factory_app' AND p.roles = '{tenantry_factory}' LOOP
		EXECUTE statement;
	END LOOP;
	IF to_regrole('tenantry_factory') IS NULL THEN
		RETURN;
	END IF;
	FOR statement IN
		SELECT format('REVOKE ALL ON SCHEMA %I FROM tenantry_factory', n.nspname)
		  FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) x WHERE x.grantee = 'tenantry_factory'::regrole
		UNION ALL SELECT format('REVOKE ALL ON %s FROM tenantry_factory', c.oid::regclass)
		  FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) x WHERE x.grantee = 'tenantry_factory'::regrole
		UNION ALL SELECT format('REVOKE ALL (%I) ON %s FROM tenantry_factory', a.attname, a.attrelid::regclass)
		  FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) x WHERE x.grantee = 'tenantry_factory'::regrole
		UNION ALL SELECT format('REVOKE ALL ON FUNCTION %s FROM tenantry_factory', p.oid::regprocedure)
		  FROM pg_proc p CROSS JOIN LATERAL aclexplode(p.proacl) x WHERE x.grantee = 'tenantry_factory'::regrole LOOP
		EXECUTE statement;
	END LOOP;
	IF NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = 'tenantry_factory'::regrole AND m.member <> current_user::regrole) THEN
		DROP ROLE tenantry_factory;
	END IF;
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
	NULL;
END $$;
