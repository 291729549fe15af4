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
 * session_write() implements Idempotency-Key if a step has the flag answer: its
 * result is stored in the same transaction. A repeated request gets that
 * result, and no results of the other steps.
 */
enum problem_code session_read(
    struct request *, struct db_step *steps, size_t nsteps) MUST_CHECK;
enum problem_code session_write(
    struct request *, struct db_step *steps, size_t nsteps) MUST_CHECK;

/*
 * Reads the stored response of the request's Idempotency-Key. Handlers that
 * read before they write call this function first, because the first attempt
 * may have changed the rows that they read. answer->result is NULL if there is
 * none.
 */
enum problem_code session_kept(
    struct request *, struct db_step *answer) MUST_CHECK;

/*
 * Returns the stored hash of the session token, or NULL without a token. It is
 * for public routes that depend on the caller.
 */
const char *session_hash(struct request *);

/*
 * Reads the organization, user and founder of the credentials of a request with
 * identity.request_units(), whatever its route needs. The result has no row if
 * the credentials are unknown.
 */
struct db_step session_units(struct request *);

/*
 * Reads the remaining requests of the key if the request was refused before a
 * transaction returned them.
 */
void session_rate(struct request *);

/*
 * Names the permission that the roles of the caller lack, if that is the
 * problem of the request. Programs get 403. A browser with a cookie does not,
 * because it would sign in again.
 */
void session_name_permission(struct request *);

/*
 * Fails with a Better Auth error, after checking the session: without a valid
 * session the error is 401 instead.
 */
enum problem_code session_refuse(struct request *, const char *code) MUST_CHECK;

/*
 * Returns a new secret, such as the token of a session or an invitation. With
 * an Idempotency-Key, it is derived from the request and a random salt, which
 * is stored with the response. A repeated request gets the same secret. After
 * the response has expired, the request gets a different secret.
 */
const char *session_new_token(struct request *, const char *purpose);

#endif
