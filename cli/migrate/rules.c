/*
 * Checks conditions that must hold before and after a migration, and judges the
 * results.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/pg.h"
#include "cli/migrate/batch.h"
#include "cli/migrate/fetch.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/rules.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

#define SAMPLE "100" /* rows per step that are compared by field */

/* --- Rules */

static bool
is_on_target(const struct journey_file *rule)
{
	const char *on = journey_header(rule, "on");

	return on != NULL && strcmp(on, "target") == 0;
}

static bool
run_rule(
    struct migration *m, const struct journey_file *rule, const char *moment)
{
	struct pg *pg = is_on_target(rule) ? m->target : m->source;
	const struct pg_rows *rows;
	bool there;

	if (pg == NULL)
		return true;
	if (m->source != NULL &&
	    !migration_has_tables(m, journey_header(rule, "needs"), &there))
		return false;
	if (m->source != NULL && !there)
		return true;
	rows = pg_ask(pg, rule->path,
	    arena_printf(m->arena,
		"WITH found (key, detail) AS (%s\n) SELECT count(*),"
		" coalesce(sum(hashtextextended(key::text, 0)::numeric), 0),"
		" coalesce((SELECT jsonb_agg(concat_ws(': ', x.key, x.detail))"
		" FROM (SELECT * FROM found ORDER BY key LIMIT %s) x), '[]')"
		" FROM found",
		rule->sections[SECTION_BODY],
		journey_header(rule, "all") != NULL ? "NULL" : "20"),
	    0, NULL);
	if (rows == NULL)
		return false;
	return pg_ask(m->target, rule->path,
		   "INSERT INTO ops.migration_rule VALUES ($1, $2, $3, $4,"
		   " $5::bigint, $6::numeric, $7::jsonb) ON CONFLICT"
		   " (migration_id, moment, rule) DO UPDATE SET found ="
		   " excluded.found, sum = excluded.sum, examples ="
		   " excluded.examples WHERE excluded.moment <> 'before'",
		   7,
		   (const char *const[]){ m->id, moment, rule->name,
		       rule->title, pg_value(rows, 0, 0), pg_value(rows, 0, 1),
		       pg_value(rows, 0, 2) }) != NULL;
}

bool
rules_run(struct migration *m, const char *moment)
{
	int i;

	if (!migration_set(m, "id", m->id))
		return false;
	for (i = 0; i < m->journey->rules.n; i++)
		if (!run_rule(m, &m->journey->rules.all[i], moment))
			return false;
	return true;
}

/* --- Verdicts */

struct json_object *
rules_add(struct json_object *list, const char *rule, const char *title,
    bool go, long long warnings, const char *detail)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "rule", json_object_new_string(rule));
	json_object_object_add(o, "title", json_object_new_string(title));
	json_object_object_add(o, "go", json_object_new_boolean(go));
	json_object_object_add(o, "warnings", json_object_new_int64(warnings));
	json_object_object_add(o, "detail", json_object_new_string(detail));
	json_object_array_add(list, o);
	return o;
}

/* Lists all rows that were not found before, if the rule requires it. */
static void
name_rows(struct migration *m, struct json_object *verdict,
    const struct journey_file *rule, const char *rows)
{
	struct json_error error;
	struct json_object *list;

	if (journey_header(rule, "all") == NULL)
		return;
	list = json_parse(m->arena, rows, strlen(rows), &error);
	json_share(verdict, "rows", list);
}

/*
 * Judges a rule. Additional findings are a no-go, or each of them is a warning,
 * or they are only listed.
 */
static bool
judge_rule(struct migration *m, const struct journey_file *rule,
    const char *moment, struct json_object *list)
{
	const char *verdict = journey_header(rule, "verdict");
	bool warning = verdict != NULL && strcmp(verdict, "warning") == 0;
	bool mild =
	    warning || (verdict != NULL && strcmp(verdict, "note") == 0);
	const struct pg_rows *rows = pg_ask(m->target, rule->path,
	    "SELECT a.found, b.found, a.found <= b.found, CASE WHEN $2 ="
	    " 'rollback' THEN (a.found, a.sum) = (b.found, b.sum) ELSE a.found"
	    " <= b.found END, CASE WHEN a.found > b.found THEN ', such as ' ||"
	    " (SELECT string_agg(x, '; ') FROM (SELECT x FROM"
	    " jsonb_array_elements_text(a.examples) x LIMIT 3) y) ELSE '' END,"
	    " greatest(a.found - b.found, 0), coalesce((SELECT jsonb_agg(x)"
	    " FROM jsonb_array_elements(a.examples) x WHERE NOT b.examples @> "
	    "x),"
	    " '[]')"
	    " FROM ops.migration_rule a JOIN ops.migration_rule b USING"
	    " (migration_id, rule) WHERE a.migration_id = $1 AND b.moment ="
	    " 'before' AND a.moment = $2 AND a.rule = $3",
	    3, (const char *const[]){ m->id, moment, rule->name });

	if (rows == NULL)
		return false;
	if (pg_nrows(rows) == 0)
		return true;
	name_rows(m,
	    rules_add(list, rule->name, rule->title,
		(mild && strcmp(moment, "after") == 0) ||
		    strcmp(pg_value(rows, 0, 3), "t") == 0,
		warning ? atoll(pg_value(rows, 0, 5)) : 0,
		arena_printf(m->arena, "%s found, %s before%s",
		    pg_value(rows, 0, 0), pg_value(rows, 0, 1),
		    pg_value(rows, 0, 4))),
	    rule, pg_value(rows, 0, 6));
	return true;
}

