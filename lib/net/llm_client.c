/* Calls chat and embedding models through an OpenAI-compatible API. */

#include <json-c/json.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/net/http_client.h"
#include "lib/net/llm_client.h"

#define CONNECT_MS     5000
#define QUIET_S        20 /* timeout without any new byte */
#define VECTORS_BYTES  (16 << 20)
#define VECTORS_VALUES 200000
#define DIMENSIONS_MAX 16000
#define CHAT_BYTES     (4 << 20)
#define LINE_BYTES     (1 << 18)
#define ARGUMENT_BYTES (1 << 16)

static enum llm_status
reply_status(const char *what, const struct http_reply *reply)
{
	long s = reply->status;

	if (reply->error == NULL && s == 200)
		return LLM_ANSWERED;
	/*
	 * Never log the response, because it may quote the prompt or the key.
	 */
	log_error("model what=%s status=%ld error=\"%s\"", what, s,
	    reply->error != NULL ? reply->error : "refused");
	if (s == 401 || s == 403)
		return LLM_NO_KEY;
	return s >= 400 && s < 500 && s != 404 && s != 408 && s != 429
	    ? LLM_REFUSED
	    : LLM_AWAY;
}

/* Sets the headers, which must have three zeroed entries. */
static void
set_headers(struct arena *a, const struct llm_client *m, const char **headers)
{
	headers[0] = "Content-Type: application/json";
	if (m->key != NULL)
		headers[1] =
		    arena_printf(a, "Authorization: Bearer %s", m->key);
}

static struct http_request
llm_request(struct arena *a, const struct llm_client *m, const char *path,
    const char *const *headers, struct json_object *body)
{
	bool private = m->config->private_assistant;
	const char *text = json_text(body);

	return (struct http_request){
		.who = "model",
		.url = arena_printf(a, "%s/%s", m->config->assistant_url, path),
		.protocols = private ? "http,https" : "https",
		.reach = private ? HTTP_ANY : HTTP_PUBLIC,
		.connect_ms = CONNECT_MS,
		.quiet_s = QUIET_S,
		.headers = headers,
		.body = text,
		.body_len = strlen(text),
	};
}

static void
put_text(struct json_object *into, const char *name, const char *text)
{
	json_object_object_add(into, name, json_object_new_string(text));
}

bool
llm_vector(struct json_object *vector, size_t *dimensions)
{
	size_t n, i;
	double x;

	if (!json_object_is_type(vector, json_type_array))
		return false;
	n = json_object_array_length(vector);
	if (n == 0 || n > DIMENSIONS_MAX ||
	    (*dimensions != 0 && n != *dimensions))
		return false;
	*dimensions = n;
	for (i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(vector, i);

		if (!json_object_is_type(o, json_type_double) &&
		    !json_object_is_type(o, json_type_int))
			return false;
		x = json_object_get_double(o);
		if (!(x < 1e30 && x > -1e30))
			return false;
	}
	return true;
}

/* Reads {"data":[{"index":0,"embedding":[...]}]}, in any order. */
static const char *
read_vectors(struct arena *a, const struct buf *text, size_t n)
{
	struct json_error error = { 0 };
	struct json_object *reply, *data, **found;
	size_t i, at, dimensions = 0;
	bool present;
	struct buf b;

	reply =
	    json_parse_most(a, text->data, text->len, VECTORS_VALUES, &error);
	data = json_get(reply, "data", &present);
	if (!json_object_is_type(data, json_type_array) ||
	    json_object_array_length(data) != n)
		return NULL;
	found = arena_array(a, n, sizeof(*found));
	for (i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(data, i),
				   *index = json_get(one, "index", &present);

		at = present ? (size_t)json_object_get_int64(index) : i;
		if (at >= n || found[at] != NULL)
			return NULL;
		found[at] = json_get(one, "embedding", &present);
		if (!llm_vector(found[at], &dimensions))
			return NULL;
	}
	buf_init(&b, a);
	for (i = 0; i < n; i++)
		buf_printf(&b, "%c%s", i > 0 ? ',' : '[', json_text(found[i]));
	buf_puts(&b, "]");
	return b.data;
}

enum llm_status
llm_embed(struct arena *a, const struct llm_client *m, const char *const *texts,
    size_t n, long ms, const char **vectors)
{
	struct json_object *body = json_object_new_object(), *input;
	const char *headers[3] = { NULL };
	struct http_reply reply;
	struct http_request t;
	enum llm_status end;
	size_t i;

	json_own(a, body);
	put_text(body, "model", m->config->assistant_embedding_model);
	json_object_object_add(body, "input", input = json_object_new_array());
	for (i = 0; i < n; i++)
		json_object_array_add(input, json_object_new_string(texts[i]));
	put_text(body, "encoding_format", "float");
	set_headers(a, m, headers);
	t = llm_request(a, m, "embeddings", headers, body);
	t.ms = ms;
	t.most = VECTORS_BYTES;
	http_client_send(a, NULL, &t, &reply);
	if ((end = reply_status("embeddings", &reply)) != LLM_ANSWERED)
		return end;
	if ((*vectors = read_vectors(a, &reply.body, n)) == NULL) {
		log_error("model what=embeddings "
			  "error=\"the response has no valid vectors\"");
		return LLM_AWAY;
	}
	return LLM_ANSWERED;
}

