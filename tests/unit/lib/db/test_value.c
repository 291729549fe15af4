#include <string.h>

#include "lib/base/json.h"
#include "lib/db/value.h"
#include "tests/unit/fixture.h"

static struct json_object *
json(void **state, const char *text)
{
	struct request *rq = *state;
	struct json_error e;
	struct json_object *obj;

	obj = json_parse(rq->arena, text, strlen(text), &e);
	if (e.what != NULL)
		fail_msg("%s: %s", text, e.what);
	return obj;
}

static void
fits(void **state, enum value_type type, const char *text, bool want)
{
	if (value_fits(type, json(state, text)) != want)
		fail_msg("%s as %s", text, value_sql(type));
}

static void
integers_are_checked_as_text(void **state)
{
	fits(state, VALUE_BIGINT, "9223372036854775807", true);
	fits(state, VALUE_BIGINT, "-9223372036854775808", true);
	fits(state, VALUE_BIGINT, "\"12\"", true);
	fits(state, VALUE_BIGINT, "\"-12\"", true);
	fits(state, VALUE_BIGINT, "null", true);
	fits(state, VALUE_BIGINT, "\"9223372036854775808\"", false);
	fits(state, VALUE_BIGINT, "\"12abc\"", false);
	fits(state, VALUE_BIGINT, "\"\"", false);
	fits(state, VALUE_BIGINT, "\"-\"", false);
	fits(state, VALUE_BIGINT, "\" 12 \"", false);
	fits(state, VALUE_BIGINT, "\"+12\"", false);
	fits(state, VALUE_BIGINT, "2.9", false);
	fits(state, VALUE_BIGINT, "1e3", false);
	fits(state, VALUE_BIGINT, "true", false);
	fits(state, VALUE_BIGINT, "[1]", false);
	fits(state, VALUE_BIGINT, "{}", false);
	fits(state, VALUE_SMALLINT, "32767", true);
	fits(state, VALUE_SMALLINT, "32768", false);
}

static void
dates_have_the_form_of_iso_8601(void **state)
{
	static const char *const good[] = { "\"2026-01-31\"",
		"\"2026-01-31T12:30\"", "\"2026-01-31T12:30:00Z\"",
		"\"2026-01-31 12:30:00.123456+02\"",
		"\"2026-01-31t12:30:00.1+02:00\"",
		"\"2026-01-31T12:30:00-0330\"" };
	static const char *const bad[] = { "\"infinity\"", "\"now\"",
		"\"today\"", "\"\"", "\"2026\"", "\"2026-1-1\"",
		"\"31.01.2026\"", "\"2026-01-31T\"", "\"2026-01-31T12\"",
		"\"2026-01-31T12:30:00.Z\"", "\"2026-01-31T12:30:00+2\"",
		"\"2026-01-31T12:30:00+02:\"", "\"2026-01-31Z\"", "1700000000",
		"true", "\"2026-01-31 BC\"",
		"\"2026-01-31T12:30:00 Europe/Berlin\"" };
	size_t i;

	for (i = 0; i < sizeof good / sizeof good[0]; i++)
		fits(state, VALUE_TIMESTAMP, good[i], true);
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		fits(state, VALUE_TIMESTAMP, bad[i], false);
}

static void
a_day_must_be_in_the_calendar(void **state)
{
	fits(state, VALUE_DATE, "\"2024-02-29\"", true);
	fits(state, VALUE_DATE, "\"2000-02-29\"", true);
	fits(state, VALUE_DATE, "\"2026-12-31\"", true);
	fits(state, VALUE_DATE, "\"2026-02-29\"", false);
	fits(state, VALUE_DATE, "\"1900-02-29\"", false);
	fits(state, VALUE_DATE, "\"2026-04-31\"", false);
	fits(state, VALUE_DATE, "\"2026-13-01\"", false);
	fits(state, VALUE_DATE, "\"2026-00-01\"", false);
	fits(state, VALUE_DATE, "\"2026-01-00\"", false);
	fits(state, VALUE_DATE, "\"0000-01-01\"", false);
	fits(state, VALUE_TIMESTAMP, "\"2026-01-31T23:59:60Z\"", true);
	fits(state, VALUE_TIMESTAMP, "\"2026-01-31T24:00Z\"", false);
	fits(state, VALUE_TIMESTAMP, "\"2026-01-31T12:60Z\"", false);
	fits(state, VALUE_TIMESTAMP, "\"2026-01-31T12:00+16\"", false);
	fits(state, VALUE_TIMESTAMP, "\"2026-01-31T12:00+01:60\"", false);
}

