/* Prevents CSRF and open redirects by checking origins and URLs. */

#include <arpa/inet.h>
#include <ctype.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/origin.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"

#define URL_MAX 2048 /* bytes; responses repeat the URL in a header */

struct span {
	const char *at;
	size_t len;
};

static struct span
span(const char *at, size_t len)
{
	return (struct span){ at, len };
}

static bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

/* Returns true if every character of the text is in set. */
static bool
contains_only(struct span s, const char *set)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (strchr(set, s.at[i]) == NULL)
			return false;
	return true;
}

/* Returns true if a character of the text is in set. */
static bool
contains_any(struct span s, const char *set)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (strchr(set, s.at[i]) != NULL)
			return true;
	return false;
}

/*
 * Returns the length of the "scheme://" at the start of a URL, or 0 if the URL
 * has none.
 */
static size_t
scheme_length(struct span url)
{
	size_t n = 0;

	while (n < url.len &&
	    (isalnum((unsigned char)url.at[n]) ||
		strchr("+-.", url.at[n]) != NULL))
		n++;
	return n > 0 && url.len - n >= 3 && strncmp(url.at + n, "://", 3) == 0
	    ? n + 3
	    : 0;
}

/*
 * Returns the "scheme://host:port" at the start of a URL, or an empty span if
 * the URL has none.
 */
static struct span
origin_of(struct span url)
{
	size_t n = scheme_length(url);

	while (n > 0 && n < url.len && strchr("/?#\\", url.at[n]) == NULL)
		n++;
	return span(url.at, n);
}

/*
 * Matches a pattern: "*" stands for any text and "?" for one character. Neither
 * matches a slash.
 */
static bool
glob_matches(struct span pattern, struct span text)
{
	size_t p = 0, t = 0, star = pattern.len, from = 0;

	while (t < text.len) {
		char c = p < pattern.len ? pattern.at[p] : '\0';

		if (c == '*') {
			star = p++;
			from = t;
		} else if ((c == '?' && text.at[t] != '/') ||
		    (c != '\0' &&
			tolower((unsigned char)c) ==
			    tolower((unsigned char)text.at[t]))) {
			p++;
			t++;
		} else if (star < pattern.len && text.at[from] != '/') {
			t = ++from;
			p = star + 1;
		} else
			return false;
	}
	while (p < pattern.len && pattern.at[p] == '*')
		p++;
	return p == pattern.len;
}

static struct span
host_of(struct span origin)
{
	size_t scheme = scheme_length(origin), n;
	struct span host = span(origin.at + scheme, origin.len - scheme);

	for (n = 0; n < host.len && host.at[n] != ':'; n++)
		;
	return span(host.at, n);
}

/*
 * Matches an IP address. A numeric pattern ("10.0.*") does not match host names
 * such as 10.0.example.org.
 */
static bool
address_matches(struct span pattern, struct span origin)
{
	struct span host = host_of(origin), wanted = host_of(pattern);
	struct in_addr address;
	char text[INET_ADDRSTRLEN];

	if (!contains_only(wanted, "0123456789.*?") ||
	    !contains_any(wanted, "0123456789"))
		return true;
	if (host.len >= sizeof text)
		return false;
	memcpy(text, host.at, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET, text, &address) == 1;
}

/* Returns true for a path with a backslash or with "..", encoded or not. */
static bool
has_dot_segment(struct span url)
{
	size_t i;

	for (i = 0; i < url.len; i++)
		if (url.at[i] == '\\' ||
		    (url.len - i >= 3 &&
			(strncmp(url.at + i, "/..", 3) == 0 ||
			    strncasecmp(url.at + i, "%2e", 3) == 0)))
			return true;
	return false;
}

/* Matches an entry with an app's scheme, "myapp://", by prefix. */
static bool
app_entry_matches(struct span entry, struct span url)
{
	return url.len >= entry.len && !has_dot_segment(url) &&
	    strncasecmp(entry.at, url.at, entry.len) == 0 &&
	    (entry.at[entry.len - 1] == '/' || url.len == entry.len ||
		strchr("/?#", url.at[entry.len]) != NULL);
}

/* Matches an entry in TENANTRY_TRUSTED_ORIGINS. */
static bool
entry_matches(struct span entry, struct span url, struct span origin)
{
	size_t scheme = scheme_length(entry);
	struct span bare = span(origin.at + scheme_length(origin),
	    origin.len - scheme_length(origin));

	if (contains_any(entry, "*?"))
		return glob_matches(entry,
			   memmem(entry.at, entry.len, "://", 3) != NULL
			       ? origin
			       : bare) &&
		    address_matches(entry, origin);
	if (scheme == 0)
		return false;
	if (strncasecmp(entry.at, "http://", 7) == 0 ||
	    strncasecmp(entry.at, "https://", 8) == 0)
		return span_equal(entry, origin);
	return app_entry_matches(entry, url);
}

/* Returns true for an absolute URL whose origin all clients parse alike. */
static bool
url_clear(struct span url, struct span origin)
{
	size_t i;

	/*
	 * The text before "@" is userinfo: the host of "http://trusted@evil" is
	 * evil.
	 */
	if (origin.len == 0 || contains_any(origin, "@"))
		return false;
	/*
	 * Clients disagree about where the host of "http://trusted\\@evil"
	 * ends.
	 */
	for (i = 0; i < url.len; i++)
		if ((unsigned char)url.at[i] < ' ' || url.at[i] == 0x7f ||
		    url.at[i] == '\\')
			return false;
	return true;
}

