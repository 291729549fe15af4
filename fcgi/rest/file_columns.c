/* Stores data: URLs in the file columns of a body as files. */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/rest/body_value.h"
#include "fcgi/rest/file_columns.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/base/utf8.h"
#include "lib/db/db.h"
#include "lib/storage/dataurl.h"
#include "lib/storage/filename.h"
#include "lib/storage/sniff.h"
#include "lib/storage/store.h"
#include "schema/ops/file.h"

#define FILES_MAX   20   /* maximum number of files per body */
#define ADDRESS_MAX 2000 /* maximum number of characters of an address */

bool
file_columns_is(const struct column *c)
{
	return (c->flags &
		   (COLUMN_PICTURE | COLUMN_PICTURES | COLUMN_ATTACHMENTS)) !=
	    0;
}

/* Records a fault in the body. More faults may follow. */
static enum problem_code
refuse_file(struct request *rq, const char *path, const char *code)
{
	request_fault(rq, code, path);
	return PROBLEM_NONE;
}

/* Adds a step to run before the row is written, in the same transaction. */
static enum problem_code
add_step(struct request *rq, const struct column *c, struct db_step step)
{
	if (rq->files == NULL)
		rq->files =
		    arena_array(rq->arena, FILES_MAX, sizeof *rq->files);
	if (rq->nfiles == FILES_MAX)
		return request_refuse(rq, "too_many_files", c->name);
	rq->files[rq->nfiles++] = step;
	return PROBLEM_NONE;
}

/* Stores the file in a data: URL. The name is NULL if the file has a fault. */
static enum problem_code
store_data_url(struct request *rq, const struct column *c, const char *path,
    const char *url, const char *title, const char **name, const char **type)
{
	const struct file_type *kind;
	struct dataurl data;

	*name = NULL;
	if (!dataurl_read(rq->arena, url, &data))
		return refuse_file(rq, path, "data_url_base64");
	if (data.len == 0)
		return refuse_file(rq, path, "file_empty");
	if (data.len > (size_t)rq->config->upload_max)
		return request_refuse(rq, "file_too_large", NULL,
		    request_number(rq, rq->config->upload_max));
	kind = sniff(
	    data.bytes, data.len < SNIFF_LEN ? data.len : SNIFF_LEN, data.type);
	if ((c->flags & COLUMN_ATTACHMENTS) == 0 &&
	    strncmp(kind->name, "image/", 6) != 0)
		return refuse_file(rq, path, "not_a_picture");
	*type = kind->name;
	*name = store_name(rq->arena, kind->extension);
	return add_step(rq, c,
	    ops_keep_file(rq->arena, .name = *name, .type = *type,
		.title = title != NULL
		    ? filename_clean(rq->arena, title, strlen(title))
		    : NULL,
		.bytes = data.base64,
		.quota =
		    arena_printf(rq->arena, "%ld", rq->config->upload_quota)));
}

static const char *
file_url(struct request *rq, const char *name)
{
	return arena_printf(
	    rq->arena, "%s/uploads/%s", rq->config->base_url, name);
}

static struct json_object *
new_object(struct request *rq)
{
	struct json_object *object = json_object_new_object();

	json_own(rq->arena, object);
	return object;
}

static void
set_text(struct json_object *object, const char *member, const char *text)
{
	json_object_object_add(object, member, json_object_new_string(text));
}

/*
 * Renames react-admin's members url and name to src and title, and omits members
 * that are null, except the title. Unknown members are kept, since
 * body_value_check() has recorded their faults.
 */
static struct json_object *
rename_members(struct request *rq, struct json_object *given)
{
	struct json_object *file = new_object(rq);
	bool present;

	json_object_object_foreach(given, member, value)
	{
		const char *name = member;

		if (strcmp(name, "rawFile") == 0 ||
		    (value == NULL && strcmp(name, "title") != 0))
			continue;
		if (strcmp(name, "url") == 0)
			name = "src";
		else if (strcmp(name, "name") == 0)
			name = "title";
		if (name != member &&
		    (json_get(given, name, &present) != NULL || present))
			continue;
		json_share(file, name, value);
	}
	return file;
}

