/* Embeds related rows, with their fields, filter, order and further rows. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/nearest.h"
#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/archived.h"
#include "fcgi/rest/embed.h"
#include "fcgi/rest/fault_prefix.h"
#include "fcgi/rest/filter.h"
#include "fcgi/rest/projection.h"
#include "fcgi/rest/relation.h"
#include "fcgi/rest/sort.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/db/statement.h"

#define DEPTH_MAX  3
#define EMBEDS_MAX 20 /* elements at all levels */
#define LIMIT_MAX  100
#define LIMIT      25
/* What count_elements() returns for a list with too many levels. */
#define TOO_DEEP 1000000

static const struct option {
	const char *name;
	enum json_type type;
	bool many; /* only for several rows */
} known[] = {
	{ "fields", json_type_array, false },
	{ "filter", json_type_object, false },
	{ "embed", json_type_array, false },
	{ "sort", json_type_array, true },
	{ "limit", json_type_int, true },
};

static const struct option *
option_named(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].name, name) == 0)
			return &known[i];
	return NULL;
}

/* Refuses an option at a path, which is the option if it is in an element. */
static enum problem_code
refuse_option(struct request *rq, const char *path, const char *name, bool many)
{
	struct nearest n;
	size_t i;

	nearest_begin(&n, rq->arena, name);
	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (many || !known[i].many)
			nearest_add(&n, known[i].name);
	return request_refuse(rq, "embed_option", path, name, nearest_list(&n));
}

static enum problem_code
check_options(struct request *rq, struct json_object *options, bool many)
{
	const struct option *o;

	json_object_object_foreach(options, name, value)
	{
		o = option_named(name);
		if (o == NULL || (!many && o->many) ||
		    !json_object_is_type(value, o->type))
			return refuse_option(rq, name, name, many);
	}
	return PROBLEM_NONE;
}

/*
 * Counts the elements of a list and of the lists in its options. Returns at
 * least TOO_DEEP if there are more levels.
 */
static size_t
count_elements(struct json_object *list, int levels)
{
	struct json_object *e, *inner;
	size_t i, n = 0;

	if (!json_object_is_type(list, json_type_array))
		return 0;
	if (levels == 0)
		return json_object_array_length(list) > 0 ? TOO_DEEP : 0;
	for (i = 0; i < json_object_array_length(list) && n < TOO_DEEP; i++) {
		e = json_object_array_get_idx(list, i);
		if (!json_object_is_type(e, json_type_object)) {
			n++;
			continue;
		}
		json_object_object_foreach(e, name, options)
		{
			(void)name;
			n++;
			if (json_object_is_type(options, json_type_object) &&
			    json_object_object_get_ex(options, "embed", &inner))
				n += count_elements(inner, levels - 1);
		}
	}
	return n;
}

static enum problem_code
check_elements(struct request *rq, struct json_object *list)
{
	size_t n = count_elements(list, DEPTH_MAX);

	if (n >= TOO_DEEP)
		return request_refuse(
		    rq, "embed_depth", "embed", request_number(rq, DEPTH_MAX));
	return n > EMBEDS_MAX ? request_refuse(rq, "embed_many", "embed",
				    request_number(rq, EMBEDS_MAX))
			      : PROBLEM_NONE;
}

/* Writes the order of several rows, and their maximum number. */
static enum problem_code
put_order(struct request *rq, struct statement *s, struct json_object *options)
{
	bool present;
	struct json_object *sort = json_get(options, "sort", &present),
			   *limit = json_get(options, "limit", &present);
	long most = limit != NULL ? (long)json_object_get_int64(limit) : LIMIT;
	enum problem_code err;
	struct sort by;

	if (most < 1 || most > LIMIT_MAX)
		return request_refuse(
		    rq, "embed_limit", "limit", request_number(rq, LIMIT_MAX));
	if ((err = sort_read(rq, "sort", sort, &by)) != PROBLEM_NONE)
		return err;
	sort_put(s, &by, "t");
	buf_printf(&s->text, " LIMIT %ld", most);
	return PROBLEM_NONE;
}

