#ifndef INTEGRATION_SOURCE_H
#define INTEGRATION_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct config;
struct job_context;
struct json_object;
struct spool;

/* A run of an integration job, for its source. */
struct integration {
	const struct config *config;
	struct arena *arena;
	struct json_object *settings, *secrets, *payload;
	const char *token; /* of OAuth, for this run */

	struct job_context *w; /* for sources that read files */
	const char *ticket;
	const char *organization; /* its slug */
	bool test;                /* of the connection */

	/* The reason of a failure; final: another attempt does not help. */
	const char *error;
	bool final;
};

/* A page of a source.  The rows are JSON objects as texts. */
struct integration_page {
	size_t nrows;
	const char **rows;
	const char *next; /* the name of the next page, or NULL: the last one */
};

/*
 * Reads the page of that name, "" for the first one, into an arena.  False
 * sets the error.
 */
typedef bool integration_fetch(struct integration *, struct arena *,
    const char *name, struct integration_page *);

/* The sources. Rows of webhooks and mails are in the job's payload. */
integration_fetch integration_http_json, integration_csv_https;
integration_fetch integration_csv_sftp, integration_postgres;
integration_fetch integration_mysql, integration_payload;
integration_fetch integration_mail;

/*
 * Sends rows to the system of the integration. A retried batch has the same
 * key. False sets the error.
 */
bool integration_push(struct integration *, struct arena *, bool signs,
    const char *key, const char *body);

/* Limits of one read by a source. */
#define INTEGRATION_CONNECT_MS 10000
#define INTEGRATION_READ_MS    60000 /* less than the lease of two minutes */
#define INTEGRATION_MOST       16777216

/* Fails; returns false. */
bool integration_fail(struct integration *, bool final, const char *why);

/* The text of a setting, or the fallback. */
const char *integration_setting(
    const struct integration *, const char *name, const char *fallback);

/*
 * Opens a secret of one line, or of several such as a private key; NULL sets
 * the error.
 */
const char *integration_secret(struct integration *, const char *name);
const char *integration_secret_lines(struct integration *, const char *name);

/* False if a URL has another scheme, "https://", or a user. */
bool integration_check_url(struct integration *, const char *what,
    const char *url, const char *scheme);

/*
 * Takes the value at a path of names, "data.items"; the value itself for "".
 * NULL if there is none.
 */
struct json_object *integration_path(
    struct arena *, struct json_object *, const char *path);

/* The rows of a JSON array; fails unless all are objects. */
bool integration_rows(struct integration *, struct arena *,
    struct json_object *array, struct integration_page *);

/* The rows of a CSV file whose first row has the names of the columns. */
bool integration_csv(struct integration *, struct arena *,
    const struct buf *bytes, struct integration_page *);
bool integration_csv_file(struct integration *, struct arena *,
    const struct spool *, struct integration_page *);

/*
 * The rows of a JSON text at the path in the setting rows_path; "what" is its
 * name in errors. Returns the whole value; NULL sets the error.
 */
struct json_object *integration_json(struct integration *, struct arena *,
    const char *what, const char *text, size_t len, struct integration_page *);

#endif
