/* The process that runs the periodic tasks, one after another. */

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs/base/job_supervisor.h"
#include "jobs/base/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "schema/ops/job.h"

#define ROUND_MS  5000  /* maximum time between checks without a notification */
#define RECORD_MS 60000 /* between two records of the same result */
#define DAY       (24L * 60 * 60)
#define SLACK     30 /* seconds that a task may be early with --once */
#define REST      4  /* a slow task pauses for this multiple of its duration */
#define NTASKS    (sizeof tasks / sizeof tasks[0])

extern const struct periodic_task automation_runs_task, automation_waits_task;
extern const struct periodic_task changes_task;
extern const struct periodic_task duplicates_task;
extern const struct periodic_task deliveries_task;
extern const struct periodic_task fields_task;
extern const struct periodic_task files_move_task, files_remove_task,
    files_sweep_task;
extern const struct periodic_task bulk_changes_task;
extern const struct periodic_task certificate_task, disk_task;
extern const struct periodic_task import_files_task;
extern const struct periodic_task maintenance_task;
extern const struct periodic_task merges_task;
extern const struct periodic_task messages_task;
extern const struct periodic_task metrics_task;
extern const struct periodic_task modules_task;
extern const struct periodic_task quotas_task;
extern const struct periodic_task redactions_task;
extern const struct periodic_task reminders_task;
extern const struct periodic_task seal_task, seal_tell_task;
extern const struct periodic_task organizations_task, sweep_task;
extern const struct periodic_task trash_task;
extern const struct periodic_task weekly_mail_task;

/* A separate file defines each group of tasks. */
static const struct periodic_task *const tasks[] = {
	&automation_runs_task,
	&automation_waits_task,
	&changes_task,
	&duplicates_task,
	&deliveries_task,
	&fields_task,
	&files_move_task,
	&files_remove_task,
	&files_sweep_task,
	&bulk_changes_task,
	&certificate_task,
	&disk_task,
	&import_files_task,
	&maintenance_task,
	&merges_task,
	&messages_task,
	&metrics_task,
	&modules_task,
	&quotas_task,
	&redactions_task,
	&reminders_task,
	&seal_task,
	&seal_tell_task,
	&organizations_task,
	&sweep_task,
	&trash_task,
	&weekly_mail_task,
};

/* The state of one task in this process. */
struct schedule {
	const struct periodic_task *task;
	int64_t due;         /* time of the next run */
	bool rests;          /* a notification does not make it run earlier */
	int64_t recorded_at; /* time of the last record; 0: none */
	bool failed;         /* the recorded result */
};

bool
periodic_tasks_query(struct job_context *w, struct db_step *step)
{
	struct problem why = { 0 };

	if (db_run(w->db, w->arena, step, 1, &why) == PROBLEM_NONE)
		return true;
	log_error("periodic_tasks error=\"%s\"",
	    why.detail != NULL ? why.detail : problem_title(why.code));
	return false;
}

enum task_status
periodic_tasks_purge(
    struct job_context *w, const char *what, struct db_step *step, long most)
{
	long n;

	if (!periodic_tasks_query(w, step))
		return TASK_FAILED;
	n = strtol(db_text(step, 0, 0), NULL, 10);
	if (n > 0)
		log_info("purged %s rows=%ld", what, n);
	return n >= most ? TASK_MORE : TASK_DONE;
}

static void
listen_for_calls(struct job_context *w)
{
	const struct sql listen = SQL("LISTEN tenantry_periodic_tasks");
	struct problem why = { 0 };

	if (db_listen(w->db, w->arena, listen, &why) != PROBLEM_NONE)
		log_error(
		    "periodic_tasks error=\"%s\"", problem_title(why.code));
	arena_reset(w->arena);
}

