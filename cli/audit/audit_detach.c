/*
 * tenantry audit detach: moves old audit log rows to a file. Their seals remain
 * and contain their hashes, so that the file can be verified later.
 */
#include <err.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/audit/audit.h"
#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "lib/base/arena.h"
#include "lib/base/spool.h"
#include "lib/base/sync_folder.h"
#include "lib/crypto/digest.h"

#define FAILED "could not detach rows of the audit log"

/* An organization's rows in the file. */
struct chain {
	char org[40];
	char upto[24]; /* the rows are below this id */
	long long rows;
	struct chain *next;
};

struct detachment {
	struct arena *arena, *page; /* page: reset after each seal */
	struct pg *pg;
	const char *org;    /* NULL: all */
	const char *before; /* NULL: each organization has its own time */
	const char *due;    /* the time of each organization, as JSON */
	char at[40]; /* the organization and the number of the last seal */
	char n[24];
	struct chain *chains; /* newest first */
	long long rows;
};

/*
 * Checks the time. Undo, the trash and the change feed read rows of the last 35
 * days, and the rollback of a migration reads rows after the migration's end.
 */
static bool
check_time(struct detachment *d)
{
	const struct pg_rows *rows = pg_ask(d->pg, FAILED,
	    "SELECT coalesce($1::timestamptz <= now() - interval '35 days', "
	    "true), "
	    "EXISTS (SELECT FROM ops.migration m "
	    "WHERE m.state NOT IN ('finished', 'rolled back'))",
	    1, &d->before);

	if (rows == NULL)
		return false;
	if (strcmp(pg_value(rows, 0, 0), "t") != 0)
		warnx("rows of the last 35 days cannot be detached");
	else if (strcmp(pg_value(rows, 0, 1), "t") == 0)
		warnx("a migration is neither finished nor rolled back, and "
		      "its rollback needs the log");
	else
		return true;
	return false;
}

/*
 * Reads the next seal with the columns of a query. The result has no row at the
 * end.
 */
static const struct pg_rows *
next_seal(struct detachment *d, const char *sql)
{
	const char *params[] = { d->at, d->n, d->before, d->org, d->due };
	const struct pg_rows *rows;

	arena_reset(d->page);
	rows = pg_ask(d->pg, FAILED, sql, 5, params);
	if (rows != NULL && pg_nrows(rows) > 0) {
		snprintf(d->at, sizeof d->at, "%s", pg_value(rows, 0, 0));
		snprintf(d->n, sizeof d->n, "%s", pg_value(rows, 0, 1));
	}
	return rows;
}

#define NEXT_SEAL                                                              \
	"(SELECT q.* FROM ops.audit_seal q "                                   \
	"WHERE (q.org_id, q.n) > ($1::uuid, $2::bigint) "                      \
	"AND q.at < coalesce($3::timestamptz, "                                \
	"($5::jsonb->>q.org_id::text)::timestamptz) "                          \
	"AND ($4::uuid IS NULL OR q.org_id = $4) "                             \
	"ORDER BY q.org_id, q.n LIMIT 1) s "

static void
first_seal(struct detachment *d)
{
	snprintf(d->at, sizeof d->at, AUDIT_START);
	snprintf(d->n, sizeof d->n, "0");
}

/* Counts a seal's rows. */
static void
count(struct detachment *d, const char *upto, int n)
{
	struct chain *c = d->chains;

	if (n == 0)
		return;
	if (c == NULL || strcmp(c->org, d->at) != 0) {
		c = arena_alloc(d->arena, sizeof *c);
		*c = (struct chain){ .next = d->chains };
		snprintf(c->org, sizeof c->org, "%s", d->at);
		d->chains = c;
	}
	snprintf(c->upto, sizeof c->upto, "%s", upto);
	c->rows += n;
	d->rows += n;
}

/* Writes the rows of all seals in the snapshot that was verified. */
static bool
write_rows(struct detachment *d, FILE *file)
{
	static const char sql[] =
	    "SELECT s.org_id, s.n, s.upto, a.line, a.more "
	    "FROM " NEXT_SEAL "LEFT JOIN LATERAL (SELECT a.id, " AUDIT_ROW
	    " AS line, nullif(rtrim(concat_ws(E'\\t', '', "
	    "coalesce(a.impersonator, ''), coalesce(a.api_key_id, ''), "
	    "coalesce(a.client, '')), E'\\t'), '') AS more "
	    "FROM unnest(s.ids) u(id) "
	    "JOIN ops.audit_log a ON a.org_id = s.org_id AND a.id = u.id "
	    "WHERE a.action NOT IN ('detach', 'erase', 'purge')) a ON true "
	    "ORDER BY "
	    "a.id";
	const struct pg_rows *rows;
	int i, n;

	first_seal(d);
	while ((rows = next_seal(d, sql)) != NULL && pg_nrows(rows) > 0) {
		n = pg_value(rows, 0, 3) != NULL ? pg_nrows(rows) : 0;
		if (n > 0)
			fprintf(file, "# %s %s\n", d->at, d->n);
		for (i = 0; i < n; i++) {
			fputs(pg_value(rows, i, 3), file);
			if (pg_value(rows, i, 4) != NULL)
				fputs(pg_value(rows, i, 4), file);
			putc('\n', file);
		}
		count(d, pg_value(rows, 0, 2), n);
		if (ferror(file))
			break;
	}
	return rows != NULL;
}

