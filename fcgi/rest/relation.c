/* Finds related rows through a resource's relations. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/custom_fields.h"
#include "fcgi/rest/relation.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

/*
 * Returns the part of a key up to a dot or "->", and sets *rest to the
 * remainder.
 */
static const char *
first_part(struct arena *a, const char *key, const char **rest)
{
	size_t len = strcspn(key, ".@-");

	*rest = key + len;
	if (key[len] == '.')
		*rest += 1;
	else if (strncmp(*rest, "->", 2) == 0)
		*rest += 2;
	return arena_strndup(a, key, len);
}

/*
 * Returns true if the key continues with a member of the related rows, or if
 * the value is a filter for these rows.
 */
static bool
goes_on(const struct relation *found, struct json_object *value)
{
	return *found->rest == '\0'
	    ? json_object_is_type(value, json_type_object)
	    : *found->rest != '@' || found->rest[-1] == '.';
}

static bool
same_rows(const struct request *rq, const char *name, const struct resource *r)
{
	const struct resource *named = resource_named(rq, name);

	return named != NULL && named->table != NULL && r->table != NULL &&
	    strcmp(named->table, r->table) == 0;
}

/* Finds "company", which stands for the row to which a column refers. */
static void
find_parent(struct request *rq, const char *name, struct relation *found)
{
	const struct resource *r = rq->route->resource;
	const struct reference *f;

	for (f = r->references; f != NULL && f->name != NULL; f++)
		if (strcmp(f->name, name) == 0) {
			found->of = resource_named(rq, f->resource);
			found->column =
			    arena_printf(rq->arena, "t.%s", f->column);
			found->theirs = "id";
		}
}

/*
 * Finds "deals.any" and "deals.none", which stand for the rows that refer to
 * this row.
 */
static void
find_children(struct request *rq, const char *name, struct relation *found)
{
	const struct resource *of = resource_named(rq, name),
			      *r = rq->route->resource;
	const struct reference *f;
	const char *word = first_part(rq->arena, found->rest, &found->rest);

	found->none = strcmp(word, "none") == 0;
	/*
	 * The limits of a single object do not apply to the rows of all
	 * objects.
	 */
	if (of == NULL || of->log || strcmp(of->name, OBJECT_ROWS) == 0 ||
	    (!found->none && strcmp(word, "any") != 0))
		return;
	for (f = of->references; f != NULL && f->name != NULL; f++)
		if (same_rows(rq, f->resource, r)) {
			found->of = of;
			found->column = "t.id";
			found->theirs = f->column;
			return;
		}
}

/*
 * Finds "custom.machine", which stands for the row to which a custom field
 * refers.
 */
static enum problem_code
find_custom(
    struct request *rq, struct json_object *value, struct relation *found)
{
	const char *key = first_part(rq->arena, found->rest, &found->rest);
	const struct column *column;
	enum problem_code err;
	struct buf b;

	if (!goes_on(found, value))
		return PROBLEM_NONE;
	err = custom_fields_column(
	    rq, arena_printf(rq->arena, CUSTOM ".%s", key), &column);
	if (err != PROBLEM_NONE || column == NULL || column->refers == NULL)
		return err;
	buf_init(&b, rq->arena);
	column_put(&b, "t", column);
	found->of = resource_named(rq, column->refers);
	found->column = b.data;
	found->theirs = "id";
	return PROBLEM_NONE;
}

enum problem_code
relation_find(struct request *rq, const char *key, struct json_object *value,
    struct relation *found)
{
	const struct resource *r = rq->route->resource;
	const struct column *column;
	enum problem_code err;
	const char *name;

	*found = (struct relation){ .of = NULL };
	name = first_part(rq->arena, key, &found->rest);
	column = resource_column(r, name);
	if (*name == '\0' || r->log || !goes_on(found, value))
		return PROBLEM_NONE;
	if (column != NULL && (column->flags & COLUMN_CUSTOM) != 0) {
		if ((err = find_custom(rq, value, found)) != PROBLEM_NONE)
			return err;
	} else if (column == NULL || (column->flags & COLUMN_KEYS) == 0) {
		find_parent(rq, name, found);
		if (found->of == NULL)
			find_children(rq, name, found);
	}
	if (found->of == NULL)
		return PROBLEM_NONE;
	r = rq->route->resource;
	request_require_scope(rq, r->name, "read", r->admin_verbs & VERB_LIST);
	request_require_scope(
	    rq, found->of->name, "read", found->of->admin_verbs & VERB_LIST);
	return PROBLEM_NONE;
}

enum problem_code
relation_embedded(
    struct request *rq, const char *name, struct relation *rel, bool *many)
{
	struct json_object *any = json_object_new_object();
	enum problem_code err;

	json_own(rq->arena, any);
	*many = false;
	if ((err = relation_find(rq, name, any, rel)) != PROBLEM_NONE ||
	    (rel->of != NULL && *rel->rest == '\0' &&
		strcmp(rel->theirs, "id") == 0))
		return err;
	*many = true;
	err = relation_find(
	    rq, arena_printf(rq->arena, "%s.any", name), any, rel);
	if (rel->of != NULL && *rel->rest != '\0')
		rel->of = NULL;
	return err;
}

const struct route *
relation_enter(struct request *rq, const struct resource *of)
{
	const struct route *outer = rq->route;
	struct route *theirs = arena_alloc(rq->arena, sizeof *theirs);

	*theirs = *outer;
	theirs->resource = of;
	theirs->verb = 0;
	rq->route = theirs;
	return outer;
}
