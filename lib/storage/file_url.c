/* Makes the URLs of stored files in JSON absolute. */

#include <stdbool.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/storage/file_url.h"
#include "lib/storage/store.h"

#define OPENS "\"/uploads/"
#define PATH  "/uploads/"

#define EXTENSION_MAX 6 /* with the dot */

static bool
begins_name(const char *name, const char *end)
{
	size_t digits = 0;

	while (name + digits < end && digits < STORE_NAME_LEN &&
	    strchr("0123456789abcdef", name[digits]) != NULL)
		digits++;
	return digits == STORE_NAME_LEN && name + digits < end &&
	    name[digits] == '.';
}

/*
 * Returns true if a string begins here. A quotation mark inside a string has a
 * backslash before it.
 */
static bool
begins_string(const char *json, const char *at, const char *end)
{
	return (at == json || at[-1] != '\\') &&
	    begins_name(at + strlen(OPENS), end);
}

const char *
file_url_absolute(
    struct arena *a, const char *json, size_t *len, const char *base)
{
	const char *end = json + *len, *done = json, *from = json, *at;
	struct buf b = { 0 };

	while ((at = memmem(from, (size_t)(end - from), OPENS,
		    strlen(OPENS))) != NULL) {
		from = at + 1;
		if (!begins_string(json, at, end))
			continue;
		if (done == json)
			buf_init(&b, a);
		buf_write(&b, done, (size_t)(from - done));
		buf_puts(&b, base);
		done = from;
	}
	if (done == json)
		return json;
	buf_write(&b, done, (size_t)(end - done));
	*len = b.len;
	return b.data;
}

const char *
file_url_of_path(
    struct arena *a, const char *text, size_t *len, const char *base)
{
	const char *end = text + *len;
	struct buf b;

	if (*len <= strlen(PATH) || strncmp(text, PATH, strlen(PATH)) != 0 ||
	    !begins_name(text + strlen(PATH), end) ||
	    *len > strlen(PATH) + STORE_NAME_LEN + EXTENSION_MAX)
		return text;
	buf_init(&b, a);
	buf_puts(&b, base);
	buf_write(&b, text, *len);
	*len = b.len;
	return b.data;
}
