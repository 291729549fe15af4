-- The queue: ordered by priority, then by arrival. Members join and leave the queue, and the staff calls them.
-- needs: membership/contact.sql membership/module.sql membership/settings.sql ops/permission.sql

INSERT INTO ops.derived_table (name) VALUES ('membership.queue_counts'), ('membership.queue_places') ON CONFLICT DO NOTHING;

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.membership_queue
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

CREATE OR REPLACE TRIGGER a_member BEFORE INSERT OR UPDATE OF member_id ON membership.membership_queue
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();

CREATE OR REPLACE TRIGGER keep_member BEFORE UPDATE OF member_id ON membership.membership_queue
	FOR EACH ROW WHEN (NEW.member_id <> OLD.member_id) EXECUTE FUNCTION membership.keep_member();

-- Assigns the next place to a new entry. Rows of an archive already have a place.
CREATE OR REPLACE FUNCTION membership.take_place() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	INSERT INTO membership.queue_places AS p (org_id, next) VALUES (NEW.org_id, 1)
	ON CONFLICT (org_id) DO UPDATE SET next = p.next + 1 RETURNING p.next - 1 INTO NEW.place;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER take_place BEFORE INSERT ON membership.membership_queue
	FOR EACH ROW WHEN (NEW.place IS NULL) EXECUTE FUNCTION membership.take_place();

-- The staff may change the priority of waiting entries, and the result of a call. Members may only join and leave the
-- queue. Only membership.claim_entries() calls members.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.check_entry() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	staff boolean := ops.permits('membership_queue', CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE 'update' END, NULL) IS TRUE;
	was membership.membership_queue;
BEGIN
	IF TG_OP = 'UPDATE' THEN
		was := OLD;
	ELSE
		was.priority := 0;
		was.status := 'waiting';
	END IF;
	-- the constraint refuses unknown statuses
	IF NEW.status <> was.status AND NEW.status IN ('waiting', 'called', 'served', 'missed', 'cancelled') THEN
		IF NOT (CASE was.status WHEN 'waiting' THEN NEW.status = 'cancelled'
			OR NEW.status = 'called' AND ops.mode('claiming')
			WHEN 'called' THEN NEW.status IN ('served', 'missed') ELSE false END) THEN
			PERFORM ops.refuse('state_change', 'status', NEW.status, was.status);
		ELSIF NOT staff AND NEW.status <> 'cancelled' THEN
			PERFORM ops.refuse('role', 'status');
		END IF;
		IF NEW.status <> 'called' THEN
			NEW.ended_at := now();
		END IF;
	END IF;
	IF NEW.priority <> was.priority THEN
		IF NOT staff THEN
			PERFORM ops.refuse('role', 'priority');
		ELSIF NEW.status <> 'waiting' THEN
			PERFORM ops.refuse('fixed_by_now', 'priority');
		END IF;
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER check_entry BEFORE INSERT OR UPDATE OF status, priority ON membership.membership_queue
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.check_entry();

