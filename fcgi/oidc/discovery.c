/* Finds the endpoints of OpenID Connect providers (Discovery 1.0). */

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

static struct json_object *
fetch_metadata(struct request *rq, const struct provider *p)
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
list_contains(struct json_object *document, const char *name, const char *word)
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

/*
 * Returns a URL from the metadata, "" if it is missing, or NULL if it is not
 * allowed.
 */
static const char *
metadata_url(struct request *rq, struct arena *a, struct json_object *document,
    const char *name)
{
	const char *url = json_get_text(document, name);

	if (url == NULL)
		return "";
	return provider_url(rq->config, url) ? arena_strdup(a, url) : NULL;
}

static bool
log_failure(const struct provider *p, const char *what)
{
	log_error("discovery provider=%s error=\"%s\"", p->id, what);
	return false;
}

/* Checks the issuer and reads the endpoints. */
static bool
read_document(struct request *rq, struct provider *p, struct arena *a,
    struct json_object *document)
{
	struct endpoints at = { 0 };
	const char *issuer = json_get_text(document, "issuer");

	if (issuer == NULL || strcmp(issuer, p->issuer) != 0)
		return log_failure(p, "the metadata has another issuer");
	at.authorize = metadata_url(rq, a, document, "authorization_endpoint");
	at.token = metadata_url(rq, a, document, "token_endpoint");
	at.userinfo = metadata_url(rq, a, document, "userinfo_endpoint");
	at.keys = metadata_url(rq, a, document, "jwks_uri");
	at.end_session = metadata_url(rq, a, document, "end_session_endpoint");
	if (at.authorize == NULL || at.token == NULL || at.userinfo == NULL ||
	    at.keys == NULL || at.end_session == NULL)
		return log_failure(p, "an endpoint is not an https:// URL");
	if (*at.authorize == '\0' || *at.token == '\0' || *at.keys == '\0')
		return log_failure(p, "an endpoint is missing");
	/* The OpenID Connect default is client_secret_basic. */
	at.basic = !list_contains(document,
	    "token_endpoint_auth_methods_supported", "client_secret_post");
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
	document = fetch_metadata(rq, p);
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
