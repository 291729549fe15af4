/* Selects a bulk operation's rows. */

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/bulk_selection.h"
#include "fcgi/rest/filter.h"
#include "fcgi/rest/page.h"
#include "lib/base/arena.h"
#include "lib/db/statement.h"

#define SELECTED_MAX 10000 /* the limit of crm.begin_bulk() */

/*
 * Builds *from, " FROM ... t WHERE ...", and adds the step for the filter's
 * search. *s then has the filter's parameters, but no text yet.
 */
static enum problem_code
build_selection(struct request *rq, struct json_object *filter,
    struct statement *s, const char **from, struct bulk_selection *selection)
{
	struct db_step search = { .answer = false };
	struct statement where;
	enum problem_code err;

	*selection = (struct bulk_selection){ .n = 0 };
	statement_init(&where, rq->arena);
	if ((err = filter_put(rq, &where, filter, &search)) != PROBLEM_NONE)
		return err;
	if (search.sql.text != NULL)
		selection->steps[selection->n++] = search;
	*from = arena_printf(rq->arena, " FROM %s t%s",
	    page_source(rq->route->resource, filter), where.text.data);
	*s = where;
	buf_init(&s->text, rq->arena);
	return PROBLEM_NONE;
}

enum problem_code
bulk_selection_count(struct request *rq, struct json_object *filter,
    struct bulk_selection *selection)
{
	const char *from;
	struct statement s;
	enum problem_code err;

	if ((err = build_selection(rq, filter, &s, &from, selection)) !=
	    PROBLEM_NONE)
		return err;
	buf_printf(
	    &s.text, "SELECT json_build_object('count', count(*))%s", from);
	selection->steps[selection->n++] = statement_step(&s);
	return PROBLEM_NONE;
}

enum problem_code
bulk_selection_lock(struct request *rq, struct json_object *filter,
    const char *action, const char *most, struct bulk_selection *selection)
{
	const struct resource *r = rq->route->resource;
	const char *from;
	struct statement s;
	enum problem_code err;

	if ((err = build_selection(rq, filter, &s, &from, selection)) !=
	    PROBLEM_NONE)
		return err;
	buf_printf(&s.text, "SELECT crm.begin_bulk('%s', '%s', '%s', ",
	    r->table, r->name, action);
	statement_value(&s, most, "bigint");
	buf_printf(&s.text, ", ARRAY(SELECT t.id%s ORDER BY t.id LIMIT %d))",
	    from, SELECTED_MAX + 1);
	selection->steps[selection->n++] = statement_step(&s);
	return PROBLEM_NONE;
}
