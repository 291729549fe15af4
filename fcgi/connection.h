#ifndef CONNECTION_H
#define CONNECTION_H

#include <libpq-fe.h>

struct config;

/*
 * A connection that acts as tenantry_app, with its settings made and in
 * pipeline mode, where it stays; NULL, with the reason in the log, when there
 * is none to be had.  For PQfinish().
 */
PGconn *connection_open(const struct config *);

#endif
