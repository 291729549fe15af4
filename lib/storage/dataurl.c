/* Parses data: URLs (RFC 2397). */

#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/storage/dataurl.h"

static const char extension[] = ";base64";
#define EXTENSION_LEN (sizeof extension - 1)

bool
dataurl_is(const char *s)
{
	return strncasecmp(s, "data:", 5) == 0;
}

bool
dataurl_read(struct arena *a, const char *url, struct dataurl *d)
{
	const char *head = url + 5, *comma;
	size_t len;

	if (!dataurl_is(url) || (comma = strchr(head, ',')) == NULL)
		return false;
	len = (size_t)(comma - head);
	if (len < EXTENSION_LEN ||
	    strncasecmp(comma - EXTENSION_LEN, extension, EXTENSION_LEN) != 0)
		return false;
	d->type = arena_strndup(a, head, len - EXTENSION_LEN);
	d->base64 = comma + 1;
	d->bytes = base64_decode(a, d->base64, &d->len);
	return d->bytes != NULL;
}
