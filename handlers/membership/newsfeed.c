/* The newsfeed_posts resource, with the caller's read markers. */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/route.h"
#include "schema/membership/newsfeed.h"

static action_fn mark_post;

static const struct route routes[] = {
	{ METHOD_POST, "/api/newsfeed_posts/{id}/read", mark_post,
	    SESSION_ORGANIZATION, .summary = "Mark a post as read",
	    .returns = "{id:integer,read_at:time}" },
	{ .action = NULL },
};

const struct module newsfeed_module = {
	.name = "newsfeed",
	.org_module = "membership",
	.routes = routes,
};

static enum problem_code
mark_post(struct request *rq, struct response *rs)
{
	enum problem_code err = resource_check_number(rq);

	return err != PROBLEM_NONE
	    ? err
	    : answer_write(
		  rq, rs, membership_mark_post(rq->arena, .post = rq->id));
}
