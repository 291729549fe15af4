-- The change feed: numbers audit log entries and publishes them to readers.
-- needs: ops/aside.sql

-- Returns the number of the last change of an organization, or 0 if there is none, for the tenantry_audit role, which
-- cannot read changes.
-- callers: tenantry_audit
CREATE OR REPLACE FUNCTION ops.last_change(org uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT coalesce(max(c.seq), 0) FROM ops.change c WHERE c.org_id = org
$$;

-- Returns the resource of a log entry. For a row of a custom object, the resource is the object.
-- callers: tenantry_audit
CREATE OR REPLACE FUNCTION ops.entry_resource(a ops.audit_log, resource text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE resource WHEN 'records' THEN coalesce(a.new->>'object', a.old->>'object') ELSE resource END
$$;

-- Returns the external IDs of the rows of log entries, for rows that have any. The external IDs outlive a deleted row
-- (see crm.drop_external_ids()), unless the feed does not contain the changes of its table.
-- callers: tenantry_audit
CREATE OR REPLACE FUNCTION ops.entry_external_ids(orgs uuid[], ids bigint[])
RETURNS TABLE (org_id uuid, id bigint, external_ids jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	org uuid;
BEGIN
	FOR org IN SELECT DISTINCT u FROM unnest(orgs) u LOOP
		PERFORM ops.set_org(org);
		CONTINUE WHEN NOT EXISTS (SELECT FROM crm.external_ids x WHERE x.org_id = org);
		RETURN QUERY SELECT a.org_id, a.id, crm.external_ids_of(a.table_name, a.row_id::bigint)
		  FROM unnest(orgs, ids) e (org_id, id) JOIN ops.audit_log a ON a.org_id = e.org_id AND a.id = e.id
		 WHERE e.org_id = org AND a.row_id ~ '^[0-9]{1,18}$' AND EXISTS (SELECT FROM crm.external_ids x
			WHERE x.org_id = org AND x.row_id = a.row_id::bigint AND x.resource = a.table_name);
		-- Tables of different schemas can have the same name, so the rows are found by their IDs.
		PERFORM crm.drop_external_ids(org, x.resource, x.row_id) FROM (SELECT DISTINCT x.resource, x.row_id
		  FROM unnest(orgs, ids) e (org_id, id) JOIN ops.audit_log a ON a.org_id = e.org_id AND a.id = e.id
		  JOIN crm.external_ids x ON x.org_id = org AND x.row_id = CASE WHEN a.row_id ~ '^[0-9]{1,18}$' THEN a.row_id::bigint END
		 WHERE e.org_id = org AND a.action = 'delete'
		   AND NOT EXISTS (SELECT FROM ops.change_resource r WHERE r.table_name = x.resource)) x;
	END LOOP;
	PERFORM ops.set_org(other);
END $$;

-- Numbers log entries in the order of the arrays.
-- callers: tenantry_audit
CREATE OR REPLACE FUNCTION ops.number_entries(orgs uuid[], ids bigint[]) RETURNS void
LANGUAGE sql AS $$
	WITH known AS MATERIALIZED (SELECT * FROM ops.entry_external_ids(orgs, ids)),
	told AS (
		SELECT a.org_id, a.at, ops.entry_resource(a, r.resource) AS resource, a.row_id, a.action, a.user_id, a.api_key_id, a.client, x.external_ids, row_number() OVER w AS k,
			count(*) OVER (PARTITION BY a.org_id) AS of
		  FROM unnest(orgs, ids) WITH ORDINALITY e (org_id, id, place)
		  JOIN ops.audit_log a ON a.org_id = e.org_id AND a.id = e.id
		  LEFT JOIN known x ON x.org_id = a.org_id AND x.id = a.id
		  JOIN ops.change_resource r USING (table_name)
		 WHERE ops.organization_exists(a.org_id)
		WINDOW w AS (PARTITION BY a.org_id ORDER BY e.place)),
	counted AS (
		INSERT INTO ops.feed_channel AS c (org_id, numbered)
		SELECT t.org_id, count(*) FROM told t GROUP BY t.org_id ORDER BY t.org_id
		ON CONFLICT (org_id) DO UPDATE SET numbered = c.numbered + excluded.numbered
		RETURNING c.org_id, c.numbered)
	INSERT INTO ops.change (org_id, seq, at, resource, row_id, verb, by, api_key_id, client, external_ids)
	SELECT t.org_id, c.numbered - t.of + t.k, t.at, t.resource, t.row_id,
		CASE t.action WHEN 'insert' THEN 'create' ELSE t.action END, t.user_id, t.api_key_id, t.client, t.external_ids
	  FROM told t JOIN counted c USING (org_id)
$$;

-- Numbers entries that cannot be numbered together: one organization at a time or, if that fails, one entry at a time.
-- An error therefore sets aside only the entry that causes it. After a conflict with another transaction, the caller's
-- transaction fails, and the next call reads the same entries.
-- callers: tenantry_audit
CREATE OR REPLACE FUNCTION ops.number_apart(orgs uuid[], ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid;
	own bigint[];
	entry bigint;
BEGIN
	FOR org, own IN SELECT e.org_id, array_agg(e.id ORDER BY e.place)
	    FROM unnest(orgs, ids) WITH ORDINALITY e (org_id, id, place) GROUP BY e.org_id LOOP
		BEGIN
			UPDATE ops.feed_channel c SET numbered = ops.last_change(org)
			 WHERE c.org_id = org AND c.numbered < ops.last_change(org);
			PERFORM ops.number_entries(array_fill(org, ARRAY[cardinality(own)]), own);
			PERFORM ops.end_aside('feed', org, e::text) FROM unnest(own) e;
			CONTINUE;
		EXCEPTION
			WHEN serialization_failure OR deadlock_detected OR lock_not_available THEN RAISE;
			WHEN OTHERS THEN NULL;
		END;
		FOREACH entry IN ARRAY own LOOP
			BEGIN
				PERFORM ops.number_entries(ARRAY[org], ARRAY[entry]);
				PERFORM ops.end_aside('feed', org, entry::text);
			EXCEPTION
				WHEN serialization_failure OR deadlock_detected OR lock_not_available THEN RAISE;
				WHEN OTHERS THEN PERFORM ops.set_aside('feed', org, entry::text, SQLSTATE, SQLERRM);
			END;
		END LOOP;
	END LOOP;
END $$;

-- Numbers at least "most" new entries if there are so many, and returns the number of entries read. An entry is new if
-- the current snapshot shows it and the previous snapshot did not: its transaction was open then, or began later. An
-- entry is therefore numbered as soon as its transaction has ended, even if other transactions are open, here or in
-- another database. A transaction that changes a row has waited for the previous change of the row. The snapshot
-- therefore shows either both changes or only the first. Their entries are ordered by ID. Entries of a database
-- restored from another server are skipped, since their transaction IDs are meaningless here.
-- callers: tenantry_app, CURRENT_USER
CREATE OR REPLACE FUNCTION ops.number_changes(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	s ops.feed_state;
	here pg_snapshot;
	me xid8 := pg_current_xact_id_if_assigned();
	earlier boolean;	-- whether an earlier call has begun to number these entries
	ended xid8[];	-- transactions that were open at the previous snapshot and have ended since
	orgs uuid[];
	ids bigint[];
	n integer;
BEGIN
	SELECT * INTO s FROM ops.feed_state FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	here := pg_current_snapshot();
	IF me < pg_snapshot_xmax(here) THEN	-- entries of this transaction are not committed
		here := format('%s:%s:%s', least(me, pg_snapshot_xmin(here)), pg_snapshot_xmax(here),
			(SELECT string_agg(x::text, ',' ORDER BY x) FROM (SELECT pg_snapshot_xip(here) UNION SELECT me) o (x)))::pg_snapshot;
	END IF;
	IF pg_snapshot_xmax(s.seen) > pg_snapshot_xmax(here) THEN
		UPDATE ops.feed_state SET seen = here, target = NULL, low = NULL, id = 0,
			since = ((extract(epoch FROM clock_timestamp()) - 1735689600) * 1000)::bigint << 12;
		RETURN 0;
	END IF;
	SELECT array_agg(d.org_id), array_agg(d.entry::bigint) INTO orgs, ids FROM ops.due_asides('feed', 100) d;
	IF ids IS NOT NULL THEN
		PERFORM ops.number_apart(orgs, ids);
	END IF;
	earlier := s.target IS NOT NULL;
	IF NOT earlier THEN
		s.target := here;
		-- If there are many new entries, as after a pause, they are read in the order of their IDs instead of
		-- being sorted in each call.
		s.low := (SELECT CASE WHEN count(*) > 10 * most THEN min(l.id) END FROM ops.audit_log l
			WHERE l.xid >= pg_snapshot_xmax(s.seen) AND l.xid < pg_snapshot_xmax(s.target));
	END IF;
	ended := ARRAY(SELECT x FROM pg_snapshot_xip(s.seen) x WHERE pg_visible_in_snapshot(x, s.target));
	SELECT array_agg(a.org_id ORDER BY a.id), array_agg(a.id ORDER BY a.id) INTO orgs, ids FROM (
		SELECT x.* FROM (
			SELECT o.* FROM unnest(ended) e (xid) CROSS JOIN LATERAL (SELECT l.org_id, l.id FROM ops.audit_log l
				WHERE l.xid = e.xid AND l.id > s.id ORDER BY l.id FETCH FIRST most ROWS WITH TIES) o
			UNION ALL
			(SELECT l.org_id, l.id FROM (SELECT * FROM ops.audit_log r WHERE s.low IS NULL AND r.xid >= pg_snapshot_xmax(s.seen)
				AND r.xid < pg_snapshot_xmax(s.target) AND pg_visible_in_snapshot(r.xid, s.target) AND r.id > s.id OFFSET 0) l
			  ORDER BY l.id FETCH FIRST most ROWS WITH TIES)
			UNION ALL
			(SELECT l.org_id, l.id FROM ops.audit_log l WHERE s.low IS NOT NULL AND l.id >= s.low AND l.id > s.id
				AND pg_visible_in_snapshot(l.xid, s.target) AND NOT pg_visible_in_snapshot(l.xid, s.seen) AND l.xid <> ALL (ended)
				ORDER BY l.id FETCH FIRST most ROWS WITH TIES)) x
		 WHERE x.id >= s.since ORDER BY x.id FETCH FIRST most ROWS WITH TIES) a;
	n := coalesce(cardinality(ids), 0);
	IF n > 0 THEN
		BEGIN
			PERFORM ops.number_entries(orgs, ids);
		EXCEPTION WHEN OTHERS THEN
			PERFORM ops.number_apart(orgs, ids);
		END;
	END IF;
	IF n >= most THEN
		UPDATE ops.feed_state SET numbered_at = clock_timestamp(), target = s.target, low = s.low, id = ids[n];
		RETURN n;
	END IF;
	UPDATE ops.feed_state SET numbered_at = clock_timestamp(), seen = s.target, target = NULL, low = NULL, id = 0;
	-- The snapshot of the earlier call does not contain newer changes, so another call numbers them.
	RETURN n + CASE WHEN earlier THEN ops.number_changes(most - n) ELSE 0 END;
END $$;
GRANT CREATE ON SCHEMA ops TO tenantry_audit;
ALTER FUNCTION ops.number_changes(integer) OWNER TO tenantry_audit;
REVOKE CREATE ON SCHEMA ops FROM tenantry_audit;

-- Returns a change in the format of the API.
CREATE OR REPLACE FUNCTION ops.change_json(c ops.change) RETURNS text
LANGUAGE sql STABLE AS $$
	-- The last three members are omitted if they have no value.
	SELECT left(json_build_object('seq', c.seq, 'resource', c.resource,
		'id', CASE WHEN c.row_id ~ '^[0-9]{1,15}$' THEN to_json(c.row_id::bigint)
			ELSE to_json(c.row_id) END,
		'verb', c.verb, 'at', c.at, 'by', c.by)::text, -1) || coalesce(', "api_key_id" : ' || to_json(c.api_key_id), '')
		|| coalesce(', "client" : ' || to_json(c.client), '') || coalesce(', "external_ids" : ' || c.external_ids::text, '') || '}'
$$;

-- Numbers changes for the caller if no job does.
CREATE OR REPLACE FUNCTION ops.number_if_idle() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF (SELECT s.numbered_at < clock_timestamp() - interval '1 second' FROM ops.feed_state s) THEN
		PERFORM ops.number_changes(1000);
	END IF;
END $$;

-- Returns the address of the list that replaces changes that are no longer stored. The reader replaces TIME with the
-- time of its last synchronization.
CREATE OR REPLACE FUNCTION ops.feed_fallback() RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT '/api/RESOURCE?filter={"updated_at@gte":"TIME"}&sort=["updated_at","ASC"]&include=deleted'
$$;

-- Returns the changes after a number in the organization of the request. "reset" means that some changes have been
-- deleted and that the reader continues from "seq".
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.all_changes_after(after bigint, most integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
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
			'reset', true, 'fallback', ops.feed_fallback());
	END IF;
	SELECT array_agg(ops.change_json(x) ORDER BY x.seq) INTO found
	  FROM (SELECT c.* FROM ops.change c WHERE c.org_id = org AND c.seq > after
		ORDER BY c.seq LIMIT most) x;
	after := after + coalesce(cardinality(found), 0);
	RETURN format('{"changes":[%s],"seq":%s,"more":%s,"reset":false}',
		array_to_string(found, ','), after, to_json(after < last));
END $$;

-- Returns the feed's names of the resources that a reader requests, or null for all.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.feed_names(resources jsonb) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	found text[];
	named text[];
BEGIN
	IF resources IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT array_agg(r.resource), array_agg(r.resource) || array_agg(r.resource_2) FILTER (WHERE r.module = ANY (ops.modules()))
	  INTO found, named FROM (SELECT x.resource, x.resource_2, x.module FROM ops.change_resource x WHERE x.resource <> 'records'
		UNION ALL SELECT o.resource, NULL, NULL FROM crm.object_definitions o WHERE o.org_id = ops.org()) r
	 WHERE resources ? r.resource OR resources ? r.resource_2 AND r.module = ANY (ops.modules());
	IF EXISTS (SELECT FROM jsonb_array_elements(resources) a WHERE a #>> '{}' = ANY (named) IS NOT TRUE) THEN
		PERFORM ops.refuse('not_among_values', 'resources',
			(SELECT string_agg(r.resource, ', ' ORDER BY r.resource) FROM ops.change_resource r WHERE r.resource <> 'records'));
	END IF;
	RETURN coalesce(found, '{}');
END $$;

-- Returns the result of ops.all_changes_after() without resources that are not requested, and without rows that the
-- caller cannot read. Whether the caller could read a deleted row is unknown, so deletions are included only for
-- callers who may read all rows of the resource.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.changes_after(after bigint, most integer, resources jsonb DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	page text := ops.all_changes_after(after, most);
	wanted text[] := ops.feed_names(resources);
	all_rows boolean := ops.reads_all(current_setting('app.grants', true));
BEGIN
	IF all_rows AND wanted IS NULL THEN
		RETURN page;
	END IF;
	RETURN (SELECT left(json_build_object('changes', coalesce((SELECT json_agg(c)
			FROM json_array_elements(p.page->'changes') c
			WHERE (wanted IS NULL OR c->>'resource' = ANY (wanted)) AND CASE WHEN all_rows THEN true
				WHEN c->>'verb' = 'delete' THEN ops.scope(c->>'resource', 'read') = 'all'
				ELSE crm.sees_row(c->>'resource', (c->>'id')::bigint) END), '[]'),
			'seq', p.page->'seq', 'more', p.page->'more', 'reset', p.page->'reset')::text, -1)
			|| coalesce(', "fallback" : ' || (p.page->'fallback')::text, '') || '}'
		FROM (SELECT page::json AS page) p);
END $$;

-- Returns changes in the format of an event stream.
CREATE OR REPLACE FUNCTION ops.change_events(org uuid, after bigint, most integer,
	OUT body text, OUT upto bigint)
LANGUAGE sql STABLE AS $$
	SELECT coalesce(string_agg(format(E'id: %s\nevent: change\ndata: %s\n\n', x.seq,
			ops.change_json(x)), '' ORDER BY x.seq), ''),
		coalesce(max(x.seq), after)
	  FROM (SELECT c.* FROM ops.change c WHERE c.org_id = org AND c.seq > after
		ORDER BY c.seq LIMIT most) x
$$;

-- Admits a caller to the event stream. The argument nginx identifies the nginx that serves the readers on the caller's
-- host (see lib/feed/feed_socket.h). A caller who has all changes that were published at that nginx receives the names
-- of two channels and the position in the first channel. Other callers receive the missing part of the event stream and
-- reconnect.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.follow_all_changes(shown bytea, is_key boolean, last bigint, live boolean, nginx text DEFAULT NULL,
	OUT place text, OUT body text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	c ops.feed_channel;
	p ops.feed_position;
	reader text;
	oldest bigint;
	upto bigint;
	again text;
BEGIN
	PERFORM ops.number_if_idle();
	-- If no process publishes to this nginx, a reader who reconnects would find no position either. The two seconds
	-- allow for a busy process.
	live := live AND EXISTS (SELECT FROM ops.feed_server s
		WHERE s.id = nginx AND s.held_until > clock_timestamp() - interval '2 seconds');
	again := CASE WHEN live THEN E'retry: 100\n' ELSE E'retry: 3000\n' END;
	INSERT INTO ops.feed_channel (org_id) VALUES (org) ON CONFLICT (org_id) DO NOTHING;
	SELECT * INTO c FROM ops.feed_channel x WHERE x.org_id = org FOR UPDATE;
	IF live THEN
		INSERT INTO ops.feed_position AS x (server, org_id, published)
		VALUES (nginx, org, c.numbered) ON CONFLICT ON CONSTRAINT feed_position_pkey DO NOTHING;
		IF NOT EXISTS (SELECT FROM ops.feed_reader r
		    WHERE r.org_id = org AND r.server = nginx AND r.lost_at IS NULL) THEN
			UPDATE ops.feed_position x SET published = c.numbered, mark = NULL
			 WHERE x.server = nginx AND x.org_id = org;
		END IF;
		SELECT * INTO p FROM ops.feed_position x WHERE x.server = nginx AND x.org_id = org;
		-- Spreads the times at which readers reconnect.
		INSERT INTO ops.feed_reader AS r (org_id, proof, by_key, until, server)
		VALUES (org, shown, is_key, now() + interval '50 minutes' + random() * interval '20 minutes', nginx)
		ON CONFLICT (org_id, proof, server) WHERE lost_at IS NULL DO UPDATE SET until = excluded.until
		RETURNING r.channel INTO reader;
	END IF;
	oldest := coalesce((SELECT min(x.seq) FROM ops.change x WHERE x.org_id = org),
		c.numbered + 1);
	IF last IS NULL THEN
		body := format(E'%sid: %s\nevent: ready\ndata: {"seq":%s}\n\n', again,
			c.numbered, c.numbered);
	ELSIF last > c.numbered OR last < oldest - 1 THEN
		body := format(E'%sid: %s\nevent: reset\ndata: {"seq":%s,"fallback":%s}\n\n', again,
			c.numbered, c.numbered, to_json(ops.feed_fallback()));
	ELSIF live AND last = p.published AND p.mark IS NOT NULL THEN
		place := format('org=%s&reader=%s&last=%s', c.secret, reader, p.mark);
	ELSE
		SELECT e.body, e.upto INTO body, upto FROM ops.change_events(org, last, 1000) e;
		body := CASE WHEN upto < c.numbered THEN E'retry: 100\n' ELSE again END
			|| E':\n\n' || body;
	END IF;
END $$;

-- Calls ops.follow_all_changes() with the caller's permissions. All readers of a channel get the same changes, so
-- callers who may not read all rows, or who request only some resources, get the permitted changes directly and
-- reconnect.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.follow_changes(shown bytea, is_key boolean, last bigint, live boolean, nginx text DEFAULT NULL,
	resources jsonb DEFAULT NULL, OUT place text, OUT body text)
LANGUAGE plpgsql AS $$
DECLARE
	page json;
BEGIN
	IF ops.reads_all(current_setting('app.grants', true)) AND resources IS NULL THEN
		SELECT f.place, f.body INTO place, body
		  FROM ops.follow_all_changes(shown, is_key, last, live, nginx) f;
		RETURN;
	END IF;
	page := ops.changes_after(last, 1000, resources);
	body := format(E'retry: %s\n', CASE WHEN (page->>'more')::boolean THEN 100 ELSE 3000 END)
		|| CASE WHEN last IS NULL OR (page->>'reset')::boolean
			THEN format(E'id: %s\nevent: %s\ndata: {"seq":%1$s%s}\n\n', page->>'seq',
				CASE WHEN last IS NULL THEN 'ready' ELSE 'reset' END,
				CASE WHEN last IS NULL THEN '' ELSE ',"fallback":' || (page->'fallback')::text END)
			-- An event with only an ID moves the reader past changes that are not shown.
			ELSE (SELECT coalesce(string_agg(format(E'id: %s\nevent: change\ndata: %s\n\n',
					c->>'seq', c), ''), '') FROM json_array_elements(page->'changes') c)
				|| format(E'id: %s\n\n', page->>'seq') END;
END $$;

-- Returns whether the holder is the process that publishes to the nginx. A process keeps this task until it is silent
-- for HOLD_MS (lib/feed/feed_publisher.c). Then another process of the host takes over.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.hold_feed(holder text, server text DEFAULT NULL, host text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF server IS NULL THEN	-- a process of an earlier release, which assumes one nginx for all hosts
		RETURN false;
	END IF;
	INSERT INTO ops.feed_server AS s (id, host, holder, held_until)
	VALUES (server, host, holder, clock_timestamp() + interval '750 milliseconds')
	ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
	 WHERE s.holder = excluded.holder OR s.held_until < clock_timestamp();
	RETURN FOUND;
END $$;

-- Records that a probe has received an event from the nginx, as readers do.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.feed_reached(server text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	UPDATE ops.feed_server s SET reached_at = clock_timestamp() WHERE s.id = server
$$;

-- Returns, for each host, the times of the last published event and of the last event that arrived at the reader on the
-- host. A restarted nginx counts as a new nginx on the same host. A host that has published nothing for ten minutes is
-- omitted.
CREATE OR REPLACE FUNCTION ops.feed_hosts() RETURNS TABLE (host text, published_at timestamptz, reached_at timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT s.host, max(s.held_until), coalesce(max(s.reached_at), min(s.since)) FROM ops.feed_server s
	 WHERE s.held_until > now() - interval '10 minutes' GROUP BY s.host ORDER BY s.host
$$;

-- Returns the next message of each channel with readers at the nginx. An empty message determines the position of a
-- channel that has none.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.next_messages(most integer, server text DEFAULT NULL,
	OUT secret text, OUT published bigint, OUT upto bigint, OUT body text)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT c.secret, p.published, e.upto, CASE WHEN e.body = '' THEN E':\n\n' ELSE e.body END
	  FROM (SELECT DISTINCT x.org_id FROM ops.feed_reader x WHERE x.server = next_messages.server AND x.lost_at IS NULL) r
	 -- Because of LIMIT, the channels of organizations without readers are not read.
	 CROSS JOIN LATERAL (SELECT x.* FROM ops.feed_position x WHERE x.org_id = r.org_id AND x.server = next_messages.server LIMIT 1) p
	 CROSS JOIN LATERAL (SELECT x.* FROM ops.feed_channel x WHERE x.org_id = r.org_id LIMIT 1) c
	 CROSS JOIN LATERAL ops.change_events(c.org_id, p.published, most) e
	 WHERE (p.published < c.numbered OR p.mark IS NULL)
	   AND c.org_id::text <> ALL (ops.aside_entries('channels'))
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.message_sent(secret text, published bigint, upto bigint, mark text, server text DEFAULT NULL)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.end_aside('channels', c.org_id, c.org_id::text) FROM ops.feed_channel c WHERE c.secret = message_sent.secret;
	UPDATE ops.feed_position p SET published = upto, mark = message_sent.mark
	  FROM ops.feed_channel c
	 WHERE c.secret = message_sent.secret AND p.org_id = c.org_id AND p.server = message_sent.server
	   AND p.published = message_sent.published
$$;

-- Records that nginx has refused the message for a channel. The other channels are then published without this channel.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.message_refused(secret text, fault text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT ops.set_aside('channels', c.org_id, c.org_id::text, 'P0001', fault)
	  FROM ops.feed_channel c WHERE c.secret = message_refused.secret
$$;

-- Returns whether a reader may still read the feed. The planner inlines this function.
CREATE OR REPLACE FUNCTION ops.may_follow(r ops.feed_reader) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (
		SELECT FROM identity.organization_member m
		  JOIN identity.organization o ON o.id = m.organization_id
		 WHERE m.organization_id = r.org_id AND NOT m.disabled AND ops.reads_all(m.grants)
		   AND o.suspended_at IS NULL AND o.deleted_at IS NULL
		   AND (EXISTS (SELECT FROM identity.session s WHERE NOT r.by_key
				AND s.token_hash = r.proof AND s.user_id = m.user_id
				AND s.expires_at > now()
				AND (m.acts_as = 'portal' OR NOT identity.has_staff_policy(o)
					OR identity.staff_refusal(s, o.id) IS NULL))
			OR EXISTS (SELECT FROM identity.api_key k WHERE r.by_key
				AND (k.key_hash = r.proof OR k.previous_hash = r.proof AND k.previous_until > now())
				AND k.user_id = m.user_id
				AND k.organization_id = r.org_id AND k.enabled
				AND (k.expires_at IS NULL OR k.expires_at > now())
				AND (k.permissions IS NULL
					OR coalesce(k.permissions->'changes' ? 'read', false)
					OR coalesce(k.permissions->'*' ? 'read', false)))))
$$;

-- Returns the channels of readers at the nginx who have been connected for an hour, or who have lost access according
-- to the checks of identity.begin_request() and begin_key(). Each channel is returned for ten seconds, since a reader
-- may have been admitted just before.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.lost_readers(server text DEFAULT NULL) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	reader ops.feed_reader;
	lost boolean;
BEGIN
	IF NOT EXISTS (SELECT FROM ops.feed_reader r WHERE r.server = lost_readers.server OR r.server IS NULL) THEN
		RETURN;
	END IF;
	BEGIN
		UPDATE ops.feed_reader r SET lost_at = clock_timestamp()
		 WHERE (r.server = lost_readers.server OR r.server IS NULL) AND r.lost_at IS NULL
		   AND (r.until < now() OR NOT ops.may_follow(r));
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		-- A reader who cannot be checked must be admitted again.
		FOR reader IN SELECT * FROM ops.feed_reader r
		    WHERE (r.server = lost_readers.server OR r.server IS NULL) AND r.lost_at IS NULL LOOP
			BEGIN
				lost := reader.until < now() OR NOT ops.may_follow(reader);
			EXCEPTION WHEN query_canceled OR OTHERS THEN
				PERFORM ops.set_aside('readers', reader.org_id, reader.channel, SQLSTATE, SQLERRM);
				lost := true;
			END;
			UPDATE ops.feed_reader r SET lost_at = clock_timestamp() WHERE r.channel = reader.channel AND lost;
		END LOOP;
	END;
	DELETE FROM ops.feed_reader r WHERE r.lost_at < clock_timestamp() - interval '10 seconds'
	   AND (r.server = lost_readers.server OR r.server IS NULL);
	RETURN QUERY SELECT r.channel FROM ops.feed_reader r
		WHERE r.lost_at IS NOT NULL AND (r.server = lost_readers.server OR r.server IS NULL);
END $$;

-- Deletes changes older than a number of days. Channels are kept as long as their organization exists. If nothing has
-- been published at an nginx for an hour, it is removed together with its readers, whose connections have ended.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.purge_changes(most integer, days integer DEFAULT 7) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	n integer;
	orgs uuid[];
	ended jsonb;	-- deleted rows with external IDs
BEGIN
	WITH gone AS (
		DELETE FROM ops.change c WHERE c.ctid = ANY (ARRAY(SELECT x.ctid FROM ops.change x
			WHERE x.at < now() - make_interval(days => days) ORDER BY x.at LIMIT most))
		RETURNING c.org_id, c.resource, c.row_id, c.verb = 'delete' AND c.external_ids IS NOT NULL AS ends)
	SELECT (SELECT count(*) FROM gone), (SELECT array_agg(DISTINCT a.org_id) FROM gone a), coalesce(jsonb_agg(DISTINCT jsonb_build_object('org_id', g.org_id, 'table_name', r.table_name,
			'row_id', g.row_id)), '[]')
	  INTO n, orgs, ended FROM gone g JOIN ops.change_resource r ON r.resource = ops.described_as(g.resource) WHERE g.ends;
	PERFORM crm.drop_external_ids((e->>'org_id')::uuid, e->>'table_name', (e->>'row_id')::bigint) FROM jsonb_array_elements(ended) e;
	DELETE FROM ops.feed_channel c
	 WHERE c.org_id = ANY (orgs) AND NOT EXISTS (SELECT FROM identity.organization o WHERE o.id = c.org_id)
	   AND NOT EXISTS (SELECT FROM ops.change x WHERE x.org_id = c.org_id);
	DELETE FROM ops.feed_server s WHERE s.held_until < now() - interval '1 hour';
	RETURN n;
END $$;

-- ops.number_changes() numbers the changes of all organizations, so its role is not limited to one organization.
DROP POLICY IF EXISTS sealer ON ops.change_resource;
CREATE POLICY sealer ON ops.change_resource FOR SELECT TO tenantry_audit USING (true);
DROP POLICY IF EXISTS sealer ON ops.change;
CREATE POLICY sealer ON ops.change FOR INSERT TO tenantry_audit WITH CHECK (true);
DROP POLICY IF EXISTS sealer ON ops.feed_state;
CREATE POLICY sealer ON ops.feed_state TO tenantry_audit USING (true);
DROP POLICY IF EXISTS sealer ON ops.feed_channel;
CREATE POLICY sealer ON ops.feed_channel TO tenantry_audit USING (true);
