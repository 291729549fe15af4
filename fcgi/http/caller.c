/* The credentials of a request: an API key, a session token or a development
 * identity. */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/caller.h"
#include "fcgi/http/development.h"
#include "fcgi/http/request.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"

#define KEY_LEN 64

/* True for 32 letters and digits, the form of a token as it is issued. */
static bool
token_form(const char *s)
{
	size_t i;

	for (i = 0; isalnum((unsigned char)s[i]); i++)
		if (i == TOKEN_LEN)
			return false;
	return i == TOKEN_LEN && s[i] == '\0';
}

/* Longer than any token, and without the dot of a signed one. */
static bool
key_form(const char *s)
{
	size_t len = strspn(s,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return len >= KEY_LEN && s[len] == '\0';
}

/*
 * An API key, in a header of its own or as Bearer.  Whoever sends one means
 * it: a cookie beside it does not count.  Of a session's own routes it opens
 * none.
 */
static bool
find_key(struct request *rq)
{
	const char *bearer = rq->headers.authorization;

	if (better_auth_path(rq))
		return false;
	if (*rq->headers.api_key != '\0')
		rq->key = rq->headers.api_key;
	else if (strncasecmp(bearer, "Bearer ", 7) == 0 &&
	    key_form(bearer + 7 + strspn(bearer + 7, " ")))
		rq->key = bearer + 7 + strspn(bearer + 7, " ");
	return rq->key != NULL;
}

/*
 * "Authorization: Bearer T", T raw or signed, else the signed cookie.  A bad
 * one is as if it were absent; a good Bearer replaces the cookie.
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
		text = token_form(bearer)
		    ? bearer
		    : cookie_verify(rq->arena, rq->config->secret, bearer);
		if (text != NULL && token_form(text)) {
			rq->token = text;
			return;
		}
	}
	text = better_auth_signed_cookie(rq, "session_token");
	if (text != NULL && token_form(text))
		rq->token = text;
}

enum problem_code
caller_find(struct request *rq)
{
	if (*rq->headers.user_id != '\0')
		return development_caller(rq);
	if (!find_key(rq))
		find_token(rq);
	return PROBLEM_NONE;
}
