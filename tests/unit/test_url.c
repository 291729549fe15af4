#include "lib/base/url.h"
#include "tests/unit/fixture.h"

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static void
a_component_is_encoded_as_javascript_does(void **state)
{
	assert_string_equal(
	    url_encode(arena(state), "aZ09-_.!~*'()"), "aZ09-_.!~*'()");
	assert_string_equal(url_encode(arena(state), "/a b?c=d&e#f+\xc3\xa9"),
	    "%2Fa%20b%3Fc%3Dd%26e%23f%2B%C3%A9");
}

static void
a_path_gets_the_base_before_it(void **state)
{
	assert_string_equal(
	    url_absolute(arena(state), "https://a.test", "/in?x"),
	    "https://a.test/in?x");
	assert_string_equal(
	    url_absolute(arena(state), "https://a.test", "myapp://in"),
	    "myapp://in");
}

static void
a_parameter_is_put_into_the_query(void **state)
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
		UNIT(a_component_is_encoded_as_javascript_does),
		UNIT(a_path_gets_the_base_before_it),
		UNIT(a_parameter_is_put_into_the_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
