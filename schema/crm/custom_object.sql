-- Custom objects: an organization defines separate resources. Their rows are in one table, each with the name of its
-- resource.
-- needs: crm/choice.sql crm/custom_field.sql crm/permission.sql crm/sale.sql ops/catalogue.sql ops/json_schema.sql ops/refusal.sql

-- Refuses a request for an object that the organization does not define, as if the path were unknown. asked is the
-- argument of identity.begin_request().
CREATE OR REPLACE FUNCTION crm.demand_objects(asked text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF EXISTS (SELECT FROM jsonb_array_elements(asked::jsonb) a WHERE a->>3 = 'object' AND NOT EXISTS (
		SELECT FROM crm.object_definitions o WHERE o.org_id = ops.org() AND o.resource = a->>0)) THEN
		PERFORM ops.refuse('no_such_path');
	END IF;
END $$;

-- Returns the objects of the organization, by the name of their resource.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.custom_objects() RETURNS SETOF crm.object_definitions
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT o.* FROM crm.object_definitions o WHERE o.org_id = ops.org() ORDER BY o.position, o.id;
END $$;

-- Returns an unused key for an object of the organization, derived from its plural name.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.object_key(org uuid, plural text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	plain text := coalesce(nullif(left(crm.ascii_key(plural), 33), ''), 'objects');
	made text := plain;
	n integer := 1;
BEGIN
	WHILE EXISTS (SELECT FROM crm.object_definitions o WHERE o.org_id = org AND o.key = made)
	    OR EXISTS (SELECT FROM crm.trash t WHERE t.org_id = org AND t.resource = 'object_definitions' AND t.row->>'key' = made) LOOP
		n := n + 1;
		made := plain || '_' || n;
	END LOOP;
	RETURN made;
END $$;

-- Checks the definition of an object, and completes a new definition.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_object_definition() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	most integer := crm.custom_limit('custom_objects', 100);
	n bigint;
BEGIN
	IF ops.mode('restoring') OR TG_OP = 'UPDATE' THEN
		RETURN NEW;
	ELSIF NEW.key IS NULL THEN
		NEW.key := crm.object_key(NEW.org_id, coalesce(NEW.plural, NEW.label));
	ELSIF EXISTS (SELECT FROM crm.trash t WHERE t.org_id = NEW.org_id AND t.resource = 'object_definitions' AND t.row->>'key' = NEW.key) THEN
		PERFORM ops.refuse('object_in_trash', 'key', NEW.key);
	END IF;
	NEW.resource := 'custom_' || NEW.key;
	PERFORM pg_advisory_xact_lock(hashtextextended('objects ' || NEW.org_id, 0));
	SELECT count(*), coalesce(nullif(NEW.position, 0), max(o.position) + 1, 1) INTO n, NEW.position FROM crm.object_definitions o
	 WHERE o.org_id = NEW.org_id;
	IF n >= most THEN
		PERFORM ops.refuse('too_many_objects', NULL, most::text);
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER check_definition BEFORE INSERT OR UPDATE ON crm.object_definitions
	FOR EACH ROW EXECUTE FUNCTION crm.check_object_definition();

DROP POLICY IF EXISTS readers ON crm.object_definitions;
CREATE POLICY readers ON crm.object_definitions FOR SELECT TO tenantry_app USING (true);
DROP POLICY IF EXISTS administrators ON crm.object_definitions;
CREATE POLICY administrators ON crm.object_definitions TO tenantry_app
	USING ((SELECT ops.administers()));

-- Returns the definition of an object by its resource, or null if the organization does not define it.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.object_of(org uuid, resource text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT o.id FROM crm.object_definitions o WHERE o.org_id = org AND o.resource = object_of.resource);
END $$;

-- Sets the reference from a new row to its definition, so that deleting the definition deletes the row. A row cannot be
-- moved to a different object.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.place_record() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.mode('restoring') THEN
		RETURN NEW;
	ELSIF TG_OP = 'UPDATE' THEN
		NEW.object := OLD.object;
		NEW.object_id := OLD.object_id;
		RETURN NEW;
	END IF;
	NEW.object_id := crm.object_of(NEW.org_id, NEW.object);
	IF NEW.object_id IS NULL AND NEW.org_id = ops.org() THEN
		PERFORM ops.refuse('no_such_object', 'object', left(NEW.object, 100));
	END IF;
	RETURN NEW;
END $$;

-- Since its name sorts first, this trigger runs before then_custom, which checks the values against the definition.
CREATE OR REPLACE TRIGGER a_place BEFORE INSERT OR UPDATE OF object, object_id ON crm.records
	FOR EACH ROW EXECUTE FUNCTION crm.place_record();

CREATE OR REPLACE TRIGGER default_sales_id BEFORE INSERT ON crm.records FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

-- Keeps the object of a deleted row in a column, which has an index.
CREATE OR REPLACE FUNCTION crm.keep_object() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.object := NEW.row->>'object';
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER object BEFORE INSERT ON crm.trash FOR EACH ROW WHEN (NEW.resource = 'records')
	EXECUTE FUNCTION crm.keep_object();

-- Roles name the object of a row as their resource.
SELECT ops.restrict('crm.records', NULL, NULL, 'ops.permits(object, $action, sales_id)');

-- Returns the description of a custom object in the catalogue, without its fields.
CREATE OR REPLACE FUNCTION crm.object_label(o crm.object_definitions) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_object('en', concat(o.label, ' |||| ', o.plural), 'fr', concat(o.label, ' |||| ', o.plural))
$$;

-- Returns the schema of the addresses of custom fields.
CREATE OR REPLACE FUNCTION crm.address_schema() RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('type', '["object", "null"]'::jsonb, 'additionalProperties', false, 'properties', jsonb_object_agg(m, jsonb_build_object(
		'type', '["string", "null"]'::jsonb, 'maxLength', 500, 'description', ops.field_words(ops.field('companies', m)))))
	  FROM unnest(crm.address_members()) m
$$;

-- Returns the schema of the files of custom fields.
CREATE OR REPLACE FUNCTION crm.file_schema() RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT '{"type": ["object", "null"], "properties": {
		"src": {"type": "string", "description": "The address of the file, from the response to the upload."},
		"title": {"type": ["string", "null"], "maxLength": 255, "description": "The name of the file."},
		"type": {"type": "string", "readOnly": true, "description": "The media type of the file."},
		"size": {"type": "integer", "format": "int64", "readOnly": true, "description": "The number of bytes."}}}'::jsonb
