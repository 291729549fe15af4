#ifndef CONNECTION_H
#define CONNECTION_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "lib/db/sql.h"

struct config;

/* A connection in pipeline mode. */
struct connection {
	PGconn *conn; /* NULL: not connected */

	/*
	 * The first statement of each transaction: sets the role and, behind a
	 * pooler, the settings. The text is empty if the session already has
	 * both.
	 */
	struct sql before;

	char told[256];   /* warnings with SQLSTATE ZH209, see db_told() */
	bool pooled;      /* the session may change with each transaction */
	bool keeps_names; /* prepared statements persist until it closes */
};

/* Returns the URL with which the workers log in. */
const char *connection_url(const struct config *);

/* Connects. On an error, returns false and logs the reason. */
bool connection_open(const char *url, struct connection *);

/* Closes the connection, if it is open. */
void connection_close(struct connection *);

/*
 * Returns true if libpq can parse the URL. Check it before connecting: libpq's
 * error message quotes a malformed URL with its password.
 */
bool connection_url_valid(const char *url);

#endif
