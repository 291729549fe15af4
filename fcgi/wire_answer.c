#include <string.h>

#include "arena.h"
#include "buf.h"
#include "config.h"
#include "request.h"
#include "wire.h"
#include "wire_error.h"

#define COOKIE(name)                                                           \
	{                                                                      \
		name, "better-auth." name, "__Secure-better-auth." name        \
	}

/* Codes of the problems that any route can have. */
static const char *const codes[PROBLEM__MAX] = {
	[PROBLEM_MALFORMED] = "BAD_REQUEST",
	[PROBLEM_UNAUTHENTICATED] = "UNAUTHORIZED",
	[PROBLEM_FORBIDDEN] = "FORBIDDEN",
	[PROBLEM_CONFLICT] = "CONFLICT",
	[PROBLEM_RUNNING] = "CONFLICT",
	[PROBLEM_TOO_LARGE] = "PAYLOAD_TOO_LARGE",
	[PROBLEM_MEDIA_TYPE] = "UNSUPPORTED_MEDIA_TYPE",
	[PROBLEM_INVALID] = "VALIDATION_ERROR",
	[PROBLEM_OUTSIZE] = "VALIDATION_ERROR",
	[PROBLEM_UNAVAILABLE] = "SERVICE_UNAVAILABLE",
	[PROBLEM_BUSY] = "SERVICE_UNAVAILABLE",
	[PROBLEM_TIMEOUT] = "SERVICE_UNAVAILABLE",
	[PROBLEM_UNKNOWN] = "SERVICE_UNAVAILABLE",
};

bool
wire_speaks(const struct request *rq)
{
	const char *path = rq->headers.path;

	return strncmp(path, "/api/auth", 9) == 0 &&
	    (path[9] == '\0' || path[9] == '/');
}

const char *
wire_cookie(const struct config *config, const char *name)
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
		COOKIE("state"),
		COOKIE("better-auth-passkey"),
	};
	size_t i = 0;

	while (strcmp(cookies[i].name, name) != 0)
		i++;
	return config_secure(config) ? cookies[i].secure : cookies[i].plain;
}

int
wire_status(const struct problem *p)
{
	const struct wire_error *error;

	if (p->code == PROBLEM_WIRE)
		return (error = wire_error(p->wire)) != NULL ? error->status
							     : 500;
	if (p->code == PROBLEM_METHOD) /* as an unknown path, on this wire */
		return 404;
	return p->code == PROBLEM_INVALID ? 400 : problem_status(p->code);
}

/* The message of PROBLEM_WIRE; *code is NULL where none is sent. */
static const char *
say(struct arena *a, const char *wire, const char **code)
{
	const char *subject = strchr(wire, ':');
	const struct wire_error *error = wire_error(wire);

	*code = NULL;
	if (error == NULL)
		return NULL;
	if (error->manner == ALIAS)
		return say(a, error->message, code);
	if (subject != NULL && error->manner == SUBJECTED)
		return subject + 2;
	if (subject != NULL && error->manner == PLAIN)
		return wire; /* "ROLE_NOT_FOUND: chief", as it is */
	if (error->manner != CODELESS)
		*code =
		    arena_strndup(a, error->code, strcspn(error->code, "/"));
	if (subject != NULL && error->manner == REWORDED)
		return subject + 2;
	return subject != NULL
	    ? arena_printf(a, "%s %s", subject + 2, error->message)
	    : error->message;
}

const char *
wire_json(struct arena *a, const struct problem *p)
{
	const char *message = p->detail, *code = codes[p->code];
	struct buf b;

	if (p->code == PROBLEM_NOT_FOUND || p->code == PROBLEM_METHOD ||
	    p->code == PROBLEM_INTERNAL)
		return NULL;
	if (p->code == PROBLEM_UNAUTHENTICATED)
		message = "Unauthorized";
	if (p->code == PROBLEM_WIRE &&
	    (message = say(a, p->wire, &code)) == NULL)
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
wire_code(struct arena *a, const struct problem *p)
{
	return arena_strndup(a, p->wire, strcspn(p->wire, ":/"));
}

void
wire_translate(struct arena *a, struct problem *p)
{
	int status = wire_status(p);
	const char *code;

	if (p->code != PROBLEM_WIRE)
		return;
	p->detail = say(a, p->wire, &code);
	if (p->detail == NULL)
		p->code = PROBLEM_INTERNAL;
	else if (status == 401)
		p->code = PROBLEM_UNAUTHENTICATED;
	else
		p->code = status == 403 ? PROBLEM_FORBIDDEN : PROBLEM_INVALID;
}