/*
 * Writes the query of related rows t of the route's resource. o.of is the value
 * of the outer row, because the inner t hides the outer t.
 */
static enum problem_code
put_rows(struct request *rq, struct statement *s, struct json_object *options,
    const struct relation *rel, bool many)
{
	bool present;
	struct json_object *filter = json_get(options, "filter", &present);
	struct projection theirs;
	enum problem_code err;

	err = projection_of(rq, json_get(options, "fields", &present),
	    json_get(options, "embed", &present), &theirs);
	if (err != PROBLEM_NONE ||
	    (err = embed_put(rq, s, &theirs)) != PROBLEM_NONE)
		return err;
	theirs.n = theirs.shown;
	buf_puts(&s->text, "SELECT ");
	projection_select(&s->text, &theirs);
	buf_printf(&s->text, " FROM %s t", resource_source(rel->of));
	projection_join(&s->text, &theirs);
	buf_printf(&s->text, " WHERE t.%s = o.of", rel->theirs);
	if (many)
		filter = archived_omit_rows(rq, filter);
	if (filter != NULL) {
		buf_puts(&s->text, " AND ");
		err = filter_put_related(rq, s, filter);
	}
	return err == PROBLEM_NONE && many ? put_order(rq, s, options) : err;
}

/* Writes the join of the related rows with this number. */
static enum problem_code
put_join(struct request *rq, struct statement *s, size_t number,
    const struct projection_column *part)
{
	const struct relation *rel = &part->related->relation;
	const bool many = part->related->many;
	struct json_object *options = part->related->options;
	const struct route *route;
	enum problem_code err;

	if ((err = check_options(rq, options, many)) != PROBLEM_NONE)
		return err;
	buf_printf(&s->text,
	    " LEFT JOIN LATERAL (SELECT %s AS found FROM (SELECT %s AS of) o, "
	    "LATERAL (",
	    many ? "coalesce(json_agg(row_to_json(f)), '[]')"
		 : "row_to_json(f)",
	    rel->column);
	route = relation_enter(rq, rel->of);
	err = put_rows(rq, s, options, rel, many);
	rq->route = route;
	/* OFFSET 0 keeps the planner from computing the row several times. */
	buf_printf(
	    &s->text, ") f%s) e_%zu ON true", many ? "" : " OFFSET 0", number);
	return err;
}

static struct fault_prefix
prefix_of(struct request *rq, const void *of, const char *member)
{
	const struct projection_column *part = of;
	const char *path =
	    arena_printf(rq->arena, "embed.%s.", part->related->at);

	(void)member;
	return (struct fault_prefix){ path, path };
}

/* Writes the join of a part, or completes the path of a refused option. */
static enum problem_code
put_part(struct request *rq, struct statement *s, size_t number,
    const struct projection_column *part)
{
	enum problem_code err;

	if (!json_object_is_type(part->related->options, json_type_object))
		return refuse_option(rq,
		    arena_printf(rq->arena, "embed.%s", part->related->at),
		    part->name, part->related->many);
	err = put_join(rq, s, number, part);
	if (err != PROBLEM_NONE)
		fault_prefix_put(rq, prefix_of, part);
	return err;
}

enum problem_code
embed_put(struct request *rq, struct statement *s, struct projection *p)
{
	struct statement join;
	enum problem_code err = PROBLEM_NONE;
	size_t i;

	for (i = 0; i < p->n && err == PROBLEM_NONE; i++) {
		if (p->parts[i].related == NULL)
			continue;
		join = *s;
		buf_init(&join.text, rq->arena);
		err = put_part(rq, &join, i, &p->parts[i]);
		p->parts[i].join = join.text.data;
		join.text = s->text;
		*s = join;
	}
	return err;
}

enum problem_code
embed_read(struct request *rq, struct projection *projection)
{
	struct json_object *fields, *embed;
	enum problem_code err;

	if ((err = param_json(rq, "fields", &fields)) != PROBLEM_NONE ||
	    (err = param_json(rq, "embed", &embed)) != PROBLEM_NONE ||
	    (err = check_elements(rq, embed)) != PROBLEM_NONE)
		return err;
	return projection_of(rq, fields, embed, projection);
}
