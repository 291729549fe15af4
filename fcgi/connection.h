#ifndef CONNECTION_H
#define CONNECTION_H

#include <libpq-fe.h>
#include <stdbool.h>

struct config;

/*
 * A connection that acts as tenantry_app, with its settings made and in
 * pipeline mode, where it stays; NULL, with the reason in the log, when there
 * is none to be had.  For PQfinish().
 */
PGconn *connection_open(const struct config *);

/*
 * True when libpq can read the URL.  It quotes one that it cannot, password
 * and all, so that must be known before anything is logged.
 */
bool connection_url_valid(const char *url);

#endif
