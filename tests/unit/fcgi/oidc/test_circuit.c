/* Tests of the pause in calls to a provider that does not respond. */

#include <stdlib.h>

#include "fcgi/oidc/circuit.h"
#include "lib/base/clock.h"
#include "tests/unit/fixture.h"

#define URL "https://idp.example.test/token"

/* Replaces the clock of the library. */
static int64_t now;

int64_t
clock_ms(void)
{
	return now;
}

int64_t
clock_us(void)
{
	return now * 1000;
}

/* Creates circuits. The circuit for URL has just opened. */
static struct circuits *
open_one(void)
{
	struct circuits *c = calloc(1, circuits_size());
	int i;

	assert_non_null(c);
	now = 1000;
	for (i = 0; i < 5; i++) {
		assert_true(circuit_closed(c, URL));
		circuit_record(c, URL, false);
	}
	assert_false(circuit_closed(c, URL));
	return c;
}

static void
after_30_s_one_call_tries_again(void **state)
{
	struct circuits *c = open_one();

	(void)state;
	now += 29999;
	assert_false(circuit_closed(c, URL));
	now++;
	assert_true(circuit_closed(c, URL));
	assert_false(circuit_closed(c, URL));
	/*
	 * A request that never ends causes the same pause before the next
	 * request.
	 */
	now += 30000;
	assert_true(circuit_closed(c, URL));
	free(c);
}

static void
a_failed_try_pauses_again(void **state)
{
	struct circuits *c = open_one();

	(void)state;
	now += 30000;
	assert_true(circuit_closed(c, URL));
	now += 5000;
	circuit_record(c, URL, false);
	now += 29999;
	assert_false(circuit_closed(c, URL));
	now++;
	assert_true(circuit_closed(c, URL));
	free(c);
}

static void
an_answer_closes_the_circuit(void **state)
{
	struct circuits *c = open_one();
	int i;

	(void)state;
	now += 30000;
	assert_true(circuit_closed(c, URL));
	circuit_record(c, URL, true);
	for (i = 0; i < 4; i++) {
		circuit_record(c, URL, false);
		assert_true(circuit_closed(c, URL));
	}
	circuit_record(c, URL, true); /* failures that are not consecutive */
	circuit_record(c, URL, false);
	assert_true(circuit_closed(c, URL));
	free(c);
}

static void
another_server_is_called_meanwhile(void **state)
{
	struct circuits *c = open_one();

	(void)state;
	assert_true(circuit_closed(c, "https://other.example.test/token"));
	assert_false(circuit_closed(c, "https://idp.example.test?other=path"));
	assert_true(circuit_closed(NULL, URL));
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_30_s_one_call_tries_again),
		cmocka_unit_test(a_failed_try_pauses_again),
		cmocka_unit_test(an_answer_closes_the_circuit),
		cmocka_unit_test(another_server_is_called_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
