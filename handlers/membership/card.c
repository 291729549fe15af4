/* Refuses payment card numbers. */

#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "handlers/membership/card.h"
#include "lib/base/card_number.h"
#include "lib/base/json.h"
#include "lib/db/value.h"

/*
 * Returns false for row IDs and for hashes. They are not texts, and may look
 * like a card number by chance.
 */
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
	const char *said;

	(void)id;
	/*
	 * Check numbers as well, because a text column accepts them. A number
	 * that looks like a card number is larger than any permitted amount.
	 */
	json_object_object_foreach(body, name, value)
	{
		said = value_scalar(value);
		if (said != NULL && is_text(name) && card_number_in(said))
			return request_refuse(rq, "card_number", name);
	}
	return PROBLEM_NONE;
}

enum problem_code
card_read_body(struct request *rq, struct json_object **body)
{
	enum problem_code err = resource_check_number(rq);

	if (err == PROBLEM_NONE)
		err = body_read(rq, body);
	return err == PROBLEM_NONE ? card_check(rq, rq->id, *body) : err;
}
