#ifndef SECOND_FACTOR_CHALLENGE_H
#define SECOND_FACTOR_CHALLENGE_H

#include <stdbool.h>

struct request;
struct response;

/*
 * Between a first factor and a session, shared by the handlers that let
 * somebody in who has proved one: identity.enter_or_challenge() decides, by
 * the secrets that it gets as JSON.
 *
 *	second_factor_challenge_init(&challenge, rq);
 *	... SELECT identity.some_way_in(..., $n::json), challenge.json ...
 *	if (second_factor_challenge_answer(&challenge, rq, rs, text, remember))
 *		return PROBLEM_NONE;
 *	... answer with text, the user, and response_session() ...
 *	second_factor_challenge_renew(&challenge, rq, rs, text);
 */
struct second_factor_challenge {
	const char *json;
	const char *secret;  /* secret of a challenge, should it come to one */
	const char *trusted; /* secret of the device, as its cookie has it */
	const char *renewed; /* and the one it gets next */
};

void second_factor_challenge_init(
    struct second_factor_challenge *, struct request *);

/* Answers with the challenge, if that is what the database said. */
bool second_factor_challenge_answer(const struct second_factor_challenge *,
    struct request *, struct response *, const char *said, bool remember);

/* Gives the device its next secret, if it was trusted to let the user in. */
void second_factor_challenge_renew(const struct second_factor_challenge *,
    struct request *, struct response *, const char *user);

/* Makes this device one that the user, by id, is trusted on. */
void second_factor_challenge_trust(struct request *, struct response *,
    const char *user_id, const char *secret);

/* A new secret for that. */
const char *second_factor_challenge_new_trust(struct request *);

#endif
