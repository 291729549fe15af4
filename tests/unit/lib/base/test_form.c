#include "lib/base/arena.h"
#include "lib/base/form.h"
#include "lib/crypto/token.h"
#include "tests/unit/fixture.h"

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static void
values_are_encoded_like_urlsearchparams(void **state)
{
	struct buf b;

	buf_init(&b, arena(state));
	form_put(&b, "a b", "c&d=e+f");
	form_put(&b, "", "*-._~!'()/\xc3\xb6\r\n");
	assert_string_equal(
	    b.data, "a+b=c%26d%3De%2Bf&=*-._%7E%21%27%28%29%2F%C3%B6%0D%0A");
}

static void
a_form_is_inserted_before_the_fragment(void **state)
{
	static const char *const urls[][2] = {
		{ "/a", "/a?x=1" },
		{ "/a?", "/a?x=1" },
		{ "/a?b=2", "/a?b=2&x=1" },
		{ "/a?b=2&", "/a?b=2&x=1" },
		{ "/a#top", "/a?x=1#top" },
		{ "/a?b#c?d#e", "/a?b&x=1#c?d#e" },
		{ "", "?x=1" },
	};
	size_t i;

	for (i = 0; i < sizeof urls / sizeof urls[0]; i++)
		assert_string_equal(
		    form_url(arena(state), urls[i][0], "x=1"), urls[i][1]);
}

static void
the_pkce_challenge_matches_rfc_7636(void **state)
{
	assert_string_equal(token_challenge(arena(state),
				"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
	    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_encoded_like_urlsearchparams),
		cmocka_unit_test(a_form_is_inserted_before_the_fragment),
		cmocka_unit_test(the_pkce_challenge_matches_rfc_7636),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
