-- Results of a batch request.

-- Stores the result of one operation of a batch, until all of them are answered.
CREATE OR REPLACE FUNCTION ops.keep_result(n integer, status integer, body text, etag text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	ignored text;
BEGIN
	ignored := set_config('app.result_' || n, concat('{"status":', status, ',"etag":',
		coalesce(to_json(etag)::text, 'null'), ',"data":', body, '}'), true);
END $$;
GRANT EXECUTE ON FUNCTION ops.keep_result(integer, integer, text, text) TO tenantry_app;

CREATE OR REPLACE FUNCTION ops.results(n integer) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	results text[] := ARRAY(SELECT nullif(current_setting('app.result_' || i, true), '')
		FROM generate_series(0, n - 1) i ORDER BY i);
BEGIN
	IF array_position(results, NULL) IS NOT NULL THEN
		RAISE EXCEPTION 'No such thing' USING ERRCODE = 'ZH404';
	END IF;
	RETURN concat('{"results":[', array_to_string(results, ','), ']}');
END $$;
GRANT EXECUTE ON FUNCTION ops.results(integer) TO tenantry_app;
