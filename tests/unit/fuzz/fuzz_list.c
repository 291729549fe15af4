/*
 * Input: the number of a type, and a list in JSON or in one of the text forms.
 */

#include "lib/base/json.h"
#include "lib/db/value.h"
#include "tests/unit/fuzz/harness.h"

/* Converts the text form of a list to JSON, so that it can be read again. */
static struct json_object *
as_json(struct arena *a, const char *text)
{
	struct json_object *obj = json_object_new_string(text);

	json_own(a, obj);
	return obj;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	enum value_type type;
	struct json_error e;
	struct json_object *obj;
	const char *list, *again, *text;

	if (size > 0) {
		type = (enum value_type)(data[0] % VALUE__MAX);
		text = arena_strndup(a, (const char *)data + 1, size - 1);
		obj = json_parse(a, text, size - 1, &e);
		if (e.what != NULL)
			obj = as_json(a, text);
		list = value_list(a, type, obj);
		if (list != NULL) {
			again = value_list(a, type, as_json(a, list));
			PROMISE(again != NULL && strcmp(list, again) == 0);
		}
		value_fits(type, obj);
		value_text_fits(type, text);
	}
	arena_free(a);
	return 0;
}
