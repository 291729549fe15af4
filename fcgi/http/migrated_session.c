/* Recognizes sessions from an imported Supabase project. */

#include <string.h>
#include <strings.h>

#include "fcgi/http/migrated_session.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/crypto/token.h"
#include "lib/db/db.h"
#include "schema/identity/migrated_session.h"

#define TEXT_MAX   16384 /* length of a token, or of all pieces of a cookie */
#define SECRET_MAX 1024  /* length of a session ID or a refresh token */
#define PIECES_MAX 10
#define REF_MAX    64 /* length of the project reference in the cookie name */
#define PREFIX     "sb-"
#define SUFFIX     "-auth-token"
#define ENCODED    "base64-"

/* True if the database had no migrated sessions in this cache epoch. */
static bool none;

/*
 * The hashes to look up, as an array of bytea: at most one session from the
 * header, one session from the cookie, and one refresh token.
 */
struct hashes {
	struct buf text;
	struct request *rq;
};

static void
add_secret(struct hashes *h, const char *secret)
{
	if (secret == NULL || *secret == '\0' || strlen(secret) > SECRET_MAX)
		return;
	/* Write "\x..." with the backslash doubled, as arrays require. */
	buf_printf(&h->text, "%s\"\\%s\"", h->text.len > 1 ? "," : "",
	    token_hash(h->rq->arena, secret));
}

static struct json_object *
parse(struct request *rq, const char *text, size_t len)
{
	struct json_error error;

	return text != NULL ? json_parse(rq->arena, text, len, &error) : NULL;
}

/* Adds the session_id claim of a JSON Web Token without verifying the token. */
static void
add_access_token(struct hashes *h, const char *token)
{
	const char *payload, *end;
	struct json_object *claims;
	size_t len = 0;

	if (token == NULL || strlen(token) > TEXT_MAX ||
	    (payload = strchr(token, '.')) == NULL ||
	    (end = strchr(++payload, '.')) == NULL)
		return;
	payload = (const char *)base64url_decode(h->rq->arena,
	    arena_strndup(h->rq->arena, payload, (size_t)(end - payload)),
	    &len);
	claims = parse(h->rq, payload, len);
	if (json_object_is_type(claims, json_type_object))
		add_secret(h, json_get_text(claims, "session_id"));
}

/* Returns the cookie name without the number of a piece, or NULL. */
static const char *
find_cookie(struct request *rq)
{
	const char *s = rq->headers.cookie;
	size_t n;

	for (; *s != '\0'; s += *s == ';') {
		s += strspn(s, " \t");
		n = strncmp(s, PREFIX, 3) != 0
		    ? 0
		    : strspn(s,
			  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			  "abcdefghijklmnopqrstuvwxyz0123456789-_");
		if (n > strlen(PREFIX SUFFIX) && n <= REF_MAX &&
		    strncmp(s + n - strlen(SUFFIX), SUFFIX, strlen(SUFFIX)) ==
			0 &&
		    (s[n] == '=' || s[n] == '.'))
			return arena_strndup(rq->arena, s, n);
		s += strcspn(s, ";");
	}
	return NULL;
}

static const char *
piece_name(struct request *rq, const char *name, int i)
{
	return arena_printf(rq->arena, "%s.%d", name, i);
}

/* Returns the cookie value, joined from its pieces. */
static const char *
cookie_value(struct request *rq, const char *name)
{
	const char *piece = request_cookie(rq, name);
	struct buf b;
	int i;

	buf_init(&b, rq->arena);
	if (piece != NULL)
		buf_puts(&b, piece);
	for (i = 0; piece == NULL && i < PIECES_MAX; i++) {
		const char *next = request_cookie(rq, piece_name(rq, name, i));

		if (next == NULL)
			break;
		buf_puts(&b, next);
	}
	return b.data;
}

/*
 * Parses the cookie's JSON, which is plain, percent-encoded, or "base64-"
 * followed by base64url.
 */
static struct json_object *
cookie_session(struct request *rq, const char *value)
{
	size_t len = 0, skip = strlen(ENCODED);
	const char *text;

	if (strlen(value) > TEXT_MAX)
		return NULL;
	if (strncmp(value, ENCODED, skip) == 0) {
		text = (const char *)base64url_decode(
		    rq->arena, value + skip, &len);
		return parse(rq, text, len);
	}
	text = url_decode(rq->arena, value);
	return parse(rq, text, text != NULL ? strlen(text) : 0);
}

/*
 * Reads {"access_token","refresh_token",...}, or an array that begins with both
 * tokens.
 */
static void
add_cookie(struct hashes *h, const char *name)
{
	struct json_object *session =
	    cookie_session(h->rq, cookie_value(h->rq, name));
	struct json_object *item;
	int i;

	if (json_object_is_type(session, json_type_object)) {
		add_access_token(h, json_get_text(session, "access_token"));
		add_secret(h, json_get_text(session, "refresh_token"));
		return;
	}
	for (i = 0; i < 2 && json_object_is_type(session, json_type_array);
	     i++) {
		item = json_object_array_get_idx(session, (size_t)i);
		if (!json_object_is_type(item, json_type_string))
			continue;
		if (i == 0)
			add_access_token(h, json_object_get_string(item));
		else
			add_secret(h, json_object_get_string(item));
	}
}

void
migrated_session_forget(void)
{
	none = false;
}

const char *
migrated_session_explain(struct request *rq)
{
	const char *bearer = rq->headers.authorization, *cookie;
	struct hashes h = { .rq = rq };
	struct problem ignored = { 0 };
	struct db_step steps[2];

	/*
	 * A user with Tenantry credentials has signed in since the migration.
	 */
	if (none || rq->problem.code != PROBLEM_UNAUTHENTICATED ||
	    rq->token != NULL || rq->key != NULL)
		return NULL;
	buf_init(&h.text, rq->arena);
	buf_puts(&h.text, "{");
	if (strncasecmp(bearer, "Bearer ", 7) == 0)
		add_access_token(&h, bearer + 7 + strspn(bearer + 7, " "));
	if ((cookie = find_cookie(rq)) != NULL)
		add_cookie(&h, cookie);
	if (h.text.len == 1)
		return NULL;
	buf_puts(&h.text, "}");
	steps[0] = identity_tell_migrated(rq->arena, .hashes = h.text.data);
	steps[1] = identity_has_migrated_sessions(rq->arena);
	if (db_run(rq->db, rq->arena, steps, 2, &ignored) != PROBLEM_NONE)
		return NULL;
	none = !db_bool(&steps[1], 0, 0);
	if (!db_bool(&steps[0], 0, TELL_MIGRATED_KNOWN))
		return NULL;
	if (db_bool(&steps[0], 0, TELL_MIGRATED_FIRST)) {
		/* This problem replaces the reason "no credentials". */
		rq->problem = (struct problem){ 0 };
		request_fail_better_auth(rq, "SESSION_MIGRATED");
		rq->problem.name = "session_migrated";
	}
	return cookie;
}

void
migrated_session_drop(
    struct response *rs, struct request *rq, const char *cookie)
{
	const char *piece;
	int i;

	if (request_cookie(rq, cookie) != NULL)
		response_cookie_plain(rs, rq, cookie, "", 0);
	for (i = 0; i < PIECES_MAX; i++) {
		piece = piece_name(rq, cookie, i);
		if (request_cookie(rq, piece) != NULL)
			response_cookie_plain(rs, rq, piece, "", 0);
	}
}
