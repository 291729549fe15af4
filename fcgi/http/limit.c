/* Limits the request rate per client address. */

#include <string.h>

#include "fcgi/http/limit.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "lib/base/config.h"
#include "lib/db/db.h"
#include "schema/identity/rate_limit.h"

/*
 * The rate limits of Better Auth 1.7, and Tenantry's limits for paths that
 * verify a user's password or make a worker wait for another server. The first
 * match applies.
 */
static const struct limit {
	const char *path; /* a trailing "*" matches any suffix */
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
	{ "/api/signup_sessions", "5", "60" },
	{ "/api/signup_sessions/code", "3", "60" },
	{ "/api/signup_sessions/complete", "3", "10" },
	{ "/api/signup_sessions/*", "30", "60" },
	{ "/api/webhooks/test", "10", "60" },
};

static bool
path_matches(const char *pattern, const char *path)
{
	size_t len = strcspn(pattern, "*");

	return strncmp(pattern, path, len) == 0 &&
	    (pattern[len] == '*' || path[len] == '\0');
}

static const struct limit *
find_limit(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof limits / sizeof limits[0]; i++)
		if (path_matches(limits[i].path, path))
			return &limits[i];
	return NULL;
}

enum problem_code
limit_check(struct request *rq)
{
	const struct limit *l = find_limit(rq->path);
	enum problem_code err;
	struct db_step steps[2];
	const char *path;

	if (l == NULL || !rq->config->rate_limit)
		return PROBLEM_NONE;
	/*
	 * Unknown paths share a counter, because there are infinitely many of
	 * them.
	 */
	path = rq->route != NULL ? rq->route->pattern : l->path;
	rq->rate =
	    (struct rate_limit){ "path", l->most, l->seconds, "0", l->seconds };
	steps[0] =
	    identity_count_request(rq->arena, .address = rq->headers.address,
		.path = path, .most = l->most, .seconds = l->seconds);
	steps[1] = identity_requests_left(rq->arena,
	    .address = rq->headers.address, .path = path, .most = l->most);
	/*
	 * Retry if the commit's result was lost. In the worst case, the request
	 * counts twice.
	 */
	err = db_run(rq->db, rq->arena, steps, 2, &rq->problem);
	if (err == PROBLEM_UNKNOWN)
		err = db_run(rq->db, rq->arena, steps, 2, &rq->problem);
	if (err == PROBLEM_NONE)
		rq->rate.left = db_text(&steps[1], 0, 0);
	return err == PROBLEM_UNKNOWN ? (rq->problem.code = PROBLEM_UNAVAILABLE)
				      : err;
}
