-- Maintained totals: the number of an organization's rows in a resource, for lists without a filter. A total is the sum
-- of a few rows. Each statement that adds or deletes rows adds the difference to a row that no other open transaction
-- has changed. Writers therefore do not wait for each other, a rollback also reverts the difference, and a query reads
-- the total of the rows that it sees.

-- Adds to a total, in the transaction of the counted change. Uses the row of the first slot whose lock is free, so
-- there are as many rows as there were concurrent transactions of the organization. A transaction holds one lock for
-- each organization until it ends. A transaction with an older snapshot cannot update rows that others have changed, so
-- it inserts another row, which remains. It also inserts a row if the sum would be out of range. Callers disable
-- enable_seqscan, since the plan is cached: a plan for a small table would later read the rows of all organizations.
CREATE OR REPLACE FUNCTION ops.add_to_total(org uuid, name text, difference bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	most CONSTANT bigint := 4611686018427387903;
	lock bigint := uuid_hash_extended(org, 0) / 2;
	n integer := 0;
BEGIN
	IF current_setting('transaction_isolation') = 'read committed' AND difference BETWEEN -most AND most THEN
		WHILE NOT pg_try_advisory_xact_lock(lock + n) LOOP
			n := n + 1;
		END LOOP;
		UPDATE ops.totals t SET change = t.change + difference
		 WHERE t.org_id = org AND t.resource = name AND t.place = n AND t.change BETWEEN -most AND most;
		IF FOUND THEN
			RETURN;
		END IF;
		INSERT INTO ops.totals (org_id, resource, place, change) VALUES (org, name, n, difference)
		ON CONFLICT ON CONSTRAINT totals_pkey DO NOTHING;
		IF FOUND THEN
			RETURN;
		END IF;
	END IF;
	INSERT INTO ops.totals (org_id, resource, change) VALUES (org, name, difference);
END $$;

-- Adds the difference that a statement causes.
CREATE OR REPLACE FUNCTION ops.change_total() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp SET enable_seqscan = off AS $$
DECLARE
	org uuid := ops.org();
	n bigint;
	ignored text;	-- an assignment is faster than PERFORM, which runs a query
BEGIN
	-- Only a superuser can insert rows of an organization that is not selected. A loop over groups takes longer.
	IF TG_OP = 'INSERT' AND current_setting('is_superuser') = 'off' THEN
		n := (SELECT count(*) FROM changed);
		IF n > 0 THEN
			ignored := ops.add_to_total(org, TG_TABLE_NAME, n);
		END IF;
		RETURN NULL;
	END IF;
	FOR org, n IN SELECT c.org_id, count(*) FROM changed c GROUP BY c.org_id LOOP
		ignored := ops.add_to_total(org, TG_TABLE_NAME, CASE TG_OP WHEN 'INSERT' THEN n ELSE -n END);
	END LOOP;
	RETURN NULL;
END $$;

-- Returns whether the caller may read all rows of the organization in a table: the grants must permit it, and the
-- table must have only the policies of this schema. An operator may add policies with other names. CASE keeps the
-- planner from looking up the role for each policy.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.shows_all_rows(tenant_table regclass) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN ops.reads_all(current_setting('app.grants', true))
		AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = tenant_table AND CASE
			WHEN p.polname = ANY ('{tenant,members,mcp,search,may_read,may_create,may_update,may_delete,may_be_in}')
			THEN false
			ELSE p.polroles && ARRAY[0, to_regrole('tenantry_app')::oid] END);	-- 0: all roles
END $$;

