/* Tests of the hashes for tables in memory. */

#include "lib/base/hash.h"
#include "tests/unit/fixture.h"

/* These values are from http://www.isthe.com/chongo/tech/comp/fnv/. */
static void
hashes_are_those_of_fnv(void **state)
{
	(void)state;
	assert_int_equal(hash_text(HASH_START, ""), HASH_START);
	assert_int_equal(
	    hash_text(HASH_START, "a"), UINT64_C(0xaf63dc4c8601ec8c));
	assert_int_equal(
	    hash_text(HASH_START, "foobar"), UINT64_C(0x85944171f73967e8));
	assert_int_equal(hash_bytes(hash_text(HASH_START, "foo"), "bars", 3),
	    hash_text(HASH_START, "foobar"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(hashes_are_those_of_fnv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
