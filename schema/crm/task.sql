-- Tasks, including recurring ones.

-- Creates the next task of a recurring task, due at the first occurrence after completion. The interval between the
-- reminder and the due date remains the same.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.continue_task(t crm.tasks) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	zone text := coalesce(t.time_zone, crm.own_time_zone());
	due timestamp := t.due_date AT TIME ZONE zone;
	next record := crm.next_of_rrule(t.rrule, due,
		greatest(due, t.done_date AT TIME ZONE zone), zone);
	grants text;
BEGIN
	IF next.at IS NULL THEN
		RETURN;
	END IF;
	grants := ops.begin_system();
	INSERT INTO crm.tasks (org_id, contact_id, type, text, due_date, sales_id, time_zone, rrule,
		remind_at)
	VALUES (t.org_id, t.contact_id, t.type, t.text, crm.instant_of(next.at, zone), t.sales_id,
		t.time_zone, regexp_replace(t.rrule, 'COUNT=[0-9]+', coalesce('COUNT='
			|| ((crm.parse_rrule(t.rrule)).count - next.passed), ''), 'i'),
		crm.instant_of(next.at - (due - t.remind_at AT TIME ZONE zone), zone));
	PERFORM ops.end_system(grants);
END $$;

CREATE OR REPLACE FUNCTION crm.complete_task() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.mode('restoring') THEN
		RETURN NEW;
	END IF;
	IF NEW.time_zone IS NOT NULL THEN
		PERFORM crm.check_time_zone(NEW.time_zone);
	END IF;
	IF NEW.rrule = '' THEN
		NEW.rrule := NULL;
	ELSIF NEW.rrule IS NOT NULL THEN
		PERFORM crm.parse_rrule(NEW.rrule);
		IF NEW.due_date IS NULL OR NEW.due_date NOT BETWEEN '1970-01-01' AND '9000-01-01' THEN
			PERFORM ops.refuse('due_date_of_recurring', 'due_date');
		END IF;
		IF TG_OP = 'UPDATE' AND OLD.done_date IS NULL AND isfinite(NEW.done_date)
		    AND NOT NEW.continued THEN
			PERFORM crm.continue_task(NEW);
			NEW.continued := true;
		END IF;
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION crm.remind_of_task() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		IF OLD.remind_at > now() THEN
			PERFORM ops.set_reminders('tasks', OLD.id, '{}');
		END IF;
	ELSIF TG_OP = 'INSERT' THEN
		IF NEW.remind_at IS NOT NULL AND NEW.done_date IS NULL THEN
			PERFORM ops.set_reminders('tasks', NEW.id, ARRAY[NEW.remind_at]);
		END IF;
	ELSIF (NEW.remind_at, NEW.done_date IS NULL) IS DISTINCT FROM
	    (OLD.remind_at, OLD.done_date IS NULL) THEN
		PERFORM ops.set_reminders('tasks', NEW.id, CASE WHEN NEW.done_date IS NULL
			THEN ARRAY[NEW.remind_at] END);
	END IF;
	RETURN NULL;
END $$;

-- Updates the reminder of a task.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.snooze_task(task bigint, until timestamptz, minutes bigint) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	later timestamptz;
BEGIN
	IF num_nonnulls(until, minutes) <> 1 OR minutes NOT BETWEEN 1 AND 525600 THEN
		PERFORM ops.refuse('snooze_missing', 'until');
	END IF;
	later := coalesce(until, date_trunc('second', now()) + make_interval(mins => minutes::integer));
	IF later <= now() OR NOT isfinite(later) THEN
		PERFORM ops.refuse('not_later', 'until');
	END IF;
	IF EXISTS (SELECT FROM crm.tasks t WHERE t.id = task AND t.done_date IS NOT NULL) THEN
		PERFORM ops.refuse('task_done');
	END IF;
	RETURN QUERY UPDATE crm.tasks t SET remind_at = later WHERE t.id = task
		RETURNING json_build_object('id', t.id, 'remind_at', t.remind_at)::text;
END $$;

CREATE OR REPLACE TRIGGER complete BEFORE INSERT OR UPDATE ON crm.tasks
	FOR EACH ROW EXECUTE FUNCTION crm.complete_task();

CREATE OR REPLACE TRIGGER remind AFTER INSERT OR UPDATE OR DELETE ON crm.tasks
	FOR EACH ROW EXECUTE FUNCTION crm.remind_of_task();
