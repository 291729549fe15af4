#ifndef INSPECT_H
#define INSPECT_H

#include <stdbool.h>

struct migration;

/*
 * Prints the tables of the source by schema, and what the checks of the journey
 * with the header "inspect" find; dir is the folder of journeys.  False, with a
 * line on stderr, on failure.
 */
bool inspect_print(struct migration *, const char *dir, bool json);

#endif