/* Records the run for operators. Logs and ignores an error. */
static void
record_run(
    struct job_context *w, struct schedule *t, int64_t began, bool failed)
{
	int64_t now = clock_ms(), ms = now - began;
	struct db_step step =
	    ops_end_periodic_task(w->arena, .name = t->task->name,
		.took_ms = arena_printf(w->arena, "%lld",
		    (long long)(ms < INT32_MAX ? ms : INT32_MAX)),
		.failed = failed,
		.seconds = arena_printf(w->arena, "%ld", t->task->seconds));

	if (failed == t->failed && t->recorded_at != 0 &&
	    now < t->recorded_at + RECORD_MS)
		return;
	if (periodic_tasks_query(w, &step)) {
		t->recorded_at = now;
		t->failed = failed;
	}
}

static void
run_task(struct job_context *w, struct schedule *t)
{
	int64_t began = clock_ms(), took;
	enum task_status end = t->task->run(w);

	took = clock_ms() - began;
	arena_reset(w->arena);
	if (end == TASK_FAILED)
		log_error("periodic_task_failed task=%s", t->task->name);
	/* Work that remains after a run with --once is due in the next run. */
	if (!job_supervisor_once() || (end != TASK_MORE && end != TASK_SLOW))
		record_run(w, t, began, end == TASK_FAILED);
	arena_reset(w->arena);
	t->rests = end == TASK_SLOW;
	if (end == TASK_MORE)
		t->due = 0;
	else
		t->due = clock_ms() +
		    (t->rests ? REST * took : t->task->seconds * 1000);
}

/* Makes tasks that an earlier process ran due only after their interval. */
static void
resume_schedules(struct job_context *w, struct schedule *schedules)
{
	struct db_step step = ops_periodic_task_ages(w->arena);
	int64_t now = clock_ms(), age;
	size_t i;
	int row;

	if (!periodic_tasks_query(w, &step))
		return;
	for (row = 0; row < db_rows(&step); row++) {
		age = strtol(
		    db_text(&step, row, PERIODIC_TASK_AGES_SECONDS), NULL, 10);
		for (i = 0; i < NTASKS; i++)
			if (age >= 0 && age + SLACK < tasks[i]->seconds &&
			    strcmp(tasks[i]->name,
				db_text(&step, row, PERIODIC_TASK_AGES_NAME)) ==
				0)
				schedules[i].due =
				    now + (tasks[i]->seconds - age) * 1000;
	}
	arena_reset(w->arena);
}

/* Returns true if a task has more to do now. */
static bool
has_more(const struct schedule *schedules)
{
	size_t i;

	for (i = 0; i < NTASKS; i++)
		if (schedules[i].due == 0 || schedules[i].rests)
			return true;
	return false;
}

static void
wait_until(struct job_context *w, int64_t until, const sigset_t *waiting)
{
	struct pollfd fd = { .fd = db_socket(w->db), .events = POLLIN };
	int64_t ms = until - clock_ms();
	struct timespec t = { 0 };

	if (ms > 0)
		t = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	ppoll(&fd, 1, &t, waiting);
}

void
periodic_tasks_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	struct job_context w = { .config = config };
	struct schedule schedules[NTASKS] = { { .due = 0 } };
	int64_t next;
	bool called;
	bool once = job_supervisor_once();
	size_t i;

	for (i = 0; i < NTASKS; i++)
		schedules[i].task = tasks[i];
	w.db = db_new(w.config);
	w.arena = arena_new();
	if (once)
		resume_schedules(&w, schedules);
	while (!*stopping) {
		listen_for_calls(&w);
		called = !once && (db_notified(w.db) || db_pooled(w.db));
		next = clock_ms() + ROUND_MS;
		for (i = 0; i < NTASKS && !*stopping; i++) {
			if ((called && tasks[i]->seconds < DAY &&
				!schedules[i].rests) ||
			    clock_ms() >= schedules[i].due)
				run_task(&w, &schedules[i]);
			if (schedules[i].due < next)
				next = schedules[i].due;
		}
		if (once && !has_more(schedules))
			break;
		wait_until(&w, next, waiting);
	}
	arena_free(w.arena);
	db_free(w.db);
}
