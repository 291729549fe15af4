/* Omits archived rows from lists and bulk changes. */
#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/archived.h"
#include "lib/base/json.h"

/* Returns true if the filter, or a filter in it, has this key. */
static bool
names(struct json_object *filter, const char *key)
{
	size_t i, n, len = strlen(key);

	if (json_object_is_type(filter, json_type_array)) {
		n = json_object_array_length(filter);
		for (i = 0; i < n; i++)
			if (names(json_object_array_get_idx(filter, i), key))
				return true;
	} else if (json_object_is_type(filter, json_type_object)) {
		json_object_object_foreach(filter, name, value)
		{
			if (strncmp(name, key, len) == 0 &&
			    (name[len] == '\0' || name[len] == '@'))
				return true;
			if (*name == '@' && names(value, key))
				return true;
		}
	}
	return false;
}

struct json_object *
archived_omit_rows(struct request *rq, struct json_object *filter)
{
	struct json_object *all;

	if (!rq->route->resource->archives || names(filter, "archived_at") ||
	    names(filter, "id"))
		return filter;
	all = json_object_new_object();
	json_own(rq->arena, all);
	if (filter != NULL) {
		json_object_object_foreach(filter, name, value)
		    json_share(all, name, value);
	}
	json_object_object_add(all, "archived_at@is", NULL);
	return all;
}

enum problem_code
archived_omit(struct request *rq)
{
	struct json_object *filter, *all;
	enum problem_code err;

	if (!rq->route->resource->archives || param_text(rq, "include") != NULL)
		return PROBLEM_NONE;
	if ((err = param_json(rq, "filter", &filter)) != PROBLEM_NONE)
		return err;
	all = archived_omit_rows(rq, filter);
	if (all != filter)
		param_put(rq, "filter", json_text(all));
	return PROBLEM_NONE;
}
