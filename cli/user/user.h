#ifndef USER_H
#define USER_H

#include "cli/base/command.h"

/* The id of the user with that id or email address; NULL: error reported. */
const char *user_find(struct invocation *, const char *user);

/* Prints, or mails, the link by which a user sets a password. */
enum status user_password_link(
    struct invocation *, const char *id, const char *email);

/* The public address without a trailing slash; NULL: error reported. */
const char *user_base_url(struct invocation *);

#endif
