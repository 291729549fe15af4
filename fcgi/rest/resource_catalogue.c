/* Builds the API's resources from their descriptions in the database. */

#include <string.h>

#include "fcgi/http/route.h"
#include "fcgi/rest/export.h"
#include "fcgi/rest/resource_catalogue.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "lib/format/shape.h"
#include "schema/ops/catalogue.h"

#define VALUES_MAX 1000000

/* A word in a description and the bit that it represents. */
struct word {
	const char *name;
	unsigned bit;
};

static const struct word verbs[] = {
	{ "list", VERB_LIST },
	{ "get", VERB_GET },
	{ "create", VERB_CREATE },
	{ "update", VERB_UPDATE },
	{ "delete", VERB_DELETE },
	{ "history", VERB_HISTORY },
	{ "bulk", VERB_BULK },
	{ NULL, 0 },
};

/* When a field is written. */
static const struct word writes[] = {
	{ "always", COLUMN_WRITE },
	{ "once", COLUMN_WRITE | COLUMN_ONCE },
	{ "before_update", COLUMN_STEPS },
	{ NULL, 0 },
};

static const struct word forms[] = {
	{ "object", COLUMN_KEYS },
	{ "picture", COLUMN_PICTURE },
	{ "pictures", COLUMN_PICTURES },
	{ "attachments", COLUMN_ATTACHMENTS },
	{ "table", COLUMN_TABLE },
	{ "custom", COLUMN_CUSTOM },
	{ "choice", COLUMN_CHOICE },
	{ "stage", COLUMN_STAGE },
	{ NULL, 0 },
};

static const struct word properties[] = {
	{ "required", COLUMN_REQUIRED },
	{ "not_null", COLUMN_NOT_NULL },
	{ "collated", COLUMN_NAME },
	{ "ignore_case", COLUMN_NOCASE },
	{ "place", COLUMN_PLACE },
	{ "users", COLUMN_USER },
	{ "unindexed", COLUMN_SHOWN },
	{ NULL, 0 },
};

const char *
catalogue_read(struct db *db, struct arena *a)
{
	struct db_step step = ops_catalogue(a);
	struct problem why = { 0 };

	if (db_run(db, a, &step, 1, &why) == PROBLEM_NONE)
		return db_text(&step, 0, 0);
	log_error("catalogue error=\"%s\"",
	    why.detail != NULL ? why.detail : problem_title(why.code));
	return NULL;
}

/* Returns a word's bit, or 0 for an unknown word. */
static unsigned
bit_of(const struct word *words, const char *name)
{
	for (; name != NULL && words->name != NULL; words++)
		if (strcmp(words->name, name) == 0)
			return words->bit;
	return 0;
}

/* Returns a member's text, copied into the arena, or NULL. */
static const char *
text(struct arena *a, const struct json_object *of, const char *key)
{
	const char *value = json_get_text(of, key);

	return value != NULL ? arena_strdup(a, value) : NULL;
}

static size_t
length(struct json_object *array)
{
	return array != NULL ? json_object_array_length(array) : 0;
}

static struct json_object *
member(const struct json_object *of, const char *key)
{
	bool present;

	return json_get(of, key, &present);
}

static const char **
texts(struct arena *a, struct json_object *array)
{
	size_t i, n = length(array);
	const char **all = arena_array(a, n + 1, sizeof *all);

	for (i = 0; i < n; i++)
		all[i] = arena_strdup(a,
		    json_object_get_string(
			json_object_array_get_idx(array, i)));
	return all;
}

/*
 * Returns the bits for an array of words, or "otherwise" if there is no array.
 */
static unsigned
bits(struct json_object *array, unsigned otherwise)
{
	unsigned all = 0;
	size_t i;

	for (i = 0; i < length(array); i++)
		all |= bit_of(verbs,
		    json_object_get_string(
			json_object_array_get_idx(array, i)));
	return array != NULL ? all : otherwise;
}

/*
 * Returns the type of a field. A type that this program does not know is shown
 * as text.
 */
static enum value_type
type_of(const struct json_object *field)
{
	const char *name = json_get_text(field, "type");

	return name != NULL ? value_named(name) : VALUE_TEXT;
}

static struct column
column_of(struct arena *a, const struct json_object *field)
{
	const struct word *w;
	struct column c = { .name = text(a, field, "name"),
		.type = type_of(field),
		.flags = bit_of(writes, json_get_text(field, "write")) |
		    bit_of(forms, json_get_text(field, "form")),
		.when_null = text(a, field, "default"),
		.unique_if = text(a, field, "unique_if"),
		.shape_name = text(a, field, "schema") };
	struct json_object *choices = member(field, "choices"),
			   *limit = member(field, "limit"),
			   *shape = member(field, "body_shape");

	if (limit != NULL)
		c.limit = (long)json_object_get_int64(limit);

	if (choices != NULL)
		c.choices = texts(a, choices);
	if (shape != NULL)
		c.shape = shape_of_schema(a, shape);
	for (w = properties; w->name != NULL; w++)
		if (json_get_bool(field, w->name, false))
			c.flags |= w->bit;
	return c;
}

/* Returns the embedded row's name: the column name without "_id". */
static const char *
embedded_name(struct arena *a, const struct json_object *field)
{
	const char *as = text(a, field, "as"), *name;

	if (as != NULL)
		return as;
	name = json_get_text(field, "name");
	return arena_strndup(a, name, strlen(name) - strlen("_id"));
}

