#ifndef MIGRATED_SESSION_H
#define MIGRATED_SESSION_H

struct request;
struct response;

/*
 * The credentials of a Supabase project whose users were imported: an access
 * token in Authorization, or the cookie sb-REF-auth-token.  They are valid no
 * longer, and their client is notified once of the reason.
 */

/*
 * Of a request that is refused because nobody is signed in: if it has such
 * credentials, the problem becomes SESSION_MIGRATED the first time.  Returns
 * the name of their cookie to delete, or NULL.  The signature of the token is
 * not verified, because nothing is granted.
 */
const char *migrated_session_explain(struct request *);

/*
 * Looks for such sessions again: without any, the database is asked once in a
 * cache epoch.
 */
void migrated_session_forget(void);

/* Deletes the cookie and its pieces. */
void migrated_session_drop(
    struct response *, struct request *, const char *cookie);

#endif
