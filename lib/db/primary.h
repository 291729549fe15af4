#ifndef PRIMARY_H
#define PRIMARY_H

#include <stdbool.h>

struct config;

/* True unless the database is a standby, which accepts no changes. */
bool primary_found(const struct config *);

#endif
