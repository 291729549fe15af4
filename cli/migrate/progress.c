/* Reports a migration's progress, and estimates when it ends. */
#include <err.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/pg.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/progress.h"
#include "cli/migrate/status_page.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"

#define EVERY     1000 /* rows */
#define STEPS_MAX 1000
#define BAR       24   /* characters */
#define QUIET     1000 /* ms between two lines if the output is a file */
#define ENOUGH    2000 /* ms that a step takes before its rate is used */
#define REPORT    "report"

struct step_progress {
	const char *name;
	int64_t total, done;
	int64_t ms;         /* time spent in this process */
	int64_t fresh;      /* rows processed in this process */
	int64_t row_ms;     /* time when the last of these rows was counted */
	double expected;    /* ms per row in the dry run; 0: unknown */
	double after;       /* ms after the last row in the dry run */
	double expected_ms; /* ms of a phase in the dry run */
	bool phase;         /* a phase without rows, such as the report */
	bool over;          /* a later step has begun */
};

struct progress {
	const char *what;
	const char *state, *message;
	const char *throttled; /* reason why the run is throttled, or NULL */
	char reason[200];
	FILE *log;
	bool terminal;
	bool bar;  /* the progress bar is on the current line */
	bool back; /* a rollback */
	struct step_progress *steps;
	int nsteps, current;
	const char *title;
	int64_t total, done, waits;
	int64_t resumed; /* time when the current step reached the rows below */
	int64_t shown;   /* time when the last line was printed */
	int64_t started;
	int64_t fresh;
	time_t began;
};

/*
 * Returns false before the first step, and while a step is running that is not
 * in the plan.
 */
static bool
in_step(const struct progress *p)
{
	return p->current < p->nsteps;
}

static struct step_progress *
current(struct progress *p)
{
	return &p->steps[p->current];
}

/* Returns a step's milliseconds per row, or an estimate. */
static double
cost(const struct progress *p, const struct step_progress *s, double factor)
{
	int64_t spent = clock_ms() - p->started;

	if (s->row_ms > ENOUGH && s->fresh > EVERY)
		return (double)s->row_ms / (double)s->fresh;
	if (s->expected > 0)
		return s->expected * factor;
	return p->fresh > 0 ? (double)spent / (double)p->fresh : 0;
}

/* Returns the time that a step took, as far as the dry run predicts it. */
static double
predicted(const struct step_progress *s)
{
	return s->expected > 0 && s->fresh > 0
	    ? (double)(s->over ? s->ms : s->row_ms)
	    : 0;
}

/*
 * Returns the factor by which this run is slower than the dry run. The load of
 * the machine can change, so a step counts less, the longer ago it ended.
 */
static double
slower(const struct progress *p)
{
	const struct step_progress *s;
	double expected = 0, spent = 0, all = 0, since = 0, weight;
	int i;

	for (i = 0; i < p->nsteps; i++)
		all += predicted(&p->steps[i]);
	for (i = p->nsteps - 1; i >= 0 && all > 0; i--) {
		s = &p->steps[i];
		if (predicted(s) == 0)
			continue;
		weight = 1 - since / all;
		expected += weight *
		    (s->expected * (double)s->fresh + (s->over ? s->after : 0));
		spent += weight * predicted(s);
		since += predicted(s);
	}
	return expected > 0 && spent > 0 ? spent / expected : 1;
}

/*
 * Estimates the milliseconds until a step ends: its remaining rows, and the
 * work after the last row, of which only the dry run knows the duration.
 */
static double
left(const struct progress *p, const struct step_progress *s, double factor)
{
	double ms = (s->phase ? s->expected_ms : s->after) * factor;

	if (s->over)
		return 0;
	if (s->phase)
		ms -= (double)s->ms;
	else if (s->done == s->total && s->fresh > 0)
		ms -= (double)(s->ms - s->row_ms);
	return (ms > 0 ? ms : 0) +
	    cost(p, s, factor) * (double)(s->total - s->done);
}

