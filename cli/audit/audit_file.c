/* Verifies the files that "tenantry audit detach" wrote. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/audit/audit.h"
#include "cli/base/pg.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/spool.h"
#include "lib/crypto/digest.h"

#define READING "could not read the audit log"
#define MOST    500 /* rows to compare in one statement */

struct reading {
	struct arena *page; /* memory for these rows */
	struct pg *pg;
	struct audit_files *files;
	char org[40], n[24]; /* the seal of the current rows */
	struct buf rows;     /* a JSON array of texts */
	int nrows;
};

static void
begin_rows(struct reading *r)
{
	arena_reset(r->page);
	buf_init(&r->rows, r->page);
	r->nrows = 0;
}

static void
keep(struct audit_files *files, const char *hash)
{
	long long *gone;

	if (files->ngone == files->room) {
		files->room = files->room > 0 ? 2 * files->room : 1024;
		gone = realloc(files->gone, files->room * sizeof *gone);
		if (gone == NULL)
			err(1, "out of memory");
		files->gone = gone;
	}
	files->gone[files->ngone++] = strtoll(hash, NULL, 10);
}

/*
 * Compares the current rows with their seal or, after an erasure, with the
 * erasure's entry.
 */
static bool
compare_rows(struct reading *r)
{
	static const char sql[] =
	    "WITH x AS MATERIALIZED (SELECT sha256(convert_to(t, 'UTF8')) "
	    "AS hash FROM json_array_elements_text($3::json) t), "
	    "sealed AS MATERIALIZED (SELECT u.id, substr(s.rows, "
	    "u.i::integer * 32 - 31, 32) AS hash FROM ops.audit_seal s, "
	    "unnest(s.ids) WITH ORDINALITY u(id, i) "
	    "WHERE s.org_id = $1::uuid AND s.n = $2::bigint), "
	    "s AS MATERIALIZED (SELECT * FROM sealed UNION "
	    "SELECT s.id, decode(a.new->'rows'->>s.id::text, 'hex') "
	    "FROM sealed s JOIN ops.audit_erased e ON e.org_id = $1::uuid "
	    "AND e.id = s.id, LATERAL (SELECT r.row_id, r.action, r.new "
	    "FROM ops.audit_log r WHERE r.org_id = e.org_id "
	    "AND r.id = e.entry OFFSET 0) a "
	    "WHERE a.row_id = ($1::uuid)::text AND a.action = 'erase') "
	    "SELECT ('x' || encode(substr(x.hash, 1, 8), 'hex'))::bit(64)"
	    "::bigint, NOT EXISTS (SELECT FROM ops.audit_log a WHERE "
	    "a.org_id = $1::uuid AND a.id = s.id) "
	    "AND ($4::uuid IS NULL OR $4::uuid = $1::uuid) "
	    "FROM x JOIN s ON s.hash = x.hash";
	const char *params[4] = { r->org, r->n, NULL, r->files->org };
	const struct pg_rows *rows;
	int i;

	if (r->nrows == 0)
		return true;
	r->files->rows += r->nrows;
	r->files->faults += r->nrows;
	if (*r->org == '\0') {
		begin_rows(r);
		return true;
	}
	buf_puts(&r->rows, "]");
	params[2] = r->rows.data;
	if ((rows = pg_ask(r->pg, READING, sql, 4, params)) == NULL)
		return false;
	r->files->faults -= pg_nrows(rows);
	for (i = 0; i < pg_nrows(rows); i++)
		if (strcmp(pg_value(rows, i, 1), "t") == 0)
			keep(r->files, pg_value(rows, i, 0));
	begin_rows(r);
	return true;
}

/* Reads a line: a seal, "# ORGANIZATION N", or a row. */
static bool
take_line(struct reading *r, char *line)
{
	char *tab;

	line[strcspn(line, "\n")] = '\0';
	if (*line == '#') {
		if (!compare_rows(r))
			return false;
		if (sscanf(line, "# %39[-0-9a-f] %23[0-9]", r->org, r->n) != 2)
			r->files->faults++;
		return true;
	}
	/* Text after the row is not sealed. */
	if ((tab = strchr(line, '\t')) != NULL)
		*tab = '\0';
	buf_puts(&r->rows, r->nrows++ > 0 ? "," : "[");
	buf_json(&r->rows, line);
	return r->nrows < MOST || compare_rows(r);
}

static bool
take_lines(struct reading *r, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	bool ok = true;

	begin_rows(r);
	while (ok && getline(&line, &size, file) != -1)
		ok = take_line(r, line);
	free(line);
	return ok && compare_rows(r);
}

/* Checks whether a log entry names the file. */
static bool
find_entry(struct reading *r, const char *path)
{
	static const char sql[] =
	    "SELECT count(*) FROM ops.audit_log a WHERE a.org_id = $1::uuid "
	    "AND a.row_id = ($1::uuid)::text AND a.action = 'detach' "
	    "AND a.new->>'sha256' = $2";
	const char *params[2] = { r->org, NULL };
	const struct pg_rows *rows;
	struct spool file;

	if (*r->org == '\0')
		return true;
	if (!spool_open(r->page, path, &file) ||
	    (params[1] = digest_spool(r->page, &file)) == NULL) {
		warn("%s", path);
		return false;
	}
	if ((rows = pg_ask(r->pg, READING, sql, 2, params)) == NULL)
		return false;
	r->files->known = strcmp(pg_value(rows, 0, 0), "0") != 0;
	return true;
}

bool
audit_files_add(struct pg *pg, struct audit_files *files, const char *path)
{
	struct reading r = { .pg = pg, .files = files };
	FILE *file = fopen(path, "re");
	bool ok;

	files->rows = files->faults = 0;
	files->known = false;
	if (file == NULL) {
		warn("%s", path);
		return false;
	}
	r.page = arena_new();
	pg_answer_into(pg, r.page);
	ok = take_lines(&r, file);
	if (ferror(file)) {
		warn("%s", path);
		ok = false;
	}
	fclose(file);
	ok = ok && find_entry(&r, path);
	arena_free(r.page);
	return ok;
}

static int
compare(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x > y) - (x < y);
}

long long
audit_files_end(struct audit_files *files)
{
	long long n = 0;
	size_t i;

	if (files->ngone > 0)
		qsort(files->gone, files->ngone, sizeof *files->gone, compare);
	for (i = 0; i < files->ngone; i++)
		n += i == 0 || files->gone[i] != files->gone[i - 1];
	free(files->gone);
	files->gone = NULL;
	return n;
}
