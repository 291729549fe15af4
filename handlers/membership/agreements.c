/*
 * The agreement_documents, pending_agreements and user_agreements resources:
 * text versions, and who has accepted them.
 */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "handlers/membership/card.h"
#include "lib/base/json.h"
#include "schema/membership/agreement.h"

static action_fn accept_agreement;

static const struct body_field accept_fields[] = {
	{ "document_id", BODY_WHOLE, BODY_REQUIRED },
	{ "hash", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/user_agreements/accept", accept_agreement,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = accept_fields,
	    .summary = "Accept an agreement", .returns = "user_agreements" },
	{ .action = NULL },
};

static const struct resource_hooks hooks[] = {
	{ "agreement_documents", .check = card_check },
	{ .resource = NULL },
};

const struct module agreements_module = {
	.name = "agreements",
	.hooks = hooks,
	.org_module = "membership",
	.routes = routes,
};

static enum problem_code
accept_agreement(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_accept_agreement(rq->arena,
		.document = body_whole(body, "document_id"),
		.hash = json_get_text(body, "hash"),
		.agent = request_agent(rq)));
}
