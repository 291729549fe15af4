/* Writes cookies and errors in Better Auth's formats. */

#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/request.h"
#include "lib/base/arena.h"
#include "lib/base/better_auth_error.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"

#define COOKIE(name)                                                           \
	{                                                                      \
		name, "better-auth." name, "__Secure-better-auth." name        \
	}

/* The codes to send for problems that Better Auth does not define. */
static const char *const codes[PROBLEM__MAX] = {
	[PROBLEM_MALFORMED] = "BAD_REQUEST",
	[PROBLEM_UNAUTHENTICATED] = "UNAUTHORIZED",
	[PROBLEM_FORBIDDEN] = "FORBIDDEN",
	[PROBLEM_CONFLICT] = "CONFLICT",
	[PROBLEM_RUNNING] = "CONFLICT",
	[PROBLEM_TOO_LARGE] = "PAYLOAD_TOO_LARGE",
	[PROBLEM_MEDIA_TYPE] = "UNSUPPORTED_MEDIA_TYPE",
	[PROBLEM_INVALID] = "VALIDATION_ERROR",
	[PROBLEM_RESULT_TOO_LARGE] = "VALIDATION_ERROR",
	[PROBLEM_UNAVAILABLE] = "SERVICE_UNAVAILABLE",
	[PROBLEM_BUSY] = "SERVICE_UNAVAILABLE",
	[PROBLEM_TIMEOUT] = "SERVICE_UNAVAILABLE",
	[PROBLEM_UNKNOWN] = "SERVICE_UNAVAILABLE",
};

bool
better_auth_path(const struct request *rq)
{
	const char *path = rq->headers.path;

	return strncmp(path, "/api/auth", 9) == 0 &&
	    (path[9] == '\0' || path[9] == '/');
}

const char *
better_auth_cookie(const struct config *config, const char *name)
{
	static const struct {
		const char *name, *plain, *secure;
	} cookies[] = {
		COOKIE("session_token"),
		COOKIE("session_data"),
		COOKIE("dont_remember"),
		COOKIE("two_factor"),
		COOKIE("trust_device"),
		COOKIE("admin_session"),
		COOKIE("known_device"),
		COOKIE("signed_up"),
		COOKIE("magic_link"),
		COOKIE("state"),
		COOKIE("better-auth-passkey"),
	};
	size_t i = 0;

	while (strcmp(cookies[i].name, name) != 0)
		i++;
	return config_secure(config) ? cookies[i].secure : cookies[i].plain;
}

const char *
better_auth_signed_cookie(struct request *rq, const char *name)
{
	const char *text =
	    request_cookie(rq, better_auth_cookie(rq->config, name));

	return text == NULL
	    ? NULL
	    : cookie_verify(rq->arena, rq->config->secrets, text);
}

const char *
better_auth_admin_token(struct request *rq)
{
	const char *kept = better_auth_signed_cookie(rq, "admin_session");

	/* "TOKEN:..." */
	return kept == NULL
	    ? ""
	    : arena_strndup(rq->arena, kept, strcspn(kept, ":"));
}

int
better_auth_status(const struct problem *p)
{
	struct better_auth_error error;

	if (p->code == PROBLEM_BETTER_AUTH)
		return better_auth_error(p->better_auth, &error) ? error.status
								 : 500;
	if (p->code == PROBLEM_METHOD) /* Better Auth responds with 404 */
		return 404;
	return p->code == PROBLEM_INVALID ? 400 : problem_status(p->code);
}

const char *
better_auth_json(struct arena *a, const struct problem *p)
{
	const char *message = p->detail, *code = codes[p->code];
	struct buf b;

	if (p->code == PROBLEM_NOT_FOUND || p->code == PROBLEM_METHOD ||
	    p->code == PROBLEM_INTERNAL)
		return NULL;
	if (p->code == PROBLEM_UNAUTHENTICATED)
		message = "Unauthorized";
	if (p->code == PROBLEM_BETTER_AUTH &&
	    (message = better_auth_error_text(a, p->better_auth, &code)) ==
		NULL)
		return NULL;
	if (message == NULL)
		message = problem_title(p->code);
	buf_init(&b, a);
	buf_puts(&b, "{\"message\":");
	buf_json(&b, message);
	if (code != NULL)
		buf_printf(&b, ",\"code\":\"%s\"", code);
	buf_puts(&b, "}");
	return b.data;
}

const char *
better_auth_code(struct arena *a, const struct problem *p)
{
	return arena_strndup(a, p->better_auth, strcspn(p->better_auth, ":/"));
}
