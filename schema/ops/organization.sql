-- The purge of deleted organizations, their rows and files.

-- Deletes up to batch rows of one organization whose grace period is over. When none is left,
-- it deletes the organization itself and its rows outside the CRM; only its entry in the
-- audit log remains. Returns the number of deleted rows, 0 if there is nothing to do.
CREATE OR REPLACE FUNCTION ops.purge_organizations(grace interval, batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	tenant_table regclass;
	n integer;
	room integer := batch;
BEGIN
	SELECT o.id INTO org FROM identity.organization o WHERE o.deleted_at <= now() - grace
	 ORDER BY o.deleted_at LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	UPDATE identity.organization o SET purging = true WHERE o.id = org AND NOT o.purging;
	PERFORM set_config('app.org_id', org::text, true), set_config('app.purging', org::text, true);
	-- Referring tables first; tables of ops after the rows that fill them.
	FOR tenant_table IN SELECT c.oid FROM pg_class c
	    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped
	    WHERE c.relnamespace IN ('crm'::regnamespace, 'ops'::regnamespace) AND c.relkind = 'r'
	      AND c.oid <> ALL (ops.tables_kept_after_purge())
	    ORDER BY c.relnamespace = 'ops'::regnamespace, c.oid DESC LOOP
		EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY('
			'SELECT ctid FROM %1$s WHERE org_id = $1 LIMIT $2))', tenant_table)
			USING org, room;
		GET DIAGNOSTICS n = ROW_COUNT;
		room := room - n;
		EXIT WHEN room <= 0;
	END LOOP;
	IF room > 0 THEN
		DELETE FROM identity.organization o WHERE o.id = org;
		room := room - 1;
	END IF;
	PERFORM set_config('app.org_id', other, true), set_config('app.purging', '', true);
	RETURN batch - room;
END $$;
GRANT EXECUTE ON FUNCTION ops.purge_organizations(interval, integer) TO tenantry_app;

-- Removes the files of a deleted organization.
CREATE OR REPLACE FUNCTION ops.organization_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	DELETE FROM ops.file_use u WHERE u.org_id = OLD.id;
	UPDATE ops.file f SET removing = true, remove_at = now() WHERE f.org_id = OLD.id;
	PERFORM pg_notify('tenantry_periodic_tasks', '');
	RETURN NULL;
END $$;

-- Whether an organization still exists, for the change feed, which has no access to
-- organizations.
CREATE OR REPLACE FUNCTION ops.organization_exists(org uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT EXISTS (SELECT FROM identity.organization o WHERE o.id = org AND NOT o.purging)
$$;
GRANT EXECUTE ON FUNCTION ops.organization_exists(uuid) TO tenantry_audit;

-- Tables that keep rows of a purged organization: the log with its seals, and files until a
-- job has removed their bytes.
CREATE OR REPLACE FUNCTION ops.tables_kept_after_purge() RETURNS regclass[]
LANGUAGE sql STABLE AS $$
	SELECT '{ops.audit_log,ops.audit_seal,ops.file}'::regclass[]
$$;

CREATE OR REPLACE TRIGGER files_deleted AFTER DELETE ON identity.organization
	FOR EACH ROW EXECUTE FUNCTION ops.organization_deleted();
