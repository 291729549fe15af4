/*
 * Input: a multipart body. The part that is taken as a file is within the body,
 * before a boundary.
 */

#include "fcgi/http/multipart.h"
#include "tests/unit/fuzz/harness.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char boundary[] = "\r\n--b";
	static const char type[] = "multipart/form-data; boundary=b";
	struct arena *a = arena_new();
	struct multipart_file file;
	struct spool body;
	const char *at;

	PROMISE(spool_bytes(a, data, size, &body));
	if (multipart_find(a, &body, type, &file) == NULL) {
		at = (const char *)data + file.content.at;
		PROMISE(file.content.at >= 0 && file.content.len >= 0);
		PROMISE(file.content.at + file.content.len <= (off_t)size);
		PROMISE(memmem(at, (size_t)file.content.len, boundary,
			    sizeof boundary - 1) == NULL);
		PROMISE(file.title == NULL || *file.title != '\0');
		PROMISE(file.title == NULL ||
		    strpbrk(file.title, "/\\\r\n\x7f") == NULL);
	}
	arena_free(a);
	return 0;
}
