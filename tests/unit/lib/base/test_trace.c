/* Tests of the spans that requests send to the collector. */

#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/trace.h"
#include "tests/unit/fixture.h"

/*
 * Returns the number of parts in the message that trace_end() sends after the
 * given number of spans.
 */
static size_t
sent_parts(struct arena *a, int n)
{
	static char message[65536];
	struct trace *t = trace_begin(a, NULL);
	const char *s = message;
	size_t found = 0;
	int sockets[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets), 0);
	trace_open(sockets[1]);
	while (n-- > 0)
		trace_part(t, "round trip", clock_us(), NULL, 0);
	trace_end(t, TRACE_SERVER, "GET /", false, NULL, 0);
	memset(message, 0, sizeof message);
	assert_true(recv(sockets[0], message, sizeof message - 1, 0) > 0);
	while ((s = strstr(s, "round trip")) != NULL) {
		found++;
		s++;
	}
	close(sockets[0]);
	close(sockets[1]);
	trace_open(-1);
	return found;
}

static void
a_span_has_at_most_32_parts(void **state)
{
	struct arena *a = ((struct request *)*state)->arena;

	assert_int_equal(sent_parts(a, 0), 0);
	assert_int_equal(sent_parts(a, 32), 32);
	assert_int_equal(sent_parts(a, 33), 32);
	assert_int_equal(sent_parts(a, 100), 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_span_has_at_most_32_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
