/*
 * tenantry audit verify: recomputes every seal of the audit log. It calls no
 * function of the schema, because a user who can change rows can also change
 * functions.
 */
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/audit/audit.h"
#include "cli/base/commands.h"
#include "cli/base/pg.h"
#include "lib/base/arena.h"

#define READING "could not read the audit log"

/*
 * The condition under which a seal contains row a. All other rows of the
 * organization are pending.
 */
#define SEALED                                                                 \
	"a.id < $1::bigint AND NOT EXISTS (SELECT FROM ops.audit_pending q "   \
	"WHERE q.org_id = a.org_id AND a.id >= q.since)"

#define ROW_HASH "sha256(convert_to(" AUDIT_ROW ", 'UTF8'))"

/* The same expression as in ops.seal_audit(). */
#define SEAL_HASH                                                              \
	"sha256(convert_to(format(E'%s %s %s %s\\n%s\\n', s.org_id, "          \
	"s.n, " AUDIT_TIME(                                                    \
	    "s.at") ", s.upto, array_to_string(s.ids, ' ')), 'UTF8') "         \
		    "|| s.rows || coalesce(p.hash, ''))"

struct verification {
	struct arena *arena; /* memory for one page */
	struct pg *pg;
	const char *org;      /* NULL: all */
	const char *existing; /* organizations that have not been purged */
	const char *upto;     /* all rows below this id are sealed */
	char at[64];          /* the current organization */
	long long n;          /* the organization's last seal */
	bool broken;          /* this seal was changed */
	long long rows, seals, chains, faults;
	long long purged;   /* rows that were deleted with their organization */
	long long detached; /* rows that "audit detach" moved to a file */
};

