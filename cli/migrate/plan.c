/* A migration's plan: its findings, and people's decisions. */
#include <err.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/pg.h"
#include "cli/base/script.h"
#include "cli/base/terminal_text.h"
#include "cli/migrate/fingerprint.h"
#include "cli/migrate/mapping.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/plan.h"
#include "cli/migrate/verdict.h"
#include "cli/migrate/yaml.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"

#define ROWS_MAX 100 /* rows per finding in the plan, unless it lists all */

static const char *const settings[][2] = {
	{ "batch", "10000" },      /* rows */
	{ "pause", "0" },          /* ms between batches */
	{ "lock_timeout", "500" }, /* ms */
	{ "max_lag", "10000" },    /* ms that a standby may lag behind */
	{ "max_sessions", "50" },  /* sessions that run a query */
};

static void
add_text(struct json_object *o, const char *name, const char *text)
{
	json_object_object_add(
	    o, name, text != NULL ? json_object_new_string(text) : NULL);
}

static void
add_number(struct json_object *o, const char *name, long long n)
{
	json_object_object_add(o, name, json_object_new_int64(n));
}

static struct json_object *
add_object(struct json_object *o, const char *name)
{
	struct json_object *child = json_object_new_object();

	json_object_object_add(o, name, child);
	return child;
}

/* Returns a member that is an object, or NULL. */
static struct json_object *
get_object(struct json_object *o, const char *name)
{
	bool present;
	struct json_object *child = json_get(o, name, &present);

	return json_object_is_type(child, json_type_object) ? child : NULL;
}

static bool
is_kind(const struct journey_file *check, const char *kind)
{
	const char *value = journey_header(check, "kind");

	return value != NULL && strcmp(value, kind) == 0;
}

/* Returns the earlier plan's choice, if there is one. */
static const char *
earlier_choice(struct json_object *plan, const char *group, const char *name)
{
	struct json_object *o = get_object(plan, group);

	if (o == NULL)
		return NULL;
	if (strcmp(group, "values") == 0)
		return json_get_text(o, name);
	o = get_object(o, name);
	return o != NULL ? json_get_text(o, "choice") : NULL;
}

/*
 * Reads a check's findings: rows with a key and a text. If the check does not
 * apply, *rows is NULL.
 */
static bool
look(struct migration *m, const struct journey_file *check,
    const struct pg_rows **rows)
{
	const char *on = journey_header(check, "on");
	struct pg *pg =
	    on != NULL && strcmp(on, "target") == 0 ? m->target : m->source;
	bool there;

	*rows = NULL;
	/* The check does not fit the source. */
	if (check->sections[SECTION_BODY] == NULL)
		return true;
	if (!migration_has_tables(m, journey_header(check, "needs"), &there))
		return false;
	return !there ||
	    (*rows = pg_ask(pg, check->path, check->sections[SECTION_BODY], 0,
		 NULL)) != NULL;
}

static void
add_rows(struct migration *m, struct json_object *o,
    const struct journey_file *check, const struct pg_rows *rows)
{
	bool all = journey_header(check, "all") != NULL;
	struct json_object *list = json_object_new_array();
	const char *text;
	int n = pg_nrows(rows), i;

	for (i = 0; i < n && (all || i < ROWS_MAX); i++) {
		text = pg_value(rows, i, 1);
		json_object_array_add(list,
		    json_object_new_string(arena_printf(m->arena, "%s%s%s",
			pg_value(rows, i, 0), text != NULL ? ": " : "",
			text != NULL ? text : "")));
	}
	json_object_object_add(o, "rows", list);
}

static void
add_finding(struct migration *m, struct json_object *plan, const char *group,
    const struct journey_file *check, const struct pg_rows *rows)
{
	struct json_object *o =
	    add_object(get_object(plan, group), check->name);

	add_text(o, "about", check->title);
	add_number(o, "found", pg_nrows(rows));
	add_rows(m, o, check, rows);
}

