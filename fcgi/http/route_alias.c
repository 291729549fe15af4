/*
 * Replaces the old paths of renamed routes with their successors, and refuses
 * retired paths.
 */

#include <string.h>
#include <time.h>

#include "fcgi/http/request.h"
#include "fcgi/http/route_alias.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

time_t
route_alias_day(const char *date)
{
	struct tm day = { 0 };
	const char *end = strptime(date, "%Y-%m-%d", &day);
	int of_month = day.tm_mday;
	time_t at;

	if (strlen(date) != 10 || end == NULL || *end != '\0')
		return -1;
	at = timegm(&day); /* normalizes a nonexistent day */
	return day.tm_mday == of_month ? at : -1;
}

size_t
route_alias_segment(const char *s)
{
	return 1 + strcspn(s + 1, "/");
}

bool
route_alias_is_variable(const char *s)
{
	return s[1] == '{';
}

const char *
route_alias_variable(const char *pattern, const char *segment)
{
	size_t len = route_alias_segment(segment);

	for (; *pattern != '\0'; pattern += route_alias_segment(pattern))
		if (route_alias_segment(pattern) == len &&
		    memcmp(pattern, segment, len) == 0)
			return pattern;
	return NULL;
}

/*
 * Returns the part of a path that follows the old path, or NULL if the path
 * does not begin with the old path.
 */
static const char *
rest_after(const char *pattern, const char *path)
{
	size_t n, m;

	for (; *pattern != '\0'; pattern += n, path += m) {
		if (*path != '/')
			return NULL;
		n = route_alias_segment(pattern);
		m = route_alias_segment(path);
		if (route_alias_is_variable(pattern)
			? m == 1
			: n != m || memcmp(pattern, path, n) != 0)
			return NULL;
	}
	return path;
}

/*
 * Returns the segment in the path at the position of a variable in the pattern.
 */
static const char *
value_of(const struct route_alias *alias, const char *path, const char *wanted)
{
	const char *pattern = alias->path;
	const char *variable = route_alias_variable(pattern, wanted);

	for (; pattern != variable; pattern += route_alias_segment(pattern))
		path += route_alias_segment(path);
	return path;
}

static const char *
successor_of(struct arena *a, const struct route_alias *alias, const char *path,
    const char *rest)
{
	const char *s, *value;
	struct buf b;

	buf_init(&b, a);
	for (s = alias->successor; *s != '\0'; s += route_alias_segment(s)) {
		value =
		    route_alias_is_variable(s) ? value_of(alias, path, s) : s;
		buf_write(&b, value, route_alias_segment(value));
	}
	buf_puts(&b, rest);
	return b.data;
}

enum problem_code
route_alias_refuse(struct request *rq)
{
	return request_refuse(
	    rq, "path_gone", NULL, rq->alias->path, rq->alias->successor);
}

enum problem_code
route_alias_follow(const struct route_aliases *all, struct request *rq)
{
	const char *rest;
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (all->list[i].org_module != NULL)
			continue;
		rest = rest_after(all->list[i].path, rq->path);
		if (rest == NULL)
			continue;
		rq->alias = &all->list[i];
		rq->path = successor_of(rq->arena, rq->alias, rq->path, rest);
		rq->successor = rq->path;
		return all->retired != NULL && all->retired[i]
		    ? route_alias_refuse(rq)
		    : PROBLEM_NONE;
	}
	return PROBLEM_NONE;
}

void
route_alias_find(const struct route_aliases *all, struct request *rq)
{
	const struct route_alias *alias;

	rq->org_alias = NULL;
	for (alias = all->list; alias < all->list + all->n; alias++)
		if (alias->org_module != NULL &&
		    rest_after(alias->path, rq->path) != NULL) {
			rq->org_alias = alias;
			rq->org_alias_retired = all->retired != NULL &&
			    all->retired[alias - all->list];
		}
}

void
route_alias_apply(struct request *rq)
{
	rq->alias = rq->org_alias;
	rq->successor = successor_of(rq->arena, rq->alias, rq->path,
	    rest_after(rq->alias->path, rq->path));
}

/*
 * Percent-encodes characters that a reference between "<" and ">" must not
 * contain.
 */
static void
put_path(struct buf *b, const char *path)
{
	for (; *path != '\0'; path++)
		if (strchr("\"%<>\\^`{|}?#", *path) != NULL)
			buf_printf(b, "%%%02X", (unsigned char)*path);
		else
			buf_write(b, path, 1);
}

void
route_alias_headers(const struct request *rq, struct buf *b)
{
	time_t sunset = route_alias_day(rq->alias->sunset);
	char date[64];
	struct tm day;

	/* The C locale has English names for days and months. */
	if (gmtime_r(&sunset, &day) == NULL ||
	    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &day) == 0)
		return;
	buf_printf(b, "Deprecation: @%lld\r\nSunset: %s\r\nLink: <",
	    (long long)route_alias_day(rq->alias->since), date);
	put_path(b, rq->successor);
	buf_puts(b, ">; rel=\"successor-version\"\r\n");
}

void
route_aliases_json(const struct route_aliases *all, struct buf *b)
{
	const struct route_alias *alias;

	buf_puts(b, "[");
	for (alias = all->list; alias < all->list + all->n; alias++)
		buf_printf(b,
		    "%s{\"path\":\"%s\",\"successor\":\"%s\",\"since\":\"%s\","
		    "\"sunset\":\"%s\"}",
		    alias == all->list ? "" : ",", alias->path,
		    alias->successor, alias->since, alias->sunset);
	buf_puts(b, "]");
}
