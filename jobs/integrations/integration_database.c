/* Sources that query a database server and read the rows in key order. */

#include <string.h>

#include "jobs/integrations/integration_source.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/net/remote_query.h"

/*
 * Characters in names and addresses. None of them has a special meaning in a
 * client library.
 */
#define HOST                                                                   \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_-"

/* Reads the encryption mode. On an error, returns false and sets the error. */
static bool
read_mode(struct integration *in, enum remote_tls *tls)
{
	static const char *const names[] = { [REMOTE_VERIFIED] = "verify-full",
		[REMOTE_ENCRYPTED] = "require",
		[REMOTE_PLAIN] = "disable" };
	const char *mode = integration_setting(in, "sslmode", "verify-full");
	enum remote_tls i;

	for (i = REMOTE_VERIFIED; i <= REMOTE_PLAIN; i++)
		if (strcmp(names[i], mode) == 0) {
			*tls = i;
			return i != REMOTE_PLAIN ||
			    in->config->private_webhooks ||
			    integration_fail(
				in, true, "sslmode: connections are encrypted");
		}
	return integration_fail(
	    in, true, "sslmode must be one of: verify-full, require, disable");
}

static bool
read_settings(struct integration *in, const char *port, struct remote_query *q)
{
	q->host = integration_setting(in, "host", "");
	q->port = integration_setting(in, "port", port);
	q->database = integration_setting(in, "database", "");
	q->user = integration_setting(in, "user", "");
	q->query = integration_setting(in, "query", NULL);
	q->key = integration_setting(in, "key_column", NULL);
	q->private = in->config->private_webhooks;
	q->authorities = in->config->database_authorities;
	q->connect_ms = INTEGRATION_CONNECT_MS;
	q->ms = INTEGRATION_READ_MS;
	q->password = integration_secret(in, "password");
	if (q->password == NULL)
		return false;
	if (*q->host == '\0' || q->host[strspn(q->host, HOST)] != '\0' ||
	    strlen(q->port) > 5 || q->port[strspn(q->port, "0123456789")])
		return integration_fail(in, true,
		    "the settings host and port do not name a server");
	if (q->query == NULL || q->key == NULL)
		return integration_fail(
		    in, true, "the settings query and key_column are required");
	return read_mode(in, &q->tls);
}

static bool
read_page(struct integration *in, struct arena *a, remote_query_run *run,
    const char *port, const char *name, struct integration_page *page)
{
	struct remote_query q = { .after = *name != '\0' ? name : NULL };
	struct remote_rows rows = { 0 };

	if (!read_settings(in, port, &q))
		return false;
	if (!run(a, &q, &rows))
		return integration_fail(
		    in, rows.final, arena_strdup(in->arena, rows.error));
	page->nrows = rows.n;
	page->rows = rows.rows;
	if (rows.last != NULL)
		page->next = arena_strdup(in->arena, rows.last);
	return true;
}

bool
integration_postgres(struct integration *in, struct arena *a, const char *name,
    struct integration_page *page)
{
	return read_page(in, a, postgres_query_run, "5432", name, page);
}

bool
integration_mysql(struct integration *in, struct arena *a, const char *name,
    struct integration_page *page)
{
	return read_page(in, a, mysql_query_run, "3306", name, page);
}
