-- What changes is told: to who listens (GET /api/changes/stream), to who asks
-- (GET /api/changes), and to webhooks.  The audit log has all of it already.  It is
-- numbered afterwards, so that whoever writes pays for a number of a
-- transaction and nothing else.

-- A transaction may write early and commit late.  What is older than the oldest
-- one that runs can get no more rows: read in this order, up to there, nothing is
-- passed over and nothing comes twice.
ALTER TABLE ops.audit_log ADD COLUMN xid xid8;
ALTER TABLE ops.audit_log ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
CREATE INDEX audit_log_xid ON ops.audit_log (xid, id) WHERE xid IS NOT NULL;

-- What every member may read, by its name in the API, and where a webhook
-- finds it.  Of other tables nothing is told.
CREATE TABLE ops.change_resource (
	table_name text PRIMARY KEY,
	resource   text NOT NULL,
	source     text NOT NULL
);
INSERT INTO ops.change_resource VALUES
	('activities', 'activities', 'crm.activities'),
	('appointments', 'appointments', 'crm.appointments_summary'),
	('automation_rules', 'automation_rules', 'crm.automation_rules'),
	('companies', 'companies', 'crm.companies_summary'),
	('configuration', 'configuration', 'crm.configuration_summary'),
	('contact_notes', 'contact_notes', 'crm.contact_notes'),
	('contacts', 'contacts', 'crm.contacts_summary'),
	('deal_notes', 'deal_notes', 'crm.deal_notes'),
	('deals', 'deals', 'crm.deals'),
	('messages', 'messages', 'crm.messages'),
	('sales', 'sales', 'crm.sales'),
	('tags', 'tags', 'crm.tags'),
	('tasks', 'tasks', 'crm.tasks');

-- The changes of an organization, numbered 1, 2, 3 without a gap: whoever has
-- one knows whether the next is missing.  Nothing of what a row says is here.
CREATE TABLE ops.change (
	org_id   uuid NOT NULL,
	seq      bigint NOT NULL,
	at       timestamptz NOT NULL,
	resource text NOT NULL,
	row_id   text NOT NULL,
	verb     text NOT NULL,
	by       text,
	PRIMARY KEY (org_id, seq)
);
CREATE INDEX change_at ON ops.change (at);

