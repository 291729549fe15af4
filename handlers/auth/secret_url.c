/* URLs that contain a secret token: create, list and delete. */

#include <json-c/json.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/secret_url.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"
#include "schema/identity/secret_url.h"

enum problem_code
secret_url_create(
    struct request *rq, struct response *rs, const struct secret_url *link)
{
	const char *token;
	struct db_step step = { .nparams = 4, .answer = true };
	struct json_object *body;
	enum problem_code err;
	struct buf b;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	token = session_new_token(rq, link->kind);
	step.sql = SQL("SELECT identity.create_secret_url($1, $2::bytea, $3, "
		       "$4::jsonb - 'name')");
	step.params =
	    (const char *[]){ link->kind, token_hash(rq->arena, token),
		    json_get_text(body, "name"), json_text(body) };
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"url\":");
	buf_json(&b,
	    arena_printf(rq->arena, "%s%s%s%s", rq->config->base_url,
		link->path, token, link->suffix));
	if (link->secret != NULL)
		buf_printf(
		    &b, ",\"signing_secret\":\"%s\"", link->secret(rq, token));
	buf_printf(&b, ",%s", db_text(&step, 0, 0) + 1);
	response_json(rs, 201, b.data, b.len);
	return PROBLEM_NONE;
}

enum { LINKS, LINKS_COUNT };

enum problem_code
secret_url_list(struct request *rq, struct response *rs, const char *kind,
    const char *resource)
{
	struct db_step step = {
		.sql =
		    SQL("SELECT l, jsonb_array_length(l) FROM "
			"(SELECT identity.list_secret_urls($1)::jsonb AS l) x"),
		.params = &kind,
		.nparams = 1,
	};
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	rs->content_range = arena_printf(
	    rq->arena, "%s */%s", resource, db_text(&step, 0, LINKS_COUNT));
	return response_row(rq, rs, 200, &step);
}

enum problem_code
secret_url_delete(struct request *rq, struct response *rs, const char *kind)
{
	return answer_write(rq, rs,
	    identity_delete_secret_url(rq->arena, .kind = kind, .id = rq->id));
}
