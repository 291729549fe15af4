#ifndef PASSWORD_PAGE_H
#define PASSWORD_PAGE_H

/* The front end's page for a new password; shared by all who lead there. */

struct request;

/* With the one token in both places that the page looks at. */
const char *password_page(
    struct request *, const char *token, const char *type);

#endif
