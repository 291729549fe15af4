-- The rights of tenantry_factory, the role of programs that work on the factory_app schema with SQL. A program sets
-- app.org_id to the organization for which it acts and, if it acts for a user, app.user_id to the ID of the user.
--
-- A program reads the rows of organizations with the module. It stores calculations, changes the texts of profiles, and
-- adds entries to the log. It cannot change integrations, mappings and jobs: they run with the rights of users, and
-- therefore outside this schema. Roles of the module are assigned by admins only.
-- needs: factory/audit.sql factory/cost.sql factory/integration.sql factory/job.sql factory/mapping.sql factory/profile.sql

-- Returns the organization in app.org_id if it has the module.
CREATE OR REPLACE FUNCTION factory_app.program_org() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN (SELECT o.id FROM identity.organization o
		WHERE o.id = ops.org() AND o.deleted_at IS NULL AND o.modules @> '{factory}');
END $$;

-- Gives the role its rights, unless it has them. "tenantry schema up" calls this function at its end, so that it also
-- does so for a role that was created later. A policy that exists is kept, because replacing it waits for all readers.
CREATE OR REPLACE FUNCTION factory_app.open_to_programs() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	statement text;
BEGIN
	IF to_regrole('tenantry_factory') IS NULL OR to_regclass('factory_app.cost_rates') IS NULL THEN
		RETURN;
	END IF;
	GRANT USAGE ON SCHEMA crm, factory_app, ops TO tenantry_factory;
	FOR statement IN SELECT format('CREATE POLICY %s ON factory_app.%s FOR %s TO tenantry_factory %s (org_id = (SELECT factory_app.program_org()))',
			p.name, p.relation, p.command, CASE p.command WHEN 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END)
	      FROM (SELECT 'program_read', t, 'SELECT' FROM unnest('{user_profiles,cost_calculations,cost_rates,integration_configs,data_mappings,integration_jobs,audit_log}'::text[]) t
		UNION ALL VALUES ('program_create', 'cost_calculations', 'INSERT'), ('program_create', 'audit_log', 'INSERT'),
			('program_update', 'user_profiles', 'UPDATE')) p (name, relation, command)
	     WHERE NOT EXISTS (SELECT FROM pg_policy x WHERE x.polrelid = to_regclass('factory_app.' || p.relation) AND x.polname = p.name) LOOP
		EXECUTE statement;
	END LOOP;
	GRANT SELECT ON factory_app.user_profiles, factory_app.cost_calculations, factory_app.cost_rates, factory_app.integration_configs,
		factory_app.data_mappings, factory_app.integration_jobs, factory_app.audit_log, factory_app.active_integrations TO tenantry_factory;
	GRANT INSERT (org_id, sales_id, name, inputs, priced_on) ON factory_app.cost_calculations TO tenantry_factory;
	GRANT UPDATE (job_title, department, phone) ON factory_app.user_profiles TO tenantry_factory;
	-- Only create_audit_log() can use this right, because of the insert_by_function trigger.
	GRANT INSERT (sales_id, action, resource, row_id, details, request_id) ON factory_app.audit_log TO tenantry_factory;
	-- The functions that calculations and triggers call. Those that are SECURITY DEFINER return the organization, its
	-- rates, the caller's row and a new ID.
	FOR statement IN SELECT format('GRANT EXECUTE ON FUNCTION %s TO tenantry_factory', f.oid::regprocedure) FROM pg_proc f
	     WHERE f.pronamespace = 'factory_app'::regnamespace AND f.proname = ANY ('{round_half_even,round_ratio,refuse_input,input_number,input_list,input_rate,
			priced_lines,sum_of,overhead_lines,cost_of,work_of,calculate_total_cost,rates_of,own_id,program_org,create_audit_log}')
		OR f.pronamespace = 'ops'::regnamespace AND f.proname = ANY ('{mode,new_id,org,refuse,request}')
		OR f.pronamespace = 'crm'::regnamespace AND f.proname = ANY ('{currencies,minor_units}') LOOP
		EXECUTE statement;
	END LOOP;
END $$;
