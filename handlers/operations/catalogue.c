/* The catalogue of resources and fields that the caller may see. */

#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/crypto/token.h"
#include "lib/db/db.h"
#include "schema/ops/visible_catalogue.h"

static action_fn get_catalogue, get_index;

static const struct route routes[] = {
	{ METHOD_GET, "/api", get_index, SESSION_ORGANIZATION,
	    .summary = "List the resources that the caller can use, and the "
		       "addresses of their descriptions",
	    .returns = "{openapi:string,documentation:string,catalogue:string,"
		       "resources:{*:{path:string,actions:[string]}}}" },
	{ METHOD_GET, "/api/catalogue", get_catalogue, SESSION_ORGANIZATION,
	    .summary = "List the resources that the caller can use, with their "
		       "fields, labels and actions",
	    .returns =
		"{*:{label?:{en:string,fr:string},actions:[string],"
		"own?:boolean,icon?:string,help?:string,place?:integer,"
		"trash?:boolean,feed?:boolean,limited?:[string],"
		"fields:{*:{label?:{en:string,fr:"
		"string},type:string,"
		"kind:string,refers?:string,limit?:integer,help?:string,"
		"section?:string,default?:any,"
		"choices?:[string],rules?:[string],required?:boolean,write?:"
		"string}}}}" },
	{ .action = NULL },
};

const struct module catalogue_module = {
	.name = "catalogue",
	.routes = routes,
};

static enum problem_code
get_index(struct request *rq, struct response *rs)
{
	struct db_step step = ops_visible_index(rq->arena);
	enum problem_code err = session_read(rq, &step, 1);

	return err != PROBLEM_NONE ? err : response_row(rq, rs, 200, &step);
}

static enum problem_code
get_catalogue(struct request *rq, struct response *rs)
{
	struct db_step step = ops_visible_catalogue(rq->arena);
	const char *text, *etag;
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	text = db_text(&step, 0, 0);
	etag = arena_printf(
	    rq->arena, "\"%.32s\"", token_hash(rq->arena, text) + 2);
	answer_unless_known(rq, rs, etag, text, strlen(text));
	rs->cache = "private, no-cache";
	return PROBLEM_NONE;
}
