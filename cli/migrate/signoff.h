#ifndef SIGNOFF_H
#define SIGNOFF_H

#include <stdbool.h>

#include "cli/base/command.h"

struct migration;

/*
 * Records that a person implemented, tested, reviewed or signed a task of the
 * plan, or all tasks ("all").  Who signs must not be who reviewed.
 */
enum status signoff_add(
    struct migration *, const char *task, const char *stage, const char *name);

/* True if every task has all four entries; reports each blank on stderr. */
bool signoff_complete(struct migration *);

/* Prints the entries of the plan. */
bool signoff_print(struct migration *);

#endif
