-- The message of an error that a function has caught, for whoever reads its result: our own as it is, others in words
-- that do not need the statement. db_explain() in lib/db/db_error.c is the same for errors that end a request.
-- needs: ops/refusal.sql
CREATE OR REPLACE FUNCTION crm.public_error(state text, message text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN state ~ '^(ZH|P0001)' THEN message ELSE coalesce(ops.refusal_of_state(state, message),
		CASE WHEN state = '57014' THEN 'took too long' WHEN state ~ '^(40|55P03)' THEN 'was changed at the same time'
		ELSE format('failed with the error %s, which the log of the database has', state) END) END
$$;
GRANT EXECUTE ON FUNCTION crm.public_error(text, text) TO tenantry_app, tenantry_mcp_writer;
