/* The member_messages resource: the thread between a member and the staff. */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/route.h"
#include "handlers/membership/card.h"
#include "schema/membership/member_message.h"

static action_fn mark_messages, count_unread;

static const struct route routes[] = {
	{ METHOD_POST, "/api/member_messages/{id}/read", mark_messages,
	    SESSION_ORGANIZATION,
	    .summary = "Mark a message and all earlier messages as read",
	    .returns = "{id:integer,read:integer}" },
	{ METHOD_GET, "/api/member_messages/unread", count_unread,
	    SESSION_ORGANIZATION,
	    .summary = "Get the number of unread messages",
	    .returns = "{unread:integer}" },
	{ .action = NULL },
};

static const struct resource_hooks hooks[] = {
	{ "member_messages", .check = card_check },
	{ .resource = NULL },
};

const struct module member_messages_module = {
	.name = "member_messages",
	.hooks = hooks,
	.org_module = "membership",
	.routes = routes,
};

static enum problem_code
mark_messages(struct request *rq, struct response *rs)
{
	enum problem_code err = resource_check_number(rq);

	return err != PROBLEM_NONE
	    ? err
	    : answer_write(rq, rs,
		  membership_mark_messages(rq->arena, .message = rq->id));
}

static enum problem_code
count_unread(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, membership_unread_messages(rq->arena));
}