static void
decimals_are_exact_and_bounded(void **state)
{
	char text[110] = "\"";

	fits(state, VALUE_NUMERIC, "12.345", true);
	fits(state, VALUE_NUMERIC, "-0.10", true);
	fits(state, VALUE_NUMERIC, "\"7\"", true);
	fits(state, VALUE_NUMERIC, "1e9", true);
	fits(state, VALUE_NUMERIC, "-1.50E+7", true);
	fits(state, VALUE_NUMERIC, "1e-99", true);
	fits(state, VALUE_NUMERIC, "1e99", true);
	fits(state, VALUE_NUMERIC, "1e100", false);
	fits(state, VALUE_NUMERIC, "1e-101", false);
	fits(state, VALUE_NUMERIC, "\"1e99999999999999999999\"", false);
	fits(state, VALUE_NUMERIC, "\"1e-99999999999999999999\"", false);
	fits(state, VALUE_NUMERIC, "\"1e\"", false);
	fits(state, VALUE_NUMERIC, "\"1e+\"", false);
	fits(state, VALUE_NUMERIC, "\"1e1.5\"", false);
	fits(state, VALUE_NUMERIC, "\"e1\"", false);
	fits(state, VALUE_NUMERIC, "\"1.\"", false);
	fits(state, VALUE_NUMERIC, "\".5\"", false);
	fits(state, VALUE_NUMERIC, "\"1.2.3\"", false);
	fits(state, VALUE_NUMERIC, "\"-\"", false);
	fits(state, VALUE_NUMERIC, "\"NaN\"", false);
	fits(state, VALUE_NUMERIC, "true", false);
	memset(text + 1, '1', 100);
	text[101] = '"';
	fits(state, VALUE_NUMERIC, text, true);
	text[101] = '1';
	text[102] = '"';
	fits(state, VALUE_NUMERIC, text, false);
}

static void
other_types_accept_valid_values(void **state)
{
	fits(state, VALUE_BOOLEAN, "true", true);
	fits(state, VALUE_BOOLEAN, "\"false\"", false);
	fits(state, VALUE_BOOLEAN, "2", false);
	fits(state, VALUE_BOOLEAN, "\"maybe\"", false);
	fits(state, VALUE_TEXT, "\"x\"", true);
	fits(state, VALUE_TEXT, "{}", false);
	fits(state, VALUE_TEXT, "[\"x\"]", false);
	fits(state, VALUE_JSONB, "[{\"a\":[1]}]", true);
	fits(state, VALUE_BIGINTS, "[1,\"2\"]", true);
	fits(state, VALUE_BIGINTS, "[]", true);
	fits(state, VALUE_BIGINTS, "[null]", false);
	fits(state, VALUE_BIGINTS, "[[1]]", false);
	fits(state, VALUE_BIGINTS, "\"{1}\"", false);
	fits(state, VALUE_JSONBS, "[{},null]", true);
	fits(state, VALUE_JSONBS, "{}", false);
}

static void
list(void **state, enum value_type type, const char *text, const char *want)
{
	struct request *rq = *state;
	const char *got = value_list(rq->arena, type, json(state, text));

	if (want == NULL && got != NULL)
		fail_msg("%s gave %s", text, got);
	if (want != NULL)
		assert_string_equal(got, want);
}

static void
lists_are_parsed_in_every_form(void **state)
{
	list(state, VALUE_BIGINT, "[1,\"2\",null]", "{\"1\",\"2\"}");
	list(state, VALUE_BIGINT, "[]", "{}");
	list(state, VALUE_BIGINT, "\"(1,2)\"", "{\"1\",\"2\"}");
	list(state, VALUE_BIGINT, "\"{ 1 }\"", NULL);
	list(state, VALUE_BIGINT, "\"{1}\"", "{\"1\"}");
	list(state, VALUE_BIGINT, "\"()\"", "{}");
	list(state, VALUE_TEXT, "\"(\\\"a, b\\\",c)\"", "{\"a, b\",\"c\"}");
	list(state, VALUE_TEXT, "[\"a\\\"b\",\"c\\\\d\",\"{},\"]",
	    "{\"a\\\"b\",\"c\\\\d\",\"{},\"}");
	list(state, VALUE_TEXT, "\"(\\\"a\\\\\\\"b\\\")\"", "{\"a\\\"b\"}");
}

static void
other_lists_are_rejected(void **state)
{
	static const char *const texts[] = { "\"\"", "\"1,2\"", "\"(1,2\"",
		"\"(1,)\"", "\"(,1)\"", "\"(1)2\"", "\"{1)\"", "\"(1;2)\"",
		"\"(\\\"1)\"", "\"(\\\"1\\\\\"", "[\"x\"]", "[true]", "[1.5]",
		"1", "{}", "null", "\"((1))\"", "\"(1) \"" };
	size_t i;

	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		list(state, VALUE_BIGINT, texts[i], NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(integers_are_checked_as_text),
		UNIT(dates_have_the_form_of_iso_8601),
		UNIT(a_day_must_be_in_the_calendar),
		UNIT(decimals_are_exact_and_bounded),
		UNIT(other_types_accept_valid_values),
		UNIT(lists_are_parsed_in_every_form),
		UNIT(other_lists_are_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
