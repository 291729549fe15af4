/* An organization's usage and quotas. */

#include "fcgi/http/answer.h"
#include "fcgi/http/route.h"
#include "schema/ops/quota.h"

#define QUOTA "{used:integer,limit:integer?,state:string}"

static action_fn get_usage;

static const struct route routes[] = {
	{ METHOD_GET, "/api/usage", get_usage, SESSION_ADMIN,
	    .summary = "Get the organization's usage of its quotas",
	    .returns = "{rows:" QUOTA ",file_bytes:" QUOTA ",mails:" QUOTA
		       ",requests:" QUOTA "}" },
	{ .action = NULL },
};

const struct module usage_module = {
	.name = "usage",
	.routes = routes,
};

static enum problem_code
get_usage(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, ops_show_usage(rq->arena));
}
