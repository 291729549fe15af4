-- The log of the module: who changed what. Nobody can change it, regardless of their role.
-- needs: factory/permission.sql ops/audit_log.sql

-- Adds an entry to the log of the organization in app.org_id. No other function does this. Without factory_app in the
-- search path, the name of the function is complete in its context, which factory_app.refuse_insert() reads. A caller
-- can forge this context, but only the owner of the table can insert rows.
CREATE OR REPLACE FUNCTION factory_app.add_entry(action text, resource text, row_id bigint, details jsonb) RETURNS bigint
LANGUAGE plpgsql SET search_path = crm, pg_temp AS $$
DECLARE
	entry bigint;
BEGIN
	INSERT INTO factory_app.audit_log (sales_id, action, resource, row_id, details, request_id)
	VALUES (factory_app.own_id(), action, resource, row_id, coalesce(details, '{}'), ops.request())
	RETURNING id INTO entry;
	RETURN entry;
END $$;

-- Adds an entry to the log for a program, which cannot insert rows. The entry names the user in app.user_id.
-- factory/program.sql defines program_org().
CREATE OR REPLACE FUNCTION factory_app.create_audit_log(action text, resource text, row_id bigint, details jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF factory_app.program_org() IS NULL THEN
		RAISE EXCEPTION 'the organization in app.org_id does not have the factory module' USING ERRCODE = '42501';
	END IF;
	RETURN factory_app.add_entry(action, resource, row_id, details);
END $$;

-- Refuses an entry that does not come from add_entry(), even from the owner of the table, as a guard against mistakes.
-- An import of an archive restores the entries of its organization as the owner.
CREATE OR REPLACE FUNCTION factory_app.refuse_insert() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	context text;
BEGIN
	GET DIAGNOSTICS context = PG_CONTEXT;
	-- Postgres translates the words around the name of the function.
	IF strpos(context, ' factory_app.add_entry(text,text,bigint,jsonb)') > 0
	    OR ops.mode('restoring') AND pg_has_role((SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID), 'MEMBER') THEN
		RETURN NULL;
	END IF;
	RAISE EXCEPTION 'only factory_app.create_audit_log() adds entries to factory_app.audit_log'
		USING ERRCODE = '42501';
END $$;

-- Logs a change of a row. For an update, logs only the names of the changed columns, since the contents are in the
-- organization's audit log.
CREATE OR REPLACE FUNCTION factory_app.log_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	old_row jsonb := to_jsonb(OLD);
	new_row jsonb := to_jsonb(NEW);
	org uuid := coalesce(new_row, old_row)->>'org_id';
	changed jsonb := '{}';
BEGIN
	IF ops.purges(org) OR ops.mode('restoring') THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'UPDATE' THEN
		changed := jsonb_build_object('columns', (SELECT jsonb_agg(n.key ORDER BY n.key) FROM jsonb_each(new_row) n
			WHERE n.value IS DISTINCT FROM old_row->n.key AND n.key <> 'updated_at'));
	END IF;
	PERFORM ops.set_org(org);
	PERFORM factory_app.add_entry(lower(TG_OP), TG_TABLE_NAME, (coalesce(new_row, old_row)->>'id')::bigint, changed);
	PERFORM ops.set_org(other);
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER insert_by_function BEFORE INSERT ON factory_app.audit_log
	FOR EACH STATEMENT EXECUTE FUNCTION factory_app.refuse_insert();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON factory_app.audit_log
	FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();
CREATE OR REPLACE TRIGGER delete_in_purges BEFORE DELETE ON factory_app.audit_log
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_delete();

DROP POLICY IF EXISTS readers ON factory_app.audit_log;
CREATE POLICY readers ON factory_app.audit_log FOR SELECT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer USING (true);	-- the policy role_read restricts the rows

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY '{user_profiles,cost_calculations,integration_configs,data_mappings,integration_jobs}'::text[] LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON factory_app.%I '
			'FOR EACH ROW EXECUTE FUNCTION factory_app.log_change()', t);
	END LOOP;
END $$;

-- Columns that later migrations add come last.
CREATE OR REPLACE VIEW crm.factory_audit_log WITH (security_invoker) AS SELECT * FROM factory_app.audit_log;
GRANT SELECT ON crm.factory_audit_log TO tenantry_app, tenantry_mcp, tenantry_mcp_writer;
