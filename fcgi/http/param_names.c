/* Refuses parameters of the query string that a route does not have. */

#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/param.h"
#include "fcgi/http/param_names.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"

#define NAME_MAX_LEN 32 /* of those that are compared */

/* The number of letters to insert, remove or replace (Levenshtein). */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_LEN + 1], len = strlen(b), i, j, above, last;

	if (len > NAME_MAX_LEN || strlen(a) > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (j = 0; j <= len; j++)
		row[j] = j;
	for (i = 1; *a != '\0'; a++, i++) {
		last = row[0];
		row[0] = i;
		for (j = 1; j <= len; j++) {
			above = row[j];
			row[j] = last + (*a != b[j - 1]);
			if (above + 1 < row[j])
				row[j] = above + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			last = above;
		}
	}
	return row[len];
}

/* The row of the most similar name: that of best, or one of the table. */
static const struct query_param *
nearest(const struct query_param *best, const struct query_param *row,
    const char *name)
{
	for (; row != NULL && row->name != NULL; row++)
		if (best == NULL ||
		    distance(name, row->name) < distance(name, best->name))
			best = row;
	return best;
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
	const struct query_param *near;
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
		near = nearest(NULL, rq->route->params, name);
		if (rq->route->need != SESSION_NONE)
			near = nearest(near, session_params, name);
		return near == NULL
		    ? request_refuse(rq, "path_without_params", name)
		    : request_refuse(rq, "unknown_param", name, near->name);
	}
	return PROBLEM_NONE;
}