$$;

-- Returns the schema of a field's values in the API description. The value of a formula may be an error, which is a
-- text.
CREATE OR REPLACE FUNCTION crm.custom_schema(f crm.field_definitions) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN f.kind = 'choice' THEN jsonb_build_object('enum', f.choices || 'null', 'x-configured', 'field_definitions')
		WHEN f.kind = 'choices' THEN jsonb_build_object('type', '["array", "null"]'::jsonb, 'maxItems', 500, 'items', jsonb_build_object('enum', f.choices, 'x-configured', 'field_definitions'))
		WHEN f.kind = 'relations' THEN '{"type": ["array", "null"], "maxItems": 100, "items": {"type": "integer", "format": "int64"}}'
		WHEN f.kind = 'address' THEN crm.address_schema()
		WHEN f.kind = 'file' THEN crm.file_schema()
		ELSE jsonb_build_object('type', jsonb_build_array(t.json) || CASE WHEN coalesce(f.formula, f.relation) IS NOT NULL AND t.json <> 'string' THEN '["string", "null"]' ELSE '["null"]' END::jsonb)
			|| CASE WHEN t.format IS NOT NULL THEN jsonb_build_object('format', t.format)
				WHEN t.json = 'string' AND f.formula IS NULL AND f.relation IS NULL THEN jsonb_build_object('maxLength', crm.custom_length(f.kind)) ELSE '{}' END END
		|| jsonb_build_object('description', concat_ws('. ', f.label, f.help, 'In ' || f.currency)) || CASE WHEN coalesce(f.formula, f.relation) IS NULL THEN '{}' ELSE '{"readOnly": true}' END::jsonb
	  FROM (SELECT CASE crm.custom_type(coalesce(f.result, f.kind)) WHEN 'bigint' THEN 'integer' WHEN 'numeric' THEN 'number' WHEN 'boolean' THEN 'boolean' ELSE 'string' END,
		CASE crm.custom_type(coalesce(f.result, f.kind)) WHEN 'bigint' THEN 'int64' WHEN 'date' THEN 'date' WHEN 'timestamptz' THEN 'date-time' END) t (json, format)
$$;

