#ifndef KNOWN_DEVICE_H
#define KNOWN_DEVICE_H

struct request;
struct response;

/*
 * The cookie known_device marks a browser in which a user has signed in before.
 * Failed sign-ins elsewhere do not delay sign-ins from such a browser (OWASP,
 * "Device Cookies").
 */

/* Returns the value "NUMBER.USER" of the request's cookie, or NULL. */
const char *known_device_read(struct request *);

/* Sets the cookie for a user, unless the browser has it already. */
void known_device_keep(
    struct request *, struct response *, const char *user_id);

#endif
