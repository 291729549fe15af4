#ifndef PLACES_H
#define PLACES_H

#include <stdbool.h>

/*
 * Places for what only so many workers may do at once, in memory that all
 * workers of a supervisor share.  One whose worker died is free again.
 */
struct places;

/* Maps the memory; call once, before any fork. */
struct places *places_new(long n);

/* Takes one for this worker; false when none is free.  Under CGI, where there
 * is no pool to fill, places are NULL and nobody is refused. */
bool places_take(struct places *);

/* Gives it back, if this worker has one. */
void places_leave(struct places *);

#endif
