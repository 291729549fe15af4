/* Checks HTTP Basic credentials (RFC 7617). */

#include <string.h>
#include <strings.h>

#include "fcgi/http/basic_auth.h"
#include "fcgi/http/request.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"

bool
basic_auth_matches(struct request *rq, const char *user, const char *password)
{
	const char *sent = rq->headers.authorization, *wanted;
	unsigned char a[DIGEST_LEN], b[DIGEST_LEN];

	wanted = arena_printf(rq->arena, "%s:%s", user, password);
	wanted = arena_printf(rq->arena, "Basic %s",
	    base64_encode(rq->arena, wanted, strlen(wanted)));
	/*
	 * Compare keyed digests, so that the duration of memcmp() reveals
	 * nothing.
	 */
	token_digest(rq->config->secret, sent, strlen(sent), a);
	token_digest(rq->config->secret, wanted, strlen(wanted), b);
	return memcmp(a, b, sizeof a) == 0;
}

const char *
basic_auth_password(struct request *rq)
{
	const char *sent = rq->headers.authorization, *text;
	size_t len;

	if (strncasecmp(sent, "Basic ", 6) != 0)
		return NULL;
	text = (const char *)base64_decode(rq->arena, sent + 6, &len);
	/* Refuse NUL, which would truncate the text. */
	if (text == NULL || strnlen(text, len) < len)
		return NULL;
	text = arena_strndup(rq->arena, text, len);
	text = strchr(text, ':');
	return text != NULL && text[1] != '\0' ? text + 1 : NULL;
}
