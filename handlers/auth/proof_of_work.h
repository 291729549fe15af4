#ifndef PROOF_OF_WORK_H
#define PROOF_OF_WORK_H

struct request;

/*
 * The proof of work that the request brings in X-Captcha-Response, as the id of
 * its challenge; NULL if there is none that is valid.  The caller must accept
 * each id once.
 */
const char *proof_of_work_read(struct request *);

/*
 * A challenge for a subject that is valid for so many seconds, and the id of the
 * challenge of a proof, or NULL.  *begun is when the challenge was made.
 */
const char *proof_of_work_challenge(
    struct request *, const char *subject, long life);
const char *proof_of_work_check(struct request *, const char *proof, long bits,
    const char *subject, long long *begun);

#endif
