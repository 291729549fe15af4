/* Checks column values and writes them in PostgreSQL's text format. */

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/db/value.h"

#define DIGITS_MAX 100 /* digits of a decimal; statement names contain it */

static const struct {
	const char *sql;
	const char *wanted;
	bool ordered;
} types[VALUE__MAX] = {
	[VALUE_BIGINT] = { "bigint", "a whole number", true },
	[VALUE_SMALLINT] = { "smallint", "a whole number below 32768", true },
	[VALUE_NUMERIC] = { "numeric", "a decimal number of at most 100 digits",
	    true },
	[VALUE_TEXT] = { "text", "text", true },
	[VALUE_BOOLEAN] = { "boolean", "true or false", true },
	[VALUE_TIMESTAMP] = { "timestamptz", "an ISO 8601 date and time",
	    true },
	[VALUE_DATE] = { "date", "a date, YYYY-MM-DD", true },
	[VALUE_JSON] = { "json", "JSON", false },
	[VALUE_JSONB] = { "jsonb", "JSON", false },
	[VALUE_BIGINTS] = { "bigint[]", "a list of whole numbers", false },
	[VALUE_JSONBS] = { "jsonb[]", "a list of objects", false },
};

const char *
value_sql(enum value_type type)
{
	return types[type].sql;
}

enum value_type
value_named(const char *name)
{
	int type;

	for (type = 0; type < VALUE__MAX; type++)
		if (strcmp(types[type].sql, name) == 0)
			return (enum value_type)type;
	return VALUE_TEXT;
}

const char *
value_wanted(enum value_type type)
{
	return types[type].wanted;
}

bool
value_ordered(enum value_type type)
{
	return types[type].ordered;
}

static bool
is_integer(const char *s, long long min, long long max)
{
	size_t sign = *s == '-';
	long long n;

	if (s[sign] == '\0' ||
	    strspn(s + sign, "0123456789") + sign != strlen(s))
		return false;
	errno = 0;
	n = strtoll(s, NULL, 10);
	return errno == 0 && n >= min && n <= max;
}

/*
 * Reads "e7", "E-7" or nothing. Returns false for anything else, and for an
 * exponent that no number of DIGITS_MAX digits needs.
 */
static bool
read_exponent(const char *s, long *exponent)
{
	size_t sign;

	*exponent = 0;
	if (*s == '\0')
		return true;
	if (*s != 'e' && *s != 'E')
		return false;
	s++;
	sign = *s == '-' || *s == '+';
	if (s[sign] == '\0' ||
	    strspn(s + sign, "0123456789") + sign != strlen(s))
		return false;
	*exponent = strtol(s, NULL, 10);
	return *exponent >= -DIGITS_MAX && *exponent <= DIGITS_MAX;
}

/*
 * Accepts digits, at most one decimal point, and an exponent. The limit applies
 * to the digits without an exponent, because 1e999999 is a huge number.
 */
static bool
is_decimal(const char *s)
{
	size_t whole, fraction = 0;
	long exponent;

	s += *s == '-';
	whole = strspn(s, "0123456789");
	s += whole;
	if (*s == '.') {
		fraction = strspn(s + 1, "0123456789");
		s += fraction + 1;
		if (fraction == 0)
			return false;
	}
	return whole > 0 && whole + fraction <= DIGITS_MAX &&
	    read_exponent(s, &exponent) &&
	    (long)whole + exponent <= DIGITS_MAX &&
	    (long)fraction - exponent <= DIGITS_MAX;
}

static bool
is_boolean(const char *s)
{
	static const char *const words[] = { "true", "false", "t", "f", "yes",
		"no", "y", "n", "on", "off", "1", "0" };
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	return false;
}

/*
 * Matches a pattern in which 9 stands for any digit. Returns the rest of s, or
 * NULL.
 */
static const char *
match_prefix(const char *s, const char *pattern)
{
	for (; *pattern != '\0'; pattern++, s++)
		if (*pattern == '9' ? !isdigit((unsigned char)*s)
				    : *pattern != *s)
			return NULL;
	return s;
}

static int
two_digits(const char *s)
{
	return (s[0] - '0') * 10 + s[1] - '0';
}

/* Returns true if "YYYY-MM-DD" exists in the calendar, which has no year 0. */
static bool
day_exists(const char *s)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int year = two_digits(s) * 100 + two_digits(s + 2),
	    month = two_digits(s + 5);
	int day = two_digits(s + 8);
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return year > 0 && month >= 1 && month <= 12 && day >= 1 &&
	    day <= days[month - 1] + (month == 2 && leap);
}

/*
 * Returns true if the rest of the text is "Z", "+01", "+0100", "+01:00" or
 * empty.
 */
static bool
is_time_zone(const char *s)
{
	const char *rest;

	if (*s == '\0' || strcasecmp(s, "z") == 0)
		return true;
	if (*s != '+' && *s != '-')
		return false;
	if ((rest = match_prefix(s + 1, "99")) == NULL ||
	    two_digits(s + 1) > 15)
		return false;
	if (*rest == '\0')
		return true;
	rest += *rest == ':';
	return match_prefix(rest, "99") != NULL && rest[2] == '\0' &&
	    two_digits(rest) < 60;
}

