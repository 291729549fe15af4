/* Tests of settings that are also read under their old names. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/renamed_settings.h"
#include "tests/unit/fixture.h"

#define OLD     renamed_settings[0].old
#define CURRENT renamed_settings[0].current

/*
 * Applies the table in a separate process. Returns the resulting value of the
 * setting with the current name, and stores stderr in said.
 */
static const char *
apply(const char *old, const char *current, char *said, size_t size)
{
	static char value[256];
	int err[2], out[2], status;
	ssize_t n, m;
	pid_t pid;

	assert_int_equal(pipe(err), 0);
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		const char *now;

		dup2(err[1], STDERR_FILENO);
		unsetenv(OLD);
		unsetenv(CURRENT);
		if ((old != NULL && setenv(OLD, old, 1) != 0) ||
		    (current != NULL && setenv(CURRENT, current, 1) != 0) ||
		    !renamed_settings_apply() || !renamed_settings_apply())
			_exit(1);
		now = getenv(CURRENT);
		now = now != NULL ? now : "unset";
		_exit(write(out[1], now, strlen(now)) == -1 ||
		    renamed_settings_found(&renamed_settings[0]) !=
			(old != NULL && *old != '\0'));
	}
	close(err[1]);
	close(out[1]);
	/*
	 * The pipes are read after the process has ended. They then contain its
	 * whole output.
	 */
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	n = read(err[0], said, size - 1);
	m = read(out[0], value, sizeof value - 1);
	close(err[0]);
	close(out[0]);
	assert_true(n >= 0 && m > 0);
	said[n] = '\0';
	value[m] = '\0';
	assert_int_equal(status, 0);
	return value;
}

static void
an_old_name_is_read_with_a_warning_that_has_no_value(void **state)
{
	char said[1024], expected[256];

	(void)state;
	snprintf(expected, sizeof expected, "%s is called %s", OLD, CURRENT);
	assert_string_equal(
	    apply("https://a.test", NULL, said, sizeof said), "https://a.test");
	assert_non_null(strstr(said, expected));
	assert_null(strstr(said, "a.test"));
	assert_string_equal(
	    apply("https://a.test", "", said, sizeof said), "https://a.test");
}

static void
it_is_said_once(void **state)
{
	char said[1024];

	(void)state;
	apply("x", NULL, said, sizeof said);
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void
the_new_name_counts_if_both_are_set(void **state)
{
	char said[1024];

	(void)state;
	assert_string_equal(apply("old", "new", said, sizeof said), "new");
	assert_non_null(strstr(said, "both set"));
}

static void
new_names_and_empty_ones_are_no_news(void **state)
{
	char said[1024];

	(void)state;
	assert_string_equal(apply(NULL, "new", said, sizeof said), "new");
	assert_string_equal(said, "");
	assert_string_equal(apply("", NULL, said, sizeof said), "unset");
	assert_string_equal(said, "");
}

/*
 * Checks the settings that result from DEAL_STAGES=a OPPORTUNITY_OWNER=b
 * DEAL_OWNER=c, in a separate process.
 */
static void
a_prefix_renames_all_variables(void **state)
{
	char said[1024];
	int err[2], status;
	ssize_t n;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(err), 0);
	pid = fork();
	if (pid == 0) {
		dup2(err[1], STDERR_FILENO);
		setenv("DEAL_STAGES", "a", 1);
		setenv("DEAL_OWNER", "c", 1);
		setenv("DEAL_EMPTY", "", 1);
		setenv("OPPORTUNITY_OWNER", "b", 1);
		_exit(!renamed_settings_begin_with("DEAL_", "OPPORTUNITY_") ||
		    strcmp(getenv("OPPORTUNITY_STAGES"), "a") != 0 ||
		    strcmp(getenv("OPPORTUNITY_OWNER"), "b") != 0 ||
		    getenv("OPPORTUNITY_EMPTY") != NULL);
	}
	close(err[1]);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	n = read(err[0], said, sizeof said - 1);
	close(err[0]);
	assert_true(n >= 0);
	said[n] = '\0';
	assert_int_equal(status, 0);
	assert_non_null(
	    strstr(said, "DEAL_STAGES is called OPPORTUNITY_STAGES"));
	assert_non_null(
	    strstr(said, "DEAL_OWNER and OPPORTUNITY_OWNER are both set"));
	assert_null(strstr(said, "DEAL_EMPTY"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_old_name_is_read_with_a_warning_that_has_no_value),
		cmocka_unit_test(it_is_said_once),
		cmocka_unit_test(the_new_name_counts_if_both_are_set),
		cmocka_unit_test(new_names_and_empty_ones_are_no_news),
		cmocka_unit_test(a_prefix_renames_all_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
