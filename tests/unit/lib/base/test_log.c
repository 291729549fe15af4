/*
 * Tests the log: the position of the syslog priority, and that a message
 * remains on a single line.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "tests/unit/fixture.h"

/*
 * Logs an error of two lines to a pipe. JOURNAL_STREAM names this pipe or a
 * different file.
 */
static const char *
logged(bool named)
{
	static char line[256];
	int ends[2], own = dup(STDERR_FILENO);
	char stream[64];
	struct stat s;
	ssize_t n;

	assert_true(pipe(ends) == 0 && fstat(ends[1], &s) == 0);
	snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)s.st_dev,
	    (uintmax_t)s.st_ino + (named ? 0 : 1));
	setenv("JOURNAL_STREAM", stream, 1);
	dup2(ends[1], STDERR_FILENO);
	log_open(LOG_LEVEL_INFO);
	log_error("broken why=%s", "a\nb");
	dup2(own, STDERR_FILENO);
	n = read(ends[0], line, sizeof line - 1);
	assert_true(n > 0);
	line[n] = '\0';
	close(ends[0]);
	close(ends[1]);
	close(own);
	return line;
}

static void
the_journal_gets_the_priority(void **state)
{
	const char *line = logged(true);

	(void)state;
	assert_memory_equal(line, "<3>2", 4);
	assert_non_null(strstr(line, "Z error pid="));
	assert_non_null(strstr(line, " broken why=a?b\n"));
}

static void
another_place_gets_no_priority(void **state)
{
	(void)state;
	assert_memory_equal(logged(false), "2", 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_journal_gets_the_priority),
		cmocka_unit_test(another_place_gets_no_priority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
