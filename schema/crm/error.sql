-- Returns the message of an error that a function has caught, for readers of the function's result. Errors of
-- ops.refuse() are unchanged, and others are explained without reference to the statement. db_explain() in
-- lib/db/db_error.c does the same for errors that end a request.
-- needs: ops/refusal.sql
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.public_error(state text, message text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN state ~ '^(ZH|P0001)' THEN message ELSE coalesce((ops.refusal_of_error(state, message)).said,
		CASE WHEN state = '57014' THEN 'took too long' WHEN state ~ '^(40|55P03)' THEN 'was changed at the same time'
		ELSE format('failed with the error %s, which the log of the database has', state) END) END
$$;

-- Returns the message of crm.public_error() with its code and arguments, which ops.refuse() passes in the error field
-- for the name of a data type. An error of Postgres has the code of the corresponding refusal.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.coded_error(state text, message text, codes text, OUT said text, OUT code text, OUT arguments jsonb)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	said := crm.public_error(state, message);
	IF state ~ '^ZH' AND codes ~ '^[a-z0-9_]+ \[' THEN
		code := split_part(codes, ' ', 1);
		arguments := substr(codes, length(code) + 2);
	ELSIF state !~ '^(ZH|P0001)' THEN
		code := (ops.refusal_of_error(state, message)).code;
	END IF;
END $$;
