/*
 * Moves a batch of rows from the source to the target. The same transaction
 * records the position that was reached.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/pg.h"
#include "cli/migrate/batch.h"
#include "cli/migrate/fetch.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/progress.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/crypto/secretbox.h"
#include "lib/crypto/token.h"

/* A row that is being moved. */
struct row_state {
	struct migration *migration;
	struct batch *batch;
	struct buf key; /* key of the last row */
	struct buf changed;
	const char *secret; /* NULL: nothing is encrypted */
	int64_t n;
};

static const char *
step_number(struct migration *m, const struct journey_file *step)
{
	return arena_printf(m->arena, "%d", step->number);
}

bool
batch_name_step(struct migration *m, const struct journey_file *step)
{
	return migration_set(m, "id", m->id) &&
	    migration_set(m, "step", step_number(m, step));
}

#define LOCK_PAUSE 250 /* ms */

void
batch_wait(struct migration *m)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE * 1000000L };

	progress_waited(m);
	nanosleep(&pause, NULL);
}

bool
batch_locked(const struct journey_file *step)
{
	warnx("%s: another session keeps a lock that it needs; nothing of this "
	      "batch is written",
	    step->path);
	return false;
}

/* --- The columns */

static const char *
quoted(struct migration *m, const char *name)
{
	struct buf b;

	buf_init(&b, m->arena);
	buf_puts(&b, "\"");
	for (; *name != '\0'; name++)
		buf_printf(&b, "%s%c", *name == '"' ? "\"" : "", *name);
	buf_puts(&b, "\"");
	return b.data;
}

static bool
is_named(struct migration *m, const char *list, const char *name)
{
	const char *word;

	while ((word = journey_word(m->arena, &list)) != NULL)
		if (strcmp(word, name) == 0)
			return true;
	return false;
}

/*
 * Names the columns. Checksums omit sealed columns, because a sealed text
 * differs in each run. They also omit carried columns, which the target lacks.
 */
static void
name_columns(struct migration *m, struct batch *b)
{
	struct buf names, sum;
	const char *name;
	int i;

	buf_init(&names, m->arena);
	buf_init(&sum, m->arena);
	b->sealed = arena_array(m->arena, (size_t)b->ncolumns, sizeof(bool));
	b->secret = arena_array(m->arena, (size_t)b->ncolumns, sizeof(bool));
	b->compared = arena_array(m->arena, (size_t)b->ncolumns, sizeof(bool));
	buf_puts(&sum, "hashtextextended(ROW(");
	for (i = 0; i < b->ncolumns; i++) {
		name = quoted(m, b->columns[i].name);
		buf_printf(&names, "%s%s", i > 0 ? ", " : "", name);
		b->sealed[i] = is_named(
		    m, journey_header(b->step, "seal"), b->columns[i].name);
		b->secret[i] = b->sealed[i] ||
		    is_named(m, journey_header(b->step, "secret"),
			b->columns[i].name);
		b->compared[i] = !b->sealed[i] &&
		    !is_named(m, journey_header(b->step, "carried"),
			b->columns[i].name);
		if (b->compared[i])
			buf_printf(&sum, "%sc.%s::%s", i > 0 ? ", " : "", name,
			    b->columns[i].type);
	}
	buf_puts(&sum, ")::text, 0)::numeric");
	b->key = quoted(m, b->columns[0].name);
	b->names = names.data;
	b->sum = sum.data;
}

static bool
create_tables(struct migration *m, struct batch *b)
{
	struct buf sql;
	int i;

	buf_init(&sql, m->arena);
	buf_puts(&sql, "CREATE TEMPORARY TABLE batch (");
	for (i = 0; i < b->ncolumns; i++)
		buf_printf(&sql, "%s%s %s", i > 0 ? ", " : "",
		    quoted(m, b->columns[i].name), b->columns[i].type);
	buf_puts(&sql,
	    ") ON COMMIT DELETE ROWS;"
	    "CREATE TEMPORARY TABLE incoming (LIKE batch)"
	    " ON COMMIT DELETE ROWS;"
	    "ALTER TABLE incoming ADD row_of_batch bigint");
	if (pg_run(m->target, sql.data))
		return true;
	pg_warn(m->target, b->step->path);
	return false;
}

