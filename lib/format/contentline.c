#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/format/contentline.h"

#define END       (-1)
#define HEAD_MAX  200 /* bytes in which a quoted-printable line says so */
#define TAB       '\t'
#define MARK      "\xef\xbb\xbf" /* of byte order, before the first line */
#define PRINTABLE "QUOTED-PRINTABLE"

static int
peek(struct content_reader *r)
{
	if (r->at == r->len) {
		r->at = 0;
		r->len = r->more(r->from, r->data, sizeof r->data);
		if (r->len == 0)
			return END;
	}
	return (unsigned char)r->data[r->at];
}

static int
take(struct content_reader *r)
{
	int c = peek(r);

	if (c == END)
		return END;
	r->at++;
	r->offset++;
	return c;
}

static bool
printable(const struct buf *b)
{
	char head[HEAD_MAX + 1];
	size_t len = b->len < HEAD_MAX ? b->len : HEAD_MAX;

	memcpy(head, b->data, len);
	head[len] = '\0';
	head[strcspn(head, ":")] = '\0';
	return strcasestr(head, PRINTABLE) != NULL;
}

/* True when the line goes on behind the line break that was just read. */
static bool
goes_on(struct content_reader *r, struct buf *b)
{
	int next = peek(r);

	if (next == ' ' || next == TAB) {
		take(r);
		return true;
	}
	if (next == END || b->len == 0 || b->data[b->len - 1] != '=' ||
	    !printable(b))
		return false;
	b->data[--b->len] = '\0';
	return true;
}

/* One line, unfolded; *over: it is longer than max, and its end is lost. */
static bool
unfold(struct content_reader *r, struct buf *b, size_t max, bool *over)
{
	char byte;
	int c;

	*over = false;
	if (peek(r) == END)
		return false;
	for (;;) {
		c = take(r);
		if (c == '\r' && peek(r) == '\n')
			c = take(r);
		if (c == END) {
			r->lines++;
			return true;
		}
		if (c == '\n') {
			r->lines++;
			if (!goes_on(r, b))
				return true;
		} else if (b->len == max)
			*over = true;
		else {
			byte = (char)c;
			buf_write(b, &byte, 1);
		}
	}
}

static bool
utf8(const char *text, size_t len)
{
	const utf8proc_uint8_t *s = (const utf8proc_uint8_t *)text;
	utf8proc_int32_t c;
	utf8proc_ssize_t n;

	for (; len > 0; s += n, len -= (size_t)n)
		if ((n = utf8proc_iterate(s, (utf8proc_ssize_t)len, &c)) <= 0)
			return false;
	return true;
}

static const char *
check(const struct buf *b)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		if ((unsigned char)b->data[i] < ' ' && b->data[i] != TAB)
			return "holds a control character";
	return utf8(b->data, b->len) ? NULL : "is not UTF-8";
}

static bool
name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* A name at *s, in upper case and cut off where it is; NULL for none. */
static char *
take_name(struct arena *a, const char **s)
{
	size_t len = 0, i;
	char *name;

	while (name_byte((*s)[len]))
		len++;
	if (len == 0)
		return NULL;
	name = arena_strndup(a, *s, len);
	for (i = 0; i < len; i++)
		name[i] = (char)toupper((unsigned char)name[i]);
	*s += len;
	return name;
}

/* RFC 6868: ^n, ^^ and ^' in a parameter. */
static const char *
uncaret(struct arena *a, const char *s, size_t len)
{
	struct buf b;
	size_t i;

	if (memchr(s, '^', len) == NULL)
		return arena_strndup(a, s, len);
	buf_init(&b, a);
	for (i = 0; i < len; i++)
		if (s[i] != '^' || i + 1 == len ||
		    strchr("n^'", s[i + 1]) == NULL)
			buf_write(&b, s + i, 1);
		else if (s[++i] == 'n')
			buf_puts(&b, "\n");
		else
			buf_puts(&b, s[i] == '^' ? "^" : "\"");
	return b.data;
}

/* One value of a parameter: in quotes, or up to what ends it. */
static bool
take_param_value(
    struct arena *a, struct content_line *l, const char *name, const char **s)
{
	bool quoted = **s == '"';
	const char *from = *s + quoted;
	size_t len = strcspn(from, quoted ? "\"" : ",;:");

	if (l->nparams == CONTENT_PARAMS || (quoted && from[len] == '\0'))
		return false;
	l->params[l->nparams++] =
	    (struct content_param){ name, uncaret(a, from, len) };
	*s = from + len + quoted;
	return true;
}

