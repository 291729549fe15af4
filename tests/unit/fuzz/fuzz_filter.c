/*
 * Input: the filter, sort and range of a list, and the IDs of a change, on
 * three lines.
 */

#include <ctype.h>

#include "fcgi/rest/page.h"
#include "fcgi/rest/query.h"
#include "tests/unit/fuzz/harness.h"

/* All words that may occur in the statements. */
static const char *const words[] = { "SELECT", "FROM", "WHERE", "ORDER", "BY",
	"DESC", "NULLS", "LAST", "LIMIT", "OFFSET", "AND", "OR", "NOT", "IS",
	"NULL", "TRUE", "FALSE", "UNKNOWN", "LIKE", "ILIKE", "ANY", "OPERATOR",
	"true", "t", "id", "name", "amount", "index", "archived", "closes_at",
	"tags", "extra", "nb_notes", "crm", "deals", "search_deals", "text",
	"bigint", "smallint", "boolean", "timestamptz", "jsonb", "count",
	"pg_catalog", "array_to_json", "coalesce", "set_config",
	"current_setting", "app", "found", "ARRAY", "unnest", "search_page",
	"CASE", "WHEN", "THEN", "ELSE", "END", "least", "ops", "total", "false",
	"WITH", "TABLE", "UNION", "ALL", "FIRST", "a", "b", "p", "enable_sort",
	"off", "COLLATE", "human" };

static _Bool
known(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
			return 1;
	return 0;
}

/*
 * Accepts known words, "$n" in order, and characters that cannot be part of a
 * value.
 */
static void
check_text(const struct db_step *step)
{
	const char *s = step->sql.text;
	long highest = 0, n;
	char *end;

	while (*s != '\0') {
		if (*s == '$') {
			n = strtol(s + 1, &end, 10);
			PROMISE(n >= 1 && n <= highest + 1);
			highest = n > highest ? n : highest;
			s = end;
		} else if (isalpha((unsigned char)*s)) {
			size_t len = strspn(s,
			    "abcdefghijklmnopqrstuvwxyz_"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

			PROMISE(known(s, len));
			s += len;
		} else if (isdigit((unsigned char)*s)) {
			/* Accepts only numbers that limit a total. */
			n = strtol(s, &end, 10);
			PROMISE(n == INT32_MAX || n == COUNTED_MAX + 1);
			s = end;
		} else {
			PROMISE(strchr(" .,()[]:=<>@&*'-", *s) != NULL);
			s++;
		}
	}
	PROMISE(highest == step->nparams);
	PROMISE(step->nparams < 65536);
}

static void
set_param(struct param *p, const char *name, const char *value)
{
	p->name = name;
	p->value = value;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request *rq = harness_request();
	struct param params[3];
	struct page page;
	size_t i;
	const char *ids;

	set_param(&params[0], "filter", harness_line(rq->arena, &data, &size));
	set_param(&params[1], "sort", harness_line(rq->arena, &data, &size));
	set_param(&params[2], "range", harness_line(rq->arena, &data, &size));
	rq->params = params;
	rq->nparams = 3;
	if (page_query(rq, &page) == PROBLEM_NONE) {
		for (i = 0; i < page.nsteps; i++)
			check_text(&page.steps[i]);
		PROMISE(page.first >= 0 && page.first <= page.last);
		PROMISE(page.last - page.first < 10000);
	} else
		PROMISE(rq->problem.field != NULL);
	if (query_ids(rq, &ids) == PROBLEM_NONE)
		PROMISE(strspn(ids, "{},\"-0123456789") == strlen(ids));
	harness_end(rq);
	return 0;
}