bool
batch_open(struct migration *m, const struct journey_file *step,
    const char *last, struct batch *b)
{
	int i;

	*b = (struct batch){ .step = step, .last = last };
	if (!pg_describe(m->source, step->sections[SECTION_READ], &b->columns,
		&b->ncolumns)) {
		pg_warn(m->source, step->path);
		return false;
	}
	/*
	 * A type that exists only in the source, such as an enumeration,
	 * becomes text here.
	 */
	for (i = 0; i < b->ncolumns; i++)
		if (!b->columns[i].built_in)
			b->columns[i].type = "text";
	name_columns(m, b);
	return create_tables(m, b) && fetch_open(m, step);
}

bool
batch_close(struct migration *m)
{
	if (pg_run(m->target,
		"DROP TABLE IF EXISTS batch, incoming, fetched, missing"))
		return true;
	pg_warn(m->target, "the end of the step");
	return false;
}

/*
 * Updates statistics. Skips locked tables: a wait for autovacuum would take a
 * second for each table and step, in the dry run, but not in the run whose
 * time left the dry run predicts.
 */
bool
batch_analyze(struct migration *m)
{
	const struct pg_rows *rows;
	int i;

	if (pg_ask(m->target, "the statistics",
		"SELECT pg_stat_force_next_flush()", 0, NULL) == NULL)
		return false;
	rows = pg_ask(m->target, "the statistics",
	    "SELECT format('BEGIN; SET LOCAL client_min_messages = error;"
	    " ANALYZE (SKIP_LOCKED) %s; COMMIT', c.oid::regclass)"
	    " FROM pg_class c JOIN"
	    " pg_stat_user_tables s ON s.relid = c.oid WHERE"
	    " s.n_mod_since_analyze > 1000 + s.n_live_tup / 10 AND"
	    " c.relpersistence = 'p' AND pg_has_role(c.relowner, 'USAGE')",
	    0, NULL);
	for (i = 0; rows != NULL && i < pg_nrows(rows); i++)
		if (!pg_run(m->target, pg_value(rows, i, 0)) &&
		    (pg_lost(m->target) || !pg_run(m->target, "ROLLBACK")))
			return false;
	return rows != NULL;
}

/* --- Rows in transit, in the text format of COPY */

/* Appends a field without its escapes. Returns the position after the field. */
static const char *
unescape(struct buf *text, const char *p, const char *end)
{
	static const char from[] = "bfnrtv", to[] = "\b\f\n\r\t\v";
	const char *found;

	for (; p < end && *p != '\t' && *p != '\n'; p++) {
		if (*p == '\\' && p + 1 < end) {
			p++;
			found = strchr(from, *p);
			buf_write(
			    text, found != NULL ? &to[found - from] : p, 1);
		} else
			buf_write(text, p, 1);
	}
	return p;
}

static void
clear_text(struct buf *b)
{
	b->len = 0;
	b->data[0] = '\0';
}

/* Returns the row with its sealed columns encrypted. */
static const char *
seal_row(struct row_state *s, const char *row, size_t *len)
{
	struct arena *a = s->migration->scratch;
	const char *p = row, *end = row + *len, *begin;
	struct buf field;
	int i;

	clear_text(&s->changed);
	for (i = 0; p < end; i++) {
		begin = p;
		buf_init(&field, a);
		p = unescape(&field, p, end);
		if (i < s->batch->ncolumns && s->batch->sealed[i] &&
		    strncmp(begin, "\\N", 2) != 0)
			buf_puts(&s->changed,
			    secretbox_seal(a, s->secret, field.data));
		else
			buf_write(&s->changed, begin, (size_t)(p - begin));
		if (p < end)
			buf_write(&s->changed, p++, 1);
	}
	*len = s->changed.len;
	return s->changed.data;
}

static const char *
pass_row(void *data, const char *row, size_t *len)
{
	struct row_state *s = data;

	clear_text(&s->key);
	unescape(&s->key, row, row + *len);
	s->n++;
	progress_row(s->migration);
	return s->secret != NULL ? seal_row(s, row, len) : row;
}

