#ifndef SESSION_H
#define SESSION_H

#include <stddef.h>

#include "lib/db/db.h"

struct request;

/*
 * Runs the steps in one transaction as the user and organization of the
 * request's session, as far as the route needs one.  Handlers have no other
 * way to the database.
 *
 * session_read() makes the transaction read-only for a signed-in caller.
 * session_write() honours Idempotency-Key where a step is marked as answer:
 * that step's result is kept with the effect, and a repetition finds it
 * there, the other steps without one.
 */
enum problem_code session_read(
    struct request *, struct db_step *steps, size_t nsteps) MUST_CHECK;
enum problem_code session_write(
    struct request *, struct db_step *steps, size_t nsteps) MUST_CHECK;

/*
 * The answer that was kept for the request's key, for a handler that looks
 * at something before it writes: a repetition would find it changed by the
 * first try.  Without a result when there is none.
 */
enum problem_code session_kept(
    struct request *, struct db_step *answer) MUST_CHECK;

/*
 * Of the token that came along, as the database knows it; NULL where none
 * came.  For routes that anyone may call and that look who does.
 */
const char *session_hash(struct request *);

/*
 * Refuses with an error of the wire, once the caller is known to be signed
 * in: who is not hears about that first.
 */
enum problem_code session_refuse(struct request *, const char *code) MUST_CHECK;

/*
 * A secret that the request brings into being: a session's token, or that of
 * an invitation.  Under an Idempotency-Key the repetition gets the same one,
 * so that its answer is the same.
 */
const char *session_new_token(struct request *, const char *purpose);

#endif
