#include "fcgi/rest/page.h"
#include "fcgi/rest/query.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "tests/unit/fixture.h"

#define COLUMNS                                                                \
	"t.id, t.name, t.amount, t.index, t.archived, t.closes_at, t.tags, "   \
	"t.extra, t.nb_notes"

/* Percent-encodes name=value as a client does. */
static const char *
encode(struct request *rq, const char *name, const char *value)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_printf(&b, "%s=", name);
	for (; *value != '\0'; value++)
		buf_printf(&b, "%%%02x", (unsigned char)*value);
	return b.data;
}

static void
ask(struct request *rq, const char *name, const char *value)
{
	fixture_ask(rq, "GET", "/api/deals",
	    name == NULL ? "" : encode(rq, name, value));
	assert_int_equal(request_parse(rq), PROBLEM_NONE);
}

/* Expects this SQL and these values for the list, and for its count. */
static void
lists(void **state, const char *filter, const char *where, int n,
    const char *const *values)
{
	struct request *rq = *state;
	struct page page;
	int i;

	ask(rq, "filter", filter);
	if (page_query(rq, &page) != PROBLEM_NONE)
		fail_msg("%s: %s", filter, rq->problem.detail);
	assert_string_equal(page.rows->sql.text,
	    arena_printf(rq->arena,
		"SELECT " COLUMNS " FROM crm.deals t WHERE (%s) ORDER BY t.id "
		"LIMIT $%d::bigint OFFSET $%d::bigint",
		where, n + 1, n + 2));
	assert_string_equal(page.total->sql.text,
	    arena_printf(rq->arena,
		"SELECT count(*) FROM (SELECT FROM crm.deals t WHERE (%s) "
		"LIMIT 10001) t",
		where));
	assert_int_equal(page.rows->nparams, n + 2);
	assert_int_equal(page.total->nparams, n);
	for (i = 0; i < n; i++) {
		assert_string_equal(page.rows->params[i], values[i]);
		assert_string_equal(page.total->params[i], values[i]);
	}
}

#define LISTS(filter, where, ...)                                              \
	do {                                                                   \
		const char *const values[] = { __VA_ARGS__ };                  \
		lists(state, filter, where,                                    \
		    (int)(sizeof values / sizeof values[0]), values);          \
	} while (0)

static void
a_list_selects_every_column_of_the_descriptor(void **state)
{
	struct request *rq = *state;
	struct page page;

	ask(rq, NULL, NULL);
	assert_int_equal(page_query(rq, &page), PROBLEM_NONE);
	assert_string_equal(page.rows->sql.text,
	    "SELECT " COLUMNS " FROM crm.deals t ORDER BY t.id "
	    "LIMIT $1::bigint OFFSET $2::bigint");
	/* One row more than the page, to detect a next page. */
	assert_string_equal(page.rows->params[0], "26");
	assert_string_equal(page.rows->params[1], "0");
	assert_string_equal(
	    page.total->sql.text,
	    "SELECT count(*) FROM (SELECT FROM crm.deals t LIMIT 10001) t");
}

static void
values_are_parameters(void **state)
{
	LISTS("{\"name\":\"won' OR 1=1 --\"}", "t.name = $1::text",
	    "won' OR 1=1 --");
	LISTS("{\"amount@gte\":5,\"amount@lt\":\"9\"}",
	    "t.amount >= $1::bigint AND t.amount < $2::bigint", "5", "9");
	LISTS("{\"name@not.eq\":\"x\"}", "NOT (t.name = $1::text)", "x");
	LISTS("{\"closes_at@lte\":\"2026-01-31\"}",
	    "t.closes_at <= $1::timestamptz", "2026-01-31");
	LISTS("{\"archived\":true}", "t.archived = $1::boolean", "true");
}

static void
lists_and_sets_are_one_parameter(void **state)
{
	LISTS("{\"id\":[1,2]}", "t.id = ANY ($1::bigint[])", "{\"1\",\"2\"}");
	LISTS("{\"name@in\":\"(a,\\\"b, c\\\")\"}", "t.name = ANY ($1::text[])",
	    "{\"a\",\"b, c\"}");
	LISTS("{\"tags@cs\":\"{1,2}\"}",
	    "t.tags OPERATOR(pg_catalog.@>) $1::bigint[]", "{\"1\",\"2\"}");
	LISTS("{\"extra@cs\":{\"a\":1}}",
	    "t.extra OPERATOR(pg_catalog.@>) $1::jsonb", "{\"a\":1}");
}

