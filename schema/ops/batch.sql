-- The results of a batch request.

-- Stores the result of one batch operation until all results are returned. The whole batch may take 10 s, so that nginx
-- still waits for the response, and its results may have 16 MiB.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.keep_result(n integer, status integer, body text, etag text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	ignored text;
	size bigint := coalesce(nullif(current_setting('app.results_size', true), '')::bigint, 0) + coalesce(octet_length(body), 0);
BEGIN
	IF size > 16777216 THEN
		PERFORM ops.refuse('results_too_large');
	ELSIF clock_timestamp() > now() + interval '10 s' THEN
		RAISE EXCEPTION 'the batch takes more than 10 s' USING ERRCODE = '57014';
	END IF;
	ignored := set_config('app.results_size', size::text, true);
	ignored := set_config('app.result_' || n, concat('{"status":', status, ',"etag":',
		coalesce(to_json(etag)::text, 'null'), ',"data":', body, '}'), true);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.results(n integer) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	results text[] := ARRAY(SELECT nullif(current_setting('app.result_' || i, true), '')
		FROM generate_series(0, n - 1) i ORDER BY i);
BEGIN
	IF array_position(results, NULL) IS NOT NULL THEN
		PERFORM ops.refuse('not_found');
	END IF;
	RETURN concat('{"results":[', array_to_string(results, ','), ']}');
END $$;
