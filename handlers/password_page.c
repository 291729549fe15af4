#include "arena.h"
#include "config.h"
#include "password_page.h"
#include "request.h"
#include "url.h"

const char *
password_page(struct request *rq, const char *token, const char *type)
{
	token = url_encode(rq->arena, token);
	return arena_printf(rq->arena,
	    "%s/#/set-password?access_token=%s&refresh_token=%s&type=%s",
	    rq->config->base_url, token, token, type);
}