static void
wildcards_in_patterns_are_escaped(void **state)
{
	LISTS("{\"name@ilike\":\" 100%_ a*b\\\\ \"}",
	    "(t.name::text ILIKE $1::text AND t.name::text ILIKE $2::text)",
	    "%100\\%\\_%", "%a%b\\\\%");
	LISTS(
	    "{\"amount@like\":\"5\"}", "(t.amount::text LIKE $1::text)", "%5%");
}

static void
search_uses_the_search_function(void **state)
{
	struct request *rq = *state;
	struct page page;

	ask(rq, "filter", "{\"q\":\"ada\",\"name\":\"won\"}");
	assert_int_equal(page_query(rq, &page), PROBLEM_NONE);
	assert_int_equal(page.nsteps, 3);
	assert_string_equal(page.steps[0].sql.text,
	    "SELECT set_config('app.found', crm.search_deals($1::text)::text, "
	    "true)");
	assert_string_equal(page.steps[0].params[0], "ada");
	assert_string_equal(page.total->sql.text,
	    "SELECT count(*) FROM (SELECT FROM crm.deals t WHERE (t.id = ANY "
	    "(ARRAY(SELECT "
	    "pg_catalog.unnest(current_setting('app.found')::bigint[]))) AND "
	    "t.name = $1::text) LIMIT 10001) t");
	assert_int_equal(page.total->nparams, 1);
}

static void
a_page_that_only_searches_asks_for_its_rows(void **state)
{
	struct request *rq = *state;
	struct page page;

	ask(rq, "filter", "{\"q\":\"ada\"}");
	assert_int_equal(page_query(rq, &page), PROBLEM_NONE);
	assert_int_equal(page.nsteps, 3);
	assert_string_equal(page.steps[0].sql.text,
	    "SELECT crm.search_page($1::text, 'crm.search_deals', 'id', false, "
	    "$2::bigint)");
	assert_string_equal(page.steps[0].params[1], "26");
	assert_string_equal(page.total->sql.text,
	    "SELECT CASE WHEN current_setting('app.total') <> '' THEN "
	    "least(current_setting('app.total')::bigint, 10001) ELSE "
	    "(SELECT count(*) FROM (SELECT FROM crm.deals t WHERE (t.id = ANY "
	    "(ARRAY(SELECT "
	    "pg_catalog.unnest(current_setting('app.found')::bigint[])))) "
	    "LIMIT 10001) t) END");
	ask(rq, "filter", "{\"q\":\" \"}");
	assert_int_equal(page_query(rq, &page), PROBLEM_NONE);
	assert_int_equal(page.nsteps, 2);
}

static void
null_and_group_operators(void **state)
{
	lists(state, "{\"name\":null}", "t.name IS NULL", 0, NULL);
	lists(state, "{\"archived@is\":true}", "t.archived IS TRUE", 0, NULL);
	lists(state, "{\"name@not.is\":null}", "NOT (t.name IS NULL)", 0, NULL);
	LISTS("{\"@or\":{\"name\":\"a\",\"amount\":1}}",
	    "(t.name = $1::text OR t.amount = $2::bigint)", "a", "1");
	LISTS("{\"@or\":[{\"name\":\"a\",\"amount\":1},{\"name\":\"b\"}]}",
	    "((t.name = $1::text AND t.amount = $2::bigint) OR "
	    "(t.name = $3::text))",
	    "a", "1", "b");
}

static void
refuses(void **state, const char *name, const char *value, const char *detail)
{
	struct request *rq = *state;
	struct page page;

	ask(rq, name, value);
	if (page_query(rq, &page) == PROBLEM_NONE)
		fail_msg("took %s=%s", name, value);
	assert_int_equal(rq->problem.code, PROBLEM_MALFORMED);
	assert_string_equal(rq->problem.detail, detail);
}