-- Returns a custom field, or the columns of an address or a file, as fields of the catalogue, for the schemas of filters.
CREATE OR REPLACE FUNCTION crm.filtered_fields(f crm.field_definitions) RETURNS SETOF ops.field
LANGUAGE sql STABLE AS $$
	SELECT jsonb_populate_record(NULL::ops.field, jsonb_build_object('name', c.name, 'type', c.type,
		'choices', CASE f.kind WHEN 'choice' THEN f.choices ELSE 'null' END,
		'description', jsonb_build_object('label', jsonb_build_object('en', f.label)) || CASE f.kind WHEN 'choices'
			THEN jsonb_build_object('schema', jsonb_build_object('type', 'array', 'maxItems', 500, 'items', jsonb_build_object('enum', f.choices)))
			WHEN 'relations' THEN '{"schema": {"type": "array", "maxItems": 100, "items": {"type": "integer", "format": "int64"}}}' ELSE '{}' END))
	  FROM (SELECT a.name, a.type FROM crm.part_columns(f.kind, f.key) a
		UNION ALL SELECT 'custom.' || f.key, crm.custom_type(coalesce(f.result, f.kind)) WHERE f.kind NOT IN ('address', 'file')) c
$$;

-- Returns the fields of the organization by resource: {"contacts": {"schema": that of "custom", "filters":
-- {"custom.seats@gte": ...}, "sorts": ["custom.seats"]}}, with a member for each custom object.
CREATE OR REPLACE FUNCTION crm.described_resources() RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_object_agg(n.resource, jsonb_build_object('filters', d.filters, 'sorts', d.sorts, 'schema', jsonb_build_object('type', '["object", "null"]'::jsonb,
			'properties', d.properties, 'description', 'The values of the fields that the organization defines, by their keys.'))), '{}')
		FROM (SELECT x.resource FROM crm.field_definitions x WHERE x.org_id = ops.org()
			UNION SELECT o.resource FROM crm.object_definitions o WHERE o.org_id = ops.org()) n
		CROSS JOIN LATERAL (SELECT coalesce(jsonb_object_agg(f.key, crm.custom_schema(f)), '{}') AS properties,
				(SELECT coalesce(jsonb_agg(c.name ORDER BY x.position, x.id, c.ordinality) FILTER (WHERE c.type <> 'jsonb'), '[]') FROM crm.custom_fields(n.resource) x
					CROSS JOIN LATERAL crm.filtered_fields(x) WITH ORDINALITY c) AS sorts,
				(SELECT coalesce(jsonb_object_agg(m.member, m.schema), '{}') FROM crm.custom_fields(n.resource) x
				 CROSS JOIN LATERAL crm.filtered_fields(x) c CROSS JOIN LATERAL ops.filter_members(c, false) m) AS filters
			  FROM crm.custom_fields(n.resource) f) d);
END $$;

-- Returns the schemas of the organization's choices, by their names in ops.named_schemas(). They contain all values that
-- rows and bodies can have: also the values that are always accepted, the other spelling of a stage, and, except for
-- stages, the empty text that Atomic CRM sends for "none". A list without choices allows any value. "x-configured" names
-- the source of values that an organization can change: version 3.0 of the document omits them.
CREATE OR REPLACE FUNCTION crm.choice_schemas() RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_object_agg(k.name, (ops.named_schemas()->k.name)::jsonb || jsonb_build_object('enum', k.listed || k.more, 'x-configured', k.kind)), '{}')
		FROM (SELECT c.kind, upper(left(c.kind, 1)) || substr(c.kind, 2) AS name,
				jsonb_agg(CASE c.kind WHEN 'companySizes' THEN c.value::jsonb ELSE to_jsonb(c.value) END ORDER BY c.position) AS listed,
				(SELECT coalesce(jsonb_agg(m), '[]') FROM (SELECT unnest(crm.constant_choices(c.kind))
					UNION SELECT crm.other_spelling(v) FROM unnest(array_agg(c.value)) v WHERE c.kind = 'dealStages' AND crm.other_spelling(v) IS NOT NULL
					UNION SELECT '' WHERE c.kind NOT IN ('dealStages', 'companySizes')) x (m) WHERE m <> ALL (array_agg(c.value))) AS more
			  FROM crm.choices c WHERE c.org_id = ops.org() GROUP BY c.kind) k);
END $$;

-- Returns the definitions of the organization of a session or an API key, for the API description: {"choices":
-- crm.choice_schemas(), "resources": crm.described_resources()}. Returns null for callers without an organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.described_custom(token_hash bytea, key_hash bytea, org text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	unit uuid := identity.uuid_or_null(identity.request_unit(token_hash, key_hash, org));
	other uuid := ops.org();
	described jsonb;
BEGIN
	IF unit IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM ops.set_org(unit);
	described := jsonb_build_object('choices', crm.choice_schemas(), 'resources', crm.described_resources());
	PERFORM ops.set_org(other);
	RETURN described;
END $$;
