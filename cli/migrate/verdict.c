/* A verb's result: go or no-go, the reasons, and the next command. */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/last_warning.h"
#include "cli/base/pg.h"
#include "cli/base/terminal_text.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/verdict.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"

struct verdict {
	struct arena *arena; /* the command's arena, even for a clone */
	bool json;
	struct json_object *members, *reasons;
	const char *next;
};

struct verdict *
verdict_begin(struct arena *a, bool json)
{
	struct verdict *v = arena_alloc(a, sizeof *v);

	v->arena = a;
	v->json = json;
	v->members = json_object_new_object();
	json_own(a, v->members);
	v->reasons = json_object_new_array();
	json_own(a, v->reasons);
	last_warning_clear();
	return v;
}

void
verdict_refuse(struct migration *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	json_object_array_add(m->verdict->reasons,
	    json_object_new_string(arena_vprintf(m->verdict->arena, fmt, ap)));
	va_end(ap);
}

void
verdict_say(struct migration *m, const char *fmt, ...)
{
	va_list ap;

	if (m->verdict->json)
		return;
	va_start(ap, fmt);
	puts(arena_vprintf(m->arena, fmt, ap));
	va_end(ap);
}

void
verdict_ask(struct migration *m, const char *fmt, ...)
{
	FILE *f = m->verdict->json ? stderr : stdout;
	va_list ap;

	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fflush(f);
}

void
verdict_text(struct migration *m, const char *name, const char *value)
{
	json_object_object_add(
	    m->verdict->members, name, json_object_new_string(value));
}

void
verdict_number(struct migration *m, const char *name, long long value)
{
	json_object_object_add(
	    m->verdict->members, name, json_object_new_int64(value));
}

void
verdict_member(struct migration *m, const char *name, struct json_object *value)
{
	json_share(m->verdict->members, name, value);
}

void
verdict_next(struct migration *m, const char *verb)
{
	m->verdict->next = verb;
}

bool
verdict_is_no_go(const struct migration *m)
{
	return json_object_array_length(m->verdict->reasons) > 0;
}

/*
 * Adds a reason to a failure, which must have one: the database's error, or the
 * last message on standard error.
 */
static void
add_reason(struct migration *m)
{
	const struct pg *pg[] = { m->target, m->source };
	size_t i;

	for (i = 0; i < 2; i++)
		if (pg[i] != NULL && pg_error(pg[i])->message != NULL &&
		    *pg_error(pg[i])->message != '\0') {
			verdict_refuse(m, "%s", pg_reason(pg[i]));
			return;
		}
	verdict_refuse(m, "%s",
	    *last_warning() != '\0' ? last_warning()
				    : "standard error has the reason");
}

static const char *
next_command(struct migration *m, const char *verb)
{
	const char *plan = arena_printf(m->arena, "%s.yaml", m->journey->name);

	return arena_printf(m->arena, "tenantry migrate %s %s%s%s",
	    m->journey->name, verb,
	    strcmp(plan, m->path) == 0 ? "" : " --plan ",
	    strcmp(plan, m->path) == 0 ? "" : m->path);
}

static void
print_json(struct migration *m, const char *verb, bool failed, const char *next)
{
	struct verdict *v = m->verdict;

	verdict_text(m, "journey", m->journey->name);
	verdict_text(m, "verb", verb);
	verdict_text(m, "verdict", failed ? "no-go" : "go");
	json_share(v->members, "reasons", v->reasons);
	if (next != NULL)
		verdict_text(m, "next", next);
	puts(json_text(v->members));
}

void
verdict_print(struct migration *m, const char *verb, bool failed,
    const char *next, const char *next_of_failure)
{
	struct verdict *v = m->verdict;
	size_t i;

	if (failed && !verdict_is_no_go(m))
		add_reason(m);
	if (v->next != NULL)
		next = v->next;
	else if (failed)
		next = next_of_failure;
	if (next != NULL)
		next = next_command(m, next);
	if (v->json) {
		print_json(m, verb, failed, next);
		return;
	}
	for (i = 0; i < json_object_array_length(v->reasons); i++)
		printf("NO-GO: %s\n",
		    terminal_text(m->arena,
			json_object_get_string(
			    json_object_array_get_idx(v->reasons, i))));
	if (next != NULL)
		printf("Next: %s\n", next);
}
