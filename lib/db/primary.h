#ifndef PRIMARY_H
#define PRIMARY_H

#include <stdbool.h>

struct config;

/* Returns false only if the database is a standby, which accepts no changes. */
bool primary_found(const struct config *);

#endif