/* Returns the path of the address of a file, as the body names it. */
static const char *
address_path(struct request *rq, const char *path, struct json_object *given)
{
	bool present;

	if (!json_object_is_type(given, json_type_object))
		return path;
	return body_value_path(rq, path,
	    json_get(given, "src", &present) != NULL || present ? "src"
								: "url");
}

/* Checks an address that is not a data: URL. */
static enum problem_code
check_address(struct request *rq, const char *path, const char *src)
{
	if (!url_is_link(src))
		return refuse_file(rq, path, "not_a_safe_link");
	if (utf8_length(src) > ADDRESS_MAX)
		request_fault(rq, "too_many_characters", path,
		    request_number(rq, ADDRESS_MAX));
	return PROBLEM_NONE;
}

/*
 * Skips the faults that body_value_check() has already recorded. A file without
 * an address counts as no file: *stored is then NULL.
 */
static enum problem_code
store_one(struct request *rq, const struct column *c, const char *path,
    struct json_object *given, struct json_object **stored)
{
	const char *src, *name, *type;
	enum problem_code err;

	*stored = NULL;
	if (json_object_is_type(given, json_type_string)) {
		*stored = new_object(rq);
		json_share(*stored, "src", given);
	} else if (json_object_is_type(given, json_type_object))
		*stored = rename_members(rq, given);
	src = *stored != NULL ? json_get_text(*stored, "src") : NULL;
	if (src == NULL) {
		*stored = NULL;
		return PROBLEM_NONE;
	}
	path = address_path(rq, path, given);
	if (!dataurl_is(src))
		return check_address(rq, path, src);
	err = store_data_url(
	    rq, c, path, src, json_get_text(*stored, "title"), &name, &type);
	if (err != PROBLEM_NONE || name == NULL)
		return err;
	set_text(*stored, "src", file_url(rq, name));
	set_text(*stored, "path", name);
	set_text(*stored, "type", type);
	return PROBLEM_NONE;
}

static enum problem_code
store_list(struct request *rq, const struct column *c,
    struct json_object *given, struct json_object **stored)
{
	struct json_object *file;
	enum problem_code err;
	size_t i;

	*stored = json_object_new_array();
	json_own(rq->arena, *stored);
	for (i = 0; i < json_object_array_length(given); i++) {
		err = store_one(rq, c,
		    body_value_path(rq, c->name, request_number(rq, (long)i)),
		    json_object_array_get_idx(given, i), &file);
		if (err != PROBLEM_NONE)
			return err;
		json_append(*stored, file);
	}
	return PROBLEM_NONE;
}

/* Replaces the data: URLs in a JSON object with the URLs of stored files. */
static enum problem_code
store_members(struct request *rq, const struct column *c,
    struct json_object *given, struct json_object **stored)
{
	const char *text, *name, *type;
	enum problem_code err;

	*stored = new_object(rq);
	json_object_object_foreach(given, member, value)
	{
		text = json_get_text(given, member);
		if (text == NULL || !dataurl_is(text)) {
			json_share(*stored, member, value);
			continue;
		}
		err =
		    store_data_url(rq, c, body_value_path(rq, c->name, member),
			text, member, &name, &type);
		if (err != PROBLEM_NONE)
			return err;
		if (name == NULL)
			continue;
		set_text(*stored, member, file_url(rq, name));
	}
	return PROBLEM_NONE;
}

enum problem_code
file_columns_store(struct request *rq, const struct column *c,
    struct json_object *given, struct json_object **stored)
{
	*stored = given;
	if (given == NULL)
		return PROBLEM_NONE;
	if ((c->flags & COLUMN_PICTURE) != 0) {
		if (json_object_is_type(given, json_type_string) &&
		    json_object_get_string_len(given) == 0) {
			*stored = NULL;
			return PROBLEM_NONE;
		}
		return store_one(rq, c, c->name, given, stored);
	}
	if (json_object_is_type(given, json_type_array))
		return store_list(rq, c, given, stored);
	if (json_object_is_type(given, json_type_object))
		return store_members(rq, c, given, stored);
	return PROBLEM_NONE;
}
