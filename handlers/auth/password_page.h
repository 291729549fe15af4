#ifndef PASSWORD_PAGE_H
#define PASSWORD_PAGE_H

/* The front end's page for choosing a password. */

struct request;

/*
 * Returns the URL with the token in both places from which the page reads it.
 */
const char *password_page(
    struct request *, const char *token, const char *type);

#endif
