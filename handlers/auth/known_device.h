#ifndef KNOWN_DEVICE_H
#define KNOWN_DEVICE_H

struct request;
struct response;

/*
 * A browser in which a user has signed in before keeps the cookie known_device.
 * Failed sign-ins elsewhere do not delay sign-ins from such a browser (OWASP,
 * "Device Cookies").
 */

/* "NUMBER.USER" of the request's cookie, or NULL. */
const char *known_device_read(struct request *);

/* Sets the cookie for a user, unless the browser has it. */
void known_device_keep(
    struct request *, struct response *, const char *user_id);

#endif
