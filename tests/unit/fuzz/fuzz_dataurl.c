/*
 * Input: a data: URL. Encoding the decoded bytes again results in the same
 * base64 text.
 */

#include "lib/base/base64.h"
#include "lib/storage/dataurl.h"
#include "lib/storage/filename.h"
#include "lib/storage/sniff.h"
#include "lib/storage/store.h"
#include "tests/unit/fuzz/harness.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, size);
	const struct file_type *type;
	const char *title;
	struct dataurl url;

	if (dataurl_read(a, text, &url)) {
		PROMISE(dataurl_is(text));
		PROMISE(strcmp(base64_encode(a, url.bytes, url.len),
			    url.base64) == 0);
		type = sniff(url.bytes, url.len, url.type);
		PROMISE(sniff_named(type->name) != NULL);
		PROMISE(store_name_valid(store_name(a, type->extension)));
	}
	title = filename_clean(a, (const char *)data, size);
	if (title != NULL) {
		const char *s = filename_disposition(a, false, title, "x");

		PROMISE(strpbrk(title, "/\\\r\n") == NULL);
		for (; *s != '\0'; s++)
			PROMISE(*s >= ' ' && *s < 0x7f);
	}
	arena_free(a);
	return 0;
}
