/* Writes updates that add elements to array columns or remove them. */

#include <json-c/json.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/rest/array_update.h"
#include "lib/base/buf.h"
#include "lib/db/statement.h"

enum problem_code
array_update_check(struct request *rq, const struct resource *r,
    enum array_change change, struct json_object *taken)
{
	if (change == ARRAY_SET)
		return PROBLEM_NONE;
	json_object_object_foreach(taken, key, value)
	{
		if (resource_column(r, key)->type != VALUE_BIGINTS)
			return request_refuse(rq, "not_a_list_of_ids", key);
		if (!json_object_is_type(value, json_type_array))
			return request_refuse(rq, "list_required", key);
	}
	return PROBLEM_NONE;
}

void
array_update_put(
    struct statement *s, enum array_change change, struct json_object *taken)
{
	const char *sep = "", *ids;

	json_object_object_foreach(taken, c, value)
	{
		ids = value_list(s->text.arena, VALUE_BIGINTS, value);
		buf_printf(&s->text, "%s%s = ", sep, c);
		sep = ", ";
		if (change == ARRAY_ADD) {
			buf_printf(&s->text,
			    "t.%s || ARRAY(SELECT DISTINCT x FROM unnest(", c);
			statement_value(s, ids, "bigint[]");
			buf_printf(&s->text, ") x WHERE x <> ALL (t.%s))", c);
		} else {
			buf_printf(&s->text,
			    "ARRAY(SELECT x FROM unnest(t.%s) WITH ORDINALITY "
			    "u(x, i) WHERE x <> ALL (",
			    c);
			statement_value(s, ids, "bigint[]");
			buf_puts(&s->text, ") ORDER BY i)");
		}
	}
}
