#ifndef PROOF_OF_WORK_H
#define PROOF_OF_WORK_H

struct request;

/*
 * The proof of work that the request brings in X-Captcha-Response, as the id of
 * its challenge; NULL if there is none that is valid.  The caller must accept
 * each id once.
 */
const char *proof_of_work_read(struct request *);

#endif