static void fault(struct verification *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
fault(struct verification *v, const char *fmt, ...)
{
	va_list ap;

	v->faults++;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static long long
number(const struct pg_rows *rows, int row, int column)
{
	return strtoll(pg_value(rows, row, column), NULL, 10);
}

static bool
is(const struct pg_rows *rows, int row, int column)
{
	const char *value = pg_value(rows, row, column);

	return value != NULL && strcmp(value, "t") == 0;
}

/*
 * Returns the next seals, each with its first changed row. A purged
 * organization has an entry "purge" and no older entries. An entry "detach" has
 * the id below which rows may be in a file. An entry "erase" has the hashes of
 * rows whose data was erased. ops.audit_erased only helps to find this entry.
 */
static const struct pg_rows *
next_page(struct verification *v)
{
	static const char sql[] =
	    "SELECT s.org_id, s.n, cardinality(s.ids), s.hash = " SEAL_HASH
	    " AND octet_length(s.rows) = 32 * cardinality(s.ids), "
	    "b.id, b.gone, (SELECT count(*) FROM unnest(s.ids) u(id) "
	    "WHERE u.id < t.id AND NOT EXISTS (SELECT FROM ops.audit_log a "
	    "WHERE a.org_id = s.org_id AND a.id = u.id)), t.purged "
	    "FROM (SELECT q.org_id, q.n, q.at, q.upto, "
	    "q.ids || '{}'::bigint[] AS ids, q.rows || ''::bytea AS rows, "
	    "q.hash FROM ops.audit_seal q WHERE (q.org_id, q.n) > ($1, $2) "
	    "AND ($3::uuid IS NULL OR q.org_id = $3) "
	    "ORDER BY q.org_id, q.n LIMIT 64) s "
	    "LEFT JOIN ops.audit_seal p "
	    "ON p.org_id = s.org_id AND p.n = s.n - 1 "
	    "LEFT JOIN LATERAL (SELECT max(CASE a.action WHEN 'purge' "
	    "THEN a.id ELSE (a.new->>'upto')::bigint END) AS id, "
	    "bool_or(a.action = 'purge') AS purged FROM ops.audit_log a "
	    "WHERE a.org_id = s.org_id AND a.row_id = s.org_id::text "
	    "AND (a.action = 'detach' OR a.action = 'purge' "
	    "AND s.org_id <> ALL ($4::uuid[]))) t ON true "
	    "LEFT JOIN LATERAL (SELECT u.id, a.id IS NULL AS gone "
	    "FROM unnest(s.ids) WITH ORDINALITY u(id, i) "
	    "LEFT JOIN ops.audit_log a ON a.org_id = s.org_id AND a.id = u.id "
	    "WHERE (a.id IS NULL AND u.id < t.id) IS NOT TRUE "
	    "AND (a.id IS NULL OR " ROW_HASH
	    " <> substr(s.rows, u.i::integer * 32 - 31, 32) AND NOT EXISTS "
	    "(SELECT FROM ops.audit_erased x, LATERAL "
	    "(SELECT r.row_id, r.action, r.new FROM ops.audit_log r "
	    "WHERE r.org_id = x.org_id AND r.id = x.entry OFFSET 0) e "
	    "WHERE x.org_id = s.org_id AND x.id = u.id "
	    "AND e.row_id = s.org_id::text AND e.action = 'erase' "
	    "AND e.new->'rows'->>u.id::text = encode(" ROW_HASH ", 'hex'))) "
	    "ORDER BY u.i LIMIT 1) b ON true ORDER BY s.org_id, s.n";
	char n[24];
	const char *params[] = { v->at, n, v->org, v->existing };

	snprintf(n, sizeof n, "%lld", v->n);
	return pg_ask(v->pg, READING, sql, 4, params);
}

/*
 * Checks a seal: its position in the chain, then its own hash, and then its
 * rows.
 */
static void
check_seal(struct verification *v, const struct pg_rows *rows, int i)
{
	const char *org = pg_value(rows, i, 0), *bad = pg_value(rows, i, 4);
	long long n = number(rows, i, 1);
	bool whole = is(rows, i, 3), gap;

	if (strcmp(org, v->at) != 0) {
		snprintf(v->at, sizeof v->at, "%s", org);
		v->n = 0;
		v->broken = false;
		v->chains++;
	}
	gap = n != v->n + 1;
	if (gap)
		fault(v, "%s: seal %lld was removed", org, v->n + 1);
	else if (!whole && !v->broken)
		fault(v, "%s: seal %lld was changed", org, n);
	if (bad != NULL)
		fault(v, "%s: row %s was %s", org, bad,
		    is(rows, i, 5) ? "removed" : "changed");
	v->n = n;
	v->broken = gap || !whole;
	v->seals++;
	*(is(rows, i, 7) ? &v->purged : &v->detached) += number(rows, i, 6);
	v->rows += number(rows, i, 2) - number(rows, i, 6);
}

static bool
check_seals(struct verification *v)
{
	const struct pg_rows *rows;
	int i, n;

	snprintf(v->at, sizeof v->at, "%s", AUDIT_START);
	pg_answer_into(v->pg, v->arena);
	do {
		if ((rows = next_page(v)) == NULL)
			return false;
		n = pg_nrows(rows);
		for (i = 0; i < n; i++)
			check_seal(v, rows, i);
		arena_reset(v->arena);
	} while (n > 0);
	return true;
}

/* Searches for rows that are below the last seal but in no seal. */
static bool
check_added(struct verification *v)
{
	const char *params[] = { v->upto, v->org };
	const struct pg_rows *rows = pg_ask(v->pg, READING,
	    "SELECT count(*) FROM ops.audit_log a WHERE " SEALED
	    " AND ($2::uuid IS NULL OR a.org_id = $2)",
	    2, params);
	int i;

	if (rows == NULL)
		return false;
	if (number(rows, 0, 0) == v->rows && v->faults == 0)
		return true;
	rows = pg_ask(v->pg, READING,
	    "SELECT a.org_id, min(a.id), count(*) FROM ops.audit_log a "
	    "LEFT JOIN (SELECT s.org_id, unnest(s.ids) AS id "
	    "FROM ops.audit_seal s) u ON u.org_id = a.org_id AND u.id = a.id "
	    "WHERE " SEALED " AND u.id IS NULL "
	    "AND ($2::uuid IS NULL OR a.org_id = $2) "
	    "GROUP BY a.org_id ORDER BY a.org_id",
	    2, params);
	for (i = 0; rows != NULL && i < pg_nrows(rows); i++)
		fault(v, "%s: row %s was added (%s in all)",
		    pg_value(rows, i, 0), pg_value(rows, i, 1),
		    pg_value(rows, i, 2));
	if (rows != NULL && i > 0)
		puts("if a clock ran ahead and was set back, \"tenantry audit "
		     "seal --late\" seals the added rows");
	return rows != NULL;
}

/*
 * Compares a head, "ORGANIZATION:N:HASH" or "all:UPTO:HASH", with the current
 * seals.
 */
static bool
check_head(struct verification *v, const char *head)
{
	static const char one[] =
	    "SELECT encode(hash, 'hex') FROM ops.audit_seal "
	    "WHERE org_id = $1::uuid AND n = $2::bigint";
	static const char all[] =
	    "SELECT encode(sha256(convert_to(coalesce(string_agg(format("
	    "E'%s:%s:%s\\n', org_id, n, encode(hash, 'hex')), '' "
	    "ORDER BY org_id), ''), 'UTF8')), 'hex') FROM (SELECT DISTINCT ON "
	    "(org_id) org_id, n, hash FROM ops.audit_seal "
	    "WHERE $1::text = 'all' AND upto <= $2::bigint "
	    "ORDER BY org_id, n DESC) x";
	char org[64], n[64], hash[128];
	const char *params[] = { org, n };
	const struct pg_rows *rows;
	bool every = strncmp(head, "all:", 4) == 0;

	if (sscanf(head, "%63[^:]:%63[0-9]:%127[0-9a-f]", org, n, hash) != 3) {
		warnx("invalid head \"%s\"; see \"tenantry audit head\"", head);
		return false;
	}
	if ((rows = pg_ask(v->pg, READING, every ? all : one, 2, params)) ==
	    NULL)
		return false;
	if (pg_nrows(rows) == 0)
		fault(v, "%s: the chain was truncated before seal %s", org, n);
	else if (strcmp(pg_value(rows, 0, 0), hash) != 0)
		fault(v,
		    every ? "%s: a chain was truncated or rebuilt since %s"
			  : "%s: the chain was rebuilt before seal %s",
		    org, n);
	return true;
}

static bool
print_unsealed(struct verification *v)
{
	const char *params[] = { v->upto, v->org };
	const struct pg_rows *rows = pg_ask(v->pg, READING,
	    "SELECT count(*), " AUDIT_TIME(
		"min(a.at)") " FROM ops.audit_log a "
			     "WHERE NOT (" SEALED ") "
			     "AND ($2::uuid IS NULL OR a.org_id = $2)",
	    2, params);

	if (rows == NULL)
		return false;
	if (number(rows, 0, 0) > 0)
		printf("%s rows are not sealed yet, since %s\n",
		    pg_value(rows, 0, 0), pg_value(rows, 0, 1));
	return true;
}

/*
 * Prints the number of erased entries. Entries that were purged with their
 * organization do not count.
 */
static bool
print_erased(struct verification *v)
{
	const struct pg_rows *rows = pg_ask(v->pg, READING,
	    "SELECT count(DISTINCT (a.org_id, e.key)) FROM ops.audit_log a, "
	    "json_each(a.new->'rows') e WHERE a.action = 'erase' "
	    "AND a.row_id = a.org_id::text "
	    "AND ($1::uuid IS NULL OR a.org_id = $1)",
	    1, &v->org);

	if (rows == NULL)
		return false;
	if (number(rows, 0, 0) > 0)
		printf(
		    "the data of %s rows was erased\n", pg_value(rows, 0, 0));
	return true;
}

static double
now(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Verifies a file against the seals. */
static bool
check_file(struct verification *v, struct audit_files *files, const char *path)
{
	if (!audit_files_add(v->pg, files, path))
		return false;
	if (files->faults > 0)
		fault(v, "%s: %lld rows are in no seal", path, files->faults);
	if (!files->known)
		fault(v, "%s: the log has no entry of this file", path);
	printf("%s: %lld rows\n", path, files->rows);
	return true;
}

/* Verifies the files, which must contain all detached rows. */
static bool
check_files(struct verification *v, const struct invocation *in)
{
	struct audit_files files = { .org = v->org };
	long long rows;
	bool ok = true;
	int i;

	for (i = 0; ok && i < in->noptions; i++)
		if (in->options[i].option == OPTION_DETACHED)
			ok = check_file(v, &files, in->options[i].value);
	rows = audit_files_end(&files);
	pg_answer_into(v->pg, v->arena);
	if (ok && command_value(in, OPTION_DETACHED) != NULL &&
	    rows < v->detached)
		fault(v, "%lld detached rows are in none of these files",
		    v->detached - rows);
	return ok;
}

/*
 * Verifies only the files against their seals. The time depends on the size of
 * the files, not on the size of the log.
 */
static bool
verify_files(struct verification *v, const struct invocation *in)
{
	struct audit_files files = { .org = v->org };
	bool ok = true;
	int i;

	for (i = 0; ok && i < in->narguments; i++)
		ok = check_file(v, &files, in->arguments[i]);
	audit_files_end(&files);
	pg_answer_into(v->pg, v->arena);
	if (ok)
		printf("%d files: %s\n", in->narguments,
		    v->faults == 0 ? "intact" : "NOT INTACT");
	return ok;
}

/* Verifies the whole log in one snapshot, and against each --head. */
static bool
verify(struct verification *v, const struct invocation *in)
{
	const struct pg_rows *rows;
	double start = now();
	int i;

	rows = pg_ask(v->pg, READING,
	    "SELECT coalesce(max(upto), 0) FROM ops.audit_seal", 0, NULL);
	if (rows == NULL)
		return false;
	v->upto = pg_value(rows, 0, 0);
	for (i = 0; i < in->noptions; i++)
		if (in->options[i].option == OPTION_HEAD &&
		    !check_head(v, in->options[i].value))
			return false;
	if (!check_seals(v) || !check_added(v) || !check_files(v, in) ||
	    !print_unsealed(v))
		return false;
	if (v->detached > 0)
		printf("%lld rows were detached to files\n", v->detached);
	if (!print_erased(v))
		return false;
	if (v->purged > 0)
		printf("%lld rows were purged with their organizations\n",
		    v->purged);
	printf("%lld rows under %lld seals of %lld organizations: %s "
	       "(%.0f rows/s)\n",
	    v->rows, v->seals, v->chains,
	    v->faults == 0 ? "intact" : "NOT INTACT",
	    (double)v->rows / (now() - start + 1e-6));
	return true;
}

/*
 * Reads the organizations, which the tenantry_audit role cannot do. Then
 * switches to this role.
 */
static bool
begin(struct verification *v)
{
	const struct pg_rows *rows;

	if (!pg_run(v->pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")) {
		pg_warn(v->pg, "could not begin a transaction");
		return false;
	}
	rows = pg_ask(v->pg, "could not read the organizations",
	    "SELECT coalesce(array_agg(id), '{}') FROM identity.organization "
	    "WHERE NOT purging",
	    0, NULL);
	if (rows == NULL)
		return false;
	v->existing = pg_value(rows, 0, 0);
	return audit_become(v->pg);
}

enum status
audit_verify(struct invocation *in)
{
	struct verification v = { .pg = in->pg,
		.org = command_value(in, OPTION_ORG) };
	bool done;

	if (!begin(&v))
		return STATUS_FAILED;
	v.arena = arena_new();
	done = in->narguments > 0 && in->subcommand->run == audit_verify
	    ? verify_files(&v, in)
	    : verify(&v, in);
	pg_answer_into(v.pg, in->arena);
	arena_free(v.arena);
	return done && v.faults == 0 ? STATUS_OK : STATUS_FAILED;
}
