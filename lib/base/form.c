/* Writes application/x-www-form-urlencoded text. */

#include <ctype.h>
#include <string.h>

#include "lib/base/form.h"

void
form_value(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		if (*s == ' ')
			buf_puts(b, "+");
		else if (isalnum((unsigned char)*s) ||
		    strchr("*-._", *s) != NULL)
			buf_write(b, s, 1);
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
}

void
form_put(struct buf *b, const char *name, const char *value)
{
	if (b->len > 0)
		buf_puts(b, "&");
	form_value(b, name);
	buf_puts(b, "=");
	form_value(b, value);
}

const char *
form_url(struct arena *a, const char *url, const char *form)
{
	size_t path = strcspn(url, "?#"), end = strcspn(url, "#");
	struct buf b;

	buf_init(&b, a);
	buf_write(&b, url, end);
	if (end == path)
		buf_puts(&b, "?");
	else if (end - path > 1 && url[end - 1] != '&')
		buf_puts(&b, "&");
	buf_puts(&b, form);
	buf_puts(&b, url + end);
	return b.data;
}
