/* Encrypts and decrypts the state of signing in with a provider. */

#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/oidc/oauth_state.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/secretbox.h"

static void
put_member(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, "\"%s\":", name);
	buf_json(b, value);
	buf_puts(b, ",");
}

const char *
oauth_state_seal(struct request *rq, const struct oauth_state *state)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "{");
	put_member(&b, "provider", state->provider);
	put_member(&b, "verifier", state->verifier);
	put_member(&b, "nonce", state->nonce);
	put_member(&b, "callback_url", state->callback_url);
	put_member(&b, "error_url", state->error_url);
	put_member(&b, "new_user_url", state->new_user_url);
	put_member(&b, "invite", state->invite);
	buf_printf(&b, "\"signup\":%s}", state->signup ? "true" : "false");
	return secretbox_seal(rq->arena, rq->config->secret, b.data);
}

bool
oauth_state_open(
    struct request *rq, const char *sealed, struct oauth_state *state)
{
	const char *text =
	    secretbox_open(rq->arena, rq->config->secrets, sealed);
	struct json_object *o;
	struct json_error error;

	if (text == NULL)
		return false;
	o = json_parse(rq->arena, text, strlen(text), &error);
	*state = (struct oauth_state){
		.provider = json_get_text(o, "provider"),
		.verifier = json_get_text(o, "verifier"),
		.nonce = json_get_text(o, "nonce"),
		.callback_url = json_get_text(o, "callback_url"),
		.error_url = json_get_text(o, "error_url"),
		.new_user_url = json_get_text(o, "new_user_url"),
		.invite = json_get_text(o, "invite"),
		.signup = json_get_bool(o, "signup", false),
	};
	return state->provider != NULL && state->verifier != NULL &&
	    state->callback_url != NULL;
}
