-- Measures what a statement reads, for lists.sql and opportunities.sql.
CREATE FUNCTION test.every(step bigint) RETURNS bigint[] LANGUAGE sql AS
	'SELECT ARRAY(SELECT generate_series(1, 1000 * step, step))';
CREATE FUNCTION test.run(statement text, args text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'DEALLOCATE ALL';
	EXECUTE 'PREPARE q (text, bigint, bigint[], timestamptz, timestamptz, text[]) AS ' || statement;
	EXECUTE format('EXPLAIN (ANALYZE, TIMING off, FORMAT json) EXECUTE q (%s)', args
		|| repeat(', NULL', 6 - array_length(string_to_array(regexp_replace(args, '\(.*\)|''[^'']*''', 'x', 'g'), ','), 1)))
		INTO plan;
	RETURN plan;
END $$;

CREATE FUNCTION test.scans(plan jsonb) RETURNS TABLE (kind text, relation text, condition text, rows numeric) LANGUAGE sql AS $$
	SELECT node->>'Node Type', coalesce(node->>'Relation Name', node->>'Index Name'), node->>'Index Cond',
		((node->'Actual Rows')::numeric + coalesce((node->'Rows Removed by Filter')::numeric, 0)
			+ coalesce((node->'Rows Removed by Index Recheck')::numeric, 0)) * (node->'Actual Loops')::numeric
	  FROM jsonb_path_query(plan, 'strict $.** ? (@.type() == "object" && exists (@."Node Type"))') node
	 WHERE node->>'Node Type' ~ ' Scan$' AND node->>'Node Type' NOT IN ('Subquery Scan', 'CTE Scan', 'Function Scan')
$$;

-- Checks the number of rows that a page reads, and that it reads nothing outside the organization.
CREATE FUNCTION test.check_reads(what text, plan jsonb, most int) RETURNS SETOF void LANGUAGE sql AS $$
	SELECT test.is((SELECT string_agg(kind || ' on ' || relation, ', ') FROM test.scans(plan)
			WHERE kind <> 'Bitmap Heap Scan' AND NOT coalesce(condition ~ '\morg_id = ', false)), NULL, what || ' is read by its organization''s index');
	SELECT test.ok(n <= coalesce(most, 900000), format('%s reads %s rows of at most %s', what, n, most))
	  FROM (SELECT coalesce(sum(rows), 0) AS n FROM test.scans(plan) WHERE kind <> 'Bitmap Index Scan') x;
$$;
