-- The JSON Schemas of rows, bodies, filters and events, which GET /api/openapi.json contains for each resource.
-- needs: ops/catalogue.sql ops/label.sql ops/named_schema.sql

-- Returns the schema of a type of the API.
CREATE OR REPLACE FUNCTION ops.type_schema(type text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE type WHEN 'bigint' THEN '{"type": "integer", "format": "int64"}' WHEN 'smallint' THEN '{"type": "integer", "format": "int32"}'
		WHEN 'numeric' THEN '{"type": "number"}' WHEN 'boolean' THEN '{"type": "boolean"}'
		WHEN 'timestamptz' THEN '{"type": "string", "format": "date-time"}' WHEN 'date' THEN '{"type": "string", "format": "date"}'
		WHEN 'bigint[]' THEN '{"type": "array", "maxItems": 10000, "items": {"type": "integer", "format": "int64"}}'
		WHEN 'json' THEN '{}' WHEN 'jsonb' THEN '{}' WHEN 'jsonb[]' THEN '{"type": "array", "maxItems": 10000, "items": {}}'
		ELSE '{"type": "string"}' END::jsonb
$$;

-- Returns the schema of the values of a field, without a description.
CREATE OR REPLACE FUNCTION ops.value_schema(f ops.field) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN f.choices IS NOT NULL THEN jsonb_build_object('type', 'string', 'enum', f.choices)
		WHEN jsonb_typeof(f.description->'schema') = 'string'
			THEN jsonb_build_object('$ref', '#/components/schemas/' || (f.description->>'schema'))
		WHEN f.description ? 'schema' THEN f.description->'schema'
		WHEN f.description->>'kind' = 'emails' THEN '{"$ref": "#/components/schemas/Emails"}'
		WHEN f.description->>'kind' = 'phones' THEN '{"$ref": "#/components/schemas/Phones"}'
		WHEN f.description->>'kind' = 'urls' THEN '{"$ref": "#/components/schemas/Links"}'
		WHEN f.description->>'form' = 'picture' THEN '{"$ref": "#/components/schemas/File"}'
		WHEN f.description->>'form' = 'attachments' THEN '{"type": "array", "maxItems": 1000, "items": {"$ref": "#/components/schemas/File"}}'
		WHEN f.description->>'form' = 'object' THEN '{"$ref": "#/components/schemas/Object"}'
		WHEN f.type = 'text' AND ops.limit_of(f) IS NOT NULL THEN ops.type_schema(f.type) || jsonb_build_object('maxLength', ops.limit_of(f))
		ELSE ops.type_schema(f.type) END
$$;

-- Returns the schema of a file in a body: an address, or an object. url and name are the members of react-admin, and
-- rawFile is what a browser's File becomes in JSON.
CREATE OR REPLACE FUNCTION ops.file_shape() RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT s.file || jsonb_build_object('type', 'file', 'properties',
		s.file->'properties' || '{"src": {"type": "string", "maxLength": 8388608}, "url": {"type": "string", "maxLength": 8388608},
			"name": {"type": "string"}, "rawFile": {}}')
	  FROM (SELECT (ops.named_schemas()->'File')::jsonb) s (file)
$$;

-- Returns a schema in which the named schemas replace the references to them.
CREATE OR REPLACE FUNCTION ops.expanded_schema(schema json) RETURNS json
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	reference text;
	said text := schema::text;
BEGIN
	LOOP
		reference := substring(said FROM '"\$ref"\s*:\s*"#/components/schemas/(\w+)"');
		EXIT WHEN reference IS NULL;
		-- Replaces the reference and its description with the members of the named schema.
		said := replace(said, substring(said FROM format('"\$ref"\s*:\s*"#/components/schemas/%s"(?:,\s*"description":\s*"[^"]*")?', reference)),
			substring((ops.named_schemas()->reference)::text FROM '^\s*\{(.*)\}\s*$'));
	END LOOP;
	RETURN said;
END $$;

-- Returns the JSON Schema with which workers check a list or an object of a body. Null means any value. An attachment
-- needs an address, as src or url. A picture without an address is none, and links can contain null, which Atomic CRM's
-- form sends for an empty line. Triggers check the settings of rules, of integrations and of the organization, because
-- other members determine which are valid.
CREATE OR REPLACE FUNCTION ops.shape_of(f ops.field) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN NOT f.description ? 'write' OR f.type NOT IN ('json', 'jsonb', 'jsonb[]') THEN NULL
		WHEN f.description->>'form' = 'picture' THEN (ops.file_shape() - 'required')::json
		WHEN f.description->>'form' = 'attachments' THEN json_build_object('type', 'array', 'maxItems', 1000, 'items', ops.file_shape())
		WHEN f.description->>'kind' = 'urls'
			THEN jsonb_set(s.schema::jsonb, '{items}', s.schema::jsonb->'items' || '{"type": ["string", "null"], "format": "link"}')::json
		WHEN f.description->>'schema' IN ('RuleTrigger', 'RuleAction', 'IntegrationSettings', 'Settings') THEN '{"type": "object"}'
		WHEN s.schema->'type' IS NOT NULL OR s.schema->'oneOf' IS NOT NULL THEN s.schema END
	  FROM (SELECT ops.expanded_schema(ops.value_schema(f)::json)) s (schema)
$$;

-- Returns a schema that also allows null.
CREATE OR REPLACE FUNCTION ops.or_null(schema jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN schema = '{}' THEN schema
		WHEN jsonb_typeof(schema->'type') = 'string' THEN schema || jsonb_build_object('type', jsonb_build_array(schema->'type', 'null'))
			|| CASE WHEN schema ? 'enum' THEN jsonb_build_object('enum', schema->'enum' || '[null]') ELSE '{}' END
		ELSE jsonb_build_object('oneOf', jsonb_build_array(schema, '{"type": "null"}'::jsonb)) END
$$;

-- Returns the name of a field for use in a sentence: its label, or its name in words.
CREATE OR REPLACE FUNCTION ops.field_words(f ops.field) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(f.description->'label'->>'en', ops.common_labels()->f.name->>'en', upper(left(f.name, 1)) || replace(substr(f.name, 2), '_', ' '))
$$;

-- Returns the OpenAPI description of a field in English: its "about" text, the common description of fields with its
-- name, or its label. Sentences that follow from other members are appended.
CREATE OR REPLACE FUNCTION ops.about_field(f ops.field) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT concat_ws(' ',
		coalesce(f.description->>'about', ops.common_descriptions()->>f.name, ops.field_words(f) || '.'),
		'The id of a row of ' || (f.description->>'refers') || '.',
		'Ids of rows of ' || (f.description->>'names') || '.',
		CASE WHEN f.description->>'write' = 'once' THEN 'Only a new row can set it.'
			|| CASE f.type WHEN 'timestamptz' THEN '' ELSE ' A change can contain its current value.' END END,
		CASE WHEN (f.description->>'ignore_case')::boolean THEN 'Filters ignore case.' END)
$$;

-- Returns the OpenAPI description of a condition on a field, such as "Last name is at least this value."
CREATE OR REPLACE FUNCTION ops.about_condition(words text, type text, operator text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT words || CASE operator WHEN '' THEN ' is this value. Null finds rows without a value.' WHEN '@neq' THEN ' is not this value.'
		WHEN '@in' THEN ' is one of these values.'
		WHEN '@is' THEN CASE type WHEN 'boolean' THEN ' is true, is false, or has no value.' ELSE ' has no value.' END
		WHEN '@gt' THEN CASE WHEN type IN ('timestamptz', 'date') THEN ' is after this time.' ELSE ' is greater than this value.' END
		WHEN '@gte' THEN CASE WHEN type IN ('timestamptz', 'date') THEN ' is not before this time.' ELSE ' is at least this value.' END
		WHEN '@lt' THEN CASE WHEN type IN ('timestamptz', 'date') THEN ' is before this time.' ELSE ' is less than this value.' END
		WHEN '@lte' THEN CASE WHEN type IN ('timestamptz', 'date') THEN ' is not after this time.' ELSE ' is at most this value.' END
		WHEN '@like' THEN ' contains each of these words, in this case.' WHEN '@ilike' THEN ' contains each of these words, in any case.'
		WHEN '@cs' THEN ' contains all of this.' WHEN '@cd' THEN ' contains nothing but this.' WHEN '@ov' THEN ' contains some of these values.' END
$$;

-- Returns the schema of an object. Members and their schemas keep their order.
CREATE OR REPLACE FUNCTION ops.object_schema(names text[], schemas jsonb[], required text[], about text DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT format('{"type":"object","properties":{%s}%s%s}',
		(SELECT string_agg(format('%s:%s', to_json(p.name), p.schema), ',' ORDER BY p.place)
		   FROM unnest(names, schemas) WITH ORDINALITY p (name, schema, place)),
		CASE WHEN cardinality(required) > 0 THEN ',"required":' || to_json(required) ELSE '' END,
		',"description":' || to_json(about))
$$;

-- Returns the members of a filter for a field, with the schema of each. A bound or a pattern need not be one of the
-- values that the field can have.
CREATE OR REPLACE FUNCTION ops.filter_members(f ops.field, log boolean) RETURNS TABLE (member text, schema jsonb)
LANGUAGE sql STABLE AS $$
	SELECT f.name || o.operator, CASE WHEN o.operator = '@in' THEN jsonb_build_object('type', 'array', 'items', v.schema)
			WHEN o.operator = '@is' THEN '{"enum": [null, "null"]}'::jsonb || CASE f.type WHEN 'boolean' THEN '{"enum": [null, true, false, "unknown"]}' ELSE '{}' END::jsonb
			WHEN o.operator IN ('@gt', '@gte', '@lt', '@lte', '@like', '@ilike') THEN ops.type_schema(f.type)
			WHEN o.operator = '' THEN ops.or_null(v.schema) ELSE v.schema END
		|| jsonb_build_object('description', ops.about_condition(ops.field_words(f), f.type, o.operator))
	  FROM (SELECT ops.value_schema(f) - 'maxLength') v (schema),
	unnest(CASE WHEN (f.description->>'unindexed')::boolean THEN '{}'
		WHEN (f.description->>'users')::boolean AND log THEN ARRAY['']
		WHEN f.type = 'boolean' THEN ARRAY['', '@is']
		WHEN f.type = 'bigint[]' THEN ARRAY['@cs', '@cd', '@ov', '@is']
		WHEN f.description->>'form' = 'custom' THEN '{}'	-- a condition names one of its fields
		WHEN f.type IN ('json', 'jsonb', 'jsonb[]') THEN ARRAY['@is'] || CASE WHEN f.type = 'jsonb' AND NOT log AND NOT v.schema->'type' @> '"string"' IS TRUE THEN ARRAY['@cs', '@cd'] ELSE '{}' END
		WHEN f.type IN ('bigint', 'smallint', 'numeric', 'timestamptz', 'date') THEN ARRAY['', '@in', '@is', '@gt', '@gte', '@lt', '@lte']
			|| CASE WHEN log THEN '{}' ELSE ARRAY['@neq'] END
		WHEN log THEN ARRAY['', '@in', '@is']
		ELSE ARRAY['', '@neq', '@in', '@is', '@like', '@ilike'] END) o (operator)
$$;

-- Returns the members of filters about other rows: "company" for the row that a row names, and "deals.any" and
-- "deals.none" for the rows that name it. The schema is the filter of the other resource; ops.open_filters() replaces it
-- in a document without this resource. Resources of modules that the organization may lack are omitted.
CREATE OR REPLACE FUNCTION ops.relation_members(r ops.resource) RETURNS TABLE (member text, schema jsonb)
LANGUAGE sql STABLE AS $$
	SELECT m.member, jsonb_build_object('$ref', format('#/components/schemas/%s.filter', o.name), 'description', format(m.about, o.name))
	  FROM (SELECT coalesce(f.description->>'as', regexp_replace(f.name, '_id$', '')) AS member, f.description->>'refers' AS of,
			'The row of %s that it names matches this filter.' AS about
		  FROM ops.field f WHERE f.resource = r.name AND f.description ? 'refers' AND f.type IS NOT NULL
		UNION ALL
		SELECT DISTINCT f.resource || w.word, f.resource, w.about
		  FROM ops.field f JOIN ops.resource x ON x.name = f.description->>'refers'
		 CROSS JOIN (VALUES ('.any', 'One of the %s that name it matches this filter.'), ('.none', 'None of the %s that name it matches this filter.')) w (word, about)
		 WHERE x.description->>'table' = r.description->>'table' AND f.type IS NOT NULL AND f.resource <> 'records') m	-- the rows of all objects
	  JOIN ops.resource o ON o.name = m.of
	 WHERE o.compiled IS NOT NULL AND NOT coalesce((o.description->>'log')::boolean, false)
		   AND coalesce(o.description->>'module', r.description->>'module') IS NOT DISTINCT FROM r.description->>'module'
	   AND m.member NOT IN (SELECT f.name FROM ops.field f WHERE f.resource = r.name)
	 ORDER BY m.member
$$;

-- Returns whether a list can be sorted by a field.
CREATE OR REPLACE FUNCTION ops.sorts_by(f ops.field) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT f.type NOT IN ('json', 'jsonb', 'jsonb[]', 'bigint[]') AND NOT coalesce((f.description->>'unindexed')::boolean, false)
$$;

-- Returns the fields of the rows to which a row refers by which a list can be sorted, as in "company.name". Deeper
-- levels are not listed. Computed fields of these rows are excluded, as in sort.c.
CREATE OR REPLACE FUNCTION ops.related_sorts(r ops.resource) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT array_agg(m.member || '.' || f.name ORDER BY m.member, f.place)
	  FROM ops.relation_members(r) m
	  JOIN ops.field f ON f.resource = substring(m.schema->>'$ref' FROM 'schemas/(.*)[.]filter$')
	 WHERE m.member !~ '[.](any|none)$' AND NOT coalesce((r.description->>'log')::boolean, false) AND ops.sorts_by(f)
	   AND CASE WHEN f.description ? 'sql' THEN f.description->>'sql' !~ 'SELECT'
		ELSE f.description ? 'write' OR f.name IN ('id', 'created_at', 'updated_at') END
$$;

-- Returns the members of components.schemas for a resource: NAME for its rows, NAME.input for bodies, NAME.filter,
-- NAME.sort and NAME.fields for the parameters of a list, NAME.event for the payload of webhooks.
CREATE OR REPLACE FUNCTION ops.resource_schemas(r ops.resource) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	written_table regclass := to_regclass(coalesce(r.description->>'table', (SELECT x.description->>'table' FROM ops.resource x
		WHERE x.description->>'view' = r.description->>'view' AND x.description ? 'table' ORDER BY x.name LIMIT 1)));
	log boolean := coalesce((r.description->>'log')::boolean, false);
	names text[];
	schemas jsonb[];
	written text[];
	bodies jsonb[];
	filters text[];
	conditions jsonb[];
	sorted text[];
	shown text;
	external text[] := '{}';	-- the members that embed adds, and that bodies may contain
BEGIN
	SELECT array_agg(x.name ORDER BY x.place), array_agg(x.row_schema || x.about || CASE WHEN x.writes THEN '{}'::jsonb ELSE '{"readOnly": true}' END
			ORDER BY x.place),
		array_agg(x.name ORDER BY x.place) FILTER (WHERE x.writes), array_agg(x.body_schema || x.about ORDER BY x.place) FILTER (WHERE x.writes),
		array_agg(x.name ORDER BY x.place) FILTER (WHERE x.sorts)
	  INTO names, schemas, written, bodies, sorted
	  FROM (SELECT f.name, f.place, f.description ? 'write' AS writes, jsonb_build_object('description', ops.about_field(f)) AS about,
			CASE WHEN n.never_null THEN v.schema ELSE ops.or_null(v.schema) END AS row_schema,
			-- A number may be missing, in which case it has its default, but it must not be null.
			CASE WHEN n.never_null AND (f.default_value IS NULL OR f.type IN ('bigint', 'smallint', 'numeric')) THEN v.schema
				ELSE ops.or_null(v.schema) END AS body_schema,
			ops.sorts_by(f) AS sorts
		  FROM ops.field f
		 CROSS JOIN LATERAL ops.value_schema(f) v (schema)
		 CROSS JOIN LATERAL (SELECT f.name = 'id' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = written_table
			AND a.attname = f.name AND a.attnotnull AND NOT a.attisdropped)) n (never_null)
		 WHERE f.resource = r.name AND f.type IS NOT NULL) x;
	SELECT array_agg(m.member ORDER BY f.place, m.place), array_agg(m.schema ORDER BY f.place, m.place) INTO filters, conditions
	  FROM ops.field f CROSS JOIN LATERAL ops.filter_members(f, log) WITH ORDINALITY m (member, schema, place)
	 WHERE f.resource = r.name AND f.type IS NOT NULL;
	IF r.description ? 'search' THEN
		filters := filters || 'q'::text;
		conditions := conditions || '{"type": "string", "description": "Words that the row has, in any order."}'::jsonb;
	END IF;
	SELECT filters || coalesce(array_agg(x.member), '{}'), conditions || coalesce(array_agg(x.schema), '{}') INTO filters, conditions
	  FROM ops.relation_members(r) x WHERE NOT log;
	IF NOT log THEN
		filters := filters || '@not'::text;
		conditions := conditions || jsonb_build_object('$ref', format('#/components/schemas/%s.filter', r.name),
			'description', 'Rows that do not match these.');
	END IF;
	FOREACH shown IN ARRAY CASE WHEN log THEN ARRAY['@and'] ELSE ARRAY['@or', '@and'] END LOOP
		filters := filters || shown;
		conditions := conditions || jsonb_build_object('description', CASE shown WHEN '@or' THEN 'Rows that meet one of these conditions.'
				ELSE 'Rows that meet all of these conditions.' END, 'oneOf', jsonb_build_array(
			jsonb_build_object('$ref', format('#/components/schemas/%s.filter', r.name)),
			jsonb_build_object('type', 'array', 'items', jsonb_build_object('$ref', format('#/components/schemas/%s.filter', r.name)))));
	END LOOP;
	IF ops.identified_table(r) IS NOT NULL THEN
		external := '{external_ids}';
		schemas := schemas || '{"$ref": "#/components/schemas/ExternalIds", "description": "Its IDs in other systems, with embed."}'::jsonb;
		bodies := bodies || '{"$ref": "#/components/schemas/ExternalIds", "description": "Its IDs in other systems; null removes those of a source."}'::jsonb;
	END IF;
	RETURN format('%s:%s', to_json(r.name), ops.object_schema(names || external, schemas, names))
		|| CASE WHEN written IS NULL OR NOT coalesce(r.description->'actions',
				CASE WHEN r.description ? 'table' THEN '["create"]'::jsonb END, '[]') ?| '{create,update}' THEN '' ELSE format(',%s:%s', to_json(r.name || '.input'), ops.object_schema(written || external, bodies, '{}')) END
		|| format(',%s:%s', to_json(r.name || '.filter'), ops.object_schema(filters, conditions, '{}',
			'Rows that meet all conditions. FIELD alone means equal. FIELD@gt, @gte, @lt, @lte and @neq compare, @in names several '
			'values, @like and @ilike match a pattern with %, @is tests for null, and @cs, @cd and @ov compare lists.'
			|| CASE WHEN ops.identified_table(r) IS NULL THEN '' ELSE ' external_ids.SOURCE is the ID in another system.' END
			|| CASE WHEN 'metadata' = ANY (names) AND NOT log THEN ' metadata.KEY is a value of metadata.' ELSE '' END))
		|| format(',%s:%s', to_json(r.name || '.sort'), jsonb_build_object('type', 'array', 'minItems', 2, 'maxItems', 2,
			'prefixItems', jsonb_build_array(jsonb_build_object('enum', coalesce(sorted, '{id}') || ops.related_sorts(r)), '{"enum": ["ASC", "DESC"]}'::jsonb)))
		|| format(',%s:%s', to_json(r.name || '.fields'), jsonb_build_object('type', 'array', 'items', jsonb_build_object('enum', names)))
		|| CASE WHEN r.feed THEN format(',%s:%s', to_json(r.name || '.event'), ops.event_schema(r.name)) ELSE '' END;
END $$;

-- Returns the schema of the payload of a webhook about a resource.
CREATE OR REPLACE FUNCTION ops.event_schema(resource text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT ops.object_schema(ARRAY['id', 'type', 'created_at', 'organization', 'seq', 'by', 'api_key_id', 'client', 'previous', 'data'], ARRAY[
		'{"type": "string", "description": "The same in each attempt."}',
		jsonb_build_object('enum', ARRAY[resource || '.create', resource || '.update', resource || '.delete'], 'description', 'What has happened.'),
		'{"type": "string", "format": "date-time", "description": "When it happened."}',
		'{"type": "string", "description": "The ID of the organization."}',
		'{"type": ["integer", "null"], "format": "int64", "description": "Its place in the feed of the organization, see GET /api/changes."}',
		'{"type": ["string", "null"], "description": "The ID of the user who did it."}',
		'{"type": "string", "description": "The ID of the API key that was used; missing if none was."}',
		'{"type": "string", "description": "The tag of the client, from its header X-Client; missing if it had none."}',
		'{"type": "object", "additionalProperties": {}, "description": "The previous values of the members that an update has changed; missing for other changes."}',
		jsonb_build_object('description', 'The row as it is when the payload is sent; only its id if it no longer exists.', 'oneOf', jsonb_build_array(
			jsonb_build_object('$ref', '#/components/schemas/' || resource),
			'{"type": "object", "properties": {"id": {"type": "integer", "format": "int64", "description": "The ID of the row."},
				"external_ids": {"$ref": "#/components/schemas/ExternalIds", "description": "Its IDs in other systems, if it had any."}},
				"required": ["id"]}'::jsonb))],
		ARRAY['id', 'type', 'created_at', 'organization', 'seq', 'by', 'data'])
$$;

-- Returns a text that changes when a schema changes.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.schemas_version() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT md5(ops.named_schemas()::text || string_agg(r.schemas_hash, '' ORDER BY r.name)) FROM ops.resource r
$$;

-- Returns the schemas of a resource with the fields that an organization defines: {"schema", "filters", "sorts"}, see
-- crm.described_custom().
CREATE OR REPLACE FUNCTION ops.with_custom_schema(schemas text, of_resource text, custom jsonb) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN custom IS NULL THEN schemas ELSE replace(replace(regexp_replace(schemas,
			'"custom":\{"oneOf": \[\{"\$ref": "#/components/schemas/Object"\}, \{"type": "null"\}\], "description": "[^"]*"\}',
			'"custom":' || replace((custom->'schema')::text, '\', '\\'), 'g'),
		b.filter, b.filter || coalesce((SELECT string_agg(format('%s:%s,', to_json(f.key), f.value), '') FROM jsonb_each(custom->'filters') f), '')),
		b.sort, b.sort || coalesce((SELECT string_agg(x.name::text || ', ', '') FROM jsonb_array_elements(custom->'sorts') x (name)), '')) END
	  FROM (SELECT format('"%s.filter":{"type":"object","properties":{', of_resource),
		format('"%s.sort":{"type": "array", "maxItems": 2, "minItems": 2, "prefixItems": [{"enum": [', of_resource)) b (filter, sort)
$$;

-- Replaces the filters of resources that are not in "names" with objects that allow any members. Replaces nothing if
-- "names" is null.
CREATE OR REPLACE FUNCTION ops.open_filters(schemas text, names text[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN names IS NULL THEN schemas ELSE regexp_replace(schemas, format('"\$ref": "#/components/schemas/(?!(%s)[.])[a-z0-9_]+[.]filter"',
		array_to_string(names, '|')), '"type": "object", "additionalProperties": {}', 'g') END
$$;

-- Returns the members of components.schemas for the listed resources, or for all. hidden is a list of modules,
-- separated by spaces, and custom is the result of crm.described_custom().
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.api_schemas(hidden text, names text[], custom text, OUT schemas text, OUT webhooks text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	WITH described AS (
		SELECT r.name, ops.with_custom_schema(r.schemas, r.name, c.custom->'resources'->ops.customized(r)) AS schemas, r.feed, r.description
		  FROM ops.resource r CROSS JOIN (SELECT api_schemas.custom::jsonb) c (custom) WHERE r.schemas IS NOT NULL
		UNION ALL
		-- The rows of a custom object have the schema of all custom objects.
		SELECT o.key, ops.with_custom_schema(replace(replace(r.schemas, '"records', '"' || o.key), 'schemas/records', 'schemas/' || o.key), o.key, o.value),
			false, r.description
		  FROM ops.resource r CROSS JOIN jsonb_each(api_schemas.custom::jsonb->'resources') o WHERE r.name = 'records' AND starts_with(o.key, 'custom_'))
	SELECT concat_ws(',', (SELECT string_agg(format('%s:%s', to_json(n.key), coalesce((api_schemas.custom::jsonb->'choices'->n.key)::json, n.value)), ',')
			FROM json_each(ops.named_schemas()) n), ops.open_filters(string_agg(r.schemas, ',' ORDER BY r.name), names)),
		string_agg(w.event, ',' ORDER BY r.name, w.place)
	  FROM described r LEFT JOIN LATERAL (SELECT string_agg(format('%s:{"post":{"operationId":%s,"tags":[%s],"summary":%s,"security":[],'
			'"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/%s.event"}}}},'
			'"responses":{"2XX":{"description":"Received"}}}}', to_json(r.name || '.' || v.verb), to_json('on_' || r.name || '_' || v.verb),
			to_json(r.name), to_json(v.about), r.name), ',' ORDER BY v.place), 1
		  FROM (VALUES ('create', 'A row is created', 1), ('update', 'A row is changed', 2), ('delete', 'A row is deleted', 3)) v (verb, about, place)
		 WHERE r.feed) w (event, place) ON true
	 WHERE (names IS NULL OR r.name = ANY (names))
	   AND (hidden IS NULL OR r.description->>'module' IS NULL OR position(format(' %s ', r.description->>'module') IN hidden) = 0)
$$;
