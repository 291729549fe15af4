#ifndef ORIGIN_H
#define ORIGIN_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct config;
struct json_object;
struct request;

/*
 * Returns true if the origin (scheme, host and port) is the base URL's origin
 * or matches an entry of TENANTRY_TRUSTED_ORIGINS.
 */
bool origin_trusted(const struct config *, const char *origin);

/*
 * CSRF protection: a request with a cookie and an unsafe method must have a
 * trusted Origin or Referer. Sign-in and sign-up (ROUTE_SIGNS_IN) are checked
 * even without a cookie, to prevent login CSRF.
 */
enum problem_code origin_check(struct request *) MUST_CHECK;

/*
 * Prevents open redirects: checks callbackURL, redirectTo, errorCallbackURL and
 * newUserCallbackURL in the body and the query. Each must be a path, a URL
 * below the base URL, or a URL that TENANTRY_REDIRECT_URLS lists. Without this
 * setting, any URL with a trusted origin is allowed. body may be NULL.
 */
enum problem_code origin_check_urls(
    struct request *, struct json_object *body) MUST_CHECK;

#endif
