/* Stores the attachments of inbound emails. */

#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/rest/attachment.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/spool.h"
#include "lib/storage/filename.h"
#include "lib/storage/sniff.h"
#include "lib/storage/store.h"
#include "schema/ops/file.h"

struct file {
	const char *title;
	const unsigned char *bytes;
	size_t len;
	const struct file_type *type;
	const char *name; /* store_name() */
};

static const char *
get_nonempty(const struct json_object *file, const char *member)
{
	const char *text = json_get_text(file, member);

	return text != NULL && *text != '\0' ? text : NULL;
}

/* Decodes an attachment. Returns false if the attachment must be skipped. */
static bool
read_file(struct request *rq, const struct json_object *from, struct file *f)
{
	const char *title = get_nonempty(from, "Name");
	const char *hint = get_nonempty(from, "ContentType");
	const char *content = get_nonempty(from, "Content");

	if (title == NULL || hint == NULL || content == NULL)
		return false;
	f->bytes = base64_decode(rq->arena, content, &f->len);
	if (f->bytes == NULL || f->len == 0)
		return false;
	f->title = filename_clean(rq->arena, title, strlen(title));
	f->type =
	    sniff(f->bytes, f->len < SNIFF_LEN ? f->len : SNIFF_LEN, hint);
	f->name = store_name(rq->arena, f->type->extension);
	return true;
}

/*
 * Stores the bytes before the row. A periodic task removes files without rows,
 * whereas a row without a file would be broken.
 */
static bool
store_file(struct request *rq, const struct file *f)
{
	struct spool content;

	return spool_bytes(
		   rq->arena, (const char *)f->bytes, f->len, &content) &&
	    store_put(rq->config, rq->arena, store_place(rq->config), f->name,
		&content);
}

static void
add_steps(struct request *rq, struct attachments *all, const struct file *f)
{
	all->steps[all->nsteps++] = ops_begin_file(rq->arena, .name = f->name,
	    .type = f->type->name, .title = f->title,
	    .size = arena_printf(rq->arena, "%zu", f->len),
	    .place = store_place(rq->config),
	    .quota = arena_printf(rq->arena, "%ld", rq->config->upload_quota));
	all->steps[all->nsteps++] =
	    ops_end_file(rq->arena, .name = f->name, .url = "");
}

static void
put_json(struct request *rq, struct buf *b, const struct file *f)
{
	buf_puts(b, b->len > 1 ? ",{\"src\":" : "{\"src\":");
	buf_json(b,
	    arena_printf(
		rq->arena, "%s/uploads/%s", rq->config->base_url, f->name));
	buf_puts(b, ",\"title\":");
	buf_json(b, f->title != NULL ? f->title : f->name);
	buf_puts(b, ",\"path\":");
	buf_json(b, f->name);
	buf_puts(b, ",\"type\":");
	buf_json(b, f->type->name);
	buf_puts(b, "}");
}

static enum problem_code
put_one(struct request *rq, struct attachments *all, const struct file *f)
{
	if (all->n == ATTACHMENTS_MAX)
		return request_refuse(rq, "too_many_attachments", NULL,
		    request_number(rq, ATTACHMENTS_MAX));
	if (f->len > (size_t)rq->config->upload_max)
		return request_refuse(rq, "attachment_too_large", NULL,
		    request_number(rq, rq->config->upload_max));
	if (!store_file(rq, f))
		return request_fail_store(rq);
	all->names[all->n++] = f->name;
	add_steps(rq, all, f);
	return PROBLEM_NONE;
}

enum problem_code
attachments_put(
    struct request *rq, const struct json_object *mail, struct attachments *all)
{
	struct json_object *files;
	enum problem_code err;
	struct file f;
	struct buf b;
	bool present;
	size_t i;

	all->n = all->nsteps = 0;
	buf_init(&b, rq->arena);
	buf_puts(&b, "[");
	files = json_get(mail, "Attachments", &present);
	if (!json_object_is_type(files, json_type_array))
		files = NULL;
	for (i = 0; files != NULL && i < json_object_array_length(files); i++) {
		if (!read_file(rq, json_object_array_get_idx(files, i), &f))
			continue;
		if ((err = put_one(rq, all, &f)) != PROBLEM_NONE)
			return err;
		put_json(rq, &b, &f);
	}
	buf_puts(&b, "]");
	all->shown = b.data;
	return PROBLEM_NONE;
}

void
attachments_drop(struct request *rq, const struct attachments *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (!store_remove(rq->config, rq->arena,
			store_place(rq->config), all->names[i]))
			log_error("inbound file=%s error=\"cannot remove\"",
			    all->names[i]);
}
