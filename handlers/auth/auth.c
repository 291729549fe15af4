/* Two Better Auth endpoints: ok, and the sign-in error page. */

#include <ctype.h>
#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "lib/base/buf.h"
#include "lib/base/form.h"

static action_fn get_ok, redirect_error;

static const struct query_param error_params[] = {
	{ "error", PARAM_TEXT, "an error code", NULL },
	{ "error_description", PARAM_TEXT, "the description of the error",
	    NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/auth/ok", get_ok,
	    .summary = "Check that sign-in is available",
	    .returns = "{ok:boolean}" },
	{ METHOD_GET, "/api/auth/error", redirect_error, .status = 302,
	    .params = error_params,
	    .summary = "Redirect to the start page with an error code" },
	{ .action = NULL },
};

const struct module auth_module = { .name = "auth", .routes = routes };

#define ABOUT_MAX 1024 /* maximum number of bytes in a description */

static enum problem_code
get_ok(struct request *rq, struct response *rs)
{
	static const char body[] = "{\"ok\":true}";

	(void)rq;
	response_json(rs, 200, body, strlen(body));
	return PROBLEM_NONE;
}

/*
 * Passes on only plain error codes, because anyone can write a link to this
 * page.
 */
static bool
plain_code(const char *s)
{
	if (s == NULL || *s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && strchr("'_-", *s) == NULL)
			return false;
	return true;
}

/* Redirects a failed sign-in to the front page. */
static enum problem_code
redirect_error(struct request *rq, struct response *rs)
{
	const char *code = param_text(rq, "error");
	const char *about = param_text(rq, "error_description");
	struct buf b;

	buf_init(&b, rq->arena);
	form_put(&b, "error", plain_code(code) ? code : "UNKNOWN");
	if (about != NULL && *about != '\0' && strlen(about) <= ABOUT_MAX)
		form_put(&b, "error_description", about);
	response_redirect(rs, rq, form_url(rq->arena, "/", b.data));
	return PROBLEM_NONE;
}
