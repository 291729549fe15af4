-- Encrypted texts of rows. Lists, the audit log and archives do not contain them.

-- Stores a text of a row; null removes it. The calling function must have checked the permission.
CREATE OR REPLACE FUNCTION ops.seal_value(org uuid, resource text, row_id bigint, name text, sealed text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF sealed IS NULL THEN
		DELETE FROM ops.sealed_value v WHERE v.org_id = org AND v.resource = seal_value.resource AND v.row_id = seal_value.row_id
			AND v.name = seal_value.name;
	ELSE
		INSERT INTO ops.sealed_value (org_id, resource, row_id, name, sealed) VALUES (org, seal_value.resource, seal_value.row_id,
			seal_value.name, seal_value.sealed)
		ON CONFLICT ON CONSTRAINT sealed_value_pkey DO UPDATE SET sealed = excluded.sealed, created_at = now();
	END IF;
END $$;

-- Returns the encrypted text of a row, or null if there is none, as after the import of an archive.
CREATE OR REPLACE FUNCTION ops.sealed_text(org uuid, resource text, row_id bigint, name text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT v.sealed FROM ops.sealed_value v WHERE v.org_id = org AND v.resource = sealed_text.resource
	   AND v.row_id = sealed_text.row_id AND v.name = sealed_text.name
$$;

-- Returns the destination to which the secrets of a row are sent, from its URL: scheme, user, host and port.
CREATE OR REPLACE FUNCTION ops.url_place(url text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(lower(p[1]) || coalesce(p[2], '') || regexp_replace(lower(p[3]),
			CASE lower(p[1]) WHEN 'https://' THEN ':(443)?$' WHEN 'http://' THEN ':(80)?$' WHEN 'sftp://' THEN ':(22)?$' ELSE ':$' END, ''),
		url)
	  FROM (SELECT regexp_match(url, '^([A-Za-z][A-Za-z0-9+.-]*://)([^/?#\\]*@)?([^/?#\\]*)')) x (p)
$$;
GRANT EXECUTE ON FUNCTION ops.url_place(text) TO tenantry_app, tenantry_mcp_writer;	-- an update calls this function through a trigger

-- Deletes the encrypted texts with their row.
CREATE OR REPLACE FUNCTION ops.delete_sealed_values() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	DELETE FROM ops.sealed_value v WHERE v.org_id = OLD.org_id AND v.resource = TG_TABLE_NAME AND v.row_id = OLD.id;
	RETURN NULL;
END $$;
