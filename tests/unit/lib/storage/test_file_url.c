/* Tests of the addresses of stored files in JSON. */

#include "lib/storage/file_url.h"
#include "tests/unit/fixture.h"

#define NAME "0123456789abcdef0123456789abcdef01234567.png"
#define BASE "https://crm.example.org"

static void
becomes(struct request *rq, const char *json, const char *expected)
{
	size_t len = strlen(json);
	const char *got = file_url_absolute(rq->arena, json, &len, BASE);

	assert_int_equal(len, strlen(expected));
	assert_memory_equal(got, expected, len);
}

static void
paths_of_files_become_addresses(void **state)
{
	becomes(*state, "{\"src\": \"/uploads/" NAME "\"}",
	    "{\"src\": \"" BASE "/uploads/" NAME "\"}");
	becomes(*state, "[\"/uploads/" NAME "\",\"/uploads/" NAME "\"]",
	    "[\"" BASE "/uploads/" NAME "\",\"" BASE "/uploads/" NAME "\"]");
}

static void
other_texts_stay(void **state)
{
	static const char *const texts[] = { "", "\"", "\"/uploads/",
		"{\"src\":\"/uploads/light.png\"}",
		"{\"src\":\"/uploads/0123456789abcdef\"}",
		"{\"src\":\"https://a.test/uploads/" NAME "\"}",
		"{\"text\":\"see \\\"/uploads/" NAME "\\\"\"}" };
	size_t i;

	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		becomes(*state, texts[i], texts[i]);
}

static void
a_text_may_end_anywhere(void **state)
{
	struct request *rq = *state;
	const char *json = "{\"src\": \"/uploads/" NAME "\"}";
	size_t len, n;
	char *part;

	for (len = 0; len < strlen(json); len++) {
		part = arena_alloc(rq->arena, len + 1);
		memcpy(part, json, len);
		n = len;
		assert_non_null(file_url_absolute(rq->arena, part, &n, BASE));
		assert_true(n == len || n == len + strlen(BASE));
	}
}

static void
text_becomes(struct request *rq, const char *text, const char *expected)
{
	size_t len = strlen(text);
	const char *got = file_url_of_path(rq->arena, text, &len, BASE);

	assert_int_equal(len, strlen(expected));
	assert_memory_equal(got, expected, len);
}

static void
a_text_that_is_a_path_becomes_an_address(void **state)
{
	static const char *const texts[] = { "", "/", "/uploads/",
		"/uploads/light.png", " /uploads/" NAME,
		"/uploads/" NAME " and more", "https://a.test/uploads/" NAME };
	size_t i;

	text_becomes(*state, "/uploads/" NAME, BASE "/uploads/" NAME);
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		text_becomes(*state, texts[i], texts[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(paths_of_files_become_addresses),
		UNIT(other_texts_stay),
		UNIT(a_text_may_end_anywhere),
		UNIT(a_text_that_is_a_path_becomes_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
