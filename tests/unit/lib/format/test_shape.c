/* Unit tests for the shapes of bodies: from their texts, and from JSON Schema. */

#include "lib/base/json.h"
#include "lib/format/shape.h"
#include "tests/unit/fixture.h"

static struct arena *
arena_of(void **state)
{
	return ((struct request *)*state)->arena;
}

/* Finds one name: "Name" stands for a number. */
static struct shape *
find_name(const void *names, const char *name)
{
	static struct shape number = { .kind = SHAPE_NUMBER };

	(void)names;
	return strcmp(name, "Name") == 0 ? &number : NULL;
}

static struct shape *
parse(void **state, const char *text)
{
	return shape_parse(arena_of(state), text, 77, find_name, NULL);
}

static struct shape *
of_schema(void **state, const char *text)
{
	struct json_error error;

	return shape_of_schema(arena_of(state),
	    json_parse(arena_of(state), text, strlen(text), &error));
}

static void
members_are_required_unless_marked(void **state)
{
	struct shape *s = parse(state, "{id:id,url?:string(9),to:[{a:time?}]}");
	const struct shape *url = shape_member(s, "url"),
			   *to = shape_member(s, "to");

	assert_int_equal(s->kind, SHAPE_OBJECT);
	assert_false(shape_member(s, "id")->optional);
	assert_true(url->optional);
	assert_int_equal(url->most, 9);
	assert_int_equal(to->kind, SHAPE_LIST);
	assert_int_equal(shape_member(to->of, "a")->kind, SHAPE_TIME);
	assert_true(shape_member(to->of, "a")->null);
	assert_null(shape_member(s, "ur"));
	assert_null(shape_member(to, "a"));
	assert_null(shape_member(NULL, "a"));
}

static void
alternatives_keep_their_order(void **state)
{
	struct shape *s = parse(state, "'a'|'b'|Name|Other?");

	assert_int_equal(s->kind, SHAPE_ONE_OF);
	assert_true(s->null);
	assert_string_equal(s->of->text, "a");
	assert_string_equal(s->of->next->text, "b");
	assert_int_equal(s->of->next->next->of->kind, SHAPE_NUMBER);
	assert_null(s->of->next->next->next->of); /* the name is unknown */
	assert_null(s->of->next->next->next->next);
}

static void
texts_without_a_maximum_get_the_default(void **state)
{
	struct shape *s = parse(state, "{*:[string]}");

	assert_int_equal(s->kind, SHAPE_MAP);
	assert_int_equal(s->of->of->most, 77);
}

static void
a_schema_has_the_same_shapes(void **state)
{
	struct shape *s = of_schema(state,
	    "{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"object\","
	    "\"required\":[\"email\"],\"properties\":{\"email\":{\"type\":"
	    "\"string\",\"maxLength\":254},\"type\":{\"type\":[\"string\","
	    "\"null\"],\"enum\":[\"Work\",\"Home\"]}}}}");
	const struct shape *email = shape_member(s->of, "email"),
			   *type = shape_member(s->of, "type");

	assert_int_equal(s->kind, SHAPE_LIST);
	assert_true(s->null);
	assert_false(email->optional);
	assert_int_equal(email->most, 254);
	assert_true(type->optional);
	assert_true(type->null);
	assert_string_equal(type->of->next->text, "Home");
	assert_false(s->of->open);
}

static void
a_schema_without_a_type_admits_any_value(void **state)
{
	assert_int_equal(of_schema(state, "{}")->kind, SHAPE_ANY);
	assert_int_equal(
	    of_schema(state, "{\"type\":\"object\"}")->kind, SHAPE_RECORD);
	assert_false(of_schema(state,
	    "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}")
			 ->of->null);
	assert_int_equal(
	    of_schema(state, "{\"type\":\"string\",\"format\":\"link\"}")->kind,
	    SHAPE_LINK);
	assert_int_equal(
	    of_schema(state, "{\"type\":\"string\"}")->most, SHAPE_TEXT_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(members_are_required_unless_marked),
		UNIT(alternatives_keep_their_order),
		UNIT(texts_without_a_maximum_get_the_default),
		UNIT(a_schema_has_the_same_shapes),
		UNIT(a_schema_without_a_type_admits_any_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
