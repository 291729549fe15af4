#include "fcgi/http/etag.h"
#include "fcgi/rest/cursor.h"
#include "fcgi/rest/page.h"
#include "lib/base/buf.h"
#include "tests/unit/fixture.h"

#define TAG   "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"

static void
etags_become_an_array(void **state)
{
	static const char *const cases[][2] = {
		{ "\"" TAG "\"", "{\"\\\"" TAG "\\\"\"}" },
		{ " , \"" TAG "\" ,\"x\",\t\"" OTHER "\"",
		    "{\"\\\"" TAG "\\\"\",\"\\\"" OTHER "\\\"\"}" },
		{ "W/\"" TAG "\"", "{}" },
		{ "\"\"", "{}" },
		{ "\"" TAG "0\"", "{}" },
		{ "\"\\\",\"a,b\"", "{}" },
	};
	struct request *rq = *state;
	const char *tags;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(
		    etag_wanted(rq, "If-Match", cases[i][0], &tags), PROBLEM_NONE);
		assert_string_equal(tags, cases[i][1]);
	}
}

static void
star_matches_any_row(void **state)
{
	static const char *const any[] = { "", " ", "*", " * " };
	const char *tags;
	size_t i;

	for (i = 0; i < sizeof any / sizeof any[0]; i++) {
		assert_int_equal(
		    etag_wanted(*state, "If-Match", any[i], &tags), PROBLEM_NONE);
		assert_null(tags);
	}
}

static void
malformed_etag_lists_are_rejected(void **state)
{
	static const char *const bad[] = { TAG, "\"", "\"a", "a\"", "\"a\"b",
		"\"a\" \"b\"", "*, \"a\"", "\"a\", *", "w/\"a\"", "W/", "W/a",
		",", "\"a b\"", "\"a\tb\"", "**" };
	const char *tags;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (etag_wanted(*state, "If-Match", bad[i], &tags) != PROBLEM_MALFORMED)
			fail_msg("took %s", bad[i]);
}

static void
etags_cover_writable_columns(void **state)
{
	struct request *rq = *state;
	struct buf b;

	buf_init(&b, rq->arena);
	etag_put(&b, &fixture_deals);
	assert_string_equal(b.data,
	    "'\"' || md5(ROW(t.name, t.amount, t.index, t.archived, "
	    "t.closes_at, t.tags, t.extra)::text) || '\"'");
}

static void
cursor_round_trip(void **state)
{
	static const char *const values[] = { NULL, "", "a", "\"\\",
		"\xc3\xa9" };
	struct request *rq = *state;
	struct sort sort = { .column =
				 resource_column(&fixture_deals, "name") };
	struct sort other = { .column = sort.column, .down = true };
	struct cursor in = { .id = "-9223372036854775808" }, out;
	const char *text;
	size_t i;

	for (i = 0; i < sizeof values / sizeof values[0]; i++) {
		in.value = values[i];
		text = cursor_write(rq, &sort, &in);
		assert_true(cursor_read(rq, text, &sort, &out));
		assert_string_equal(out.id, in.id);
		if (in.value == NULL)
			assert_null(out.value);
		else
			assert_string_equal(out.value, in.value);
		assert_false(cursor_read(rq, text, &other, &out));
		assert_false(cursor_read(rq, text + 1, &sort, &out));
	}
}

static void
pages(void **state, const char *query, const char *text)
{
	struct request *rq = *state;
	struct page page;

	fixture_ask(rq, "GET", "/api/deals", query);
	assert_int_equal(request_parse(rq), PROBLEM_NONE);
	assert_int_equal(page_query(rq, &page), PROBLEM_NONE);
	assert_string_equal(page.rows->sql.text, text);
}

static void
greater_values_precede_nulls_after_a_cursor(void **state)
{
	struct request *rq = *state;
	struct sort sort = { .column = resource_column(&fixture_deals, "name"),
		.down = true };
	struct cursor end = { "a", "1" };

	pages(state,
	    arena_printf(rq->arena,
		"sort=[%%22name%%22,%%22DESC%%22]&fields=[%%22id%%22]&after=%s",
		cursor_write(rq, &sort, &end)),
	    "WITH a AS (SELECT t.id, t.name FROM crm.deals t WHERE "
	    "t.name COLLATE ops.human <= $1::text AND (t.name COLLATE "
	    "ops.human < $2::text OR "
	    "t.id < $3::bigint) ORDER BY t.name COLLATE ops.human DESC NULLS "
	    "LAST, t.id DESC "
	    "LIMIT $4::bigint), b AS (SELECT t.id, t.name FROM crm.deals t "
	    "WHERE t.name IS NULL ORDER BY t.id DESC LIMIT $5::bigint - "
	    "(SELECT count(*) FROM a)) SELECT p.* FROM (TABLE a UNION ALL "
	    "TABLE b) p ORDER BY p.name COLLATE ops.human DESC NULLS LAST, "
	    "p.id DESC");
	end.value = NULL;
	pages(state,
	    arena_printf(rq->arena,
		"sort=[%%22name%%22,%%22DESC%%22]&fields=[%%22id%%22]&after=%s",
		cursor_write(rq, &sort, &end)),
	    "SELECT t.id, t.name FROM crm.deals t WHERE t.name IS NULL AND "
	    "t.id < $1::bigint ORDER BY t.name COLLATE ops.human DESC NULLS "
	    "LAST, t.id DESC "
	    "LIMIT $2::bigint");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(etags_become_an_array),
		UNIT(star_matches_any_row),
		UNIT(malformed_etag_lists_are_rejected),
		UNIT(etags_cover_writable_columns),
		UNIT(cursor_round_trip),
		UNIT(greater_values_precede_nulls_after_a_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