static void
add_decision(struct migration *m, struct json_object *plan,
    const struct journey_file *check, const struct pg_rows *rows,
    const char *choice)
{
	struct json_object *o, *list = json_object_new_array();
	const char *choices = journey_header(check, "choices"), *word;

	add_finding(m, plan, "decisions", check, rows);
	o = get_object(get_object(plan, "decisions"), check->name);
	while ((word = journey_word(m->arena, &choices)) != NULL)
		json_object_array_add(list, json_object_new_string(word));
	json_object_object_add(o, "choices", list);
	add_text(o, "choice", choice);
}

/*
 * Returns the choice that applies if no person has decided: the default, or the
 * first choice if there is nothing to decide.
 */
static const char *
default_choice(struct migration *m, const struct journey_file *check, int found)
{
	const char *choice = journey_header(check, "default");
	const char *choices = journey_header(check, "choices");

	if (choice != NULL || found > 0)
		return choice;
	return journey_word(m->arena, &choices);
}

static bool
add_check(struct migration *m, struct json_object *plan,
    struct json_object *earlier, const struct journey_file *check)
{
	const struct pg_rows *rows;
	const char *choice = NULL;

	if (!look(m, check, &rows))
		return false;
	if (is_kind(check, "decision")) {
		choice = earlier_choice(earlier, "decisions", check->name);
		if (choice == NULL)
			choice = default_choice(
			    m, check, rows == NULL ? 0 : pg_nrows(rows));
		if (rows != NULL && pg_nrows(rows) > 0)
			add_decision(m, plan, check, rows, choice);
	} else if (is_kind(check, "value")) {
		choice = earlier_choice(earlier, "values", check->name);
		if (choice == NULL && rows != NULL && pg_nrows(rows) > 0)
			choice = pg_value(rows, 0, 0);
		if (rows != NULL || choice != NULL)
			add_text(
			    get_object(plan, "values"), check->name, choice);
	} else if (rows != NULL && pg_nrows(rows) > 0)
		add_finding(m, plan,
		    is_kind(check, "blocker") ? "blockers" : "notes", check,
		    rows);
	return migration_set(m, check->name, choice != NULL ? choice : "");
}

/* --- Queries that do not fit the source */

/*
 * Asks the source whether it can run a query. Removes a query that it cannot
 * run, and adds the reason.
 */
static bool
probe(struct migration *m, struct journey_file *f, enum journey_section section,
    const char *needs, struct json_object *faults)
{
	struct pg_column *columns;
	bool there, fits;
	int n;

	if (f->sections[section] == NULL)
		return true;
	if (!migration_has_tables(m, needs, &there))
		return false;
	if (!there)
		return true;
	if (!pg_run(m->source, "SAVEPOINT probe"))
		return false;
	fits = pg_describe(m->source, f->sections[section], &columns, &n);
	if (!fits) {
		json_object_array_add(faults,
		    json_object_new_string(arena_printf(m->arena, "%s: %s",
			f->name, pg_error(m->source)->message)));
		f->sections[section] = NULL;
	}
	return pg_run(m->source,
	    fits ? "RELEASE probe" : "ROLLBACK TO probe; RELEASE probe");
}

static bool
probe_bodies(struct migration *m, const struct journey_files *files,
    struct json_object *faults)
{
	const char *on;
	int i;

	for (i = 0; i < files->n; i++) {
		on = journey_header(&files->all[i], "on");
		if ((on == NULL || strcmp(on, "target") != 0) &&
		    !probe(m, &files->all[i], SECTION_BODY,
			journey_header(&files->all[i], "needs"), faults))
			return false;
	}
	return true;
}

/*
 * Checks all queries. Within one database, the source has the target's schema.
 */
