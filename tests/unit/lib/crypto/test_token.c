#include <stdlib.h>

#include "lib/crypto/token.h"
#include "tests/unit/fixture.h"

#define SECRET "fixture-secret-0123456789-abcdefghij-KLMNOP"
#define TOKEN  "6PoJhR1jkHzN1yYwE1kUGM645F2oOFfh"

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static void
cookies_equal_those_of_better_auth(void **state)
{
	struct arena *a = arena(state);

	assert_string_equal(cookie_plain(a, SECRET, "true"),
	    "true.6tK3MUgL+sQUQVMsrp29pWQYHIsS8Xbjf5DNHuMAJKs=");
	assert_string_equal(cookie_plain(a, SECRET, TOKEN),
	    TOKEN ".zj3nktIw0vkxydd11na0zpHpVEUS3dLDF/3uobviZVA=");
	assert_string_equal(cookie_sign(a, SECRET, TOKEN),
	    TOKEN ".zj3nktIw0vkxydd11na0zpHpVEUS3dLDF%2F3uobviZVA%3D");
}

static void
a_signed_cookie_is_read_encoded_or_not(void **state)
{
	struct arena *a = arena(state);

	assert_string_equal(
	    cookie_verify(a, SECRET, cookie_sign(a, SECRET, TOKEN)), TOKEN);
	assert_string_equal(
	    cookie_verify(a, SECRET, cookie_plain(a, SECRET, TOKEN)), TOKEN);
	assert_string_equal(
	    cookie_verify(a, SECRET, cookie_sign(a, SECRET, "a.b.c ;\xc3")),
	    "a.b.c ;\xc3");
}

static void
refuse(void **state, const char *cookie)
{
	if (cookie_verify(arena(state), SECRET, cookie) != NULL)
		fail_msg("took %.80s", cookie);
}

static void
unsigned_values_are_rejected(void **state)
{
	struct arena *a = arena(state);
	char *cookie = arena_strdup(a, cookie_plain(a, SECRET, TOKEN));
	size_t i, len = strlen(cookie);

	refuse(state, "");
	refuse(state, ".");
	refuse(state, TOKEN);
	refuse(state, TOKEN ".");
	refuse(state, TOKEN ".x.");
	refuse(state, ".6tK3MUgL+sQUQVMsrp29pWQYHIsS8Xbjf5DNHuMAJKs=");
	refuse(state, TOKEN "..zj3nktIw0vkxydd11na0zpHpVEUS3dLDF/3uobviZVA=");
	refuse(state, TOKEN ".6tK3MUgL+sQUQVMsrp29pWQYHIsS8Xbjf5DNHuMAJKs=");
	refuse(state, TOKEN ".zj3nktIw0vkxydd11na0zpHpVEUS3dLDF/3uobviZVA=x");
	refuse(state, TOKEN ".zj3nktIw0vkxydd11na0zpHpVEUS3dLDF%2F3uobviZVA%3");
	refuse(state, TOKEN "%00.zj3nktIw0vkxydd11na0zpHpVEUS3dLDF/3uobviZVA=");
	refuse(state, "%%%%%.%");
	for (i = 0; i < len; i++) {
		cookie[i] ^= 1;
		refuse(state, cookie);
		cookie[i] ^= 1;
	}
	assert_null(
	    cookie_verify(a, "another secret of enough characters!", cookie));
}

static void
a_megabyte_cookie_is_rejected(void **state)
{
	char *big = arena_alloc(arena(state), (1 << 20) + 1);

	memset(big, '.', 1 << 20);
	refuse(state, big);
	memset(big, '%', 1 << 20);
	refuse(state, big);
	memset(big, 'a', 1 << 20);
	refuse(state, big);
}

static void
tokens_are_alphanumeric_and_unique(void **state)
{
	struct arena *a = arena(state);
	const char *tokens[100];
	size_t i, j;

	for (i = 0; i < 100; i++) {
		tokens[i] = token_new(a);
		assert_int_equal(strlen(tokens[i]), TOKEN_LEN);
		assert_int_equal(
		    strspn(tokens[i],
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789"),
		    TOKEN_LEN);
		for (j = 0; j < i; j++)
			assert_string_not_equal(tokens[i], tokens[j]);
	}
}

static void
derived_tokens_depend_on_the_text(void **state)
{
	struct arena *a = arena(state);
	const char *one = token_derive(a, SECRET, "session", "key body", 8);

	assert_int_equal(strlen(one), TOKEN_LEN);
	assert_string_equal(
	    one, token_derive(a, SECRET, "session", "key body", 8));
	assert_string_not_equal(
	    one, token_derive(a, SECRET, "session", "key bodz", 8));
	assert_string_not_equal(
	    one, token_derive(a, SECRET, "invitation", "key body", 8));
	assert_string_not_equal(one,
	    token_derive(a, "another secret of enough characters!", "session",
		"key body", 8));
}

static void
a_token_is_stored_as_sha256(void **state)
{
	assert_string_equal(token_hash(arena(state), "abc"),
	    "\\xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
	    "15ad");
}

static void
digits_come_from_the_base_62_number(void **state)
{
	struct arena *a = arena(state);

	assert_string_equal(token_digits(a, "A"), "000000");
	assert_string_equal(token_digits(a, "BA"), "000062");
	assert_string_equal(token_digits(a, "9"), "000061");
	/* 62^4 is 14776336. */
	assert_string_equal(token_digits(a, "BAAAA"), "776336");
	assert_int_equal(strlen(token_digits(a, token_new(a))), 6);
}

static void
the_url_mac_matches_a_trusted_device_cookie(void **state)
{
	assert_string_equal(
	    token_mac_url(arena(state), SECRET,
		"ZzRN8FAqZ8UgaTV4Ei1N4tJtFRo5rMDw!"
		"trust-device-nGY2yC3lKHEnRFXrxsFjv19WpE2krmyX"),
	    "b6G5PNAiKdc2f_I2oaeAJtk56_gYuz0Bar6mQc2K40I");
}

static void
code_hashes_depend_on_the_purpose(void **state)
{
	struct arena *a = arena(state);
	const char *one = token_code_hash(a, SECRET, "backup-code", "12345");

	assert_int_equal(strlen(one), 2 + 2 * DIGEST_LEN);
	assert_string_equal(
	    one, token_code_hash(a, SECRET, "backup-code", "12345"));
	assert_string_not_equal(
	    one, token_code_hash(a, SECRET, "two-factor-mail", "12345"));
	assert_string_not_equal(
	    one, token_code_hash(a, SECRET, "backup-code", "12346"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(cookies_equal_those_of_better_auth),
		UNIT(a_signed_cookie_is_read_encoded_or_not),
		UNIT(unsigned_values_are_rejected),
		UNIT(a_megabyte_cookie_is_rejected),
		UNIT(tokens_are_alphanumeric_and_unique),
		UNIT(derived_tokens_depend_on_the_text),
		UNIT(a_token_is_stored_as_sha256),
		UNIT(digits_come_from_the_base_62_number),
		UNIT(the_url_mac_matches_a_trusted_device_cookie),
		UNIT(code_hashes_depend_on_the_purpose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
