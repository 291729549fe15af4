/* The URL of the page on which a user chooses a password. */

#include "fcgi/http/request.h"
#include "handlers/auth/password_page.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/url.h"

const char *
password_page(struct request *rq, const char *token, const char *type)
{
	token = url_encode(rq->arena, token);
	return arena_printf(rq->arena,
	    "%s/#/set-password?access_token=%s&refresh_token=%s&type=%s",
	    rq->config->base_url, token, token, type);
}
