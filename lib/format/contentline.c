/* Reads content lines, the syntax of vCard and iCalendar (RFC 6350, 5545). */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/format/charset.h"
#include "lib/format/contentline.h"

#define END       (-1)
#define HEAD_MAX  200 /* bytes to search for QUOTED-PRINTABLE */
#define TAB       '\t'
#define BOM       "\xef\xbb\xbf" /* byte order mark */
#define PRINTABLE "QUOTED-PRINTABLE"

static int
peek_byte(struct content_reader *r)
{
	if (r->nahead > 0)
		return (unsigned char)r->ahead[0];
	if (r->at == r->len) {
		r->at = 0;
		r->len = r->more(r->from, r->data, sizeof r->data);
		if (r->len == 0)
			return END;
	}
	return (unsigned char)r->data[r->at];
}

static int
read_byte(struct content_reader *r)
{
	int c = peek_byte(r);

	if (c == END)
		return END;
	if (r->nahead > 0)
		memmove(r->ahead, r->ahead + 1, --r->nahead);
	else
		r->at++;
	r->offset++;
	return c;
}

/*
 * Returns true if the line has a parameter with this value. A partial match
 * does not count.
 */
static bool
has_encoding(const struct buf *b, const char *name)
{
	char head[HEAD_MAX + 1];
	size_t len = b->len < HEAD_MAX ? b->len : HEAD_MAX;
	const char *at = head;

	memcpy(head, b->data, len);
	head[len] = '\0';
	head[strcspn(head, ":")] = '\0';
	while ((at = strcasestr(at, name)) != NULL) {
		if (at > head && strchr(";=,\"", at[-1]) != NULL &&
		    strchr(";,\"", at[strlen(name)]) != NULL)
			return true;
		at++;
	}
	return false;
}

/*
 * Returns true if the line continues after the line break that was just read.
 */
static bool
is_folded(struct content_reader *r, struct buf *b)
{
	int next = peek_byte(r);

	if (next == ' ' || next == TAB) {
		read_byte(r);
		return true;
	}
	if (next == END || b->len == 0 || b->data[b->len - 1] != '=' ||
	    !has_encoding(b, PRINTABLE))
		return false;
	b->data[--b->len] = '\0';
	return true;
}

/*
 * Appends the next line if it continues base64, because some programs do not
 * indent such lines. A line that starts a new property contains a character
 * outside base64, such as ":" or ";", near its beginning.
 */
static bool
join_base64(struct content_reader *r, struct buf *b, size_t max, bool *over)
{
	size_t begun = b->len, n = 0;
	char byte;
	int c;

	if (!has_encoding(b, "BASE64") && !has_encoding(b, "B"))
		return false;
	while ((c = peek_byte(r)) != END &&
	    (isalnum(c) || c == '+' || c == '/' || c == '=')) {
		byte = (char)read_byte(r);
		n++;
		if (b->len < max)
			buf_write(b, &byte, 1);
		else
			*over = true;
	}
	if (n == 0 || n > CONTENT_AHEAD || c == '\r' || c == '\n' || c == END)
		return n > 0;
	memmove(r->ahead + n, r->ahead, r->nahead);
	memcpy(r->ahead, b->data + begun, n);
	r->nahead += n;
	r->offset -= n;
	b->data[b->len = begun] = '\0';
	return false;
}

/*
 * Reads an unfolded line. Sets *over if the line was longer than max and was
 * truncated.
 */
static bool
read_unfolded(struct content_reader *r, struct buf *b, size_t max, bool *over)
{
	char byte;
	int c;

	*over = false;
	if (peek_byte(r) == END)
		return false;
	for (;;) {
		c = read_byte(r);
		if (c == '\r' && peek_byte(r) == '\n')
			c = read_byte(r);
		if (c == END) {
			r->lines++;
			return true;
		}
		if (c == '\n') {
			r->lines++;
			if (!is_folded(r, b) && !join_base64(r, b, max, over))
				return true;
		} else if (b->len == max)
			*over = true;
		else {
			byte = (char)c;
			buf_write(b, &byte, 1);
		}
	}
}

