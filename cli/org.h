#ifndef ORG_H
#define ORG_H

#include <stdbool.h>

#include "cli/command.h"

struct arena;
struct pg;
struct pg_rows;

/* What "tenantry org VERB ..." was asked, and its connection. */
struct org_task {
	struct arena *arena;
	struct pg *pg;
	const char *word[3]; /* what follows the verb; NULL: not said */
	const char *slug;    /* --slug */
	const char *file;    /* --to */
	const char *sum;     /* --checksum */
	bool json;
	bool yes;
};

/* A statement's answer; NULL, and the reason on stderr, when it is refused. */
const struct pg_rows *org_ask(
    struct org_task *, const char *sql, int nparams, const char *const *params);

/*
 * The id of the organization that word[0] names, by slug or id, deleted ones
 * too; NULL: told.
 */
const char *org_find(struct org_task *);

/* What one does to organizations and their members; org_change.c. */
enum status org_create(struct org_task *);
enum status org_add(struct org_task *);
enum status org_role(struct org_task *);
enum status org_remove(struct org_task *);
enum status org_transfer(struct org_task *);
enum status org_limit(struct org_task *);
enum status org_delete(struct org_task *);
enum status org_suspend(struct org_task *);
enum status org_restore(struct org_task *);

/* One organization as an archive, and back; archive_export.c, _import.c. */
enum status org_export(struct org_task *);
enum status org_checksum(struct org_task *);
enum status org_import(struct org_task *);

#endif
