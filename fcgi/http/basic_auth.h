#ifndef BASIC_AUTH_H
#define BASIC_AUTH_H

#include <stdbool.h>

struct request;

/*
 * Returns true if the request has these Basic credentials (RFC 7617). The
 * comparison takes constant time.
 */
bool basic_auth_matches(
    struct request *, const char *user, const char *password);

/*
 * Returns the password from Basic credentials with any user name, or NULL if
 * there are none.
 */
const char *basic_auth_password(struct request *);

#endif
