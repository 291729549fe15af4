/* The resource member_messages: the thread between a member and the staff. */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/route.h"
#include "handlers/membership/card.h"
#include "schema/membership/member_message.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "body", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "from_member", VALUE_BOOLEAN, 0, NULL },
	{ "author_id", VALUE_BIGINT, 0, NULL },
	{ "read_at", VALUE_TIMESTAMP, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "member", "member_id", "user_profiles" },
	{ "author", "author_id", "sales" },
	{ .name = NULL },
};

static const struct resource member_messages = {
	.name = "member_messages",
	.table = "membership.member_messages",
	.view = "membership.shown_messages",
	.verbs = VERB_READ | VERB_CREATE,
	.columns = columns,
	.references = references,
	.check = card_check,
};

static enum problem_code
mark_messages(struct request *rq, struct response *rs)
{
	enum problem_code err = resource_check_id(rq, &member_messages, rq->id);

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

static const struct route routes[] = {
	{ METHOD_POST, "/api/member_messages/{id}/read", mark_messages,
	    SESSION_ORGANIZATION,
	    .summary = "Mark a message and those before it as read",
	    .returns = "{id:integer,read:integer}" },
	{ METHOD_GET, "/api/member_messages/unread", count_unread,
	    SESSION_ORGANIZATION, .summary = "How many messages are unread",
	    .returns = "{unread:integer}" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&member_messages,
	NULL,
};

const struct module member_messages_module = {
	.name = "member_messages",
	.org_module = "membership",
	.resources = resources,
	.routes = routes,
};