static void
unknown_filters_are_rejected_by_name(void **state)
{
	refuses(state, "filter", "{\"org_id\":1}",
	    "org_id: deals cannot be filtered by this; possible names, the nearest first: id, archived, tags, name, amount, index, extra, q, closes_at, nb_notes");
	refuses(state, "filter", "{\"name;--\":1}",
	    "name;--: deals cannot be filtered by this; possible names, the nearest first: name, amount, index, tags, id, extra, nb_notes, q, archived, closes_at");
	refuses(state, "filter", "{\"name@drop\":1}",
	    "name@drop: unknown operator; known operators: ov, eq, neq, gt, gte, lt, lte, like, is, in, cs, cd, ilike");
	refuses(state, "filter", "{\"amount\":\"x\"}",
	    "amount: the filter requires a whole number");
	refuses(state, "filter", "{\"amount@in\":\"(1,x)\"}",
	    "amount@in: the filter requires a whole number");
	refuses(state, "filter", "{\"closes_at@gt\":\"infinity\"}",
	    "closes_at@gt: the filter requires an ISO 8601 date and time");
	refuses(state, "filter", "{\"name@is\":true}",
	    "name@is: must be null, or true, false or unknown for a boolean");
	refuses(state, "filter", "{\"tags@cs\":\"x\"}",
	    "tags@cs: the filter requires a list like {1,2}");
	refuses(state, "filter", "{\"@or\":1}",
	    "@or: the filter requires an object of conditions");
	refuses(state, "filter",
	    "{\"@or\":{\"@and\":{\"@or\":{\"@and\":{\"@or\":{}}}}}}",
	    "@or.@and.@or.@and.@or: is nested too deeply");
	refuses(state, "filter", "{\"q\":{}}", "q: the filter requires text");
	refuses(state, "filter", "[]", "filter: must be a JSON object; expected a JSON object of conditions: column, column@operator, q, @or, @and");
	refuses(state, "filter", "{\"a\":1,\"a\":1}",
	    "filter: is not JSON: a member is given twice, at byte 7; expected a JSON object of conditions: column, column@operator, q, @or, @and");
}

static void
sort_and_range_are_checked(void **state)
{
	const char *sort =
	    "sort: must be [\"column\",\"ASC\"] or [\"column\",\"DESC\"]";
	const char *range =
	    "range: must be [first,last] with whole numbers from 0";

	refuses(state, "sort", "[\"name\"]", sort);
	refuses(state, "sort", "[\"name\",\"ASC; DROP\"]", sort);
	refuses(state, "sort", "[\"name desc\",\"ASC\"]",
	    "sort: deals cannot be sorted by \"name desc\"; possible fields, the nearest first: name, nb_notes, amount, index, id, archived, closes_at");
	refuses(state, "sort", "[\"tags\",\"ASC\"]",
	    "sort: deals cannot be sorted by \"tags\"; possible fields, the nearest first: name, id, index, amount, nb_notes, archived, closes_at");
	refuses(state, "range", "[0]", range);
	refuses(state, "range", "[5,4]", range);
	refuses(state, "range", "[-1,4]", range);
	refuses(state, "range", "[0.0,4]", range);
	refuses(state, "range", "[0,9223372036854775807]", range);
	refuses(
	    state, "range", "[0,10000]", "range: must have at most 10000 rows");
}

static void
a_descending_list_breaks_ties_the_same_way(void **state)
{
	struct request *rq = *state;
	struct page page;

	ask(rq, "sort", "[\"name\",\"DESC\"]");
	assert_int_equal(page_query(rq, &page), PROBLEM_NONE);
	assert_non_null(strstr(page.rows->sql.text,
	    " ORDER BY t.name COLLATE ops.human DESC NULLS LAST, t.id DESC "
	    "LIMIT"));
}

static struct json_object *
body(struct request *rq, const char *text)
{
	struct json_error e;

	return json_parse(rq->arena, text, strlen(text), &e);
}

static void
an_insert_writes_sent_writable_columns(void **state)
{
	struct request *rq = *state;
	struct db_step step;

	assert_int_equal(query_insert(rq, &fixture_deals, NULL,
			     body(rq,
				 "{\"tags\":null,\"name\":\"a'b\",\"id\":7,"
				 "\"nb_notes\":3}"),
			     &step),
	    PROBLEM_NONE);
	assert_string_equal(step.sql.text,
	    "INSERT INTO crm.deals AS t (name, tags) VALUES "
	    "(crm.visible_name('name', $1::text, NULL), "
	    "coalesce($2::bigint[], '{}')) RETURNING "
	    "set_config('app.row_id', t.id::text, true)");
	assert_int_equal(step.nparams, 2);
	assert_string_equal(step.params[0], "a'b");
	assert_null(step.params[1]);
}