-- Returns the total of a resource of the caller's organization, or null if the caller cannot read all of its rows,
-- which must then be counted.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.total(resource text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp SET enable_seqscan = off AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF NOT ops.shows_all_rows(('crm.' || resource)::regclass) THEN
		RETURN NULL;
	END IF;
	-- The plan is cached, and a plan for a small table would later read the rows of all organizations.
	RETURN (SELECT coalesce(sum(t.change), 0) FROM ops.totals t
		WHERE t.org_id = org AND t.resource = total.resource);
END $$;

-- Returns the sum of these totals. If a total is unavailable to the caller, returns the number of rows of the table or
-- view rows_of that the caller may read, counted up to "most", or without a limit if "most" is null. Returns null if
-- rows_of is null. The count is dynamic SQL: as part of a static query, it would be prepared even if it is not
-- executed.
CREATE OR REPLACE FUNCTION ops.total_of(resources text[], rows_of text, most bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
	resource text;
	n bigint := 0;
BEGIN
	FOREACH resource IN ARRAY resources LOOP
		n := n + ops.total(resource);
	END LOOP;
	IF n IS NULL AND rows_of IS NOT NULL THEN
		EXECUTE 'SELECT count(*) FROM (SELECT FROM ' || rows_of::regclass || ' LIMIT $1) t' INTO n USING most;
	END IF;
	RETURN n;
END $$;
GRANT EXECUTE ON FUNCTION ops.total_of(text[], text, bigint) TO tenantry_app;

-- Calls ops.total_of() without a limit for programs of the previous release, until an upgrade has restarted them.
CREATE OR REPLACE FUNCTION ops.total_of(resources text[], rows_of text) RETURNS bigint
LANGUAGE sql STABLE AS $$ SELECT ops.total_of(resources, rows_of, NULL) $$;
GRANT EXECUTE ON FUNCTION ops.total_of(text[], text) TO tenantry_app;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.fold_totals(batch integer) RETURNS integer
LANGUAGE sql AS $$ SELECT 0 $$;

-- Counts the rows of a table, for totals that are missing or wrong. The owner may call this function at any time.
-- Writers wait until the transaction ends.
CREATE OR REPLACE FUNCTION ops.count_total(tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	kind name := (SELECT c.relname FROM pg_class c WHERE c.oid = tenant_table);
	org uuid;
BEGIN
	EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', tenant_table);
	DELETE FROM ops.totals t WHERE t.resource = kind;
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM ops.set_org(org);
		EXECUTE format('INSERT INTO ops.totals (org_id, resource, place, change) '
			'SELECT $1, $2, 0, count(*) FROM %s t WHERE t.org_id = $1', tenant_table)
			USING org, kind;
	END LOOP;
	PERFORM ops.set_org(other);
END $$;

-- Makes triggers maintain the totals of a table. The files of the tables contain the calls.
CREATE OR REPLACE FUNCTION ops.keep_total(tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	known boolean := EXISTS (SELECT FROM pg_trigger t
		WHERE t.tgrelid = tenant_table AND t.tgname = 'total_of_new');
BEGIN
	EXECUTE format('CREATE OR REPLACE TRIGGER total_of_new AFTER INSERT ON %s '
		'REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ops.change_total()',
		tenant_table);
	EXECUTE format('CREATE OR REPLACE TRIGGER total_of_deleted AFTER DELETE ON %s '
		'REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ops.change_total()',
		tenant_table);
	IF NOT known THEN
		PERFORM ops.count_total(tenant_table);
	END IF;
END $$;

-- Returns the totals of these organizations (default: all) that differ from the number of rows, for "tenantry doctor
-- --deep".
CREATE OR REPLACE FUNCTION ops.wrong_totals(orgs uuid[] DEFAULT NULL) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	org uuid;
	tenant_table regclass;
	kind name;
BEGIN
	orgs := coalesce(orgs, ARRAY(SELECT o.id FROM identity.organization o));
	FOREACH org IN ARRAY orgs LOOP
		PERFORM ops.set_org(org);
		FOR tenant_table, kind IN SELECT t.tgrelid, c.relname FROM pg_trigger t
		    JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'total_of_new' LOOP
			-- This is one statement, so that both numbers are from the same snapshot.
			RETURN QUERY EXECUTE format('SELECT format(''%%s %%s of %%s, not %%s'', counted, $2, $1, kept) '
				'FROM (SELECT count(*) AS counted FROM %s x WHERE x.org_id = $1) a, '
				'(SELECT coalesce(sum(t.change), 0) AS kept FROM ops.totals t '
				'WHERE t.org_id = $1 AND t.resource = $2) b WHERE kept <> counted', tenant_table)
				USING org, kind;
		END LOOP;
	END LOOP;
	PERFORM ops.set_org(other);
	-- Checks the totals that modules maintain.
	FOR kind IN SELECT m.self_check FROM identity.module m WHERE m.self_check IS NOT NULL LOOP
		RETURN QUERY EXECUTE format('SELECT * FROM %s($1)', kind) USING orgs;
	END LOOP;
END $$;
