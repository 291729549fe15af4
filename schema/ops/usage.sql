-- The usage of an organization: the rows and bytes of each table, its files and its emails.

-- Returns the usage of an organization. The bytes of a table are estimated from a thousand rows, as they are stored,
-- without indexes. Tables without rows are omitted.
CREATE OR REPLACE FUNCTION ops.organization_usage(org uuid) RETURNS TABLE (name text, amount bigint, bytes bigint)
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	tenant_table regclass;
BEGIN
	PERFORM ops.set_org(org);
	FOR tenant_table IN SELECT d.tenant_table FROM ops.reference_depths() d ORDER BY d.tenant_table::text LOOP
		name := tenant_table::text;
		EXECUTE format('SELECT count(*), count(*) * coalesce((SELECT avg(pg_column_size(s.*)) FROM (SELECT * FROM %1$s x '
			'WHERE x.org_id = $1 LIMIT 1000) s), 0) FROM %1$s t WHERE t.org_id = $1', tenant_table) USING org INTO amount, bytes;
		IF amount > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
	RETURN QUERY SELECT 'files', count(*), coalesce(sum(f.size), 0)::bigint FROM ops.file f WHERE f.org_id = org AND NOT f.removing
		HAVING count(*) > 0;
	RETURN QUERY SELECT 'mails of 30 days', count(*), NULL::bigint FROM ops.mail m WHERE m.org_id = org
		AND m.created_at > now() - interval '30 days' HAVING count(*) > 0;
	PERFORM ops.set_org(other);
END $$;
