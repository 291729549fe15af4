/* The "What's New" page: the notes that a user has seen, and the checklist. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/body_field.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "schema/ops/checklist.h"
#include "schema/ops/whats_new.h"

#define ITEM                                                                   \
	"{id:integer,text_en:string,text_fr:string,state:string?,"             \
	"detail:string?,answered_at:time?}"

static action_fn get_whats_new, see_whats_new, answer_item, list_checklist;

static const struct body_field entry_fields[] = {
	{ "entry", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ .name = NULL },
};

static const struct body_field answer_fields[] = {
	{ "state", BODY_STRING_OR_NULL, 0 },
	{ "detail", BODY_STRING_OR_NULL, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/whats-new", get_whats_new, SESSION_USER,
	    .summary = "Get the newest entry of What's New that the user has "
		       "seen, and the checklist with the user's answers",
	    .returns = "{seen:string?,checklist:[" ITEM "]}" },
	{ METHOD_PUT, "/api/whats-new", see_whats_new, SESSION_USER,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = entry_fields,
	    .summary = "Store the newest entry of What's New that the user has "
		       "seen",
	    .returns = "{seen:string}" },
	{ METHOD_PUT, "/api/checklist/{id}", answer_item, SESSION_USER,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = answer_fields,
	    .summary = "Answer an item of the checklist, or reset it",
	    .returns = ITEM },
	{ METHOD_GET, "/api/operations/checklist", list_checklist, SESSION_USER,
	    ROUTE_NO_IMPERSONATION,
	    .summary =
		"List the items of the checklist, with the answers of all "
		"operators",
	    .returns = "[{id:integer,item:string,maintenance_id:integer?,"
		       "removed:boolean,verified:integer,problems:integer,"
		       "answers:[{email:string,name:string,organizations:["
		       "string],state:string,detail:string?,answered_at:time}]"
		       "}]" },
	{ .action = NULL },
};

const struct module whats_new_module = {
	.name = "whats_new",
	.routes = routes,
};

#define ENTRY_MAX  100
#define DETAIL_MAX 2000

static enum problem_code
get_whats_new(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, ops_show_whats_new(rq->arena));
}

static enum problem_code
see_whats_new(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *entry;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	entry = json_get_text(body, "entry");
	if (strlen(entry) > ENTRY_MAX)
		return request_refuse(rq, "too_many_bytes", "entry",
		    request_number(rq, ENTRY_MAX));
	return answer_write(
	    rq, rs, ops_see_whats_new(rq->arena, .entry = entry));
}

/*
 * Requires a text if the user reports a problem, so that the problem can be
 * investigated.
 */
static enum problem_code
answer_item(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *state, *detail;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	state = json_get_text(body, "state");
	detail = json_get_text(body, "detail");
	if (detail != NULL && *detail == '\0')
		detail = NULL;
	if (state != NULL && strcmp(state, "verified") != 0 &&
	    strcmp(state, "problem") != 0)
		return request_refuse(rq, "checklist_state", "state");
	if (state != NULL && strcmp(state, "problem") == 0 && detail == NULL)
		return request_refuse(rq, "problem_detail", "detail");
	if (detail != NULL && strlen(detail) > DETAIL_MAX)
		return request_refuse(rq, "too_many_bytes", "detail",
		    request_number(rq, DETAIL_MAX));
	return answer_write(rq, rs,
	    ops_answer_checklist(
		rq->arena, .item = rq->id, .answer = state, .detail = detail));
}

static enum problem_code
list_checklist(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, ops_list_checklist(rq->arena));
}