/* Returns the seconds until the end, or -1 if unknown. */
static int64_t
estimate(const struct progress *p)
{
	double factor = slower(p), ms = 0;
	int i;

	if (p->fresh == 0)
		return -1;
	for (i = 0; i < p->nsteps; i++)
		ms += left(p, &p->steps[i], factor);
	return (int64_t)(ms / 1000 + 0.5);
}

static double
rate(const struct progress *p)
{
	int64_t spent = clock_ms() - p->started;

	return spent > 0 ? (double)p->fresh * 1000 / (double)spent : 0;
}

/* Adds the time since the last call to the current step. */
static void
count_time(struct progress *p)
{
	int64_t now = clock_ms();

	if (in_step(p))
		current(p)->ms += now - p->resumed;
	p->resumed = now;
}

/* Records how long the rows of the current step took. */
static void
count_rows(struct progress *p)
{
	count_time(p);
	if (in_step(p))
		current(p)->row_ms = current(p)->ms;
}

static void
log_line(struct progress *p, const char *text)
{
	char at[32];
	time_t now = time(NULL);
	struct tm tm;

	if (p->log == NULL || gmtime_r(&now, &tm) == NULL)
		return;
	strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (fprintf(p->log, "%s %s\n", at, text) < 0 || fflush(p->log) != 0) {
		warn("the log of the migration");
		fclose(p->log);
		p->log = NULL;
	}
}

/* Returns "[#####.....] 42 % 12000 of 28000 rows, 21000 rows/s, 1 s left". */
static const char *
sentence(struct migration *m, const struct progress *p, bool bar)
{
	struct buf b;
	int64_t eta = estimate(p);
	int full = p->total > 0 ? (int)(p->done * BAR / p->total) : 0, i;

	buf_init(&b, m->scratch);
	if (bar) {
		buf_puts(&b, "[");
		for (i = 0; i < BAR; i++)
			buf_puts(&b, i < full ? "#" : ".");
		buf_puts(&b, "] ");
	}
	buf_printf(&b, "%3d %%  %lld of %lld rows, %.0f rows/s",
	    p->total > 0 ? (int)(p->done * 100 / p->total) : 0,
	    (long long)p->done, (long long)p->total, rate(p));
	if (eta >= 0)
		buf_printf(&b, ", %lld s left", (long long)eta);
	buf_printf(&b, ", %lld lock waits", (long long)p->waits);
	if (p->throttled != NULL)
		buf_printf(&b, ", waits: %s", p->throttled);
	return b.data;
}

static void
show(struct migration *m, struct progress *p)
{
	int64_t now = clock_ms();

	if (!p->terminal && now - p->shown < QUIET)
		return;
	p->shown = now;
	fprintf(
	    stderr, p->terminal ? "\r\033[K%s" : "%s\n", sentence(m, p, true));
	p->bar = p->terminal;
}

/* Records the progress. An error here does not stop the migration. */
static void
record(struct migration *m, struct progress *p)
{
	int64_t eta = estimate(p);
	const char *params[] = { m->id,
		arena_printf(m->scratch, "%d", p->current + 1),
		arena_printf(m->scratch, "%lld", (long long)p->done),
		arena_printf(m->scratch, "%lld", (long long)p->total),
		arena_printf(m->scratch, "%f", rate(p)),
		eta < 0 ? NULL
			: arena_printf(m->scratch, "%lld", (long long)eta),
		arena_printf(m->scratch, "%lld", (long long)p->waits),
		p->throttled };

	if (m->id == NULL)
		return;
	pg_answer_into(m->monitor, m->scratch);
	pg_ask(m->monitor, "the progress",
	    "INSERT INTO ops.migration_progress VALUES ($1, clock_timestamp(),"
	    " $2::integer, $3::bigint, $4::bigint, $5::float8, $6::bigint,"
	    " $7::bigint, $8) ON CONFLICT (migration_id) DO UPDATE SET"
	    " at = excluded.at, step = excluded.step, done = excluded.done,"
	    " total = excluded.total, rate = excluded.rate,"
	    " eta_seconds = excluded.eta_seconds,"
	    " lock_waits = excluded.lock_waits,"
	    " throttled = excluded.throttled",
	    8, params);
	pg_answer_into(m->monitor, m->arena);
}

