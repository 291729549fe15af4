-- Periodic tasks of organizations: work that recurs in each organization, such as the purge of the trash.
-- needs: ops/aside.sql
--
-- ops.organization_turn contains the time at which a task is due in an organization. A transaction finds due
-- organizations by an index, beginning with those that have waited longest. It ends after a number of organizations, a
-- number of rows, or a second. Therefore, its cost depends only on due work, an organization with much work has its
-- next turn after the others, and interrupted work continues. The interval varies, so that the turns of organizations
-- are spread evenly.

-- Makes a task periodic in all organizations, or in those with a module. The files of the tasks call this function.
CREATE OR REPLACE FUNCTION ops.give_turns(task text, every interval, module text DEFAULT NULL) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO ops.organization_task (name, every, module) VALUES (task, give_turns.every, give_turns.module)
	ON CONFLICT ON CONSTRAINT organization_task_pkey DO UPDATE SET every = excluded.every, module = excluded.module;
	INSERT INTO ops.organization_turn (org_id, task, due_at)
	SELECT o.id, task, now() + random() * give_turns.every FROM identity.organization o
	 WHERE give_turns.module IS NULL OR o.modules @> ARRAY[give_turns.module]
	ON CONFLICT ON CONSTRAINT organization_turn_pkey DO NOTHING
$$;

-- Makes a task due now in an organization. Does nothing if another transaction has locked the turn, so that no writer
-- waits: the next turn is soon enough.
CREATE OR REPLACE FUNCTION ops.call_turn(org uuid, of_task text) RETURNS void
LANGUAGE sql AS $$
	UPDATE ops.organization_turn t SET due_at = now() WHERE (t.org_id, t.task) IN (SELECT x.org_id, x.task FROM ops.organization_turn x
		WHERE x.org_id = org AND x.task = of_task AND x.due_at > now() FOR UPDATE SKIP LOCKED)
$$;

-- Executes the statement of a task in organizations whose turn is due, until it has processed "batch" rows, visited 200
-- organizations or worked for a second. In the statement, $1 is the organization, $2 the maximum number of rows, and $3
-- the time of the last turn. The statement returns the number of processed rows and, to override the usual interval,
-- the time of the next turn. The tenant guard also applies to the owner, so each execution is within one organization.
-- An organization with an error is set aside. Returns the number of rows, or "batch" if there may be more.
CREATE OR REPLACE FUNCTION ops.in_organizations(task text, statement text, batch integer) RETURNS integer
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	most constant integer := 200;
	other uuid := ops.org();
	every interval := (SELECT t.every FROM ops.organization_task t WHERE t.name = task);
	module text := (SELECT t.module FROM ops.organization_task t WHERE t.name = task);
	aside text[] := ops.aside_entries(task);
	turn record;
	n integer;
	next timestamptz;
	fails boolean;
	visited integer := 0;
	done integer := 0;
BEGIN
	FOR turn IN SELECT x.* FROM ops.organization_turn x WHERE x.task = in_organizations.task AND x.due_at <= now()
	    ORDER BY x.due_at LIMIT most FOR UPDATE SKIP LOCKED LOOP
		visited := visited + 1;
		fails := turn.failed;
		next := NULL;
		IF turn.org_id::text = ANY (aside) THEN
			next := (SELECT a.retry_at FROM ops.aside a WHERE a.queue = task AND a.entry = turn.org_id::text);
		ELSIF ops.read_only(turn.org_id) THEN
			next := NULL;	-- ops.set_read_only() makes the turn due when the read-only state ends
		ELSIF module IS NULL OR EXISTS (SELECT FROM identity.organization o
		    WHERE o.id = turn.org_id AND o.modules @> ARRAY[module] AND o.deleted_at IS NULL) THEN
			PERFORM ops.set_org(turn.org_id);
			BEGIN
				EXECUTE statement INTO n, next USING turn.org_id, batch - done, turn.done_at;
				done := done + coalesce(n, 0);
				IF done >= batch OR n > 0 AND next IS NULL THEN	-- there may be more work, after other turns
					next := now();
				END IF;
				turn.done_at := now();
				fails := false;
				IF turn.failed THEN
					PERFORM ops.end_aside(task, turn.org_id, turn.org_id::text);
				END IF;
			EXCEPTION WHEN query_canceled THEN	-- the time limit was reached; the next run continues
				next := ops.set_aside(task, turn.org_id, turn.org_id::text, SQLSTATE, SQLERRM);
				fails := true;
				done := batch;
			WHEN OTHERS THEN
				next := ops.set_aside(task, turn.org_id, turn.org_id::text, SQLSTATE, SQLERRM);
				fails := true;
			END;
		END IF;
		UPDATE ops.organization_turn x SET due_at = coalesce(next, now() + every * (1 - random() / 10)), done_at = turn.done_at, failed = fails
		 WHERE x.org_id = turn.org_id AND x.task = in_organizations.task;
		EXIT WHEN done >= batch OR clock_timestamp() > statement_timestamp() + interval '1 s';
	END LOOP;
	PERFORM ops.set_org(other);
	-- Turns that have become due in the meantime are left to the next run.
	RETURN CASE WHEN visited = most OR clock_timestamp() > statement_timestamp() + interval '1 s' THEN batch ELSE done END;
END $$;

-- Adds a turn for each task of a new organization, and for each task of a module that is switched on.
CREATE OR REPLACE FUNCTION ops.organization_has_turns() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	INSERT INTO ops.organization_turn AS x (org_id, task, due_at)
	SELECT NEW.id, t.name, now() FROM ops.organization_task t
	 WHERE CASE WHEN t.module IS NULL THEN TG_OP = 'INSERT'
		ELSE NEW.modules @> ARRAY[t.module] AND (TG_OP = 'INSERT' OR NOT OLD.modules @> ARRAY[t.module]) END
	ON CONFLICT ON CONSTRAINT organization_turn_pkey DO UPDATE SET due_at = least(x.due_at, excluded.due_at);
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER turns AFTER INSERT OR UPDATE OF modules ON identity.organization
	FOR EACH ROW EXECUTE FUNCTION ops.organization_has_turns();

-- Returns, for each task, the delay in seconds of the organization that has waited longest for its turn.
CREATE OR REPLACE FUNCTION ops.task_lags() RETURNS TABLE (task text, seconds numeric)
LANGUAGE sql STABLE AS $$
	SELECT l.task, greatest(round(extract(epoch FROM now() - l.due_at)), 0) FROM (
		SELECT t.name, (SELECT x.due_at FROM ops.organization_turn x WHERE x.task = t.name ORDER BY x.due_at LIMIT 1)
		  FROM ops.organization_task t
		UNION ALL
		SELECT 'duplicates', (SELECT s.due_at FROM ops.duplicate_scan s ORDER BY s.due_at LIMIT 1)) l (task, due_at) ORDER BY l.task
$$;
