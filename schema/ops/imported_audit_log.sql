-- The audit logs of imported systems: only the purge of their organization and the rollback of
-- their migration delete entries.
-- needs: ops/audit_log.sql

CREATE OR REPLACE FUNCTION ops.refuse_unless_rolled_back() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('migration.id', true) <> '' OR ops.purges((to_jsonb(OLD)->>'org_id')::uuid) THEN
		RETURN OLD;
	END IF;
	RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME
		USING ERRCODE = '42501';
END $$;

-- Returns the ID of an imported entry, from its time and its ID in the source.
CREATE OR REPLACE FUNCTION ops.imported_audit_id(at timestamptz, source_id text) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT ((extract(epoch FROM at) - 1735689600) * 1000)::bigint << 12
		| ('x' || left(md5(source_id), 3))::bit(12)::integer
$$;

CREATE OR REPLACE TRIGGER append_only BEFORE TRUNCATE ON ops.imported_audit_log
	FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();
CREATE OR REPLACE TRIGGER delete_in_rollbacks BEFORE DELETE ON ops.imported_audit_log
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_unless_rolled_back();

DROP POLICY IF EXISTS tenant ON ops.imported_audit_log;
CREATE POLICY tenant ON ops.imported_audit_log AS RESTRICTIVE TO tenantry_app, CURRENT_USER
	USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));

DROP POLICY IF EXISTS administrators ON ops.imported_audit_log;
CREATE POLICY administrators ON ops.imported_audit_log FOR SELECT TO tenantry_app
	USING ((SELECT ops.reads_audit_log()));

DROP POLICY IF EXISTS writer ON ops.imported_audit_log;
CREATE POLICY writer ON ops.imported_audit_log TO CURRENT_USER USING (true);
