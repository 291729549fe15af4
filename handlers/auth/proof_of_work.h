#ifndef PROOF_OF_WORK_H
#define PROOF_OF_WORK_H

struct request;

/*
 * Returns the proof of work in X-Captcha-Response, as the ID of its challenge,
 * or NULL without a valid one. The caller must accept each ID only once.
 */
const char *proof_of_work_read(struct request *);

/*
 * proof_of_work_challenge() creates a challenge for a subject that is valid for
 * life seconds. proof_of_work_check() returns the ID of the challenge of a
 * valid proof, or NULL, and sets *begun to the time of the challenge.
 */
const char *proof_of_work_challenge(
    struct request *, const char *subject, long life);
const char *proof_of_work_check(struct request *, const char *proof, long bits,
    const char *subject, long long *begun);

#endif
