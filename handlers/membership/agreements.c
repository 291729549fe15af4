/*
 * The resources agreement_documents, pending_agreements and user_agreements:
 * texts in versions, and who has accepted them.
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

static const struct column document_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "version", VALUE_SMALLINT, 0, NULL },
	{ "title", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "text", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "hash", VALUE_TEXT, 0, NULL },
	{ "required", VALUE_BOOLEAN, COLUMN_WRITE, "true" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct column pending_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, 0, NULL },
	{ "version", VALUE_SMALLINT, 0, NULL },
	{ "title", VALUE_TEXT, 0, NULL },
	{ "text", VALUE_TEXT, 0, NULL },
	{ "hash", VALUE_TEXT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct column acceptance_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, 0, NULL },
	{ "document_id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, 0, NULL },
	{ "version", VALUE_SMALLINT, 0, NULL },
	{ "hash", VALUE_TEXT, 0, NULL },
	{ "accepted_at", VALUE_TIMESTAMP, 0, NULL },
	{ "user_id", VALUE_TEXT, 0, NULL },
	{ "address", VALUE_TEXT, 0, NULL },
	{ "agent", VALUE_TEXT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "member", "member_id", "user_profiles" },
	{ "document", "document_id", "agreement_documents" },
	{ .name = NULL },
};

static const struct resource agreement_documents = {
	.name = "agreement_documents",
	.table = "membership.agreement_documents",
	.verbs = VERB_READ | VERB_CREATE,
	.columns = document_columns,
	.check = card_check,
};

static const struct resource pending_agreements = {
	.name = "pending_agreements",
	.view = "membership.pending_agreements",
	.verbs = VERB_READ,
	.columns = pending_columns,
};

static const struct resource user_agreements = {
	.name = "user_agreements",
	.view = "membership.user_agreements",
	.verbs = VERB_READ,
	.columns = acceptance_columns,
	.references = references,
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

static const struct body_field accept_fields[] = {
	{ "document_id", BODY_WHOLE, true, false },
	{ "hash", BODY_STRING, true, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/user_agreements/accept", accept_agreement,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = accept_fields,
	    .summary = "Accept an agreement", .returns = "user_agreements" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&agreement_documents,
	&pending_agreements,
	&user_agreements,
	NULL,
};

const struct module agreements_module = {
	.name = "agreements",
	.org_module = "membership",
	.resources = resources,
	.routes = routes,
};
