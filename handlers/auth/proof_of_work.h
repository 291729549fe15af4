#ifndef PROOF_OF_WORK_H
#define PROOF_OF_WORK_H

struct request;

/*
 * Checks the proof of work in X-Captcha-Response. Returns the ID of its
 * challenge, or NULL if the proof is not valid. The caller must accept each ID
 * only once.
 */
const char *proof_of_work_read(struct request *);

/*
 * proof_of_work_challenge() creates a challenge for a subject. The challenge is
 * valid for life seconds. proof_of_work_check() returns the ID of a valid
 * proof's challenge, or NULL, and sets *begun to the time of the challenge.
 */
const char *proof_of_work_challenge(
    struct request *, const char *subject, long life);
const char *proof_of_work_check(struct request *, const char *proof, long bits,
    const char *subject, long long *begun);

#endif
