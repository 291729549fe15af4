/* Replaces control characters in text for the terminal. */
#include "cli/base/terminal_text.h"
#include "lib/base/arena.h"

const char *
terminal_text(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, text != NULL ? text : ""), *p;

	for (p = copy; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return copy;
}