/*
 * Copies the next rows into the batch table. On an error, reports it on stderr
 * and returns false.
 */
static bool
fetch(struct migration *m, struct batch *b, long limit, struct row_state *s)
{
	const char *secrets = m->secret, *last;
	struct pg *failed;
	struct buf out;

	*s = (struct row_state){ .migration = m, .batch = b };
	buf_init(&s->key, m->scratch);
	buf_init(&s->changed, m->scratch);
	if (journey_header(b->step, "seal") != NULL)
		s->secret = token_secret(m->arena, &secrets);
	buf_init(&out, m->scratch);
	buf_printf(&out, "COPY (SELECT * FROM (%s\n) r WHERE %s",
	    b->step->sections[SECTION_READ],
	    b->only != NULL ? b->only : "true");
	if (b->last != NULL) {
		last = pg_literal(m->source, b->last);
		if (last == NULL) {
			pg_warn(m->source, b->step->path);
			return false;
		}
		buf_printf(&out, " AND r.%s > %s::%s", b->key, last,
		    b->columns[0].type);
	}
	buf_printf(&out, " ORDER BY r.%s LIMIT %ld) TO STDOUT", b->key, limit);
	failed = pg_copy(m->source, out.data, m->target,
	    arena_printf(m->scratch, "COPY batch (%s) FROM STDIN", b->names),
	    pass_row, s);
	if (failed != NULL)
		pg_warn(failed, b->step->path);
	return failed == NULL;
}

/* --- Writing */

/* The result of a batch, which is added to the step's result. */
struct tally {
	int64_t read, written, rejected;
	struct buf sum; /* sum of the rows' hashes, as an SQL expression */
};

/* Makes JSON from the row, without secret columns. */
static const char *
shown_row(struct migration *m, const struct batch *b)
{
	struct buf sql;
	int i;

	buf_init(&sql, m->scratch);
	buf_puts(&sql, "to_jsonb(b)");
	for (i = 0; i < b->ncolumns; i++)
		if (b->secret[i])
			buf_printf(&sql, " - '%s'", b->columns[i].name);
	return sql.data;
}

/* Moves the rows that the section "reject" names out of the batch. */
static bool
reject_rows(struct migration *m, struct batch *b, struct tally *t)
{
	const char *reject = b->step->sections[SECTION_REJECT];
	const struct pg_rows *rows;
	const char *sql;

	if (reject == NULL)
		return true;
	sql = arena_printf(m->scratch,
	    "WITH bad (key, reason) AS (%s\n), one AS (SELECT key::text,"
	    " string_agg(reason, '; ' ORDER BY reason) AS reason FROM bad"
	    " GROUP BY 1), gone AS (DELETE FROM batch b USING one WHERE"
	    " b.%s::text = one.key RETURNING one.key, one.reason, %s AS data),"
	    " kept AS (INSERT INTO ops.migration_reject (migration_id, step,"
	    " source_key, reason, data) SELECT"
	    " current_setting('migration.id')::bigint,"
	    " current_setting('migration.step')::integer, key, reason, data"
	    " FROM gone ON CONFLICT (migration_id, step, source_key) DO UPDATE"
	    " SET reason = excluded.reason, at = clock_timestamp() RETURNING 1)"
	    " SELECT count(*) FROM kept",
	    reject, b->key, shown_row(m, b));
	if ((rows = pg_query(m->target, sql, 0, NULL)) == NULL)
		return false;
	t->rejected += atoll(pg_value(rows, 0, 0));
	return true;
}

/*
 * Rejects rows that the step has not created and does not find in the target.
 * Every row that counts as known then exists.
 */
