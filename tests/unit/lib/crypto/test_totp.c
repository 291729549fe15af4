#include <stdlib.h>

#include "lib/crypto/totp.h"
#include "tests/unit/fixture.h"

/* A secret of Better Auth, and the URI that it wrote for the authenticator. */
#define SECRET "qOG4wsKtksc9ndMRZPxH9V8YZKe5RHot"
#define BASE32 "OFHUONDXONFXI23TMM4W4ZCNKJNFA6CIHFLDQWK2JNSTKUSIN52A"

/*
 * The key of the test vectors of RFC 6238. The codes are the last six digits.
 */
#define RFC_SECRET "12345678901234567890"

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static void
codes_match_rfc_6238(void **state)
{
	static const struct {
		time_t at;
		const char *code;
	} vectors[] = {
		{ 59, "287082" },
		{ 1111111109, "081804" },
		{ 1111111111, "050471" },
		{ 1234567890, "005924" },
		{ 2000000000, "279037" },
		{ 20000000000, "353130" },
	};
	size_t i;

	for (i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		assert_int_equal(totp_step(arena(state), RFC_SECRET,
				     vectors[i].code, vectors[i].at),
		    vectors[i].at / 30);
		assert_string_equal(
		    totp_code(arena(state), RFC_SECRET, vectors[i].at),
		    vectors[i].code);
	}
	assert_null(totp_code(arena(state), "base32:0189", 59));
}

static void
adjacent_steps_are_accepted_and_returned(void **state)
{
	struct arena *a = arena(state);
	long long step = 1111111111 / 30;

	assert_int_equal(
	    totp_step(a, RFC_SECRET, "050471", 1111111111 - 30), step);
	assert_int_equal(
	    totp_step(a, RFC_SECRET, "050471", 1111111111 + 30), step);
	assert_int_equal(
	    totp_step(a, RFC_SECRET, "050471", 1111111111 - 60), 0);
	assert_int_equal(
	    totp_step(a, RFC_SECRET, "050471", 1111111111 + 60), 0);
}

static void
malformed_codes_match_no_step(void **state)
{
	static const char *const odd[] = { "", "05047", "0504711", "12ab",
		"05047a", " 50471", "050471 ", "+50471", "\xd9\xa0\xd9\xa5" };
	size_t i;

	for (i = 0; i < sizeof odd / sizeof odd[0]; i++)
		assert_int_equal(
		    totp_step(arena(state), RFC_SECRET, odd[i], 1111111111), 0);
}

static void
imported_secrets_are_base32(void **state)
{
	static const char *const forms[] = {
		"base32:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
		"base32:gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
		"base32:GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ",
	};
	static const char *const broken[] = { "base32:", "base32:!", "base32:1",
		"base32:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ0" };
	struct arena *a = arena(state);
	size_t i;

	for (i = 0; i < sizeof forms / sizeof forms[0]; i++)
		assert_int_equal(totp_step(a, forms[i], "287082", 59), 1);
	for (i = 0; i < sizeof broken / sizeof broken[0]; i++)
		assert_int_equal(totp_step(a, broken[i], "287082", 59), 0);
}

static void
the_uri_equals_that_of_better_auth(void **state)
{
	struct arena *a = arena(state);

	assert_string_equal(totp_uri(a, SECRET, "Fixture App", "tot@2fa.test"),
	    "otpauth://totp/Fixture%20App:tot%402fa.test?secret=" BASE32
	    "&issuer=Fixture+App&digits=6&period=30");
	assert_string_equal(totp_uri(a, "base32:" BASE32, "a:b&c", "d/e?f"),
	    "otpauth://totp/a%3Ab%26c:d%2Fe%3Ff?secret=" BASE32
	    "&issuer=a%3Ab%26c&digits=6&period=30");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(codes_match_rfc_6238),
		UNIT(adjacent_steps_are_accepted_and_returned),
		UNIT(malformed_codes_match_no_step),
		UNIT(imported_secrets_are_base32),
		UNIT(the_uri_equals_that_of_better_auth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
