/* Translates a list filter to SQL. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/condition.h"
#include "fcgi/rest/fault_prefix.h"
#include "fcgi/rest/filter.h"
#include "fcgi/rest/relation.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/db/statement.h"

#define NESTED_MAX     4
#define CONDITIONS_MAX 50
/* Maximum number of words in all patterns. Each word scans each row. */
#define PATTERNS_MAX 20

/* The state while translating a filter. */
struct filter {
	struct request *rq;
	struct statement *s;
	struct db_step *search;
	const char *path; /* of the current members, such as "@or.0." or "" */
	bool whole;  /* the refusal names the parameter instead of a member */
	int related; /* number of relations around the current member */
	int conditions; /* number of conditions so far */
	int patterns;
};

/*
 * Filters by the IDs that the search function finds. A separate step calls the
 * function once and stores the IDs in a setting, because both the page and its
 * count need them. The sub-select converts the setting to an array once. A
 * plain cast would be evaluated for each row.
 */
static enum problem_code
put_search(struct filter *f, struct json_object *value)
{
	const struct resource *r = f->rq->route->resource;
	const char *search = r->search;
	const char *text = value_scalar(value);
	struct statement s;

	if (search == NULL)
		return request_refuse(f->rq, "not_searched", "q", r->name);
	if (text == NULL)
		return request_refuse(f->rq, "text_required", "q");
	if (condition_too_long(text))
		return request_refuse(f->rq, "too_many_words", "q",
		    request_number(f->rq, WORDS_MAX));
	if (f->search->sql.text != NULL)
		return request_refuse(f->rq, "filter_once", "q");
	if (text[strspn(text, " \t\r\n")] == '\0') {
		buf_puts(&f->s->text, "true");
		return PROBLEM_NONE;
	}
	statement_init(&s, f->rq->arena);
	buf_printf(&s.text, "SELECT set_config('app.found', %s%s(",
	    r->deleted != NULL ? "(" : "", search);
	statement_value(&s, text, "text");
	if (r->deleted != NULL) {
		buf_printf(&s.text, ") || crm.search_trash('%s', ",
		    strchr(r->table, '.') + 1);
		statement_value(&s, text, "text");
		buf_puts(&s.text, ")");
	}
	buf_puts(&s.text, ")::text, true)");
	*f->search = statement_step(&s);
	buf_puts(&f->s->text,
	    "t.id = ANY (ARRAY(SELECT pg_catalog.unnest("
	    "current_setting('app.found')::bigint[])))");
	return PROBLEM_NONE;
}

static enum problem_code put_members(
    struct filter *, struct json_object *, const char *word, int depth);

/*
 * Adds a part to the path, for the members of a group or of related rows.
 * Returns the previous path. After an error, the path remains.
 */
static const char *
path_enter(struct filter *f, const char *part)
{
	const char *outer = f->path;

	f->path = arena_printf(f->rq->arena, "%s%s", outer, part);
	return outer;
}

static enum problem_code
path_leave(struct filter *f, const char *outer, enum problem_code err)
{
	if (err == PROBLEM_NONE)
		f->path = outer;
	return err;
}

/* Refuses the filter, or the nested filter at the path. */
static enum problem_code
refuse_object(struct filter *f)
{
	size_t len = strlen(f->path);
	const char *name = "filter";

	f->whole = len == 0;
	if (len > 0)
		name = arena_strndup(f->rq->arena, f->path, len - 1);
	f->path = "";
	return request_refuse(f->rq, "filter_object", name);
}

/*
 * Writes "@not", which selects rows that do not match the members. These
 * include rows in which a value is null.
 */
static enum problem_code
put_not(struct filter *f, struct json_object *value, int depth)
{
	const char *outer;
	enum problem_code err;

	if (f->rq->route->resource->log)
		return request_refuse(f->rq, "filter_without_index", "@not",
		    f->rq->route->resource->name);
	if (depth == NESTED_MAX)
		return request_refuse(f->rq, "filter_nested", "@not");
	outer = path_enter(f, "@not.");
	err = put_members(f, value, " AND ", depth + 1);
	buf_puts(&f->s->text, " IS NOT TRUE");
	return path_leave(f, outer, err);
}

/*
 * Writes "@or" or "@and" for the members of an object, or of each object in a
 * list.
 */
static enum problem_code
put_group(
    struct filter *f, const char *key, struct json_object *value, int depth)
{
	const char *word = strcmp(key, "@or") == 0 ? " OR " : " AND ";
	const char *outer, *list;
	enum problem_code err = PROBLEM_NONE;
	size_t i, n;

	if (f->rq->route->resource->log && strcmp(key, "@or") == 0)
		return request_refuse(f->rq, "filter_without_index", key,
		    f->rq->route->resource->name);
	if (depth == NESTED_MAX)
		return request_refuse(f->rq, "filter_nested", key);
	outer = path_enter(f, arena_printf(f->rq->arena, "%s.", key));
	if (json_object_is_type(value, json_type_object))
		return path_leave(
		    f, outer, put_members(f, value, word, depth + 1));
	if (!json_object_is_type(value, json_type_array) ||
	    (n = json_object_array_length(value)) == 0)
		return refuse_object(f);
	buf_puts(&f->s->text, "(");
	for (i = 0; i < n && err == PROBLEM_NONE; i++) {
		buf_puts(&f->s->text, i > 0 ? word : "");
		list = path_enter(f, arena_printf(f->rq->arena, "%zu.", i));
		err = put_members(
		    f, json_object_array_get_idx(value, i), " AND ", depth + 1);
		(void)path_leave(f, list, err);
	}
	buf_puts(&f->s->text, ")");
	return path_leave(f, outer, err);
}

static enum problem_code put_member(
    struct filter *, const char *key, struct json_object *, int depth);

