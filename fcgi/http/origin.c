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

#define URL_MAX 2048 /* bytes; it comes back in a header */

/* A piece of text. */
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
same(struct span a, struct span b)
{
	return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

/* True when every character of the text is one of set. */
static bool
only(struct span s, const char *set)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (strchr(set, s.at[i]) == NULL)
			return false;
	return true;
}

static bool
has(struct span s, const char *set)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (strchr(set, s.at[i]) != NULL)
			return true;
	return false;
}

/* Length of "scheme://" at the start of a URL, 0 when it has none. */
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

/* "scheme://host:port" at the start of a URL, empty when it has none. */
static struct span
origin_of(struct span url)
{
	size_t n = scheme_length(url);

	while (n > 0 && n < url.len && strchr("/?#\\", url.at[n]) == NULL)
		n++;
	return span(url.at, n);
}

/* "*" stands for any text and "?" for one character, neither for a slash. */
static bool
glob(struct span pattern, struct span text)
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

/* A pattern of numbers means addresses, not names that begin with them. */
static bool
address_fits(struct span pattern, struct span origin)
{
	struct span host = host_of(origin), wanted = host_of(pattern);
	struct in_addr address;
	char text[INET_ADDRSTRLEN];

	if (!only(wanted, "0123456789.*?") || !has(wanted, "0123456789"))
		return true;
	if (host.len >= sizeof text)
		return false;
	memcpy(text, host.at, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET, text, &address) == 1;
}

/* True for a path that leads up again, however the dots are written. */
static bool
climbs(struct span url)
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

/* "myapp://" is the beginning of every URL of that application. */
static bool
application_trusts(struct span entry, struct span url)
{
	return url.len >= entry.len && !climbs(url) &&
	    strncasecmp(entry.at, url.at, entry.len) == 0 &&
	    (entry.at[entry.len - 1] == '/' || url.len == entry.len ||
		strchr("/?#", url.at[entry.len]) != NULL);
}

/* One entry of TENANTRY_TRUSTED_ORIGINS against a URL and its origin. */
static bool
entry_trusts(struct span entry, struct span url, struct span origin)
{
	size_t scheme = scheme_length(entry);
	struct span bare = span(origin.at + scheme_length(origin),
	    origin.len - scheme_length(origin));

	if (has(entry, "*?"))
		return glob(entry,
			   memmem(entry.at, entry.len, "://", 3) != NULL
			       ? origin
			       : bare) &&
		    address_fits(entry, origin);
	if (scheme == 0)
		return false;
	if (strncasecmp(entry.at, "http://", 7) == 0 ||
	    strncasecmp(entry.at, "https://", 8) == 0)
		return same(entry, origin);
	return application_trusts(entry, url);
}

static bool
trusted(const struct config *config, const char *text)
{
	struct span url = span(text, strlen(text)), origin = origin_of(url);
	const char *s = config->trusted_origins;
	size_t i, n;

	/* "http://trusted@evil" goes to evil, whatever stands before. */
	if (origin.len == 0 || has(origin, "@"))
		return false;
	for (i = 0; i < url.len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	if (same(span(config->base_url, strlen(config->base_url)), origin))
		return true;
	for (; *s != '\0'; s += n + (s[n] == ',')) {
		s += strspn(s, " ");
		n = strcspn(s, ", ");
		if (n > 0 && entry_trusts(span(s, n), url, origin))
			return true;
		n += strspn(s + n, " ");
	}
	return false;
}

bool
origin_trusted(const struct config *config, const char *origin)
{
	return trusted(config, origin);
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
		return request_fail_better_auth(rq, "MISSING_OR_NULL_ORIGIN");
	if (trusted(rq->config, from))
		return PROBLEM_NONE;
	return request_fail_better_auth(rq, "INVALID_ORIGIN");
}

static enum problem_code
check_sender(struct request *rq)
{
	const struct headers *h = &rq->headers;

	if (*h->cookie != '\0')
		return need_origin(rq);
	if ((rq->route->flags & ROUTE_SIGNS_IN) == 0)
		return PROBLEM_NONE;
	if (strcmp(h->sec_fetch_site, "cross-site") == 0 &&
	    strcmp(h->sec_fetch_mode, "navigate") == 0)
		return request_fail_better_auth(
		    rq, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED");
	if (*h->sec_fetch_site != '\0' || *h->sec_fetch_mode != '\0' ||
	    *h->origin != '\0' || *h->referer != '\0')
		return need_origin(rq);
	return PROBLEM_NONE;
}

enum problem_code
origin_check(struct request *rq)
{
	enum problem_code err = PROBLEM_NONE;

	if (method_unsafe(rq->method))
		err = check_sender(rq);
	if (better_auth_path(rq))
		return err != PROBLEM_NONE ? err : origin_check_urls(rq, NULL);
	if (err == PROBLEM_NONE)
		return err;
	return request_fail(rq, PROBLEM_FORBIDDEN,
	    "a request with a cookie needs the Origin of %s (%s)",
	    rq->config->base_url, rq->problem.better_auth);
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
	if (strlen(url) > URL_MAX)
		return false;
	return *url == '\0' || relative_safe(url) || trusted(config, url);
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
