-- The IDs of rows in other systems. A row can have several external IDs, each with its source.

-- Returns the external IDs of a row, {"erp": ["4711"]}.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.external_ids_of(resource text, row_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_object_agg(s.source, s.keys), '{}')
		FROM (SELECT x.source, jsonb_agg(x.key ORDER BY x.key) AS keys FROM crm.external_ids x
			WHERE x.row_id = external_ids_of.row_id AND x.resource = external_ids_of.resource GROUP BY x.source) s);
END $$;

-- Deletes external IDs whose rows have been deleted, so that other rows can use these IDs. This includes rows that the
-- caller cannot see.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.forget_ids(resource text, source text, keys text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	EXECUTE format('DELETE FROM crm.external_ids k WHERE k.org_id = $1 AND k.resource = $2 AND k.source = $3 AND k.key = ANY ($4) '
		'AND NOT EXISTS (SELECT FROM %s x WHERE x.org_id = $1 AND x.id = k.row_id)', crm.tenant_table(resource))
		USING ops.org(), resource, source, keys;
END $$;

-- Sets the IDs of a row, {"erp": ["4711"], "shop": null}: replaces the IDs of each named source and, if "whole" is
-- true, removes the IDs of all other sources. Returns the first ID that another row already has. IDs of deleted rows
-- can be used again. The caller must have locked the row. A change of the IDs counts as a change of the row.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.keep_external_ids(resource text, row_id bigint, ids jsonb, whole boolean,
	OUT source text, OUT key text, OUT holder bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	changed boolean;
	added boolean := false;
	lives boolean;
	touched bigint;
	was jsonb := crm.external_ids_of(resource, row_id);
BEGIN
	DELETE FROM crm.external_ids x WHERE x.org_id = org AND x.row_id = keep_external_ids.row_id AND x.resource = keep_external_ids.resource
	   AND CASE WHEN ids ? x.source THEN ids->x.source = 'null' OR NOT ids->x.source ? x.key ELSE whole END;
	changed := FOUND;
	-- The fixed order prevents deadlocks between concurrent writers.
	FOR source, key IN SELECT i.key, k.key FROM jsonb_each(ids) i
	    CROSS JOIN LATERAL jsonb_array_elements_text(nullif(i.value, 'null')) k (key) GROUP BY 1, 2 ORDER BY 1, 2 LOOP
		LOOP	-- until the ID exists: another transaction may delete it between the two statements
			INSERT INTO crm.external_ids AS x (resource, source, key, row_id)
			VALUES (keep_external_ids.resource, keep_external_ids.source, keep_external_ids.key, keep_external_ids.row_id)
			ON CONFLICT ON CONSTRAINT external_ids_key_key DO NOTHING;
			IF FOUND THEN
				added := true;
				holder := row_id;
				EXIT;
			END IF;
			SELECT x.row_id INTO holder FROM crm.external_ids x WHERE x.org_id = org AND x.resource = keep_external_ids.resource
			   AND x.source = keep_external_ids.source AND x.key = keep_external_ids.key FOR UPDATE;
			EXIT WHEN FOUND;
		END LOOP;
		IF holder <> row_id THEN
			EXECUTE format('SELECT EXISTS (SELECT FROM %s t WHERE t.org_id = $1 AND t.id = $2)', crm.tenant_table(resource))
				INTO lives USING org, holder;
			IF lives THEN
				RETURN;
			END IF;
			UPDATE crm.external_ids x SET row_id = keep_external_ids.row_id, import_id = NULL WHERE x.org_id = org
			   AND x.resource = keep_external_ids.resource AND x.source = keep_external_ids.source AND x.key = keep_external_ids.key;
			added := true;
		END IF;
	END LOOP;
	source := NULL;
	key := NULL;
	holder := NULL;
	IF added AND (SELECT count(*) FROM crm.external_ids x WHERE x.org_id = org AND x.row_id = keep_external_ids.row_id
	    AND x.resource = keep_external_ids.resource) > 50 THEN
		PERFORM ops.refuse('too_many_external_ids', 'external_ids', '50');
	END IF;
	IF changed OR added THEN	-- the row has changed, too
		PERFORM set_config('app.external_ids', jsonb_build_object('old', was, 'new', crm.external_ids_of(resource, row_id))::text, true);
		EXECUTE format('UPDATE %s t SET updated_at = now() WHERE t.org_id = $1 AND t.id = $2 AND t.updated_at <> now()',
			crm.tenant_table(resource)) USING org, row_id;
		GET DIAGNOSTICS touched = ROW_COUNT;
		IF touched = 0 THEN	-- this transaction has already written the row
			PERFORM ops.complete_entry(org, (SELECT c.relname FROM pg_class c WHERE c.oid = crm.tenant_table(resource)), row_id::text);
		END IF;
		PERFORM set_config('app.external_ids', '', true);
	END IF;
END $$;

-- Sets the IDs of the row that an earlier step of the request wrote or locked.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.put_external_ids(resource text, ids jsonb, whole boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	row_id bigint := nullif(current_setting('app.row_id', true), '')::bigint;
	kept record;
BEGIN
	IF row_id IS NULL THEN	-- there is no such row
		RETURN;
	ELSIF ops.portal() THEN	-- only integrations use external IDs
		PERFORM ops.refuse('role', 'external_ids');
	END IF;
	SELECT * INTO kept FROM crm.keep_external_ids(resource, row_id, ids, whole);
	IF kept.holder IS NOT NULL AND crm.key_reads(resource) AND crm.sees_named_row(resource, kept.holder) THEN
		PERFORM ops.refuse_with(json_build_object('resource', resource, 'id', kept.holder)::text, 'external_id_of',
			'external_ids.' || kept.source, kept.key, kept.holder::text);
	ELSIF kept.holder IS NOT NULL THEN
		PERFORM ops.refuse('taken', 'external_ids.' || kept.source, kept.key);
	END IF;
END $$;

-- Deletes the IDs of a row that is neither in its table nor in the trash.
CREATE OR REPLACE FUNCTION crm.drop_external_ids(org uuid, resource text, row_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	tenant_table regclass := crm.tenant_table(resource);
	lives boolean := false;
BEGIN
	PERFORM ops.set_org(org);
	IF EXISTS (SELECT FROM crm.external_ids x WHERE x.org_id = org AND x.row_id = drop_external_ids.row_id
	    AND x.resource = drop_external_ids.resource) THEN
		IF tenant_table IS NOT NULL THEN
			EXECUTE format('SELECT EXISTS (SELECT FROM %s t WHERE t.org_id = $1 AND t.id = $2)', tenant_table) INTO lives USING org, row_id;
		END IF;
		DELETE FROM crm.external_ids x WHERE x.org_id = org AND x.row_id = drop_external_ids.row_id
		   AND x.resource = drop_external_ids.resource AND NOT lives AND NOT EXISTS (SELECT FROM crm.trash t
			WHERE t.org_id = org AND t.row_id = drop_external_ids.row_id AND t.resource = drop_external_ids.resource);
	END IF;
	PERFORM ops.set_org(other);
END $$;

-- A row that leaves the trash without being restored loses its IDs.
CREATE OR REPLACE FUNCTION crm.drop_trashed_ids() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM crm.drop_external_ids(OLD.org_id, OLD.resource, OLD.row_id);
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER external_ids AFTER DELETE ON crm.trash FOR EACH ROW
	WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION crm.drop_trashed_ids();
