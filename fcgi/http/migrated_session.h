#ifndef MIGRATED_SESSION_H
#define MIGRATED_SESSION_H

struct request;
struct response;

/*
 * The credentials of a Supabase project whose users were imported: an access
 * token in Authorization, or the sb-REF-auth-token cookie. These credentials
 * are no longer valid, and their client is notified of the reason once.
 */

/*
 * Changes the problem of a request without a valid session to SESSION_MIGRATED
 * the first time that such credentials are sent. Returns the name of the cookie
 * to delete, or NULL. The token's signature is not verified, because the token
 * grants nothing.
 */
const char *migrated_session_explain(struct request *);

/*
 * Allows a new search for migrated sessions. If there are none, the database is
 * queried only once per cache epoch.
 */
void migrated_session_forget(void);

/* Deletes the cookie and its pieces. */
void migrated_session_drop(
    struct response *, struct request *, const char *cookie);

#endif