-- Adds the changes that a statement causes to the counters, in the same order in all transactions. The tenant guard
-- also applies to the owner.
CREATE OR REPLACE FUNCTION membership.add_counts(changes membership.queue_counts[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	said uuid := ops.org();
	org uuid;
	ignored text;	-- an assignment is faster than PERFORM, which runs a query
BEGIN
	FOR org IN SELECT DISTINCT x.org_id FROM unnest(changes) x ORDER BY 1 LOOP
		ignored := ops.set_org(org);
		INSERT INTO membership.queue_counts AS c (org_id, priority, level, bucket, waiting)
		SELECT org, x.priority, n, x.bucket >> (6 * n), sum(x.waiting)
		  FROM unnest(changes) x CROSS JOIN generate_series(1, 6) n WHERE x.org_id = org
		 GROUP BY 2, 3, 4 HAVING sum(x.waiting) <> 0 ORDER BY 2, 3 DESC, 4
		ON CONFLICT (org_id, priority, level, bucket) DO UPDATE SET waiting = c.waiting + excluded.waiting;
	END LOOP;
	ignored := ops.set_org(said);
END $$;

CREATE OR REPLACE FUNCTION membership.counted(q membership.membership_queue, by integer) RETURNS membership.queue_counts
LANGUAGE sql IMMUTABLE AS $$ SELECT (q.org_id, q.priority, 0, q.place, 0, by)::membership.queue_counts $$;

-- Counts entries, except in a purge of the organization, which also deletes its counters.
CREATE OR REPLACE FUNCTION membership.count_joined() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM membership.add_counts(ARRAY(SELECT membership.counted(w, 1) FROM written w WHERE w.status = 'waiting'));
	INSERT INTO membership.queue_places AS p (org_id, next) SELECT w.org_id, max(w.place) + 1 FROM written w GROUP BY 1
	ON CONFLICT (org_id) DO UPDATE SET next = excluded.next WHERE p.next < excluded.next;
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION membership.count_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM membership.add_counts(ARRAY(SELECT membership.counted(w, 1) FROM written w WHERE w.status = 'waiting'
		UNION ALL SELECT membership.counted(g, -1) FROM gone g WHERE g.status = 'waiting'));
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION membership.count_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM membership.add_counts(ARRAY(SELECT membership.counted(g, -1) FROM gone g WHERE g.status = 'waiting'
		AND NOT ops.purging(g.org_id)));
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER count_joined AFTER INSERT ON membership.membership_queue REFERENCING NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION membership.count_joined();
CREATE OR REPLACE TRIGGER count_changed AFTER UPDATE ON membership.membership_queue
	REFERENCING OLD TABLE AS gone NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION membership.count_changed();
CREATE OR REPLACE TRIGGER count_gone AFTER DELETE ON membership.membership_queue REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION membership.count_gone();

-- Returns the number of entries that are called no later than the entry with this priority and place. The number is
-- the sum of the entries with a higher priority, the entries in earlier buckets of each level, and the earlier
-- entries in the same bucket. The function reads at most 63 rows of each level, however many entries wait.
CREATE OR REPLACE FUNCTION membership.position_of(org uuid, own smallint, at bigint) RETURNS bigint
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_bitmapscan = off AS $$
	SELECT 1 + coalesce((SELECT sum(c.waiting) FROM generate_series(own + 1, 9) p
		  CROSS JOIN LATERAL (SELECT x.waiting FROM membership.queue_counts x
			WHERE x.org_id = org AND x.priority = p AND x.level = 6 AND x.bucket = 0 OFFSET 0) c), 0)::bigint
		+ coalesce((SELECT sum(c.waiting) FROM generate_series(1, 5) n
		  CROSS JOIN LATERAL (SELECT x.waiting FROM membership.queue_counts x
			WHERE x.org_id = org AND x.priority = own AND x.level = n
			  AND x.bucket >= (at >> (6 * n + 6)) << 6 AND x.bucket < at >> (6 * n) OFFSET 0) c), 0)::bigint
		+ (SELECT count(*) FROM membership.membership_queue q WHERE q.org_id = org AND q.status = 'waiting'
			AND q.priority = own AND q.place >= (at >> 6) << 6 AND q.place < at)
$$;

-- Returns the average duration of a call, from the last 50 calls within a day.
CREATE OR REPLACE FUNCTION membership.seconds_per_call(org uuid) RETURNS numeric
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	SELECT CASE WHEN count(*) > 1 THEN extract(epoch FROM now() - min(x.called_at)) / count(*) END
	  FROM (SELECT q.called_at FROM membership.membership_queue q
		WHERE q.org_id = org AND q.called_at > now() - interval '1 day' ORDER BY q.called_at DESC LIMIT 50) x
$$;

-- Returns the position and the expected wait, which reveal only totals of other entries.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.waiting_before(priority smallint, place bigint, OUT "position" bigint, OUT seconds bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	"position" := membership.position_of(org, priority, place);
	seconds := ceil("position" * membership.seconds_per_call(org));
END $$;

-- Returns the position of an entry that the caller can see, where 1 is the next entry, and the expected wait. Returns
-- null for an entry that no longer waits.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.queue_position(entry bigint) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', q.id, 'status', q.status, 'position', w.position, 'estimated_wait_seconds', w.seconds)::text
	  FROM membership.membership_queue q
	  LEFT JOIN LATERAL membership.waiting_before(q.priority, q.place) w ON q.status = 'waiting'
	 WHERE q.id = entry
$$;

-- Calls up to "most" of the next entries. Concurrent callers get different entries.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.claim_entries(most bigint) RETURNS text
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	org uuid := ops.org();
	claimed text;
BEGIN
	IF ops.permits('membership_queue', 'update', NULL) IS NOT TRUE THEN
		PERFORM ops.refuse('role');
	ELSIF most NOT BETWEEN 1 AND 100 THEN
		PERFORM ops.refuse('from_1_to_100', 'count');
	END IF;
	PERFORM ops.set_mode('claiming', true);
	WITH next AS MATERIALIZED (
		SELECT q.id FROM membership.membership_queue q WHERE q.org_id = org AND q.status = 'waiting'
		 ORDER BY q.priority DESC, q.place LIMIT coalesce(most, 1) FOR UPDATE SKIP LOCKED),
	called AS (
		UPDATE membership.membership_queue q SET status = 'called', called_at = clock_timestamp(),
			called_by = ops.sale()
		  FROM next n WHERE q.org_id = org AND q.id = n.id RETURNING q.*)
	SELECT coalesce(json_agg(to_jsonb(c) - 'org_id' - 'place' ORDER BY c.priority DESC, c.place), '[]') INTO claimed FROM called c;
	PERFORM ops.set_mode('claiming', false);
	RETURN claimed;
END $$;

CREATE OR REPLACE FUNCTION membership.tell_turn() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM membership.notify(NEW.member_id, 'queue', 'queue-turn', '{}');
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER tell_turn AFTER UPDATE OF status ON membership.membership_queue
	FOR EACH ROW WHEN (NEW.status = 'called' AND OLD.status = 'waiting') EXECUTE FUNCTION membership.tell_turn();
