/*
 * The assistant's tools: the functions that a model can call, and its
 * proposals.
 */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/assistant/assistant.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "schema/crm/assistant.h"

#define AT "/api/assistant/"

static action_fn list_tools, post_tool_call, confirm_proposal, reject_proposal,
    list_proposals;

static const struct route routes[] = {
	{ METHOD_GET, AT "tools", list_tools, SESSION_ORGANIZATION,
	    .summary = "List the tools that a model can call, with their "
		       "descriptions",
	    .returns = "[{type:string,function:{name:string,description:string,"
		       "parameters:object}}]" },
	{ METHOD_POST, AT "tools/{id}", post_tool_call, SESSION_ORGANIZATION,
	    ROUTE_BODY | ROUTE_FETCHES, .takes = "object",
	    .summary =
		"Call a tool as the caller; a tool that writes returns a "
		"proposal",
	    .returns = "any" },
	{ METHOD_GET, AT "proposals", list_proposals, SESSION_ORGANIZATION,
	    .summary =
		"List the proposals that await the caller's confirmation",
	    .returns = "[Proposal]" },
	{ METHOD_POST, AT "proposals/{id}/confirm", confirm_proposal,
	    SESSION_ORGANIZATION, .summary = "Execute a proposal, once",
	    .returns = "{resource:string,row:object}" },
	{ METHOD_DELETE, AT "proposals/{id}", reject_proposal,
	    SESSION_ORGANIZATION, .summary = "Reject a proposal",
	    .returns = "{id:integer}" },
	{ .action = NULL },
};

const struct module assistant_tools_module = { .name = "assistant_tools",
	.routes = routes };

enum kind { READS, SEARCHES, WRITES };

/*
 * No tool has an organization parameter, because the caller's session defines
 * the organization.
 */
