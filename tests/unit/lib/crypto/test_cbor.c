#include "lib/crypto/cbor.h"
#include "tests/unit/fixture.h"

#define LENGTH(literal)                                                        \
	cbor_length((const unsigned char *)(literal), sizeof(literal) - 1)

static void
item_lengths_are_found(void **state)
{
	(void)state;
	assert_int_equal(LENGTH("\x00"), 1);
	assert_int_equal(LENGTH("\x18\x64 more"), 2);
	assert_int_equal(LENGTH("\x39\x01\x00"), 3);
	assert_int_equal(LENGTH("\x1b\x00\x00\x00\x00\x00\x00\x00\x01"), 9);
	assert_int_equal(LENGTH("\x43"
				"abc more"),
	    4);
	assert_int_equal(LENGTH("\x40"), 1);
	assert_int_equal(LENGTH("\x80"), 1);
	assert_int_equal(LENGTH("\x83\x01\x62hi\x80 more"), 6);
	assert_int_equal(LENGTH("\xa2\x01\x02\x61x\x82\x03\x04"), 8);
	assert_int_equal(LENGTH("\xc1\x00"), 2);
	assert_int_equal(LENGTH("\xf4"), 1);
	assert_int_equal(LENGTH("\xfa\x3f\x80\x00\x00"), 5);
}

static void
malformed_items_have_no_length(void **state)
{
	(void)state;
	assert_int_equal(cbor_length((const unsigned char *)"", 0), 0);
	assert_int_equal(LENGTH("\x18"), 0);
	assert_int_equal(LENGTH("\x43"
				"ab"),
	    0);
	assert_int_equal(LENGTH("\x82\x01"), 0);
	assert_int_equal(LENGTH("\xa1\x01"), 0);
	assert_int_equal(LENGTH("\xc1"), 0);
	assert_int_equal(LENGTH("\x1c"), 0);         /* reserved */
	assert_int_equal(LENGTH("\x9f\x01\xff"), 0); /* indefinite */
	assert_int_equal(LENGTH("\x5f\x41x\xff"), 0);
	assert_int_equal(LENGTH("\xff"), 0);
}

static void
impossible_lengths_are_rejected(void **state)
{
	(void)state;
	assert_int_equal(LENGTH("\x5a\xff\xff\xff\xff ..."), 0);
	assert_int_equal(LENGTH("\x5b\xff\xff\xff\xff\xff\xff\xff\xff ..."), 0);
	assert_int_equal(LENGTH("\x9b\xff\xff\xff\xff\xff\xff\xff\xff ..."), 0);
	assert_int_equal(LENGTH("\xbb\xff\xff\xff\xff\xff\xff\xff\xff ..."), 0);
	assert_int_equal(LENGTH("\xbb\x80\x00\x00\x00\x00\x00\x00\x01 ..."), 0);
}

static void
depth_is_bounded(void **state)
{
	unsigned char deep[65536];

	(void)state;
	memset(deep, 0x81, sizeof deep);
	assert_int_equal(cbor_length(deep, sizeof deep), 0);
	deep[CBOR_DEPTH_MAX - 1] = 0x00;
	assert_int_equal(cbor_length(deep, sizeof deep), CBOR_DEPTH_MAX);
	deep[CBOR_DEPTH_MAX - 1] = 0x81;
	deep[CBOR_DEPTH_MAX] = 0x00;
	assert_int_equal(cbor_length(deep, sizeof deep), 0);
}

static bool
finds(const char *map, size_t len, const char *name, const char *want)
{
	const unsigned char *bytes;
	size_t n;

	return cbor_bytes((const unsigned char *)map, len, name, &bytes, &n) &&
	    n == strlen(want) && memcmp(bytes, want, n) == 0;
}

#define FINDS(map, name, want) finds(map, sizeof(map) - 1, name, want)

static void
byte_strings_are_found_by_key(void **state)
{
	(void)state;
	assert_true(FINDS("\xa1\x61k\x41v", "k", "v"));
	assert_true(FINDS("\xa3\x01\x02\x61j\x80\x61k\x42vw", "k", "vw"));
	assert_false(FINDS("\xa1\x61k\x41v", "x", "v"));
	assert_false(FINDS("\xa1\x61k\x61v", "k", "v")); /* text */
	assert_false(FINDS("\xa1\x41k\x41v", "k", "v")); /* a byte string as a key */
	assert_false(FINDS("\xa1\x61k\x41v more", "k", "v"));
	assert_false(FINDS("\x82\x61k\x41v", "k", "v"));
	assert_false(FINDS("\xa2\x61k\x41v", "k", "v"));
	assert_false(FINDS("", "k", "v"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(item_lengths_are_found),
		cmocka_unit_test(malformed_items_have_no_length),
		cmocka_unit_test(impossible_lengths_are_rejected),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(byte_strings_are_found_by_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
