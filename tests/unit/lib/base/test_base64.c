#include "lib/base/base64.h"
#include "tests/unit/fixture.h"

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static void
both_alphabets_are_encoded(void **state)
{
	struct arena *a = arena(state);

	assert_string_equal(base64_encode(a, "\xfb\xff\xfe", 3), "+//+");
	assert_string_equal(base64_encode(a, "f", 1), "Zg==");
	assert_string_equal(base64url_encode(a, "\xfb\xff\xfe", 3), "-__-");
	assert_string_equal(base64url_encode(a, "fo", 2), "Zm8");
	assert_string_equal(base64url_encode(a, "", 0), "");
}

static void
encoded_text_is_decoded(void **state)
{
	struct arena *a = arena(state);
	unsigned char data[256];
	size_t i, len;

	for (i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i * 7);
	for (i = 0; i <= sizeof data; i++) {
		assert_memory_equal(
		    base64_decode(a, base64_encode(a, data, i), &len), data, i);
		assert_int_equal(len, i);
		assert_memory_equal(
		    base64url_decode(a, base64url_encode(a, data, i), &len),
		    data, i);
		assert_int_equal(len, i);
	}
}

static void
non_canonical_text_is_rejected(void **state)
{
	static const char *const wrong[] = { "A", "AAAAA", "Zg==", "Zg=", "Zh",
		"Zm9=", "Zm 8", "Zm8\n", "Zm8.", "+//+", "Zm8=", "\xc3\xa9",
		"QUJ\xb6", "QU\xb6I" };
	struct arena *a = arena(state);
	size_t i, len;

	for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (base64url_decode(a, wrong[i], &len) != NULL)
			fail_msg("took %s", wrong[i]);
	assert_null(base64_decode(a, "Zg", &len));
	assert_null(base64_decode(a, "Zh==", &len));
	assert_null(base64_decode(a, "-__-", &len));
	assert_null(base64_decode(a, "QU\xb6I", &len));
	assert_non_null(base64_decode(a, "Zg==", &len));
}

static void
hexadecimal_round_trip(void **state)
{
	struct arena *a = arena(state);
	unsigned char data[256];
	size_t i;

	for (i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)i;
	assert_string_equal(hex_encode(a, "\x00\x7f\xab", 3), "007fab");
	assert_string_equal(hex_encode(a, "", 0), "");
	assert_memory_equal(hex_decode(a, "007FaB", 3), "\x00\x7f\xab", 3);
	assert_memory_equal(
	    hex_decode(a, hex_encode(a, data, 256), 256), data, 256);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(both_alphabets_are_encoded),
		UNIT(encoded_text_is_decoded),
		UNIT(non_canonical_text_is_rejected),
		UNIT(hexadecimal_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
