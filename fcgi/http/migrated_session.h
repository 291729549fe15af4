#ifndef MIGRATED_SESSION_H
#define MIGRATED_SESSION_H

struct request;
struct response;

/*
 * The credentials of a Supabase project whose users were imported: an access
 * token in Authorization, or the cookie sb-REF-auth-token. They are no longer
 * valid, and their client is notified of the reason once.
 */

/*
 * If a request without a valid session has such credentials, the problem
 * becomes SESSION_MIGRATED the first time. Returns the name of their cookie to
 * delete, or NULL. The signature of the token is not verified, because nothing
 * is granted.
 */
const char *migrated_session_explain(struct request *);

/*
 * Allows a new search for migrated sessions. If there are none, the database is
 * queried once per cache epoch.
 */
void migrated_session_forget(void);

/* Deletes the cookie and its pieces. */
void migrated_session_drop(
    struct response *, struct request *, const char *cookie);

#endif
