/* Scans SQL text to find the line of an error. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "cli/base/sqltext.h"

static int
line_at(const char *sql, const char *where)
{
	int line = 1;

	for (; sql < where; sql++)
		line += *sql == '\n';
	return line;
}

int
sqltext_line_of_character(const char *sql, size_t character)
{
	const char *p = sql;

	/* Bytes 10xxxxxx continue a UTF-8 character. */
	for (; *p != '\0'; p++)
		if (((unsigned char)*p & 0xc0) != 0x80 && --character == 0)
			break;
	return line_at(sql, p);
}

/*
 * Returns the end of the quoted text at p. A doubled quotation mark continues
 * the text.
 */
static const char *
skip_quoted(const char *p)
{
	const char *end = strchr(p + 1, *p);

	return end == NULL ? p + strlen(p) : end + 1;
}

/*
 * Returns the end of $tag$ ... $tag$, or the end of the dollar sign if it does
 * not begin a quoted text.
 */
static const char *
skip_dollar(const char *p)
{
	const char *tag = p + 1, *q;
	size_t len;

	while (isalnum((unsigned char)*tag) || *tag == '_')
		tag++;
	if (*tag != '$')
		return p + 1;
	len = (size_t)(tag - p) + 1;
	for (q = tag + 1; (q = strchr(q, '$')) != NULL; q++)
		if (strncmp(q, p, len) == 0)
			return q + len;
	return p + strlen(p);
}

static const char *
skip_line(const char *p)
{
	return p + strcspn(p, "\n");
}

static const char *
skip_block(const char *p)
{
	const char *end = strstr(p + 2, "*/");

	return end == NULL ? p + strlen(p) : end + 2;
}

/* Skips spaces and comments. */
static const char *
skip_space(const char *p)
{
	for (;;) {
		if (isspace((unsigned char)*p))
			p++;
		else if (strncmp(p, "--", 2) == 0)
			p = skip_line(p);
		else if (strncmp(p, "/*", 2) == 0)
			p = skip_block(p);
		else
			return p;
	}
}

/* Returns the position after the semicolon that ends the statement at p. */
static const char *
skip_statement(const char *p)
{
	while (*(p = skip_space(p)) != '\0') {
		if (*p == ';')
			return p + 1;
		if (*p == '\'' || *p == '"')
			p = skip_quoted(p);
		else if (*p == '$')
			p = skip_dollar(p);
		else
			p++;
	}
	return p;
}

int
sqltext_line_of_statement(const char *sql, int n)
{
	const char *p = sql;

	for (; n > 0; n--)
		p = skip_statement(p);
	return line_at(sql, skip_space(p));
}
