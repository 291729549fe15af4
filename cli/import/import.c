/* tenantry import: imports users from another system. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/pg.h"
#include "cli/import/import.h"
#include "cli/schema/ledger.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

#define BATCH "500" /* rows */

struct import {
	struct arena *arena;
	struct arena *batch; /* memory for one batch of rows */
	struct pg *from;
	struct pg *into;
	const char *secret;
	bool rehearsal; /* --dry-run: one transaction, rolled back */
	bool incomplete;
};

/*
 * Finds the first of these tables that exists. Sets *table to its quoted name,
 * or to NULL. Returns false on an error.
 */
static bool
find_table(struct import *im, const char *const *names, const char **table)
{
	const struct pg_rows *rows;

	for (*table = NULL; *table == NULL && *names != NULL; names++) {
		rows = pg_query(
		    im->from, "SELECT to_regclass($1)::text", 1, names);
		if (rows == NULL) {
			pg_warn(im->from, *names);
			return false;
		}
		if (pg_value(rows, 0, 0) != NULL)
			*table = arena_strdup(im->arena, pg_value(rows, 0, 0));
	}
	return true;
}

/*
 * Converts the row to the target's format. Reports the row and returns NULL if
 * it must be skipped.
 */
static const char *
converted(struct import *im, const struct import_kind *kind, const char *text)
{
	struct json_error error;
	struct json_object *row;

	if (kind->convert == NULL)
		return text;
	row = json_parse(im->batch, text, strlen(text), &error);
	if (row == NULL)
		printf("  %s skipped: %s\n", kind->title, error.what);
	else if (!kind->convert(im->batch, im->secret, row))
		printf("  %s %s skipped: not encrypted with this "
		       "BETTER_AUTH_SECRET\n",
		    kind->title, json_get_text(row, "id"));
	else
		return json_text(row);
	im->incomplete = true;
	return NULL;
}

/* Row counts. Each skipped row is reported separately. */
struct tally {
	long read, taken, known, skipped;
};

static void
count(struct import *im, const struct import_kind *kind,
    const struct pg_rows *rows, struct tally *tally)
{
	const char *key, *fate;
	int i;

	for (i = 0; i < pg_nrows(rows); i++) {
		key = pg_value(rows, i, 0);
		fate = pg_value(rows, i, 1);
		if (strcmp(fate, "new") == 0)
			tally->taken++;
		else if (strcmp(fate, "known") == 0)
			tally->known++;
		else if (strncmp(fate, "new: ", 5) == 0) {
			tally->taken++;
			printf("  %s %s: %s\n", kind->title, key, fate + 5);
		} else {
			tally->skipped++;
			im->incomplete = true;
			printf("  %s %s skipped: %s\n", kind->title, key, fate);
		}
	}
}

/* Imports one batch. Sets *n to the number of rows in it. */
static bool
carry(struct import *im, const struct import_kind *kind, struct tally *tally,
    int *n)
{
	const struct pg_rows *rows =
	    pg_query(im->from, "FETCH " BATCH " FROM import", 0, NULL);
	const char *params[2] = { kind->kind, NULL }, *row;
	struct buf b;
	int i;

	if (rows == NULL) {
		pg_warn(im->from, kind->title);
		return false;
	}
	*n = pg_nrows(rows);
	tally->read += *n;
	buf_init(&b, im->batch);
	buf_puts(&b, "[");
	for (i = 0; i < *n; i++)
		if ((row = converted(im, kind, pg_value(rows, i, 0))) == NULL)
			tally->skipped++;
		else
			buf_printf(&b, "%s%s", b.len > 1 ? "," : "", row);
	buf_puts(&b, "]");
	params[1] = b.data;
	rows = pg_query(im->into,
	    "SELECT fate.key, fate.fate "
	    "FROM identity.import_rows($1, $2::jsonb) fate",
	    2, params);
	if (rows == NULL) {
		pg_warn(im->into, kind->title);
		return false;
	}
	count(im, kind, rows, tally);
	return true;
}

