/* Finds the parts of records that are close in meaning to a text. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/session.h"
#include "handlers/assistant/assistant.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/crypto/secretbox.h"
#include "lib/net/llm_client.h"
#include "schema/crm/context.h"
#include "schema/identity/assistant_key.h"

#define EMBED_MS 5000

void
assistant_rights(struct request *rq, bool writes)
{
	size_t i;

	request_require_scope(
	    rq, "assistant", writes ? "update" : "read", false);
	for (i = 0; rq->resources[i] != NULL; i++)
		if (rq->resources[i]->assistant)
			request_require_scope(
			    rq, rq->resources[i]->name, "read", false);
	request_require_scope(rq, "tasks", "read", false);
}

/*
 * Decrypts a key. A key that was encrypted with a different secret counts as
 * missing.
 */
static const char *
open_key(struct request *rq, const char *sealed)
{
	const char *key = sealed != NULL
	    ? secretbox_open(rq->arena, rq->config->secrets, sealed)
	    : NULL;

	if (sealed != NULL && key == NULL)
		log_error("assistant error=\"a key was sealed with another "
			  "secret\"");
	return key;
}

enum problem_code
assistant_model(struct request *rq, struct llm_client *m)
{
	struct db_step step = identity_assistant_keys(rq->arena);
	enum problem_code err;

	*m = (struct llm_client){ .config = rq->config };
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if ((m->key = open_key(rq, db_text(&step, 0, ASSISTANT_KEYS_OWN))) ==
		NULL &&
	    (m->key = open_key(rq, db_text(&step, 0, ASSISTANT_KEYS_SHARED))) ==
		NULL &&
	    *rq->config->assistant_key != '\0')
		m->key = rq->config->assistant_key;
	return PROBLEM_NONE;
}

/* Embeds a text. *vector is a Postgres array, or NULL. */
static enum problem_code
embed_text(struct request *rq, const char *text, const char **vector)
{
	enum problem_code err;
	struct llm_client m;
	const char *vectors;
	size_t len;

	if (*rq->config->assistant_url == '\0')
		return PROBLEM_NONE;
	if ((err = assistant_model(rq, &m)) != PROBLEM_NONE)
		return err;
	if (llm_embed(rq->arena, &m, &text, 1, EMBED_MS, &vectors) !=
	    LLM_ANSWERED)
		return PROBLEM_NONE;
	len = strlen(vectors); /* [[...]] */
	*vector = arena_printf(rq->arena, "{%.*s}", (int)len - 4, vectors + 2);
	return PROBLEM_NONE;
}

enum problem_code
assistant_find(
    struct request *rq, const struct search *search, const char **found)
{
	const char *vector = search->vector;
	struct db_step step;
	enum problem_code err;

	if (vector == NULL &&
	    (err = embed_text(rq, search->text, &vector)) != PROBLEM_NONE)
		return err;
	step = crm_assistant_context(rq->arena, .question = search->text,
	    .vector = vector,
	    .of_model = search->vector != NULL
		? search->model
		: rq->config->assistant_embedding_model,
	    .threshold = search->threshold, .most = search->most,
	    .of_resources = search->resources);
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	*found = db_text(&step, 0, 0);
	return PROBLEM_NONE;
}

static bool
is_searched(struct request *rq, const char *name)
{
	const struct resource *r = resource_named(rq, name);

	return r != NULL && r->assistant;
}

enum problem_code
assistant_resources(
    struct request *rq, struct json_object *names, const char **array)
{
	struct json_object *o;
	struct buf b;
	size_t i, n;

	*array = NULL;
	if (names == NULL)
		return PROBLEM_NONE;
	n = json_object_is_type(names, json_type_array)
	    ? json_object_array_length(names)
	    : 0;
	buf_init(&b, rq->arena);
	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(names, i);
		if (!json_object_is_type(o, json_type_string) ||
		    !is_searched(rq, json_object_get_string(o)))
			n = 0;
		else
			buf_printf(&b, "%s%s", i > 0 ? "," : "",
			    json_object_get_string(o));
	}
	if (n == 0)
		return request_refuse(rq, "assistant_resources", "resources");
	*array = arena_printf(rq->arena, "{%s}", b.data);
	return PROBLEM_NONE;
}
