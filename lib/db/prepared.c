/* Remembers a connection's prepared statements. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/db/prepared.h"

#define SIZE       1024         /* slots; a power of two, more than 2 * FULL */
#define FULL       400          /* statements */
#define BYTES_FULL (256 * 1024) /* text of all statements */
#define LONGEST    4096         /* text of one statement */

struct slot {
	char *text; /* NULL: free */
	char name[24];
};

struct prepared {
	unsigned n;
	unsigned long names; /* counter for names */
	size_t bytes;
	struct slot slots[SIZE];
};

struct prepared *
prepared_new(void)
{
	struct prepared *p = calloc(1, sizeof *p);

	if (p == NULL)
		fatal("prepared: out of memory");
	return p;
}

void
prepared_clear(struct prepared *p)
{
	size_t i;

	for (i = 0; i < SIZE; i++) {
		free(p->slots[i].text);
		p->slots[i].text = NULL;
	}
	p->n = 0;
	p->bytes = 0;
}

void
prepared_free(struct prepared *p)
{
	prepared_clear(p);
	free(p);
}

/* Returns the slot with a text, or the free slot for the text. */
static size_t
find_slot(const struct prepared *p, const char *text)
{
	size_t i = hash_text(HASH_START, text) & (SIZE - 1);

	while (p->slots[i].text != NULL && strcmp(p->slots[i].text, text) != 0)
		i = (i + 1) & (SIZE - 1);
	return i;
}

bool
prepared_worthy(const char *text)
{
	return strlen(text) <= LONGEST;
}

const char *
prepared_find(const struct prepared *p, const char *text)
{
	size_t i = find_slot(p, text);

	return p->slots[i].text != NULL ? p->slots[i].name : NULL;
}

const char *
prepared_new_name(struct prepared *p, struct arena *a)
{
	return arena_printf(a, "s%lu", ++p->names);
}

void
prepared_add(struct prepared *p, const char *text, const char *name)
{
	struct slot *slot = &p->slots[find_slot(p, text)];

	if (slot->text != NULL)
		return;
	if ((slot->text = strdup(text)) == NULL)
		fatal("prepared: out of memory");
	snprintf(slot->name, sizeof slot->name, "%s", name);
	p->bytes += strlen(text);
	p->n++;
}

bool
prepared_full(const struct prepared *p)
{
	return p->n >= FULL || p->bytes >= BYTES_FULL;
}
