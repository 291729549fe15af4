/*
 * Tests of the time left that a migration shows, with a simulated clock: in the
 * second half of a run, it differs from the real time by at most 20 %.
 */

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/base/pg.h"
#include "cli/migrate/journey.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/progress.h"
#include "lib/base/clock.h"
#include "tests/unit/fixture.h"

#define SHOWN_MAX 4000

/* A step, with its duration in the dry run. */
struct simulated {
	const char *name;
	int rows;
	double ms_per_row;
	double after; /* ms for the work after the last row */
};

static const struct simulated steps[] = {
	{ "010_users", 20000, 0.5, 300 },
	{ "020_sessions", 30000, 2, 9000 },
	{ "030_nothing", 0, 0, 1500 },
	{ "040_events", 24437, 0.2, 2000 },
	{ "report", 0, 0, 14000 },
};
#define NSTEPS (sizeof steps / sizeof *steps)

static int64_t now;
static double fraction; /* of a millisecond */

int64_t __wrap_clock_ms(void);
bool __wrap_pg_run(struct pg *, const char *sql);

int64_t
__wrap_clock_ms(void)
{
	return now;
}

bool
__wrap_pg_run(struct pg *pg, const char *sql)
{
	(void)pg;
	(void)sql;
	return true;
}

static void
pass(double ms)
{
	fraction += ms;
	now += (int64_t)fraction;
	fraction -= (double)(int64_t)fraction;
}

/* The time left in each line of the log, and the time of the line. */
static struct {
	int64_t at;
	long left;
} shown[SHOWN_MAX];
static size_t nshown;
static long log_at;
static char path[] = "/tmp/tenantry-progress.XXXXXX.yaml";

/* Reads the lines that were added to the log. */
static void
read_log(void)
{
	char name[sizeof path], line[400], *end;
	FILE *f;

	snprintf(name, sizeof name, "%.*s.log", (int)sizeof path - 6, path);
	f = fopen(name, "r");
	assert_non_null(f);
	assert_int_equal(fseek(f, log_at, SEEK_SET), 0);
	while (fgets(line, sizeof line, f) != NULL) {
		if ((end = strstr(line, " s left")) == NULL)
			continue;
		while (end > line && end[-1] != ' ')
			end--;
		assert_true(nshown < SHOWN_MAX);
		shown[nshown].at = now;
		shown[nshown++].left = strtol(end, NULL, 10);
	}
	log_at = ftell(f);
	fclose(f);
}

/*
 * Runs the steps. The durations of the dry run are multiplied by the factor,
 * and the duration of each thousand rows varies by 10 %.
 */
static void
run_steps(struct migration *m, double factor, int done)
{
	struct journey_file file = { .title = "x" };
	double speed;
	size_t i;
	int row;

	for (i = 0; i + 1 < NSTEPS; i++)
		progress_expect(
		    m, steps[i].name, steps[i].rows, i == 0 ? done : 0);
	progress_expect_report(m);
	for (i = 0; i + 1 < NSTEPS; i++) {
		file.name = steps[i].name;
		progress_step(m, &file);
		for (row = i == 0 ? done : 0; row < steps[i].rows; row++) {
			speed = row / 1000 % 2 == 0 ? 1.1 : 0.9;
			pass(steps[i].ms_per_row * factor * speed);
			progress_row(m);
			read_log();
		}
		pass(steps[i].after * factor);
	}
	progress_report(m);
	read_log();
	pass(steps[NSTEPS - 1].after * factor);
	progress_reported(m);
}

/* Stores the duration of each step in "times", as a dry run does. */
static void
rehearse(void **state, struct json_object *times)
{
	struct arena *a = ((struct request *)*state)->arena;
	struct migration m = { .arena = a, .scratch = a, .rehearsal = true,
		.path = path };

	assert_true(progress_start(&m, "a dry run", NULL, false));
	run_steps(&m, 1, 0);
	progress_times(&m, times);
}

static void
simulate(void **state, double factor, int done)
{
	struct arena *a = ((struct request *)*state)->arena;
	struct migration m = { .arena = a, .scratch = a, .rehearsal = true,
		.path = path, .plan = json_object_new_object() };
	int second_half = 0, wrong = 0;
	double rest;
	struct json_object *dry = json_object_new_object();
	int64_t began;
	size_t i;

	rehearse(state, dry);
	began = now;
	nshown = 0;
	assert_true(progress_start(&m, "a test", dry, false));
	run_steps(&m, factor, done);
	for (i = 0; i < nshown; i++) {
		rest = (double)(now - shown[i].at) / 1000;
		if (shown[i].at < (began + now) / 2)
			continue;
		second_half++;
		/* The time is shown in whole seconds. */
		if (fabs((double)shown[i].left - rest) <= 0.2 * rest + 0.5)
			continue;
		print_message("factor %.1f: %ld s left, %.1f s remain\n",
		    factor, shown[i].left, rest);
		wrong++;
	}
	assert_true(second_half > 10);
	assert_int_equal(wrong, 0);
	json_object_put(dry);
	json_object_put(m.plan);
}

static void
test_time_left(void **state)
{
	simulate(state, 1, 0);
	simulate(state, 1.7, 0);
	simulate(state, 4, 0);
	simulate(state, 0.4, 0);
}

static void
test_time_left_resumed(void **state)
{
	simulate(state, 1.7, 13000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_time_left),
		UNIT(test_time_left_resumed),
	};
	int failed, fd = mkstemps(path, 5);
	char name[sizeof path];

	if (fd == -1 || freopen("/dev/null", "w", stderr) == NULL)
		return EXIT_FAILURE;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(name, sizeof name, "%.*s.log", (int)sizeof path - 6, path);
	unlink(name);
	unlink(path);
	return failed;
}
