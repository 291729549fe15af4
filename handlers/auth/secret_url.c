#include "handlers/auth/secret_url.h"

#include <json-c/json.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"

enum problem_code
secret_url_create(
    struct request *rq, struct response *rs, const struct secret_url *link)
{
	const char *params[4] = { link->kind }, *token;
	struct db_step step = {
		.sql = SQL("SELECT identity.create_link($1, $2::bytea, $3, "
			   "$4::jsonb - 'name')"),
		.params = params,
		.nparams = 4,
		.answer = true,
	};
	struct json_object *body;
	enum problem_code err;
	struct buf b;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	token = session_new_token(rq, link->kind);
	params[1] = token_hash(rq->arena, token);
	params[2] = json_get_text(body, "name");
	params[3] = json_text(body);
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

enum problem_code
secret_url_list(struct request *rq, struct response *rs, const char *kind,
    const char *resource)
{
	struct db_step step = {
		.sql = SQL("SELECT l, jsonb_array_length(l) FROM "
			   "(SELECT identity.list_links($1)::jsonb AS l) x"),
		.params = &kind,
		.nparams = 1,
	};
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	rs->content_range =
	    arena_printf(rq->arena, "%s */%s", resource, db_text(&step, 0, 1));
	return response_row(rq, rs, 200, &step);
}

enum problem_code
secret_url_delete(struct request *rq, struct response *rs, const char *kind)
{
	const char *params[] = { kind, rq->id };
	struct db_step step = {
		.sql = SQL("SELECT * FROM identity.delete_link($1, $2)"),
		.params = params,
		.nparams = 2,
		.answer = true,
	};
	enum problem_code err;

	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}
