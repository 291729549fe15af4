#ifndef USER_H
#define USER_H

#include "cli/base/command.h"

/*
 * Returns the id of the user with this id or email address. On an error,
 * reports it and returns NULL.
 */
const char *user_find(struct invocation *, const char *user);

/* Prints or emails the link with which a user sets a password. */
enum status user_password_link(
    struct invocation *, const char *id, const char *email);

/*
 * Returns the public URL without a trailing slash. On an error, reports it and
 * returns NULL.
 */
const char *user_base_url(struct invocation *);

#endif
