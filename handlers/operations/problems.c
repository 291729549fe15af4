/* The pages to which a problem's "type" (RFC 9457) leads. */

#include <stdbool.h>
#include <string.h>

#include "fcgi/http/html_page.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/refusal.h"

#define KINDS                                                                  \
	"[{status:integer,type:string,title:string,cause:string,retry?:"       \
	"string,code?:string,remedy?:string,text?:{en:string,fr:string}}]"

static action_fn get_problems;

static const struct route routes[] = {
	{ METHOD_GET, "/problems", get_problems,
	    .summary = "List the problem types and the refusals",
	    .returns = KINDS },
	{ METHOD_GET, "/problems/{name}", get_problems, .answers = "text/html",
	    .summary = "Explain a problem type or the code of a refusal",
	    .returns = KINDS },
	{ .action = NULL },
};

const struct module problems_module = { .name = "problems", .routes = routes };

/* The meanings of problem kinds and refusals, as JSON and as sentences. */
struct listing {
	struct request *rq;
	struct buf json, text;
	const char *title; /* NULL: nothing has been built yet */
};

static void
put_member(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, value);
}

/*
 * Writes the members that problem kinds and refusals have in common. The object
 * remains open.
 */
static void
begin_row(struct listing *l, int status, const char *type,
    const struct problem_kind *k, const char *cause)
{
	buf_printf(&l->json, "%s{\"status\":%d,\"type\":\"/problems/%s\"",
	    l->json.len > 0 ? "," : "", status, type);
	put_member(&l->json, "title", k->title);
	put_member(&l->json, "cause", cause);
	if (k->retry != NULL)
		put_member(&l->json, "retry", k->retry);
}

static void
put_kind(struct listing *l, const struct problem_kind *k)
{
	begin_row(l, k->status, k->slug, k, k->cause);
	buf_puts(&l->json, "}");
	buf_printf(&l->text, "%sStatus %d: %s. Send it again? %s.",
	    l->text.len > 0 ? " " : "", k->status, k->cause, k->retry);
	l->title = k->title;
}

static void
put_refusal(struct listing *l, const struct refusal *r)
{
	bool french = strcmp(request_language(l->rq), "fr") == 0;

	begin_row(l, r->status, refusal_type(r),
	    problem_kind_of(refusal_problem(r)), r->cause);
	put_member(&l->json, "code", r->code);
	put_member(&l->json, "remedy", r->remedy);
	buf_puts(&l->json, ",\"text\":{\"en\":");
	buf_json(&l->json, r->en);
	put_member(&l->json, "fr", r->fr);
	buf_puts(&l->json, "}}");
	buf_printf(&l->text, "%sStatus %d: \"%s\" %s %s",
	    l->text.len > 0 ? " " : "", r->status, french ? r->fr : r->en,
	    r->cause, r->remedy);
	if (l->title == NULL)
		l->title = r->code;
}

static enum problem_code
get_problems(struct request *rq, struct response *rs)
{
	struct listing l = { .rq = rq };
	const struct problem_kind *k;
	const struct refusal *r;
	const char *rows;
	size_t n;

	buf_init(&l.json, rq->arena);
	buf_init(&l.text, rq->arena);
	for (n = 0; (k = problem_kind(n)) != NULL; n++)
		if (rq->id == NULL || strcmp(k->slug, rq->id) == 0)
			put_kind(&l, k);
	for (n = 0; (r = refusal_at(n)) != NULL; n++)
		if (rq->id == NULL || strcmp(r->code, rq->id) == 0)
			put_refusal(&l, r);
	if (l.title == NULL)
		return request_refuse(rq, "no_such_problem");
	if (rq->id != NULL && html_page_wanted(rq)) {
		html_page_respond(rs, rq, 200,
		    &(struct html_page){
			.title = l.title, .text = l.text.data });
		return PROBLEM_NONE;
	}
	rows = arena_printf(rq->arena, "[%s]", l.json.data);
	response_json(rs, 200, rows, strlen(rows));
	return PROBLEM_NONE;
}