/* Reads the rows in the section "compare" with the source's types. */
static const char *
compare_sum(struct migration *m, const struct batch *b)
{
	return arena_printf(m->arena,
	    "SELECT count(*), coalesce(sum(%s), 0) FROM (%s\n) c WHERE"
	    " NOT EXISTS (SELECT FROM pg_temp.purged p WHERE p.key ="
	    " c.%s::text)",
	    b->sum, b->step->sections[SECTION_COMPARE], b->key);
}

/*
 * Lists the written rows that jobs have since purged or changed, or will soon
 * purge, in the table "purged". *n is the number of these rows, and *sum is
 * their checksum.
 */
static bool
find_purged(struct migration *m, const struct batch *b, const char **n,
    const char **sum)
{
	const char *condition = journey_header(b->step, "purged");
	const char *params[2];
	const struct pg_rows *rows;

	if (!pg_run(m->target,
		"CREATE TEMPORARY TABLE IF NOT EXISTS purged (key text PRIMARY"
		" KEY, sum numeric); TRUNCATE pg_temp.purged")) {
		pg_warn(m->target, b->step->path);
		return false;
	}
	*n = *sum = "0";
	if (condition == NULL)
		return true;
	rows = pg_ask(m->source, b->step->path,
	    arena_printf(m->arena,
		"SELECT coalesce(array_agg(c.%s::text), '{}')::text,"
		" coalesce(array_agg(%s), '{}')::text FROM (%s\n) c WHERE %s",
		b->key, b->sum, b->step->sections[SECTION_READ], condition),
	    0, NULL);
	if (rows == NULL)
		return false;
	params[0] = pg_value(rows, 0, 0);
	params[1] = pg_value(rows, 0, 1);
	rows = pg_ask(m->target, b->step->path,
	    "WITH gone AS (INSERT INTO purged SELECT x.key, x.sum FROM"
	    " unnest($1::text[], $2::numeric[]) x (key, sum) WHERE EXISTS"
	    " (SELECT FROM ops.migration_row r WHERE r.migration_id ="
	    " current_setting('migration.id')::bigint AND r.step ="
	    " current_setting('migration.step')::integer AND r.source_key ="
	    " x.key) RETURNING sum) SELECT count(*), coalesce(sum(sum), 0)"
	    " FROM gone",
	    2, params);
	if (rows == NULL)
		return false;
	*n = pg_value(rows, 0, 0);
	*sum = pg_value(rows, 0, 1);
	return true;
}

/*
 * Reads the number and the checksum of the written rows in the source, without
 * purged rows. In a database in use, these are the current rows. Otherwise,
 * they are the rows that were read.
 */
static const struct pg_rows *
source_sum(struct migration *m, const struct batch *b, const char *written,
    const char *sum)
{
	const char *purged, *purged_sum;

	if (!find_purged(m, b, &purged, &purged_sum))
		return NULL;
	if (!m->journey->within)
		return pg_ask(m->target, b->step->path,
		    "SELECT $1::bigint - $3::bigint, $2::numeric - $4::numeric,"
		    " CASE WHEN $3 <> '0' THEN format('; jobs purge or end %s"
		    " more', $3) ELSE '' END",
		    4,
		    (const char *const[]){ written, sum, purged, purged_sum });
	return pg_ask(m->source, b->step->path,
	    arena_printf(m->arena,
		"SELECT count(*), coalesce(sum(%s), 0), '' FROM (%s\n) c WHERE"
		" EXISTS (SELECT FROM ops.migration_row r WHERE r.migration_id"
		" = current_setting('migration.id')::bigint AND r.step ="
		" current_setting('migration.step')::integer AND r.source_key"
		" = c.%s::text)",
		b->sum, b->step->sections[SECTION_READ], b->key),
	    0, NULL);
}

