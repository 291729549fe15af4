/* Reads an SQL file, runs it in a transaction and reports errors by line. */
#include <err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/pg.h"
#include "cli/base/script.h"
#include "cli/base/sqltext.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"

const char *
script_read(struct arena *a, const char *path)
{
	char chunk[16384];
	struct buf text;
	bool whole;
	FILE *f;
	size_t n;

	if ((f = path != NULL ? fopen(path, "re") : stdin) == NULL) {
		warn("%s", path);
		return NULL;
	}
	path = path != NULL ? path : "standard input";
	buf_init(&text, a);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_write(&text, chunk, n);
	if (!(whole = !ferror(f)))
		warn("%s", path);
	if (f != stdin)
		fclose(f);
	if (whole && strlen(text.data) != text.len) {
		warnx("%s: contains a NUL byte, so it is not SQL", path);
		whole = false;
	}
	return whole ? text.data : NULL;
}

/* Prints "path:12: message; detail; hint (context)". */
static void
warn_at_line(const struct pg *pg, const char *path, const char *sql)
{
	const struct pg_error *e = pg_error(pg);
	int line = e->position > 0 ? sqltext_line_of_character(sql, e->position)
				   : sqltext_line_of_statement(sql, e->nbefore);

	warnx("%s:%d: %s", path, line, pg_reason(pg));
}

const char *
script_sum(struct arena *a, const char *sql)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (!EVP_Digest(sql, strlen(sql), sum, &len, EVP_sha256(), NULL))
		errx(1, "libcrypto has no SHA-256");
	return hex_encode(a, sum, len);
}

/*
 * Begins a transaction. On operating systems that support it, the server
 * notices within a second when this process is killed. The setting is not used
 * behind a pooler, which would keep it for other clients.
 */
bool
script_begin(struct pg *pg)
{
	if ((pg_pooled(pg) ||
		(pg_run(pg, "RESET ALL") &&
		    (pg_run(
			 pg, "SET client_connection_check_interval = '1s'") ||
			!pg_lost(pg)))) &&
	    pg_run(pg, "BEGIN"))
		return true;
	pg_warn(pg, "cannot begin a transaction");
	return false;
}

/*
 * Gives every file the same initial settings, regardless of the settings of the
 * previous file. The lock timeout is shorter than the workers' timeout, because
 * their requests queue behind a waiting lock. Function bodies are not checked,
 * so that functions may refer to each other in any order.
 */
static bool
settle(struct pg *pg)
{
	if (pg_run(pg,
		"SET LOCAL client_min_messages = warning;"
		"SET LOCAL statement_timeout = 0;"
		"SET LOCAL lock_timeout = '500ms';"
		"SET LOCAL idle_in_transaction_session_timeout = 0;"
		"SET LOCAL check_function_bodies = off"))
		return true;
	pg_warn(pg, "cannot set up the transaction");
	return false;
}

bool
script_run(struct pg *pg, const char *path, const char *sql)
{
	const struct pg_error *e = pg_error(pg);

	if (!settle(pg))
		return false;
	if (!pg_run(pg, sql)) {
		warn_at_line(pg, path, sql);
		if (strcmp(e->state, "55P03") == 0)
			warnx("another session holds a lock that %s needs; "
			      "nothing was changed",
			    path);
		return false;
	}
	if (!pg_in_transaction(pg)) {
		warnx(
		    "%s: ends its own transaction; remove COMMIT and ROLLBACK",
		    path);
		return false;
	}
	return true;
}
