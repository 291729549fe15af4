/* Builds the signed links of verification mails. */

#include <string.h>
#include <time.h>

#include "fcgi/http/request.h"
#include "handlers/auth/mailed_link.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/url.h"
#include "lib/crypto/jwt.h"

#define LIFE 3600 /* seconds */

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
	    "%s/api/auth/verify-email?token=%s&callbackURL=%s",
	    rq->config->base_url,
	    jwt_sign(rq->arena, rq->config->secret, b.data),
	    url_encode(rq->arena, callback));
}