/*
 * Checks that the rows in the source, in the target and in the rejects add up,
 * and that their checksums also add up.
 */
static bool
judge_sum(struct migration *m, struct batch *b, struct json_object *list)
{
	const char *params[] = { m->id,
		arena_printf(m->arena, "%d", b->step->number),
		m->journey->within ? "t" : "f" };
	const struct pg_rows *step, *was, *sum;

	step = pg_ask(m->target, b->step->path,
	    "SELECT total, read, written, known, rejected, source_sum,"
	    " (total = read OR $3::boolean) AND read = written + known +"
	    " rejected FROM ops.migration_step WHERE migration_id = $1 AND"
	    " step = $2::integer AND state = 'done'",
	    3, params);
	if (step == NULL)
		return false;
	if (pg_nrows(step) == 0)
		return true;
	was = source_sum(m, b, pg_value(step, 0, 2), pg_value(step, 0, 5));
	sum = pg_ask(m->target, b->step->path, compare_sum(m, b), 0, NULL);
	if (was == NULL || sum == NULL)
		return false;
	rules_add(list, arena_printf(m->arena, "%s.rows", b->step->name),
	    "Every row of the source is in the target, was there before, or is "
	    "listed as rejected",
	    strcmp(pg_value(step, 0, 6), "t") == 0, atoll(pg_value(step, 0, 4)),
	    arena_printf(m->arena,
		"%s in the source, %s read, %s written, %s known, %s rejected",
		pg_value(step, 0, 0), pg_value(step, 0, 1),
		pg_value(step, 0, 2), pg_value(step, 0, 3),
		pg_value(step, 0, 4)));
	rules_add(list, arena_printf(m->arena, "%s.checksum", b->step->name),
	    "The written rows have the same checksum in source and target",
	    strcmp(pg_value(was, 0, 0), pg_value(sum, 0, 0)) == 0 &&
		strcmp(pg_value(was, 0, 1), pg_value(sum, 0, 1)) == 0,
	    0,
	    arena_printf(m->arena,
		"%s rows with %s in the source, %s with %s%s",
		pg_value(was, 0, 0), pg_value(was, 0, 1), pg_value(sum, 0, 0),
		pg_value(sum, 0, 1), pg_value(was, 0, 2)));
	return true;
}

/* Returns the keys of a sample. The seed makes the sample repeatable. */
static const char *
sample_keys(
    struct migration *m, const struct batch *b, const char *seed, int *n)
{
	const char *params[] = { m->id,
		arena_printf(m->arena, "%d", b->step->number), seed };
	const struct pg_rows *rows = pg_ask(m->target, b->step->path,
	    "SELECT quote_literal(source_key) FROM ops.migration_row WHERE"
	    " migration_id = $1 AND step = $2::integer AND source_key NOT IN"
	    " (SELECT p.key FROM pg_temp.purged p) ORDER BY"
	    " hashtextextended(source_key, $3::bigint), source_key"
	    " LIMIT " SAMPLE,
	    3, params);
	struct buf keys;
	int i;

	if (rows == NULL)
		return NULL;
	*n = pg_nrows(rows);
	buf_init(&keys, m->arena);
	for (i = 0; i < *n; i++)
		buf_printf(
		    &keys, "%s%s", i > 0 ? ", " : "", pg_value(rows, i, 0));
	return keys.data;
}

/* Reads the rows of the sample as JSON, by key. */
static const struct pg_rows *
sample_rows(struct migration *m, struct pg *pg, const struct batch *b,
    enum journey_section section, const char *keys)
{
	struct buf fields;
	int i;

	buf_init(&fields, m->arena);
	for (i = 0; i < b->ncolumns; i++)
		if (b->compared[i])
			buf_printf(&fields, "%s'%s', %s(r.\"%s\"::%s)::text%s",
			    fields.len > 0 ? ", " : "", b->columns[i].name,
			    b->secret[i] ? "'secret ' || md5(" : "",
			    b->columns[i].name, b->columns[i].type,
			    b->secret[i] ? ")" : "");
	return pg_ask(pg, b->step->path,
	    arena_printf(m->arena,
		"SELECT r.%s::text COLLATE \"C\", jsonb_build_object(%s) FROM"
		" (%s\n) r WHERE r.%s::text IN (%s) ORDER BY 1",
		b->key, fields.data, b->step->sections[section], b->key, keys),
	    0, NULL);
}

static const char *
quoted(struct migration *m, const char *text)
{
	return arena_printf(m->arena, "\"%s\"", text);
}

