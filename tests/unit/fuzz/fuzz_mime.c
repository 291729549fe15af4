/* Input: a raw email. Any input results in valid JSON. */

#include "lib/base/json.h"
#include "lib/format/mime.h"
#include "tests/unit/fuzz/harness.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct json_object *mail, *again;
	struct json_error e;
	const char *why = NULL, *text;
	bool present;

	mail = mime_read(a, (const char *)data, size, &why);
	PROMISE((mail == NULL) == (why != NULL));
	if (mail != NULL) {
		text = json_text(mail);
		again = json_parse(a, text, strlen(text), &e);
		/*
		 * The JSON can be read again, unless it has more values than a
		 * request may have.
		 */
		PROMISE(again != NULL || strlen(text) > 1000);
		PROMISE(json_object_is_type(
		    json_get(mail, "ToFull", &present), json_type_array));
	}
	arena_free(a);
	return 0;
}
