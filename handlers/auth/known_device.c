/* The cookie that marks a browser in which a user has already signed in. */

#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "handlers/auth/known_device.h"
#include "lib/base/arena.h"
#include "lib/crypto/token.h"

#define KNOWN_SECONDS (400L * 24 * 3600) /* the maximum that browsers accept */

const char *
known_device_read(struct request *rq)
{
	return better_auth_signed_cookie(rq, "known_device");
}

void
known_device_keep(struct request *rq, struct response *rs, const char *user_id)
{
	const char *has = known_device_read(rq);
	const char *user = has != NULL ? strchr(has, '.') : NULL;

	if (user == NULL || strcmp(user + 1, user_id) != 0)
		response_cookie(rs, rq, "known_device",
		    arena_printf(
			rq->arena, "%s.%s", token_new(rq->arena), user_id),
		    KNOWN_SECONDS);
}
