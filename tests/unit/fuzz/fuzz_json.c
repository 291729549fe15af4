/*
 * Input: a JSON text. An accepted text has the same value when it is written
 * and read again.
 */

#include "lib/base/json.h"
#include "tests/unit/fuzz/harness.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct json_error e;
	struct json_object *obj, *again;
	const char *text;

	obj = json_parse(a, (const char *)data, size, &e);
	if (e.what != NULL) {
		PROMISE(obj == NULL);
		PROMISE(e.offset <= size);
		PROMISE(e.member == NULL || strlen(e.member) <= size);
	} else {
		text = json_text(obj);
		again = json_parse(a, text, strlen(text), &e);
		PROMISE(e.what == NULL);
		PROMISE(json_object_equal(obj, again));
		PROMISE(strcmp(text, json_text(again)) == 0);
	}
	arena_free(a);
	return 0;
}
