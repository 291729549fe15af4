#include "arena.h"
#include "plain.h"

const char *
plain(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, text != NULL ? text : ""), *p;

	for (p = copy; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return copy;
}
