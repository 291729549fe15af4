#include "arena.h"
#include "choice.h"
#include "filter.h"
#include "page.h"
#include "request.h"
#include "resource.h"
#include "router.h"
#include "statement.h"

#define CHOSEN_MAX 10000 /* as crm.begin_bulk() has it */

/*
 * " FROM ... t WHERE ...", behind a search if the filter has one; s is empty
 * but for its parameters.
 */
static enum problem_code
put_chosen(struct request *rq, struct json_object *filter, struct statement *s,
    const char **chosen, struct choice *choice)
{
	struct db_step search = { .answer = false };
	struct statement where;
	enum problem_code err;

	*choice = (struct choice){ .n = 0 };
	statement_init(&where, rq->arena);
	if ((err = filter_put(rq, &where, filter, &search)) != PROBLEM_NONE)
		return err;
	if (search.sql.text != NULL)
		choice->steps[choice->n++] = search;
	*chosen = arena_printf(rq->arena, " FROM %s t%s",
	    page_source(rq->route->resource, filter), where.text.data);
	*s = where;
	buf_init(&s->text, rq->arena);
	return PROBLEM_NONE;
}

enum problem_code
choice_count(
    struct request *rq, struct json_object *filter, struct choice *choice)
{
	const char *chosen;
	struct statement s;
	enum problem_code err;

	if ((err = put_chosen(rq, filter, &s, &chosen, choice)) != PROBLEM_NONE)
		return err;
	buf_printf(
	    &s.text, "SELECT json_build_object('count', count(*))%s", chosen);
	choice->steps[choice->n++] = statement_step(&s);
	return PROBLEM_NONE;
}

enum problem_code
choice_hold(struct request *rq, struct json_object *filter, const char *action,
    const char *most, struct choice *choice)
{
	const struct resource *r = rq->route->resource;
	const char *chosen;
	struct statement s;
	enum problem_code err;

	if ((err = put_chosen(rq, filter, &s, &chosen, choice)) != PROBLEM_NONE)
		return err;
	buf_printf(&s.text, "SELECT crm.begin_bulk('%s', '%s', '%s', ",
	    r->table, r->name, action);
	statement_value(&s, most, "bigint");
	buf_printf(&s.text, ", ARRAY(SELECT t.id%s ORDER BY t.id LIMIT %d))",
	    chosen, CHOSEN_MAX + 1);
	choice->steps[choice->n++] = statement_step(&s);
	return PROBLEM_NONE;
}
