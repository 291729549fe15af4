/*
 * A conversation with a model: calls the model's tools until it has answered.
 */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/stream.h"
#include "handlers/assistant/assistant.h"
#include "handlers/assistant/conversation.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"

#define ROUNDS_MAX 5     /* maximum number of model calls */
#define RESULT_MAX 16384 /* maximum number of bytes in a tool's result */

bool
conversation_tell(struct conversation *c, const char *event, const char *json)
{
	struct buf b;

	if (c->stream == NULL)
		return true;
	buf_init(&b, c->rq->arena);
	buf_printf(&b, "event: %s\ndata: %s\n\n", event, json);
	return stream_write(c->stream, b.data, b.len);
}

static bool
append_text(void *to, const char *text, size_t len)
{
	struct conversation *c = to;
	struct buf b;

	buf_write(&c->text, text, len);
	if (c->stream == NULL)
		return true;
	buf_init(&b, c->rq->arena);
	buf_puts(&b, "{\"content\":");
	buf_json(&b, text);
	buf_puts(&b, "}");
	return conversation_tell(c, "delta", b.data);
}

struct json_object *
conversation_message(const char *role, const char *content)
{
	struct json_object *m = json_object_new_object();

	json_object_object_add(m, "role", json_object_new_string(role));
	json_object_object_add(m, "content", json_object_new_string(content));
	return m;
}

void
conversation_add(struct conversation *c, struct json_object *m)
{
	if (json_object_array_add(c->messages, m) != 0)
		fatal("assistant: out of memory");
}

/* Appends the model's message in this round, with its tool calls. */
static void
add_turn(struct conversation *c, const struct llm_turn *turn)
{
	struct json_object *m = conversation_message(
			       "assistant", turn->text.data),
			   *calls = json_object_new_array();
	size_t i;

	for (i = 0; i < turn->ncalls; i++) {
		const struct llm_call *t = &turn->calls[i];
		struct json_object *call = json_object_new_object(),
				   *f = json_object_new_object();

		json_object_object_add(
		    call, "id", json_object_new_string(t->id.data));
		json_object_object_add(
		    call, "type", json_object_new_string("function"));
		json_object_object_add(
		    f, "name", json_object_new_string(t->name.data));
		json_object_object_add(
		    f, "arguments", json_object_new_string(t->arguments.data));
		json_object_object_add(call, "function", f);
		json_object_array_add(calls, call);
	}
	json_object_object_add(m, "tool_calls", calls);
	conversation_add(c, m);
}

/* Truncates a long result at a character boundary and marks it as truncated. */
static const char *
truncate_result(struct arena *a, const char *text)
{
	size_t len = strlen(text), n = RESULT_MAX;

	if (len <= n)
		return text;
	while ((text[n] & 0xc0) == 0x80)
		n--;
	return arena_printf(
	    a, "%.*s [cut: %zu bytes more]", (int)n, text, len - n);
}

/*
 * Returns true for errors that the model can correct. Other errors end the
 * conversation.
 */
static bool
is_reported_to_model(enum problem_code code)
{
	return code == PROBLEM_NOT_FOUND || code == PROBLEM_INVALID ||
	    code == PROBLEM_MALFORMED;
}

static const char *
error_text(struct request *rq)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"error\":");
	buf_json(&b,
	    rq->problem.detail != NULL ? rq->problem.detail
				       : problem_title(rq->problem.code));
	buf_puts(&b, "}");
	return b.data;
}

/*
 * Sends the proposal to the user. The result for the model states that nothing
 * has changed yet.
 */
static const char *
show_proposal(struct conversation *c, const char *proposal)
{
	struct json_error error;

	json_append(c->proposals,
	    json_parse(c->rq->arena, proposal, strlen(proposal), &error));
	(void)conversation_tell(c, "proposal", proposal);
	return "{\"status\":\"shown to the user, who has not confirmed it\"}";
}