/*
 * Parses server-sent events: lines such as "data: {...}". The last line is
 * "data: [DONE]".
 */
struct chat_stream {
	struct llm_turn *turn;
	struct arena *scratch; /* freed after each line */
	struct buf line;
};

/*
 * Adds a fragment of a tool call: its index, and parts of its name and
 * arguments.
 */
static bool
read_call(struct llm_turn *turn, struct json_object *piece)
{
	struct json_object *index, *function;
	struct llm_call *call;
	const char *text;
	bool present;
	size_t at;

	index = json_get(piece, "index", &present);
	at = present ? (size_t)json_object_get_int64(index) : 0;
	if (at > turn->ncalls || at >= LLM_CALLS_MAX)
		return false;
	if (at == turn->ncalls)
		turn->ncalls++;
	call = &turn->calls[at];
	if ((text = json_get_text(piece, "id")) != NULL && call->id.len == 0)
		buf_puts(&call->id, text);
	function = json_get(piece, "function", &present);
	if ((text = json_get_text(function, "name")) != NULL)
		buf_puts(&call->name, text);
	if ((text = json_get_text(function, "arguments")) != NULL)
		buf_puts(&call->arguments, text);
	return call->id.len + call->name.len + call->arguments.len <
	    ARGUMENT_BYTES;
}

static bool
read_choice(struct llm_turn *turn, struct json_object *choice)
{
	struct json_object *delta, *calls;
	const char *text;
	bool present;
	size_t i;

	if (json_get_text(choice, "finish_reason") != NULL)
		turn->ended = true;
	delta = json_get(choice, "delta", &present);
	text = json_get_text(delta, "content");
	if (text != NULL && *text != '\0') {
		buf_puts(&turn->text, text);
		if (!turn->say(turn->to, text, strlen(text))) {
			turn->silent = true;
			return false;
		}
	}
	calls = json_get(delta, "tool_calls", &present);
	if (!json_object_is_type(calls, json_type_array))
		return true;
	for (i = 0; i < json_object_array_length(calls); i++)
		if (!read_call(turn, json_object_array_get_idx(calls, i)))
			return false;
	return true;
}

static bool
read_event(struct chat_stream *h)
{
	struct json_error error = { 0 };
	const char *text = h->line.data;
	struct json_object *piece, *choices;
	bool present, ok;

	if (strncmp(text, "data:", 5) != 0)
		return true;
	text += 5 + strspn(text + 5, " ");
	if (strncmp(text, "[DONE]", 6) == 0) {
		h->turn->ended = true;
		return true;
	}
	piece = json_parse(h->scratch, text,
	    h->line.len - (size_t)(text - h->line.data), &error);
	choices = json_get(piece, "choices", &present);
	ok = json_object_is_type(choices, json_type_array) &&
	    (json_object_array_length(choices) == 0 ||
		read_choice(h->turn, json_object_array_get_idx(choices, 0)));
	arena_reset(h->scratch);
	return ok;
}

static bool
receive_events(void *to, long status, const char *bytes, size_t len)
{
	struct chat_stream *h = to;
	const char *end;
	size_t n;

	if (status != 200)
		return true; /* an error's body is ignored */
	for (; len > 0; bytes += n, len -= n) {
		end = memchr(bytes, '\n', len);
		n = end != NULL ? (size_t)(end - bytes) + 1 : len;
		if (h->line.len + n > LINE_BYTES)
			return false;
		buf_write(&h->line, bytes, n);
		if (end == NULL)
			continue;
		if (!read_event(h))
			return false;
		h->line.len = 0;
	}
	return true;
}

static void
free_scratch(void *scratch)
{
	arena_free(scratch);
}

static void
turn_init(struct arena *a, struct llm_turn *turn)
{
	size_t i;

	buf_init(&turn->text, a);
	for (i = 0; i < LLM_CALLS_MAX; i++) {
		buf_init(&turn->calls[i].id, a);
		buf_init(&turn->calls[i].name, a);
		buf_init(&turn->calls[i].arguments, a);
	}
	turn->ncalls = 0;
	turn->ended = turn->silent = false;
}

enum llm_status
llm_chat(struct arena *a, const struct llm_client *m, struct json_object *body,
    struct llm_turn *turn)
{
	struct chat_stream h = { .turn = turn };
	const char *headers[3] = { NULL };
	struct http_reply reply;
	struct http_request t;
	enum llm_status end;

	put_text(body, "model", m->config->assistant_model);
	json_object_object_add(body, "stream", json_object_new_boolean(true));
	turn_init(a, turn);
	h.scratch = arena_new();
	arena_defer(a, free_scratch, h.scratch);
	buf_init(&h.line, a);
	set_headers(a, m, headers);
	t = llm_request(a, m, "chat/completions", headers, body);
	t.ms = turn->ms;
	t.most = CHAT_BYTES;
	t.take = receive_events;
	t.to = &h;
	http_client_send(a, NULL, &t, &reply);
	end = reply_status("chat", &reply);
	if (end == LLM_ANSWERED && !turn->ended) {
		log_error("model what=chat "
			  "error=\"the response is not complete\"");
		return LLM_AWAY;
	}
	return end;
}
