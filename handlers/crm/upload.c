/* Reads an uploaded file from a request and stores it. */

#include <errno.h>
#include <string.h>

#include "fcgi/http/body_file.h"
#include "fcgi/http/multipart.h"
#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/session.h"
#include "handlers/crm/upload.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/base/url.h"
#include "lib/crypto/digest.h"
#include "lib/db/db.h"
#include "lib/storage/filename.h"
#include "lib/storage/sniff.h"
#include "lib/storage/store.h"
#include "schema/ops/file.h"

#define FORM_MAX 1048576 /* bytes of the form without the file, as in nginx */

/*
 * Returns the name of a file whose bytes are the body. The name comes from a
 * parameter or a header.
 */
static const char *
own_title(struct request *rq)
{
	const char *name = param_text(rq, "filename");

	if (name == NULL && *rq->headers.file_name != '\0')
		name = url_decode_form(rq->arena, rq->headers.file_name,
		    strlen(rq->headers.file_name));
	return name != NULL ? filename_clean(rq->arena, name, strlen(name))
			    : NULL;
}

static enum problem_code
find_file(struct request *rq, struct upload *up, const char **hint)
{
	const char *type = rq->headers.content_type, *wrong;
	struct multipart_file file;
	enum problem_code err;
	struct spool body;

	err = body_file_open(rq, rq->config->upload_max + FORM_MAX, &body);
	if (err != PROBLEM_NONE)
		return err;
	if (!multipart_type(type)) {
		up->content = body;
		up->title = own_title(rq);
		*hint = type;
		return PROBLEM_NONE;
	}
	wrong = multipart_find(rq->arena, &body, type, &file);
	if (wrong != NULL)
		return errno != 0
		    ? body_file_unreadable(rq)
		    : request_refuse(rq, "form_invalid", NULL, wrong);
	up->content = file.content;
	up->title = file.title;
	*hint = file.type;
	return PROBLEM_NONE;
}

enum problem_code
upload_read(struct request *rq, struct upload *up)
{
	char head[SNIFF_LEN];
	const char *hint = NULL, *hash;
	enum problem_code err;
	ssize_t got;

	if ((err = find_file(rq, up, &hint)) != PROBLEM_NONE)
		return err;
	if (up->content.len > rq->config->upload_max)
		return request_refuse(rq, "file_too_large", NULL,
		    request_number(rq, rq->config->upload_max));
	if (up->content.len == 0)
		return request_refuse(rq, "file_empty");
	got = spool_read(&up->content, 0, head, sizeof head);
	if (got == -1 || (hash = digest_spool(rq->arena, &up->content)) == NULL)
		return body_file_unreadable(rq);
	up->type = sniff((unsigned char *)head, (size_t)got, hint);
	up->name = store_name(rq->arena, up->type->extension);
	/* The fingerprint that a retry with the same key must have. */
	rq->body = arena_printf(rq->arena, "%s %s %s", hash, up->type->name,
	    up->title != NULL ? up->title : "");
	rq->body_len = strlen(rq->body);
	return PROBLEM_NONE;
}

/* Inserts the row first, so that no file exists without a row. */
static enum problem_code
begin_file(struct request *rq, const struct upload *up)
{
	struct db_step begin = ops_begin_file(rq->arena, .name = up->name,
	    .type = up->type->name, .title = up->title,
	    .size = arena_printf(rq->arena, "%lld", (long long)up->content.len),
	    .place = store_place(rq->config),
	    .quota = arena_printf(rq->arena, "%ld", rq->config->upload_quota));

	return session_write(rq, &begin, 1);
}

/* Removes the file. If this fails, a periodic task removes the bytes later. */
void
upload_drop(struct request *rq, const struct upload *up)
{
	struct problem told = rq->problem;
	struct db_step drop = ops_drop_file(rq->arena, .name = up->name);

	if (!store_remove(
		rq->config, rq->arena, store_place(rq->config), up->name) ||
	    session_write(rq, &drop, 1) != PROBLEM_NONE)
		log_error("upload file=%s error=\"left to the periodic tasks\"",
		    up->name);
	rq->problem = told;
}

enum problem_code
upload_keep(struct request *rq, struct response *rs, const struct upload *up,
    struct db_step *answer)
{
	struct db_step steps[] = {
		ops_end_file(rq->arena, .name = up->name,
		    .url = arena_printf(
			rq->arena, "%s/uploads/", rq->config->base_url)),
		answer != NULL ? *answer : (struct db_step){ .nparams = 0 },
	};
	size_t n = answer != NULL ? 2 : 1;
	enum problem_code err;

	steps[0].answer = answer == NULL;
	if ((err = begin_file(rq, up)) != PROBLEM_NONE)
		return err;
	if (!store_put(rq->config, rq->arena, store_place(rq->config), up->name,
		&up->content))
		return request_fail_store(rq);
	if ((err = session_write(rq, steps, n)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 201, &steps[n - 1]);
}
