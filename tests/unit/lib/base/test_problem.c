#include "lib/base/json.h"
#include "lib/base/problem.h"
#include "tests/unit/fixture.h"

static void
sqlstates_map_to_problems(void **state)
{
	static const struct {
		const char *sqlstate;
		int status;
	} cases[] = {
		{ "ZH401", 401 },
		{ "ZH403", 403 },
		{ "ZH404", 404 },
		{ "ZH409", 409 },
		{ "ZH422", 422 },
		{ "ZH425", 409 },
		{ "ZH429", 429 },
		{ "23505", 409 },
		{ "23P01", 409 },
		{ "23503", 422 },
		{ "23514", 422 },
		{ "23502", 422 },
		{ "22P02", 400 },
		{ "22003", 400 },
		{ "42501", 422 },
		{ "57014", 503 },
		{ "55P03", 503 },
		{ "40001", 503 },
		{ "40P01", 503 },
		{ "57P01", 503 },
		{ "58P01", 503 },
		{ "53100", 507 },
		{ "53300", 503 },
		{ "25006", 503 },
		{ "08006", 503 },
		{ "42P01", 500 },
		{ "XX000", 500 },
		{ "", 500 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (problem_status(problem_from_sqlstate(cases[i].sqlstate)) !=
		    cases[i].status)
			fail_msg("%s", cases[i].sqlstate);
}

static void
every_problem_has_a_status_a_title_and_a_slug(void **state)
{
	int code;

	(void)state;
	for (code = 0; code < PROBLEM__MAX; code++) {
		assert_in_range(
		    problem_status((enum problem_code)code), 200, 599);
		assert_non_null(problem_title((enum problem_code)code));
	}
}

static void
a_refusal_of_the_roles_has_its_own_type(void **state)
{
	static const struct {
		enum problem_code code;
		const char *detail;
		const char *type;
	} cases[] = {
		{ PROBLEM_INVALID, "your role does not allow this", "role" },
		{ PROBLEM_INVALID, "amount: your role does not allow this",
		    "role" },
		{ PROBLEM_INVALID, "role: is unknown", "invalid" },
		{ PROBLEM_INVALID, NULL, "invalid" },
		{ PROBLEM_FORBIDDEN, "your role does not allow this",
		    "forbidden" },
	};
	struct request *rq = *state;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct problem p = { .code = cases[i].code,
			.detail = cases[i].detail };
		const char *text = problem_json(rq->arena, &p, rq->request_id);
		struct json_error e;

		assert_string_equal(
		    json_get_text(
			json_parse(rq->arena, text, strlen(text), &e), "type"),
		    arena_printf(rq->arena, "/problems/%s", cases[i].type));
	}
}

static void
the_document_is_rfc_9457_with_two_more_members(void **state)
{
	struct request *rq = *state;
	struct problem p = { .code = PROBLEM_INVALID,
		.detail = "a \"b\"\n",
		.field = "na\\me" };
	struct json_error e;
	struct json_object *doc, *errors;
	const char *text = problem_json(rq->arena, &p, rq->request_id);
	bool present;

	doc = json_parse(rq->arena, text, strlen(text), &e);
	assert_null(e.what);
	assert_string_equal(json_get_text(doc, "type"), "/problems/invalid");
	assert_string_equal(json_get_text(doc, "detail"), "a \"b\"\n");
	assert_string_equal(json_get_text(doc, "message"), "a \"b\"\n");
	assert_int_equal(
	    json_object_get_int(json_get(doc, "status", &present)), 422);
	errors = json_get(doc, "errors", &present);
	assert_string_equal(json_get_text(errors, "na\\me"), "a \"b\"\n");
	assert_string_equal(json_get_text(doc, "instance"),
	    "urn:tenantry:request:0123456789abcdef0123456789abcdef");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(sqlstates_map_to_problems),
		UNIT(every_problem_has_a_status_a_title_and_a_slug),
		UNIT(a_refusal_of_the_roles_has_its_own_type),
		UNIT(the_document_is_rfc_9457_with_two_more_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
