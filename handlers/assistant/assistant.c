/* The assistant's API keys, its status, and search by meaning. */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/assistant/assistant.h"
#include "handlers/crm/assistant_key.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/net/llm_client.h"
#include "schema/crm/assistant.h"
#include "schema/identity/assistant_key.h"

#define AT "/api/assistant/"

static action_fn get_status, put_own_key, put_shared, delete_own_key,
    delete_shared, search_records;

static const struct body_field key_body[] = {
	{ "key", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ .name = NULL },
};

static const struct body_field search_body[] = {
	{ "query", BODY_STRING, 0 },
	{ "embedding", BODY_LIST, 0 },
	{ "model", BODY_STRING, 0 },
	{ "count", BODY_WHOLE, 0 },
	{ "threshold", BODY_NUMBER, 0 },
	{ "resources", BODY_STRINGS, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, AT "status", get_status, SESSION_ORGANIZATION,
	    .summary = "Get the state of the assistant and of its index",
	    .returns = "{enabled:boolean,model:string?,embedding_model:string?,"
		       "instance_key:boolean,indexing:boolean,parts:integer,"
		       "waiting:integer,paused_until:time?,search:string,keys:{"
		       "own:boolean,organization:boolean}}" },
	{ METHOD_PUT, AT "key", put_own_key, SESSION_ORGANIZATION,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = key_body,
	    .summary = "Store the caller's key for the model, encrypted",
	    .returns = "KeySet" },
	{ METHOD_DELETE, AT "key", delete_own_key, SESSION_ORGANIZATION,
	    ROUTE_NO_IMPERSONATION,
	    .summary = "Delete the caller's key for the model",
	    .returns = "KeySet" },
	{ METHOD_PUT, AT "organization_key", put_shared, SESSION_ADMIN,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = key_body,
	    .summary = "Store a key for all members, encrypted",
	    .returns = "KeySet" },
	{ METHOD_DELETE, AT "organization_key", delete_shared, SESSION_ADMIN,
	    ROUTE_NO_IMPERSONATION, .summary = "Delete the key for all members",
	    .returns = "KeySet" },
	{ METHOD_POST, AT "search", search_records, SESSION_ORGANIZATION,
	    ROUTE_BODY | ROUTE_FETCHES, .body = search_body,
	    .takes = "{embedding:[number]}", .either = "query embedding",
	    .summary = "Search rows by meaning, with a question or a vector",
	    .returns = "{via:string,results:[{resource:string,id:integer,title:"
		       "string?,snippet:string?,score:number}]}" },
	{ .action = NULL },
};

const struct module assistant_module = { .name = "assistant",
	.routes = routes };

#define ROWS_MAX 50

static enum problem_code
get_status(struct request *rq, struct response *rs)
{
	struct db_step step = crm_assistant_status(rq->arena);
	const struct config *c = rq->config;
	enum problem_code err;
	struct buf b;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"enabled\":%s,\"model\":",
	    *c->assistant_url != '\0' ? "true" : "false");
	buf_json(&b, c->assistant_model);
	buf_puts(&b, ",\"embedding_model\":");
	buf_json(&b, c->assistant_embedding_model);
	buf_printf(&b, ",\"instance_key\":%s,%s",
	    *c->assistant_key != '\0' ? "true" : "false",
	    db_text(&step, 0, 0) + 1);
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

/*
 * Stores a key. The API never returns a stored key, only whether there is one.
 */
static enum problem_code
keep_key(
    struct request *rq, struct response *rs, const char *sealed, bool shared)
{
	return answer_write(rq, rs,
	    identity_set_assistant_key(
		rq->arena, .encrypted_key = sealed, .shared = shared));
}

static enum problem_code
put_key(struct request *rq, struct response *rs, bool shared)
{
	struct json_object *body;
	enum problem_code err;
	const char *sealed;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = assistant_key_seal(rq, "key", json_get_text(body, "key"),
		 &sealed)) != PROBLEM_NONE)
		return err;
	return keep_key(rq, rs, sealed, shared);
}

static enum problem_code
put_own_key(struct request *rq, struct response *rs)
{
	return put_key(rq, rs, false);
}

static enum problem_code
put_shared(struct request *rq, struct response *rs)
{
	return put_key(rq, rs, true);
}

static enum problem_code
delete_own_key(struct request *rq, struct response *rs)
{
	return keep_key(rq, rs, NULL, false);
}

static enum problem_code
delete_shared(struct request *rq, struct response *rs)
{
	return keep_key(rq, rs, NULL, true);
}

/* Reads an embedding that the client computed, as a Postgres array. */
static enum problem_code
read_vector(struct request *rq, struct json_object *vector, const char **array)
{
	size_t dimensions = 0;
	char *text;

	if (vector == NULL)
		return PROBLEM_NONE;
	if (!llm_vector(vector, &dimensions))
		return request_refuse(rq, "array_of_numbers", "embedding");
	text = arena_strdup(rq->arena, json_text(vector));
	text[0] = '{';
	text[strlen(text) - 1] = '}';
	*array = text;
	return PROBLEM_NONE;
}

static enum problem_code
read_search(struct request *rq, struct json_object *body, struct search *s)
{
	const char *most = body_whole(body, "count");
	struct json_object *least;
	enum problem_code err;
	bool present;

	s->text = json_get_text(body, "query");
	s->model = json_get_text(body, "model");
	s->most = most != NULL ? most : "10";
	least = json_get(body, "threshold", &present);
	s->threshold = least != NULL ? json_text(least) : "0";
	if ((err = read_vector(rq, json_get(body, "embedding", &present),
		 &s->vector)) != PROBLEM_NONE)
		return err;
	if (strlen(s->most) > 3 || strtol(s->most, NULL, 10) < 1 ||
	    strtol(s->most, NULL, 10) > ROWS_MAX)
		return request_refuse(
		    rq, "from_1_to", "count", request_number(rq, ROWS_MAX));
	if (s->text != NULL &&
	    (s->vector != NULL || *s->text == '\0' ||
		strlen(s->text) > ASSISTANT_TEXT_MAX))
		return request_refuse(rq, "query_text", "query",
		    request_number(rq, ASSISTANT_TEXT_MAX));
	return assistant_resources(
	    rq, json_get(body, "resources", &present), &s->resources);
}

static enum problem_code
search_records(struct request *rq, struct response *rs)
{
	struct search s = { .text = NULL };
	struct json_object *body;
	enum problem_code err;
	const char *found;

	assistant_rights(rq, true);
	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = read_search(rq, body, &s)) != PROBLEM_NONE ||
	    (err = assistant_find(rq, &s, &found)) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, found, strlen(found));
	return PROBLEM_NONE;
}
