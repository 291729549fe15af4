-- The privileges of tenantry_factory, the role of programs that work on the factory_app schema with SQL. A program sets
-- app.org_id to the organization for which it acts and, if it acts for a user, app.user_id to the ID of the user.
--
-- A program reads the rows of organizations with the module. It stores calculations, changes the texts of profiles, and
-- adds entries to the log with a function. It cannot change integrations, mappings and jobs: they run with the rights
-- of users, and therefore outside this schema. Roles of the module are assigned by admins only.
-- needs: factory/audit.sql factory/cost.sql factory/integration.sql factory/job.sql factory/mapping.sql factory/profile.sql

-- Returns the organization in app.org_id if it has the module.
CREATE OR REPLACE FUNCTION factory_app.program_org() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN (SELECT o.id FROM identity.organization o
		WHERE o.id = ops.org() AND o.deleted_at IS NULL AND o.modules @> '{factory}');
END $$;

-- Revokes all privileges of the role in the schemas of Tenantry.
CREATE OR REPLACE FUNCTION factory_app.close_to_programs() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	statement text;
BEGIN
	FOR statement IN SELECT DISTINCT format('REVOKE ALL ON %s FROM tenantry_factory', r.object)
	      FROM (SELECT n.oid, format('SCHEMA %I', n.nspname), n.nspacl FROM pg_namespace n
		UNION ALL SELECT c.relnamespace, c.oid::regclass::text, c.relacl FROM pg_class c
		-- Revoking the privilege on a table also revokes the privileges on its columns.
		UNION ALL SELECT c.relnamespace, c.oid::regclass::text, a.attacl FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		UNION ALL SELECT p.pronamespace, format('FUNCTION %s', p.oid::regprocedure), p.proacl FROM pg_proc p) r (schema, object, acl)
	     CROSS JOIN LATERAL aclexplode(r.acl) x
	     WHERE x.grantee = 'tenantry_factory'::regrole
	       AND r.schema IN (SELECT n.oid FROM pg_namespace n WHERE n.nspname IN ('crm', 'factory_app', 'identity', 'membership', 'ops')) LOOP
		EXECUTE statement;
	END LOOP;
END $$;

-- Grants the role its privileges, and revokes all others. "tenantry schema up" calls this function at its end, so that
-- a role that was created later gets the privileges, too. A policy in the list that exists is kept, because replacing
-- it waits for all readers.
CREATE OR REPLACE FUNCTION factory_app.open_to_programs() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	statement text;
BEGIN
	IF to_regrole('tenantry_factory') IS NULL OR to_regclass('factory_app.cost_rates') IS NULL THEN
		RETURN;
	END IF;
	PERFORM factory_app.close_to_programs();
	GRANT USAGE ON SCHEMA crm, factory_app, ops TO tenantry_factory;
	FOR statement IN WITH wanted (name, relation, command) AS (
		SELECT 'program_read', t, 'SELECT' FROM unnest('{user_profiles,cost_calculations,cost_rates,integration_configs,data_mappings,integration_jobs,audit_log}'::text[]) t
		UNION ALL VALUES ('program_create', 'cost_calculations', 'INSERT'), ('program_update', 'user_profiles', 'UPDATE')),
	      existing AS (SELECT p.polname, p.polrelid FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
		WHERE c.relnamespace = 'factory_app'::regnamespace AND p.polroles = ARRAY[to_regrole('tenantry_factory')::oid])
	      SELECT format('DROP POLICY %I ON %s', e.polname, e.polrelid::regclass) FROM existing e
	       WHERE NOT EXISTS (SELECT FROM wanted w WHERE w.name = e.polname AND to_regclass('factory_app.' || w.relation) = e.polrelid)
	      UNION ALL SELECT format('CREATE POLICY %s ON factory_app.%s FOR %s TO tenantry_factory %s (org_id = (SELECT factory_app.program_org()))',
			w.name, w.relation, w.command, CASE w.command WHEN 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END) FROM wanted w
	       WHERE NOT EXISTS (SELECT FROM existing e WHERE w.name = e.polname AND to_regclass('factory_app.' || w.relation) = e.polrelid) LOOP
		EXECUTE statement;
	END LOOP;
	GRANT SELECT ON factory_app.user_profiles, factory_app.cost_calculations, factory_app.cost_rates, factory_app.integration_configs,
		factory_app.data_mappings, factory_app.integration_jobs, factory_app.audit_log, factory_app.active_integrations TO tenantry_factory;
	GRANT INSERT (org_id, sales_id, name, inputs, priced_on) ON factory_app.cost_calculations TO tenantry_factory;
	GRANT UPDATE (job_title, department, phone) ON factory_app.user_profiles TO tenantry_factory;
	-- The functions that calculations and triggers call. Those that are SECURITY DEFINER return the organization, its
	-- rates, the caller's row and a new ID, or add an entry to the log.
	FOR statement IN SELECT format('GRANT EXECUTE ON FUNCTION %s TO tenantry_factory', f.oid::regprocedure) FROM pg_proc f
	     WHERE f.pronamespace = 'factory_app'::regnamespace AND f.proname = ANY ('{round_half_even,round_ratio,refuse_input,input_number,input_list,input_rate,
			priced_lines,sum_of,overhead_lines,cost_of,work_of,calculate_total_cost,rates_of,own_id,program_org,create_audit_log}')
		OR f.pronamespace = 'ops'::regnamespace AND f.proname = ANY ('{mode,new_id,org,refuse}')
		OR f.pronamespace = 'crm'::regnamespace AND f.proname = ANY ('{currencies,minor_units}') LOOP
		EXECUTE statement;
	END LOOP;
END $$;
