#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/oidc/discovery.h"
#include "fcgi/oidc/fetch.h"
#include "fcgi/oidc/provider.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"

#define FRESH_US INT64_C(3600000000)

/* OpenID Connect Discovery 1.0: an issuer tells where it is spoken to. */
static struct json_object *
ask(struct request *rq, const struct provider *p)
{
	size_t len = strlen(p->issuer);
	struct fetch what = {
		.url = arena_printf(rq->arena,
		    "%.*s/.well-known/openid-configuration",
		    (int)(p->issuer[len - 1] == '/' ? len - 1 : len), p->issuer)
	};

	return fetch(rq, &what);
}

static bool
lists(struct json_object *document, const char *name, const char *word)
{
	struct json_object *list;
	bool present;
	size_t i;

	list = json_get(document, name, &present);
	if (!json_object_is_type(list, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		if (json_object_is_type(one, json_type_string) &&
		    strcmp(json_object_get_string(one), word) == 0)
			return true;
	}
	return false;
}

/* A URL of the document; "" when it has none, NULL for one of no use. */
static const char *
url_of(struct request *rq, struct arena *a, struct json_object *document,
    const char *name)
{
	const char *url = json_get_text(document, name);

	if (url == NULL)
		return "";
	return provider_url(rq->config, url) ? arena_strdup(a, url) : NULL;
}

static bool
complain(const struct provider *p, const char *what)
{
	log_error("discovery provider=%s error=\"%s\"", p->id, what);
	return false;
}

/* True when the document is the issuer's own and lacks nothing we need. */
static bool
read_document(struct request *rq, struct provider *p, struct arena *a,
    struct json_object *document)
{
	struct endpoints at = { 0 };
	const char *issuer = json_get_text(document, "issuer");

	if (issuer == NULL || strcmp(issuer, p->issuer) != 0)
		return complain(p, "the document is another issuer's");
	at.authorize = url_of(rq, a, document, "authorization_endpoint");
	at.token = url_of(rq, a, document, "token_endpoint");
	at.userinfo = url_of(rq, a, document, "userinfo_endpoint");
	at.keys = url_of(rq, a, document, "jwks_uri");
	at.end_session = url_of(rq, a, document, "end_session_endpoint");
	if (at.authorize == NULL || at.token == NULL || at.userinfo == NULL ||
	    at.keys == NULL || at.end_session == NULL)
		return complain(p, "an endpoint is no https:// URL");
	if (*at.authorize == '\0' || *at.token == '\0' || *at.keys == '\0')
		return complain(p, "an endpoint is missing");
	/* What OpenID Connect means when it says nothing. */
	at.basic = !lists(document, "token_endpoint_auth_methods_supported",
	    "client_secret_post");
	at.names_iss = json_get_bool(
	    document, "authorization_response_iss_parameter_supported", false);
	p->at = at;
	return true;
}

const struct endpoints *
discovery_endpoints(struct request *rq, struct provider *p, bool *answered)
{
	struct json_object *document;
	struct arena *memory;

	*answered = true;
	if (!p->discovered ||
	    (p->memory != NULL && clock_us() - p->found < FRESH_US))
		return &p->at;
	document = ask(rq, p);
	*answered = document != NULL;
	if (document == NULL)
		return NULL;
	memory = arena_new();
	if (!read_document(rq, p, memory, document)) {
		arena_free(memory);
		return NULL;
	}
	if (p->memory != NULL)
		arena_free(p->memory);
	p->memory = memory;
	p->found = clock_us();
	return &p->at;
}
