/* Tests of bodies that nginx saved as files. */

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fcgi/http/body_file.h"
#include "lib/base/spool.h"
#include "tests/unit/fixture.h"

/* Simulates that nginx and the workers run as different users. */
static void
a_body_of_another_user_is_not_a_fault_of_the_database(void **state)
{
	struct request *rq = *state;
	char path[] = "/tmp/tenantry-body.XXXXXX";
	uid_t user = geteuid();
	enum problem_code err;
	struct spool body;
	int fd = mkstemp(path);

	assert_int_not_equal(fd, -1);
	assert_int_equal(fchmod(fd, 0), 0);
	rq->headers.body_file = path;
	if (user == 0) /* root can read every file */
		assert_int_equal(seteuid(65534), 0);
	err = body_file_open(rq, 100, &body);
	if (user == 0)
		assert_int_equal(seteuid(0), 0);
	close(fd);
	unlink(path);
	assert_int_equal(err, PROBLEM_INTERNAL);
	assert_non_null(strstr(rq->problem.detail, "the same user"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_body_of_another_user_is_not_a_fault_of_the_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
