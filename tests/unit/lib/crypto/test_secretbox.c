#include <string.h>

#include "lib/base/arena.h"
#include "lib/crypto/secretbox.h"
#include "tests/unit/fixture.h"

#define SECRET "fixture-secret-0123456789-abcdefghij-KLMNOP"

/* A two-factor secret as Better Auth stores it. */
#define SEALED                                                                 \
	"9667aa7cbf1f6e20cf73094493c614e0fb183509fa8607d964b51b2393c10b775bae" \
	"f8ea1b4f25f7d4722d3b26af8cfe017e2ef851b6539d8063e7884645b4ab961f71e5" \
	"767e6bee"

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static void
secrets_of_better_auth_are_decrypted(void **state)
{
	assert_string_equal(secretbox_open(arena(state), SECRET, SEALED),
	    "qOG4wsKtksc9ndMRZPxH9V8YZKe5RHot");
	assert_string_equal(
	    secretbox_open(arena(state), SECRET, "$ba$1$" SEALED),
	    "qOG4wsKtksc9ndMRZPxH9V8YZKe5RHot");
}

static void
a_secret_needs_the_same_key(void **state)
{
	struct arena *a = arena(state);
	const char *one = secretbox_seal(a, SECRET, "h\xc3\xa9llo");

	assert_string_equal(secretbox_open(a, SECRET, one), "h\xc3\xa9llo");
	assert_string_not_equal(one, secretbox_seal(a, SECRET, "h\xc3\xa9llo"));
	assert_null(
	    secretbox_open(a, "another secret of thirty-two letters", one));
	assert_string_equal(
	    secretbox_open(a, SECRET, secretbox_seal(a, SECRET, "")), "");
	assert_string_equal(
	    secretbox_open(a, "one\n" SECRET "\ntwo", one), "h\xc3\xa9llo");
	assert_null(secretbox_open(a, "one\ntwo", one));
}

static void
modified_secrets_are_rejected(void **state)
{
	static const char *const bad[] = { "", "00", "$ba$1", "$ba$1$",
		"not hexadecimal", "9667aa7c", SEALED "0", SEALED "00" };
	struct arena *a = arena(state);
	char *text = arena_strndup(a, SEALED, strlen(SEALED));
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_null(secretbox_open(a, SECRET, bad[i]));
	for (i = 0; i < strlen(SEALED); i += 7) {
		text[i] = text[i] == '0' ? '1' : '0';
		assert_null(secretbox_open(a, SECRET, text));
		text[i] = SEALED[i];
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(secrets_of_better_auth_are_decrypted),
		UNIT(a_secret_needs_the_same_key),
		UNIT(modified_secrets_are_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
