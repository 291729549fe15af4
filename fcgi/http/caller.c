/* Finds a request's credentials: API key, session token, x-user-id. */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/caller.h"
#include "fcgi/http/development.h"
#include "fcgi/http/jwt_caller.h"
#include "fcgi/http/request.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"

#define KEY_LEN 64

/* Returns true for 32 letters and digits, the format of token_new(). */
static bool
is_token(const char *s)
{
	size_t i;

	for (i = 0; isalnum((unsigned char)s[i]); i++)
		if (i == TOKEN_LEN)
			return false;
	return i == TOKEN_LEN && s[i] == '\0';
}

/*
 * Returns true for an API key. API keys are longer than tokens and lack the dot
 * of a signed token.
 */
static bool
is_api_key(const char *s)
{
	size_t len = strspn(s,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return len >= KEY_LEN && s[len] == '\0';
}

/*
 * Finds an API key in the x-api-key header or Authorization. The key takes
 * precedence over a cookie, and is not accepted below /api/auth. A publishable
 * key in x-api-key is not a credential, so the request may also have a session.
 */
static bool
find_key(struct request *rq)
{
	const char *bearer = rq->headers.authorization;

	if (better_auth_path(rq))
		return false;
	if (strncmp(rq->headers.api_key, CALLER_PUBLISHABLE,
		strlen(CALLER_PUBLISHABLE)) == 0)
		rq->publishable = rq->headers.api_key;
	else if (*rq->headers.api_key != '\0')
		rq->key = rq->headers.api_key;
	else if (strncasecmp(bearer, "Bearer ", 7) == 0 &&
	    is_api_key(bearer + 7 + strspn(bearer + 7, " ")))
		rq->key = bearer + 7 + strspn(bearer + 7, " ");
	return rq->key != NULL;
}

/*
 * Finds the session token: a raw or signed token in "Authorization: Bearer T",
 * or otherwise the signed cookie. Ignores malformed tokens.
 */
static void
find_token(struct request *rq)
{
	const char *bearer = rq->headers.authorization, *text;

	rq->remembered =
	    request_cookie(
		rq, better_auth_cookie(rq->config, "dont_remember")) == NULL;
	if (strncasecmp(bearer, "Bearer ", 7) == 0) {
		bearer += 7 + strspn(bearer + 7, " ");
		text = is_token(bearer)
		    ? bearer
		    : cookie_verify(rq->arena, rq->config->secrets, bearer);
		if (text != NULL && is_token(text)) {
			rq->token = text;
			rq->bearer = true;
			return;
		}
	}
	text = better_auth_signed_cookie(rq, "session_token");
	if (text != NULL && is_token(text))
		rq->token = text;
}

enum problem_code
caller_find(struct request *rq)
{
	if (*rq->headers.user_id != '\0')
		return development_caller(rq);
	if (!find_key(rq) && !jwt_caller_find(rq))
		find_token(rq);
	return PROBLEM_NONE;
}

bool
caller_has_token(const struct request *rq)
{
	return rq->key != NULL || rq->token != NULL || rq->jwt != NULL ||
	    strncasecmp(rq->headers.authorization, "Bearer ", 7) == 0;
}
