#ifndef CONNECTION_H
#define CONNECTION_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "lib/db/sql.h"

struct config;

/* A connection in pipeline mode, where it stays. */
struct connection {
	PGconn *conn; /* NULL: none */

	/*
	 * What each transaction must begin with, so that it acts as tenantry_app
	 * and under our settings; without text where the session is so anyway.
	 */
	struct sql before;

	bool pooled;      /* its session may be somebody else's the next time */
	bool keeps_names; /* of statements, for as long as it is open */
};

/* False, with the reason in the log, when there is none to be had. */
bool connection_open(const struct config *, struct connection *);
void connection_close(struct connection *);

/*
 * True when libpq can read the URL.  It quotes one that it cannot, password
 * and all, so that must be known before anything is logged.
 */
bool connection_url_valid(const char *url);

#endif
