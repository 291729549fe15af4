-- The What's New page: the entries that a user has seen, and the checklist.
-- needs: ops/checklist.sql

-- Returns the data of the page for the user of the request, as JSON.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.show_whats_new() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT json_build_object('seen', (SELECT s.entry FROM ops.whats_new_seen s
			WHERE s.user_id = ops.caller()),
		'checklist', ops.checklist_of(ops.caller()))
$$;

-- Stores the newest entry that the user has seen. An older version of the page does not reset it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.see_whats_new(entry text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	INSERT INTO ops.whats_new_seen AS s (user_id, entry)
	VALUES (ops.caller(), see_whats_new.entry)
	ON CONFLICT ON CONSTRAINT whats_new_seen_pkey DO UPDATE
		SET entry = greatest(s.entry COLLATE "C", excluded.entry COLLATE "C"), seen_at = now()
	RETURNING json_build_object('seen', s.entry)::text
$$;
