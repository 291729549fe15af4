#ifndef KNOWN_DEVICE_H
#define KNOWN_DEVICE_H

struct request;
struct response;

/*
 * The known_device cookie marks a browser in which a user has already signed
 * in. Failed sign-ins in other browsers do not delay sign-ins from such a
 * browser (OWASP, "Device Cookies").
 */

/* Returns the value "NUMBER.USER" of the request's cookie, or NULL. */
const char *known_device_read(struct request *);

/* Sets the cookie for a user, unless the browser already has it. */
void known_device_keep(
    struct request *, struct response *, const char *user_id);

#endif
