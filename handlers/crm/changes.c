/* The change feed: changes by polling or as server-sent events. */

#include <stdlib.h>
#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"
#include "lib/feed/feed_socket.h"
#include "schema/ops/change_feed.h"

#define CHANGES_MAX "1000"
#define AFTER_PARAM                                                            \
	{                                                                      \
		"after", PARAM_WHOLE, "the number of the last known change",   \
		    NULL                                                       \
	}
#define RESOURCES_PARAM                                                        \
	{                                                                      \
		"resources", PARAM_ARRAY,                                      \
		    "a JSON list of resources: [\"contacts\",\"deals\"]", NULL \
	}

static action_fn list_changes, stream_changes;

static const struct query_param stream_params[] = {
	AFTER_PARAM,
	RESOURCES_PARAM,
	{ .name = NULL },
};

static const struct query_param list_params[] = {
	AFTER_PARAM,
	RESOURCES_PARAM,
	{ "limit", PARAM_WHOLE,
	    "the maximum number of changes, from 1 to " CHANGES_MAX
	    " (default: 500)",
	    NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/changes", list_changes, SESSION_ORGANIZATION,
	    .params = list_params,
	    .summary = "List the changes in the organization after a number",
	    .returns = "{changes:[{seq:integer,resource:string,id:integer|"
		       "string,verb:string,at:time,by:string?,api_key_id?:"
		       "string,client?:string,external_ids?:ExternalIds}],seq:"
		       "integer,more:"
		       "boolean,reset:boolean,fallback?:string}" },
	{ METHOD_GET, "/api/changes/stream", stream_changes,
	    SESSION_ORGANIZATION, ROUTE_EVENTS, .params = stream_params,
	    .summary = "Stream the changes in the organization as server-sent "
		       "events" },
	{ .action = NULL },
};

const struct module changes_module = { .name = "changes", .routes = routes };

#define CHANGES "500"

static enum problem_code
check_resources(struct request *rq)
{
	struct json_object *ignored;

	return param_json(rq, "resources", &ignored);
}

/* Returns the resources that the caller requests, or NULL for all resources. */
static const char *
resources_of(const struct request *rq)
{
	const char *s = param_text(rq, "resources");

	return s != NULL && *s != '\0' ? s : NULL;
}

/* Lists the changes after a given number, for polling clients. */
static enum problem_code
list_changes(struct request *rq, struct response *rs)
{
	const char *after = param_text(rq, "after");
	const char *limit = param_text(rq, "limit");
	struct db_step step = ops_changes_after(rq->arena, .after = after,
	    .most = limit != NULL ? limit : CHANGES,
	    .resources = resources_of(rq));
	enum problem_code err;

	if (!param_is_whole(after, PARAM_BIGINT))
		return request_refuse(rq, "change_number", "after");
	if ((err = param_check_count(rq, "limit", CHANGES_MAX)) !=
		PROBLEM_NONE ||
	    (err = check_resources(rq)) != PROBLEM_NONE ||
	    (err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

/*
 * Returns the client's position: Last-Event-ID or, in the first request, the
 * parameter after.
 */
static const char *
place_of(const struct request *rq)
{
	const char *last = rq->headers.last_event_id;

	return *last != '\0' ? last : param_text(rq, "after");
}

/*
 * Checks the permission and hands the connection over to nginx. A client that
 * is far behind gets only some of the changes, and then reconnects.
 */
static enum problem_code
stream_changes(struct request *rq, struct response *rs)
{
	const char *last = place_of(rq),
		   *nginx =
		       feed_socket_server(rq->arena, rq->config->feed_socket);
	struct db_step step = ops_follow_changes(rq->arena,
	    .shown = token_hash(rq->arena,
		rq->key != NULL         ? rq->key
		    : rq->token != NULL ? rq->token
					: ""),
	    .is_key = rq->key != NULL, .last = last,
	    .live = rq->headers.assisted && nginx != NULL, .nginx = nginx,
	    .resources = resources_of(rq));
	enum problem_code err;

	if (!param_is_whole(last, PARAM_BIGINT))
		return request_refuse(rq, "change_number",
		    *rq->headers.last_event_id != '\0' ? "Last-Event-ID"
						       : "after");
	if ((err = check_resources(rq)) != PROBLEM_NONE ||
	    (err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	response_empty(rs, 200);
	rs->type = "text/event-stream";
	if (db_text(&step, 0, FOLLOW_CHANGES_PLACE) != NULL)
		rs->accel = arena_printf(rq->arena, "/tenantry-feed?%s",
		    db_text(&step, 0, FOLLOW_CHANGES_PLACE));
	else {
		rs->body = db_text(&step, 0, FOLLOW_CHANGES_BODY);
		rs->body_len = db_len(&step, 0, FOLLOW_CHANGES_BODY);
	}
	return PROBLEM_NONE;
}
