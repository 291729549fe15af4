#ifndef ORGANIZATION_KEY_H
#define ORGANIZATION_KEY_H

struct request;

/*
 * An organization's key, which encrypts the evidence about its members and
 * their identifiers. The database stores the key encrypted with the server's
 * secret.
 */

/* Creates an encrypted key for an organization without one. */
const char *organization_key_new(struct request *);

/*
 * Decrypts a key. Records a problem and returns NULL if the key was encrypted
 * with a different secret.
 */
const char *organization_key_open(struct request *, const char *sealed);

#endif
