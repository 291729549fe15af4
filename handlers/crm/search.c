/* Full-text search over all resources. */

#include <stdlib.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "schema/crm/search.h"

static action_fn search_all;

static const struct query_param search_params[] = {
	{ "q", PARAM_TEXT, "the words to search for", NULL },
	{ "types", PARAM_TEXT,
	    "a comma-separated list of resources (default: all)", NULL },
	{ "limit", PARAM_WHOLE, "the maximum number of results, from 1 to 100",
	    NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/search", search_all, SESSION_ORGANIZATION,
	    .params = search_params,
	    .summary = "Search all resources, best matches first",
	    .returns = "[{resource:string,id:integer,title:string,score:number,"
		       "snippet:[{text:string,match:boolean}]?,contact_id:"
		       "integer?,company_id:integer?,deal_id:integer?}]" },
	{ .action = NULL },
};

const struct module search_module = { .name = "search", .routes = routes };

#define WORDS_MAX   10
#define LENGTH_MAX  200
#define RESULTS     20
#define RESULTS_MAX 100

/*
 * Converts "contacts,deals" to a Postgres array. Returns NULL if the parameter
 * is missing or empty.
 */
static const char *
list_of(struct request *rq, const char *words)
{
	struct buf b;
	size_t len;

	if (words == NULL || *words == '\0')
		return NULL;
	buf_init(&b, rq->arena);
	for (buf_puts(&b, "{");; words += len + 1) {
		len = strcspn(words, ",");
		buf_printf(&b, "\"%.*s\"", (int)len, words);
		if (words[len] == '\0')
			break;
		buf_puts(&b, ",");
	}
	buf_puts(&b, "}");
	return b.data;
}

static bool
too_many_words(const char *q)
{
	size_t n = 0;

	for (; *(q += strspn(q, " \t\r\n")) != '\0'; n++)
		q += strcspn(q, " \t\r\n");
	return n > WORDS_MAX;
}

/* Searches all resources. */
static enum problem_code
search_all(struct request *rq, struct response *rs)
{
	const char *types = param_text(rq, "types");
	const char *limit = param_text(rq, "limit");
	const char *q = param_text(rq, "q");
	long room = RESULTS;

	if (q == NULL)
		q = "";
	if (strlen(q) > LENGTH_MAX || too_many_words(q))
		return request_refuse(rq, "query_too_many_words", "q",
		    request_number(rq, WORDS_MAX),
		    request_number(rq, LENGTH_MAX));
	if (types != NULL &&
	    strspn(types, "abcdefghijklmnopqrstuvwxyz0123456789_,") !=
		strlen(types))
		return request_refuse(rq, "names_of_resources", "types");
	if (limit != NULL) {
		if (!param_is_whole(limit, PARAM_BIGINT))
			return request_refuse(rq, "whole_number", "limit");
		room = strtol(limit, NULL, 10);
	}
	if (room < 1 || room > RESULTS_MAX)
		return request_refuse(
		    rq, "from_1_to", "limit", request_number(rq, RESULTS_MAX));
	return answer_read(rq, rs,
	    crm_search(rq->arena, .q = q, .kinds = list_of(rq, types),
		.room = arena_printf(rq->arena, "%ld", room)));
}