static bool
reject_lost(struct migration *m, struct batch *b, struct tally *t)
{
	const char *known = b->step->sections[SECTION_KNOWN];
	const struct pg_rows *rows = pg_query(m->target,
	    arena_printf(m->scratch,
		"WITH other AS MATERIALIZED (SELECT b.* FROM batch b WHERE NOT"
		" EXISTS (SELECT FROM ops.migration_row r WHERE r.migration_id"
		" = current_setting('migration.id')::bigint AND r.step ="
		" current_setting('migration.step')::integer"
		" AND r.source_key = b.%s::text)), known (key) AS (%s\n), kept"
		" AS (INSERT INTO ops.migration_reject (migration_id, step,"
		" source_key, reason, data) SELECT"
		" current_setting('migration.id')::bigint,"
		" current_setting('migration.step')::integer, b.%s::text, 'it"
		" was not written, and the target does not have it', %s FROM"
		" other b WHERE b.%s::text NOT IN (SELECT k.key::text FROM"
		" known k WHERE k.key IS NOT NULL) ON CONFLICT (migration_id,"
		" step, source_key) DO UPDATE SET reason = excluded.reason,"
		" at = clock_timestamp() RETURNING 1) SELECT count(*) FROM"
		" kept",
		b->key, known != NULL ? known : "SELECT NULL", b->key,
		shown_row(m, b), b->key),
	    0, NULL);

	if (rows == NULL)
		return false;
	t->rejected += atoll(pg_value(rows, 0, 0));
	return true;
}

/* Counts the rows of the batch table that the step created. */
static bool
count_written(struct migration *m, struct batch *b, struct tally *t)
{
	const struct pg_rows *rows = pg_query(m->target,
	    arena_printf(m->scratch,
		"SELECT count(*), coalesce(sum(%s), 0), count(*) = (SELECT"
		" count(*) FROM batch) FROM batch c WHERE EXISTS (SELECT FROM "
		"ops.migration_row r WHERE r.migration_id "
		"="
		" current_setting('migration.id')::bigint AND r.step ="
		" current_setting('migration.step')::integer"
		" AND r.source_key = c.%s::text)",
		b->sum, b->key),
	    0, NULL);

	if (rows == NULL)
		return false;
	t->written += atoll(pg_value(rows, 0, 0));
	buf_printf(&t->sum, " + %s", pg_value(rows, 0, 1));
	return strcmp(pg_value(rows, 0, 2), "t") == 0 || reject_lost(m, b, t);
}

/* Writes the rows of the batch table. Counts nothing if one of them fails. */
static bool
forward(struct migration *m, struct batch *b, struct tally *t)
{
	const struct tally before = *t;

	if (pg_run(m->target, "SAVEPOINT part") && reject_rows(m, b, t) &&
	    pg_run(m->target, b->step->sections[SECTION_FORWARD]) &&
	    count_written(m, b, t) && pg_run(m->target, "RELEASE part"))
		return true;
	*t = before;
	t->sum.data[t->sum.len] = '\0';
	return false;
}

/* Rejects the only row in the range, with the last error as its reason. */
static bool
reject_one(struct migration *m, struct batch *b, int64_t n, struct tally *t)
{
	const char *params[] = { arena_strdup(
				     m->scratch, pg_error(m->target)->message),
		arena_printf(m->scratch, "%lld", (long long)n) };

	t->rejected++;
	return pg_run(m->target, "ROLLBACK TO part; RELEASE part") &&
	    pg_query(m->target,
		arena_printf(m->scratch,
		    "INSERT INTO ops.migration_reject (migration_id, step,"
		    " source_key, reason, data) SELECT"
		    " current_setting('migration.id')::bigint,"
		    " current_setting('migration.step')::integer, b.%s::text,"
		    " $1, %s - 'row_of_batch' FROM incoming b WHERE "
		    "b.row_of_batch = $2::bigint"
		    " ON CONFLICT (migration_id, step, source_key) DO UPDATE"
		    " SET reason = excluded.reason, at = clock_timestamp()",
		    b->key, shown_row(m, b)),
		2, params) != NULL;
}

/*
 * Writes the rows first..last of the incoming table. Halves a range that fails
 * until the failing rows are found.
 */
static bool
write_range(struct migration *m, struct batch *b, int64_t first, int64_t last,
    struct tally *t)
{
	int64_t middle = first + (last - first) / 2;

