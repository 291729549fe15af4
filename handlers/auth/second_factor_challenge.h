#ifndef SECOND_FACTOR_CHALLENGE_H
#define SECOND_FACTOR_CHALLENGE_H

#include <stdbool.h>

struct request;
struct response;

/*
 * The step between a first factor and a session, for all handlers that sign a
 * user in. identity.enter_or_challenge() decides whether a second factor is
 * needed, based on the secrets that it receives as JSON.
 *
 * 	second_factor_challenge_init(&challenge, rq);
 * 	... SELECT identity.some_way_in(..., $n::json), challenge.json ...
 * 	if (second_factor_challenge_answer(&challenge, rq, rs, text, remember))
 * 		return PROBLEM_NONE;
 * 	... answer with text, the user, and response_session() ...
 * 	second_factor_challenge_renew(&challenge, rq, rs, text);
 */
struct second_factor_challenge {
	const char *json;
	const char *secret;  /* secret of a challenge, if one is needed */
	const char *trusted; /* the device's secret, from its cookie */
	const char *renewed; /* the device's next secret */
};

void second_factor_challenge_init(
    struct second_factor_challenge *, struct request *);

/* Responds with the challenge if the database requires one. */
bool second_factor_challenge_answer(const struct second_factor_challenge *,
    struct request *, struct response *, const char *said, bool remember);

/* Renews the device's secret if it replaced the second factor. */
void second_factor_challenge_renew(const struct second_factor_challenge *,
    struct request *, struct response *, const char *user);

/* Makes this device a trusted device of the user with this id. */
void second_factor_challenge_trust(struct request *, struct response *,
    const char *user_id, const char *secret);

/* Returns a new secret for a trusted device. */
const char *second_factor_challenge_new_trust(struct request *);

#endif
