/*
 * tenantry search check and rebuild: compares search documents with their rows,
 * and repairs the documents while clients read and write.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/base/terminal_text.h"
#include "lib/base/arena.h"

#define BATCH      "200" /* documents per transaction */
#define FIRST      "-9223372036854775808"
#define PROGRESS_S 10
#define REBUILDING "could not rebuild the search index"

/* How many documents the check has found. */
struct count {
	long long documents, missing, stale, orphaned;
};

/* The rebuild for one organization. */
struct rebuild {
	struct pg *pg;
	/* The organization's id, and its slug for the terminal. */
	const char *org, *slug;
	struct count count;
	time_t printed;
};

static bool
is_faulty(const struct count *c)
{
	return c->missing + c->stale + c->orphaned > 0;
}

/*
 * Reads the organizations' ids and slugs. On an error, reports it and returns
 * NULL.
 */
static const struct pg_rows *
organizations(struct invocation *in)
{
	const char *org = command_value(in, OPTION_ORG_SLUG);
	const struct pg_rows *rows = operator_ask(in,
	    "SELECT o.id, o.slug FROM identity.organization o "
	    "WHERE $1::text IS NULL OR o.slug = $1 "
	    "OR o.id = identity.uuid_or_null($1) ORDER BY o.slug",
	    1, &org);

	if (rows != NULL && pg_nrows(rows) == 0 && org != NULL) {
		warnx("organization \"%s\" does not exist", org);
		return NULL;
	}
	return rows;
}

/* Adds up the columns of a result, beginning with this column. */
static void
count_add(struct count *c, const struct pg_rows *rows, int column)
{
	long long *const members[] = { &c->documents, &c->missing, &c->stale,
		&c->orphaned };
	size_t i;

	for (i = 0; i < sizeof members / sizeof members[0]; i++)
		*members[i] +=
		    strtoll(pg_value(rows, 0, column + (int)i), NULL, 10);
}

static void
count_print(const struct count *c, const char *slug, const char *done)
{
	printf("%s: %lld documents", slug, c->documents);
	if (is_faulty(c))
		printf("; %s%lld missing, %lld stale, %lld orphaned", done,
		    c->missing, c->stale, c->orphaned);
	putchar('\n');
	fflush(stdout);
}

/*
 * Repairs documents of one kind, starting at an ID. The result has the next ID,
 * the counts, and the IDs of locked documents.
 */
static const struct pg_rows *
repair(struct rebuild *r, const char *kind, const char *first,
    const char *batch, const char *wait)
{
	const char *params[] = { r->org, kind, first, batch, wait };
	const struct pg_rows *rows = pg_ask(r->pg, REBUILDING,
	    "SELECT next, documents, missing, stale, orphaned, "
	    "array_to_string(busy, ' ') FROM crm.rebuild_documents($1, $2, "
	    "$3, $4, true, $5)",
	    5, params);

	if (rows != NULL)
		count_add(&r->count, rows, 1);
	return rows;
}

/* Repairs the locked documents one by one. */
static bool
repair_busy(struct rebuild *r, const char *kind, const char *ids)
{
	char id[24];
	int n;

	for (; sscanf(ids, "%23s%n", id, &n) == 1; ids += n) {
		/* The document was already counted when it was locked. */
		r->count.documents--;
		if (repair(r, kind, id, "1", "true") == NULL)
			return false;
	}
	return true;
}

static void
print_progress(struct rebuild *r)
{
	if (time(NULL) - r->printed < PROGRESS_S)
		return;
	r->printed = time(NULL);
	printf("%s: %lld documents so far\n", r->slug, r->count.documents);
	fflush(stdout);
}

static bool
rebuild_kind(struct rebuild *r, const char *kind)
{
	struct arena *arena = arena_new();
	char first[24] = FIRST;
	const struct pg_rows *rows;
	const char *next;
	bool done, more;

	pg_answer_into(r->pg, arena);
	do {
		rows = repair(r, kind, first, BATCH, "false");
		done =
		    rows != NULL && repair_busy(r, kind, pg_value(rows, 0, 5));
		next = done ? pg_value(rows, 0, 0) : NULL;
		if ((more = next != NULL))
			snprintf(first, sizeof first, "%s", next);
		print_progress(r);
		arena_reset(arena);
	} while (more);
	arena_free(arena);
	return done;
}

static bool
rebuild_organization(struct invocation *in, struct rebuild *r)
{
	const struct pg_rows *kinds;
	bool done;
	int i;

	kinds = pg_ask(r->pg, REBUILDING,
	    "SELECT k.kind FROM crm.document_kinds(set_config('app.org_id', "
	    "$1, true)::uuid) k",
	    1, &r->org);
	done = kinds != NULL;
	for (i = 0; done && i < pg_nrows(kinds); i++)
		done = rebuild_kind(r, pg_value(kinds, i, 0));
	pg_answer_into(r->pg, in->arena);
	count_print(&r->count, r->slug, "repaired ");
	return done;
}

enum status
search_rebuild(struct invocation *in)
{
	const struct pg_rows *rows = organizations(in);
	bool done = rows != NULL;
	int i;

	for (i = 0; done && i < pg_nrows(rows); i++) {
		struct rebuild r = { .pg = in->pg,
			.org = pg_value(rows, i, 0),
			.slug = terminal_text(in->arena, pg_value(rows, i, 1)),
			.printed = time(NULL) };

		done = rebuild_organization(in, &r);
	}
	return done ? STATUS_OK : STATUS_FAILED;
}

enum status
search_check(struct invocation *in)
{
	const struct pg_rows *rows = organizations(in), *counted;
	enum status status = rows == NULL ? STATUS_FAILED : STATUS_OK;
	int i;

	for (i = 0; rows != NULL && i < pg_nrows(rows); i++) {
		struct count count = { .documents = 0 };
		const char *org = pg_value(rows, i, 0);

		counted = pg_ask(in->pg, "could not check the search index",
		    "SELECT * FROM crm.count_document_faults($1)", 1, &org);
		if (counted == NULL)
			return STATUS_FAILED;
		count_add(&count, counted, 0);
		count_print(
		    &count, terminal_text(in->arena, pg_value(rows, i, 1)), "");
		if (is_faulty(&count))
			status = STATUS_FAILED;
	}
	return status;
}
