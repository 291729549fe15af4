#ifndef USER_H
#define USER_H

#include <stdbool.h>

#include "cli/command.h"

struct arena;
struct pg;
struct pg_rows;

/* What "tenantry user VERB ..." was asked, and its connection. */
struct user_task {
	struct arena *arena;
	struct pg *pg;
	const char *word[2]; /* what follows the verb; NULL: not said */
	const char *reason;
	const char *life; /* --for, an interval */
	bool json;
	bool mail;
	bool yes;
};

/* A statement's answer; NULL, and the reason on stderr, when it is refused. */
const struct pg_rows *user_ask(struct user_task *, const char *sql, int nparams,
    const char *const *params);

/* The id of the user that word[0] names, by id or address; NULL: told. */
const char *user_find(struct user_task *);

/* What one does to users; user_change.c and user_link.c. */
enum status user_create(struct user_task *);
enum status user_role(struct user_task *);
enum status user_ban(struct user_task *);
enum status user_unban(struct user_task *);
enum status user_revoke(struct user_task *);
enum status user_reset_second_factor(struct user_task *);
enum status user_remove(struct user_task *);
enum status user_password(struct user_task *);
enum status user_invite_admin(struct user_task *);

/* Prints, or mails, the link by which a user chooses a password. */
enum status user_password_link(
    struct user_task *, const char *id, const char *email);

/* The public address without a slash at its end; NULL: told. */
const char *user_base_url(struct user_task *);

#endif
