-- Files of definitions: the custom fields and objects of an organization as JSON, for version control and for other
-- organizations. "tenantry fields" writes and applies these files.
-- needs: crm/custom_field.sql crm/custom_object.sql crm/rollup.sql ops/catalogue.sql

-- Returns the members of a definition that a file has.
CREATE OR REPLACE FUNCTION crm.definition_members(of text) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT array_agg(f.name ORDER BY f.place) FROM ops.field f WHERE f.resource = of AND f.description ? 'write'
$$;

-- Returns the members of a definition that differ from their defaults. IDs of rows differ between organizations, so the
-- default of a reference is omitted.
CREATE OR REPLACE FUNCTION crm.exported_definition(of text, definition jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(definition) e WHERE e.key = ANY (crm.definition_members(of))
		AND e.value NOT IN ('null', 'false', '{}') AND NOT (e.key = 'default_value' AND definition->>'kind' IN ('person', 'relation', 'relations'))
$$;

-- Returns the definitions of the organization as a file: {"objects": [...], "fields": [...]}.
CREATE OR REPLACE FUNCTION crm.exported_definitions() RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object(
		'objects', (SELECT coalesce(jsonb_agg(crm.exported_definition('object_definitions', to_jsonb(o)) ORDER BY o.position, o.id), '[]')
			FROM crm.object_definitions o WHERE o.org_id = ops.org()),
		'fields', (SELECT coalesce(jsonb_agg(crm.exported_definition('field_definitions', to_jsonb(f)) ORDER BY f.resource, f.position, f.id), '[]')
			FROM crm.field_definitions f WHERE f.org_id = ops.org()))
$$;

-- Returns the file of an organization as text.
CREATE OR REPLACE FUNCTION crm.definition_file(org uuid) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	file text;
BEGIN
	PERFORM ops.set_org(org);
	file := jsonb_pretty(crm.exported_definitions());
	PERFORM ops.set_org(other);
	RETURN file;
END $$;

-- Returns the name of a definition in messages: custom_machines.power, or custom_machines for an object.
CREATE OR REPLACE FUNCTION crm.definition_name(definition jsonb) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce((definition->>'resource') || '.', 'custom_') || coalesce(definition->>'key', '?')
$$;

-- Creates the definition that a file contains, or changes the existing definition with the same key.
CREATE OR REPLACE FUNCTION crm.put_definition(of text, definition jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	members text[] := crm.definition_members(of);
	unknown text := (SELECT k FROM jsonb_object_keys(definition) k WHERE k <> ALL (members) LIMIT 1);
	new jsonb := (SELECT jsonb_object_agg(m, NULL) FROM unnest(members) m) || '{"required": false, "is_unique": false, "is_indexed": false, "labels": {}}';
	old jsonb;
	kept text;
BEGIN
	IF unknown IS NOT NULL THEN
		PERFORM ops.refuse('member_unknown', left(unknown, 50), of, crm.nearest_list(unknown, members));
	ELSIF definition->>'key' IS NULL OR of = 'field_definitions' AND definition->>'resource' IS NULL THEN
		PERFORM ops.refuse('required', 'key');
	END IF;
	EXECUTE format('SELECT to_jsonb(d) FROM crm.%I d WHERE d.org_id = $1 AND d.key = $2 AND ($3 IS NULL OR d.resource = $3)', of)
		INTO old USING ops.org(), definition->>'key', definition->>'resource';
	new := new || jsonb_build_object('position', coalesce(old->'position', '0')) || definition;
	IF old IS NULL THEN
		EXECUTE format('INSERT INTO crm.%I (%s) SELECT %2$s FROM jsonb_populate_record(NULL::crm.%1$I, $1)', of,
			(SELECT string_agg(quote_ident(m), ', ') FROM unnest(members) m)) USING new;
		RETURN;
	END IF;
	kept := (SELECT m FROM unnest(ARRAY['kind', 'refers']) m WHERE coalesce(old->m, 'null') <> coalesce(new->m, 'null') LIMIT 1);
	IF kept IS NOT NULL THEN
		PERFORM ops.refuse('definition_kept', kept);
	END IF;
	EXECUTE format('UPDATE crm.%I d SET (%s) = (SELECT %2$s FROM jsonb_populate_record(NULL::crm.%1$I, $1)) WHERE d.org_id = $2 AND d.id = $3 '
		'AND to_jsonb(d) <> to_jsonb(jsonb_populate_record(d, $1))', of, (SELECT string_agg(quote_ident(m), ', ') FROM unnest(members) m))
		USING new, ops.org(), (old->>'id')::bigint;
END $$;

-- Deletes a definition that the file does not contain. Returns the number of values, or of the object's rows, that go
-- to the trash.
CREATE OR REPLACE FUNCTION crm.drop_definition(of text, definition jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	resource text := coalesce(definition->>'resource', crm.definition_name(definition));
	lost bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM %s t WHERE t.org_id = $1%s%s', crm.tenant_table(resource), crm.of_object(resource),
		CASE of WHEN 'field_definitions' THEN ' AND t.custom ? $2' ELSE '' END) INTO lost USING ops.org(), definition->>'key';
	EXECUTE format('DELETE FROM crm.%I d WHERE d.org_id = $1 AND d.key = $2 AND d.resource = $3', of) USING ops.org(), definition->>'key', resource;
	RETURN CASE WHEN definition ? 'formula' THEN 0 ELSE lost END;
END $$;

-- Replaces the definitions of the organization with those of a file. A definition may depend on a later definition, so
-- a failed definition is retried after the others. Returns the number of lost values by the names of deleted
-- definitions.
CREATE OR REPLACE FUNCTION crm.write_definitions(file jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	had jsonb := crm.exported_definitions();
	todo jsonb[] := '{}';	-- each element is [table, definition, whether it is deleted]
	again jsonb[];
	step jsonb;
	lost jsonb := '{}';
	member text;
	said text;
BEGIN
	IF jsonb_typeof(file) <> 'object' OR jsonb_typeof(file->'fields') IS DISTINCT FROM 'array' OR jsonb_typeof(file->'objects') IS DISTINCT FROM 'array'
	    OR EXISTS (SELECT FROM jsonb_array_elements(file->'fields' || (file->'objects')) d WHERE jsonb_typeof(d) <> 'object') THEN
		PERFORM ops.refuse('definition_file');
	END IF;
	FOREACH member IN ARRAY ARRAY['objects', 'fields'] LOOP
		todo := todo || ARRAY(SELECT jsonb_build_array(rtrim(member, 's') || '_definitions', d, false) FROM jsonb_array_elements(file->member) d);
	END LOOP;
	FOREACH member IN ARRAY ARRAY['objects', 'fields'] LOOP	-- an object takes its fields with it
		todo := todo || ARRAY(SELECT jsonb_build_array(rtrim(member, 's') || '_definitions', d, true) FROM jsonb_array_elements(had->member) d
			WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(file->member) w WHERE crm.definition_name(w) = crm.definition_name(d)));
	END LOOP;
	WHILE todo <> '{}' LOOP
		again := '{}';
		FOREACH step IN ARRAY todo LOOP
			BEGIN
				IF (step->2)::boolean THEN
					lost := lost || jsonb_build_object(crm.definition_name(step->1), crm.drop_definition(step->>0, step->1));
				ELSE
					PERFORM crm.put_definition(step->>0, step->1);
				END IF;
			EXCEPTION WHEN SQLSTATE 'ZH422' OR SQLSTATE 'ZH409' OR data_exception OR integrity_constraint_violation THEN
				GET STACKED DIAGNOSTICS member = COLUMN_NAME;
				said := coalesce(said, concat_ws(': ', crm.definition_name(step->1), nullif(member, ''), SQLERRM));
				again := again || step;
			END;
		END LOOP;
		IF cardinality(again) = cardinality(todo) THEN
			PERFORM ops.refuse('definition_refused', NULL, said);
		END IF;
		todo := again;
		said := NULL;
	END LOOP;
	RETURN lost;
END $$;

-- Applies a file to an organization, and returns each difference with the number of values that it loses. Changes
-- nothing in a dry run, or if values would be lost without permission.
CREATE OR REPLACE FUNCTION crm.apply_definitions(org uuid, file jsonb, loses boolean, tries boolean) RETURNS TABLE (action text, name text, members text, lost bigint)
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	had jsonb;
	has jsonb;
	losses jsonb;
BEGIN
	PERFORM ops.set_org(org);
	had := crm.exported_definitions();
	BEGIN
		losses := crm.write_definitions(file);
		has := crm.exported_definitions();
		IF tries OR NOT loses AND EXISTS (SELECT FROM jsonb_each(losses) l WHERE l.value <> '0') THEN
			RAISE EXCEPTION USING ERRCODE = 'no_data_found';	-- rolls back the changes of the block
		END IF;
	EXCEPTION WHEN no_data_found THEN
		NULL;
	END;
	PERFORM ops.set_org(other);
	RETURN QUERY WITH a AS (SELECT crm.definition_name(d) AS name, d FROM jsonb_array_elements(had->'objects' || (had->'fields')) d),
		b AS (SELECT crm.definition_name(d) AS name, d FROM jsonb_array_elements(has->'objects' || (has->'fields')) d)
	SELECT CASE WHEN a.d IS NULL THEN 'create' WHEN b.d IS NULL THEN 'delete' ELSE 'change' END, coalesce(a.name, b.name),
		CASE WHEN a.d IS NULL THEN coalesce(b.d->>'kind', '') WHEN b.d IS NULL THEN '' ELSE (SELECT string_agg(k, ', ' ORDER BY k)
			FROM (SELECT jsonb_object_keys(a.d || b.d)) k (k) WHERE a.d->k IS DISTINCT FROM b.d->k) END,
		coalesce((losses->>coalesce(a.name, b.name))::bigint, 0)
	  FROM a FULL JOIN b ON b.name = a.name WHERE a.d IS DISTINCT FROM b.d ORDER BY b.d IS NULL, 2;
END $$;