/*
 * Updates the status page. Only people read it, so this happens at most once
 * per second, and never in a rehearsal.
 */
static void
publish(struct migration *m, struct progress *p)
{
	static time_t last;
	time_t now = time(NULL);
	struct status_page page = {
		.title = p->what,
		.state = p->state,
		.step = p->title,
		.done = p->done,
		.total = p->total,
		.eta = estimate(p),
		.starts = p->began,
		.updated = now,
		.message = p->message,
	};

	if (m->rehearsal || (now == last && strcmp(p->state, "running") == 0))
		return;
	last = now;
	status_page_write(m->scratch, status_page_folder(), &page);
}

static void
report(struct migration *m)
{
	struct progress *p = m->progress;

	count_time(p);
	show(m, p);
	log_line(p, sentence(m, p, false));
	record(m, p);
	publish(m, p);
}

bool
progress_start(
    struct migration *m, const char *what, struct json_object *times, bool back)
{
	struct progress *p = arena_alloc(m->arena, sizeof *p);
	const char *path = migration_file(m, ".log");
	int fd;

	p->what = what;
	p->state = "running";
	p->back = back;
	p->terminal = isatty(STDERR_FILENO) == 1;
	p->steps = arena_array(m->arena, STEPS_MAX, sizeof *p->steps);
	p->started = p->resumed = clock_ms();
	p->began = time(NULL);
	p->current = STEPS_MAX;
	m->progress = p;
	if (times != NULL)
		json_share(m->plan, "times", times);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || (p->log = fdopen(fd, "a")) == NULL) {
		warn("%s", path);
		return false;
	}
	return pg_run(m->monitor, "SET synchronous_commit = off");
}

/* Sets the step's duration in the dry run, if it is known. */
static void
expect(struct migration *m, struct step_progress *s)
{
	struct json_object *o;
	int64_t rows, ms, after;
	bool present;

	o = m->plan != NULL ? json_get(m->plan, "times", &present) : NULL;
	if (o == NULL || (o = json_get(o, s->name, &present)) == NULL)
		return;
	rows = json_object_get_int64(json_get(o, "rows", &present));
	ms = json_object_get_int64(json_get(o, "ms", &present));
	after = json_object_get_int64(json_get(o, "after", &present));
	s->expected_ms = (double)ms;
	if (rows > 0) {
		s->expected = (double)(ms - after) / (double)rows;
		s->after = (double)after * (double)s->total / (double)rows;
	}
}

/*
 * Returns the name under which the duration of a step or of its rollback is
 * stored.
 */
static const char *
step_name(struct migration *m, const char *step)
{
	return m->progress->back ? arena_printf(m->arena, "%s back", step)
				 : step;
}

static void
add_step(struct migration *m, const char *name, int64_t total, int64_t done)
{
	struct progress *p = m->progress;
	struct step_progress *s = &p->steps[p->nsteps++];

	*s = (struct step_progress){
		.name = name, .total = total, .done = done, .phase = total == 0
	};
	expect(m, s);
}

void
progress_expect(
    struct migration *m, const char *step, int64_t rows, int64_t done)
{
	add_step(m, step_name(m, step), rows, done);
	m->progress->total += rows;
	m->progress->done += done;
}

void
progress_expect_report(struct migration *m)
{
	add_step(m, step_name(m, REPORT), 0, 0);
}

static void
enter(struct migration *m, const char *name, const char *title)
{
	struct progress *p = m->progress;
	int i;

	count_time(p);
	for (p->current = 0; p->current < p->nsteps; p->current++)
		if (strcmp(p->steps[p->current].name, name) == 0)
			break;
	for (i = 0; in_step(p) && i < p->current; i++)
		p->steps[i].over = true;
	p->title = title;
}

