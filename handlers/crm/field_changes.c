/* Changes of the kind of a custom field: preview, change, undo. */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/db/db.h"
#include "schema/crm/field_change.h"

#define FIELD "/api/field_definitions/{id}"
#define DONE  "{id:integer,kind:string,finished:boolean,undo_until:time?}"

static action_fn preview_change, change_field, undo_change;

#define CHANGE_FIELDS                                                          \
	{ "kind", BODY_STRING, 0 }, { "choices", BODY_LIST, 0 },               \
	    { "currency", BODY_STRING_OR_NULL, 0 },                            \
	    { "minimum", BODY_NUMBER, 0 }, { "maximum", BODY_NUMBER, 0 },      \
	    { "digits", BODY_WHOLE, 0 }, { "required", BODY_BOOLEAN, 0 },      \
	{                                                                      \
		"is_unique", BODY_BOOLEAN, 0                                   \
	}

static const struct body_field preview_body[] = { CHANGE_FIELDS,
	{ .name = NULL } };
static const struct body_field change_body[] = { CHANGE_FIELDS,
	{ "lose", BODY_BOOLEAN, 0 }, { .name = NULL } };

static const struct route routes[] = {
	{ METHOD_POST, FIELD "/preview", preview_change, SESSION_ADMIN,
	    ROUTE_BODY, .body = preview_body, .takes = "{choices:[string]}",
	    .summary = "Preview the effect of a field change on the values",
	    .returns = "{rows:integer,more:boolean,values:integer,lost:integer,"
		       "missing:integer,twice:integer,"
		       "violations:[{id:integer,value:any,reason:string}]}" },
	{ METHOD_POST, FIELD "/change", change_field, SESSION_ADMIN, ROUTE_BODY,
	    .body = change_body, .takes = "{choices:[string]}",
	    .summary = "Change a field, and convert its values",
	    .returns = DONE },
	{ METHOD_POST, FIELD "/undo", undo_change, SESSION_ADMIN,
	    .summary = "Undo the last change of a field", .returns = DONE },
	{ .action = NULL },
};

const struct module field_changes_module = {
	.name = "field_changes",
	.routes = routes,
};

static enum problem_code
preview_change(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    crm_preview_field_change(
		rq->arena, .field_id = rq->id, .change = json_text(body)));
}

static enum problem_code
change_field(struct request *rq, struct response *rs)
{
	struct json_object *body, *lose;
	enum problem_code err;
	bool present;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	lose = json_get(body, "lose", &present);
	return answer_write(rq, rs,
	    crm_change_field(rq->arena, .field_id = rq->id,
		.change = json_text(body),
		.lose = json_object_get_boolean(lose)));
}

static enum problem_code
undo_change(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE)
		return err;
	return answer_write(
	    rq, rs, crm_undo_field_change(rq->arena, .field_id = rq->id));
}