static bool
probe_all(struct migration *m, struct json_object *faults)
{
	const struct journey_files *steps = &m->journey->steps;
	int i;

	if (m->journey->within)
		return true;
	for (i = 0; i < steps->n; i++)
		if (!probe(m, &steps->all[i], SECTION_READ,
			journey_header(&steps->all[i], "source"), faults))
			return false;
	return probe_bodies(m, &m->journey->checks, faults) &&
	    probe_bodies(m, &m->journey->rules, faults);
}

/* Adds a blocker with all queries that do not fit. */
static bool
add_misfits(struct migration *m, struct json_object *plan)
{
	struct json_object *faults = json_object_new_array(), *o;

	json_own(m->arena, faults);
	if (!probe_all(m, faults))
		return false;
	if (json_object_array_length(faults) == 0)
		return true;
	o = add_object(get_object(plan, "blockers"), "queries");
	add_text(
	    o, "about", "Queries of the journey that do not fit the source");
	add_number(o, "found", (long long)json_object_array_length(faults));
	json_share(o, "rows", faults);
	return true;
}

/*
 * Sets the settings that the journey's queries read from environment variables.
 */
static bool
set_variables(struct migration *m)
{
	const struct journey_setting *setting;
	const char *value;
	int i;

	for (i = 0; i < m->journey->nsettings; i++) {
		setting = &m->journey->settings[i];
		value = getenv(setting->variable);
		if (value == NULL || *value == '\0')
			value = setting->fallback;
		if (!migration_set(
			m, setting->variable, value != NULL ? value : ""))
			return false;
	}
	return true;
}

/* Runs the checks in order of kind, so that blockers see all choices. */
static bool
add_checks(
    struct migration *m, struct json_object *plan, struct json_object *earlier)
{
	static const char *const kinds[] = { "value", "decision", "blocker",
		"note" };
	const struct journey_files *checks = &m->journey->checks;
	size_t k;
	int i;

