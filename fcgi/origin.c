#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "json.h"
#include "origin.h"
#include "request.h"
#include "router.h"

/* Length of "scheme://host:port" at the start of a URL, 0 when it has none. */
static size_t
origin_length(const char *url)
{
	const char *host = strstr(url, "://");

	if (host == NULL || host == url)
		return 0;
	return (size_t)(host + 3 - url) + strcspn(host + 3, "/?#\\");
}

static bool
trusted(const struct config *config, const char *origin, size_t len)
{
	const char *s = config->trusted_origins;
	size_t n;

	if (len == 0)
		return false;
	if (strlen(config->base_url) == len &&
	    strncasecmp(config->base_url, origin, len) == 0)
		return true;
	for (; *s != '\0'; s += n + (s[n] == ',')) {
		s += strspn(s, " ");
		n = strcspn(s, ",");
		if (n == len && strncasecmp(s, origin, len) == 0)
			return true;
	}
	return false;
}

bool
origin_trusted(const struct config *config, const char *origin)
{
	return trusted(config, origin, strlen(origin));
}

/* Origin, or else the origin of Referer, is trusted. */
static enum problem_code
need_origin(struct request *rq)
{
	const struct headers *h = &rq->headers;
	const char *from = *h->origin != '\0' ? h->origin : h->referer;

	if (strcmp(from, "null") == 0 &&
	    strcmp(h->sec_fetch_site, "same-origin") == 0)
		return PROBLEM_NONE;
	if (*from == '\0' || strcmp(from, "null") == 0)
		return request_fail_wire(rq, "MISSING_OR_NULL_ORIGIN");
	if (trusted(rq->config, from,
		from == h->origin ? strlen(from) : origin_length(from)))
		return PROBLEM_NONE;
	return request_fail_wire(rq, "INVALID_ORIGIN");
}

/* Better Auth's codes, told as 403 elsewhere. */
static enum problem_code
refuse_elsewhere(struct request *rq)
{
	if (strncmp(rq->path, "/api/auth/", 10) == 0)
		return rq->problem.code;
	return request_fail(rq, PROBLEM_FORBIDDEN,
	    "a request with a cookie needs the Origin of %s (%s)",
	    rq->config->base_url, rq->problem.wire);
}

enum problem_code
origin_check(struct request *rq)
{
	const struct headers *h = &rq->headers;
	enum problem_code err;

	if (!method_unsafe(rq->method))
		return PROBLEM_NONE;
	if (*h->cookie != '\0') {
		err = need_origin(rq);
		return err == PROBLEM_NONE ? err : refuse_elsewhere(rq);
	}
	if ((rq->route->flags & ROUTE_SIGNS_IN) == 0)
		return PROBLEM_NONE;
	if (strcmp(h->sec_fetch_site, "cross-site") == 0 &&
	    strcmp(h->sec_fetch_mode, "navigate") == 0)
		return request_fail_wire(
		    rq, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED");
	if (*h->sec_fetch_site != '\0' || *h->sec_fetch_mode != '\0' ||
	    *h->origin != '\0' || *h->referer != '\0') {
		err = need_origin(rq);
		return err == PROBLEM_NONE ? err : refuse_elsewhere(rq);
	}
	return PROBLEM_NONE;
}

/* "/path" that stays on this origin whatever a browser makes of it. */
static bool
relative_safe(const char *url)
{
	size_t path = strcspn(url, "?#"), i;

	if (url[0] != '/' || url[1] == '/')
		return false;
	for (i = 0; url[i] != '\0'; i++)
		if (url[i] == '\\' || (unsigned char)url[i] < ' ' ||
		    url[i] == 0x7f)
			return false;
	for (i = 0; i + 2 < path; i++)
		if (strncasecmp(url + i, "%2f", 3) == 0 ||
		    strncasecmp(url + i, "%5c", 3) == 0)
			return false;
	return true;
}

static bool
url_safe(const struct config *config, const char *url)
{
	return *url == '\0' || relative_safe(url) ||
	    trusted(config, url, origin_length(url));
}

enum problem_code
origin_check_urls(struct request *rq, struct json_object *body)
{
	static const struct {
		const char *name, *code;
	} urls[] = {
		{ "callbackURL", "INVALID_CALLBACK_URL" },
		{ "redirectTo", "INVALID_REDIRECT_URL" },
		{ "errorCallbackURL", "INVALID_ERROR_CALLBACK_URL" },
		{ "newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL" },
	};
	struct json_object *value;
	const char *text;
	bool present;
	size_t i;

	for (i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		text = request_param(rq, urls[i].name);
		if (text != NULL && !url_safe(rq->config, text))
			return request_fail_wire(rq, urls[i].code);
		if (body == NULL)
			continue;
		value = json_get(body, urls[i].name, &present);
		if (value == NULL)
			continue;
		if (!json_object_is_type(value, json_type_string))
			return request_fail(rq, PROBLEM_MALFORMED,
			    "Invalid %s: expected a string", urls[i].name);
		if (!url_safe(rq->config, json_object_get_string(value)))
			return request_fail_wire(rq, urls[i].code);
	}
	return PROBLEM_NONE;
}
