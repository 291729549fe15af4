/* Guesses the names of people and companies from email addresses. */

#include <libpsl.h>
#include <string.h>
#include <utf8proc.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/mail/person_name.h"

/* Appends the text with its first letter in upper case. */
static void
put_capitalised(struct buf *b, const char *text, size_t len)
{
	const utf8proc_uint8_t *s = (const utf8proc_uint8_t *)text;
	utf8proc_uint8_t upper[4];
	utf8proc_int32_t c;
	utf8proc_ssize_t n = utf8proc_iterate(s, (utf8proc_ssize_t)len, &c);

	if (n > 0) {
		buf_write(b, (const char *)upper,
		    (size_t)utf8proc_encode_char(utf8proc_toupper(c), upper));
		text += n;
		len -= (size_t)n;
	}
	buf_write(b, text, len);
}

static const char *
capitalise(struct arena *a, const char *text)
{
	struct buf b;

	buf_init(&b, a);
	put_capitalised(&b, text, strlen(text));
	return b.data;
}

/* Replaces runs of white space and control characters with single spaces. */
static void
normalize_blanks(char *s)
{
	char *to = s, *from;

	for (from = s; *from != '\0'; from++) {
		if ((unsigned char)*from > ' ' && *from != 0x7f)
			*to++ = *from;
		else if (to > s && to[-1] != ' ')
			*to++ = ' ';
	}
	if (to > s && to[-1] == ' ')
		to--;
	*to = '\0';
}

struct person_name
person_name_from_mailbox(struct arena *a, const char *name, const char *address)
{
	char *whole = arena_strdup(a, name), *s;

	normalize_blanks(whole);
	if (*whole == '\0') {
		whole = arena_strndup(a, address, strcspn(address, "@"));
		for (s = whole; *s != '\0'; s++)
			if (*s == '.')
				*s = ' ';
		normalize_blanks(whole);
	}
	if ((s = strchr(whole, ' ')) == NULL)
		return (struct person_name){ "", capitalise(a, whole) };
	*s = '\0';
	return (
	    struct person_name){ capitalise(a, whole), capitalise(a, s + 1) };
}

const char *
company_name_from_domain(struct arena *a, const char *domain)
{
	const char *registered = psl_registrable_domain(psl_builtin(), domain);
	char *label;
	struct buf b;
	size_t i, len;

	if (registered == NULL)
		registered = domain;
	label = arena_strndup(a, registered, strcspn(registered, "."));
	buf_init(&b, a);
	/* Do not split Punycode at its hyphens. */
	if (strncmp(label, "xn--", 4) == 0) {
		buf_puts(&b, label);
		return b.data;
	}
	for (i = 0; label[i] != '\0'; i++)
		if (label[i] == '-' || label[i] == '_')
			label[i] = ' ';
	normalize_blanks(label);
	for (; *label != '\0'; label += len + (label[len] == ' ')) {
		len = strcspn(label, " ");
		put_capitalised(&b, label, len);
		if (label[len] == ' ')
			buf_puts(&b, " ");
	}
	return b.data;
}
