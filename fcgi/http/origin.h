#ifndef ORIGIN_H
#define ORIGIN_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct config;
struct json_object;
struct request;

/*
 * True when the origin (scheme, host and port) is the base URL's or one of
 * the trusted ones.  Whole strings are compared: look-alikes are others.
 */
bool origin_trusted(const struct config *, const char *origin);

/*
 * Refuses what a page of another site could have made a browser send: a
 * cookie on an unsafe method needs a trusted Origin, or Referer; sign-in and
 * sign-up are looked at even without a cookie.
 */
enum problem_code origin_check(struct request *) MUST_CHECK;

/*
 * Refuses a callbackURL, redirectTo, errorCallbackURL or newUserCallbackURL,
 * of body or query, that leads to a site nobody trusts.  body may be NULL.
 */
enum problem_code origin_check_urls(
    struct request *, struct json_object *body) MUST_CHECK;

#endif
