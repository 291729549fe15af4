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

/* One run of an integration job, as its source sees it. */
struct integration {
	const struct config *config;
	struct arena *arena;
	struct json_object *settings, *secrets, *payload;
	const char *token; /* OAuth access token for this run */

	struct job_context *w; /* context of sources that read files */
	const char *ticket;
	const char *organization; /* the organization's slug */
	bool test;                /* the run only tests the connection */

	/* The reason for a failure. If final is true, a retry does not help. */
	const char *error;
	bool final;
};

/* One page from a source. The rows are JSON objects as texts. */
struct integration_page {
	size_t nrows;
	const char **rows;
	const char *next; /* name of the next page; NULL: no more pages */
};

/*
 * Reads the page with this name, which is "" for the first page, into an arena.
 * On an error, returns false and sets the error.
 */
typedef bool integration_fetch(struct integration *, struct arena *,
    const char *name, struct integration_page *);

/* The sources. Rows from webhooks and emails are in the job's payload. */
integration_fetch integration_http_json, integration_csv_https;
integration_fetch integration_csv_sftp, integration_postgres;
integration_fetch integration_mysql, integration_payload;
integration_fetch integration_mail;

/*
 * Sends rows to the integration's system. A retried batch has the same key. On
 * an error, returns false and sets the error.
 */
bool integration_push(struct integration *, struct arena *, bool signs,
    const char *key, const char *body);

/* Limits for a single read from a source. */
#define INTEGRATION_CONNECT_MS 10000
#define INTEGRATION_READ_MS    60000 /* less than the two-minute lease */
#define INTEGRATION_MOST       16777216

/* Sets the error and returns false. */
bool integration_fail(struct integration *, bool final, const char *why);

/* Returns the text of a setting, or the fallback. */
const char *integration_setting(
    const struct integration *, const char *name, const char *fallback);

/*
 * Decrypts a secret, which has one line or, like a private key, several lines.
 * On an error, returns NULL and sets the error.
 */
const char *integration_secret(struct integration *, const char *name);
const char *integration_secret_lines(struct integration *, const char *name);

/*
 * Returns false if a URL contains a user, or does not begin with the scheme,
 * such as "https://".
 */
bool integration_check_url(struct integration *, const char *what,
    const char *url, const char *scheme);

/*
 * Returns the value at a path of names such as "data.items", or the value
 * itself for "". Returns NULL if there is no value at the path.
 */
struct json_object *integration_path(
    struct arena *, struct json_object *, const char *path);

/* Reads the rows in a JSON array. Fails unless all of them are objects. */
bool integration_rows(struct integration *, struct arena *,
    struct json_object *array, struct integration_page *);

/* Reads the rows in a CSV file whose first row contains the column names. */
bool integration_csv(struct integration *, struct arena *,
    const struct buf *bytes, struct integration_page *);
bool integration_csv_file(struct integration *, struct arena *,
    const struct spool *, struct integration_page *);

/*
 * Reads the rows in a JSON text at the path in the rows_path setting. what
 * names the text in errors. Returns the whole value. On an error, returns NULL
 * and sets the error.
 */
struct json_object *integration_json(struct integration *, struct arena *,
    const char *what, const char *text, size_t len, struct integration_page *);

#endif