static const struct tool {
	const char *name;
	enum kind kind;
	const char *told; /* the definition sent to the model */
} tools[] = {
	{ "search", SEARCHES,
	    "{\"description\":\"Find contacts, companies, deals and notes that "
	    "fit a question.\",\"parameters\":{\"type\":\"object\","
	    "\"properties\":{\"query\":{\"type\":\"string\"},\"resources\":{"
	    "\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":["
	    "\"contacts\",\"companies\",\"deals\",\"contact_notes\","
	    "\"deal_notes\"]}}},\"required\":[\"query\"],"
	    "\"additionalProperties\":false}}" },
	{ "get_record", READS,
	    "{\"description\":\"One record, whole.\",\"parameters\":{\"type\":"
	    "\"object\",\"properties\":{\"resource\":{\"type\":\"string\","
	    "\"enum\":[\"contacts\",\"companies\",\"deals\",\"contact_notes\","
	    "\"deal_notes\",\"tasks\"]},\"id\":{\"type\":\"integer\"}},"
	    "\"required\":[\"resource\",\"id\"],"
	    "\"additionalProperties\":false}}" },
	{ "list_tasks", READS,
	    "{\"description\":\"Tasks, those due first at the top.\","
	    "\"parameters\":{\"type\":\"object\",\"properties\":{"
	    "\"contact_id\":{\"type\":\"integer\"},\"open\":{\"type\":"
	    "\"boolean\",\"description\":\"only what is not done\"},\"limit\":{"
	    "\"type\":\"integer\",\"minimum\":1,\"maximum\":50}},"
	    "\"additionalProperties\":false}}" },
	{ "list_deals", READS,
	    "{\"description\":\"Deals that are not archived, newest first.\","
	    "\"parameters\":{\"type\":\"object\",\"properties\":{"
	    "\"company_id\":{\"type\":\"integer\"},\"contact_id\":{\"type\":"
	    "\"integer\"},\"stage\":{\"type\":\"string\"},\"limit\":{\"type\":"
	    "\"integer\",\"minimum\":1,\"maximum\":50}},"
	    "\"additionalProperties\":false}}" },
	{ "list_notes", READS,
	    "{\"description\":\"Notes on one contact or one deal, newest "
	    "first.\",\"parameters\":{\"type\":\"object\",\"properties\":{"
	    "\"contact_id\":{\"type\":\"integer\"},\"deal_id\":{\"type\":"
	    "\"integer\"},\"limit\":{\"type\":\"integer\",\"minimum\":1,"
	    "\"maximum\":50}},"
	    "\"additionalProperties\":false}}" },
	{ "create_task", WRITES,
	    "{\"description\":\"Propose a task about a contact; the user "
	    "confirms it.\",\"parameters\":{\"type\":\"object\","
	    "\"properties\":{\"contact_id\":{\"type\":\"integer\"},\"text\":{"
	    "\"type\":\"string\"},\"type\":{\"type\":\"string\"},\"due_date\":{"
	    "\"type\":\"string\",\"description\":\"ISO 8601\"}},\"required\":["
	    "\"contact_id\",\"text\"],\"additionalProperties\":false}}" },
	{ "add_note", WRITES,
	    "{\"description\":\"Propose a note on a contact or a deal; the "
	    "user confirms it.\",\"parameters\":{\"type\":\"object\","
	    "\"properties\":{\"contact_id\":{\"type\":\"integer\"},\"deal_id\":"
	    "{\"type\":\"integer\"},\"text\":{\"type\":\"string\"}},"
	    "\"required\":[\"text\"],\"additionalProperties\":false}}" },
};

#define NTOOLS (sizeof tools / sizeof tools[0])

struct json_object *
assistant_tools(struct request *rq, bool writes)
{
	struct json_object *list = json_object_new_array(), *tool, *function;
	struct json_error error;
	size_t i;

	json_own(rq->arena, list);
	for (i = 0; i < NTOOLS; i++) {
		if (tools[i].kind == WRITES && !writes)
			continue;
		function = json_parse(
		    rq->arena, tools[i].told, strlen(tools[i].told), &error);
		if (function == NULL)
			fatal("assistant: %s: %s", tools[i].name, error.what);
		json_object_object_add(
		    function, "name", json_object_new_string(tools[i].name));
		tool = json_object_new_object();
		json_object_object_add(
		    tool, "type", json_object_new_string("function"));
		json_share(tool, "function", function);
		json_object_array_add(list, tool);
	}
	return list;
}

static const struct tool *
find_tool(const char *name)
{
	size_t i;

	for (i = 0; i < NTOOLS; i++)
		if (strcmp(tools[i].name, name) == 0)
			return &tools[i];
	return NULL;
}

static enum problem_code
search_tool(struct request *rq, const char *arguments, const char **result)
{
	struct search s = { .threshold = "0", .most = "8" };
	struct json_object *object;
	struct json_error error;
	enum problem_code err;
	bool present;

	object = json_parse(rq->arena, arguments, strlen(arguments), &error);
	if (!json_object_is_type(object, json_type_object))
		return request_refuse(rq, "arguments_not_an_object");
	json_object_object_foreach(object, name, value)
	{
		(void)value;
		if (strcmp(name, "query") != 0 &&
		    strcmp(name, "resources") != 0)
			return request_refuse(rq, "no_such_argument", NULL,
			    arena_printf(rq->arena, "%.100s", name));
	}
	s.text = json_get_text(object, "query");
	if (s.text == NULL || *s.text == '\0' ||
	    strlen(s.text) > ASSISTANT_TEXT_MAX)
		return request_refuse(rq, "text_bytes", "query",
		    request_number(rq, ASSISTANT_TEXT_MAX));
	err = assistant_resources(
	    rq, json_get(object, "resources", &present), &s.resources);
	return err != PROBLEM_NONE ? err : assistant_find(rq, &s, result);
}

/* Stores the proposal only. The user confirms or rejects it. */
static enum problem_code
store_proposal(struct request *rq, const char *tool, const char *arguments,
    struct db_step *step)
{
	*step = crm_propose(rq->arena, .tool = tool, .arguments = arguments);
	step->answer = true;
	return session_write(rq, step, 1);
}

enum problem_code
assistant_call(struct request *rq, const char *name, const char *arguments,
    bool writes, const char **result, bool *proposed)
{
	struct db_step step =
	    crm_run_tool(rq->arena, .tool = name, .arguments = arguments);
	const struct tool *tool = find_tool(name);
	enum problem_code err;
	enum kind kind;

	*proposed = false;
	/* SQL refuses unknown tools. */
	kind = tool != NULL ? tool->kind : READS;
	if (kind == SEARCHES)
		return search_tool(rq, arguments, result);
	if (kind == WRITES && !writes)
		return request_refuse(rq, "conversation_read_only");
	err = kind == WRITES ? store_proposal(rq, name, arguments, &step)
			     : session_read(rq, &step, 1);
	if (err != PROBLEM_NONE)
		return err;
	*proposed = kind == WRITES;
	*result = db_text(&step, 0, 0);
	return PROBLEM_NONE;
}

static enum problem_code
list_tools(struct request *rq, struct response *rs)
{
	struct db_step none = { .result = NULL };
	enum problem_code err = session_read(rq, &none, 0);
	const char *text;

	if (err != PROBLEM_NONE)
		return err;
	text = json_text(assistant_tools(rq, true));
	response_json(rs, 200, text, strlen(text));
	return PROBLEM_NONE;
}

/* Lists the tools for clients that call a model directly. */
static enum problem_code
post_tool_call(struct request *rq, struct response *rs)
{
	struct json_object *arguments;
	enum problem_code err;
	const char *result;
	bool proposed;

	assistant_rights(rq, true);
	if ((err = request_json(rq, &arguments)) != PROBLEM_NONE ||
	    (err = assistant_call(rq, rq->id, json_text(arguments), true,
		 &result, &proposed)) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, result, strlen(result));
	return PROBLEM_NONE;
}

/*
 * Requires the permissions for every proposal, and checks the ID in the path.
 */
static enum problem_code
decide_proposal(struct request *rq, struct response *rs, struct db_step step)
{
	enum problem_code err;

	request_require_scope(rq, "assistant", "update", false);
	request_require_scope(rq, "tasks", "create", false);
	request_require_scope(rq, "contact_notes", "create", false);
	request_require_scope(rq, "deal_notes", "create", false);
	if ((err = resource_check_number(rq)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs, step);
}

static enum problem_code
confirm_proposal(struct request *rq, struct response *rs)
{
	return decide_proposal(
	    rq, rs, crm_confirm_proposal(rq->arena, .proposal = rq->id));
}

static enum problem_code
reject_proposal(struct request *rq, struct response *rs)
{
	return decide_proposal(
	    rq, rs, crm_reject_proposal(rq->arena, .proposal = rq->id));
}

static enum problem_code
list_proposals(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, crm_own_proposals(rq->arena));
}
