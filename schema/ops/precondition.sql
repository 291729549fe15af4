-- Preconditions of a write: the row exists and its ETag matches.

-- Locks the row to which the rest of a request refers; fails if there is none.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.demand_row(id text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	ignored text;
BEGIN
	IF id IS NULL THEN
		PERFORM ops.refuse('not_found');
	END IF;
	ignored := set_config('app.row_id', id, true);
END $$;

-- Refuses a write if the row has changed since the client read it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.check_etag(etag text, wanted text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT coalesce(etag = ANY (wanted), false) THEN
		PERFORM ops.refuse('row_stale');
	END IF;
END $$;
