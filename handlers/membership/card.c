/* Keeps numbers of payment cards out. */

#include <string.h>

#include "fcgi/http/request.h"
#include "handlers/membership/card.h"
#include "lib/base/card_number.h"
#include "lib/base/json.h"

/* Ids of rows and hashes may happen to look like one, and are no texts. */
static bool
is_text(const char *name)
{
	size_t len = strlen(name);

	return strcmp(name, "id") != 0 && strcmp(name, "hash") != 0 &&
	    (len < 3 || strcmp(name + len - 3, "_id") != 0);
}

enum problem_code
card_check(struct request *rq, const char *id, struct json_object *body)
{
	(void)id;
	json_object_object_foreach(body, name, value)
	{
		if (json_object_is_type(value, json_type_string) &&
		    is_text(name) &&
		    card_number_in(json_object_get_string(value)))
			return request_fail_field(rq, PROBLEM_INVALID, name,
			    "looks like the number of a payment card");
	}
	return PROBLEM_NONE;
}