/*
 * Selects rows whose related rows match a member or a filter. The inner t hides
 * the outer t.
 */
static enum problem_code
put_related(struct filter *f, const char *key, struct json_object *value,
    const struct relation *rel, int depth)
{
	const struct route *route;
	const char *outer;
	struct buf *b = &f->s->text;
	enum problem_code err;

	if (depth == NESTED_MAX)
		return request_refuse(f->rq, "filter_nested", key);
	buf_printf(b, "%s(%s IN (SELECT t.%s FROM %s t WHERE ",
	    rel->none ? "NOT " : "", rel->column, rel->theirs,
	    resource_source(rel->of));
	/* NOT IN is never true if the list contains a null. */
	if (rel->none)
		buf_printf(b, "t.%s IS NOT NULL AND ", rel->theirs);
	route = relation_enter(f->rq, rel->of);
	f->related++;
	outer = path_enter(f,
	    *rel->rest == '\0' ? arena_printf(f->rq->arena, "%s.", key)
			       : arena_strndup(f->rq->arena, key,
				     strlen(key) - strlen(rel->rest)));
	err = *rel->rest == '\0' ? put_members(f, value, " AND ", depth + 1)
				 : put_member(f, rel->rest, value, depth + 1);
	f->related--;
	f->rq->route = route;
	buf_puts(b, "))");
	return path_leave(f, outer, err);
}

/* Counts a condition. Refuses it if the filter has too many. */
static enum problem_code
count_condition(struct filter *f)
{
	if (++f->conditions <= CONDITIONS_MAX)
		return PROBLEM_NONE;
	f->whole = true;
	return request_refuse(f->rq, "too_many_conditions", "filter",
	    request_number(f->rq, CONDITIONS_MAX));
}

/* Counts the words of patterns in a condition on a column. */
static enum problem_code
count_patterns(struct filter *f, const char *key, struct json_object *value)
{
	f->patterns += condition_patterns(key, value);
	if (f->patterns <= PATTERNS_MAX)
		return PROBLEM_NONE;
	f->whole = true;
	return request_refuse(f->rq, "too_many_pattern_words", "filter",
	    request_number(f->rq, PATTERNS_MAX));
}

static enum problem_code
put_member(
    struct filter *f, const char *key, struct json_object *value, int depth)
{
	struct relation rel;
	enum problem_code err;

	if (strcmp(key, "@not") == 0)
		return put_not(f, value, depth);
	if (strcmp(key, "@or") == 0 || strcmp(key, "@and") == 0)
		return put_group(f, key, value, depth);
	if ((err = count_condition(f)) != PROBLEM_NONE)
		return err;
	if (strcmp(key, "q") == 0 && f->related == 0)
		return put_search(f, value);
	if ((err = relation_find(f->rq, key, value, &rel)) != PROBLEM_NONE)
		return err;
	if (rel.of != NULL)
		return put_related(f, key, value, &rel, depth);
	if ((err = count_patterns(f, key, value)) != PROBLEM_NONE)
		return err;
	return condition_put(f->rq, f->s, key, value);
}

static enum problem_code
put_members(
    struct filter *f, struct json_object *filter, const char *word, int depth)
{
	enum problem_code err;
	const char *sep = "";

	if (!json_object_is_type(filter, json_type_object))
		return refuse_object(f);
	buf_puts(&f->s->text, "(");
	json_object_object_foreach(filter, key, value)
	{
		buf_puts(&f->s->text, sep);
		sep = word;
		if ((err = put_member(f, key, value, depth)) != PROBLEM_NONE)
			return err;
	}
	buf_puts(&f->s->text, *sep == '\0' ? "true)" : ")");
	return PROBLEM_NONE;
}

static struct fault_prefix
prefix_of(struct request *rq, const void *of, const char *member)
{
	(void)rq;
	(void)member;
	return (struct fault_prefix){ of, of };
}

/* Writes the conditions. Completes the path of a refused member. */
static enum problem_code
put_filter(struct filter *f, struct json_object *filter, const char *parameter,
    int depth)
{
	enum problem_code err;

	f->path = "";
	err = put_members(f, filter, " AND ", depth);
	if (err != PROBLEM_NONE && !f->whole)
		fault_prefix_put(f->rq, prefix_of,
		    arena_printf(f->rq->arena, "%s%s", parameter, f->path));
	return err;
}

/*
 * Restricts a list with limited grants to the permitted rows, by their IDs.
 * Otherwise, row security would read all rows of the organization and discard
 * most of them.
 */
static void
put_reachable(struct request *rq, struct statement *s)
{
	const char *column,
	    *table = resource_limited_by(rq->route->resource, &column);

	buf_printf(&s->text,
	    " WHERE t.%s = ANY ((SELECT crm.reachable('%s'))::bigint[])",
	    column, table);
}

enum problem_code
filter_put(struct request *rq, struct statement *s, struct json_object *filter,
    struct db_step *search)
{
	struct filter f = { .rq = rq, .s = s, .search = search };
	/*
	 * If deleted rows are included, the source of the other rows already
	 * has this condition.
	 */
	bool limits = rq->limited && rq->route->resource->deleted == NULL;

	*search = (struct db_step){ .nparams = 0 };
	if (limits)
		put_reachable(rq, s);
	if (filter == NULL || json_object_object_length(filter) == 0)
		return PROBLEM_NONE;
	buf_puts(&s->text, limits ? " AND " : " WHERE ");
	return put_filter(&f, filter, "", 0);
}

enum problem_code
filter_put_related(
    struct request *rq, struct statement *s, struct json_object *filter)
{
	struct filter f = { .rq = rq, .s = s, .related = 1 };

	return put_filter(&f, filter, "filter.", 1);
}
