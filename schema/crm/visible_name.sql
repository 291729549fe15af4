-- Names that are visible and do not consist only of white space.

-- Returns whether a text contains only white space and invisible characters, such as the word joiner, fillers and
-- selectors.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.is_invisible(said text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT said <> '' AND said !~ E'[^\\s\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb\\U000e0000-\\U000e01ef]'
$$;

-- Returns the new name of a row, or refuses an invisible name. An unchanged name is accepted.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.visible_name(member text, said text, was text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF crm.is_invisible(said) AND said IS DISTINCT FROM was THEN
		PERFORM ops.refuse('invisible_name', member);
	END IF;
	RETURN said;
END $$;