/*
 * Writes the file and waits until it is on the disk. Removes a file that has no
 * rows or could not be written.
 */
static bool
write_file(struct detachment *d, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd != -1 ? fdopen(fd, "w") : NULL;
	bool read, written;

	if (file == NULL) {
		warn("%s", path);
		if (fd != -1) {
			close(fd);
			unlink(path);
		}
		return false;
	}
	read = write_rows(d, file);
	written = fflush(file) == 0 && !ferror(file) && fsync(fd) == 0;
	written = fclose(file) == 0 && written &&
	    sync_folder(dirname(arena_strdup(d->arena, path)));
	if (!written)
		warn("%s", path);
	if ((!read || !written || d->rows == 0) && unlink(path) != 0)
		warn("%s", path);
	return read && written;
}

static const char *
file_digest(struct detachment *d, const char *path)
{
	struct spool file;
	const char *hex = NULL;

	if (spool_open(d->arena, path, &file))
		hex = digest_spool(d->arena, &file);
	if (hex == NULL)
		warn("%s", path);
	return hex;
}

/* Writes the entry that tells "audit verify" where the rows are. */
static bool
record(struct detachment *d, const struct chain *c, const char *sha256)
{
	char rows[24];
	const char *params[] = { c->org, c->upto, rows, sha256 };

	snprintf(rows, sizeof rows, "%lld", c->rows);
	return pg_ask(d->pg, FAILED,
		   "SELECT ops.record_detached($1::uuid, $2::bigint, "
		   "$3::bigint, $4)",
		   4, params) != NULL;
}

/*
 * Deletes one seal's rows. Returns 0 at the end and -1 on an error. The role
 * that reads the seals is not the role that may delete rows.
 */
static int
delete_some(struct detachment *d)
{
	static const char sql[] = "SELECT s.org_id, s.n, s.ids FROM " NEXT_SEAL;
	const struct pg_rows *rows;
	const char *params[2];

	if (!audit_begin(d->pg, "BEGIN READ ONLY"))
		return -1;
	rows = next_seal(d, sql);
	if (!pg_run(d->pg, "ROLLBACK") || rows == NULL)
		return -1;
	if (pg_nrows(rows) == 0)
		return 0;
	params[0] = d->at;
	params[1] = pg_value(rows, 0, 2);
	return pg_ask(d->pg, FAILED,
		   "SELECT ops.delete_detached($1::uuid, $2::bigint[])", 2,
		   params) != NULL
	    ? 1
	    : -1;
}

static bool
detach(struct detachment *d, const char *path)
{
	const struct chain *c;
	const char *sha256;
	int more;

	if (!write_file(d, path) || !pg_run(d->pg, "ROLLBACK"))
		return false;
	if (d->rows == 0) {
		puts("no rows to detach");
		return true;
	}
	if ((sha256 = file_digest(d, path)) == NULL)
		return false;
	for (c = d->chains; c != NULL; c = c->next)
		if (!record(d, c, sha256))
			return false;
	printf("%s: %lld rows, SHA-256 %s\n", path, d->rows, sha256);
	first_seal(d);
	while ((more = delete_some(d)) > 0)
		continue;
	return more == 0;
}

/*
 * Reads which rows are due: those before a time, or those that are older than
 * the retention of their organization.
 */
static bool
read_due(struct detachment *d, const char *days)
{
	const struct pg_rows *rows;

	d->due = "{}";
	if (days == NULL)
		return true;
	if (!pg_run(d->pg, "BEGIN READ ONLY"))
		return false;
	rows = pg_ask(
	    d->pg, FAILED, "SELECT crm.audit_due($1::integer)", 1, &days);
	if (rows == NULL || !pg_run(d->pg, "ROLLBACK"))
		return false;
	d->due = pg_value(rows, 0, 0);
	return true;
}

enum status
audit_detach(struct invocation *in)
{
	const char *days = command_value(in, OPTION_DUE);
	struct detachment d = { .arena = in->arena,
		.pg = in->pg,
		.org = command_value(in, OPTION_ORG),
		.before = command_value(in, OPTION_BEFORE) };
	bool done;

	if ((d.before == NULL) == (days == NULL))
		return command_misused(in, "give either --before or --due");
	if (!operator_sign(in->arena, in->pg) || !check_time(&d) ||
	    !read_due(&d, days))
		return STATUS_FAILED;
	/*
	 * The verification's transaction stays open, so that exactly the rows
	 * that it has seen are written.
	 */
	if (audit_verify(in) != STATUS_OK) {
		warnx("nothing was detached: the log is not intact");
		return STATUS_FAILED;
	}
	d.page = arena_new();
	pg_answer_into(d.pg, d.page);
	done = detach(&d, in->arguments[0]);
	pg_answer_into(d.pg, in->arena);
	arena_free(d.page);
	return done ? STATUS_OK : STATUS_FAILED;
}
