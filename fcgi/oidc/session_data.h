#ifndef SESSION_DATA_H
#define SESSION_DATA_H

struct request;
struct response;

/*
 * The cookie session_data: who is signed in, signed and short-lived, for
 * servers of others that read it with Better Auth's getCookieCache() and ask
 * nobody.  No route of ours believes it.  It is sent where the switch is on,
 * in pieces when it is longer than a cookie may be.
 */

/*
 * Adds it to an answer that says the same, unless the caller's says so too
 * and lives.  session and user are JSON objects as the wire has them.
 */
void session_data_offer(
    struct response *, struct request *, const char *session, const char *user);

/*
 * Adds it to any answer that begins a session or may have changed what the
 * caller's is about, and takes its pieces away with the session.
 */
void session_data_follow(struct response *, struct request *);

#endif
