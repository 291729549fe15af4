#ifndef BASIC_AUTH_H
#define BASIC_AUTH_H

#include <stdbool.h>

struct request;

/*
 * True for a request with that user and password by Basic authentication
 * (RFC 7617); how long it takes tells nothing of them.
 */
bool basic_auth_matches(
    struct request *, const char *user, const char *password);

/* The password that came so, whoever's it is; NULL where none did. */
const char *basic_auth_password(struct request *);

#endif
