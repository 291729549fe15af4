/* Reads and writes a row's ids in other systems. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/rest/condition.h"
#include "fcgi/rest/external_ids.h"
#include "fcgi/rest/field_limits.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/utf8.h"
#include "lib/db/statement.h"

#define KEY_MAX 200 /* characters */
/* Maximum number of IDs per row: see crm.keep_external_ids(). */
#define KEYS_MAX 50

bool
external_ids_given(const struct resource *r, const struct json_object *body)
{
	bool present = false;

	if (r->identified != NULL && body != NULL)
		json_get(body, EXTERNAL_IDS, &present);
	return present;
}

/* Records the faults of the IDs of one source. */
static void
check_keys(struct request *rq, const char *source, struct json_object *list)
{
	const char *path = arena_printf(rq->arena, EXTERNAL_IDS ".%s", source);
	struct json_object *key;
	size_t i, n;

	if (!external_source(source)) {
		request_fault(rq, "external_source", path);
		return;
	}
	if (list == NULL)
		return;
	if (!json_object_is_type(list, json_type_array)) {
		request_fault(rq, "external_keys", path);
		return;
	}
	if ((n = json_object_array_length(list)) > KEYS_MAX) {
		request_fault(rq, "too_many_external_ids", path,
		    request_number(rq, KEYS_MAX));
		return;
	}
	for (i = 0; i < n; i++) {
		key = json_object_array_get_idx(list, i);
		if (!json_object_is_type(key, json_type_string) ||
		    *json_object_get_string(key) == '\0' ||
		    utf8_length(json_object_get_string(key)) > KEY_MAX)
			request_fault(rq, "external_key",
			    arena_printf(rq->arena, "%s.%zu", path, i),
			    request_number(rq, KEY_MAX));
	}
}

enum problem_code
external_ids_check_keys(
    struct request *rq, const char *source, struct json_object *list)
{
	check_keys(rq, source, list);
	return rq->problem.code;
}

enum problem_code
external_ids_check(struct request *rq, const struct resource *r,
    const struct json_object *body)
{
	bool present;
	struct json_object *ids = json_get(body, EXTERNAL_IDS, &present);

	if (present && r->identified_fixed)
		field_limits_fault(rq, r->name, EXTERNAL_IDS);
	else if (ids != NULL && !json_object_is_type(ids, json_type_object))
		request_fault(rq, "external_keys", EXTERNAL_IDS);
	else if (ids != NULL) {
		json_object_object_foreach(ids, source, list)
		    check_keys(rq, source, list);
	}
	return rq->problem.code;
}

void
external_ids_put(struct request *rq, const struct resource *r,
    struct json_object *body, bool whole, struct db_step *step)
{
	bool present;
	struct json_object *ids = json_get(body, EXTERNAL_IDS, &present);
	struct statement s;

	if (ids == NULL) { /* null: none */
		whole = true;
		ids = json_object_new_object();
		json_own(rq->arena, ids);
	}
	statement_init(&s, rq->arena);
	buf_printf(
	    &s.text, "SELECT crm.put_external_ids('%s', ", r->identified);
	statement_value(&s, json_text(ids), "jsonb");
	buf_printf(&s.text, ", %s)", whole ? "true" : "false");
	*step = statement_step(&s);
}

enum problem_code
external_ids_refuse(struct request *rq, const struct resource *r,
    const struct json_object *body)
{
	return external_ids_given(r, body)
	    ? request_refuse(rq, "external_ids_of_one_row", EXTERNAL_IDS)
	    : PROBLEM_NONE;
}
