/* The resource newsfeed_posts, with the marks of what its caller has read. */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/route.h"
#include "schema/membership/newsfeed.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "title", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "body", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "audience", VALUE_TEXT, COLUMN_WRITE, "'all'" },
	{ "tier", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "published_at", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "read_at", VALUE_TIMESTAMP, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource newsfeed_posts = {
	.name = "newsfeed_posts",
	.table = "membership.newsfeed_posts",
	.view = "membership.newsfeed",
	.verbs = VERB_ALL & ~(VERB_BULK | VERB_HISTORY),
	.columns = columns,
};

static enum problem_code
mark_post(struct request *rq, struct response *rs)
{
	enum problem_code err = resource_check_id(rq, &newsfeed_posts, rq->id);

	return err != PROBLEM_NONE
	    ? err
	    : answer_write(
		  rq, rs, membership_mark_post(rq->arena, .post = rq->id));
}

static const struct route routes[] = {
	{ METHOD_POST, "/api/newsfeed_posts/{id}/read", mark_post,
	    SESSION_ORGANIZATION, .summary = "Mark a post as read",
	    .returns = "{id:integer,read_at:time}" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&newsfeed_posts,
	NULL,
};

const struct module newsfeed_module = {
	.name = "newsfeed",
	.org_module = "membership",
	.resources = resources,
	.routes = routes,
};
