/* What the type of a problem (RFC 9457) leads to. */

#include <string.h>

#include "fcgi/http/html_page.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

/* Writes the kinds with a name, or all, as JSON and as sentences. */
static void
put_kinds(
    struct buf *json, struct buf *text, const char *name, const char **title)
{
	const struct problem_kind *k;
	size_t n;

	for (n = 0; (k = problem_kind(n)) != NULL; n++) {
		if (name != NULL && strcmp(k->slug, name) != 0)
			continue;
		*title = k->title;
		buf_printf(json, "%s{\"status\":%d,\"type\":\"/problems/%s\"",
		    json->len > 0 ? "," : "", k->status, k->slug);
		buf_puts(json, ",\"title\":");
		buf_json(json, k->title);
		buf_puts(json, ",\"cause\":");
		buf_json(json, k->cause);
		buf_puts(json, ",\"retry\":");
		buf_json(json, k->retry);
		buf_puts(json, "}");
		buf_printf(text, "%sStatus %d: %s. Send it again? %s.",
		    text->len > 0 ? " " : "", k->status, k->cause, k->retry);
	}
}

static enum problem_code
get_problems(struct request *rq, struct response *rs)
{
	struct buf json, text;
	const char *title = NULL;

	buf_init(&json, rq->arena);
	buf_init(&text, rq->arena);
	put_kinds(&json, &text, rq->id, &title);
	if (title == NULL)
		return request_fail(
		    rq, PROBLEM_NOT_FOUND, "there is no such problem");
	if (rq->id != NULL && html_page_wanted(rq)) {
		html_page_respond(rs, rq, 200,
		    &(struct html_page){ .title = title, .text = text.data });
		return PROBLEM_NONE;
	}
	title = arena_printf(rq->arena, "[%s]", json.data);
	response_json(rs, 200, title, strlen(title));
	return PROBLEM_NONE;
}

#define KINDS                                                                  \
	"[{status:integer,type:string,title:string,cause:string,retry:string}" \
	"]"

static const struct route routes[] = {
	{ METHOD_GET, "/problems", get_problems,
	    .summary = "The types of problems", .returns = KINDS },
	{ METHOD_GET, "/problems/{name}", get_problems, .answers = "text/html",
	    .summary = "What a type of problem means", .returns = KINDS },
	{ .action = NULL },
};

const struct module problems_module = { .name = "problems", .routes = routes };
