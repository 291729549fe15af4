/* Reads the list of old paths, and checks it against the routes. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/http/resource.h"
#include "fcgi/http/route_alias.h"
#include "fcgi/http/route_alias_list.h"
#include "fcgi/http/router.h"
#include "lib/base/arena.h"

#define ALIASES_MAX 256
#define PATTERN_MAX 200 /* characters */
#define BLANKS      " \t\r\n"
#define AUTH        "/api/auth"

/*
 * Returns true for a path below /api/ whose segments are "{word}", or consist
 * of letters, digits, "-", "_" and ".".
 */
static bool
is_pattern(const char *s)
{
	static const char word[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_.-";
	size_t n;

	if (strncmp(s, "/api/", 5) != 0 || strlen(s) > PATTERN_MAX ||
	    strncmp(s, AUTH "/", sizeof AUTH) == 0)
		return false;
	while (*s == '/') {
		bool variable = *++s == '{';

		s += variable;
		if ((n = strspn(s, word)) == 0)
			return false;
		s += n;
		if (variable && *s++ != '}')
			return false;
	}
	return *s == '\0';
}

/* Returns true if each variable in the successor occurs in the old path. */
static bool
variables_known(const struct route_alias *alias)
{
	const char *s;

	for (s = alias->successor; *s != '\0'; s += route_alias_segment(s))
		if (route_alias_is_variable(s) &&
		    route_alias_variable(alias->path, s) == NULL)
			return false;
	return true;
}

static const char *
what_is_wrong(const struct route_alias *alias)
{
	if (alias->sunset == NULL)
		return "must be PATH SUCCESSOR SINCE SUNSET";
	if (!is_pattern(alias->path) || !is_pattern(alias->successor))
		return "paths begin with /api/, are not below " AUTH
		       " and consist of names and {name}";
	if (!variables_known(alias))
		return "the successor has a {name} that the path has not";
	if (route_alias_day(alias->since) == -1 ||
	    route_alias_day(alias->sunset) == -1 ||
	    strcmp(alias->since, alias->sunset) > 0)
		return "dates are as in 2026-11-01, and SUNSET is not before "
		       "SINCE";
	return NULL;
}

static struct route_alias
read_line(struct arena *a, const char *line)
{
	char *rest = arena_strdup(a, line), *save = NULL;
	struct route_alias alias = { .path = strtok_r(rest, BLANKS, &save) };

	if (alias.path != NULL)
		alias.successor = strtok_r(NULL, BLANKS, &save);
	if (alias.successor != NULL)
		alias.since = strtok_r(NULL, BLANKS, &save);
	if (alias.since != NULL)
		alias.sunset = strtok_r(NULL, BLANKS, &save);
	if (alias.sunset != NULL && strtok_r(NULL, BLANKS, &save) != NULL)
		alias.sunset = NULL;
	return alias;
}

static bool
refuse_line(const char *file, int line, const char *why)
{
	fprintf(stderr, "TENANTRY_ROUTE_ALIASES: %s:%d: %s\n", file, line, why);
	return false;
}

/* Adds the aliases in the file to the list, which has space for ALIASES_MAX. */
static bool
read_lines(struct route_aliases *all, struct route_alias *list, struct arena *a,
    const char *file, FILE *f)
{
	char line[1024];
	const char *wrong;
	int number = 0;

	while (fgets(line, sizeof line, f) != NULL) {
		number++;
		if (*line == '#' || line[strspn(line, BLANKS)] == '\0')
			continue;
		if (strlen(line) == sizeof line - 1)
			return refuse_line(
			    file, number, "the line is too long");
		if (all->n == ALIASES_MAX)
			return refuse_line(file, number, "too many aliases");
		list[all->n] = read_line(a, line);
		if ((wrong = what_is_wrong(&list[all->n])) != NULL)
			return refuse_line(file, number, wrong);
		all->n++;
	}
	return ferror(f) == 0;
}

/* Adds the resources in this release that have a successor. */
static void
add_successors(struct route_aliases *all, struct route_alias *list,
    struct arena *a, const struct router *router)
{
	const struct resource *const *r;
	const char *const *path;

	for (r = router->resources; *r != NULL; r++) {
		const char *paths[] = { (*r)->name, (*r)->also, NULL };

		if ((*r)->successor == NULL)
			continue;
		for (path = paths; *path != NULL && all->n < ALIASES_MAX;
		     path++)
			list[all->n++] = (struct route_alias){
				arena_printf(a, "/api/%s", *path),
				arena_printf(a, "/api/%s", (*r)->successor),
				(*r)->deprecated, (*r)->sunset,
				router_org_module(router, (*r)->successor)
			};
	}
}

bool
route_alias_list_load(struct route_aliases *all, struct arena *a,
    const struct router *router, const char *file)
{
	struct route_alias *list = arena_array(a, ALIASES_MAX, sizeof *list);
	bool ok;
	FILE *f;

	*all = (struct route_aliases){ .list = list };
	add_successors(all, list, a, router);
	if (*file == '\0')
		return true;
	if ((f = fopen(file, "re")) == NULL) {
		fprintf(stderr, "TENANTRY_ROUTE_ALIASES=%s: %s\n", file,
		    strerror(errno));
		return false;
	}
	ok = read_lines(all, list, a, file, f);
	return fclose(f) == 0 && ok;
}

/*
 * Returns true if the pattern begins with the prefix, segment by segment. All
 * variables are equal. If loose is true, a variable in the pattern also equals
 * a name.
 */
static bool
begins_with(const char *pattern, const char *prefix, bool loose)
{
	size_t n, m;

	for (; *prefix != '\0'; prefix += n, pattern += m) {
		if (*pattern == '\0')
			return false;
		n = route_alias_segment(prefix);
		m = route_alias_segment(pattern);
		if (route_alias_is_variable(pattern)
			? !loose && !route_alias_is_variable(prefix)
			: n != m || memcmp(prefix, pattern, n) != 0)
			return false;
	}
	return true;
}

static bool
any_route(const struct router *router, const char *prefix, bool loose)
{
	size_t i;

	for (i = 0; i < router->nroutes; i++)
		if (begins_with(router->routes[i].pattern, prefix, loose))
			return true;
	return false;
}

bool
route_alias_list_check(
    const struct route_aliases *all, const struct router *router)
{
	const struct route_alias *alias;

	for (alias = all->list; alias < all->list + all->n; alias++) {
		const char *why = NULL;

		if (alias->org_module == NULL &&
		    any_route(router, alias->path, false))
			why = "there is a route at the old path";
		else if (!any_route(router, alias->successor, true))
			why = "there is no route at the successor";
		if (why == NULL)
			continue;
		fprintf(stderr, "TENANTRY_ROUTE_ALIASES: %s %s: %s\n",
		    alias->path, alias->successor, why);
		return false;
	}
	return true;
}