static bool
tell_call(struct conversation *c, const char *name, bool ok)
{
	struct buf b;

	buf_init(&b, c->rq->arena);
	buf_puts(&b, "{\"name\":");
	buf_json(&b, name);
	buf_printf(&b, ",\"ok\":%s}", ok ? "true" : "false");
	return conversation_tell(c, "tool", b.data);
}

/*
 * Calls a tool. Each call has a separate transaction, which checks access
 * again.
 */
static enum problem_code
call_tool(struct conversation *c, const struct llm_call *t)
{
	struct request rq = *c->rq;
	struct json_object *m;
	enum problem_code err;
	const char *result;
	bool proposed;

	if (c->stream != NULL)
		rq.arena = stream_piece(c->stream);
	rq.problem = (struct problem){ 0 };
	rq.headers.idempotency_key =
	    ""; /* one Idempotency-Key cannot apply to several tool calls */
	if (clock_ms() >= c->until)
		return request_refuse(c->rq, "no_time_left");
	err = assistant_call(&rq, t->name.data, t->arguments.data, c->writes,
	    &result, &proposed);
	c->rq->key_counted = rq.key_counted;
	if (err != PROBLEM_NONE && !is_reported_to_model(err)) {
		c->rq->problem.code = err;
		return err;
	}
	if (err != PROBLEM_NONE)
		result = error_text(&rq);
	else if (proposed)
		result = show_proposal(c, result);
	m = conversation_message("tool", truncate_result(rq.arena, result));
	json_object_object_add(
	    m, "tool_call_id", json_object_new_string(t->id.data));
	conversation_add(c, m);
	c->calls++;
	return tell_call(c, t->name.data, err == PROBLEM_NONE)
	    ? PROBLEM_NONE
	    : PROBLEM_UNAVAILABLE;
}

static enum problem_code
check_end(struct conversation *c, enum llm_status end)
{
	switch (end) {
	case LLM_ANSWERED:
		return PROBLEM_NONE;
	case LLM_NO_KEY:
		return request_refuse(c->rq, "key_refused");
	case LLM_REFUSED:
		return request_refuse(c->rq, "conversation_refused");
	case LLM_AWAY:
		break;
	}
	return request_refuse(c->rq, "model_silent");
}

/*
 * Calls the model once. The last round offers no tools, so that the model must
 * respond with text.
 */
static enum problem_code
ask_model(struct conversation *c, struct llm_turn *turn)
{
	struct json_object *body = json_object_new_object();
	int64_t left = c->until - clock_ms();

	json_own(c->rq->arena, body);
	json_share(body, "messages", c->messages);
	if (c->rounds < ROUNDS_MAX)
		json_share(body, "tools", assistant_tools(c->rq, c->writes));
	*turn =
	    (struct llm_turn){ .ms = (long)left, .say = append_text, .to = c };
	if (left <= 0)
		return request_refuse(c->rq, "no_time_left");
	return check_end(c, llm_chat(c->rq->arena, &c->model, body, turn));
}

enum problem_code
conversation_run(struct conversation *c)
{
	struct llm_turn turn;
	enum problem_code err;
	size_t i;

	for (c->rounds = 1; c->rounds <= ROUNDS_MAX; c->rounds++) {
		if (!conversation_tell(c, "round",
			arena_printf(
			    c->rq->arena, "{\"round\":%d}", c->rounds)))
			return PROBLEM_UNAVAILABLE;
		if ((err = ask_model(c, &turn)) != PROBLEM_NONE)
			return err;
		c->finish = "stop";
		if (turn.ncalls == 0)
			return PROBLEM_NONE;
		c->finish = "rounds";
		add_turn(c, &turn);
		for (i = 0; i < turn.ncalls; i++)
			if ((err = call_tool(c, &turn.calls[i])) !=
			    PROBLEM_NONE)
				return err;
	}
	c->rounds = ROUNDS_MAX;
	return PROBLEM_NONE;
}
