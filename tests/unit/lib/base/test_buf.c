#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "tests/unit/fixture.h"

static void
a_buffer_grows_and_stays_terminated(void **state)
{
	struct request *rq = *state;
	struct buf b;
	int i;

	buf_init(&b, rq->arena);
	assert_string_equal(b.data, "");
	for (i = 0; i < 5000; i++) {
		buf_printf(&b, "%d,", i % 10);
		assert_int_equal(b.data[b.len], '\0');
	}
	assert_int_equal(b.len, 10000);
	assert_memory_equal(b.data, "0,1,2,3,", 8);
	buf_write(&b, "a\0b", 3);
	assert_int_equal(b.len, 10003);
	buf_write(&b, NULL, 0); /* a missing body */
	assert_int_equal(b.len, 10003);
}

static void
json_text_is_escaped(void **state)
{
	struct request *rq = *state;
	struct buf b;

	buf_init(&b, rq->arena);
	buf_json(&b, "a\"b\\c/d\n\t\x01\x1f\x7f\xc3\xa9");
	assert_string_equal(
	    b.data, "\"a\\\"b\\\\c/d\\n\\t\\u0001\\u001f\x7f\xc3\xa9\"");
}

static void
every_character_survives_a_round_trip(void **state)
{
	struct request *rq = *state;
	struct json_error error;
	struct json_object *obj;
	char text[129];
	struct buf b;
	int i;

	for (i = 1; i < 128; i++)
		text[i - 1] = (char)i;
	text[127] = '\0';
	buf_init(&b, rq->arena);
	buf_json(&b, text);
	obj = json_parse(rq->arena, b.data, b.len, &error);
	assert_null(error.what);
	assert_string_equal(json_object_get_string(obj), text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_buffer_grows_and_stays_terminated),
		UNIT(json_text_is_escaped),
		UNIT(every_character_survives_a_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
