-- Webhook deliveries, retried for a day.
-- needs: ops/organization_task.sql ops/sealed_value.sql

-- Returns true for "contacts.create", "custom_machines.create", "deals.*", "*.delete" and "*".
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.is_event_pattern(pattern text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT pattern = '*' OR pattern ~ '^([a-z_]+|custom_[a-z0-9_]+|\*)\.(create|update|delete|\*)$'
		AND (pattern LIKE '*.%' OR crm.object_of(ops.org(), split_part(pattern, '.', 1)) IS NOT NULL OR EXISTS (SELECT FROM ops.change_resource r
			WHERE r.resource = split_part(pattern, '.', 1) AND r.resource <> 'records' OR r.resource_2 = split_part(pattern, '.', 1)
				AND r.module = ANY (ops.modules())))
$$;

-- Returns the events of the organization that are similar to a pattern, for a refusal.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.nearest_events(pattern text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT crm.nearest_list(left(pattern, 64), array_agg(n.name || '.' || v.verb ORDER BY n.name, v.place))
	  FROM (SELECT r.resource AS name FROM ops.change_resource r WHERE r.resource <> 'records'
		UNION SELECT r.resource_2 FROM ops.change_resource r WHERE r.module = ANY (ops.modules())
		UNION SELECT 'custom_' || o.key FROM crm.object_definitions o WHERE o.org_id = ops.org()
		UNION SELECT '*') n
	 CROSS JOIN (VALUES ('create', 1), ('update', 2), ('delete', 3), ('*', 4)) v (verb, place)
$$;

-- Deletes the queue of a deleted webhook.
CREATE OR REPLACE FUNCTION ops.forget_webhook() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	DELETE FROM ops.webhook_queue q WHERE q.org_id = OLD.org_id AND q.webhook_id = OLD.id;
	DELETE FROM ops.webhook_receiver r WHERE r.org_id = OLD.org_id AND r.webhook_id = OLD.id;
	RETURN NULL;
END $$;

-- Stores the host of a webhook. A new host begins without a history, and a webhook that is enabled again is tried
-- immediately.
CREATE OR REPLACE FUNCTION ops.note_receiver() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	INSERT INTO ops.webhook_receiver AS r (org_id, webhook_id, host)
	VALUES (NEW.org_id, NEW.id, lower(substring(NEW.url FROM '^https?://([^/?]+)')))
	ON CONFLICT (org_id, webhook_id) DO UPDATE SET host = EXCLUDED.host, failures = 0, failing_since = NULL, told_at = NULL,
		open_until = '-infinity', slow_until = CASE WHEN r.host = EXCLUDED.host
			THEN r.slow_until ELSE 'infinity' END;
	RETURN NULL;
END $$;

-- Returns the name of a resource in the payloads of a version. Version 2 contains the name of the module's resource,
-- in organizations with the module.
CREATE OR REPLACE FUNCTION ops.payload_name(org uuid, resource text, payload_version smallint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN coalesce(payload_version, 1) = 1 THEN resource ELSE coalesce((SELECT r.resource_2
		FROM ops.change_resource r JOIN identity.organization o ON o.id = org AND r.module = ANY (o.modules)
		WHERE r.resource = payload_name.resource), resource) END
$$;

-- Returns the version of new webhooks: version 2 if the organization of the request has a module that renames a
-- resource.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.newest_payload_version() RETURNS smallint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT CASE WHEN EXISTS (SELECT FROM ops.change_resource r
		WHERE r.module = ANY (ops.modules())) THEN 2 ELSE 1 END
$$;

-- Creates deliveries for changes of the selected organization.
CREATE OR REPLACE FUNCTION ops.queue_deliveries(org uuid, after bigint, upto bigint) RETURNS void
LANGUAGE sql AS $$
	WITH made AS (
		INSERT INTO crm.webhook_deliveries (org_id, webhook_id, event, row_id, seq,
			changed_at, changed_by, next_at)
		SELECT org, w.id, p.name || '.' || x.verb, x.row_id, x.seq, x.at, x.by, now()
		  FROM ops.change x JOIN crm.webhooks w ON w.org_id = org AND w.enabled
			AND w.created_at <= x.at
		  CROSS JOIN LATERAL ops.payload_name(org, x.resource, w.payload_version) p (name)
		 WHERE w.events ?| ARRAY['*', '*.' || x.verb, x.resource || '.*', x.resource || '.' || x.verb,
				p.name || '.*', p.name || '.' || x.verb]
		   AND x.org_id = org AND x.seq > after AND x.seq <= upto
		 ORDER BY x.seq
		RETURNING webhook_id, id)
	INSERT INTO ops.webhook_queue (org_id, webhook_id, delivery_id)
	SELECT org, m.webhook_id, m.id FROM made m
$$;

-- Creates deliveries, for a limited number of changes of each organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.queue_webhooks(most integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	aside text[] := ops.aside_entries('webhooks');
	c ops.feed_channel;
	upto bigint;
BEGIN
	FOR c IN SELECT x.* FROM ops.feed_channel x WHERE x.queued < x.numbered AND x.org_id::text <> ALL (aside) AND NOT ops.read_only(x.org_id)
	    ORDER BY x.org_id LIMIT 1000 FOR UPDATE SKIP LOCKED LOOP
		PERFORM ops.set_org(c.org_id);
		upto := least(c.numbered, c.queued + most);
		BEGIN
			PERFORM ops.queue_deliveries(c.org_id, c.queued, upto);
			UPDATE ops.feed_channel x SET queued = upto WHERE x.org_id = c.org_id;
			PERFORM ops.end_aside('webhooks', c.org_id, c.org_id::text);
		EXCEPTION WHEN query_canceled THEN
			PERFORM ops.set_aside('webhooks', c.org_id, c.org_id::text, SQLSTATE, SQLERRM);
			EXIT;
		WHEN OTHERS THEN
			PERFORM ops.set_aside('webhooks', c.org_id, c.org_id::text, SQLSTATE, SQLERRM);
		END;
	END LOOP;
	PERFORM ops.set_org(other);
END $$;

-- Returns columns of rows that the API does not show.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.internal_columns() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT '{org_id,name_key,continued}'::text[]
$$;

-- Returns a row of the selected organization in the format of the API, or null if it no longer exists.
CREATE OR REPLACE FUNCTION ops.webhook_data(event text, row_id text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	name text := split_part(event, '.', 1);
	r ops.change_resource;
	data jsonb;
	ids jsonb;
BEGIN
	SELECT * INTO r FROM ops.change_resource x WHERE ops.described_as(name) IN (x.resource, x.resource_2);
	IF FOUND AND row_id ~ '^[0-9]{1,18}$' THEN
		EXECUTE format('SELECT to_jsonb(v) - ops.internal_columns() FROM %s v WHERE v.id = $1', CASE ops.described_as(name)
			WHEN r.resource THEN r.source ELSE r.source_2 END) INTO data USING row_id::bigint;
		IF name = r.resource THEN
			data := data - crm.module_columns(r.table_name);
		END IF;
		data := crm.with_custom(CASE r.resource WHEN 'records' THEN name ELSE r.table_name END, data);
		ids := crm.external_ids_of(r.table_name, row_id::bigint);
		IF ids <> '{}' THEN
			data := data || jsonb_build_object('external_ids', ids);
		END IF;
	END IF;
	RETURN data;
END $$;

-- Returns the members of a row that an update changed, with their previous values, or null. data is the result of
-- ops.webhook_data(). A member that this version of the payload does not contain is omitted.
CREATE OR REPLACE FUNCTION ops.webhook_previous(event text, row_id text, changed_at timestamptz, data jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	WITH entry AS (
		SELECT a.id, a.old, a.new, CASE r.resource WHEN 'records' THEN split_part(event, '.', 1) ELSE r.table_name END AS name
		  FROM ops.change_resource r JOIN ops.audit_log a ON a.org_id = ops.org() AND a.row_id = webhook_previous.row_id
			AND a.table_name = r.table_name AND a.at = changed_at AND a.action = 'update'
		 WHERE ops.described_as(split_part(event, '.', 1)) IN (r.resource, r.resource_2)),
	pair (old, new) AS (
		SELECT (SELECT crm.with_custom(e.name, e.old::jsonb) FROM entry e ORDER BY e.id LIMIT 1),
			(SELECT crm.with_custom(e.name, e.new::jsonb) FROM entry e ORDER BY e.id DESC LIMIT 1))
	SELECT jsonb_object_agg(o.key, o.value) FROM pair p, jsonb_each(p.old) o
	 WHERE data ? o.key AND o.key <> 'updated_at' AND o.value IS DISTINCT FROM p.new->o.key
$$;

-- Claims due deliveries. Slow deliveries are limited, so that they leave slots for other deliveries. A delivery is slow
-- if its receiver's last attempt failed, if it took two seconds within the last ten minutes, or if it has never
-- responded quickly. The limits for concurrent deliveries are two per webhook (one after a failure), and four per
-- organization, of which two may be slow. Of the 256 slots of a process, slow deliveries may use 48 per host and 192 in
-- total. Organizations take turns. Deliveries of a suspended organization wait.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.claim_deliveries(most integer, OUT place text, OUT attempt integer,
	OUT message_id text, OUT url text, OUT secret text, OUT old_secret text, OUT body text)
RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	q ops.webhook_queue;
	w crm.webhooks;
	d crm.webhook_deliveries;
	c ops.change;
	data jsonb;
	previous jsonb;
BEGIN
	FOR q IN WITH RECURSIVE line AS (
			(SELECT o.org_id, o.webhook_id FROM ops.webhook_queue o
			  ORDER BY o.org_id, o.webhook_id LIMIT 1)
			UNION ALL
			SELECT n.* FROM line l, LATERAL (SELECT o.org_id, o.webhook_id
				FROM ops.webhook_queue o
				WHERE (o.org_id, o.webhook_id) > (l.org_id, l.webhook_id)
				ORDER BY o.org_id, o.webhook_id LIMIT 1) n),
		receiver AS (SELECT r.*, r.failures > 0 OR r.slow_until > clock_timestamp() AS slow
			  FROM ops.webhook_receiver r),
		held AS MATERIALIZED (SELECT x.org_id, x.webhook_id, r.host, coalesce(r.slow, true) AS slow
			  FROM ops.webhook_queue x LEFT JOIN receiver r USING (org_id, webhook_id)
			 WHERE x.held_until > clock_timestamp() AND x.held_until > '-infinity'),
		per_webhook AS (SELECT t.*, r.host, r.slow
			  FROM line l JOIN identity.organization i ON i.id = l.org_id
				AND i.suspended_at IS NULL AND i.read_only_at IS NULL AND i.deleted_at IS NULL
			  JOIN receiver r ON r.org_id = l.org_id AND r.webhook_id = l.webhook_id
				AND r.open_until <= clock_timestamp(),
			  LATERAL (SELECT o.org_id, o.delivery_id, o.due_at FROM ops.webhook_queue o
				WHERE o.org_id = l.org_id AND o.webhook_id = l.webhook_id
				  AND o.due_at <= clock_timestamp() AND o.held_until < clock_timestamp()
				ORDER BY o.due_at
				LIMIT greatest(0, CASE WHEN r.failures > 0 THEN 1 ELSE 2 END - (SELECT count(*)
					FROM held h WHERE h.org_id = l.org_id AND h.webhook_id = l.webhook_id))) t),
		per_slow AS (SELECT p.*, (SELECT count(*) FROM held h
				WHERE h.org_id = p.org_id AND h.slow) + row_number()
				OVER (PARTITION BY p.org_id, p.slow ORDER BY p.due_at) AS k FROM per_webhook p),
		per_org AS (SELECT p.org_id, p.delivery_id, p.due_at, p.host, p.slow, (SELECT count(*)
				FROM held h WHERE h.org_id = p.org_id) + row_number()
				OVER (PARTITION BY p.org_id ORDER BY p.due_at) AS turn
			  FROM per_slow p WHERE NOT p.slow OR p.k <= 2),
		per_host AS (SELECT p.*, (SELECT count(*) FROM held h WHERE h.host = p.host AND h.slow)
				+ row_number() OVER (PARTITION BY p.host, p.slow ORDER BY p.turn, p.due_at) AS k
			  FROM per_org p WHERE p.turn <= 4),
		in_total AS (SELECT p.org_id, p.delivery_id, p.due_at, p.turn, p.slow,
				(SELECT count(*) FROM held h WHERE h.slow) + row_number()
				OVER (PARTITION BY p.slow ORDER BY p.turn, p.due_at) AS k
			  FROM per_host p WHERE NOT p.slow OR p.k <= 48),
		due AS (SELECT p.* FROM in_total p WHERE NOT p.slow OR p.k <= 192
			 ORDER BY p.turn, p.due_at LIMIT most)
		UPDATE ops.webhook_queue x SET held_until = clock_timestamp() + interval '1 minute',
			attempt = x.attempt + 1
		  FROM due
		 WHERE x.org_id = due.org_id AND x.delivery_id = due.delivery_id
		   AND x.held_until < clock_timestamp()
		RETURNING x.* LOOP
		PERFORM ops.set_org(q.org_id);
		BEGIN
			SELECT * INTO w FROM crm.webhooks x WHERE x.org_id = q.org_id AND x.id = q.webhook_id;
			SELECT * INTO d FROM crm.webhook_deliveries x
			 WHERE x.org_id = q.org_id AND x.id = q.delivery_id;
			IF NOT w.enabled AND d.event <> 'webhook.test' THEN
				DELETE FROM ops.webhook_queue x
				 WHERE x.org_id = q.org_id AND x.delivery_id = q.delivery_id;
				UPDATE crm.webhook_deliveries x SET status = 'failed', next_at = NULL
				 WHERE x.org_id = q.org_id AND x.id = q.delivery_id;
				CONTINUE;
			ELSIF NOT identity.may_call(q.org_id, w.url) THEN
				DELETE FROM ops.webhook_queue x
				 WHERE x.org_id = q.org_id AND x.delivery_id = q.delivery_id;
				UPDATE crm.webhook_deliveries x SET status = 'failed', next_at = NULL,
					attempts = x.attempts || jsonb_build_object('at', clock_timestamp(), 'status', NULL, 'ms', 0,
						'error', 'not sent: the sandbox does not list this host', 'answer', NULL)
				 WHERE x.org_id = q.org_id AND x.id = q.delivery_id;
				CONTINUE;
			END IF;
			place := q.org_id || '/' || q.delivery_id;
			attempt := q.attempt;
			message_id := 'msg_' || d.id;
			url := w.url;
			secret := w.secret;
			old_secret := CASE WHEN w.old_until > now() THEN w.old_secret END;
			SELECT * INTO c FROM ops.change x WHERE x.org_id = q.org_id AND x.seq = d.seq;
			data := ops.webhook_data(d.event, d.row_id);
			previous := CASE WHEN d.event LIKE '%.update' THEN ops.webhook_previous(d.event, d.row_id, d.changed_at, data) END;
			body := left(json_build_object('id', message_id, 'type', d.event, 'created_at', d.changed_at,
				'organization', q.org_id, 'seq', d.seq, 'by', d.changed_by)::text, -1)
				|| coalesce(', "api_key_id" : ' || to_json(c.api_key_id), '') || coalesce(', "client" : ' || to_json(c.client), '')
				|| coalesce(', "previous" : ' || previous::text, '') || ', "data" : ' || coalesce(CASE WHEN d.event = 'webhook.test' THEN '{"test": true}'::jsonb END, data,
				jsonb_build_object('id', CASE WHEN d.row_id ~ '^[0-9]{1,15}$'
					THEN to_jsonb(d.row_id::bigint) ELSE to_jsonb(d.row_id) END)
				|| CASE WHEN c.external_ids IS NULL THEN '{}' ELSE jsonb_build_object('external_ids', c.external_ids) END)::text || '}';
			PERFORM ops.end_aside('webhooks', q.org_id, q.delivery_id::text);
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			UPDATE ops.webhook_queue x SET held_until = '-infinity',
				due_at = ops.set_aside('webhooks', q.org_id, q.delivery_id::text, SQLSTATE, SQLERRM)
			 WHERE x.org_id = q.org_id AND x.delivery_id = q.delivery_id;
			CONTINUE;
		END;
		RETURN NEXT;
	END LOOP;
	PERFORM ops.set_org(other);
END $$;

-- Sends an email about a webhook to the administrators of an organization.
CREATE OR REPLACE FUNCTION ops.mail_about_webhook(w crm.webhooks, template text, reason text, language text) RETURNS void
LANGUAGE sql AS $$
	SELECT ops.send_mail(template, who.email, language, jsonb_build_object('address', left(w.url, 200), 'reason', reason))
	  FROM (SELECT DISTINCT u.email FROM identity.organization_member m JOIN identity."user" u ON u.id = m.user_id
		 WHERE m.organization_id = w.org_id AND m.acts_as IN ('owner', 'admin') AND NOT m.disabled) who
$$;

-- Notifies the administrators once about a webhook that has failed for a while, so that they can repair its receiver.
CREATE OR REPLACE FUNCTION ops.tell_failing_webhook(w crm.webhooks, reason text, language text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE ops.webhook_receiver r SET told_at = now() WHERE r.org_id = w.org_id AND r.webhook_id = w.id AND r.told_at IS NULL
	   AND r.failures >= 5 AND r.failing_since < now() - interval '10 minutes';
	IF FOUND AND w.enabled THEN
		PERFORM ops.mail_about_webhook(w, 'webhook-failing', reason, language);
	END IF;
END $$;

-- Returns the webhooks with waiting deliveries whose receivers fail. The organization, not the operator, must repair
-- the receiver.
CREATE OR REPLACE FUNCTION ops.failing_webhooks()
RETURNS TABLE (organization text, webhook bigint, host text, since timestamptz, failures integer, waiting bigint, error text)
LANGUAGE sql STABLE AS $$
	SELECT o.name, r.webhook_id, r.host, r.failing_since, r.failures, q.n, (SELECT l.error FROM ops.job_log l
		WHERE l.queue = 'webhooks' AND l.entry = q.entry ORDER BY l.id DESC LIMIT 1)
	  FROM ops.webhook_receiver r JOIN identity.organization o ON o.id = r.org_id,
	LATERAL (SELECT count(*) AS n, min(x.delivery_id)::text AS entry FROM ops.webhook_queue x
		WHERE x.org_id = r.org_id AND x.webhook_id = r.webhook_id) q
	 WHERE r.failures > 0 AND q.n > 0 AND o.suspended_at IS NULL AND o.read_only_at IS NULL AND o.deleted_at IS NULL ORDER BY r.failing_since, r.webhook_id
$$;

-- Disables a webhook and informs the administrators by email.
CREATE OR REPLACE FUNCTION ops.disable_webhook(w crm.webhooks, reason text, language text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE crm.webhooks x SET enabled = false, disabled_reason = reason
	 WHERE x.org_id = w.org_id AND x.id = w.id AND x.enabled;
	IF FOUND THEN
		PERFORM ops.mail_about_webhook(w, 'webhook-disabled', reason, language);
	END IF;
END $$;

-- Stores the outcome of an attempt. A failure is retried for a day, first after 5 s, then after three times the
-- previous interval, up to six hours. After five consecutive failures, a webhook pauses for 10 s, and twice as long
-- after each further failure, at most five minutes. A webhook that fails for five days, or responds with 410 Gone, is
-- disabled. headers and body are the sent request, or null if nothing was sent.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.end_delivery(place text, attempt integer, status integer, ms integer,
	error text, answer text, language text, headers json, body text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	q ops.webhook_queue;
	w crm.webhooks;
	ok boolean := status BETWEEN 200 AND 299 AND error IS NULL;
	next timestamptz;
	came text;
BEGIN
	SELECT * INTO q FROM ops.webhook_queue x
	 WHERE x.org_id = split_part(place, '/', 1)::uuid
	   AND x.delivery_id = split_part(place, '/', 2)::bigint
	   AND x.attempt = end_delivery.attempt FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM ops.set_org(q.org_id);
	SELECT * INTO w FROM crm.webhooks x WHERE x.org_id = q.org_id AND x.id = q.webhook_id;
	IF NOT ok THEN
		next := clock_timestamp() + least(interval '5 seconds' * 3 ^ least(attempt - 1, 12),
			interval '6 hours') * (0.8 + 0.4 * random());
	END IF;
	came := CASE WHEN ok THEN 'delivered'
		WHEN next > q.began_at + interval '1 day' OR status = 410 OR NOT w.enabled THEN 'failed'
		ELSE 'waiting' END;
	IF came = 'waiting' THEN
		UPDATE ops.webhook_queue x SET due_at = next, held_until = '-infinity'
		 WHERE x.org_id = q.org_id AND x.delivery_id = q.delivery_id;
	ELSE
		DELETE FROM ops.webhook_queue x
		 WHERE x.org_id = q.org_id AND x.delivery_id = q.delivery_id;
	END IF;
	UPDATE crm.webhook_deliveries d SET status = came, request_headers = end_delivery.headers,
		request_body = left(end_delivery.body, 65536),
		next_at = CASE came WHEN 'waiting' THEN next END,
		attempts = CASE WHEN jsonb_array_length(d.attempts) >= 20 THEN d.attempts - 0
			ELSE d.attempts END || jsonb_build_object('at', clock_timestamp(),
			'status', nullif(end_delivery.status, 0), 'ms', ms, 'error', error, 'answer', answer)
	 WHERE d.org_id = q.org_id AND d.id = q.delivery_id;
	IF NOT ok THEN
		INSERT INTO ops.job_log (queue, entry, org_id, subject, outcome, error)
		VALUES ('webhooks', q.delivery_id, q.org_id, 'webhooks/' || q.webhook_id, came,
			left(coalesce(error, 'status ' || status), 1000));
	END IF;
	UPDATE ops.webhook_receiver r SET failures = CASE WHEN ok THEN 0 ELSE r.failures + 1 END,
		failing_since = CASE WHEN NOT ok THEN coalesce(r.failing_since, now()) END, told_at = CASE WHEN NOT ok THEN r.told_at END,
		slow_until = CASE WHEN r.slow_until = 'infinity' AND NOT (ok AND ms < 2000) THEN 'infinity'
			WHEN ms >= 2000 THEN clock_timestamp() + interval '10 minutes'
			WHEN r.slow_until = 'infinity' THEN '-infinity' ELSE r.slow_until END,
		open_until = CASE WHEN ok OR r.failures < 4 THEN '-infinity'
			ELSE clock_timestamp() + least(interval '5 minutes',
				interval '10 seconds' * 2 ^ least(r.failures - 4, 10)) END
	 WHERE r.org_id = q.org_id AND r.webhook_id = q.webhook_id;
	IF NOT ok THEN	-- removes deliveries that the pause has delayed for a day
		WITH old AS (DELETE FROM ops.webhook_queue x WHERE x.org_id = q.org_id
			   AND x.webhook_id = q.webhook_id AND x.held_until < clock_timestamp()
			   AND x.began_at < clock_timestamp() - interval '1 day' RETURNING x.delivery_id)
		, logged AS (INSERT INTO ops.job_log (queue, entry, org_id, subject, outcome, error)
			SELECT 'webhooks', old.delivery_id, q.org_id, 'webhooks/' || q.webhook_id, 'failed',
				'the receiver failed for a day' FROM old)
		UPDATE crm.webhook_deliveries d SET status = 'failed', next_at = NULL FROM old
		 WHERE d.org_id = q.org_id AND d.id = old.delivery_id;
	END IF;
	IF ok AND w.failing_since IS NOT NULL THEN
		UPDATE crm.webhooks x SET failing_since = NULL
		 WHERE x.org_id = w.org_id AND x.id = w.id;
	ELSIF NOT ok AND w.failing_since IS NULL THEN
		UPDATE crm.webhooks x SET failing_since = now()
		 WHERE x.org_id = w.org_id AND x.id = w.id;
	END IF;
	IF status = 410 THEN
		PERFORM ops.disable_webhook(w, 'it answered that it is gone', language);
	ELSIF NOT ok AND w.failing_since < now() - interval '5 days' THEN
		PERFORM ops.disable_webhook(w, 'it has failed for five days', language);
	ELSIF NOT ok THEN
		PERFORM ops.tell_failing_webhook(w, left(coalesce(error, 'status ' || status), 500), language);
	END IF;
	PERFORM ops.set_org(other);
END $$;

-- Makes deliveries due again and resets their attempts.
CREATE OR REPLACE FUNCTION ops.requeue_deliveries(ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ops.job_log (queue, entry, org_id, subject, outcome)
	SELECT 'webhooks', d.id, d.org_id, 'webhooks/' || d.webhook_id, 'retried' FROM crm.webhook_deliveries d
	 WHERE d.org_id = ops.org() AND d.id = ANY (ids) AND d.status = 'failed';
	UPDATE crm.webhook_deliveries d SET status = 'waiting', next_at = now()
	 WHERE d.org_id = ops.org() AND d.id = ANY (ids);
	INSERT INTO ops.webhook_queue (org_id, webhook_id, delivery_id)
	SELECT d.org_id, d.webhook_id, d.id FROM crm.webhook_deliveries d
	 WHERE d.org_id = ops.org() AND d.id = ANY (ids)
	ON CONFLICT (org_id, delivery_id) DO UPDATE SET attempt = 0, began_at = now(), due_at = now()
		WHERE webhook_queue.held_until < clock_timestamp();
	UPDATE ops.webhook_receiver r SET open_until = '-infinity'
	 WHERE r.org_id = ops.org() AND r.webhook_id IN (
		SELECT d.webhook_id FROM crm.webhook_deliveries d
		 WHERE d.org_id = r.org_id AND d.id = ANY (ids));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.replay_delivery(id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	END IF;
	PERFORM ops.requeue_deliveries(ARRAY[replay_delivery.id]);
	RETURN (SELECT to_jsonb(d) - 'org_id' FROM crm.webhook_deliveries d
		WHERE d.org_id = ops.org() AND d.id = replay_delivery.id);
END $$;

-- Retries all deliveries of a webhook that have failed since a time; returns their number.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.replay_failed(webhook bigint, since timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	failed bigint[];
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	ELSIF NOT EXISTS (SELECT FROM crm.webhooks w WHERE w.org_id = org AND w.id = webhook) THEN
		RETURN NULL;
	END IF;
	failed := ARRAY(SELECT d.id FROM crm.webhook_deliveries d
		WHERE d.org_id = org AND d.webhook_id = webhook AND d.status = 'failed'
		  AND d.created_at >= since ORDER BY d.id LIMIT 10000);
	PERFORM ops.requeue_deliveries(failed);
	RETURN json_build_object('replayed', cardinality(failed));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.test_webhook(webhook bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	made bigint;
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	ELSIF NOT EXISTS (SELECT FROM crm.webhooks w WHERE w.org_id = org AND w.id = webhook) THEN
		RETURN NULL;
	END IF;
	INSERT INTO crm.webhook_deliveries (org_id, webhook_id, event, changed_by)
	VALUES (org, webhook, 'webhook.test', ops.caller())
	RETURNING id INTO made;
	RETURN ops.replay_delivery(made);
END $$;

-- Returns a sample of the first event that matches the patterns, with the last changed row, for a URL that is not saved
-- yet. The sample is signed with the secret of a webhook with the same server. Without such a webhook, no receiver can
-- verify the signature.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.webhook_sample(url text, events jsonb, webhook bigint, OUT event text,
	OUT message_id text, OUT secret text, OUT body text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	pattern text := coalesce(events->>0, '*');
	verb text := coalesce(nullif(nullif(split_part(pattern, '.', 2), ''), '*'), 'create');
	name text := nullif(split_part(pattern, '.', 1), '*');
	row_id text;
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	ELSIF url !~ '^https?://[^/?#@[:space:]]+([/?][^#[:space:]]*)?$' OR char_length(url) > 2000 THEN	-- as in webhooks_url_check
		PERFORM ops.refuse('https_required', 'url');
	ELSIF NOT identity.may_call(org, url) THEN
		PERFORM ops.refuse('sandbox_host', 'url');
	ELSIF NOT ops.is_event_pattern(pattern) THEN
		PERFORM ops.refuse('no_such_event', 'events.0', ops.nearest_events(pattern));
	ELSIF webhook IS NOT NULL AND NOT EXISTS (SELECT FROM crm.webhooks w WHERE w.org_id = org AND w.id = webhook) THEN
		RETURN;
	END IF;
	name := coalesce(name, ops.payload_name(org, 'contacts', ops.newest_payload_version()));
	SELECT a.row_id INTO row_id
	  FROM (SELECT l.id, l.table_name, l.row_id, l.action, l.new FROM ops.audit_log l WHERE l.org_id = org ORDER BY l.id DESC LIMIT 1000) a
	  JOIN ops.change_resource r USING (table_name)
	 WHERE name IN (CASE r.resource WHEN 'records' THEN a.new->>'object' ELSE r.resource END, r.resource_2) AND a.action IN ('insert', 'update')
	 ORDER BY a.id DESC LIMIT 1;
	event := name || '.' || verb;
	message_id := 'msg_' || gen_random_uuid();
	SELECT w.secret INTO secret FROM crm.webhooks w
	 WHERE w.org_id = org AND w.id = webhook AND ops.url_place(w.url) = ops.url_place(webhook_sample.url);
	body := json_build_object('id', message_id, 'type', event, 'created_at', now(), 'organization', org,
		'seq', NULL, 'by', ops.caller(), 'test', true, 'data', coalesce(
		CASE WHEN verb <> 'delete' THEN ops.webhook_data(event, row_id) END,
		jsonb_build_object('id', coalesce(row_id, '1')::bigint)));
END $$;

-- Logs that a URL was tested, and the response.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.note_webhook_test(webhook bigint, url text, event text, status integer, ms integer,
	error text, answer text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	END IF;
	INSERT INTO ops.audit_log VALUES (org, ops.audit_id(), now(), ops.caller(), ops.request(), ops.address(),
			'webhooks',
		coalesce(webhook::text, 'new'), 'test', NULL,
		json_build_object('url', url, 'event', event, 'status', nullif(status, 0), 'error', error));
	RETURN json_build_object('event', event, 'status', nullif(status, 0), 'ms', ms, 'error', error, 'answer', answer);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.purge_deliveries(most integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.in_organizations('webhook_deliveries', 'WITH gone AS (DELETE FROM crm.webhook_deliveries d '
		'WHERE d.org_id = $1 AND d.id = ANY (ARRAY(SELECT x.id FROM crm.webhook_deliveries x WHERE x.org_id = $1 '
		'AND x.created_at < now() - least(interval ''30 days'', (SELECT crm.retention($1, ''webhook_deliveries''))) AND x.status <> ''waiting'' LIMIT $2)) RETURNING 1) '
		'SELECT count(*) FROM gone', most)
$$;
SELECT ops.give_turns('webhook_deliveries', '1 day');

CREATE OR REPLACE TRIGGER forget AFTER DELETE ON crm.webhooks
	FOR EACH ROW EXECUTE FUNCTION ops.forget_webhook();

-- Refuses to change the server of a webhook: a different receiver with the same secret would get signatures that the
-- first receiver accepts.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.keep_receiver() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.refuse('webhook_server_fixed', 'url');
END $$;

CREATE OR REPLACE TRIGGER keep_receiver BEFORE UPDATE OF url ON crm.webhooks
	FOR EACH ROW WHEN (ops.url_place(OLD.url) <> ops.url_place(NEW.url)) EXECUTE FUNCTION ops.keep_receiver();

CREATE OR REPLACE TRIGGER note_receiver AFTER INSERT OR UPDATE OF url, enabled ON crm.webhooks
	FOR EACH ROW EXECUTE FUNCTION ops.note_receiver();
