#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "tests/unit/fixture.h"

static struct json_object *
parse(struct request *rq, const char *text, size_t len, struct json_error *e)
{
	return json_parse(rq->arena, text, len, e);
}

static void
takes(struct request *rq, const char *text)
{
	struct json_error e;

	parse(rq, text, strlen(text), &e);
	if (e.what != NULL)
		fail_msg("refused %s: %s", text, e.what);
}

static void
refuses_bytes(
    struct request *rq, const char *text, size_t len, const char *what)
{
	struct json_error e;

	if (parse(rq, text, len, &e) != NULL || e.what == NULL)
		fail_msg("took %s", text);
	if (what != NULL)
		assert_string_equal(e.what, what);
}

static void
refuses(struct request *rq, const char *text, const char *what)
{
	refuses_bytes(rq, text, strlen(text), what);
}

static void
rfc_8259_is_accepted(void **state)
{
	takes(*state, "{}");
	takes(*state, " \t\r\n[ 1 , 2 ] \n");
	takes(*state, "null");
	takes(*state, "\"\"");
	takes(*state, "-0");
	takes(*state, "0.1e-2");
	takes(*state, "1E+2");
	takes(*state, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"");
	takes(*state, "\"\xf0\x9f\x98\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf\"");
	takes(*state, "{\"a\":{\"b\":1},\"c\":{\"b\":1}}");
	takes(*state, "9223372036854775807");
	takes(*state, "-9223372036854775808");
}

static void
stricter_than_json_c(void **state)
{
	static const char *const texts[] = { "", " ", "{", "}", "[", "]",
		"[1,]", "[,1]", "{,}", "{\"a\":1,}", "{\"a\"}", "{\"a\":}",
		"{a:1}", "{'a':1}", "{1:1}", "[1 2]", "[1}", "{\"a\":1]",
		"{} {}", "{}x", "1 2", "tru", "True", "nul", "nullx", "NaN",
		"nan", "Infinity", "-Infinity", "-", "+1", "01", "-01", "1.",
		".5", "1e", "1e+", "0x10", "1_0", "/* a */ 1", "1 // a", "\"a",
		"\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\t\"",
		"\"\n\"", "'a'", "\xef\xbb\xbf{}", "[\"a\",\n\"b\" \"c\"]",
		"\\u0061" };
	size_t i;

	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		refuses(*state, texts[i], NULL);
}

static void
duplicate_members_are_rejected_in_any_spelling(void **state)
{
	const char *what = "a member is given twice";

	refuses(*state, "{\"a\":1,\"a\":1}", what);
	refuses(*state, "{\"a\":1,\"\\u0061\":2}", what);
	refuses(*state, "{\"\\/\":1,\"/\":2}", what);
	refuses(*state, "{\"\xc3\xa9\":1,\"\\u00E9\":2}", what);
	refuses(*state, "{\"\":1,\"\":2}", what);
	refuses(*state, "[{\"x\":[{\"a\":1,\"b\":2,\"a\":null}]}]", what);
	takes(*state, "{\"a\":1,\"A\":2}");
}

static void
names_the_duplicate(struct request *rq, const char *text, const char *path,
    size_t offset)
{
	struct json_error e;

	assert_null(json_parse(rq->arena, text, strlen(text), &e));
	assert_string_equal(e.member, path);
	assert_int_equal(e.offset, offset);
}

static void
the_path_of_a_duplicate_is_exact(void **state)
{
	names_the_duplicate(*state, "{\"a\":1,\"a\":1,\"b\":2}", "a", 7);
	names_the_duplicate(
	    *state, "[{\"x\":[{\"a\":1,\"a\":null}]}]", "0.x.0.a", 14);
	names_the_duplicate(
	    *state, " { \"a\\\"\" : [ ] , \"a\\u0022\" : 1 } ", "a\"", 17);
	names_the_duplicate(*state,
	    "{\"a\":{\"b\":\"}\\\\\"},\"c\":[{},-1e3,true,{\"b\":1,\"b\":2}]}",
	    "c.3.b", 42);
}

static void
nul_is_rejected_raw_and_escaped(void **state)
{
	refuses(*state, "\"\\u0000\"", "NUL is not allowed in text");
	refuses(*state, "{\"a\\u0000b\":1}", "NUL is not allowed in text");
	refuses_bytes(*state, "{\"a\":\"x\0y\"}", 11, NULL);
	refuses_bytes(*state, "{}\0", 3, "something after the value");
	refuses_bytes(*state, "{}\0{}", 5, "something after the value");
	refuses_bytes(*state, "\0", 1, NULL);
}

static void
invalid_utf8_is_rejected(void **state)
{
	static const char *const texts[] = { "\"\x80\"", "\"\xc0\xaf\"",
		"\"\xc1\xbf\"", "\"\xe0\x80\xaf\"", "\"\xe0\x9f\xbf\"",
		"\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"", "\"\xf0\x8f\xbf\xbf\"",
		"\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xff\"",
		"\"\xc3\"", "\"\xe2\x82\"", "\"\xf0\x9f\x98\"", "\"\xc3",
		"\"\xc3(\"" };
	size_t i;

	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		refuses(*state, texts[i], "text is not UTF-8");
}

