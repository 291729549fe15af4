-- Automation rules. A rule runs when rows are written, in the transaction of the write, with all permissions in the
-- organization. Names of fields come from a fixed list and values are parameters, so no SQL text is built from user
-- input.

-- Returns whether rules may use a field for a purpose: "compare" in a condition, "set" by an action, or "quote" in a
-- text as {{field}}.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_allows(resource text, field text, use text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((ops.field(resource, field)).description->'rules' ? use, false);
END $$;

-- Returns the value of a field of a row.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_said(said jsonb, field text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN starts_with(field, 'custom.') THEN said #> string_to_array(field, '.') ELSE said->field END
$$;

-- Returns the patch that sets a custom field, or a member of an address, as in custom.site.city.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_patch(field text, value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE array_length(p, 1) WHEN 2 THEN jsonb_build_object(p[2], value) ELSE jsonb_build_object(p[2], jsonb_build_object(p[3], value)) END
	  FROM string_to_array(field, '.') p
$$;

-- Returns the type by which conditions compare a field, or null if conditions cannot use the field.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_field(resource text, field text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	f ops.field := ops.field(resource, field);
BEGIN
	RETURN CASE WHEN f.description->'rules' ? 'compare' THEN CASE f.type WHEN 'timestamptz' THEN 'time'
		WHEN 'bigint[]' THEN 'numbers' WHEN 'bigint' THEN 'number' WHEN 'smallint' THEN 'number' WHEN 'numeric' THEN 'decimal' ELSE f.type END END;
END $$;

-- Returns the resource of a trigger, or null for an unknown trigger.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_resource(trigger_type text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
	WHEN trigger_type IN ('contact.created', 'contact.updated', 'contact.status_changed',
		'contact.tag_added', 'contact.idle') THEN 'contacts'
	WHEN trigger_type IN ('deal.created', 'deal.updated', 'deal.stage_changed',
		'deal.amount_above', 'deal.stale') THEN 'deals'
	WHEN trigger_type IN ('appointment.created', 'appointment.confirmed',
		'appointment.canceled', 'appointment.ended') THEN 'appointments'
	WHEN trigger_type ~ '^custom_[a-z][a-z0-9_]*\.(created|updated)$' THEN split_part(trigger_type, '.', 1) END
$$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_value_fits(type text, value jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN CASE type
	WHEN 'text' THEN jsonb_typeof(value) = 'string' AND char_length(value #>> '{}') <= 500
	WHEN 'boolean' THEN jsonb_typeof(value) = 'boolean'
	WHEN 'number' THEN jsonb_typeof(value) = 'number' AND value #>> '{}' ~ '^-?[0-9]{1,16}$'
	WHEN 'decimal' THEN jsonb_typeof(value) = 'number' AND value #>> '{}' ~ '^-?[0-9]{1,16}([.][0-9]{1,10})?$'
	WHEN 'numbers' THEN jsonb_typeof(value) = 'array'
		AND NOT jsonb_path_exists(value, '$[*] ? (@.type() != "number" || @ != @.floor())')
	WHEN 'date' THEN jsonb_typeof(value) = 'string'
		AND value #>> '{}' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
		AND (value #>> '{}')::date IS NOT NULL
	WHEN 'time' THEN jsonb_typeof(value) = 'string'
		AND value #>> '{}' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{5,15}(Z|[+-][0-9:]{2,6}))?$'
		AND (value #>> '{}')::timestamptz IS NOT NULL
	ELSE false END;
EXCEPTION WHEN data_exception THEN
	RETURN false;
END $$;

-- Returns the form of the values that crm.automation_value_fits() accepts.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_value_form(type text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE type WHEN 'text' THEN 'text of at most 500 characters' WHEN 'boolean' THEN 'true or false' WHEN 'number' THEN 'a whole number'
		WHEN 'decimal' THEN 'a number' WHEN 'numbers' THEN 'a list of whole numbers' WHEN 'date' THEN 'a date such as 2030-01-31'
		ELSE 'a time such as 2030-01-31T09:00:00Z' END
$$;

-- Checks a condition: {field, op, value} or {field, op, value, row: "old"}. Like the functions below, it notes faults.
-- crm.check_automation_rule() raises them.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.note_condition_fault(n bigint, resource text, c jsonb) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	type text := crm.automation_field(resource, c->>'field');
	op text := c->>'op';
	fault text[];	-- the code of the refusal, and its arguments without the path
BEGIN
	fault := CASE
	WHEN jsonb_typeof(c) IS DISTINCT FROM 'object' THEN '{condition_not_an_object}'::text[]
	WHEN c - '{field,op,value,row}'::text[] <> '{}' THEN
		'{condition_members}'
	WHEN jsonb_typeof(c->'field') IS DISTINCT FROM 'string' OR type IS NULL THEN
		ARRAY['condition_field', resource]
	WHEN c ? 'row' AND (c->'row' NOT IN ('"old"', '"new"')) THEN '{condition_row}'
	WHEN jsonb_typeof(c->'op') IS DISTINCT FROM 'string' OR op NOT IN ('eq', 'neq', 'gt', 'gte',
		'lt', 'lte', 'contains', 'in', 'is_null', 'not_null', 'changed') THEN
		'{condition_op}'
	WHEN op IN ('is_null', 'not_null', 'changed') THEN
		CASE WHEN c ? 'value' THEN ARRAY['condition_without_value', op] END
	WHEN op IN ('gt', 'gte', 'lt', 'lte') AND type NOT IN ('number', 'decimal', 'date', 'time') THEN
		ARRAY['condition_order', c->>'field']
	WHEN op = 'contains' AND type NOT IN ('text', 'numbers') THEN
		ARRAY['condition_contains', c->>'field']
	WHEN type = 'numbers' AND op <> 'contains' THEN
		ARRAY['condition_by_contains', c->>'field']
	WHEN op = 'in' THEN CASE
		WHEN jsonb_typeof(c->'value') IS DISTINCT FROM 'array'
			OR jsonb_array_length(c->'value') NOT BETWEEN 1 AND 50
			OR EXISTS (SELECT FROM jsonb_array_elements(c->'value') v
				WHERE NOT crm.automation_value_fits(type, v)) THEN
			ARRAY['condition_values', CASE type WHEN 'decimal' THEN 'number' ELSE type END] END
	WHEN NOT coalesce(crm.automation_value_fits(
		CASE type WHEN 'numbers' THEN 'number' ELSE type END, c->'value'), false) THEN
		ARRAY['condition_value', CASE WHEN type IN ('numbers', 'decimal') THEN 'number' ELSE type END]
	END;
	IF fault IS NOT NULL THEN
		PERFORM ops.fault(fault[1], 'trigger_config.conditions.' || n - 1, VARIADIC ('condition ' || n) || fault[2:]);
	END IF;
END $$;

-- Checks that a document has known members of the right type, and all required ones. Returns the members without faults.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.valid_automation_members(document text, value jsonb, types jsonb, needed text[]) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	name text;
	member jsonb;
	valid jsonb := value;
BEGIN
	IF jsonb_typeof(value) IS DISTINCT FROM 'object' THEN
		PERFORM ops.fault('not_an_object', document);
		RETURN '{}';
	ELSIF octet_length(value::text) > 8192 THEN
		PERFORM ops.fault('rule_too_large', document);
		RETURN '{}';
	END IF;
	FOR name, member IN SELECT m.key, m.value FROM jsonb_each(value) m LOOP
		IF NOT types ? name THEN
			PERFORM ops.fault('unknown_property', format('%s.%s', document, left(name, 50)), crm.nearest_list(name, ARRAY(SELECT jsonb_object_keys(types))));
			valid := valid - name;
		ELSIF types->>name <> 'any' AND jsonb_typeof(member) <> types->>name THEN
			PERFORM ops.fault('rule_member_type', format('%s.%s', document, name), types->>name);
			valid := valid - name;
		END IF;
	END LOOP;
	FOREACH name IN ARRAY needed LOOP
		IF NOT value ? name THEN
			PERFORM ops.fault('required', format('%s.%s', document, name));
		END IF;
	END LOOP;
	RETURN valid;
END $$;

-- Checks that the row named by a member exists in this organization.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.note_target_fault(org uuid, document text, name text, value jsonb)
RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	stages jsonb;
	there boolean;
BEGIN
	IF name IN ('tag_id', 'sales_id') AND NOT crm.automation_value_fits('number', value) THEN
		there := false;
	ELSIF name = 'tag_id' THEN
		there := EXISTS (SELECT FROM crm.tags t WHERE t.org_id = org
			AND t.id = (value #>> '{}')::bigint);
	ELSIF name = 'sales_id' THEN
		there := EXISTS (SELECT FROM crm.sales s WHERE s.org_id = org
			AND s.id = (value #>> '{}')::bigint AND NOT s.disabled);
	ELSE
		stages := crm.configured_list(coalesce((SELECT c.config FROM crm.configuration c
			WHERE c.org_id = org), '{}'), 'dealStages');
		there := stages @> jsonb_build_array(jsonb_build_object('value', value));
	END IF;
	IF NOT there THEN
		PERFORM ops.fault(CASE name WHEN 'tag_id' THEN 'rule_tag' WHEN 'sales_id' THEN 'rule_user' ELSE 'stage_unknown' END,
			format('%s.%s', document, name));
	END IF;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.note_trigger_faults(rule crm.automation_rules) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	resource text := crm.automation_resource(rule.trigger_type);
	config jsonb;
	name text;
BEGIN
	IF resource IS NULL OR ops.described_as(resource) = 'records' AND crm.object_of(rule.org_id, resource) IS NULL
	    AND NOT ops.mode('restoring') THEN
		PERFORM ops.fault('rule_trigger', 'trigger_type');
		RETURN;
	END IF;
	config := crm.valid_automation_members('trigger_config', rule.trigger_config,
		CASE rule.trigger_type
		WHEN 'contact.status_changed' THEN '{"from": "string", "to": "string"}'::jsonb
		WHEN 'deal.stage_changed' THEN '{"from": "string", "to": "string"}'
		WHEN 'contact.tag_added' THEN '{"tag_id": "number"}'
		WHEN 'deal.amount_above' THEN '{"amount": "number"}'
		WHEN 'contact.idle' THEN '{"days": "number"}'
		WHEN 'deal.stale' THEN '{"days": "number"}'
		WHEN 'appointment.ended' THEN '{"days": "number"}'
		ELSE '{}' END || '{"conditions": "array"}',
		CASE WHEN rule.trigger_type = 'deal.amount_above' THEN '{amount}'::text[]
			WHEN crm.automation_waits(rule.trigger_type) THEN '{days}' ELSE '{}' END);
	IF config ? 'amount' AND NOT crm.automation_value_fits('decimal', config->'amount') THEN
		PERFORM ops.fault('value_number', 'trigger_config.amount');
	END IF;
	IF config ? 'days' AND NOT coalesce(config->>'days' ~ '^[0-9]{1,3}$' AND (config->>'days')::integer BETWEEN 1 AND 365, false) THEN
		PERFORM ops.fault('rule_days', 'trigger_config.days');
	END IF;
	FOREACH name IN ARRAY CASE rule.trigger_type
	    WHEN 'deal.stage_changed' THEN '{from,to}'::text[]
	    WHEN 'contact.tag_added' THEN '{tag_id}' ELSE '{}' END LOOP
		IF config ? name THEN
			PERFORM crm.note_target_fault(rule.org_id, 'trigger_config', name, config->name);
		END IF;
	END LOOP;
	IF jsonb_array_length(config->'conditions') > 20 THEN
		PERFORM ops.fault('rule_conditions', 'trigger_config.conditions');
	ELSE
		PERFORM crm.note_condition_fault(c.n, resource, c.value)
		   FROM jsonb_array_elements(config->'conditions') WITH ORDINALITY c (value, n);
	END IF;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.note_text_faults(resource text, member text, t text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	quoted text;
BEGIN
	IF t !~ '\S' OR char_length(t) > 2000 THEN
		PERFORM ops.fault('rule_text', 'action_config.' || member);
	END IF;
	FOR quoted IN SELECT m[1] FROM regexp_matches(t, '\{\{(.*?)\}\}', 'g') m LOOP
		IF NOT crm.automation_allows(resource, quoted, 'quote') THEN
			PERFORM ops.fault('rule_quote', 'action_config.' || member, format('{{%s}}', left(quoted, 50)));
		END IF;
	END LOOP;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.note_field_fault(resource text, field text, value jsonb)
RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT crm.automation_allows(resource, field, 'set') THEN
		PERFORM ops.fault('rule_field', 'action_config.field', resource);
	ELSIF value = 'null' AND field IN ('name', 'amount') THEN
		PERFORM ops.fault('required', 'action_config.value');
	ELSIF value = '""' AND field = 'name' THEN
		PERFORM ops.fault('empty_text', 'action_config.value');
	ELSIF value <> 'null' AND NOT crm.automation_value_fits(crm.automation_field(resource, field), value) THEN
		PERFORM ops.fault('rule_value', 'action_config.value', crm.automation_value_form(crm.automation_field(resource, field)));
	END IF;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.note_action_faults(rule crm.automation_rules) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	resource text := crm.automation_resource(rule.trigger_type);
	config jsonb := rule.action_config;
	name text;
BEGIN
	IF rule.action_type IS NULL OR rule.action_type NOT IN ('set_field', 'assign_owner',
	    'create_task', 'create_note', 'add_tag', 'remove_tag', 'move_to_stage', 'send_email')
	    OR rule.action_type IN ('set_field', 'assign_owner') AND resource = 'appointments'
	    OR rule.action_type IN ('add_tag', 'remove_tag') AND resource <> 'contacts'
	    OR rule.action_type IN ('create_task', 'create_note') AND ops.described_as(resource) = 'records'
	    OR rule.action_type = 'move_to_stage' AND resource <> 'deals' THEN
		PERFORM ops.fault('rule_action', 'action_type');
		RETURN;
	END IF;
	config := crm.valid_automation_members('action_config', config, CASE rule.action_type
		WHEN 'set_field' THEN '{"field": "string", "value": "any"}'::jsonb
		WHEN 'assign_owner' THEN '{"sales_id": "number"}'
		WHEN 'create_task' THEN '{"text": "string", "type": "string", "due_in_days": "number",
			"sales_id": "number"}'
		WHEN 'create_note' THEN '{"text": "string"}'
		WHEN 'move_to_stage' THEN '{"stage": "string"}'
		WHEN 'send_email' THEN '{"to": "string", "template": "string", "subject": "string",
			"text": "string", "language": "string"}'
		ELSE '{"tag_id": "number"}' END, CASE rule.action_type
		WHEN 'set_field' THEN '{field,value}'::text[]
		WHEN 'assign_owner' THEN '{sales_id}'
		WHEN 'create_task' THEN '{text,due_in_days}'
		WHEN 'create_note' THEN '{text}'
		WHEN 'move_to_stage' THEN '{stage}'
		WHEN 'send_email' THEN CASE WHEN config ? 'template' THEN '{}'::text[] ELSE '{subject,text}' END
		ELSE '{tag_id}' END);
	IF resource IS NULL THEN	-- a fault of the trigger
		RETURN;
	ELSIF rule.action_type = 'send_email' THEN
		PERFORM crm.note_mail_faults(resource, config);
	ELSIF rule.action_type = 'set_field' AND config ?& '{field,value}' THEN
		PERFORM crm.note_field_fault(resource, config->>'field', config->'value');
	END IF;
	IF config ? 'text' THEN
		PERFORM crm.note_text_faults(resource, 'text', config->>'text');
	END IF;
	IF char_length(config->>'type') > 500 THEN
		PERFORM ops.fault('rule_task_type', 'action_config.type');
	END IF;
	IF config ? 'due_in_days' AND config->>'due_in_days' !~ '^[0-9]{1,3}$' THEN
		PERFORM ops.fault('rule_due_in_days', 'action_config.due_in_days');
	END IF;
	FOREACH name IN ARRAY '{tag_id,sales_id,stage}'::text[] LOOP
		IF config ? name THEN
			PERFORM crm.note_target_fault(rule.org_id, 'action_config', name, config->name);
		END IF;
	END LOOP;
END $$;

-- Refuses a rule with all of its faults.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_automation_rule(rule crm.automation_rules) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	PERFORM crm.note_trigger_faults(rule), crm.note_action_faults(rule), ops.refuse_faults();
END $$;

-- Returns the configuration of a trigger or an action with stages as the organization spells them.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.spelled_rule(config jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN config::text LIKE '%in-nego%' AND jsonb_typeof(config) = 'object' THEN config
		|| (SELECT coalesce(jsonb_object_agg(m.key, crm.spelled_stage(m.value #>> '{}')), '{}') FROM jsonb_each(config) m
			WHERE m.key IN ('from', 'to', 'stage') AND jsonb_typeof(m.value) = 'string')
		|| CASE WHEN jsonb_typeof(config->'conditions') = 'array' THEN jsonb_build_object('conditions',
			(SELECT coalesce(jsonb_agg(CASE WHEN c.value->>'field' = 'stage' AND jsonb_typeof(c.value->'value') = 'string'
				THEN c.value || jsonb_build_object('value', crm.spelled_stage(c.value->>'value'))
				WHEN c.value->>'field' = 'stage' AND jsonb_typeof(c.value->'value') = 'array'
				THEN c.value || jsonb_build_object('value', crm.spelled_stages(ARRAY(SELECT jsonb_array_elements_text(c.value->'value'))))
				ELSE c.value END ORDER BY c.n), '[]')
			  FROM jsonb_array_elements(config->'conditions') WITH ORDINALITY c (value, n))) ELSE '{}' END
		ELSE config END
$$;

-- Checks a rule when it is stored, because every matching write evaluates it later.
CREATE OR REPLACE FUNCTION crm.complete_automation_rule() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.trigger_config := crm.spelled_rule(NEW.trigger_config);
	NEW.action_config := crm.spelled_rule(NEW.action_config);
	PERFORM crm.check_automation_rule(NEW);
	IF TG_OP = 'UPDATE' THEN
		NEW.updated_at := now();
	ELSIF NOT ops.mode('restoring') THEN
		NEW.sales_id := coalesce(NEW.sales_id, crm.own_sales_id(NEW.org_id));
	END IF;
	IF NEW.enabled AND (TG_OP = 'INSERT' OR NOT OLD.enabled) THEN
		PERFORM pg_advisory_xact_lock(hashtextextended('automation ' || NEW.org_id, 0));
		IF (SELECT count(*) FROM crm.automation_rules r
		    WHERE r.org_id = NEW.org_id AND r.enabled) >= 100 THEN
			PERFORM ops.refuse('too_many_rules', 'enabled');
		END IF;
	END IF;
	RETURN NEW;
END $$;

-- Returns the events of a write. A change of last_seen, a downloaded picture, and a move of a card within its column
-- do not count as an update.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_events(resource text, old jsonb, new jsonb) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT CASE ops.described_as(resource)
	WHEN 'records' THEN array_remove(ARRAY[
		CASE WHEN old IS NULL THEN resource || '.created' END,
		CASE WHEN old - 'updated_at' <> new - 'updated_at' THEN resource || '.updated' END], NULL)
	WHEN 'contacts' THEN array_remove(ARRAY[
		CASE WHEN old IS NULL THEN 'contact.created' END,
		CASE WHEN old - '{last_seen,avatar,updated_at}'::text[] <> new - '{last_seen,avatar,updated_at}'::text[]
			THEN 'contact.updated' END,
		CASE WHEN old->'status' <> new->'status' THEN 'contact.status_changed' END,
		CASE WHEN NOT coalesce(old->'tags', '[]') @> (new->'tags')
			THEN 'contact.tag_added' END], NULL)
	WHEN 'appointments' THEN array_remove(ARRAY[
		CASE WHEN old IS NULL THEN 'appointment.created' END,
		CASE WHEN new->>'status' = 'confirmed' AND old->'status' IS DISTINCT FROM new->'status'
			THEN 'appointment.confirmed' END,
		CASE WHEN new->>'status' = 'canceled' AND old->'status' IS DISTINCT FROM new->'status'
			THEN 'appointment.canceled' END], NULL)
	ELSE array_remove(ARRAY[
		CASE WHEN old IS NULL THEN 'deal.created' END,
		CASE WHEN old - '{index,updated_at}'::text[] <> new - '{index,updated_at}'::text[]
			THEN 'deal.updated' END,
		CASE WHEN old->'stage' <> new->'stage' THEN 'deal.stage_changed' END,
		CASE WHEN old IS NULL OR old->'amount' < new->'amount'
			THEN 'deal.amount_above' END], NULL)
	END
$$;

-- Returns whether the event triggers the rule.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_awaits(rule crm.automation_rules, old jsonb, new jsonb)
RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT coalesce(CASE rule.trigger_type
	WHEN 'contact.status_changed' THEN
		coalesce(old->'status' = rule.trigger_config->'from', true)
		AND coalesce(new->'status' = rule.trigger_config->'to', true)
	WHEN 'deal.stage_changed' THEN
		coalesce(old->'stage' = rule.trigger_config->'from', true)
		AND coalesce(new->'stage' = rule.trigger_config->'to', true)
	WHEN 'contact.tag_added' THEN NOT rule.trigger_config ? 'tag_id'
		OR new->'tags' @> (rule.trigger_config->'tag_id')
		AND NOT coalesce(old->'tags', '[]') @> (rule.trigger_config->'tag_id')
	WHEN 'deal.amount_above' THEN new->'amount' > rule.trigger_config->'amount'
		AND coalesce(old->'amount' <= rule.trigger_config->'amount', true)
	ELSE true END, false)
$$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_holds(resource text, c jsonb, old jsonb, new jsonb)
RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	field text := c->>'field';
	op text := c->>'op';
	type text := crm.automation_field(resource, field);
	have jsonb := nullif(crm.automation_said(CASE c->>'row' WHEN 'old' THEN old ELSE new END, field), 'null');
	want jsonb := c->'value';
BEGIN
	IF op = 'changed' THEN
		RETURN old IS NOT NULL AND coalesce(crm.automation_said(old, field), 'null') <> coalesce(crm.automation_said(new, field), 'null');
	ELSIF op IN ('is_null', 'not_null') THEN
		RETURN (have IS NULL) = (op = 'is_null');
	ELSIF have IS NULL THEN
		RETURN op = 'neq';
	ELSIF op = 'contains' THEN
		RETURN CASE type WHEN 'numbers' THEN have @> want
			ELSE strpos(lower(have #>> '{}'), lower(want #>> '{}')) > 0 END;
	END IF;
	IF type = 'time' THEN
		have := to_jsonb(extract(epoch FROM (have #>> '{}')::timestamptz));
		want := CASE op WHEN 'in' THEN (SELECT jsonb_agg(extract(epoch FROM v::timestamptz))
				FROM jsonb_array_elements_text(want) v)
			ELSE to_jsonb(extract(epoch FROM (want #>> '{}')::timestamptz)) END;
	END IF;
	RETURN CASE op WHEN 'eq' THEN have = want WHEN 'neq' THEN have <> want
		WHEN 'gt' THEN have > want WHEN 'gte' THEN have >= want
		WHEN 'lt' THEN have < want WHEN 'lte' THEN have <= want
		WHEN 'in' THEN want @> have ELSE false END;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_matches(rule crm.automation_rules, resource text, old jsonb,
	new jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT crm.automation_awaits(rule, old, new) AND NOT EXISTS (
		SELECT FROM jsonb_array_elements(rule.trigger_config->'conditions') c
		 WHERE NOT crm.automation_holds(resource, c, old, new))
$$;

-- Replaces the {{field}} placeholders of a text, from left to right; replaced text is not scanned again.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_text(t text, new jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	rest text := t;
	quoted text;
	said text := '';
	at integer;
BEGIN
	LOOP
		quoted := substring(rest FROM '\{\{(.*?)\}\}');
		EXIT WHEN quoted IS NULL;
		at := strpos(rest, '{{' || quoted || '}}');
		said := said || left(rest, at - 1) || coalesce(crm.automation_said(new, quoted) #>> '{}', '');
		rest := substr(rest, at + char_length(quoted) + 4);
	END LOOP;
	RETURN said || rest;
END $$;

-- Returns the effect of a rule on a row as JSON. A dry run shows it, and a run applies and logs it.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_effect(rule crm.automation_rules, resource text, new jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	config jsonb := rule.action_config;
	effect jsonb := jsonb_build_object('action', rule.action_type);
	contact bigint := CASE resource WHEN 'contacts' THEN (new->>'id')::bigint
		WHEN 'appointments' THEN (new->>'contact_id')::bigint END;
	name text;
BEGIN
	-- Tags, users and stages may have been removed since the rule was written.
	FOREACH name IN ARRAY '{tag_id,sales_id,stage}'::text[] LOOP
		IF config ? name AND rule.action_type <> 'remove_tag' THEN
			PERFORM crm.note_target_fault(rule.org_id, 'action_config', name, config->name), ops.refuse_faults();
		END IF;
	END LOOP;
	IF rule.action_type IN ('create_task', 'send_email') AND resource = 'deals' THEN
		-- The first of the deal's contacts that still exists.
		SELECT c.id INTO contact
		  FROM jsonb_array_elements_text(new->'contact_ids') WITH ORDINALITY AS x (v, n)
		  JOIN crm.contacts c ON c.org_id = rule.org_id AND c.id = x.v::bigint
		 ORDER BY x.n LIMIT 1;
	END IF;
	IF contact IS NULL AND (rule.action_type = 'create_task' OR resource = 'appointments'
		AND rule.action_type = 'create_note' OR rule.action_type = 'send_email'
		AND config->>'to' IS DISTINCT FROM 'owner') THEN
		PERFORM ops.refuse(CASE resource WHEN 'deals' THEN 'deal_without_contact' ELSE 'appointment_without_contact' END);
	END IF;
	IF config ? 'subject' THEN
		config := jsonb_set(config, '{subject}',
			to_jsonb(crm.automation_text(config->>'subject', new)));
	END IF;
	IF config ? 'text' THEN
		config := jsonb_set(config, '{text}', to_jsonb(crm.automation_text(config->>'text', new)));
	END IF;
	IF rule.action_type = 'create_task' THEN
		RETURN effect || (config - 'due_in_days') || jsonb_build_object('contact_id', contact,
			'due_date', now() + make_interval(days => (config->>'due_in_days')::integer));
	END IF;
	IF rule.action_type = 'send_email' THEN
		RETURN effect || config || crm.automation_recipient(rule.org_id, config->>'to', contact,
			(new->>'sales_id')::bigint) || CASE WHEN config ? 'template' THEN
			jsonb_build_object('title', new->'title', 'moment', replace(left(new->>'starts_local',
				16), 'T', ' '), 'zone', new->'time_zone', 'place',
				coalesce(new->>'location', new->>'resource', '-')) ELSE '{}' END;
	ELSIF resource = 'appointments' THEN
		RETURN effect || config || jsonb_build_object('contact_id', contact);
	END IF;
	RETURN effect || config;
END $$;

-- Sets a field in several rows. Returns the IDs of the rows that had a different value.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.change_by_rule(org uuid, resource text, ids bigint[], field text, value text) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
	changed bigint[];
BEGIN
	IF starts_with(field, 'custom.') THEN
		EXECUTE format('WITH changed AS (UPDATE crm.%1$I r SET custom = crm.merge_patch(r.custom, crm.automation_patch($3, $4::jsonb)) '
			'WHERE r.org_id = $1 AND r.id = ANY ($2) AND nullif(jsonb_build_object(''custom'', r.custom) #> string_to_array($3, ''.''), ''null'') IS DISTINCT FROM nullif($4::jsonb, ''null'') '
			'RETURNING r.id) SELECT array_agg(c.id) FROM changed c', ops.described_as(resource)) INTO changed USING org, ids, field,
			CASE WHEN value IS NULL THEN 'null' WHEN (ops.field(resource, field)).type IN ('numeric', 'bigint', 'boolean') THEN value
				ELSE to_json(value)::text END;
		RETURN changed;
	END IF;
	EXECUTE format('WITH changed AS (UPDATE crm.%1$I r SET %2$I = $3::%3$s WHERE r.org_id = $1 AND r.id = ANY ($2) '
		'AND r.%2$I IS DISTINCT FROM $3::%3$s RETURNING r.id) SELECT array_agg(c.id) FROM changed c',
		ops.described_as(resource), field, (ops.field(resource, field)).type) INTO changed USING org, ids, value;
	RETURN changed;
END $$;

-- Applies the effects of one rule to rows. Returns the IDs of the changed rows.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.apply_automation(org uuid, resource text, ids bigint[], effects jsonb[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
	effect jsonb := effects[1];	-- contains the members that all effects share
	contacts bigint[] := CASE resource WHEN 'contacts' THEN ids ELSE ARRAY(SELECT (e->>'contact_id')::bigint FROM unnest(effects) e) END;
	tag bigint := effect->>'tag_id';
	changed bigint[] := ids;
BEGIN
	CASE effect->>'action'
	WHEN 'set_field' THEN
		changed := crm.change_by_rule(org, resource, ids, effect->>'field', effect->>'value');
	WHEN 'assign_owner' THEN
		changed := crm.change_by_rule(org, resource, ids, 'sales_id', effect->>'sales_id');
	WHEN 'move_to_stage' THEN
		changed := crm.change_by_rule(org, resource, ids, 'stage', effect->>'stage');
	WHEN 'create_task' THEN
		INSERT INTO crm.tasks (org_id, contact_id, type, text, due_date, sales_id)
		SELECT org, (e->>'contact_id')::bigint, e->>'type', e->>'text', (e->>'due_date')::timestamptz, (e->>'sales_id')::bigint
		  FROM unnest(effects) WITH ORDINALITY x (e, place) ORDER BY x.place;
	WHEN 'send_email' THEN
		PERFORM ops.mail_by_rule(e) FROM unnest(effects) WITH ORDINALITY x (e, place) ORDER BY x.place;
	WHEN 'add_tag' THEN
		WITH tagged AS (UPDATE crm.contacts c SET tags = c.tags || tag
			 WHERE c.org_id = org AND c.id = ANY (ids) AND tag <> ALL (c.tags) RETURNING c.id)
		SELECT array_agg(t.id) INTO changed FROM tagged t;
	WHEN 'remove_tag' THEN
		WITH untagged AS (UPDATE crm.contacts c SET tags = array_remove(c.tags, tag)
			 WHERE c.org_id = org AND c.id = ANY (ids) AND tag = ANY (c.tags) RETURNING c.id)
		SELECT array_agg(u.id) INTO changed FROM untagged u;
	WHEN 'create_note' THEN
		IF resource = 'deals' THEN
			INSERT INTO crm.deal_notes (org_id, deal_id, text)
			SELECT org, x.id, x.e->>'text' FROM unnest(ids, effects) WITH ORDINALITY x (id, e, place) ORDER BY x.place;
		ELSE
			INSERT INTO crm.contact_notes (org_id, contact_id, text)
			SELECT org, x.id, x.e->>'text' FROM unnest(contacts, effects) WITH ORDINALITY x (id, e, place) ORDER BY x.place;
		END IF;
	END CASE;
	RETURN coalesce(changed, '{}');
END $$;

-- Runs a rule for a row and records the run. Returns its outcome, or null if the rule does not match. A rule that
-- fails is rolled back and recorded, and the write continues. Writes by rules trigger further rules, at most five
-- levels deep and fifty runs per write, so rules that undo each other also terminate.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.run_automation_rule(rule crm.automation_rules, resource text, row_id bigint, old jsonb, new jsonb)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	depth integer := coalesce(nullif(current_setting('app.automation_depth', true), ''), '0');
	runs integer := coalesce(nullif(current_setting('app.automation_runs', true), ''), '0');
	result text;
	codes text;
	fault record;
	effect jsonb;
BEGIN
	SELECT NULL AS said, NULL AS code, NULL::jsonb AS arguments INTO fault;
	BEGIN
		IF NOT crm.automation_matches(rule, resource, old, new) THEN
			RETURN NULL;
		ELSIF depth >= 5 OR runs >= 50 THEN
			result := 'stopped';
			PERFORM ops.refuse(CASE WHEN depth >= 5 THEN 'rules_too_deep' ELSE 'too_many_runs' END);
		ELSE
			effect := crm.automation_effect(rule, resource, new);
			PERFORM set_config('app.automation_depth', (depth + 1)::text, true),
				set_config('app.automation_runs', (runs + 1)::text, true);
			result := CASE crm.apply_automation(rule.org_id, resource, ARRAY[row_id], ARRAY[effect])
				WHEN '{}' THEN 'unchanged' ELSE 'done' END;
			runs := current_setting('app.automation_runs');
		END IF;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS codes = PG_DATATYPE_NAME;
		fault := crm.coded_error(SQLSTATE, SQLERRM, codes);
		IF result IS NULL THEN
			result := 'failed';
			runs := runs + 1;
		END IF;
	END;
	PERFORM set_config('app.automation_depth', depth::text, true),
		set_config('app.automation_runs', runs::text, true);
	INSERT INTO crm.automation_runs (org_id, rule_id, resource, row_id, sales_id, depth, outcome, effect, error, code, arguments)
	VALUES (rule.org_id, rule.id, resource, row_id, crm.own_sales_id(rule.org_id), depth + 1, result, effect, fault.said, fault.code,
		fault.arguments);
	RETURN result;
END $$;

-- Runs all rules for a write. The rules run with all permissions in the organization, since its administrators
-- created them.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.run_automation_rules(org uuid, resource text, row_id bigint, old jsonb,
	new jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	events text[] := crm.automation_events(resource, old, new);
	rule crm.automation_rules;
	grants text := ops.begin_system();
BEGIN
	IF coalesce(nullif(current_setting('app.automation_depth', true), ''), '0') = '0' THEN
		PERFORM set_config('app.automation_runs', '0', true);
	END IF;
	FOR rule IN SELECT r.* FROM crm.automation_rules r
	    WHERE r.org_id = org AND r.enabled AND r.trigger_type = ANY (events)
	    ORDER BY r.id LOOP
		EXIT WHEN crm.run_automation_rule(rule, resource, row_id, old, new) = 'stopped';
	END LOOP;
	PERFORM ops.end_system(grants);
END $$;

-- Runs the rules for new contacts of an organization that one statement has inserted. Each rule runs once for all of
-- them or, if that fails, once for each contact.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.run_automation_rules_on_new_contacts(org uuid, contacts jsonb[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	rule crm.automation_rules;
	ids bigint[];
	effects jsonb[];
	changed bigint[];
	contact jsonb;
	grants text := ops.begin_system();
BEGIN
	FOR rule IN SELECT r.* FROM crm.automation_rules r
	    WHERE r.org_id = org AND r.enabled AND r.trigger_type IN ('contact.created', 'contact.tag_added') ORDER BY r.id LOOP
		BEGIN
			SELECT array_agg((m.new->>'id')::bigint ORDER BY m.place), array_agg(crm.automation_effect(rule, 'contacts', m.new) ORDER BY m.place)
			  INTO ids, effects FROM (
				SELECT x.new, x.place FROM unnest(contacts) WITH ORDINALITY x (new, place)
				 WHERE rule.trigger_type = ANY (crm.automation_events('contacts', NULL, x.new))
				   AND crm.automation_matches(rule, 'contacts', NULL, x.new) OFFSET 0) m;
			CONTINUE WHEN ids IS NULL;
			PERFORM set_config('app.automation_depth', '1', true);
			changed := crm.apply_automation(org, 'contacts', ids, effects);
			PERFORM set_config('app.automation_depth', '0', true);
			INSERT INTO crm.automation_runs (org_id, rule_id, resource, row_id, sales_id, depth, outcome, effect)
			SELECT org, rule.id, 'contacts', x.id, crm.own_sales_id(org), 1, CASE WHEN c.id IS NULL THEN 'unchanged' ELSE 'done' END, x.effect
			  FROM unnest(ids, effects) WITH ORDINALITY x (id, effect, place) LEFT JOIN unnest(changed) c (id) ON c.id = x.id
			 ORDER BY x.place;
		EXCEPTION WHEN OTHERS THEN
			FOREACH contact IN ARRAY contacts LOOP
				PERFORM set_config('app.automation_runs', '0', true);
				IF rule.trigger_type = ANY (crm.automation_events('contacts', NULL, contact)) THEN
					PERFORM crm.run_automation_rule(rule, 'contacts', (contact->>'id')::bigint, NULL, contact);
				END IF;
			END LOOP;
		END;
	END LOOP;
	PERFORM ops.end_system(grants);
END $$;

-- Restored rows cause no event. For an organization without rules, this check is the only cost.
CREATE OR REPLACE FUNCTION crm.evaluate_automation_rules_on_contact() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT crm.uses(NEW.org_id, 'rules') THEN
		RETURN NULL;
	ELSIF EXISTS (SELECT FROM crm.automation_rules r
	    WHERE r.org_id = NEW.org_id AND r.enabled
	      AND r.trigger_type IN ('contact.updated', 'contact.status_changed', 'contact.tag_added'))
	    AND NOT ops.mode('restoring') THEN
		PERFORM crm.run_automation_rules(NEW.org_id, 'contacts', NEW.id, to_jsonb(OLD),
			to_jsonb(NEW));
	END IF;
	RETURN NULL;
END $$;

-- Imports insert hundreds of contacts in one statement, so each rule runs once for all of them. If a run could trigger
-- another rule, the rules run for each contact, since each write may cause only fifty runs. Triggers run in the order
-- of their names: the audit trigger runs before this trigger, so changes by rules are logged after the row.
CREATE OR REPLACE FUNCTION crm.evaluate_automation_rules_on_new_contacts() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	org uuid;
	together boolean;
	contacts jsonb[];
	contact jsonb;
BEGIN
	IF NOT crm.uses(ops.org(), 'rules') THEN
		RETURN NULL;
	ELSIF ops.mode('restoring') OR NOT EXISTS (SELECT FROM crm.automation_rules r WHERE r.org_id = ops.org() AND r.enabled
		AND r.trigger_type IN ('contact.created', 'contact.updated', 'contact.status_changed', 'contact.tag_added')) THEN
		RETURN NULL;
	END IF;
	FOR org, together IN SELECT o.org_id, x.rules < 50 AND NOT (x.follow AND x.change) FROM (SELECT DISTINCT w.org_id FROM written w) o,
	    LATERAL (SELECT count(*) AS rules, bool_or(r.trigger_type <> 'contact.created') AS follow,
			bool_or(r.action_type IN ('set_field', 'assign_owner', 'add_tag', 'remove_tag')) AS change
		  FROM crm.automation_rules r WHERE r.org_id = o.org_id AND r.enabled
		   AND r.trigger_type IN ('contact.created', 'contact.updated', 'contact.status_changed', 'contact.tag_added')) x
	    WHERE x.rules > 0 LOOP
		contacts := ARRAY(SELECT to_jsonb(w) FROM written w WHERE w.org_id = org);
		IF together AND cardinality(contacts) > 1 THEN
			PERFORM crm.run_automation_rules_on_new_contacts(org, contacts);
			CONTINUE;
		END IF;
		FOREACH contact IN ARRAY contacts LOOP
			PERFORM crm.run_automation_rules(org, 'contacts', (contact->>'id')::bigint, NULL, contact);
		END LOOP;
	END LOOP;
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION crm.evaluate_automation_rules_on_deal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT crm.uses(NEW.org_id, 'rules') THEN
		RETURN NULL;
	ELSIF EXISTS (SELECT FROM crm.automation_rules r
	    WHERE r.org_id = NEW.org_id AND r.enabled AND r.trigger_type IN ('deal.created',
		'deal.updated', 'deal.stage_changed', 'deal.amount_above'))
	    AND NOT ops.mode('restoring') THEN
		PERFORM crm.run_automation_rules(NEW.org_id, 'deals', NEW.id,
			CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) END, to_jsonb(NEW));
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION crm.evaluate_automation_rules_on_record() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM crm.automation_rules r WHERE r.org_id = NEW.org_id AND r.enabled
		AND r.trigger_type IN (NEW.object || '.created', NEW.object || '.updated')) AND NOT ops.mode('restoring') THEN
		PERFORM crm.run_automation_rules(NEW.org_id, NEW.object, NEW.id,
			CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) END, to_jsonb(NEW));
	END IF;
	RETURN NULL;
END $$;

-- Returns the result of a dry run, which changes nothing: the current row, or the row with some changes, and the effect
-- of the rule. rule_id is null if the request contains the rule.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.dry_run_automation_rule(rule_id bigint, request jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := ops.org();
	changes jsonb := coalesce(request->'changes', '{}');
	rule crm.automation_rules;
	resource text;
	old jsonb;
	new jsonb;
	held boolean[];
	matched boolean;
	effect jsonb;
	codes text;
	fault record;
	name text;
BEGIN
	SELECT NULL AS said, NULL AS code, NULL::jsonb AS arguments INTO fault;
	IF rule_id IS NULL THEN
		rule := jsonb_populate_record(NULL::crm.automation_rules, jsonb_build_object(
			'trigger_config', '{}'::jsonb, 'action_config', '{}'::jsonb) || (request->'rule'));
		rule.org_id := org;
		PERFORM crm.note_trigger_faults(rule), crm.note_action_faults(rule);
	ELSE
		SELECT * INTO rule FROM crm.automation_rules r
		 WHERE r.org_id = org AND r.id = dry_run_automation_rule.rule_id;
		IF NOT FOUND THEN
			RETURN NULL;
		END IF;
	END IF;
	resource := crm.automation_resource(rule.trigger_type);
	IF resource IS DISTINCT FROM request->>'resource' AND resource IS NOT NULL THEN
		PERFORM ops.fault('rule_of_resource', 'resource', resource);
	END IF;
	IF request->>'id' IS NULL THEN
		PERFORM ops.fault('required', 'id');
	END IF;
	FOR name IN SELECT jsonb_object_keys(changes) LOOP
		IF resource IS NULL THEN	-- a fault of the trigger
			EXIT;
		ELSIF crm.automation_field(resource, name) IS NULL THEN
			PERFORM ops.fault('rule_field_unknown', 'changes.' || left(name, 50), resource, left(name, 50));
		ELSIF changes->name <> 'null' AND NOT crm.automation_value_fits(
		    crm.automation_field(resource, name), changes->name) THEN
			PERFORM ops.fault('rule_value', 'changes.' || name, crm.automation_value_form(crm.automation_field(resource, name)));
		END IF;
	END LOOP;
	PERFORM ops.refuse_faults();
	IF resource = 'contacts' THEN
		SELECT to_jsonb(c) INTO old FROM crm.contacts c
		 WHERE c.org_id = org AND c.id = (request->>'id')::bigint;
	ELSIF resource = 'appointments' THEN
		SELECT crm.automation_appointment(a) INTO old FROM crm.appointments a
		 WHERE a.org_id = org AND a.id = (request->>'id')::bigint;
	ELSIF resource = 'deals' THEN
		SELECT to_jsonb(d) INTO old FROM crm.deals d
		 WHERE d.org_id = org AND d.id = (request->>'id')::bigint;
	ELSE
		SELECT to_jsonb(x) INTO old FROM crm.records x
		 WHERE x.org_id = org AND x.object = resource AND x.id = (request->>'id')::bigint;
	END IF;
	IF old IS NULL THEN
		RETURN NULL;
	END IF;
	new := old || (SELECT coalesce(jsonb_object_agg(m.key, m.value) FILTER (WHERE NOT starts_with(m.key, 'custom.')), '{}') FROM jsonb_each(changes) m);
	FOR name IN SELECT k FROM jsonb_object_keys(changes) k WHERE starts_with(k, 'custom.') LOOP
		new := crm.merge_patch(new, jsonb_build_object('custom', crm.automation_patch(name, changes->name)));
	END LOOP;
	IF rule.trigger_type LIKE '%.created' THEN
		old := NULL;
	END IF;
	held := ARRAY(SELECT crm.automation_holds(resource, c, old, new)
		FROM jsonb_array_elements(rule.trigger_config->'conditions') WITH ORDINALITY AS x (c, n)
		ORDER BY n);
	matched := CASE WHEN crm.automation_waits(rule.trigger_type)
		THEN coalesce(crm.automation_due(rule, new) <= now(), false)
		ELSE rule.trigger_type = ANY (crm.automation_events(resource, old, new))
			AND crm.automation_awaits(rule, old, new) END;
	IF matched AND true = ALL (held) THEN
		BEGIN
			effect := crm.automation_effect(rule, resource, new);
		EXCEPTION WHEN SQLSTATE 'ZH422' THEN
			GET STACKED DIAGNOSTICS codes = PG_DATATYPE_NAME;
			fault := crm.coded_error(SQLSTATE, SQLERRM, codes);
		END;
	END IF;
	RETURN jsonb_build_object('matches', matched AND true = ALL (held), 'event', matched,
		'conditions', to_jsonb(held), 'effect', effect, 'error', fault.said,
		'code', fault.code, 'arguments', fault.arguments);
END $$;

-- Deletes up to "batch" runs that are older than the given number of days, or than the retention of their organization,
-- and returns their number. IDs increase with time.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.sweep_automation_runs(days integer, batch integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT ops.in_organizations('automation_runs', format('WITH gone AS (DELETE FROM crm.automation_runs '
		'WHERE org_id = $1 AND id = ANY (ARRAY(SELECT r.id FROM crm.automation_runs r '
		'WHERE r.org_id = $1 AND r.id < ((extract(epoch FROM now() - least(make_interval(days => %s), '
		'(SELECT crm.retention($1, ''automation_runs'')))) - 1735689600) * 1000)::bigint << 12 '
		'ORDER BY r.id LIMIT $2)) RETURNING 1) SELECT count(*) FROM gone', days), batch)
$$;
SELECT ops.give_turns('automation_runs', '1 day');

-- Returns an appointment in the form that rules read, with local times.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_appointment(a crm.appointments) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT to_jsonb(a) - 'attendees' || jsonb_build_object(
		'starts_local', crm.local_text(a.starts_at, a.time_zone),
		'ends_local', crm.local_text(a.ends_at, a.time_zone))
$$;

-- Returns whether a trigger fires at a time and not on a write.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_waits(trigger_type text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT trigger_type IN ('contact.idle', 'deal.stale', 'appointment.ended')
$$;

-- Returns the time at which a rule with a trigger that fires at a time (see crm.automation_waits()) is due for a row.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_due(rule crm.automation_rules, new jsonb) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
	SELECT (CASE rule.trigger_type WHEN 'contact.idle' THEN new->>'last_seen'
		WHEN 'deal.stale' THEN new->>'updated_at'
		ELSE new->>'ends_at' END)::timestamptz
		+ make_interval(days => (rule.trigger_config->>'days')::integer)
$$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.note_mail_faults(resource text, config jsonb) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF config->>'to' NOT IN ('contact', 'owner') THEN
		PERFORM ops.fault('mail_to', 'action_config.to');
	ELSIF ops.described_as(resource) = 'records' AND config->>'to' IS DISTINCT FROM 'owner' THEN
		PERFORM ops.fault('mail_to_owner', 'action_config.to');
	END IF;
	IF config->>'language' NOT IN ('en', 'fr') THEN
		PERFORM ops.fault('language_unknown', 'action_config.language');
	END IF;
	IF config->>'template' <> 'booking_confirmation' OR config ? 'template' AND resource <> 'appointments' THEN
		PERFORM ops.fault('mail_template', 'action_config.template');
	ELSIF config ? 'template' AND config ?| '{subject,text}' THEN
		PERFORM ops.fault('mail_of_template', 'action_config.template');
	END IF;
	IF char_length(config->>'subject') > 200 OR config->>'subject' !~ '\S' THEN
		PERFORM ops.fault('length_1_to_200', 'action_config.subject');
	ELSIF config ? 'subject' THEN
		PERFORM crm.note_text_faults(resource, 'subject', config->>'subject');
	END IF;
END $$;

-- Returns the recipient of an email, from the row that contains the address.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.automation_recipient(org uuid, whom text, contact bigint, sale bigint)
RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	found jsonb;
BEGIN
	IF whom = 'owner' THEN
		SELECT jsonb_build_object('sales_id', s.id, 'address', s.email) INTO found
		  FROM crm.sales s WHERE s.org_id = org AND s.id = sale AND NOT s.disabled;
	ELSE
		SELECT jsonb_build_object('contact_id', c.id, 'address', c.email_jsonb->0->>'email',
			'name', coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), '-'))
		  INTO found FROM crm.contacts c
		 WHERE c.org_id = org AND c.id = contact AND crm.is_address(c.email_jsonb->0->>'email');
	END IF;
	IF found IS NULL THEN
		PERFORM ops.refuse(CASE whom WHEN 'owner' THEN 'owner_without_address' ELSE 'contact_without_address' END);
	END IF;
	RETURN found;
END $$;

CREATE OR REPLACE FUNCTION crm.evaluate_automation_rules_on_appointment() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT crm.uses(NEW.org_id, 'rules') THEN
		RETURN NULL;
	ELSIF EXISTS (SELECT FROM crm.automation_rules r
	    WHERE r.org_id = NEW.org_id AND r.enabled AND r.trigger_type IN ('appointment.created',
		'appointment.confirmed', 'appointment.canceled'))
	    AND NOT ops.mode('restoring') THEN
		PERFORM crm.run_automation_rules(NEW.org_id, 'appointments', NEW.id,
			CASE TG_OP WHEN 'UPDATE' THEN crm.automation_appointment(OLD) END,
			crm.automation_appointment(NEW));
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION crm.set_automation_clock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF TG_OP = 'DELETE' OR NOT (NEW.enabled AND crm.automation_waits(NEW.trigger_type)) THEN
		DELETE FROM ops.automation_clock c
		 WHERE c.org_id = coalesce(NEW.org_id, OLD.org_id) AND c.rule_id = coalesce(NEW.id, OLD.id);
	ELSIF TG_OP = 'INSERT' OR (OLD.enabled, OLD.trigger_type, OLD.trigger_config->'days')
	    IS DISTINCT FROM (NEW.enabled, NEW.trigger_type, NEW.trigger_config->'days') THEN
		INSERT INTO ops.automation_clock AS c (org_id, rule_id) VALUES (NEW.org_id, NEW.id)
		ON CONFLICT ON CONSTRAINT automation_clock_pkey DO UPDATE SET ran_until = now();
	END IF;
	RETURN NULL;
END $$;

-- Returns rows that became due in a period: up to "batch" rows, and all further rows with the same due time as the last
-- of these rows.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.rows_due(rule crm.automation_rules, since timestamptz, until timestamptz,
	batch integer) RETURNS TABLE (due timestamptz, new jsonb)
LANGUAGE sql STABLE AS $$
	SELECT x.at + pause, x.new FROM (SELECT make_interval(days =>
		(rule.trigger_config->>'days')::integer) AS pause) p, LATERAL (
		SELECT c.last_seen AS at, to_jsonb(c) AS new FROM crm.contacts c
		 WHERE rule.trigger_type = 'contact.idle' AND c.last_seen > since - pause
		   AND c.last_seen <= until - pause
		UNION ALL
		SELECT d.updated_at, to_jsonb(d) FROM crm.deals d
		 WHERE rule.trigger_type = 'deal.stale' AND d.updated_at > since - pause
		   AND d.updated_at <= until - pause AND d.archived_at IS NULL
		   AND d.stage NOT IN ('won', 'lost')
		UNION ALL
		SELECT a.ends_at, crm.automation_appointment(a) FROM crm.appointments a
		 WHERE rule.trigger_type = 'appointment.ended' AND a.ends_at > since - pause
		   AND a.ends_at <= until - pause AND a.starts_at <= until - pause
		   AND a.starts_at > since - pause - interval '32 days'
		   AND a.status NOT IN ('canceled', 'no_show')) x
	 ORDER BY 1 FETCH FIRST batch ROWS WITH TIES
$$;

-- Runs the rule that identity.begin_waiting_rule() has chosen, row by row. A failure is logged, and the run continues
-- with the remaining rows. Returns the number of rows.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.run_waiting_rule(batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	resource text;
	rule crm.automation_rules;
	one record;
	n integer := 0;
BEGIN
	SELECT r.* INTO rule FROM crm.automation_rules r
	 WHERE r.org_id = org AND r.id = nullif(current_setting('app.rule_id', true), '')::bigint;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	BEGIN
		resource := crm.automation_resource(rule.trigger_type);
		FOR one IN SELECT d.due, d.new FROM crm.rows_due(rule,
		    current_setting('app.rule_from')::timestamptz,
		    current_setting('app.rule_until')::timestamptz, batch) d ORDER BY d.due LOOP
			n := n + 1;
			IF n >= batch THEN
				PERFORM set_config('app.rule_until', one.due::text, true);
			END IF;
			PERFORM set_config('app.automation_runs', '0', true);
			PERFORM crm.run_automation_rule(rule, resource, (one.new->>'id')::bigint, one.new, one.new);
		END LOOP;
		PERFORM ops.end_rule_aside();
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		-- Does not advance the position of the rule, and lets other rules run first.
		PERFORM set_config('app.rule_until', current_setting('app.rule_from'), true);
		PERFORM ops.set_rule_aside(SQLSTATE, SQLERRM);
	END;
	RETURN n;
END $$;

CREATE OR REPLACE VIEW crm.automations WITH (security_invoker) AS
SELECT r.org_id, r.id, r.name, r.enabled, r.trigger_type, r.trigger_config AS trigger,
	r.action_type, r.action_config AS action, r.metadata, r.created_at, r.updated_at
  FROM crm.automation_rules r;
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.automations TO tenantry_app;

CREATE OR REPLACE TRIGGER complete BEFORE INSERT OR UPDATE ON crm.automation_rules
	FOR EACH ROW EXECUTE FUNCTION crm.complete_automation_rule();

CREATE OR REPLACE TRIGGER automation AFTER UPDATE ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION crm.evaluate_automation_rules_on_contact();

CREATE OR REPLACE TRIGGER automation_of_new AFTER INSERT ON crm.contacts REFERENCING NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION crm.evaluate_automation_rules_on_new_contacts();

CREATE OR REPLACE TRIGGER automation AFTER INSERT OR UPDATE ON crm.deals
	FOR EACH ROW EXECUTE FUNCTION crm.evaluate_automation_rules_on_deal();

CREATE OR REPLACE TRIGGER automation AFTER INSERT OR UPDATE ON crm.records
	FOR EACH ROW EXECUTE FUNCTION crm.evaluate_automation_rules_on_record();

CREATE OR REPLACE TRIGGER automation AFTER INSERT OR UPDATE ON crm.appointments
	FOR EACH ROW EXECUTE FUNCTION crm.evaluate_automation_rules_on_appointment();

CREATE OR REPLACE TRIGGER clock AFTER INSERT OR UPDATE OR DELETE ON crm.automation_rules
	FOR EACH ROW EXECUTE FUNCTION crm.set_automation_clock();

DROP POLICY IF EXISTS readers ON crm.automation_rules;
CREATE POLICY readers ON crm.automation_rules FOR SELECT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer USING (true);

DROP POLICY IF EXISTS administrators ON crm.automation_rules;
CREATE POLICY administrators ON crm.automation_rules TO tenantry_app, tenantry_mcp, tenantry_mcp_writer
	USING ((SELECT ops.administers()));

DROP POLICY IF EXISTS readers ON crm.automation_runs;
CREATE POLICY readers ON crm.automation_runs FOR SELECT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer USING (true);

DROP POLICY IF EXISTS writers ON crm.automation_runs;
CREATE POLICY writers ON crm.automation_runs FOR INSERT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer WITH CHECK (true);
