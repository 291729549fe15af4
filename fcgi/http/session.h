#ifndef SESSION_H
#define SESSION_H

#include <stddef.h>

#include "lib/db/db.h"

struct request;

/*
 * Runs the steps in one transaction with the user and organization of the
 * session, if the route needs one. Handlers have no other access to the
 * database.
 *
 * session_read() runs a read-only transaction if the route needs a session.
 * session_write() implements Idempotency-Key if a step has the answer flag: the
 * result of this step is stored in the same transaction. A repeated request
 * gets this result, but not the results of the other steps.
 */
enum problem_code session_read(
    struct request *, struct db_step *steps, size_t nsteps) MUST_CHECK;
enum problem_code session_write(
    struct request *, struct db_step *steps, size_t nsteps) MUST_CHECK;

/*
 * Reads the stored response for the request's Idempotency-Key. Handlers that
 * read before they write call this function first, because the first attempt
 * may have changed the rows that they read. If there is no stored response,
 * answer->result is NULL.
 */
enum problem_code session_kept(
    struct request *, struct db_step *answer) MUST_CHECK;

/*
 * Returns the stored hash of the session token, or NULL if there is no token.
 * Use it on public routes that depend on the caller.
 */
const char *session_hash(struct request *);

/*
 * Reads the organization, user and founder for a request's credentials with
 * identity.request_units(), regardless of the needs of the route. The result
 * has no row if the credentials are unknown.
 */
struct db_step session_units(struct request *);

/*
 * Counts a request with a key whose transaction was rolled back, or that had
 * none, and reads the key's remaining requests. Returns the problem of the
 * request, which becomes PROBLEM_LIMITED if a refused request exceeds the
 * limit.
 */
enum problem_code session_rate(struct request *);

/*
 * Names the permission that the caller's roles lack, if that is the problem of
 * the request. Programs get 403. A browser with a cookie does not, because it
 * would sign in again.
 */
void session_name_permission(struct request *);

/*
 * Checks the session and then fails with a Better Auth error. Without a valid
 * session, the error is 401 instead.
 */
enum problem_code session_refuse(struct request *, const char *code) MUST_CHECK;

/*
 * Returns a new secret, such as a session token or an invitation token. With an
 * Idempotency-Key, the secret is derived from the request and a random salt,
 * which is stored with the response. A repeated request gets the same secret.
 * After the response has expired, the request gets a different secret.
 */
const char *session_new_token(struct request *, const char *purpose);

#endif