/* Some releases of json-c reject these texts. */
static void
letters_of_every_script_are_accepted(void **state)
{
	static const char *const texts[] = { "José", "Ærø", "Łódź", "Αθήνα",
		"Москва", "東京", "서울", "😀" };
	struct request *rq = *state;
	struct json_object *obj;
	struct json_error e;
	const char *text;
	size_t i;

	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		text = arena_printf(
		    rq->arena, "{\"%s\":[\"%s\"]}", texts[i], texts[i]);
		obj = parse(rq, text, strlen(text), &e);
		if (e.what != NULL)
			fail_msg("refused %s: %s", text, e.what);
		assert_string_equal(json_text(obj), text);
	}
}

static void
lone_surrogates_are_rejected(void **state)
{
	const char *what = "half of a surrogate pair";

	refuses(*state, "\"\\ud800\"", what);
	refuses(*state, "\"\\udc00\"", what);
	refuses(*state, "\"\\ud83dx\"", what);
	refuses(*state, "\"\\ud83d\\n\"", what);
	refuses(*state, "\"\\ud83d\\ud83d\"", what);
	refuses(*state, "\"\\ude00\\ud83d\"", what);
	refuses(*state, "\"\\ud83d\\u\"", what);
}

static void
numbers_are_exact_or_rejected(void **state)
{
	const char *what = "a number out of range";

	refuses(*state, "9223372036854775808", what);
	refuses(*state, "-9223372036854775809", what);
	refuses(*state, "1e309", what);
	refuses(*state, "-1e400", what);
	refuses(*state, "{\"a\":111111111111111111111111111111}", what);
	takes(*state, "1e308");
	takes(*state, "1e-400");
}

/* Opens and closes brackets depth times. */
static const char *
nest(struct request *rq, int depth, const char *open, const char *close)
{
	struct buf b;
	int i;

	buf_init(&b, rq->arena);
	for (i = 0; i < depth; i++)
		buf_puts(&b, open);
	buf_puts(&b, "1");
	for (i = 0; i < depth; i++)
		buf_puts(&b, close);
	return b.data;
}

static void
depth_is_limited_to_32_levels(void **state)
{
	takes(*state, nest(*state, 32, "[", "]"));
	takes(*state, nest(*state, 32, "{\"a\":", "}"));
	refuses(*state, nest(*state, 33, "[", "]"), "nested too deep");
	refuses(*state, nest(*state, 33, "{\"a\":", "}"), "nested too deep");
	refuses(*state, nest(*state, 500000, "[", "]"), "nested too deep");
}

static const char *
many(struct request *rq, int n, const char *value)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "[");
	for (; n > 0; n--)
		buf_printf(&b, "%s%s", b.len > 1 ? "," : "", value);
	buf_puts(&b, "]");
	return b.data;
}

static void
values_are_limited_to_10000(void **state)
{
	takes(*state, many(*state, 9999, "0")); /* the list itself also counts */
	takes(*state, many(*state, 9999, "{}"));
	refuses(*state, many(*state, 10000, "0"), "too many values");
	refuses(*state, many(*state, 10000, "{}"), "too many values");
}

static void
errors_have_the_outermost_member_and_offset(void **state)
{
	const char *text = "{\"a\":1,\"b\":{\"c\":[1,x]}}";
	struct json_error e;

	assert_null(parse(*state, text, strlen(text), &e));
	assert_string_equal(e.member, "b");
	assert_int_equal(e.offset, 19);
	assert_null(parse(*state, "[x]", 3, &e));
	assert_null(e.member);
}

static void
a_body_must_be_an_object(void **state)
{
	struct request *rq = *state;
	struct json_object *body;

	fixture_body(rq, "[1]", 3);
	assert_int_equal(request_json(rq, &body), PROBLEM_MALFORMED);
	fixture_body(rq, "null", 4);
	assert_int_equal(request_json(rq, &body), PROBLEM_MALFORMED);
	fixture_body(rq, "", 0);
	assert_int_equal(request_json(rq, &body), PROBLEM_MALFORMED);
	fixture_body(rq, "{\"name\":\"\xff\"}", 12);
	assert_int_equal(request_json(rq, &body), PROBLEM_MALFORMED);
	assert_string_equal(rq->problem.field, "name");
	fixture_body(rq, "{\"name\":\"x\"}", 12);
	assert_int_equal(request_json(rq, &body), PROBLEM_NONE);
	assert_string_equal(json_get_text(body, "name"), "x");
}

static void
json_round_trip(void **state)
{
	static const char text[] =
	    "{\"a\":[1,-2.5e3,true,null,\"\\u0001/\\\"\xc3\xa9\"],\"b\":{}}";
	struct request *rq = *state;
	struct json_error e;
	struct json_object *obj, *again;
	const char *written;

	obj = parse(rq, text, strlen(text), &e);
	written = json_text(obj);
	again = parse(rq, written, strlen(written), &e);
	assert_null(e.what);
	assert_true(json_object_equal(obj, again));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(rfc_8259_is_accepted),
		UNIT(stricter_than_json_c),
		UNIT(duplicate_members_are_rejected_in_any_spelling),
		UNIT(the_path_of_a_duplicate_is_exact),
		UNIT(nul_is_rejected_raw_and_escaped),
		UNIT(invalid_utf8_is_rejected),
		UNIT(letters_of_every_script_are_accepted),
		UNIT(lone_surrogates_are_rejected),
		UNIT(numbers_are_exact_or_rejected),
		UNIT(depth_is_limited_to_32_levels),
		UNIT(values_are_limited_to_10000),
		UNIT(errors_have_the_outermost_member_and_offset),
		UNIT(a_body_must_be_an_object),
		UNIT(json_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
