/* Sets the session_data cookie, a signed copy of the session. */

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/oidc/session_data.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/crypto/token.h"
#include "lib/db/db.h"
#include "schema/identity/session.h"

#define LIFE       300  /* seconds */
#define SHORT_LIFE 60   /* seconds, for sessions that end with the browser */
#define COOKIE_MAX 4050 /* bytes that every browser accepts */
#define PIECES_MAX 100

static long long
now_ms(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static const char *
whole_name(struct request *rq)
{
	return better_auth_cookie(rq->config, "session_data");
}

static const char *
piece_name(struct request *rq, int i)
{
	return arena_printf(rq->arena, "%s.%d", whole_name(rq), i);
}

static const char *
get_piece(struct request *rq, int i)
{
	return request_cookie(rq, piece_name(rq, i));
}

/* Deletes the client's pieces from this number on. */
static void
remove_pieces(struct response *rs, struct request *rq, int from)
{
	for (; from < PIECES_MAX && get_piece(rq, from) != NULL; from++)
		response_cookie_plain(rs, rq, piece_name(rq, from), "", 0);
}

static void
remove_all(struct response *rs, struct request *rq)
{
	response_cookie_plain(rs, rq, whole_name(rq), "", 0);
	remove_pieces(rs, rq, 0);
}

/*
 * Returns the request's cookie, joined from its pieces, or NULL if it is
 * missing.
 */
static const char *
read_cookie(struct request *rq)
{
	const char *whole = request_cookie(rq, whole_name(rq));
	const char *part;
	struct buf b;
	int i;

	if (whole != NULL)
		return whole;
	buf_init(&b, rq->arena);
	for (i = 0; i < PIECES_MAX && (part = get_piece(rq, i)) != NULL; i++)
		buf_puts(&b, part);
	return i > 0 ? b.data : NULL;
}

/*
 * Returns the session and the user as JSON without spaces, like
 * JSON.stringify(). JavaScript readers serialize the JSON again to check the
 * signature.
 */
static const char *
session_json(struct request *rq, const char *session, const char *user)
{
	const char *text = arena_printf(
	    rq->arena, "{\"session\":%s,\"user\":%s}", session, user);
	struct json_error error;
	struct json_object *root;

	root = json_parse(rq->arena, text, strlen(text), &error);
	if (root == NULL)
		fatal("session_data: invalid JSON: %s", error.what);
	return json_text(root);
}

/* Returns {"session":...,"user":...,"updatedAt":...,"version":"1"}. */
static const char *
make_payload(struct request *rq, const char *json, long long at)
{
	return arena_printf(rq->arena,
	    "%.*s,\"updatedAt\":%lld,\"version\":\"1\"}",
	    (int)(strlen(json) - 1), json, at);
}

static const char *
sign_payload(struct request *rq, const char *payload, long long expires)
{
	const char *signed_text =
	    arena_printf(rq->arena, "%.*s,\"expiresAt\":%lld}",
		(int)(strlen(payload) - 1), payload, expires);
	unsigned char mac[DIGEST_LEN];
	const char *text;

	token_digest(rq->config->secret, signed_text, strlen(signed_text), mac);
	text = arena_printf(rq->arena,
	    "{\"session\":%s,\"expiresAt\":%lld,\"signature\":\"%s\"}", payload,
	    expires, base64url_encode(rq->arena, mac, sizeof mac));
	return base64url_encode(rq->arena, text, strlen(text));
}

/* Finds the number after the last occurrence of a member. */
static bool
number_after(const char *text, const char *member, long long *n)
{
	const char *at = NULL, *s = text;

	while ((s = strstr(s, member)) != NULL)
		at = s += strlen(member);
	return at != NULL && sscanf(at, "%18lld", n) == 1;
}

enum cookie_state { ABSENT, BROKEN, STALE, CURRENT };

/* Compares the cookie in the request with the session. */
static enum cookie_state
cookie_state(struct request *rq, const char *json)
{
	const char *cookie = read_cookie(rq);
	unsigned char *bytes;
	long long at, expires;
	const char *text;
	size_t len;

	if (cookie == NULL)
		return ABSENT;
	if ((bytes = base64url_decode(rq->arena, cookie, &len)) == NULL)
		return BROKEN;
	text = arena_strndup(rq->arena, (const char *)bytes, len);
	if (!number_after(text, ",\"updatedAt\":", &at) ||
	    !number_after(text, "},\"expiresAt\":", &expires))
		return BROKEN;
	/*
	 * Compare the cookie with the one that this server would create for the
	 * session.
	 */
	if (strcmp(cookie,
		sign_payload(rq, make_payload(rq, json, at), expires)) != 0)
		return strncmp(text, "{\"session\":{\"session\":", 22) == 0
		    ? STALE
		    : BROKEN;
	return expires > now_ms() ? CURRENT : STALE;
}

/* Sets the cookie, in pieces if it is too long, and deletes old pieces. */
static void
put_cookie(
    struct response *rs, struct request *rq, const char *value, long max_age)
{
	size_t room = COOKIE_MAX - strlen(piece_name(rq, PIECES_MAX - 1)) -
	    strlen("=; Max-Age=300; Path=/; HttpOnly; Secure; SameSite=Lax");
	size_t len = strlen(value), n = (len + room - 1) / room, i;

	if (n <= 1) {
		remove_pieces(rs, rq, 0);
		response_cookie_plain(rs, rq, whole_name(rq), value, max_age);
		return;
	}
	if (n > PIECES_MAX) {
		remove_all(rs, rq);
		return;
	}
	if (request_cookie(rq, whole_name(rq)) != NULL)
		response_cookie_plain(rs, rq, whole_name(rq), "", 0);
	for (i = 0; i < n; i++)
		response_cookie_plain(rs, rq, piece_name(rq, (int)i),
		    arena_strndup(rq->arena, value + i * room,
			i + 1 < n ? room : len - i * room),
		    max_age);
	remove_pieces(rs, rq, (int)n);
}

static void
issue_cookie(
    struct response *rs, struct request *rq, const char *json, bool remember)
{
	long long at = now_ms();

	rs->has_data = true;
	put_cookie(rs, rq,
	    sign_payload(rq, make_payload(rq, json, at),
		at + (remember ? LIFE : SHORT_LIFE) * 1000LL),
	    remember ? LIFE : -1);
}

void
session_data_offer(struct response *rs, struct request *rq, const char *session,
    const char *user)
{
	const char *json, *refresh = param_text(rq, "disableCookieCache");
	enum cookie_state state;

	if (!rq->config->session_data)
		return;
	json = session_json(rq, session, user);
	state = cookie_state(rq, json);
	if (state == CURRENT && (refresh == NULL || *refresh == '\0'))
		return;
	if (state == BROKEN)
		remove_all(rs, rq);
	issue_cookie(rs, rq, json, rq->remembered);
}

/* Returns the token of the session to send, or NULL if no cookie is needed. */
static const char *
session_to_send(const struct response *rs, const struct request *rq)
{
	if (!rq->config->session_data || rs->has_data || rs->status >= 400)
		return NULL;
	if (rs->token != NULL)
		return rs->token;
	if (response_has_session(rs) || !better_auth_path(rq) ||
	    !method_unsafe(rq->method) || rq->route == NULL ||
	    rq->route->need == SESSION_NONE)
		return NULL;
	return rq->token;
}

void
session_data_update(struct response *rs, struct request *rq)
{
	const char *token = session_to_send(rs, rq);
	struct db_step step;
	struct problem why = { 0 };

	if (token == NULL) {
		if (rs->token == NULL && response_has_session(rs))
			remove_pieces(rs, rq, 0);
		return;
	}
	step = identity_get_session(
	    rq->arena, .token_hash = token_hash(rq->arena, token));
	if (db_run(rq->db, rq->arena, &step, 1, &why) != PROBLEM_NONE ||
	    db_rows(&step) != 1) {
		remove_all(rs, rq);
		return;
	}
	issue_cookie(rs, rq,
	    session_json(rq,
		arena_printf(rq->arena, "{\"token\":\"%s\",%s", token,
		    db_text(&step, 0, GET_SESSION_SESSION) + 1),
		db_text(&step, 0, GET_SESSION_ACCOUNT)),
	    db_bool(&step, 0, GET_SESSION_REMEMBER));
}