/* ";TYPE=work,voice", or ";WORK" as vCard 2.1 has it. */
static bool
take_param(struct arena *a, struct content_line *l, const char **s)
{
	const char *name = take_name(a, s);

	if (name == NULL || l->nparams == CONTENT_PARAMS)
		return false;
	if (**s != '=') {
		l->params[l->nparams++] =
		    (struct content_param){ "TYPE", name };
		return true;
	}
	do {
		++*s;
		if (!take_param_value(a, l, name, s))
			return false;
	} while (**s == ',');
	return true;
}

static const char *
parse(struct arena *a, const char *s, struct content_line *l)
{
	if (l->number == 1 && strncmp(s, MARK, strlen(MARK)) == 0)
		s += strlen(MARK);
	if ((l->name = take_name(a, &s)) != NULL && *s == '.') {
		s++;
		l->name = take_name(a, &s);
	}
	if (l->name == NULL)
		return "has no name";
	while (*s == ';') {
		s++;
		if (!take_param(a, l, &s))
			return "has parameters that cannot be read";
	}
	if (*s != ':')
		return "has no value";
	l->value = s + 1;
	return NULL;
}

static int
digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = strchr(digits, toupper((unsigned char)c));

	return c == '\0' || at == NULL ? -1 : (int)(at - digits);
}

/* A value in quoted-printable as one that is not; its line breaks escaped. */
static const char *
decode(struct arena *a, struct content_line *l)
{
	const char *s = l->value;
	struct buf b;
	char byte;

	buf_init(&b, a);
	for (; *s != '\0'; s++) {
		byte = *s;
		if (*s == '=') {
			if (digit(s[1]) < 0 || digit(s[2]) < 0)
				return "has a broken escape";
			byte = (char)(digit(s[1]) * 16 + digit(s[2]));
			s += 2;
		}
		if (byte == '\n')
			buf_puts(&b, "\\n");
		else if (byte != '\r')
			buf_write(&b, &byte, 1);
	}
	l->value = b.data;
	return check(&b);
}

const char *
content_param(const struct content_line *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->nparams; i++)
		if (strcmp(l->params[i].name, name) == 0)
			return l->params[i].value;
	return NULL;
}

/* True when it is one of the words between commas. */
static bool
listed(const char *list, const char *word)
{
	size_t len = strlen(word), n;

	for (;; list += n + 1) {
		n = strcspn(list, ",");
		if (n == len && strncasecmp(list, word, len) == 0)
			return true;
		if (list[n] == '\0')
			return false;
	}
}

bool
content_has(const struct content_line *l, const char *name, const char *value)
{
	const char *given;
	size_t i;

	for (i = 0; i < l->nparams; i++) {
		given = l->params[i].name;
		if ((strcmp(given, name) == 0 || strcmp(given, "TYPE") == 0) &&
		    listed(l->params[i].value, value))
			return true;
	}
	return false;
}

/* How long it is up to a separator that is not escaped, or to its end. */
static size_t
part_len(const char *s, char separator)
{
	size_t i = 0;

	while (s[i] != '\0' && s[i] != separator)
		i += s[i] == '\\' && s[i + 1] != '\0' ? 2 : 1;
	return i;
}

static const char *
unescape(struct arena *a, const char *s, size_t len)
{
	char *text = arena_alloc(a, len + 1);
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		if (s[i] != '\\' || i + 1 == len ||
		    strchr("nN\\,;:", s[i + 1]) == NULL)
			text[n++] = s[i];
		else
			text[n++] =
			    tolower((unsigned char)s[++i]) == 'n' ? '\n' : s[i];
	return text;
}

const char *
content_text(struct arena *a, const char *value)
{
	return unescape(a, value, strlen(value));
}

size_t
content_split(struct arena *a, const char *value, char separator,
    const char **parts, size_t max)
{
	size_t n = 0, len;

	for (;; value += len + 1) {
		len = part_len(value, separator);
		if (n < max)
			parts[n] = unescape(a, value, len);
		n++;
		if (value[len] == '\0')
			return n;
	}
}

enum content_status
content_next(struct content_reader *r, struct arena *a, size_t max,
    struct content_line *l, const char **fault)
{
	struct buf b;
	bool over;

	buf_init(&b, a);
	do
		if (!unfold(r, &b, max, &over))
			return CONTENT_END;
	while (b.len == 0 && !over);
	*l = (struct content_line){ .number = r->lines };
	*fault = over ? "is too long" : check(&b);
	if (*fault == NULL)
		*fault = parse(a, b.data, l);
	if (*fault == NULL && content_has(l, "ENCODING", PRINTABLE))
		*fault = decode(a, l);
	return *fault == NULL ? CONTENT_LINE : CONTENT_BAD;
}