static const char *
text_fault(const struct buf *b)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		if ((unsigned char)b->data[i] < ' ' && b->data[i] != TAB)
			return "contains a control character";
	return NULL;
}

static bool
name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/*
 * Reads a name, converts it to upper case and advances *s. Returns NULL if the
 * name is empty.
 */
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

/* Decodes ^n, ^^ and ^' in a parameter value (RFC 6868). */
static const char *
decode_caret(struct arena *a, const char *s, size_t len)
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

/* Reads one parameter value, quoted or not. */
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
	    (struct content_param){ name, decode_caret(a, from, len) };
	*s = from + len + quoted;
	return true;
}

/* Reads ";TYPE=work,voice", or ";WORK" in vCard 2.1. */
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
parse_line(struct arena *a, const char *s, struct content_line *l)
{
	if (l->number == 1 && strncmp(s, BOM, strlen(BOM)) == 0)
		s += strlen(BOM);
	if ((l->name = take_name(a, &s)) != NULL && *s == '.') {
		s++;
		l->name = take_name(a, &s);
	}
	if (l->name == NULL)
		return "has no property name";
	while (*s == ';') {
		s++;
		if (!take_param(a, l, &s))
			return "has malformed parameters";
	}
	if (*s != ':')
		return "has no value";
	l->value = s + 1;
	return NULL;
}

static int
hex_value(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = strchr(digits, toupper((unsigned char)c));

	return c == '\0' || at == NULL ? -1 : (int)(at - digits);
}

/* Decodes a quoted-printable value, and escapes its line breaks as "\n". */
static const char *
decode_quoted(struct arena *a, struct content_line *l)
{
	const char *s = l->value;
	struct buf b;
	char byte;

	buf_init(&b, a);
	for (; *s != '\0'; s++) {
		byte = *s;
		if (*s == '=') {
			if (hex_value(s[1]) < 0 || hex_value(s[2]) < 0)
				return "has a malformed quoted-printable "
				       "escape";
			byte = (char)(hex_value(s[1]) * 16 + hex_value(s[2]));
			s += 2;
		}
		if (byte == '\n')
			buf_puts(&b, "\\n");
		else if (byte != '\r')
			buf_write(&b, &byte, 1);
	}
	l->value = b.data;
	return text_fault(&b);
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

/* Returns true if a comma-separated list contains the word in any case. */
static bool
list_contains(const char *list, const char *word)
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
		    list_contains(l->params[i].value, value))
			return true;
	}
	return false;
}

/* Returns the length up to an unescaped separator or up to the end. */
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

/* Decodes the value and parameters from the line's charset. */
static void
decode_charset(
    struct arena *a, const struct content_reader *r, struct content_line *l)
{
	const char *charset = content_param(l, "CHARSET"), *value;
	size_t i;

	if (charset == NULL)
		charset = r->charset != NULL ? r->charset : "UTF-8";
	l->value = charset_decode(a, charset, l->value, strlen(l->value));
	for (i = 0; i < l->nparams; i++) {
		value = l->params[i].value;
		if (!charset_is_utf8(value, strlen(value)))
			l->params[i].value =
			    charset_decode(a, charset, value, strlen(value));
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
		if (!read_unfolded(r, &b, max, &over))
			return CONTENT_END;
	while (b.len == 0 && !over);
	*l = (struct content_line){ .number = r->lines };
	*fault = over ? "is too long" : text_fault(&b);
	if (*fault == NULL)
		*fault = parse_line(a, b.data, l);
	if (*fault == NULL && content_has(l, "ENCODING", PRINTABLE))
		*fault = decode_quoted(a, l);
	if (*fault == NULL)
		decode_charset(a, r, l);
	return *fault == NULL ? CONTENT_LINE : CONTENT_BAD;
}
