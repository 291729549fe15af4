/* Tests of the codes and texts of refusals. */
#include "lib/base/refusal.h"
#include "tests/unit/fixture.h"

static const char *
code_of(const char *state, const char *text)
{
	const struct refusal *r = refusal_of_state(state, text);

	return r != NULL ? r->code : "none";
}

static void
errors_of_postgres_mean_refusals(void **state)
{
	static const struct {
		const char *state, *text, *code;
	} cases[] = {
		{ "23502", "", "null_value" },
		{ "23503", "insert or update on table", "no_such_reference" },
		{ "23503", "update or delete on table", "referenced" },
		{ "23503", "verletzt", "reference_or_referenced" },
		{ "23505", "", "already_exists" },
		{ "23514", "", "not_allowed_value" },
		{ "23P01", "", "overlaps" },
		{ "22003", "", "out_of_range" },
		{ "22P02", "", "malformed_value" },
		{ "42501", "", "role" },
		{ "40001", "", "none" },
		{ "XX000", "", "none" },
		{ "", "", "none" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(
		    code_of(cases[i].state, cases[i].text), cases[i].code);
}

static void
arguments_stand_in_the_text_as_they_are(void **state)
{
	static const char *const words[] = { "{2}", "b" };
	struct request *rq = *state;

	assert_string_equal(
	    refusal_text(rq->arena, "{2} of {1}", words, 2), "b of {2}");
	assert_string_equal(refusal_text(rq->arena, "a {3}{", words, 2), "a {");
	assert_string_equal(refusal_text(rq->arena, "", words, 2), "");
}

static void
each_refusal_is_found_and_is_a_problem_with_its_status(void **state)
{
	const struct refusal *r;
	size_t n;

	(void)state;
	for (n = 0; (r = refusal_at(n)) != NULL; n++) {
		assert_ptr_equal(refusal_find(r->code), r);
		assert_int_equal(problem_status(refusal_problem(r)), r->status);
	}
	assert_true(n > 500);
	assert_null(refusal_find("no_such_code"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(errors_of_postgres_mean_refusals),
		UNIT(arguments_stand_in_the_text_as_they_are),
		UNIT(each_refusal_is_found_and_is_a_problem_with_its_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
