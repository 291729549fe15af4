-- The message of an error that a function has caught, for whoever reads its result: our own as it is, others in words
-- that do not need the statement. db_explain() in lib/db/db_error.c is the same for errors that end a request.
CREATE OR REPLACE FUNCTION crm.public_error(state text, message text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN state ~ '^(ZH|P0001)' THEN message
		WHEN state IN ('22003', '22008') THEN 'a number or a time is out of range'
		WHEN state ~ '^22' THEN 'a value does not have the form of its type'
		WHEN state = '23502' THEN 'must not be null'
		WHEN state = '23503' AND message ~ 'update or delete' THEN 'other rows refer to it'
		WHEN state = '23503' AND message ~ 'insert or update' THEN 'the referenced row does not exist'
		WHEN state = '23503' THEN 'the referenced row does not exist, or other rows refer to it'
		WHEN state = '23505' THEN 'already exists' WHEN state = '23P01' THEN 'overlaps another row'
		WHEN state = '23514' THEN 'is not an allowed value' WHEN state = '42501' THEN 'your role does not allow this'
		WHEN state = '57014' THEN 'took too long' WHEN state ~ '^(40|55P03)' THEN 'was changed at the same time'
		ELSE format('failed with the error %s, which the log of the database has', state) END
$$;
GRANT EXECUTE ON FUNCTION crm.public_error(text, text) TO tenantry_app, tenantry_mcp_writer;
