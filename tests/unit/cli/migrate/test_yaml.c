/* Tests of YAML documents such as the plans of data migrations. */

#include "cli/migrate/yaml.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "tests/unit/fixture.h"

/* Writes a text as the only member of an object, and reads the text again. */
static const char *
round_trip(struct arena *a, const char *text)
{
	struct json_object *o = json_object_new_object();

	json_own(a, o);
	json_object_object_add(o, "text", json_object_new_string(text));
	o = yaml_read(a, "plan", yaml_write(a, o));
	assert_non_null(o);
	return json_get_text(o, "text");
}

static void
texts_are_the_same_after_a_round_trip(void **state)
{
	static const char *const texts[] = { "", "~", "null", "Null", "yes",
		"no", "on", "12", "-1.5e3", "12:30", "0x1f", "a: b", "- a",
		"#a", "a #b", "'", "\"", "\\", "a\nb", "a\n\n  b\n", " a ",
		"\ta", "[a]", "{a}", "&a", "*a", "!a", "%a", "@a", "|", ">",
		"é ü 漢 🎉",
		"a very long text of more than one hundred characters, which "
		"a writer of YAML folds at a space if it may fold it at all" };
	struct arena *a = ((struct request *)*state)->arena;
	size_t i;

	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_string_equal(round_trip(a, texts[i]), texts[i]);
}

static void
values_of_all_kinds_are_read(void **state)
{
	struct arena *a = ((struct request *)*state)->arena;
	struct json_object *o = yaml_read(a, "plan",
	    "a: 1\nb: [x, 'y: z']\nc:\n  d: ~\n  e:\n  f: \"~\"\n# no\ng: "
	    "{}\n");

	assert_non_null(o);
	assert_string_equal(json_text(o),
	    "{\"a\":\"1\",\"b\":[\"x\",\"y: z\"],"
	    "\"c\":{\"d\":null,\"e\":null,\"f\":\"~\"},\"g\":{}}");
}

static void
errors_are_refused(void **state)
{
	static const char *const bad[] = { "", "# nothing\n", "a: [", "a: b: c",
		"\ta: b", "a: 1\na: 2\n", "? [a]\n: b\n", "a: \"\\0\"",
		"[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]" };
	struct arena *a = ((struct request *)*state)->arena;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_null(yaml_read(a, "plan", bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(texts_are_the_same_after_a_round_trip),
		UNIT(values_of_all_kinds_are_read),
		UNIT(errors_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