-- How far that is, and who sees to it: one at a time, for three seconds.
CREATE TABLE ops.feed_state (
	one         boolean PRIMARY KEY DEFAULT true CHECK (one),
	xid         xid8 NOT NULL,
	id          bigint NOT NULL,
	since       bigint NOT NULL,	-- ids of rows before this are not told
	numbered_at timestamptz NOT NULL DEFAULT '-infinity',
	holder      text,
	held_until  timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO ops.feed_state (xid, id, since) SELECT pg_current_xact_id(), 0, 0;

-- An organization's channel in nginx: its name is a secret, which the worker
-- tells to nginx alone.  Up to "published" all has been sent there; "mark" is
-- where that is in nginx's own terms, null while nobody has listened.
CREATE TABLE ops.feed_channel (
	org_id    uuid PRIMARY KEY REFERENCES identity.organization ON DELETE CASCADE,
	secret    text NOT NULL UNIQUE
		DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
	numbered  bigint NOT NULL DEFAULT 0,
	published bigint NOT NULL DEFAULT 0,
	mark      text,
	queued    bigint NOT NULL DEFAULT 0	-- for webhooks
);

-- Who listens, by the hash of the token or key they came with.  Each has a channel
-- more, on which nothing is ever said: to delete it ends the connection.
CREATE TABLE ops.feed_reader (
	channel text PRIMARY KEY
		DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
	org_id  uuid NOT NULL,
	proof   bytea NOT NULL,
	by_key  boolean NOT NULL,
	until   timestamptz NOT NULL,
	lost_at timestamptz
);
CREATE UNIQUE INDEX feed_reader_proof ON ops.feed_reader (org_id, proof) WHERE lost_at IS NULL;

-- For who numbers, and may look at nobody's organization.
CREATE FUNCTION ops.organization_stays(org uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT EXISTS (SELECT FROM identity.organization o WHERE o.id = org AND NOT o.purging)
$$;

-- Numbers what is new, so many rows at most, and says how many it looked at.  Of a
-- database that came from another server the numbers of transactions mean
-- nothing here: what is before that is left.
CREATE FUNCTION ops.number_changes(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	s ops.feed_state;
	horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
	n integer;
	last_xid xid8;
	last_id bigint;
BEGIN
	SELECT * INTO s FROM ops.feed_state FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	IF s.xid > pg_snapshot_xmax(pg_current_snapshot()) THEN
		UPDATE ops.feed_state SET xid = horizon, id = 0,
			since = ((extract(epoch FROM clock_timestamp()) - 1735689600) * 1000)::bigint << 12;
		RETURN 0;
	END IF;
	WITH new AS MATERIALIZED (
		SELECT a.xid, a.id, a.org_id, a.at, a.user_id, a.table_name, a.row_id, a.action
		  FROM ops.audit_log a
		 WHERE (a.xid, a.id) > (s.xid, s.id) AND a.xid < horizon AND a.id >= s.since
		 ORDER BY a.xid, a.id LIMIT most),
	told AS (
		SELECT n.*, r.resource, row_number() OVER w AS k,
			count(*) OVER (PARTITION BY n.org_id) AS of
		  FROM new n JOIN ops.change_resource r USING (table_name)
		 WHERE ops.organization_stays(n.org_id)
		WINDOW w AS (PARTITION BY n.org_id ORDER BY n.xid, n.id)),
	counted AS (
		INSERT INTO ops.feed_channel AS c (org_id, numbered)
		SELECT t.org_id, count(*) FROM told t GROUP BY t.org_id ORDER BY t.org_id
		ON CONFLICT (org_id) DO UPDATE SET numbered = c.numbered + excluded.numbered
		RETURNING c.org_id, c.numbered),
	written AS (
		INSERT INTO ops.change
		SELECT t.org_id, c.numbered - t.of + t.k, t.at, t.resource, t.row_id,
			CASE t.action WHEN 'insert' THEN 'create' ELSE t.action END, t.user_id
		  FROM told t JOIN counted c USING (org_id))
	SELECT count(*), (array_agg(x.xid ORDER BY x.xid DESC, x.id DESC))[1],
		(array_agg(x.id ORDER BY x.xid DESC, x.id DESC))[1]
	  INTO n, last_xid, last_id FROM new x;
	UPDATE ops.feed_state SET numbered_at = clock_timestamp(),
		xid = coalesce(last_xid, feed_state.xid), id = coalesce(last_id, feed_state.id);
	RETURN n;
END $$;

-- One change as clients get it.
CREATE FUNCTION ops.change_json(c ops.change) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('seq', c.seq, 'resource', c.resource,
		'id', CASE WHEN c.row_id ~ '^[0-9]{1,15}$' THEN to_json(c.row_id::bigint)
			ELSE to_json(c.row_id) END,
		'verb', c.verb, 'at', c.at, 'by', c.by)::text
$$;

-- Where no job numbers, whoever asks does.
CREATE FUNCTION ops.number_if_idle() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF (SELECT s.numbered_at < clock_timestamp() - interval '1 second' FROM ops.feed_state s) THEN
		PERFORM ops.number_changes(1000);
	END IF;
END $$;

-- Those behind a number, of the organization of the request.  reset: some of
-- them are no longer kept, or never were; go on from seq.
CREATE FUNCTION ops.changes_after(after bigint, most integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := current_setting('app.org_id')::uuid;
	last bigint;
	oldest bigint;
	found text[];
BEGIN
	PERFORM ops.number_if_idle();
	last := coalesce((SELECT c.numbered FROM ops.feed_channel c WHERE c.org_id = org), 0);
	oldest := coalesce((SELECT min(c.seq) FROM ops.change c WHERE c.org_id = org), last + 1);
	after := coalesce(after, last);
	IF after > last OR after < oldest - 1 THEN
		RETURN json_build_object('changes', '[]'::json, 'seq', last, 'more', false,
			'reset', true);
	END IF;
	SELECT array_agg(ops.change_json(x) ORDER BY x.seq) INTO found
	  FROM (SELECT c.* FROM ops.change c WHERE c.org_id = org AND c.seq > after
		ORDER BY c.seq LIMIT most) x;
	after := after + coalesce(cardinality(found), 0);
	RETURN format('{"changes":[%s],"seq":%s,"more":%s,"reset":false}',
		array_to_string(found, ','), after, to_json(after < last));
END $$;

-- Lines of an event stream.
CREATE FUNCTION ops.change_events(org uuid, after bigint, most integer,
	OUT body text, OUT upto bigint)
LANGUAGE sql STABLE AS $$
	SELECT coalesce(string_agg(format(E'id: %s\nevent: change\ndata: %s\n\n', x.seq,
			ops.change_json(x)), '' ORDER BY x.seq), ''),
		coalesce(max(x.seq), after)
	  FROM (SELECT c.* FROM ops.change c WHERE c.org_id = org AND c.seq > after
		ORDER BY c.seq LIMIT most) x
$$;

-- Admits somebody to the stream.  Whoever has all that was published gets the
-- names of two channels and the place in the first; anybody else a piece of an
-- event stream, from here, after which they come again.
CREATE FUNCTION ops.follow_changes(shown bytea, is_key boolean, last bigint, live boolean,
	OUT place text, OUT body text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := current_setting('app.org_id')::uuid;
	c ops.feed_channel;
	reader text;
	oldest bigint;
	upto bigint;
	again text;
BEGIN
	PERFORM ops.number_if_idle();
	-- While nobody publishes, whoever comes again finds no place either.
	live := live AND (SELECT s.held_until > clock_timestamp() FROM ops.feed_state s);
	again := CASE WHEN live THEN E'retry: 100\n' ELSE E'retry: 3000\n' END;
	INSERT INTO ops.feed_channel (org_id) VALUES (org) ON CONFLICT (org_id) DO NOTHING;
	SELECT * INTO c FROM ops.feed_channel x WHERE x.org_id = org FOR UPDATE;
	IF live THEN
		IF NOT EXISTS (SELECT FROM ops.feed_reader r
		    WHERE r.org_id = org AND r.lost_at IS NULL) THEN
			UPDATE ops.feed_channel x SET published = x.numbered, mark = NULL
			 WHERE x.org_id = org RETURNING * INTO c;
		END IF;
		-- Not all at once, when each of them comes again.
		INSERT INTO ops.feed_reader AS r (org_id, proof, by_key, until)
		VALUES (org, shown, is_key, now() + interval '50 minutes' + random() * interval '20 minutes')
		ON CONFLICT (org_id, proof) WHERE lost_at IS NULL DO UPDATE SET until = excluded.until
		RETURNING r.channel INTO reader;
	END IF;
	oldest := coalesce((SELECT min(x.seq) FROM ops.change x WHERE x.org_id = org),
		c.numbered + 1);
	IF last IS NULL THEN
		body := format(E'%sid: %s\nevent: ready\ndata: {"seq":%s}\n\n', again,
			c.numbered, c.numbered);
	ELSIF last > c.numbered OR last < oldest - 1 THEN
		body := format(E'%sid: %s\nevent: reset\ndata: {"seq":%s}\n\n', again,
			c.numbered, c.numbered);
	ELSIF live AND last = c.published AND c.mark IS NOT NULL THEN
		place := format('org=%s&reader=%s&last=%s', c.secret, reader, c.mark);
	ELSE
		SELECT e.body, e.upto INTO body, upto FROM ops.change_events(org, last, 1000) e;
		body := CASE WHEN upto < c.numbered THEN E'retry: 100\n' ELSE again END
			|| E':\n\n' || body;
	END IF;
END $$;

-- True for the one that publishes: whoever does so goes on, and another takes
-- over when it has not for three seconds.
CREATE FUNCTION ops.hold_feed(holder text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	UPDATE ops.feed_state s SET holder = hold_feed.holder,
		held_until = clock_timestamp() + interval '3 seconds'
	 WHERE s.holder IS NOT DISTINCT FROM hold_feed.holder OR s.held_until < clock_timestamp();
	RETURN FOUND;
END $$;

-- The next message of each channel that somebody listens to.  One without changes
-- finds out the place of a channel that has none yet.
CREATE FUNCTION ops.next_messages(most integer,
	OUT secret text, OUT published bigint, OUT upto bigint, OUT body text)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT c.secret, c.published, e.upto, CASE WHEN e.body = '' THEN E':\n\n' ELSE e.body END
	  FROM ops.feed_channel c, ops.change_events(c.org_id, c.published, most) e
	 WHERE (c.published < c.numbered OR c.mark IS NULL)
	   AND EXISTS (SELECT FROM ops.feed_reader r WHERE r.org_id = c.org_id AND r.lost_at IS NULL)
$$;

CREATE FUNCTION ops.message_sent(secret text, published bigint, upto bigint, mark text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.feed_channel c SET published = upto, mark = message_sent.mark
	 WHERE c.secret = message_sent.secret AND c.published = message_sent.published
$$;

-- The channels of those who may not listen any longer: what identity.begin_request()
-- and begin_key() would refuse, and whose hour is over.  Said for ten seconds,
-- for somebody may have been let in just before.
CREATE FUNCTION ops.lost_readers() RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM ops.feed_reader) THEN
		RETURN;
	END IF;
	UPDATE ops.feed_reader r SET lost_at = clock_timestamp()
	 WHERE r.lost_at IS NULL AND (r.until < now() OR NOT EXISTS (
		SELECT FROM identity.organization_member m
		  JOIN identity.organization o ON o.id = m.organization_id
		 WHERE m.organization_id = r.org_id AND NOT m.disabled
		   AND o.suspended_at IS NULL AND o.deleted_at IS NULL
		   AND (EXISTS (SELECT FROM identity.session s WHERE NOT r.by_key
				AND s.token_hash = r.proof AND s.user_id = m.user_id
				AND s.expires_at > now())
			OR EXISTS (SELECT FROM identity.api_key k WHERE r.by_key
				AND k.key_hash = r.proof AND k.user_id = m.user_id
				AND k.organization_id = r.org_id AND k.enabled
				AND (k.expires_at IS NULL OR k.expires_at > now())
				AND (k.permissions IS NULL
					OR coalesce(k.permissions->'changes' ? 'read', false)
					OR coalesce(k.permissions->'*' ? 'read', false))))));
	DELETE FROM ops.feed_reader r WHERE r.lost_at < clock_timestamp() - interval '10 seconds';
	RETURN QUERY SELECT r.channel FROM ops.feed_reader r WHERE r.lost_at IS NOT NULL;
END $$;

-- Changes are kept for a week, channels as long as their organization.
CREATE FUNCTION ops.purge_changes(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	n integer;
BEGIN
	DELETE FROM ops.change WHERE ctid = ANY (ARRAY(SELECT c.ctid FROM ops.change c
		WHERE c.at < now() - interval '7 days' ORDER BY c.at LIMIT most));
	GET DIAGNOSTICS n = ROW_COUNT;
	DELETE FROM ops.feed_channel c
	 WHERE NOT EXISTS (SELECT FROM identity.organization o WHERE o.id = c.org_id)
	   AND NOT EXISTS (SELECT FROM ops.change x WHERE x.org_id = c.org_id);
	RETURN n;
END $$;

REVOKE EXECUTE ON FUNCTION ops.organization_stays(uuid), ops.number_changes(integer), ops.change_json(ops.change),
	ops.number_if_idle(), ops.changes_after(bigint, integer),
	ops.change_events(uuid, bigint, integer),
	ops.follow_changes(bytea, boolean, bigint, boolean), ops.hold_feed(text),
	ops.next_messages(integer), ops.message_sent(text, bigint, bigint, text),
	ops.lost_readers(), ops.purge_changes(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.number_changes(integer), ops.changes_after(bigint, integer),
	ops.follow_changes(bytea, boolean, bigint, boolean), ops.hold_feed(text),
	ops.next_messages(integer), ops.message_sent(text, bigint, bigint, text),
	ops.lost_readers(), ops.purge_changes(integer) TO tenantry_app;

-- It reads the log of everybody, as the sealer does.
GRANT SELECT, UPDATE ON ops.feed_state TO tenantry_audit;
GRANT SELECT, INSERT, UPDATE ON ops.feed_channel TO tenantry_audit;
GRANT SELECT ON ops.change_resource TO tenantry_audit;
GRANT INSERT ON ops.change TO tenantry_audit;
GRANT EXECUTE ON FUNCTION ops.organization_stays(uuid) TO tenantry_audit;
GRANT CREATE ON SCHEMA ops TO tenantry_audit;
ALTER FUNCTION ops.number_changes(integer) OWNER TO tenantry_audit;
REVOKE CREATE ON SCHEMA ops FROM tenantry_audit;
GRANT EXECUTE ON FUNCTION ops.number_changes(integer) TO CURRENT_USER;

-- Webhooks: changes are sent to who asked for them, by an outbox of deliveries
-- that are tried for a day.

-- True for "contacts.create", "deals.*", "*.delete" and "*".
CREATE FUNCTION ops.is_event_pattern(pattern text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT pattern = '*' OR pattern ~ '^[a-z_*]+\.(create|update|delete|\*)$'
		AND (pattern LIKE '*.%' OR EXISTS (SELECT FROM ops.change_resource r
			WHERE r.resource = split_part(pattern, '.', 1)))
$$;

-- The secret is sealed by a key that the database has not; the one before holds for
-- a day after it was changed.
CREATE TABLE crm.webhooks (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	url             text NOT NULL CONSTRAINT webhooks_url_check
		CHECK (url ~ '^https?://[^/?#@[:space:]]+([/?][^#[:space:]]*)?$'
			AND char_length(url) <= 2000),
	events          jsonb NOT NULL DEFAULT '["*"]' CONSTRAINT webhooks_events_check
		CHECK (jsonb_typeof(events) = 'array' AND jsonb_array_length(events) BETWEEN 1 AND 50),
	description     text CONSTRAINT webhooks_description_check
		CHECK (char_length(description) <= 500),
	enabled         boolean NOT NULL DEFAULT true,
	secret          text NOT NULL,
	old_secret      text,
	old_until       timestamptz,
	failing_since   timestamptz,
	disabled_reason text,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id)
);
SELECT ops.protect('crm.webhooks', false);
CREATE POLICY administrators ON crm.webhooks TO tenantry_app
	USING ((SELECT current_setting('app.role', true)) IN ('owner', 'admin'));
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.webhooks TO tenantry_app;

CREATE FUNCTION crm.check_webhook() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('app.restoring', true) = 'on' THEN
		RETURN NEW;
	END IF;
	PERFORM identity.check_own_name();	-- it would outlast the hour
	IF EXISTS (SELECT FROM jsonb_array_elements(CASE jsonb_typeof(NEW.events)
			WHEN 'array' THEN NEW.events ELSE '[]' END) e
	    WHERE jsonb_typeof(e) <> 'string' OR NOT ops.is_event_pattern(e #>> '{}')) THEN
		RAISE EXCEPTION 'patterns like "contacts.create", "deals.*" or "*"'
			USING ERRCODE = 'ZH422', COLUMN = 'events';
	END IF;
	IF TG_OP = 'INSERT' AND (SELECT count(*) FROM crm.webhooks w
	    WHERE w.org_id = NEW.org_id) >= 20 THEN
		RAISE EXCEPTION 'an organization may have 20 webhooks' USING ERRCODE = 'ZH422';
	END IF;
	NEW.updated_at := now();
	IF TG_OP = 'UPDATE' AND NEW.enabled AND NOT OLD.enabled THEN
		NEW.failing_since := NULL;
		NEW.disabled_reason := NULL;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER check_webhook BEFORE INSERT OR UPDATE ON crm.webhooks
	FOR EACH ROW EXECUTE FUNCTION crm.check_webhook();

-- What was sent and what came of it; a log, kept for 30 days.
CREATE TABLE crm.webhook_deliveries (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	webhook_id   bigint NOT NULL,
	event        text NOT NULL,
	row_id       text,
	seq          bigint,
	changed_at   timestamptz NOT NULL DEFAULT now(),
	changed_by   text,
	status       text NOT NULL DEFAULT 'waiting' CONSTRAINT webhook_deliveries_status_check
		CHECK (status IN ('waiting', 'delivered', 'failed')),
	attempts     jsonb NOT NULL DEFAULT '[]',	-- the last 20 of them
	next_at      timestamptz,
	created_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	FOREIGN KEY (org_id, webhook_id) REFERENCES crm.webhooks ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_webhook_id ON crm.webhook_deliveries (org_id, webhook_id, id);
CREATE INDEX webhook_deliveries_created_at ON crm.webhook_deliveries (org_id, created_at);
SELECT ops.protect('crm.webhook_deliveries', false);
DROP TRIGGER audit ON crm.webhook_deliveries;
CREATE POLICY administrators ON crm.webhook_deliveries FOR SELECT TO tenantry_app
	USING ((SELECT current_setting('app.role', true)) IN ('owner', 'admin'));
GRANT SELECT ON crm.webhook_deliveries TO tenantry_app;

-- Those that wait, of all organizations.  Who holds one has a minute for it.
CREATE TABLE ops.webhook_queue (
	org_id      uuid NOT NULL,
	webhook_id  bigint NOT NULL,
	delivery_id bigint NOT NULL,
	attempt     integer NOT NULL DEFAULT 0,
	began_at    timestamptz NOT NULL DEFAULT now(),
	due_at      timestamptz NOT NULL DEFAULT now(),
	held_until  timestamptz NOT NULL DEFAULT '-infinity',
	PRIMARY KEY (org_id, delivery_id)
);
CREATE INDEX webhook_queue_due_at ON ops.webhook_queue (org_id, webhook_id, due_at);

-- It goes with the webhook, however that goes.
CREATE FUNCTION ops.forget_webhook() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	DELETE FROM ops.webhook_queue q WHERE q.org_id = OLD.org_id AND q.webhook_id = OLD.id;
	RETURN NULL;
END $$;
CREATE TRIGGER forget AFTER DELETE ON crm.webhooks
	FOR EACH ROW EXECUTE FUNCTION ops.forget_webhook();

-- Makes deliveries of what changed, of so many changes of each organization.
CREATE FUNCTION ops.queue_webhooks(most integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	c ops.feed_channel;
	upto bigint;
BEGIN
	FOR c IN SELECT x.* FROM ops.feed_channel x WHERE x.queued < x.numbered
	    ORDER BY x.org_id LIMIT 1000 FOR UPDATE SKIP LOCKED LOOP
		PERFORM set_config('app.org_id', c.org_id::text, true);
		upto := least(c.numbered, c.queued + most);
		WITH made AS (
			INSERT INTO crm.webhook_deliveries (org_id, webhook_id, event, row_id, seq,
				changed_at, changed_by, next_at)
			SELECT c.org_id, w.id, x.resource || '.' || x.verb, x.row_id, x.seq, x.at, x.by, now()
			  FROM ops.change x JOIN crm.webhooks w ON w.org_id = c.org_id AND w.enabled
				AND w.created_at <= x.at
				AND w.events ?| ARRAY['*', x.resource || '.*', '*.' || x.verb,
					x.resource || '.' || x.verb]
			 WHERE x.org_id = c.org_id AND x.seq > c.queued AND x.seq <= upto
			 ORDER BY x.seq
			RETURNING webhook_id, id)
		INSERT INTO ops.webhook_queue (org_id, webhook_id, delivery_id)
		SELECT c.org_id, m.webhook_id, m.id FROM made m;
		UPDATE ops.feed_channel x SET queued = upto WHERE x.org_id = c.org_id;
	END LOOP;
	PERFORM set_config('app.org_id', coalesce(other, ''), true);
END $$;

-- The row as the API shows it, of the organization that is set; null when it has
-- gone.
CREATE FUNCTION ops.webhook_data(event text, row_id text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	source text := (SELECT r.source FROM ops.change_resource r
		WHERE r.resource = split_part(event, '.', 1));
	data jsonb;
BEGIN
	IF source IS NOT NULL AND row_id ~ '^[0-9]{1,18}$' THEN
		EXECUTE format('SELECT to_jsonb(v) - ''org_id'' FROM %s v '
			'WHERE v.id = $1', source) INTO data USING row_id::bigint;
	END IF;
	RETURN data;
END $$;

-- Takes some that are due: two of a webhook and four of an organization at
-- once, so that whoever is slow is slow for themselves.  Those of an organization
-- that is suspended wait.
CREATE FUNCTION ops.claim_deliveries(most integer, OUT place text, OUT attempt integer,
	OUT message_id text, OUT url text, OUT secret text, OUT old_secret text, OUT body text)
RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	q ops.webhook_queue;
	w crm.webhooks;
	d crm.webhook_deliveries;
BEGIN
	FOR q IN UPDATE ops.webhook_queue x SET held_until = clock_timestamp() + interval '1 minute',
			attempt = x.attempt + 1
		  FROM (WITH RECURSIVE line AS (
				(SELECT o.org_id, o.webhook_id FROM ops.webhook_queue o
				  ORDER BY o.org_id, o.webhook_id LIMIT 1)
				UNION ALL
				SELECT n.* FROM line l, LATERAL (SELECT o.org_id, o.webhook_id
					FROM ops.webhook_queue o
					WHERE (o.org_id, o.webhook_id) > (l.org_id, l.webhook_id)
					ORDER BY o.org_id, o.webhook_id LIMIT 1) n)
			SELECT f.org_id, f.delivery_id FROM (
				SELECT t.*, row_number() OVER (PARTITION BY t.org_id ORDER BY t.due_at) AS k
				  FROM line l JOIN identity.organization i ON i.id = l.org_id
					AND i.suspended_at IS NULL AND i.deleted_at IS NULL,
				  LATERAL (SELECT o.org_id, o.delivery_id, o.due_at, o.held_until
					FROM ops.webhook_queue o
					WHERE o.org_id = l.org_id AND o.webhook_id = l.webhook_id
					  AND o.due_at <= clock_timestamp()
					ORDER BY o.due_at LIMIT 2) t) f
			 WHERE f.k <= 4 AND f.held_until < clock_timestamp()
			 ORDER BY f.due_at LIMIT most) due
		 WHERE x.org_id = due.org_id AND x.delivery_id = due.delivery_id
		   AND x.held_until < clock_timestamp()
		RETURNING x.* LOOP
		PERFORM set_config('app.org_id', q.org_id::text, true);
		SELECT * INTO w FROM crm.webhooks x WHERE x.org_id = q.org_id AND x.id = q.webhook_id;
		SELECT * INTO d FROM crm.webhook_deliveries x
		 WHERE x.org_id = q.org_id AND x.id = q.delivery_id;
		IF NOT w.enabled AND d.event <> 'webhook.test' THEN
			DELETE FROM ops.webhook_queue x
			 WHERE x.org_id = q.org_id AND x.delivery_id = q.delivery_id;
			UPDATE crm.webhook_deliveries x SET status = 'failed', next_at = NULL
			 WHERE x.org_id = q.org_id AND x.id = q.delivery_id;
			CONTINUE;
		END IF;
		place := q.org_id || '/' || q.delivery_id;
		attempt := q.attempt;
		message_id := 'msg_' || d.id;
		url := w.url;
		secret := w.secret;
		old_secret := CASE WHEN w.old_until > now() THEN w.old_secret END;
		body := json_build_object('id', message_id, 'type', d.event, 'created_at', d.changed_at,
			'organization', q.org_id, 'seq', d.seq, 'by', d.changed_by, 'data', coalesce(
			CASE WHEN d.event = 'webhook.test' THEN '{"test": true}'::jsonb END,
			ops.webhook_data(d.event, d.row_id),
			jsonb_build_object('id', CASE WHEN d.row_id ~ '^[0-9]{1,15}$'
				THEN to_jsonb(d.row_id::bigint) ELSE to_jsonb(d.row_id) END)));
		RETURN NEXT;
	END LOOP;
	PERFORM set_config('app.org_id', coalesce(other, ''), true);
END $$;

-- Disables it and tells the administrators.
CREATE FUNCTION ops.disable_webhook(w crm.webhooks, reason text, language text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	who record;
BEGIN
	UPDATE crm.webhooks x SET enabled = false, disabled_reason = reason
	 WHERE x.org_id = w.org_id AND x.id = w.id AND x.enabled;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	FOR who IN SELECT DISTINCT u.email FROM identity.organization_member m
		  JOIN identity."user" u ON u.id = m.user_id
		 WHERE m.organization_id = w.org_id AND m.acts_as IN ('owner', 'admin')
		   AND NOT m.disabled LOOP
		PERFORM ops.send_mail('webhook-disabled', who.email, language, jsonb_build_object(
			'address', left(w.url, 200), 'reason', reason));
	END LOOP;
END $$;

-- What came of an attempt.  Tried again after 5 s, three times as long each time
-- and six hours at most, for a day.  What fails for five days is disabled, and so
-- is what says that it is gone.
CREATE FUNCTION ops.end_delivery(place text, attempt integer, status integer, ms integer,
	error text, answer text, language text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
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
	PERFORM set_config('app.org_id', q.org_id::text, true);
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
	UPDATE crm.webhook_deliveries d SET status = came,
		next_at = CASE came WHEN 'waiting' THEN next END,
		attempts = CASE WHEN jsonb_array_length(d.attempts) >= 20 THEN d.attempts - 0
			ELSE d.attempts END || jsonb_build_object('at', clock_timestamp(),
			'status', nullif(end_delivery.status, 0), 'ms', ms, 'error', error, 'answer', answer)
	 WHERE d.org_id = q.org_id AND d.id = q.delivery_id;
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
	END IF;
	PERFORM set_config('app.org_id', coalesce(other, ''), true);
END $$;

-- Once more, at once, as if it had not been tried.
CREATE FUNCTION ops.requeue_deliveries(ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE crm.webhook_deliveries d SET status = 'waiting', next_at = now()
	 WHERE d.org_id = current_setting('app.org_id')::uuid AND d.id = ANY (ids);
	INSERT INTO ops.webhook_queue (org_id, webhook_id, delivery_id)
	SELECT d.org_id, d.webhook_id, d.id FROM crm.webhook_deliveries d
	 WHERE d.org_id = current_setting('app.org_id')::uuid AND d.id = ANY (ids)
	ON CONFLICT (org_id, delivery_id) DO UPDATE SET attempt = 0, began_at = now(), due_at = now()
		WHERE webhook_queue.held_until < clock_timestamp();
END $$;

CREATE FUNCTION ops.replay_delivery(id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF current_setting('app.role', true) NOT IN ('owner', 'admin') THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	END IF;
	PERFORM ops.requeue_deliveries(ARRAY[replay_delivery.id]);
	RETURN (SELECT to_jsonb(d) - 'org_id' FROM crm.webhook_deliveries d
		WHERE d.org_id = current_setting('app.org_id')::uuid AND d.id = replay_delivery.id);
END $$;

-- All of a webhook that have failed since; says how many.
CREATE FUNCTION ops.replay_failed(webhook bigint, since timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := current_setting('app.org_id')::uuid;
	failed bigint[];
BEGIN
	IF current_setting('app.role', true) NOT IN ('owner', 'admin') THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	ELSIF NOT EXISTS (SELECT FROM crm.webhooks w WHERE w.org_id = org AND w.id = webhook) THEN
		RETURN NULL;
	END IF;
	failed := ARRAY(SELECT d.id FROM crm.webhook_deliveries d
		WHERE d.org_id = org AND d.webhook_id = webhook AND d.status = 'failed'
		  AND d.created_at >= since ORDER BY d.id LIMIT 10000);
	PERFORM ops.requeue_deliveries(failed);
	RETURN json_build_object('replayed', cardinality(failed));
END $$;

CREATE FUNCTION ops.test_webhook(webhook bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := current_setting('app.org_id')::uuid;
	made bigint;
BEGIN
	IF current_setting('app.role', true) NOT IN ('owner', 'admin') THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	ELSIF NOT EXISTS (SELECT FROM crm.webhooks w WHERE w.org_id = org AND w.id = webhook) THEN
		RETURN NULL;
	END IF;
	INSERT INTO crm.webhook_deliveries (org_id, webhook_id, event, changed_by)
	VALUES (org, webhook, 'webhook.test', current_setting('app.user_id', true))
	RETURNING id INTO made;
	RETURN ops.replay_delivery(made);
END $$;

CREATE FUNCTION ops.purge_deliveries(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	room integer := most;
	n integer;
BEGIN
	FOR org IN SELECT c.org_id FROM ops.feed_channel c LOOP
		PERFORM set_config('app.org_id', org::text, true);
		DELETE FROM crm.webhook_deliveries d WHERE d.org_id = org AND d.id = ANY (ARRAY(
			SELECT x.id FROM crm.webhook_deliveries x WHERE x.org_id = org
			   AND x.created_at < now() - interval '30 days' AND x.status <> 'waiting'
			 LIMIT room));
		GET DIAGNOSTICS n = ROW_COUNT;
		room := room - n;
		EXIT WHEN room <= 0;
	END LOOP;
	PERFORM set_config('app.org_id', coalesce(other, ''), true);
	RETURN most - room;
END $$;

REVOKE EXECUTE ON FUNCTION ops.is_event_pattern(text), crm.check_webhook(), ops.forget_webhook(),
	ops.queue_webhooks(integer), ops.webhook_data(text, text),
	ops.claim_deliveries(integer), ops.disable_webhook(crm.webhooks, text, text),
	ops.end_delivery(text, integer, integer, integer, text, text, text),
	ops.requeue_deliveries(bigint[]), ops.replay_delivery(bigint),
	ops.replay_failed(bigint, timestamptz), ops.test_webhook(bigint),
	ops.purge_deliveries(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.is_event_pattern(text), ops.queue_webhooks(integer),
	ops.claim_deliveries(integer),
	ops.end_delivery(text, integer, integer, integer, text, text, text),
	ops.replay_delivery(bigint), ops.replay_failed(bigint, timestamptz),
	ops.test_webhook(bigint), ops.purge_deliveries(integer) TO tenantry_app;

-- Who a message is from.  A number as its key says it, led by whose it is, as
-- addresses are found in 028; and behind a function for the same reason.
CREATE FUNCTION crm.number_keys(org uuid, numbers jsonb) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	keys bigint[] := '{}';
	key text;
BEGIN
	-- By place, for every write of a contact asks this, and a query costs more.
	IF jsonb_typeof(numbers) = 'array' THEN
		FOR n IN 0 .. jsonb_array_length(numbers) - 1 LOOP
			key := crm.phone_key(numbers->n->>'number');
			IF key IS NOT NULL THEN
				keys := keys || hashtextextended(key, uuid_hash_extended(org, 0));
			END IF;
		END LOOP;
	END IF;
	RETURN keys;
END $$;
GRANT EXECUTE ON FUNCTION crm.phone_key(text), crm.number_keys(uuid, jsonb)
	TO tenantry_app, tenantry_search;
CREATE INDEX contacts_numbers ON crm.contacts
	USING gin (crm.number_keys(org_id, phone_jsonb)) WITH (fastupdate = off);

GRANT SELECT (phone_jsonb) ON crm.contacts TO tenantry_search;
CREATE FUNCTION crm.find_number(number text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp SET enable_seqscan = off AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	key text := crm.phone_key(number);
BEGIN
	RETURN QUERY SELECT c.id FROM (
		SELECT x.org_id, x.id, x.phone_jsonb FROM crm.contacts x
		 WHERE crm.number_keys(x.org_id, x.phone_jsonb)
			@> ARRAY[hashtextextended(key, uuid_hash_extended(org, 0))] OFFSET 0) c
	 WHERE key IS NOT NULL AND c.org_id = org AND EXISTS (
		SELECT FROM jsonb_array_elements(c.phone_jsonb) e WHERE crm.phone_key(e->>'number') = key);
END $$;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
GRANT EXECUTE ON FUNCTION crm.find_number(text) TO tenantry_app;
ALTER FUNCTION crm.find_number(text) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;

-- The oldest contact that has that address or number.
CREATE FUNCTION crm.contact_of(address text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT min(c.id) FROM crm.contacts c WHERE c.id = ANY (CASE WHEN address ~ '@'
		THEN ARRAY(SELECT f.id FROM crm.find_addresses(ARRAY[btrim(address)]) f)
		ELSE ARRAY(SELECT crm.find_number(address)) END));
END $$;
GRANT EXECUTE ON FUNCTION crm.contact_of(text) TO tenantry_app;
