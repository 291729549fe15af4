#ifndef ORGANIZATION_KEY_H
#define ORGANIZATION_KEY_H

struct request;

/*
 * The key of an organization, which encrypts the evidence and the identifiers
 * of its members. The database stores it encrypted with the secret of the
 * server.
 */

/* Creates an encrypted key for an organization without one. */
const char *organization_key_new(struct request *);

/*
 * Decrypts a key. Returns NULL and records a problem if the key was encrypted
 * with another secret.
 */
const char *organization_key_open(struct request *, const char *sealed);

#endif