void
progress_step(struct migration *m, const struct journey_file *step)
{
	enter(m, step_name(m, step->name), step->title);
	if (m->progress->back)
		progress_say(m, "undoing %s", step->name);
	else
		progress_say(m, "%s: %s", step->name, step->title);
	report(m);
}

void
progress_report(struct migration *m)
{
	if (m->progress == NULL)
		return;
	enter(m, step_name(m, REPORT), "Checks the result");
	report(m);
}

void
progress_reported(struct migration *m)
{
	struct progress *p = m->progress;

	if (p == NULL)
		return;
	count_time(p);
	if (in_step(p))
		current(p)->over = true;
}

/*
 * Raises the total, because a source in use can get more rows, and retried rows
 * are read again.
 */
static void
allow_more(struct progress *p)
{
	int64_t more = current(p)->done - current(p)->total;

	if (more <= 0)
		return;
	current(p)->total += more;
	p->total += more;
}

static void
add_rows(struct migration *m, int64_t n)
{
	struct progress *p = m->progress;
	int64_t before = p->done;

	p->done += n;
	p->fresh += n;
	if (p->done > p->total)
		p->total = p->done;
	if (in_step(p)) {
		current(p)->done += n;
		current(p)->fresh += n;
		allow_more(p);
	}
	if (p->done / EVERY != before / EVERY ||
	    (in_step(p) && current(p)->done == current(p)->total))
		count_rows(p);
	if (p->done / EVERY != before / EVERY)
		report(m);
}

void
progress_row(struct migration *m)
{
	add_rows(m, 1);
}

void
progress_undone(struct migration *m, int64_t rows)
{
	if (m->progress->back)
		add_rows(m, rows);
	else
		progress_again(m, rows);
}

void
progress_again(struct migration *m, int64_t rows)
{
	struct progress *p = m->progress;

	p->done -= rows;
	p->fresh -= rows;
	if (in_step(p)) {
		current(p)->done -= rows;
		current(p)->fresh -= rows;
	}
}

void
progress_waited(struct migration *m)
{
	m->progress->waits++;
	report(m);
}

void
progress_throttled(struct migration *m, const char *reason)
{
	if (reason == NULL && m->progress->throttled == NULL)
		return;
	m->progress->throttled = NULL;
	if (reason != NULL) {
		snprintf(m->progress->reason, sizeof m->progress->reason, "%s",
		    reason);
		m->progress->throttled = m->progress->reason;
	}
	report(m);
}

void
progress_say(struct migration *m, const char *fmt, ...)
{
	struct progress *p = m->progress;
	char *text;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len == -1)
		errx(EXIT_FAILURE, "out of memory");
	fprintf(stderr, "%s%s\n", p->bar ? "\n" : "", text);
	p->bar = false;
	log_line(p, text);
	free(text);
}

void
progress_state(struct migration *m, const char *state, const char *message)
{
	struct progress *p = m->progress;

	p->state = state;
	p->message = message;
	p->shown = 0;
	report(m);
	if (p->bar)
		fputc('\n', stderr);
	p->bar = false;
}

void
progress_times(struct migration *m, struct json_object *times)
{
	struct progress *p = m->progress;
	const struct step_progress *s;
	struct json_object *o;
	int i;

	count_time(p);
	for (i = 0; i < p->nsteps; i++) {
		s = &p->steps[i];
		o = json_object_new_object();
		json_object_object_add(
		    o, "rows", json_object_new_int64(s->fresh));
		json_object_object_add(o, "ms", json_object_new_int64(s->ms));
		json_object_object_add(o, "after",
		    json_object_new_int64(
			s->fresh > 0 ? s->ms - s->row_ms : 0));
		json_object_object_add(times, s->name, o);
	}
}