static void
an_update_sets_only_sent_columns(void **state)
{
	struct request *rq = *state;
	struct db_step step;
	bool changes;

	assert_int_equal(query_update(rq, &fixture_deals, "12", true,
			     body(rq, "{\"amount\":5}"), &step, &changes),
	    PROBLEM_NONE);
	assert_true(changes);
	assert_string_equal(step.sql.text,
	    "UPDATE crm.deals t SET amount = $1::bigint "
	    "WHERE t.id = $2::bigint "
	    "RETURNING set_config('app.row_id', t.id::text, true)");
	assert_int_equal(query_update(rq, &fixture_deals, "12", true,
			     body(rq, "{\"name\":\"b\"}"), &step, &changes),
	    PROBLEM_NONE);
	assert_string_equal(step.sql.text,
	    "UPDATE crm.deals t SET name = "
	    "crm.visible_name('name', $1::text, t.name::text) "
	    "WHERE t.id = $2::bigint "
	    "RETURNING set_config('app.row_id', t.id::text, true)");
	assert_int_equal(query_update(rq, &fixture_deals, "12", true,
			     body(rq, "{\"id\":5}"), &step, &changes),
	    PROBLEM_NONE);
	assert_false(changes);
}

static void
body_errors_name_the_member(void **state)
{
	struct request *rq = *state;
	struct db_step step;

	assert_int_equal(query_insert(rq, &fixture_deals, NULL,
			     body(rq, "{\"name\":\"a\",\"org_id\":1}"), &step),
	    PROBLEM_INVALID);
	assert_string_equal(rq->problem.field, "org_id");
	rq->problem = (struct problem){ 0 };
	assert_int_equal(
	    query_insert(rq, &fixture_deals, NULL,
		body(rq, "{\"name\":\"a\",\"amount\":\"x\"}"), &step),
	    PROBLEM_MALFORMED);
	assert_string_equal(rq->problem.field, "amount");
	rq->problem = (struct problem){ 0 };
	assert_int_equal(query_insert(rq, &fixture_deals, NULL,
			     body(rq, "{\"amount\":1}"), &step),
	    PROBLEM_INVALID);
	assert_string_equal(rq->problem.detail, "name: is required");
}

static void
ids_are_integers(void **state)
{
	static const char *const ids[] = { "x", "", "1 OR 1=1", "1.0", "0x1",
		"9223372036854775808", "1e3", "%31" };
	struct request *rq = *state;
	struct db_step step;
	size_t i;

	for (i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		assert_int_equal(
		    query_get(rq, &fixture_deals, NULL, ids[i], &step),
		    PROBLEM_MALFORMED);
		assert_int_equal(
		    query_delete(rq, &fixture_deals, ids[i], &step),
		    PROBLEM_MALFORMED);
		assert_string_equal(rq->problem.field, "id");
	}
	assert_int_equal(
	    query_delete(rq, &fixture_deals, "1", &step), PROBLEM_NONE);
	assert_string_equal(step.sql.text,
	    "WITH gone AS (DELETE FROM crm.deals t WHERE t.id = $1::bigint "
	    "RETURNING t.id) "
	    "SELECT ops.demand_row((SELECT g.id::text FROM gone g))");
}

static void
many_rows_are_selected_by_ids_only(void **state)
{
	static const char *const filters[] = { "{}", "{\"id\":1}",
		"{\"id\":[\"x\"]}", "{\"id\":[1],\"name\":\"a\"}",
		"{\"name\":\"a\"}", "{\"id\":\"(1,2)\"}" };
	struct request *rq = *state;
	const char *ids;
	size_t i;

	for (i = 0; i < sizeof filters / sizeof filters[0]; i++) {
		ask(rq, "filter", filters[i]);
		assert_int_equal(query_ids(rq, &ids), PROBLEM_MALFORMED);
	}
	ask(rq, NULL, NULL);
	assert_int_equal(query_ids(rq, &ids), PROBLEM_MALFORMED);
	ask(rq, "filter", "{\"id\":[1,\"2\"]}");
	assert_int_equal(query_ids(rq, &ids), PROBLEM_NONE);
	assert_string_equal(ids, "{\"1\",\"2\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_list_selects_every_column_of_the_descriptor),
		UNIT(values_are_parameters),
		UNIT(lists_and_sets_are_one_parameter),
		UNIT(wildcards_in_patterns_are_escaped),
		UNIT(search_uses_the_search_function),
		UNIT(a_page_that_only_searches_asks_for_its_rows),
		UNIT(null_and_group_operators),
		UNIT(unknown_filters_are_rejected_by_name),
		UNIT(sort_and_range_are_checked),
		UNIT(a_descending_list_breaks_ties_the_same_way),
		UNIT(an_insert_writes_sent_writable_columns),
		UNIT(an_update_sets_only_sent_columns),
		UNIT(body_errors_name_the_member),
		UNIT(ids_are_integers),
		UNIT(many_rows_are_selected_by_ids_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
