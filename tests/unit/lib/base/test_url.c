#include "lib/base/url.h"
#include "tests/unit/fixture.h"

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static void
components_are_encoded_like_javascript(void **state)
{
	assert_string_equal(
	    url_encode(arena(state), "aZ09-_.!~*'()"), "aZ09-_.!~*'()");
	assert_string_equal(url_encode(arena(state), "/a b?c=d&e#f+\xc3\xa9"),
	    "%2Fa%20b%3Fc%3Dd%26e%23f%2B%C3%A9");
}

static void
percent_encoding_is_decoded_or_rejected(void **state)
{
	static const char *const malformed[] = { "%", "a%", "%4", "%4g", "%g4",
		"%%41", "%00", "a%00b", "% 1", "%\xb1\x31" };
	struct arena *a = arena(state);
	char text[4];
	int c;
	size_t i;

	for (c = 1; c < 256; c++) {
		snprintf(text, sizeof text, "%c", c);
		assert_string_equal(url_decode(a, url_encode(a, text)), text);
		snprintf(text, sizeof text, "%%%02x", (unsigned)c);
		assert_int_equal((unsigned char)*url_decode(a, text), c);
	}
	assert_string_equal(url_decode(a, "a+b%2Bc"), "a+b+c");
	assert_string_equal(url_decode_form(a, "a+b%2Bc%20&d", 10), "a b+c ");
	assert_null(url_decode_form(a, "a%41", 3));
	for (i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
		assert_null(url_decode(a, malformed[i]));
}

static void
paths_are_prefixed_with_the_base_url(void **state)
{
	assert_string_equal(
	    url_absolute(arena(state), "https://a.test", "/in?x"),
	    "https://a.test/in?x");
	assert_string_equal(
	    url_absolute(arena(state), "https://a.test", "myapp://in"),
	    "myapp://in");
}

static void
a_query_parameter_is_set(void **state)
{
	static const struct {
		const char *url, *with;
	} cases[] = {
		{ "/done", "/done?error=X" },
		{ "/done?", "/done?error=X" },
		{ "/done?a=1", "/done?a=1&error=X" },
		{ "/done#top", "/done?error=X#top" },
		{ "/done?a=1&b#top?error=1",
		    "/done?a=1&b&error=X#top?error=1" },
		{ "/done?error=OLD", "/done?error=X" },
		{ "/done?error=OLD&a=1&error", "/done?a=1&error=X" },
		{ "/done?errors=1&xerror=2",
		    "/done?errors=1&xerror=2&error=X" },
		{ "", "?error=X" },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(
		    url_with(arena(state), cases[i].url, "error", "X"),
		    cases[i].with);
	assert_string_equal(
	    url_with(arena(state), "/a", "b", "&c=d"), "/a?b=%26c%3Dd");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(components_are_encoded_like_javascript),
		UNIT(percent_encoding_is_decoded_or_rejected),
		UNIT(paths_are_prefixed_with_the_base_url),
		UNIT(a_query_parameter_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
