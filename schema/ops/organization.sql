-- The purge of deleted organizations, their rows and files.
-- needs: ops/aside.sql

-- Returns the tables with rows of organizations, each with the length of its longest chain of references. Rows can be
-- added in this order, and deleted in the reverse order. The order in which tables were created has no meaning after a
-- restore.
CREATE OR REPLACE FUNCTION ops.reference_depths() RETURNS TABLE (tenant_table regclass, depth integer)
LANGUAGE sql STABLE AS $$
	WITH RECURSIVE ours AS (
		SELECT c.oid FROM pg_class c
		  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped
		 WHERE c.relkind = 'r'),
	deep AS (
		SELECT o.oid, 0 AS depth FROM ours o
		UNION
		SELECT k.conrelid, d.depth + 1 FROM deep d JOIN pg_constraint k
			ON k.confrelid = d.oid AND k.contype = 'f' AND k.conrelid <> k.confrelid
		  JOIN ours o ON o.oid = k.conrelid
		 WHERE d.depth < 30)
	SELECT d.oid::regclass, max(d.depth) FROM deep d GROUP BY d.oid
$$;

-- Deletes up to "batch" rows of an organization, then its rows of the audit log, and finally the organization itself
-- with its rows in identity. One entry of the log remains, which contains only the "purge" action and the
-- organization's ID. The seals, which contain the hashes of the deleted entries, also remain. Returns the number of
-- deleted rows.
CREATE OR REPLACE FUNCTION ops.purge_organization(org uuid, batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	tenant_table regclass;
	n integer;
	room integer := batch;
BEGIN
	UPDATE identity.organization o SET purging = true WHERE o.id = org AND NOT o.purging;
	PERFORM ops.set_org(org), ops.set_purging(org);
	-- Referring tables come first. Tables of ops come after the tables whose triggers fill them.
	FOR tenant_table IN SELECT c.oid FROM ops.reference_depths() d JOIN pg_class c ON c.oid = d.tenant_table
	    WHERE c.relnamespace IN ('crm'::regnamespace, 'factory_app'::regnamespace, 'membership'::regnamespace, 'ops'::regnamespace)
	      AND c.oid <> ALL (ops.tables_kept_after_purge())
	    ORDER BY c.relnamespace = 'ops'::regnamespace, d.depth DESC, c.oid DESC LOOP
		EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY('
			'SELECT ctid FROM %1$s WHERE org_id = $1 LIMIT $2))', tenant_table)
			USING org, room;
		GET DIAGNOSTICS n = ROW_COUNT;
		room := room - n;
		EXIT WHEN room <= 0;
	END LOOP;
	IF room > 0 THEN
		-- Writes the entry first, so that "tenantry audit verify" knows why the other entries are missing.
		INSERT INTO ops.audit_log (org_id, id, table_name, row_id, action)
		SELECT org, ops.audit_id(), 'organization', org::text, 'purge'
		 WHERE NOT EXISTS (SELECT FROM ops.audit_log a
			WHERE a.org_id = org AND a.row_id = org::text AND a.action = 'purge');
		DELETE FROM ops.audit_log WHERE ctid = ANY (ARRAY(SELECT a.ctid FROM ops.audit_log a
			WHERE a.org_id = org AND a.action <> 'purge' LIMIT room));
		GET DIAGNOSTICS n = ROW_COUNT;
		room := room - n;
	END IF;
	IF room > 0 THEN
		DELETE FROM identity.organization o WHERE o.id = org;
		room := room - 1;
	END IF;
	RETURN batch - room;
END $$;

-- Purges rows of the first organization whose grace period is over. Returns 0 if there is none.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.purge_organizations(grace interval, batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	aside text[] := ops.aside_entries('organizations');
	org uuid;
	n integer;
BEGIN
	SELECT o.id INTO org FROM identity.organization o WHERE o.deleted_at <= now() - grace AND o.id::text <> ALL (aside)
	 ORDER BY o.deleted_at LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	BEGIN
		n := ops.purge_organization(org, batch);
		PERFORM ops.end_aside('organizations', org, org::text);
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		PERFORM ops.set_aside('organizations', org, org::text, SQLSTATE, SQLERRM);
		n := batch;	-- other organizations may be due as well
	END;
	PERFORM ops.set_org(other), ops.set_purging(NULL);
	RETURN n;
END $$;

-- Removes the files of a deleted organization, and its rows in the tables of this schema. A later organization with the
-- same ID, as after the rollback of a migration, must not inherit them.
CREATE OR REPLACE FUNCTION ops.organization_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	internal_table regclass;
BEGIN
	FOR internal_table IN SELECT d.tenant_table FROM ops.reference_depths() d JOIN pg_class c ON c.oid = d.tenant_table
	    WHERE c.relnamespace = 'ops'::regnamespace AND c.oid <> ALL (ops.tables_kept_after_purge())
	      AND c.oid <> 'ops.imported_audit_log'::regclass ORDER BY d.depth DESC LOOP
		EXECUTE format('DELETE FROM %s WHERE org_id = $1', internal_table) USING OLD.id;
	END LOOP;
	UPDATE ops.file f SET removing = true, remove_at = now() WHERE f.org_id = OLD.id;
	PERFORM pg_notify('tenantry_periodic_tasks', '');
	RETURN NULL;
END $$;

-- Returns whether an organization still exists, for the change feed, which has no access to organizations.
-- callers: tenantry_audit
CREATE OR REPLACE FUNCTION ops.organization_exists(org uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT EXISTS (SELECT FROM identity.organization o WHERE o.id = org AND NOT o.purging)
$$;

-- Returns tables that the loop over tables skips: the log, which is purged last; its seals and pending entries, which
-- are kept; and files, which are kept until a job has removed their bytes.
CREATE OR REPLACE FUNCTION ops.tables_kept_after_purge() RETURNS regclass[]
LANGUAGE sql STABLE AS $$
	SELECT '{ops.audit_log,ops.audit_seal,ops.audit_pending,ops.file}'::regclass[]
$$;

CREATE OR REPLACE TRIGGER files_deleted AFTER DELETE ON identity.organization
	FOR EACH ROW EXECUTE FUNCTION ops.organization_deleted();