static void
put_fields(struct arena *a, struct resource *r, struct json_object *fields)
{
	size_t i, nrefs = 0, n = length(fields);
	struct column *columns = arena_array(a, n + 1, sizeof *columns);
	struct reference *refs = arena_array(a, n + 1, sizeof *refs);
	const struct json_object *field;

	for (i = 0; i < n; i++) {
		field = json_object_array_get_idx(fields, i);
		columns[i] = column_of(a, field);
		if (json_get_text(field, "refers") != NULL)
			refs[nrefs++] =
			    (struct reference){ embedded_name(a, field),
				    columns[i].name, text(a, field, "refers") };
	}
	r->columns = columns;
	r->references = refs;
}

/* Reads how a resource's CSV export differs: it hides or adds columns. */
static const struct csv_export *
export_of(struct arena *a, const struct json_object *from)
{
	struct json_object *all = member(from, "columns");
	struct csv_export *csv = arena_alloc(a, sizeof *csv);
	struct csv_export_column *columns =
	    arena_array(a, length(all) + 1, sizeof *columns);
	const struct json_object *c;
	size_t i;

	for (i = 0; i < length(all); i++) {
		c = json_object_array_get_idx(all, i);
		columns[i] = (struct csv_export_column){ text(a, c, "name"),
			text(a, c, "title"), text(a, c, "resource"),
			text(a, c, "after"), type_of(c) };
	}
	csv->view = text(a, from, "view");
	csv->columns = columns;
	return csv;
}

static struct resource *
find(struct resource *const *all, const char *name)
{
	for (; *all != NULL; all++)
		if (strcmp((*all)->name, name) == 0)
			return *all;
	return NULL;
}

static void
put_hooks(struct resource *const *all, const struct module *m)
{
	const struct resource_hooks *h = m->hooks;
	struct resource *r;

	for (; h != NULL && h->resource != NULL; h++) {
		if ((r = find(all, h->resource)) == NULL) {
			log_error("catalogue missing=%s", h->resource);
			continue;
		}
		r->before_update = h->before_update;
		r->check = h->check;
		r->format = h->format;
	}
}

static const struct unique_field *
unique_of(struct arena *a, struct json_object *from)
{
	size_t i, n = length(from);
	struct unique_field *unique = arena_array(a, n + 1, sizeof *unique);
	const struct json_object *f;

	for (i = 0; i < n; i++) {
		f = json_object_array_get_idx(from, i);
		unique[i] = (struct unique_field){ text(a, f, "name"),
			text(a, f, "column"), text(a, f, "sql") };
	}
	return unique;
}

/* Allows upserts for rows that can be created and updated. */
static void
put_upsert(struct resource *r)
{
	const unsigned both = VERB_CREATE | VERB_UPDATE;

	if (r->identified == NULL || (r->verbs & both) != both)
		return;
	r->verbs |= VERB_UPSERT;
	if ((r->admin_verbs & both) != 0)
		r->admin_verbs |= VERB_UPSERT;
}

static struct resource *
resource_of(struct arena *a, const struct json_object *d)
{
	const struct json_object *narrow = member(d, "narrow"),
				 *owner = member(d, "owner"),
				 *next = member(d, "successor"),
				 *export = member(d, "export");
	struct resource *r = arena_alloc(a, sizeof *r);

	r->name = text(a, d, "name");
	r->org_module = text(a, d, "module");
	r->also = text(a, d, "also");
	r->table = text(a, d, "table");
	r->view = text(a, d, "view");
	r->search = text(a, d, "search");
	r->total = text(a, d, "total");
	r->key = text(a, d, "key");
	r->deleted = text(a, d, "deleted");
	r->identified = text(a, d, "identified");
	r->row_table = r->identified;
	r->custom = text(a, d, "custom");
	r->hold = text(a, d, "hold");
	r->personal = json_get_bool(d, "personal", false);
	r->in_order = json_get_bool(d, "in_order", false);
	r->log = json_get_bool(d, "log", false);
	r->archives = json_get_bool(d, "archives", false);
	r->trashed = json_get_bool(d, "trash", false);
	r->assistant = json_get_bool(d, "assistant", false);
	r->verbs =
	    bits(member(d, "actions"), r->table != NULL ? VERB_ALL : VERB_READ);
	r->admin_verbs = bits(member(d, "administrators"), 0);
	r->unique = unique_of(a, member(d, "unique"));
	put_upsert(r);
	r->owner_table = text(a, owner, "table");
	r->owner_column = text(a, owner, "field");
	r->successor = text(a, next, "name");
	r->deprecated = text(a, next, "since");
	r->sunset = text(a, next, "sunset");
	r->narrow_view = text(a, narrow, "view");
	if (narrow != NULL)
		r->narrow = texts(a, member(narrow, "fields"));
	if (export != NULL)
		r->csv = export_of(a, export);
	put_fields(a, r, member(d, "fields"));
	return r;
}

const struct resource *const *
catalogue_resources(
    struct arena *a, const char *json, const struct module *const *modules)
{
	struct json_error error;
	struct json_object *all =
	    json_parse_most(a, json, strlen(json), VALUES_MAX, &error);
	size_t i, n = length(all);
	struct resource **resources = arena_array(a, n + 1, sizeof *resources);

	for (i = 0; i < n; i++)
		resources[i] =
		    resource_of(a, json_object_array_get_idx(all, i));
	for (; *modules != NULL; modules++)
		put_hooks(resources, *modules);
	return (const struct resource *const *)resources;
}