/*
 * Returns the first field that differs, as "key field: "a" became "b"", or
 * NULL.
 */
static const char *
difference(struct migration *m, const struct pg_rows *was,
    const struct pg_rows *is, int row)
{
	struct json_error error;
	struct json_object *x, *y;
	const char *a, *b;

	if (strcmp(pg_value(was, row, 1), pg_value(is, row, 1)) == 0)
		return NULL;
	a = pg_value(was, row, 1);
	b = pg_value(is, row, 1);
	x = json_parse(m->arena, a, strlen(a), &error);
	y = json_parse(m->arena, b, strlen(b), &error);
	if (x == NULL || y == NULL)
		return arena_printf(m->arena, "%s", pg_value(was, row, 0));
	json_object_object_foreach(x, field, value)
	{
		a = value != NULL ? json_object_get_string(value) : NULL;
		b = json_get_text(y, field);
		if (a == NULL && b == NULL)
			continue;
		if (a == NULL || b == NULL || strcmp(a, b) != 0)
			return arena_printf(m->arena,
			    "%s: %s is %s in the source and %s in the target",
			    pg_value(was, row, 0), field,
			    a != NULL ? quoted(m, a) : "null",
			    b != NULL ? quoted(m, b) : "null");
	}
	return NULL;
}

static bool
judge_sample(struct migration *m, const struct batch *b, const char *seed,
    struct json_object *list)
{
	const struct pg_rows *was, *is;
	const char *keys, *first = NULL, *one;
	int i, n, wanted, differ = 0;

	if ((keys = sample_keys(m, b, seed, &wanted)) == NULL)
		return false;
	if (*keys == '\0')
		return true;
	was = sample_rows(m, m->source, b, SECTION_READ, keys);
	is = sample_rows(m, m->target, b, SECTION_COMPARE, keys);
	if (was == NULL || is == NULL)
		return false;
	n = pg_nrows(was);
	/* Users may have deleted some rows since the run. */
	if (m->journey->within)
		wanted = n;
	for (i = 0; i < n && n == pg_nrows(is); i++)
		if ((one = difference(m, was, is, i)) != NULL) {
			differ++;
			first = first != NULL ? first : one;
		}
	rules_add(list, arena_printf(m->arena, "%s.sample", b->step->name),
	    "A sample of rows is equal, field by field",
	    differ == 0 && n == wanted && pg_nrows(is) == wanted, 0,
	    arena_printf(m->arena,
		"seed %s: %d rows in the source, %d in the target, %d "
		"differ%s%s",
		seed, n, pg_nrows(is), differ, first != NULL ? "; " : "",
		first != NULL ? first : ""));
	return true;
}

/* Checks the stored files, because a file may be lost after it was stored. */
static bool
judge_files(
    struct migration *m, const struct batch *b, struct json_object *list)
{
	const char *example;
	int files, missing;

	if (b->step->sections[SECTION_FETCH] == NULL)
		return true;
	if (!fetch_check(m, b->step, &files, &missing, &example))
		return false;
	rules_add(list, arena_printf(m->arena, "%s.files", b->step->name),
	    "The fetched files are in the storage", missing == 0, 0,
	    arena_printf(m->arena, "%d files, %d missing%s%s", files, missing,
		example != NULL ? ", such as " : "",
		example != NULL ? example : ""));
	return true;
}

static bool
judge_step(struct migration *m, const struct journey_file *step,
    const char *seed, struct json_object *list)
{
	struct batch b;
	bool ok, there;

	if (step->sections[SECTION_READ] == NULL)
		return true;
	if (!migration_has_tables(m, journey_header(step, "source"), &there))
		return false;
	if (!there)
		return true;
	if (!batch_name_step(m, step) || !batch_open(m, step, NULL, &b))
		return false;
	ok = migration_hold_still(m) && judge_sum(m, &b, list) &&
	    judge_sample(m, &b, seed, list) && judge_files(m, &b, list) &&
	    migration_move_on(m);
	return batch_close(m) && ok;
}

struct json_object *
rules_judge(struct migration *m, const char *moment, const char *seed)
{
	struct json_object *list = json_object_new_array();
	int i;

	json_own(m->arena, list);
	for (i = 0; i < m->journey->rules.n; i++)
		if (!judge_rule(m, &m->journey->rules.all[i], moment, list))
			return NULL;
	if (strcmp(moment, "after") != 0)
		return list;
	for (i = 0; i < m->journey->steps.n; i++)
		if (!judge_step(m, &m->journey->steps.all[i], seed, list))
			return NULL;
	return list;
}
