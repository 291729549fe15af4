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
		SELECT format('REVOKE ALL ON %s FROM tenantry_factory', r.object)
		  FROM (SELECT n.oid, format('SCHEMA %I', n.nspname), n.nspacl FROM pg_namespace n
			UNION ALL SELECT c.relnamespace, c.oid::regclass::text, c.relacl FROM pg_class c
			-- This also revokes the rights to the columns.
			UNION ALL SELECT c.relnamespace, c.oid::regclass::text, a.attacl FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
			UNION ALL SELECT p.pronamespace, format('FUNCTION %s', p.oid::regprocedure), p.proacl FROM pg_proc p) r (schema, object, acl)
		  CROSS JOIN LATERAL aclexplode(r.acl) x
		 WHERE x.grantee = 'tenantry_factory'::regrole
		   AND r.schema IN (SELECT n.oid FROM pg_namespace n WHERE n.nspname IN ('crm', 'factory_app', 'identity', 'membership', 'ops')) LOOP
		EXECUTE statement;
	END LOOP;
	IF NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = 'tenantry_factory'::regrole AND m.member <> current_user::regrole) THEN
		-- Another database may use the role. The rights in this database end nevertheless.
		BEGIN
			DROP ROLE tenantry_factory;
		EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
			NULL;
		END;
	END IF;
END $$;
