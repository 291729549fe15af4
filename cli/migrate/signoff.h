#ifndef SIGNOFF_H
#define SIGNOFF_H

#include <stdbool.h>

#include "cli/base/command.h"

struct account;
struct migration;

/*
 * Reports an error on stderr and returns STATUS_USAGE if the task or the stage
 * does not exist.
 */
enum status signoff_check(
    struct migration *, const char *task, const char *stage);

/*
 * Records that a person implemented, tested, reviewed or signed one of the
 * plan's tasks, or all tasks ("all"). The signer and the reviewer must be
 * different people.
 */
bool signoff_add(struct migration *, const char *task, const char *stage,
    const struct account *);

/*
 * Returns true if every task has all four entries. Reports each missing entry
 * on stderr.
 */
bool signoff_complete(struct migration *);

/* Prints the plan's entries. */
bool signoff_print(struct migration *);

#endif