	if (!pg_run(m->target,
		arena_printf(m->scratch,
		    "DELETE FROM batch; INSERT INTO batch SELECT %s FROM"
		    " incoming WHERE row_of_batch BETWEEN %lld AND %lld",
		    b->names, (long long)first, (long long)last)))
		return false;
	if (forward(m, b, t))
		return true;
	if (pg_lost(m->target) || !pg_error_of_data(m->target))
		return false;
	if (first == last)
		return reject_one(m, b, first, t);
	return pg_run(m->target, "ROLLBACK TO part; RELEASE part") &&
	    write_range(m, b, first, middle, t) &&
	    write_range(m, b, middle + 1, last, t);
}

/* Writes the batch table. Finds and rejects rows that fail. */
static bool
write_rows(struct migration *m, struct batch *b, struct tally *t)
{
	if (forward(m, b, t))
		return true;
	if (pg_lost(m->target) || !pg_error_of_data(m->target))
		return false;
	return pg_run(m->target,
		   arena_printf(m->scratch,
		       "ROLLBACK TO part; RELEASE part;"
		       "INSERT INTO incoming SELECT %s,"
		       " row_number() OVER (ORDER BY %s) FROM batch",
		       b->names, b->key)) &&
	    write_range(m, b, 1, t->read, t);
}

/* Adds the tally to the step, with the position of the last row. */
static bool
record(struct migration *m, struct batch *b, struct tally *t, const char *last)
{
	const char *params[] = { m->id, step_number(m, b->step),
		arena_printf(m->scratch, "%lld", (long long)t->read),
		arena_printf(m->scratch, "%lld", (long long)t->written),
		arena_printf(m->scratch, "%lld", (long long)t->rejected),
		last };

	return pg_query(m->target,
		   arena_printf(m->scratch,
		       "UPDATE ops.migration_step SET read = read + $3::bigint,"
		       " written = written + $4::bigint,"
		       " rejected = rejected + $5::bigint, known = known +"
		       " $3::bigint - $4::bigint - $5::bigint,"
		       " last_key = coalesce($6, last_key),"
		       " source_sum = source_sum%s"
		       " WHERE migration_id = $1 AND step = $2::integer",
		       t->sum.data),
		   6, params) != NULL;
}

static enum batch_result
take(struct migration *m, struct batch *b, long limit, long lock_timeout_ms)
{
	struct tally t = { 0 };
	struct row_state s;

	buf_init(&t.sum, m->scratch);
	if (!pg_run(m->target,
		arena_printf(m->scratch, "BEGIN; SET LOCAL lock_timeout = %ld",
		    lock_timeout_ms))) {
		pg_warn(m->target, b->step->path);
		return BATCH_FAILED;
	}
	if (!fetch(m, b, limit, &s))
		return BATCH_FAILED;
	b->taken = t.read = s.n;
	migration_point();
	if (s.n > 0 && !fetch_files(m, b->step))
		return BATCH_FAILED;
	if ((s.n == 0 ||
		((b->first == NULL || pg_run(m->target, b->first)) &&
		    write_rows(m, b, &t) &&
		    record(m, b, &t, b->only == NULL ? s.key.data : NULL))) &&
	    (migration_point(), pg_run(m->target, "COMMIT"))) {
		migration_point();
		b->last = arena_strdup(m->arena,
		    s.n > 0               ? s.key.data
			: b->last != NULL ? b->last
					  : "");
		if (*b->last == '\0')
			b->last = NULL;
		return BATCH_DONE;
	}
	if (pg_error_of_lock(m->target))
		return BATCH_LOCKED;
	pg_warn(m->target, b->step->path);
	return BATCH_FAILED;
}

enum batch_result
batch_take(
    struct migration *m, struct batch *b, long limit, long lock_timeout_ms)
{
	enum batch_result result;

	b->taken = 0;
	pg_answer_into(m->source, m->scratch);
	pg_answer_into(m->target, m->scratch);
	result = take(m, b, limit, lock_timeout_ms);
	pg_answer_into(m->source, m->arena);
	pg_answer_into(m->target, m->arena);
	if (result != BATCH_DONE) {
		progress_again(m, b->taken);
		if (!pg_lost(m->target) && pg_in_transaction(m->target) &&
		    !pg_run(m->target, "ROLLBACK"))
			pg_warn(m->target, "ROLLBACK");
	}
	arena_reset(m->scratch);
	return result;
}
