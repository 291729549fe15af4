-- Backwards through 027_calendar.up.sql.

DROP FUNCTION ops.end_waiting_rule();
DROP FUNCTION crm.run_waiting_rule(integer);
DROP FUNCTION crm.rows_due(crm.automation_rules, timestamptz, timestamptz, integer);
DROP FUNCTION identity.begin_waiting_rule(interval);
DROP TRIGGER clock ON crm.automation_rules;
DROP FUNCTION crm.set_automation_clock();
DROP TABLE ops.automation_clock;
DROP TRIGGER automation ON crm.appointments;
DROP FUNCTION crm.evaluate_automation_rules_on_appointment();

CREATE OR REPLACE FUNCTION crm.automation_field(resource text, field text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
	WHEN resource = 'contacts' THEN CASE
		WHEN field IN ('first_name', 'last_name', 'gender', 'title', 'background', 'status',
			'linkedin_url', 'email_fts', 'phone_fts') THEN 'text'
		WHEN field IN ('company_id', 'sales_id') THEN 'number'
		WHEN field = 'tags' THEN 'numbers'
		WHEN field = 'has_newsletter' THEN 'boolean'
		WHEN field IN ('first_seen', 'last_seen') THEN 'time' END
	WHEN resource = 'deals' THEN CASE
		WHEN field IN ('name', 'category', 'stage', 'description') THEN 'text'
		WHEN field IN ('amount', 'company_id', 'sales_id') THEN 'number'
		WHEN field = 'contact_ids' THEN 'numbers'
		WHEN field = 'expected_closing_date' THEN 'date'
		WHEN field IN ('created_at', 'archived_at') THEN 'time' END
	END
$$;

CREATE OR REPLACE FUNCTION crm.automation_quotable(resource text, field text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(CASE resource
	WHEN 'contacts' THEN field IN ('first_name', 'last_name', 'title', 'status')
	WHEN 'deals' THEN field IN ('name', 'category', 'stage', 'amount',
		'expected_closing_date') END, false)
$$;

CREATE OR REPLACE FUNCTION crm.automation_resource(trigger_type text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
	WHEN trigger_type IN ('contact.created', 'contact.updated', 'contact.status_changed',
		'contact.tag_added') THEN 'contacts'
	WHEN trigger_type IN ('deal.created', 'deal.updated', 'deal.stage_changed',
		'deal.amount_above') THEN 'deals' END
$$;

CREATE OR REPLACE FUNCTION crm.check_automation_trigger(rule crm.automation_rules) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	resource text := crm.automation_resource(rule.trigger_type);
	c jsonb;
	name text;
	n integer := 0;
BEGIN
	IF resource IS NULL THEN
		PERFORM crm.refuse_automation('trigger_type', 'must be contact.created, contact.updated, '
			'contact.status_changed, contact.tag_added, deal.created, deal.updated, '
			'deal.stage_changed or deal.amount_above');
	END IF;
	PERFORM crm.check_automation_members('trigger_config', rule.trigger_config,
		CASE rule.trigger_type
		WHEN 'contact.status_changed' THEN '{"from": "string", "to": "string"}'::jsonb
		WHEN 'deal.stage_changed' THEN '{"from": "string", "to": "string"}'
		WHEN 'contact.tag_added' THEN '{"tag_id": "number"}'
		WHEN 'deal.amount_above' THEN '{"amount": "number"}'
		ELSE '{}' END || '{"conditions": "array"}',
		CASE rule.trigger_type WHEN 'deal.amount_above' THEN '{amount}'::text[] ELSE '{}' END);
	IF rule.trigger_config ? 'amount'
	    AND NOT crm.automation_value_fits('number', rule.trigger_config->'amount') THEN
		PERFORM crm.refuse_automation('trigger_config', 'amount must be a whole number');
	END IF;
	FOREACH name IN ARRAY CASE rule.trigger_type
	    WHEN 'deal.stage_changed' THEN '{from,to}'::text[]
	    WHEN 'contact.tag_added' THEN '{tag_id}' ELSE '{}' END LOOP
		IF rule.trigger_config ? name THEN
			PERFORM crm.check_automation_target(rule.org_id, 'trigger_config', name,
				rule.trigger_config->name);
		END IF;
	END LOOP;
	IF jsonb_array_length(rule.trigger_config->'conditions') > 20 THEN
		PERFORM crm.refuse_automation('trigger_config', 'at most 20 conditions');
	END IF;
	FOR c IN SELECT jsonb_array_elements(rule.trigger_config->'conditions') LOOP
		n := n + 1;
		PERFORM crm.check_automation_condition(format('condition %s', n), resource, c);
	END LOOP;
END $$;

CREATE OR REPLACE FUNCTION crm.check_automation_action(rule crm.automation_rules) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	resource text := crm.automation_resource(rule.trigger_type);
	config jsonb := rule.action_config;
	name text;
BEGIN
	IF rule.action_type IS NULL OR rule.action_type NOT IN ('set_field', 'assign_owner',
	    'create_task', 'create_note', 'add_tag', 'remove_tag', 'move_to_stage')
	    OR rule.action_type IN ('add_tag', 'remove_tag') AND resource <> 'contacts'
	    OR rule.action_type = 'move_to_stage' AND resource <> 'deals' THEN
		PERFORM crm.refuse_automation('action_type', 'must be set_field, assign_owner, '
			'create_task or create_note, for contacts also add_tag or remove_tag, '
			'for deals also move_to_stage');
	END IF;
	PERFORM crm.check_automation_members('action_config', config, CASE rule.action_type
		WHEN 'set_field' THEN '{"field": "string", "value": "any"}'::jsonb
		WHEN 'assign_owner' THEN '{"sales_id": "number"}'
		WHEN 'create_task' THEN '{"text": "string", "type": "string", "due_in_days": "number",
			"sales_id": "number"}'
		WHEN 'create_note' THEN '{"text": "string"}'
		WHEN 'move_to_stage' THEN '{"stage": "string"}'
		ELSE '{"tag_id": "number"}' END, CASE rule.action_type
		WHEN 'set_field' THEN '{field,value}'::text[]
		WHEN 'assign_owner' THEN '{sales_id}'
		WHEN 'create_task' THEN '{text,due_in_days}'
		WHEN 'create_note' THEN '{text}'
		WHEN 'move_to_stage' THEN '{stage}'
		ELSE '{tag_id}' END);
	IF rule.action_type = 'set_field' THEN
		PERFORM crm.check_automation_field(resource, config->>'field', config->'value');
	END IF;
	IF config ? 'text' THEN
		PERFORM crm.check_automation_text(resource, config->>'text');
	END IF;
	IF char_length(config->>'type') > 500 THEN
		PERFORM crm.refuse_automation('action_config', 'type must have at most 500 characters');
	END IF;
	IF config ? 'due_in_days' AND config->>'due_in_days' !~ '^[0-9]{1,3}$' THEN
		PERFORM crm.refuse_automation('action_config',
			'due_in_days must be a whole number from 0 to 999');
	END IF;
	FOREACH name IN ARRAY '{tag_id,sales_id,stage}'::text[] LOOP
		IF config ? name THEN
			PERFORM crm.check_automation_target(rule.org_id, 'action_config', name,
				config->name);
		END IF;
	END LOOP;
END $$;

CREATE OR REPLACE FUNCTION crm.automation_events(resource text, old jsonb, new jsonb) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT CASE resource
	WHEN 'contacts' THEN array_remove(ARRAY[
		CASE WHEN old IS NULL THEN 'contact.created' END,
		CASE WHEN old - '{last_seen,avatar}'::text[] <> new - '{last_seen,avatar}'::text[]
			THEN 'contact.updated' END,
		CASE WHEN old->'status' <> new->'status' THEN 'contact.status_changed' END,
		CASE WHEN NOT coalesce(old->'tags', '[]') @> (new->'tags')
			THEN 'contact.tag_added' END], NULL)
	ELSE array_remove(ARRAY[
		CASE WHEN old IS NULL THEN 'deal.created' END,
		CASE WHEN old - '{index,updated_at}'::text[] <> new - '{index,updated_at}'::text[]
			THEN 'deal.updated' END,
		CASE WHEN old->'stage' <> new->'stage' THEN 'deal.stage_changed' END,
		CASE WHEN old IS NULL OR old->'amount' < new->'amount'
			THEN 'deal.amount_above' END], NULL)
	END
$$;

CREATE OR REPLACE FUNCTION crm.automation_effect(rule crm.automation_rules, resource text, new jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	config jsonb := rule.action_config;
	effect jsonb := jsonb_build_object('action', rule.action_type);
	contact bigint := CASE resource WHEN 'contacts' THEN (new->>'id')::bigint END;
	name text;
BEGIN
	-- Tags go, users are disabled and stages renamed after a rule was written.
	FOREACH name IN ARRAY '{tag_id,sales_id,stage}'::text[] LOOP
		IF config ? name AND rule.action_type <> 'remove_tag' THEN
			PERFORM crm.check_automation_target(rule.org_id, 'action_config', name,
				config->name);
		END IF;
	END LOOP;
	IF rule.action_type = 'create_task' AND resource = 'deals' THEN
		-- The first of the deal's contacts that is still there.
		SELECT c.id INTO contact
		  FROM jsonb_array_elements_text(new->'contact_ids') WITH ORDINALITY AS x (v, n)
		  JOIN crm.contacts c ON c.org_id = rule.org_id AND c.id = x.v::bigint
		 ORDER BY x.n LIMIT 1;
		IF contact IS NULL THEN
			RAISE EXCEPTION 'the deal has no contact' USING ERRCODE = 'ZH422';
		END IF;
	END IF;
	IF config ? 'text' THEN
		config := jsonb_set(config, '{text}', to_jsonb(crm.automation_text(config->>'text', new)));
	END IF;
	IF rule.action_type = 'create_task' THEN
		RETURN effect || (config - 'due_in_days') || jsonb_build_object('contact_id', contact,
			'due_date', now() + make_interval(days => (config->>'due_in_days')::integer));
	END IF;
	RETURN effect || config;
END $$;

CREATE OR REPLACE FUNCTION crm.apply_automation(org uuid, resource text, row_id bigint, effect jsonb)
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	IF effect->>'action' = 'create_task' THEN
		INSERT INTO crm.tasks (org_id, contact_id, type, text, due_date, sales_id)
		VALUES (org, (effect->>'contact_id')::bigint, effect->>'type', effect->>'text',
			(effect->>'due_date')::timestamptz, (effect->>'sales_id')::bigint);
		RETURN true;
	END IF;
	RETURN CASE resource
		WHEN 'contacts' THEN crm.apply_automation_to_contact(org, row_id, effect)
		ELSE crm.apply_automation_to_deal(org, row_id, effect) END;
END $$;

CREATE OR REPLACE FUNCTION crm.dry_run_automation_rule(rule_id bigint, request jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	changes jsonb := coalesce(request->'changes', '{}');
	rule crm.automation_rules;
	resource text;
	old jsonb;
	new jsonb;
	held boolean[];
	matched boolean;
	effect jsonb;
	fault text;
	name text;
BEGIN
	IF rule_id IS NULL THEN
		rule := jsonb_populate_record(NULL::crm.automation_rules, jsonb_build_object(
			'trigger_config', '{}'::jsonb, 'action_config', '{}'::jsonb) || (request->'rule'));
		rule.org_id := org;
		PERFORM crm.check_automation_trigger(rule), crm.check_automation_action(rule);
	ELSE
		SELECT * INTO rule FROM crm.automation_rules r
		 WHERE r.org_id = org AND r.id = dry_run_automation_rule.rule_id;
		IF NOT FOUND THEN
			RETURN NULL;
		END IF;
	END IF;
	resource := crm.automation_resource(rule.trigger_type);
	IF resource IS DISTINCT FROM request->>'resource' THEN
		PERFORM crm.refuse_automation('resource', format('the rule is about %s', resource));
	ELSIF request->>'id' IS NULL THEN
		PERFORM crm.refuse_automation('id', 'is required');
	END IF;
	IF resource = 'contacts' THEN
		SELECT to_jsonb(c) INTO old FROM crm.contacts c
		 WHERE c.org_id = org AND c.id = (request->>'id')::bigint;
	ELSE
		SELECT to_jsonb(d) INTO old FROM crm.deals d
		 WHERE d.org_id = org AND d.id = (request->>'id')::bigint;
	END IF;
	IF old IS NULL THEN
		RETURN NULL;
	END IF;
	FOR name IN SELECT jsonb_object_keys(changes) LOOP
		IF crm.automation_field(resource, name) IS NULL THEN
			PERFORM crm.refuse_automation('changes', format('%s have no field %s', resource,
				left(name, 50)));
		ELSIF changes->name <> 'null' AND NOT crm.automation_value_fits(
		    crm.automation_field(resource, name), changes->name) THEN
			PERFORM crm.refuse_automation('changes', format('%s cannot be that', name));
		END IF;
	END LOOP;
	new := old || changes;
	IF rule.trigger_type IN ('contact.created', 'deal.created') THEN
		old := NULL;
	END IF;
	held := ARRAY(SELECT crm.automation_holds(resource, c, old, new)
		FROM jsonb_array_elements(rule.trigger_config->'conditions') WITH ORDINALITY AS x (c, n)
		ORDER BY n);
	matched := rule.trigger_type = ANY (crm.automation_events(resource, old, new))
		AND crm.automation_awaits(rule, old, new);
	IF matched AND true = ALL (held) THEN
		BEGIN
			effect := crm.automation_effect(rule, resource, new);
		EXCEPTION WHEN SQLSTATE 'ZH422' THEN
			fault := SQLERRM;
		END;
	END IF;
	RETURN jsonb_build_object('matches', matched AND true = ALL (held), 'event', matched,
		'conditions', to_jsonb(held), 'effect', effect, 'error', fault);
END $$;

DROP FUNCTION ops.mail_by_rule(jsonb);
DROP FUNCTION crm.automation_recipient(uuid, text, bigint, bigint);
DROP FUNCTION crm.check_automation_mail(text, jsonb);
DROP FUNCTION crm.automation_due(crm.automation_rules, jsonb);
DROP FUNCTION crm.automation_waits(text);
DROP FUNCTION crm.automation_appointment(crm.appointments);

DROP VIEW crm.automations;
CREATE TABLE crm.automations (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	name         text NOT NULL CONSTRAINT automations_name_check
		CHECK (name <> '' AND char_length(name) <= 500),
	enabled      boolean NOT NULL DEFAULT true,
	trigger_type text NOT NULL CONSTRAINT automations_trigger_type_check
		CHECK (trigger_type <> ''),
	trigger      jsonb NOT NULL DEFAULT '{}' CONSTRAINT automations_trigger_check
		CHECK (jsonb_typeof(trigger) = 'object'),
	action_type  text NOT NULL CONSTRAINT automations_action_type_check
		CHECK (action_type <> ''),
	action       jsonb NOT NULL DEFAULT '{}' CONSTRAINT automations_action_check
		CHECK (jsonb_typeof(action) = 'object'),
	metadata     jsonb NOT NULL DEFAULT '{}' CONSTRAINT automations_metadata_check
		CHECK (jsonb_typeof(metadata) = 'object'),
	created_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id)
);
SELECT ops.protect('crm.automations');
SELECT ops.keep_deleted('crm.automations');
ALTER TABLE crm.automation_rules NO FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.automations NO FORCE ROW LEVEL SECURITY;
INSERT INTO crm.automations (org_id, id, name, enabled, trigger_type, trigger, action_type,
	action, metadata, created_at)
SELECT r.org_id, r.id, r.name, r.enabled, r.trigger_type, r.trigger_config, r.action_type,
	r.action_config, r.metadata, r.created_at
  FROM crm.automation_rules r
 WHERE r.action_type = 'send_email' OR r.trigger_type ~ '^appointment[.]'
    OR r.trigger_type IN ('contact.idle', 'deal.stale');
DELETE FROM crm.automation_rules r USING crm.automations a
 WHERE a.org_id = r.org_id AND a.id = r.id;
ALTER TABLE crm.automation_rules FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.automations FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.automation_rules DROP metadata;

DROP FUNCTION crm.calendar_feed();
DROP FUNCTION crm.ical_time(timestamptz);
DROP FUNCTION identity.begin_link(text, bytea);
DROP FUNCTION identity.delete_link(text, text);
DROP FUNCTION identity.list_links(text);
DROP FUNCTION identity.create_link(text, bytea, text, jsonb);
DROP FUNCTION identity.check_link(text, jsonb);
DROP FUNCTION identity.link_json(identity.link);
DROP TABLE identity.link;

DROP FUNCTION crm.receive_message(jsonb, boolean);
DROP FUNCTION crm.phone_key(text);
DROP TABLE crm.messages;
DROP FUNCTION crm.complete_message();
DROP FUNCTION crm.message_channels();

DROP FUNCTION crm.snooze_task(bigint, timestamptz, bigint);
DROP TRIGGER remind ON crm.tasks;
DROP TRIGGER complete ON crm.tasks;
DROP FUNCTION crm.remind_of_task();
DROP FUNCTION crm.complete_task();
DROP FUNCTION crm.continue_task(crm.tasks);
DROP FUNCTION crm.next_of_rrule(text, timestamp, timestamp, text);
DROP FUNCTION crm.rrule_days(text, text[], integer[], date, integer);
DROP FUNCTION crm.parse_rrule(text);
DROP FUNCTION ops.send_reminders(integer, text);
ALTER TABLE crm.tasks
	DROP remind_at,
	DROP rrule,
	DROP time_zone,
	DROP continued;

CREATE OR REPLACE FUNCTION ops.mail_members(template text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE template
	-- to an address, to prove that it is the user's; 1 hour
	WHEN 'verify-email' THEN ARRAY['url']
	-- 1 hour
	WHEN 'reset-password' THEN ARRAY['url']
	-- to the current address: shall the account move to newEmail?  1 hour
	WHEN 'change-email' THEN ARRAY['newEmail', 'url']
	-- 1 day
	WHEN 'delete-account' THEN ARRAY['url']
	-- 5 minutes
	WHEN 'magic-link' THEN ARRAY['url']
	-- 5 minutes; for sign-in, verification and reset alike
	WHEN 'email-otp' THEN ARRAY['code']
	-- 3 minutes
	WHEN 'two-factor-otp' THEN ARRAY['code']
	-- inviter is a person's name; 2 days
	WHEN 'invitation' THEN ARRAY['inviter', 'organization', 'url']
	WHEN 'password-changed' THEN ARRAY[]::text[]
	-- to the former address
	WHEN 'email-changed' THEN ARRAY['newEmail']
	-- the one-time link of the first administrator; 1 day
	WHEN 'new-administrator' THEN ARRAY['url']
	-- to whom an administrator has made a user; 7 days
	WHEN 'welcome' THEN ARRAY['inviter', 'name', 'organization', 'url']
	END
$$;

DROP TRIGGER remind ON crm.appointments;
DROP FUNCTION crm.remind_of_appointment();
DROP FUNCTION crm.appointment_reminders(crm.appointments);
DROP FUNCTION ops.set_reminders(text, bigint, timestamptz[]);
DROP TABLE ops.reminder;

DROP VIEW crm.appointments_summary;
DROP FUNCTION crm.conflicts_of(crm.appointments);
DROP FUNCTION crm.find_conflicts(bigint, timestamptz, timestamptz, bigint, bigint, text, text);
DROP FUNCTION crm.appointment_conflicts(bigint, timestamptz, timestamptz, bigint[], bigint[],
	text[], text);
DROP TRIGGER complete ON crm.appointments;
DROP FUNCTION crm.complete_appointment();
DROP FUNCTION crm.local_instant(text, text, text);
DROP FUNCTION crm.write_attendees(uuid, bigint, jsonb);
DROP FUNCTION crm.check_attendees(jsonb);
DROP FUNCTION crm.refuse_attendee(bigint, text);
DROP FUNCTION crm.attendees_of(uuid, bigint);
DROP TABLE crm.appointment_attendees;
ALTER TABLE crm.appointments
	DROP time_zone,
	DROP all_day,
	DROP resource,
	DROP reminders,
	DROP starts_local,
	DROP ends_local,
	DROP attendees,
	DROP updated_at;

DROP FUNCTION crm.local_text(timestamptz, text);
DROP FUNCTION crm.own_time_zone();
DROP FUNCTION crm.check_time_zone(text);
DROP FUNCTION crm.is_time_zone(text);