	if (!set_variables(m))
		return false;
	for (k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
		for (i = 0; i < checks->n; i++)
			if (is_kind(&checks->all[i], kinds[k]) &&
			    !add_check(m, plan, earlier, &checks->all[i]))
				return false;
	return true;
}

/* Adds the environment variables whose names change. */
static void
add_environment(struct migration *m, struct json_object *plan)
{
	struct json_object *list = json_object_new_array(), *o;
	const struct journey_prefix *p;
	size_t len, i;
	int k;

	for (k = 0; k < m->journey->nprefixes; k++) {
		p = &m->journey->prefixes[k];
		len = strlen(p->old);
		for (i = 0; environ[i] != NULL; i++)
			if (strncmp(environ[i], p->old, len) == 0)
				json_object_array_add(list,
				    json_object_new_string(arena_printf(
					m->arena, "%.*s: is called %s%.*s",
					(int)strcspn(environ[i], "="),
					environ[i], p->current,
					(int)strcspn(environ[i] + len, "="),
					environ[i] + len)));
	}
	if (json_object_array_length(list) == 0) {
		json_object_put(list);
		return;
	}
	o = add_object(get_object(plan, "notes"), "environment");
	add_text(o, "about",
	    "Variables of the environment that must be renamed, where "
	    "programs of yours read them");
	add_number(o, "found", (long long)json_object_array_length(list));
	json_object_object_add(o, "rows", list);
}

bool
plan_count(struct migration *m, const struct journey_file *step, bool *there,
    const char **count)
{
	const char *read = step->sections[SECTION_READ];
	const struct pg_rows *rows;

	*count = NULL;
	if (!migration_has_tables(m, journey_header(step, "source"), there))
		return false;
	if (!*there || read == NULL)
		return true;
	rows = pg_ask(m->source, step->path,
	    arena_printf(m->arena, "SELECT count(*) FROM (%s\n) r", read), 0,
	    NULL);
	if (rows == NULL)
		return false;
	*count = pg_value(rows, 0, 0);
	return true;
}

static bool
add_step(struct migration *m, struct json_object *steps,
    const struct journey_file *step)
{
	struct json_object *o;
	const char *count;
	bool there;

	if (!plan_count(m, step, &there, &count))
		return false;
	o = json_object_new_object();
	json_object_array_add(steps, o);
	add_text(o, "step", step->name);
	add_text(o, "about", step->title);
	if (!there)
		add_text(o, "left_out",
		    migration_leaves_out(m, journey_header(step, "source"))
			? "the plan does not import the table"
			: "the source has no such table");
	else if (count != NULL)
		add_number(o, "rows", atoll(count));
	return true;
}

static bool
add_database(struct json_object *plan, const char *name, struct pg *pg)
{
	const struct pg_rows *rows = pg_ask(pg, name,
	    "SELECT current_database(), current_setting('server_version'),"
	    " pg_size_pretty(pg_database_size(current_database()))",
	    0, NULL);
	struct json_object *o;

	if (rows == NULL)
		return false;
	o = add_object(plan, name);
	add_text(o, "database", pg_value(rows, 0, 0));
	add_text(o, "server", pg_value(rows, 0, 1));
	add_text(o, "size", pg_value(rows, 0, 2));
	return true;
}

/* Returns a setting from an earlier plan, or the default. */
static long long
setting(struct json_object *earlier, const char *name, const char *fallback)
{
	struct json_object *all = get_object(earlier, "settings");
	const char *text = all != NULL ? json_get_text(all, name) : NULL;

	return atoll(text != NULL ? text : fallback);
}

struct json_object *
plan_make(struct migration *m, struct json_object *earlier)
{
	struct json_object *plan = json_object_new_object(), *o, *tables;
	struct json_object *steps = json_object_new_array();
	size_t k;
	int i;

	json_own(m->arena, plan);
	add_text(plan, "journey", m->journey->name);
	add_text(plan, "version", m->journey->version);
	if (!add_database(plan, "source", m->source) ||
	    !add_database(plan, "target", m->target) ||
	    (tables = fingerprint_source(m)) == NULL)
		return NULL;
	o = get_object(plan, "source");
	add_text(o, "fingerprint", fingerprint_sum(m->arena, tables));
	json_share(o, "tables", tables);
	o = add_object(plan, "settings");
	for (k = 0; k < sizeof settings / sizeof settings[0]; k++)
		add_number(o, settings[k][0],
		    setting(earlier, settings[k][0], settings[k][1]));
	add_object(plan, "values");
	add_object(plan, "decisions");
	add_object(plan, "blockers");
	json_object_object_add(plan, "steps", steps);
	add_object(plan, "notes");
	if (!mapping_make(m, plan, earlier) || !add_misfits(m, plan) ||
	    !add_checks(m, plan, earlier))
		return NULL;
	add_environment(m, plan);
	for (i = 0; i < m->journey->steps.n; i++)
		if (!add_step(m, steps, &m->journey->steps.all[i]))
			return NULL;
	return plan;
}

/* --- Printing */

static void
print_findings(struct arena *a, struct json_object *plan, const char *group,
    const char *title)
{
	struct json_object *all = get_object(plan, group), *list;
	const char *choice;
	size_t i, n;
	bool present;

	if (all == NULL || json_object_object_length(all) == 0)
		return;
	printf("\n%s\n", title);
	json_object_object_foreach(all, name, o)
	{
		printf("  %s: %s\n", name, json_get_text(o, "about"));
		list = json_get(o, "rows", &present);
		n = json_object_array_length(list);
		for (i = 0; i < n; i++)
			printf("    - %s\n",
			    terminal_text(a,
				json_object_get_string(
				    json_object_array_get_idx(list, i))));
		if ((int64_t)n <
		    json_object_get_int64(json_get(o, "found", &present)))
			printf("    - and %lld more\n",
			    (long long)json_object_get_int64(
				json_get(o, "found", &present)) -
				(long long)n);
		if (strcmp(group, "decisions") == 0) {
			choice = json_get_text(o, "choice");
			printf("    choices: %s; chosen: %s\n",
			    json_text(json_get(o, "choices", &present)),
			    choice != NULL ? choice : "NOTHING YET");
		}
	}
}

/*
 * Prints the columns that are read under different names, and the tables that
 * are not read.
 */
static void
print_mapping(struct arena *a, struct json_object *plan)
{
	struct json_object *tables = get_object(plan, "mapping");
	struct json_object *others = get_object(plan, "others");
	const char *from;

	if (tables == NULL || others == NULL ||
	    json_object_object_length(tables) +
		    json_object_object_length(others) ==
		0)
		return;
	puts("\nMapping");
	json_object_object_foreach(tables, table, t)
	{
		from = json_get_text(t, "becomes");
		if (from != NULL && strcmp(from, "import") != 0) {
			printf("  %s: %s\n", table, terminal_text(a, from));
			continue;
		}
		json_object_object_foreach(get_object(t, "columns"), name, o)
		{
			from = json_get_text(o, "from");
			if (from != NULL && strcmp(from, name) == 0)
				continue;
			printf("  %s.%s: %s, because %s\n", table, name,
			    from != NULL ? terminal_text(a, from) : "nothing",
			    json_get_text(o, "because"));
		}
	}
	json_object_object_foreach(others, other, o)
	{
		from = json_get_text(o, "becomes");
		printf("  %s: %s\n", terminal_text(a, other),
		    from != NULL ? terminal_text(a, from) : "NOTHING YET");
	}
}

void
plan_print(struct arena *a, struct json_object *plan)
{
	struct json_object *steps, *o, *rows;
	const char *why;
	bool present;
	size_t i;

	printf("Migration %s, of %s\n\nSteps\n", json_get_text(plan, "journey"),
	    json_get_text(plan, "version"));
	steps = json_get(plan, "steps", &present);
	for (i = 0; i < json_object_array_length(steps); i++) {
		o = json_object_array_get_idx(steps, i);
		rows = json_get(o, "rows", &present);
		why = json_get_text(o, "left_out");
		printf("  %-28s %10s  %s%s\n", json_get_text(o, "step"),
		    rows != NULL ? json_object_to_json_string(rows) : "-",
		    json_get_text(o, "about"),
		    why != NULL ? arena_printf(a, " (left out: %s)", why) : "");
	}
	if ((o = get_object(plan, "values")) != NULL) {
		puts("\nValues");
		json_object_object_foreach(o, name, value) printf("  %s: %s\n",
		    name, value != NULL ? json_object_get_string(value) : "");
	}
	print_mapping(a, plan);
	print_findings(a, plan, "notes", "Notes");
	print_findings(a, plan, "decisions", "Decisions");
	print_findings(a, plan, "blockers", "Blockers");
}

/* --- Reading */

/* Returns true if a list separated by spaces contains the word. */
static bool
is_choice(struct arena *a, const char *choices, const char *word)
{
	const char *one;

	while ((one = journey_word(a, &choices)) != NULL)
		if (strcmp(one, word) == 0)
			return true;
	return false;
}

/*
 * Applies a choice. Reports an unknown choice in the plan on stderr and returns
 * false.
 */
static bool
apply_choice(struct migration *m, struct json_object *plan,
    const struct journey_file *check)
{
	bool decision = is_kind(check, "decision");
	const char *choice;

	if (!decision && !is_kind(check, "value"))
		return true;
	choice = earlier_choice(
	    plan, decision ? "decisions" : "values", check->name);
	if (decision && choice != NULL &&
	    !is_choice(m->arena, journey_header(check, "choices"), choice)) {
		verdict_refuse(m,
		    "%s: \"%s\" is not a choice of %s; write one of: %s",
		    m->path, choice, check->name,
		    journey_header(check, "choices"));
		return false;
	}
	if (decision && choice == NULL)
		choice = default_choice(m, check, 0);
	return migration_set(m, check->name, choice != NULL ? choice : "");
}

/* Refuses names in the plan that are not in the journey. */
static bool
check_names(struct migration *m, struct json_object *plan, const char *group)
{
	struct json_object *all = get_object(plan, group);
	int i;

	if (all == NULL)
		return true;
	json_object_object_foreach(all, name, unused)
	{
		(void)unused;
		for (i = 0; i < m->journey->checks.n; i++)
			if (strcmp(m->journey->checks.all[i].name, name) == 0)
				break;
		if (i == m->journey->checks.n) {
			verdict_refuse(m,
			    "%s: there is nothing called %s in \"%s\"", m->path,
			    name, group);
			return false;
		}
	}
	return true;
}

static bool
check_settings(struct migration *m, struct json_object *plan)
{
	struct json_object *all = get_object(plan, "settings");
	const char *text;
	size_t k;

	if (all == NULL)
		return true;
	json_object_object_foreach(all, name, value)
	{
		for (k = 0; k < sizeof settings / sizeof settings[0]; k++)
			if (strcmp(settings[k][0], name) == 0)
				break;
		text = value != NULL ? json_object_get_string(value) : "";
		if (k == sizeof settings / sizeof settings[0] ||
		    *text == '\0' || strlen(text) > 7 ||
		    strspn(text, "0123456789") != strlen(text)) {
			verdict_refuse(m,
			    "%s: settings: \"%s: %s\" is not a setting with "
			    "a number",
			    m->path, name, text);
			return false;
		}
	}
	return true;
}

bool
plan_apply(struct migration *m, struct json_object *plan)
{
	int i;

	if (!set_variables(m) || !mapping_apply(m, plan))
		return false;
	for (i = 0; i < m->journey->checks.n; i++)
		if (!apply_choice(m, plan, &m->journey->checks.all[i]))
			return false;
	return true;
}

bool
plan_read(struct migration *m)
{
	const char *journey;

	if ((m->plan_text = script_read(m->arena, m->path)) == NULL) {
		verdict_refuse(m,
		    "run \"tenantry migrate %s plan\" first, which writes "
		    "this file",
		    m->journey->name);
		return false;
	}
	m->plan = yaml_read(m->arena, m->path, m->plan_text);
	if (m->plan == NULL)
		return false;
	journey = json_get_text(m->plan, "journey");
	if (journey == NULL || strcmp(journey, m->journey->name) != 0) {
		verdict_refuse(m, "%s: is not a plan of the journey %s",
		    m->path, m->journey->name);
		return false;
	}
	m->plan_sum = script_sum(m->arena, m->plan_text);
	return check_names(m, m->plan, "decisions") &&
	    check_names(m, m->plan, "values") && check_settings(m, m->plan) &&
	    plan_apply(m, m->plan);
}

/*
 * Finds the organization by the names in the plan. The slug may have changed
 * since the run.
 */
static const struct pg_rows *
named_organization(struct migration *m)
{
	const char *text = script_read(m->arena, m->path), *named;
	struct json_object *plan, *values;

	if (text == NULL || (plan = yaml_read(m->arena, m->path, text)) == NULL)
		return NULL;
	values = get_object(plan, "values");
	named = values != NULL ? json_get_text(values, m->journey->organization)
			       : NULL;
	return pg_ask(m->target, "the organization",
	    "SELECT coalesce((SELECT m.organization_id FROM ops.migration m"
	    " WHERE m.journey = $1 AND m.plan_sum = $2 ORDER BY m.id DESC LIMIT"
	    " 1), (SELECT o.id FROM identity.organization o WHERE o.deleted_at"
	    " IS NULL AND $3 IN (o.slug, o.id::text)), (SELECT"
	    " m.organization_id FROM ops.migration m WHERE m.journey = $1 AND"
	    " m.choices->>$4 = $3 ORDER BY m.id DESC LIMIT 1))",
	    4,
	    (const char *const[]){ m->journey->name, script_sum(m->arena, text),
		named, m->journey->organization });
}

bool
plan_organization(struct migration *m)
{
	const struct pg_rows *rows;

	if (m->journey->organization == NULL)
		return true;
	if (access(m->path, F_OK) == 0)
		rows = named_organization(m);
	else
		rows = pg_ask(m->target, "the organization",
		    "SELECT m.organization_id FROM ops.migration m WHERE"
		    " m.journey = $1 GROUP BY 1 ORDER BY bool_and(m.state IN"
		    " ('finished', 'rolled back')), max(m.id) DESC LIMIT CASE"
		    " WHEN EXISTS (SELECT FROM ops.migration o WHERE o.journey "
		    "="
		    " $1 AND o.state NOT IN ('finished', 'rolled back') GROUP "
		    "BY"
		    " o.journey HAVING count(DISTINCT o.organization_id) > 1)"
		    " THEN 2 ELSE 1 END",
		    1, &m->journey->name);
	if (rows == NULL)
		return false;
	if (pg_nrows(rows) > 1) {
		verdict_refuse(m,
		    "several organizations have a migration %s, and %s is "
		    "missing; name the plan of one with --plan",
		    m->journey->name, m->path);
		return false;
	}
	m->organization = pg_nrows(rows) > 0 ? pg_value(rows, 0, 0) : NULL;
	return true;
}

/* Makes each blocker a reason for a no-go. */
static void
refuse_blockers(struct migration *m, struct json_object *plan)
{
	struct json_object *all = get_object(plan, "blockers");

	json_object_object_foreach(all, name, o) verdict_refuse(
	    m, "blocker %s: %s", name, json_get_text(o, "about"));
}

bool
plan_judge(struct migration *m, struct json_object *plan)
{
	struct json_object *all = get_object(plan, "decisions");

	json_object_object_foreach(all, name, o)
	{
		if (json_get_text(o, "choice") == NULL)
			verdict_say(m, "Decide %s there: %s", name,
			    json_get_text(o, "about"));
	}
	refuse_blockers(m, plan);
	return !verdict_is_no_go(m);
}

bool
plan_ready(struct migration *m)
{
	struct json_object *now = json_object_new_object(), *all;

	json_own(m->arena, now);
	add_object(now, "values");
	add_object(now, "decisions");
	add_object(now, "blockers");
	add_object(now, "notes");
	if (!add_misfits(m, now) || !add_checks(m, now, m->plan))
		return false;
	refuse_blockers(m, now);
	all = get_object(now, "decisions");
	json_object_object_foreach(all, what, decision)
	{
		if (json_get_text(decision, "choice") == NULL)
			verdict_refuse(m, "%s: decide %s: %s", m->path, what,
			    json_get_text(decision, "about"));
	}
	return !verdict_is_no_go(m);
}

struct json_object *
plan_choices(struct migration *m)
{
	struct json_object *choices = json_object_new_object();
	const struct journey_file *check;
	const struct pg_rows *rows;
	const char *name;
	int i;

	json_own(m->arena, choices);
	for (i = 0; i < m->journey->checks.n; i++) {
		check = &m->journey->checks.all[i];
		if (!is_kind(check, "decision") && !is_kind(check, "value"))
			continue;
		name = arena_printf(m->arena, "migration.%s", check->name);
		rows = pg_ask(
		    m->target, name, "SELECT current_setting($1)", 1, &name);
		if (rows == NULL)
			return NULL;
		add_text(choices, check->name, pg_value(rows, 0, 0));
	}
	return choices;
}

long
plan_setting(const struct migration *m, const char *name, long fallback)
{
	struct json_object *all = get_object(m->plan, "settings");
	const char *text = all != NULL ? json_get_text(all, name) : NULL;

	return text != NULL ? strtol(text, NULL, 10) : fallback;
}
