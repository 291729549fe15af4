-- Rows to which custom fields refer: the delete rules of these fields, and merges.
-- needs: crm/custom_field.sql

-- Returns the rows that refer to a row by a custom field.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.referring_rows(f crm.field_definitions, target bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	ids bigint[];
BEGIN
	EXECUTE format('SELECT ARRAY(SELECT t.id FROM %s t WHERE t.org_id = $1 AND t.custom->$2 @> to_jsonb($3)%s%s ORDER BY t.id)',
		crm.tenant_table(f.resource), crm.of_object(f.resource), CASE WHEN f.indexed_at IS NOT NULL AND current_user <> 'tenantry_mcp_writer'	-- which may not read the index
			THEN ' AND t.id IN (SELECT v.id FROM crm.custom_values v WHERE v.org_id = $1 AND v.field_id = $4 AND v.number = $3)' ELSE '' END)
		INTO ids USING f.org_id, f.key, target, f.id;
	RETURN ids;
END $$;

-- Returns a value that refers to another row instead, or to no row if "becomes" is null. A list has each row once.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.with_reference(value jsonb, was bigint, becomes bigint) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN jsonb_typeof(value) <> 'array' THEN CASE WHEN value = to_jsonb(was) THEN to_jsonb(becomes) ELSE value END
		ELSE (SELECT jsonb_agg(y.id ORDER BY y.n) FROM (SELECT x.id, min(x.n) AS n FROM (SELECT CASE WHEN e.id = to_jsonb(was) THEN to_jsonb(becomes) ELSE e.id END, e.n
			FROM jsonb_array_elements(value) WITH ORDINALITY e (id, n)) x (id, n) WHERE x.id IS NOT NULL GROUP BY x.id) y) END
$$;

-- Changes the references of rows from one row to another. Returns the previous values by the IDs of the rows.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.change_references(f crm.field_definitions, ids bigint[], was bigint, becomes bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	before jsonb;
BEGIN
	-- In this mode, the other values of the rows are not checked.
	PERFORM ops.set_mode('converting', true);
	EXECUTE format('WITH o AS (SELECT t.id, t.custom->$3 AS value FROM %1$s t WHERE t.org_id = $1 AND t.id = ANY ($2) ORDER BY t.id FOR UPDATE), '
		'done AS (UPDATE %1$s t SET custom = nullif(t.custom - $3 || CASE WHEN x.value IS NULL THEN ''{}'' ELSE jsonb_build_object($3, x.value) END, ''{}'') '
		'FROM o CROSS JOIN LATERAL crm.with_reference(o.value, $4, $5) x (value) WHERE t.org_id = $1 AND t.id = o.id RETURNING t.id) '
		'SELECT coalesce(jsonb_object_agg(o.id, o.value), ''{}'') FROM o JOIN done ON done.id = o.id', crm.tenant_table(f.resource))
		INTO before USING f.org_id, ids, f.key, was, becomes;
	PERFORM ops.set_mode('converting', false);
	RETURN before;
END $$;

-- Deletes rows that refer to a deleted row. They are in the trash together with that row.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.delete_referring(f crm.field_definitions, ids bigint[], parent crm.trash) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('DELETE FROM %s t WHERE t.org_id = $1 AND t.id = ANY ($2)', crm.tenant_table(f.resource)) USING f.org_id, ids;
	WITH followers AS (
		UPDATE crm.trash t SET parent_id = parent.id, root_id = parent.root_id
		 WHERE t.org_id = f.org_id AND t.resource = ops.described_as(f.resource) AND t.row_id = ANY (ids) AND t.deleted_at = now() AND t.parent_id IS NULL
		RETURNING t.id)
	UPDATE crm.trash t SET root_id = parent.root_id FROM followers o WHERE t.org_id = f.org_id AND t.root_id = o.id AND t.id <> o.id;
END $$;

-- Follows the delete rules of the fields that refer to a row, which was just moved to the trash.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.end_references(trash_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	deleted crm.trash := (SELECT t FROM crm.trash t WHERE t.org_id = ops.org() AND t.id = trash_id);
	f crm.field_definitions;
	ids bigint[];
BEGIN
	FOR f IN SELECT x.* FROM crm.field_definitions x WHERE x.org_id = deleted.org_id AND x.on_delete IS NOT NULL
	    AND x.refers = CASE deleted.resource WHEN 'records' THEN deleted.row->>'object' ELSE deleted.resource END ORDER BY x.id LOOP
		ids := crm.referring_rows(f, deleted.row_id);
		CONTINUE WHEN ids = '{}';
		IF f.on_delete = 'refuse' THEN
			PERFORM ops.refuse('referred_to_by', NULL, f.label);
		ELSIF f.on_delete = 'clear' THEN
			PERFORM crm.change_references(f, ids, deleted.row_id, NULL);
		ELSE
			PERFORM crm.delete_referring(f, ids, deleted);
		END IF;
	END LOOP;
END $$;

-- Moves the references of custom fields from a merged row to the row that remains, in all other rows. Returns the previous
-- values by field and row, for the undo of the merge.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.merge_references(of_resource text, loser_id bigint, winner_id bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	f crm.field_definitions;
	moved jsonb := '{}';
	ids bigint[];
	before jsonb;
BEGIN
	FOR f IN SELECT x.* FROM crm.field_definitions x WHERE x.org_id = ops.org() AND x.refers = of_resource ORDER BY x.id LOOP
		ids := crm.referring_rows(f, loser_id);
		before := crm.change_references(f, CASE f.resource WHEN of_resource THEN array_remove(array_remove(ids, loser_id), winner_id) ELSE ids END,
			loser_id, winner_id);
		moved := moved || CASE before WHEN '{}' THEN before ELSE jsonb_build_object('custom.' || f.id, before) END;
	END LOOP;
	RETURN moved;
END $$;

-- Returns the values of the row that remains, without references to itself or to the merged row.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.without_merged(of_resource text, custom jsonb, loser_id bigint, winner_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	f crm.field_definitions;
	value jsonb;
BEGIN
	FOR f IN SELECT x.* FROM crm.field_definitions x WHERE x.org_id = ops.org() AND x.resource = of_resource AND x.refers = of_resource
	    AND custom->x.key IS NOT NULL LOOP
		value := crm.with_reference(crm.with_reference(custom->f.key, loser_id, NULL), winner_id, NULL);
		custom := custom - f.key || CASE WHEN value IS NULL THEN '{}' ELSE jsonb_build_object(f.key, value) END;
	END LOOP;
	RETURN nullif(custom, '{}');
END $$;

-- Moves the references back, if the rows still refer to the row that remained. A list that was changed since then keeps
-- that row if it contained it before the merge.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.unmerge_references(moved jsonb, loser_id bigint, winner_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	f crm.field_definitions;
BEGIN
	PERFORM ops.set_mode('converting', true);
	FOR f IN SELECT x.* FROM crm.field_definitions x WHERE x.org_id = ops.org() AND moved ? ('custom.' || x.id) ORDER BY x.id LOOP
		EXECUTE format('UPDATE %s t SET custom = t.custom || jsonb_build_object($3, CASE WHEN t.custom->$3 = crm.with_reference(o.value, $4, $5) THEN o.value '
			'WHEN o.value @> to_jsonb($5) THEN t.custom->$3 || to_jsonb($4) ELSE crm.with_reference(t.custom->$3, $5, $4) END) '
			'FROM jsonb_each($2) o WHERE t.org_id = $1 AND t.id = o.key::bigint AND t.custom->$3 @> to_jsonb($5)', crm.tenant_table(f.resource))
			USING f.org_id, moved->('custom.' || f.id), f.key, loser_id, winner_id;
	END LOOP;
	PERFORM ops.set_mode('converting', false);
END $$;