static bool
import_kind(struct import *im, const struct import_kind *kind)
{
	struct tally tally = { 0 };
	const char *table, *select;
	struct buf b;
	bool ok;
	int n;

	if (!find_table(im, kind->tables, &table))
		return false;
	if (table == NULL) {
		printf("%-20s not found\n", kind->title);
		return true;
	}
	buf_init(&b, im->arena);
	select = strstr(kind->select, "%s");
	buf_puts(&b, "DECLARE import NO SCROLL CURSOR FOR ");
	buf_write(&b, kind->select, (size_t)(select - kind->select));
	buf_printf(&b, "%s%s", table, select + 2);
	if (!pg_run(im->from, b.data)) {
		pg_warn(im->from, kind->title);
		return false;
	}
	do {
		ok = carry(im, kind, &tally, &n);
		arena_reset(im->batch);
	} while (ok && n > 0);
	if (!ok || !pg_run(im->from, "CLOSE import"))
		return false;
	printf("%-20s %8ld read %8ld new %8ld known %8ld skipped\n",
	    kind->title, tally.read, tally.taken, tally.known, tally.skipped);
	return true;
}

/*
 * Reads all kinds from one snapshot of the source, and does not change the
 * source.
 */
static bool
begin(struct import *im, const struct import_source *source)
{
	const struct import_kind *users = source->kinds;
	const char *table;

	while (strcmp(users->kind, "user") != 0)
		users++;
	if (!find_table(im, users->tables, &table))
		return false;
	if (table == NULL) {
		warnx("the database of SOURCE_DATABASE_URL has no table of "
		      "users of %s, or it is not accessible",
		    source->name);
		return false;
	}
	if (!pg_run(
		im->from, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")) {
		pg_warn(im->from, "the source");
		return false;
	}
	if (!ledger_lock(im->arena, im->into))
		return false;
	if (im->rehearsal && !pg_run(im->into, "BEGIN")) {
		pg_warn(im->into, "the target");
		return false;
	}
	return true;
}

static enum status
import_all(struct import *im, const struct import_source *source)
{
	int i;

	if (!begin(im, source))
		return STATUS_FAILED;
	im->batch = arena_new();
	pg_answer_into(im->from, im->batch);
	pg_answer_into(im->into, im->batch);
	for (i = 0; i < source->nkinds; i++)
		if (!import_kind(im, &source->kinds[i]))
			break;
	pg_answer_into(im->from, im->arena);
	pg_answer_into(im->into, im->arena);
	arena_free(im->batch);
	if (im->rehearsal && pg_run(im->into, "ROLLBACK"))
		puts("dry run: all changes were rolled back");
	if (i < source->nkinds) {
		warnx(im->rehearsal
			? "dry run stopped"
			: "import stopped; what was imported is kept, and the "
			  "same command continues from there");
		return STATUS_FAILED;
	}
	return im->incomplete ? STATUS_FAILED : STATUS_OK;
}

static enum status
import(struct invocation *in, const struct import_source *source)
{
	struct import im = { .arena = in->arena,
		.secret = getenv("BETTER_AUTH_SECRET"),
		.rehearsal = command_flag(in, OPTION_DRY_RUN) };
	const char *url = getenv("SOURCE_DATABASE_URL");

	if (url == NULL || *url == '\0') {
		warnx("SOURCE_DATABASE_URL is not set; it names the database "
		      "to import");
		return STATUS_USAGE;
	}
	if (im.secret == NULL || *im.secret == '\0') {
		warnx("BETTER_AUTH_SECRET is not set; cookies and encrypted "
		      "secrets need that of the imported system");
		return STATUS_USAGE;
	}
	if ((im.into = pg_open_environment(in->arena)) == NULL ||
	    (im.from = pg_open(in->arena, "SOURCE_DATABASE_URL", url)) == NULL)
		return STATUS_UNREACHABLE;
	return import_all(&im, source);
}

enum status
import_better_auth(struct invocation *in)
{
	return import(in, &better_auth_source);
}
