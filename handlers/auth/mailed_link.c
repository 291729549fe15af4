/* Builds the signed links in verification emails. */

#include <string.h>
#include <time.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/html_page.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "handlers/auth/mailed_link.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/url.h"
#include "lib/crypto/jwt.h"

#define LIFE 3600 /* seconds */
#define KEPT 86400

static void
put_claim(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, "\"%s\":", name);
	buf_json(b, value);
	buf_puts(b, ",");
}

static void
put_address(struct buf *b, const char *name, const char *address)
{
	if (address != NULL)
		put_claim(b, name, arena_lower(b->arena, address));
}

const char *
mailed_link(struct request *rq, const struct mailed_link *link)
{
	const char *callback = link->callback;
	long now = (long)time(NULL);
	struct buf b;

	if (callback == NULL || *callback == '\0')
		callback = "/";
	buf_init(&b, rq->arena);
	buf_puts(&b, "{");
	put_address(&b, "email", link->email);
	put_address(&b, "updateTo", link->update_to);
	put_claim(&b, "requestType", link->request_type);
	put_claim(&b, "userId", link->user_id);
	buf_printf(&b, "\"iat\":%ld,\"exp\":%ld}", now, now + LIFE);
	return arena_printf(rq->arena,
	    "%s/api/auth/verify-email/confirm?token=%s&callbackURL=%s",
	    rq->config->base_url,
	    jwt_sign(rq->arena, rq->config->secret, b.data),
	    url_encode(rq->arena, callback));
}

void
mailed_link_keep_user(
    struct response *rs, struct request *rq, const char *user_id)
{
	response_cookie(rs, rq, "signed_up", user_id, KEPT);
}

const char *
mailed_link_kept_user(struct request *rq)
{
	return better_auth_signed_cookie(rq, "signed_up");
}

void
mailed_link_answer_stale(
    struct response *rs, struct request *rq, const char *why)
{
	bool french = strcmp(request_language(rq), "fr") == 0;

	if (why == NULL)
		why = french
		    ? "Ce lien a expiré ou a déjà été utilisé. Demandez-en un "
		      "nouveau."
		    : "This link has expired or was used. Ask for a new one.";
	html_page_respond(rs, rq, 404,
	    &(struct html_page){
		.title = french ? "Lien non valable" : "Link not valid",
		.text = why });
}

bool
mailed_link_unexplained(struct request *rq, const char *callback)
{
	return html_page_wanted(rq) &&
	    (callback == NULL || *callback == '\0' ||
		strcmp(callback, "/") == 0);
}
