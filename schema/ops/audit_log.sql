-- The audit log: the triggers that write it and the policies that protect it.
-- needs: ops/permission.sql ops/read_only.sql

CREATE OR REPLACE FUNCTION ops.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME
		USING ERRCODE = '42501';
END $$;

-- Returns whether this transaction is purging the rows of an organization.
CREATE OR REPLACE FUNCTION ops.purges(org uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN ops.purging(org) AND EXISTS (
		SELECT FROM identity.organization o WHERE o.id = org AND o.purging);
END $$;

-- Returns the ID below which the rows of an organization may be in files, according to its "detach" entries, or null if
-- there are none.
-- callers: tenantry_audit
CREATE OR REPLACE FUNCTION ops.detached_below(org uuid) RETURNS bigint
LANGUAGE sql STABLE AS $$
	-- Uses the index on actions, since an organization may have many entries whose row is the organization itself, such
	-- as "erase" entries.
	SELECT max((a.new->>'upto')::bigint) FROM (SELECT d.row_id, d.new FROM ops.audit_log d
		WHERE d.org_id = org AND d.action = 'detach' OFFSET 0) a WHERE a.row_id = org::text
$$;

-- Refuses to delete rows, except in a purge.
CREATE OR REPLACE FUNCTION ops.refuse_delete() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.purges(OLD.org_id) THEN
		RETURN OLD;
	END IF;
	RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME
		USING ERRCODE = '42501';
END $$;

-- Refuses to delete rows of the log, except in a purge or by "tenantry audit detach", which has already written them to
-- a file.
CREATE OR REPLACE FUNCTION ops.refuse_log_delete() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.purges(OLD.org_id) OR current_setting('app.detaching', true) = OLD.org_id::text
	    AND OLD.action NOT IN ('detach', 'erase', 'purge') AND OLD.id < ops.detached_below(OLD.org_id) THEN
		RETURN OLD;
	END IF;
	RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME
		USING ERRCODE = '42501';
END $$;

-- Returns the next ID of the log. Like an ID of ops.new_id(), it contains the time, but without the mask, since no
-- tenant sees it. It is at least the next number of ops.audit_order. Seals raise that sequence, so new IDs are always
-- above the sealed IDs, regardless of the clock. The planner inlines this function.
CREATE OR REPLACE FUNCTION ops.audit_id() RETURNS bigint
LANGUAGE sql AS $$
	SELECT greatest(((extract(epoch FROM clock_timestamp()) - 1735689600) * 1000)::bigint << 12
		| (nextval('ops.row_id') & 4095), nextval('ops.audit_order'))
$$;

-- Adds the external IDs of a row before or after a change of these IDs.
CREATE OR REPLACE FUNCTION ops.with_external_ids(data json, member text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
	changed text := current_setting('app.external_ids', true);
BEGIN
	IF changed <> '' THEN
		RETURN format('%s,"external_ids":%s}', left(data::text, -1), changed::json->member);
	END IF;
	RETURN data;
END $$;

-- Adds the external IDs to the last entry about a row that this transaction has written. If several changes of the
-- transaction are in one entry, it has the IDs before the first one.
CREATE OR REPLACE FUNCTION ops.complete_entry(org uuid, of_table name, row_id text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE ops.audit_log a SET old = CASE WHEN a.old IS NULL OR a.old->'external_ids' IS NOT NULL THEN a.old ELSE ops.with_external_ids(a.old, 'old') END,
		new = ops.with_external_ids((SELECT json_object_agg(e.key, e.value) FROM json_each(a.new) e WHERE e.key <> 'external_ids'), 'new')
	 WHERE a.org_id = org AND a.row_id = complete_entry.row_id AND a.id = (SELECT max(l.id) FROM ops.audit_log l WHERE l.org_id = org
		AND l.row_id = complete_entry.row_id AND l.table_name = of_table AND l.xid = pg_current_xact_id());
END $$;

-- Writes the audit log, as a trigger of each tenant table. The tenant guard also applies to the owner, so app.org_id is
-- set for the insert if it names a different organization or none. Deletions by a purge are not logged, so that the log
-- contains no copy of the purged rows.
CREATE OR REPLACE FUNCTION ops.audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	said uuid := ops.org();
	org uuid;
	id bigint := ops.audit_id();
BEGIN
	IF TG_OP = 'DELETE' THEN
		org := OLD.org_id;
		IF ops.purges(org) THEN
			RETURN NULL;
		END IF;
	ELSE
		org := NEW.org_id;
	END IF;
	IF current_setting('app.writable', true) IS DISTINCT FROM org::text THEN
		PERFORM ops.demand_writable(org);
	END IF;
	IF said IS DISTINCT FROM org THEN
		PERFORM ops.set_org(org);
	END IF;
	IF TG_OP = 'INSERT' THEN
		INSERT INTO ops.audit_log VALUES (org, id, now(), ops.caller(), ops.request(), ops.address(),
			TG_TABLE_NAME, NEW.id, 'insert',
			NULL, row_to_json(NEW));
	ELSIF TG_OP = 'UPDATE' THEN
		INSERT INTO ops.audit_log VALUES (org, id, now(), ops.caller(), ops.request(), ops.address(),
			TG_TABLE_NAME, OLD.id, 'update',
			ops.with_external_ids(row_to_json(OLD), 'old'), ops.with_external_ids(row_to_json(NEW), 'new'));
		IF current_setting('app.fixed', true) <> '' AND current_setting('app.grants', true) IS DISTINCT FROM '*' THEN
			PERFORM ops.refuse_fixed(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW));
		END IF;
	ELSE
		INSERT INTO ops.audit_log VALUES (org, id, now(), ops.caller(), ops.request(), ops.address(),
			TG_TABLE_NAME, OLD.id, 'delete',
			row_to_json(OLD), NULL);
	END IF;
	IF said IS DISTINCT FROM org THEN
		PERFORM ops.set_org(said);
	END IF;
	RETURN NULL;
END $$;

-- Logs all rows of an insert statement.
CREATE OR REPLACE FUNCTION ops.audit_new() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	said uuid := ops.org();
	org uuid;
	others boolean := current_setting('is_superuser') = 'on';
	ignored text;	-- an assignment is faster than PERFORM, which runs a query
BEGIN
	-- Only a superuser can insert rows of an organization that is not selected.
	IF others THEN
		others := EXISTS (SELECT FROM written w WHERE w.org_id IS DISTINCT FROM said);
	END IF;
	IF NOT others THEN
		IF current_setting('app.writable', true) IS DISTINCT FROM said::text THEN
			ignored := ops.demand_writable(said);
		END IF;
		INSERT INTO ops.audit_log
		SELECT said, ops.audit_id(), now(), ops.caller(), ops.request(), ops.address(),
			TG_TABLE_NAME, w.id, 'insert', NULL, row_to_json(w)
		  FROM written w;
		RETURN NULL;
	END IF;
	FOR org IN SELECT DISTINCT w.org_id FROM written w LOOP
		ignored := ops.set_org(org);
		ignored := ops.demand_writable(org);
		INSERT INTO ops.audit_log
		SELECT org, ops.audit_id(), now(), ops.caller(), ops.request(), ops.address(),
			TG_TABLE_NAME, w.id, 'insert', NULL, row_to_json(w)
		  FROM written w WHERE w.org_id = org;
	END LOOP;
	ignored := ops.set_org(said);
	RETURN NULL;
END $$;

-- Logs all rows of a delete statement.
CREATE OR REPLACE FUNCTION ops.audit_old() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	said uuid := ops.org();
	org uuid;
	ignored text;
BEGIN
	FOR org IN SELECT DISTINCT g.org_id FROM gone g LOOP
		IF ops.purges(org) THEN
			CONTINUE;
		END IF;
		IF current_setting('app.writable', true) IS DISTINCT FROM org::text THEN
			PERFORM ops.demand_writable(org);
		END IF;
		ignored := ops.set_org(org);
		INSERT INTO ops.audit_log
		SELECT org, ops.audit_id(), now(), ops.caller(), ops.request(), ops.address(),
			TG_TABLE_NAME, g.id, 'delete', row_to_json(g), NULL
		  FROM gone g WHERE g.org_id = org;
	END LOOP;
	ignored := ops.set_org(said);
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE TRUNCATE ON ops.audit_log
	FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();
CREATE OR REPLACE TRIGGER delete_in_purges BEFORE DELETE ON ops.audit_log
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_log_delete();

DROP POLICY IF EXISTS tenant ON ops.audit_log;
CREATE POLICY tenant ON ops.audit_log AS RESTRICTIVE TO tenantry_app, CURRENT_USER
	USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));

DROP POLICY IF EXISTS administrators ON ops.audit_log;
CREATE POLICY administrators ON ops.audit_log FOR SELECT TO tenantry_app
	USING ((SELECT ops.reads_audit_log()));

DROP POLICY IF EXISTS writer ON ops.audit_log;
CREATE POLICY writer ON ops.audit_log TO CURRENT_USER USING (true);

DROP POLICY IF EXISTS sealer ON ops.audit_log;
CREATE POLICY sealer ON ops.audit_log FOR SELECT TO tenantry_audit USING (true);
