/* Tests of the reasons of a verdict. */

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/migrate/journey.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/verdict.h"
#include "tests/unit/fixture.h"

static const struct journey journey = { .name = "sample" };

/* Prints the verdict of a verb that failed, and returns what was printed. */
static const char *
failed(struct migration *m)
{
	static char text[4096];
	FILE *f = tmpfile();
	int screen = dup(STDOUT_FILENO);
	size_t n;

	assert_non_null(f);
	fflush(stdout);
	assert_true(dup2(fileno(f), STDOUT_FILENO) >= 0);
	verdict_print(m, "run", true, NULL, NULL);
	fflush(stdout);
	assert_true(dup2(screen, STDOUT_FILENO) >= 0);
	close(screen);
	rewind(f);
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static struct migration
begin(void **state)
{
	struct arena *a = ((struct request *)*state)->arena;

	return (struct migration){ .arena = a,
		.journey = &journey,
		.path = "sample.yaml",
		.verdict = verdict_begin(a, false) };
}

static void
the_last_message_is_the_reason(void **state)
{
	struct migration m = begin(state);

	warnx("the file %s is missing", "a");
	assert_string_equal(failed(&m), "NO-GO: the file a is missing\n");
}

static void
a_message_before_the_verb_is_no_reason(void **state)
{
	struct migration m;

	warnx("OLD is now called NEW");
	m = begin(state);
	assert_string_equal(
	    failed(&m), "NO-GO: standard error has the reason\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(the_last_message_is_the_reason),
		UNIT(a_message_before_the_verb_is_no_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