static bool
is_timestamp(const char *s)
{
	const char *rest, *time;

	if ((rest = match_prefix(s, "9999-99-99")) == NULL || !day_exists(s))
		return false;
	if (*rest == '\0')
		return true;
	if (*rest != 'T' && *rest != 't' && *rest != ' ')
		return false;
	time = rest + 1;
	if ((rest = match_prefix(time, "99:99")) == NULL ||
	    two_digits(time) > 23 || two_digits(time + 3) > 59)
		return false;
	if (*rest == ':' &&
	    ((rest = match_prefix(rest, ":99")) == NULL ||
		two_digits(rest - 2) > 60))
		return false;
	if (*rest == '.') {
		if (!isdigit((unsigned char)*++rest))
			return false;
		while (isdigit((unsigned char)*rest))
			rest++;
	}
	return is_time_zone(rest);
}

bool
value_has_offset(const char *text)
{
	const char *time = strpbrk(text, "Tt ");

	return time != NULL && strpbrk(time + 1, "Zz+-") != NULL;
}

bool
value_text_fits(enum value_type type, const char *text)
{
	switch (type) {
	case VALUE_BIGINT:
		return is_integer(text, INT64_MIN, INT64_MAX);
	case VALUE_SMALLINT:
		return is_integer(text, INT16_MIN, INT16_MAX);
	case VALUE_NUMERIC:
		return is_decimal(text);
	case VALUE_BOOLEAN:
		return is_boolean(text);
	case VALUE_TIMESTAMP:
	case VALUE_DATE:
		return is_timestamp(text);
	case VALUE_TEXT:
		return true;
	default:
		return false;
	}
}

const char *
value_scalar(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
	case json_type_array:
	case json_type_object:
		return NULL;
	case json_type_string:
		return json_object_get_string(value);
	default:
		return json_object_to_json_string(value);
	}
}

static enum value_type
element_type(enum value_type type)
{
	return type == VALUE_BIGINTS ? VALUE_BIGINT
	    : type == VALUE_JSONBS   ? VALUE_JSONB
				     : type;
}

bool
value_fits(enum value_type type, struct json_object *value)
{
	const char *text;
	size_t i;

	if (value == NULL || type == VALUE_JSON || type == VALUE_JSONB)
		return true;
	if (type == VALUE_BIGINTS || type == VALUE_JSONBS) {
		if (!json_object_is_type(value, json_type_array))
			return false;
		for (i = 0; i < json_object_array_length(value); i++) {
			struct json_object *e =
			    json_object_array_get_idx(value, i);

			if ((e == NULL && type == VALUE_BIGINTS) ||
			    !value_fits(element_type(type), e))
				return false;
		}
		return true;
	}
	if (type == VALUE_TEXT)
		return json_object_is_type(value, json_type_string);
	if (type == VALUE_BOOLEAN)
		return json_object_is_type(value, json_type_boolean);
	text = value_scalar(value);
	return text != NULL && value_text_fits(type, text);
}

/* Appends an element of an array literal, always quoted. */
static bool
put_element(struct buf *b, enum value_type type, const char *text, size_t len)
{
	const char *copy = arena_strndup(b->arena, text, len), *s;

	if (!value_text_fits(type, copy))
		return false;
	buf_puts(b, b->len > 1 ? ",\"" : "\"");
	for (s = copy; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_puts(b, "\\");
		buf_write(b, s, 1);
	}
	buf_puts(b, "\"");
	return true;
}

/* Reads a quoted element and moves *s past its closing quote. */
static bool
put_quoted(struct buf *b, enum value_type type, const char **s)
{
	struct buf plain;

	buf_init(&plain, b->arena);
	for ((*s)++; **s != '"'; (*s)++) {
		*s += **s == '\\';
		if (**s == '\0')
			return false;
		buf_write(&plain, *s, 1);
	}
	(*s)++;
	return put_element(b, type, plain.data, plain.len);
}

/* Reads a list in text form, "(...)" or "{...}". */
static bool
put_text_list(struct buf *b, enum value_type type, const char *s)
{
	char close = *s == '(' ? ')' : '}';
	size_t len;

	if (*s != '(' && *s != '{')
		return false;
	s += 1 + strspn(s + 1, " ");
	if (*s == close)
		return s[1] == '\0';
	for (;;) {
		s += strspn(s, " ");
		if (*s == '"') {
			if (!put_quoted(b, type, &s))
				return false;
		} else {
			len = strcspn(s, ",\"(){}");
			if (!put_element(b, type, s, len))
				return false;
			s += len;
		}
		s += strspn(s, " ");
		if (*s == close)
			return s[1] == '\0';
		if (*s++ != ',')
			return false;
	}
}

const char *
value_list(struct arena *a, enum value_type type, struct json_object *value)
{
	enum value_type of = element_type(type);
	const char *text;
	struct buf b;
	size_t i;

	buf_init(&b, a);
	buf_puts(&b, "{");
	if (json_object_is_type(value, json_type_string)) {
		if (!put_text_list(&b, of, json_object_get_string(value)))
			return NULL;
	} else if (json_object_is_type(value, json_type_array)) {
		for (i = 0; i < json_object_array_length(value); i++) {
			text =
			    value_scalar(json_object_array_get_idx(value, i));
			if (text == NULL)
				continue; /* x IN (null) is never true */
			if (!put_element(&b, of, text, strlen(text)))
				return NULL;
		}
	} else
		return NULL;
	buf_puts(&b, "}");
	return b.data;
}
