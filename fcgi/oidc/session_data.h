#ifndef SESSION_DATA_H
#define SESSION_DATA_H

struct request;
struct response;

/*
 * The session_data cookie: a signed, short-lived copy of the session and the
 * user. Other servers read it with Better Auth's getCookieCache(), without a
 * request to this server. The routes of this server never use it. The cookie is
 * sent if TENANTRY_SESSION_DATA is on. If it is too long for one cookie, it is
 * split into several.
 */

/*
 * Adds the cookie with these JSON objects to a response, unless the client has
 * a current cookie.
 */
void session_data_offer(
    struct response *, struct request *, const char *session, const char *user);

/*
 * Adds the cookie to a response that starts a session or may have changed the
 * caller's session. Deletes the cookie if the response ends the session.
 */
void session_data_update(struct response *, struct request *);

#endif
