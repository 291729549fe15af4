#include <string.h>

#include "buf.h"
#include "config.h"
#include "flow.h"
#include "json.h"
#include "request.h"
#include "seal.h"

static void
put(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, "\"%s\":", name);
	buf_json(b, value);
	buf_puts(b, ",");
}

const char *
flow_seal(struct request *rq, const struct flow *flow)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "{");
	put(&b, "provider", flow->provider);
	put(&b, "verifier", flow->verifier);
	put(&b, "nonce", flow->nonce);
	put(&b, "callback_url", flow->callback_url);
	put(&b, "error_url", flow->error_url);
	put(&b, "new_user_url", flow->new_user_url);
	put(&b, "invite", flow->invite);
	buf_printf(&b, "\"signup\":%s}", flow->signup ? "true" : "false");
	return seal(rq->arena, rq->config->secret, b.data);
}

bool
flow_open(struct request *rq, const char *sealed, struct flow *flow)
{
	const char *text = unseal(rq->arena, rq->config->secret, sealed);
	struct json_object *o;
	struct json_error error;

	if (text == NULL)
		return false;
	o = json_parse(rq->arena, text, strlen(text), &error);
	*flow = (struct flow){
		.provider = json_get_text(o, "provider"),
		.verifier = json_get_text(o, "verifier"),
		.nonce = json_get_text(o, "nonce"),
		.callback_url = json_get_text(o, "callback_url"),
		.error_url = json_get_text(o, "error_url"),
		.new_user_url = json_get_text(o, "new_user_url"),
		.invite = json_get_text(o, "invite"),
		.signup = json_get_bool(o, "signup", false),
	};
	return flow->provider != NULL && flow->verifier != NULL &&
	    flow->callback_url != NULL;
}