static bool
origin_ours(const struct config *config, struct span origin)
{
	return span_equal(
	    span(config->base_url, strlen(config->base_url)), origin);
}

typedef bool entry_fn(struct span entry, struct span url, struct span origin);

/*
 * Returns true if matches() returns true for an entry in a comma-separated
 * list.
 */
static bool
listed(const char *s, struct span url, struct span origin, entry_fn *matches)
{
	size_t n;

	for (; *s != '\0'; s += n + (s[n] == ',')) {
		s += strspn(s, " ");
		n = strcspn(s, ", ");
		if (n > 0 && matches(span(s, n), url, origin))
			return true;
		n += strspn(s + n, " ");
	}
	return false;
}

static bool
url_trusted(const struct config *config, const char *text)
{
	struct span url = span(text, strlen(text)), origin = origin_of(url);

	return url_clear(url, origin) &&
	    (origin_ours(config, origin) ||
		listed(config->trusted_origins, url, origin, entry_matches));
}

/*
 * Matches an entry of TENANTRY_REDIRECT_URLS: the scheme and host in any case,
 * and the rest byte for byte.
 */
static bool
redirect_matches(struct span entry, struct span url, struct span origin)
{
	return entry.len == url.len &&
	    strncasecmp(entry.at, url.at, origin.len) == 0 &&
	    memcmp(entry.at + origin.len, url.at + origin.len,
		url.len - origin.len) == 0;
}

/*
 * Returns true if the setting allows a redirect to the URL. A URL below the
 * base URL is always allowed, like a path.
 */
static bool
redirect_allowed(const struct config *config, const char *text)
{
	struct span url = span(text, strlen(text)), origin = origin_of(url);

	if (*config->redirect_urls == '\0')
		return url_trusted(config, text);
	return url_clear(url, origin) &&
	    (origin_ours(config, origin) ||
		listed(config->redirect_urls, url, origin, redirect_matches));
}

bool
origin_trusted(const struct config *config, const char *origin)
{
	return url_trusted(config, origin);
}

/* Requires a trusted Origin or, if there is no Origin, a trusted Referer. */
static enum problem_code
require_origin(struct request *rq)
{
	const struct headers *h = &rq->headers;
	const char *from = *h->origin != '\0' ? h->origin : h->referer;

	if (strcmp(from, "null") == 0 &&
	    strcmp(h->sec_fetch_site, "same-origin") == 0)
		return PROBLEM_NONE;
	if (*from == '\0' || strcmp(from, "null") == 0)
		return request_fail_better_auth(rq, "MISSING_OR_NULL_ORIGIN");
	if (url_trusted(rq->config, from))
		return PROBLEM_NONE;
	return request_fail_better_auth(rq, "INVALID_ORIGIN");
}

static enum problem_code
check_sender(struct request *rq)
{
	const struct headers *h = &rq->headers;

	if (*h->cookie != '\0')
		return require_origin(rq);
	if ((rq->route->flags & ROUTE_SIGNS_IN) == 0)
		return PROBLEM_NONE;
	if (strcmp(h->sec_fetch_site, "cross-site") == 0 &&
	    strcmp(h->sec_fetch_mode, "navigate") == 0)
		return request_fail_better_auth(
		    rq, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED");
	if (*h->sec_fetch_site != '\0' || *h->origin != '\0' ||
	    *h->referer != '\0')
		return require_origin(rq);
	/*
	 * fetch() in Node sends only the mode, which a browser never does.
	 * Better Auth refuses such requests as well.
	 */
	if (*h->sec_fetch_mode != '\0' && better_auth_path(rq))
		return require_origin(rq);
	return PROBLEM_NONE;
}

enum problem_code
origin_check(struct request *rq)
{
	enum problem_code err = PROBLEM_NONE;

	if (method_unsafe(rq->method) &&
	    (rq->route->flags & ROUTE_ORIGINS) == 0)
		err = check_sender(rq);
	if (better_auth_path(rq))
		return err != PROBLEM_NONE ? err : origin_check_urls(rq, NULL);
	if (err == PROBLEM_NONE)
		return err;
	return request_refuse(rq, "origin_required", NULL, rq->config->base_url,
	    rq->problem.better_auth);
}

/* Returns true for a path that no browser resolves to another origin. */
static bool
path_safe(const char *url)
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
	if (strlen(url) > URL_MAX)
		return false;
	return *url == '\0' || path_safe(url) || redirect_allowed(config, url);
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
			return request_fail_better_auth(rq, urls[i].code);
		if (body == NULL)
			continue;
		value = json_get(body, urls[i].name, &present);
		if (value == NULL)
			continue;
		if (!json_object_is_type(value, json_type_string))
			return request_fail_better_auth(rq,
			    arena_printf(rq->arena,
				"URL_NOT_TEXT: Invalid %s: expected a string",
				urls[i].name));
		if (!url_safe(rq->config, json_object_get_string(value)))
			return request_fail_better_auth(rq, urls[i].code);
	}
	return PROBLEM_NONE;
}
