#include <string.h>

#include "fcgi/http/limit.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/db/db.h"
#include "schema/identity/rate_limit.h"

/*
 * Kinds of paths, as Better Auth 1.7 limits them; the first that fits counts.
 * Those that compare a password with somebody's own are ours to add.
 */
static const struct limit {
	const char *path; /* or its beginning, with "*" at its end */
	const char *most;
	const char *seconds;
} limits[] = {
	{ "/api/auth/sign-in/email-otp", "3", "60" },
	{ "/api/auth/sign-in/magic-link", "5", "60" },
	{ "/api/auth/sign-in*", "3", "10" },
	{ "/api/auth/sign-up*", "3", "10" },
	{ "/api/auth/change-password*", "3", "10" },
	{ "/api/auth/change-email*", "3", "10" },
	{ "/api/auth/request-password-reset", "3", "60" },
	{ "/api/auth/send-verification-email", "3", "60" },
	{ "/api/auth/forget-password*", "3", "60" },
	{ "/api/auth/email-otp/*", "3", "60" },
	{ "/api/auth/magic-link/verify*", "5", "60" },
	{ "/api/auth/two-factor/*", "3", "10" },
	{ "/api/auth/verify-password", "3", "10" },
	{ "/api/auth/delete-user", "3", "10" },
	{ "/api/set-password", "3", "10" },
	{ "/api/signup", "3", "10" },
};

static bool
fits(const char *pattern, const char *path)
{
	size_t len = strcspn(pattern, "*");

	return strncmp(pattern, path, len) == 0 &&
	    (pattern[len] == '*' || path[len] == '\0');
}

static const struct limit *
find(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof limits / sizeof limits[0]; i++)
		if (fits(limits[i].path, path))
			return &limits[i];
	return NULL;
}

enum problem_code
limit_check(struct request *rq)
{
	const struct limit *l = find(rq->path);
	enum problem_code err;
	struct db_step step;

	if (l == NULL || !rq->config->rate_limit)
		return PROBLEM_NONE;
	/* No counter for every path that somebody makes up. */
	step = identity_count_request(rq->arena, .address = rq->headers.address,
	    .path = rq->route != NULL ? rq->route->pattern : l->path,
	    .most = l->most, .seconds = l->seconds);
	/* A count that got lost is made again: at worst one counts for two. */
	err = db_run(rq->db, rq->arena, &step, 1, &rq->problem);
	if (err == PROBLEM_UNKNOWN)
		err = db_run(rq->db, rq->arena, &step, 1, &rq->problem);
	return err == PROBLEM_UNKNOWN ? (rq->problem.code = PROBLEM_UNAVAILABLE)
				      : err;
}
