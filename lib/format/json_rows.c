/* Reads the elements of lists in a JSON file, one at a time. */

#include <stdbool.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/format/json_rows.h"
#include "lib/format/text_decoder.h"

#define ROW_USUAL 4096

struct json_rows {
	struct text_decoder *text;
	const char *list;
	bool inside; /* an element of the list was read */
	bool begun;
	size_t len;
	bool large;
	struct arena *arena;
	char *row;
	size_t size;
};

struct json_rows *
json_rows_new(struct arena *a, struct text_decoder *text, const char *list)
{
	struct json_rows *r = arena_alloc(a, sizeof *r);

	r->arena = a;
	r->row = arena_alloc(a, r->size = ROW_USUAL);
	r->text = text;
	r->list = list;
	return r;
}

static int
next_sign(struct json_rows *r)
{
	int c;

	do
		c = text_decoder_byte(r->text);
	while (c == ' ' || c == '\t' || c == '\n' || c == '\r');
	return c;
}

static void
put(struct json_rows *r, int c)
{
	char *row;

	if (r->len >= JSON_ROW_MAX) {
		r->large = true;
		return;
	}
	if (r->len + 1 == r->size) {
		row = arena_alloc(r->arena, r->size * 2);
		memcpy(row, r->row, r->len);
		r->row = row;
		r->size *= 2;
	}
	r->row[r->len++] = (char)c;
}

/* Copies a string after its opening quote, up to the closing quote. */
static bool
take_string(struct json_rows *r)
{
	int c;

	put(r, '"');
	while ((c = text_decoder_byte(r->text)) != '"') {
		if (c == -1)
			return false;
		put(r, c);
		if (c == '\\' && (c = text_decoder_byte(r->text)) != -1)
			put(r, c);
	}
	put(r, '"');
	return true;
}

/* Copies a value whose first character is c. */
static bool
take_value(struct json_rows *r, int c)
{
	long depth = 0;

	r->len = 0;
	r->large = false;
	for (;;) {
		if (c == -1)
			return false;
		if (c == '"' && !take_string(r))
			return false;
		if (c != '"')
			put(r, c);
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		if (depth < 0)
			return false;
		c = text_decoder_peek(r->text);
		if (depth == 0 && (c == -1 || strchr(",]} \t\r\n", c) != NULL))
			break;
		text_decoder_byte(r->text);
	}
	r->row[r->len] = '\0';
	return r->len > 0;
}

/* Reads the name of the next member and the first character of its value. */
static bool
take_name(struct json_rows *r, int *value)
{
	r->len = 0;
	r->large = false;
	if (!take_string(r) || next_sign(r) != ':')
		return false;
	r->row[r->len] = '\0';
	*value = next_sign(r);
	return true;
}

static bool
named(const struct json_rows *r)
{
	size_t len = strlen(r->list);

	return r->len == len + 2 && memcmp(r->row + 1, r->list, len) == 0;
}

/* Skips other members up to the list. '}' means the end of the object. */
static int
seek(struct json_rows *r)
{
	int c = next_sign(r), value;
	bool ours;

	if (!r->begun) {
		if (c != '{')
			return -1;
		r->begun = true;
		c = next_sign(r);
	}
	for (;;) {
		if (c == ',')
			c = next_sign(r);
		if (c != '"')
			return c == '}' ? c : -1;
		if (!take_name(r, &value))
			return -1;
		ours = named(r);
		if (ours && value == '[')
			return value;
		if (ours || !take_value(r, value))
			return -1;
		if ((c = next_sign(r)) != ',' && c != '}')
			return -1;
	}
}

enum json_rows_end
json_rows_next(struct json_rows *r, const char **text, size_t *len)
{
	int c;

	for (;;) {
		if (!r->inside) {
			if ((c = seek(r)) != '[')
				return c == '}' && next_sign(r) == -1 &&
					!text_decoder_failed(r->text)
				    ? JSON_ROWS_END
				    : JSON_ROWS_BROKEN;
			r->inside = true;
			c = next_sign(r);
		} else if ((c = next_sign(r)) == ',')
			c = next_sign(r);
		else if (c != ']')
			return JSON_ROWS_BROKEN;
		if (c != ']')
			break;
		r->inside = false;
	}
	if (!take_value(r, c))
		return JSON_ROWS_BROKEN;
	*text = r->large ? NULL : r->row;
	*len = r->len;
	return JSON_ROW;
}
