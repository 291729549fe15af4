#ifndef GATE_H
#define GATE_H

#include <stdbool.h>

struct request;
struct response;

/*
 * Between a first factor and a session, shared by the handlers that let
 * somebody in who has proved one: identity.enter_or_challenge() decides, by
 * what the gate tells it in JSON.
 *
 *	gate_init(&gate, rq);
 *	... SELECT identity.some_way_in(..., $n::json), gate.json ...
 *	if (gate_challenge(&gate, rq, rs, text, remember))
 *		return PROBLEM_NONE;
 *	... answer with text, the user, and response_session() ...
 *	gate_renew(&gate, rq, rs, text);
 */
struct gate {
	const char *json;
	const char
	    *challenge;      /* secret of a challenge, should it come to one */
	const char *trusted; /* secret of the device, as its cookie has it */
	const char *renewed; /* and the one it gets next */
};

void gate_init(struct gate *, struct request *);

/* Answers with the challenge, if that is what the database said. */
bool gate_challenge(const struct gate *, struct request *, struct response *,
    const char *said, bool remember);

/* Gives the device its next secret, if it was trusted to let the user in. */
void gate_renew(
    const struct gate *, struct request *, struct response *, const char *user);

/* Makes this device one that the user, by id, is trusted on. */
void gate_trust(struct request *, struct response *, const char *user_id,
    const char *secret);

/* A new secret for that. */
const char *gate_new_trust(struct request *);

#endif
