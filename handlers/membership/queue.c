/* The membership_queue resource: members who are waiting, and their calls. */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "schema/membership/queue.h"

static action_fn claim_entries, show_position;

static const struct body_field claim_fields[] = {
	{ "count", BODY_WHOLE, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/membership_queue/claim", claim_entries,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = claim_fields,
	    .summary = "Call the next members of the queue",
	    .returns = "[membership_queue]" },
	{ METHOD_GET, "/api/membership_queue/{id}/position", show_position,
	    SESSION_ORGANIZATION,
	    .summary = "Get the position of an entry in the queue",
	    .returns = "{id:integer,status:string,position:integer?,"
		       "estimated_wait_seconds:integer?}" },
	{ .action = NULL },
};

const struct module queue_module = {
	.name = "queue",
	.org_module = "membership",
	.routes = routes,
};

static enum problem_code
claim_entries(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_claim_entries(
		rq->arena, .most = body_whole(body, "count")));
}

static enum problem_code
show_position(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE)
		return err;
	return answer_read(
	    rq, rs, membership_queue_position(rq->arena, .entry = rq->id));
}
