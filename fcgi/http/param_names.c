/* Refuses query string parameters that a route lacks. */

#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/nearest.h"
#include "fcgi/http/param.h"
#include "fcgi/http/param_names.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"

/*
 * Names of parameters in other APIs, and the corresponding names in this API.
 */
static const struct synonym {
	const char *other;
	const char *name;
} synonyms[] = {
	{ "columns", "fields" },
	{ "cursor", "after" },
	{ "expand", "embed" },
	{ "limit", "range" },
	{ "offset", "range" },
	{ "order", "sort" },
	{ "orderBy", "sort" },
	{ "order_by", "sort" },
	{ "page", "range" },
	{ "page_size", "range" },
	{ "perPage", "range" },
	{ "per_page", "range" },
	{ "q", "filter" },
	{ "query", "filter" },
	{ "search", "filter" },
	{ "select", "fields" },
	{ "where", "filter" },
};

/*
 * Returns the name in this API of a parameter that other APIs name differently.
 * Returns any other name unchanged.
 */
static const char *
translated(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++)
		if (strcmp(synonyms[i].other, name) == 0)
			return synonyms[i].name;
	return name;
}

static void
add_names(struct nearest *n, const struct query_param *row)
{
	for (; row != NULL && row->name != NULL; row++)
		nearest_add(n, row->name);
}

static bool
has_name(const struct query_param *row, const char *name)
{
	for (; row != NULL && row->name != NULL; row++)
		if (strcmp(row->name, name) == 0)
			return true;
	return false;
}

enum problem_code
param_names_check(struct request *rq)
{
	struct nearest known;
	const char *name;
	size_t i;

	if (strncmp(rq->path, "/api/", 5) != 0 || better_auth_path(rq) ||
	    (rq->route->flags & (ROUTE_PLAIN | ROUTE_SECRET)) != 0)
		return PROBLEM_NONE;
	for (i = 0; i < rq->nparams; i++) {
		name = rq->params[i].name;
		if (has_name(rq->route->params, name) ||
		    (rq->route->need != SESSION_NONE &&
			has_name(session_params, name)))
			continue;
		nearest_begin(&known, rq->arena, translated(name));
		add_names(&known, rq->route->params);
		if (rq->route->need != SESSION_NONE)
			add_names(&known, session_params);
		return known.total == 0
		    ? request_refuse(rq, "path_without_params", name)
		    : request_refuse(rq, "unknown_param", name, known.names[0],
			  nearest_list(&known));
	}
	return PROBLEM_NONE;
}
