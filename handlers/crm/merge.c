/* Merges contacts, previews merges, and undoes them. */

#include <json-c/json.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/db/value.h"
#include "schema/crm/merge.h"

#define MERGE "/api/merge_contacts"

static action_fn merge_contacts, preview_merge, undo_merge;

static const struct body_field contacts_body[] = {
	{ "loserId", BODY_WHOLE, 0 },
	{ "loserIds", BODY_LIST, 0 },
	{ "winnerId", BODY_WHOLE, 0 },
	{ "loser_id", BODY_WHOLE, 0 },
	{ "loser_ids", BODY_LIST, 0 },
	{ "winner_id", BODY_WHOLE, 0 },
	{ "choices", BODY_RECORD, 0 },
	{ .name = NULL },
};

static const struct body_field undo_body[] = {
	{ "keep", BODY_BOOLEAN, 0 },
	{ "together", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

#define EITHER "loserId loserIds loser_id loser_ids, winnerId winner_id"

static const struct route routes[] = {
	{ METHOD_POST, MERGE, merge_contacts, SESSION_ORGANIZATION, ROUTE_BODY,
	    .body = contacts_body,
	    .takes = "{loserIds:[id],loser_ids:[id],"
		     "choices:{*:integer|string}}",
	    .either = EITHER, .summary = "Merge two or more contacts",
	    .returns = "{success:boolean,winnerId:integer,mergeId:integer}" },
	{ METHOD_POST, MERGE "/preview", preview_merge, SESSION_ORGANIZATION,
	    ROUTE_BODY, .body = contacts_body,
	    .takes = "{loserIds:[id],loser_ids:[id],"
		     "choices:{*:integer|string}}",
	    .either = EITHER, .summary = "Preview a merge",
	    .returns = "{winner:object,moves:{*:integer}}" },
	{ METHOD_POST, "/api/merges/{id}/undo", undo_merge,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = undo_body,
	    .summary = "Undo a merge",
	    .returns = "{success:boolean,loserId:integer,winnerId:integer}" },
	{ .action = NULL },
};

const struct module merge_module = {
	.name = "merge",
	.routes = routes,
};

/*
 * Returns the name that the body uses for a member, which can have either of
 * two names.
 */
static const char *
name_of(struct json_object *body, const char *camel, const char *snake)
{
	bool present;

	(void)json_get(body, snake, &present);
	return present ? snake : camel;
}

/*
 * Reads the contacts to remove, one (loserId) or several, as a Postgres array.
 */
static const char *
read_losers(struct request *rq, struct json_object *body)
{
	const char *name = name_of(body, "loserId", "loser_id"),
		   *names = name_of(body, "loserIds", "loser_ids"),
		   *one = body_whole(body, name);
	struct json_object *several;
	bool present;

	several = json_get(body, names, &present);
	if (one != NULL && several != NULL)
		request_fault(rq, "loser_twice", names);
	else if (one == NULL && json_object_array_length(several) == 0)
		request_fault(rq, "required", names);
	return one != NULL ? arena_printf(rq->arena, "{%s}", one)
			   : value_list(rq->arena, VALUE_BIGINTS, several);
}

/* Merges the contacts in the body, or previews the result. */
static enum problem_code
answer_contacts(struct request *rq, struct response *rs, bool preview)
{
	const char *losers, *winner, *chosen;
	struct json_object *body, *choices;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	losers = read_losers(rq, body);
	winner = body_whole(body, name_of(body, "winnerId", "winner_id"));
	if (rq->problem.code != PROBLEM_NONE)
		return rq->problem.code;
	choices = json_get(body, "choices", &present);
	chosen = choices != NULL ? json_text(choices) : "{}";
	return answer_write(rq, rs,
	    preview ? crm_preview_merge(rq->arena, .losers = losers,
			  .winner_id = winner, .choices = chosen)
		    : crm_merge_contacts(rq->arena, .losers = losers,
			  .winner_id = winner, .choices = chosen));
}

static enum problem_code
merge_contacts(struct request *rq, struct response *rs)
{
	return answer_contacts(rq, rs, false);
}

static enum problem_code
preview_merge(struct request *rq, struct response *rs)
{
	/* The preview only shows a contact. */
	request_require_scope(rq, "merge_contacts", "update", false);
	request_require_scope(rq, "contacts", "read", false);
	return answer_contacts(rq, rs, true);
}

static enum problem_code
undo_merge(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	bool keep;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	keep = json_get_bool(body, "keep", false);
	return answer_write(rq, rs,
	    json_get_bool(body, "together", false)
		? crm_undo_merges(rq->arena, .merge_id = rq->id, .keep = keep)
		: crm_undo_merge(rq->arena, .merge_id = rq->id, .keep = keep));
}
