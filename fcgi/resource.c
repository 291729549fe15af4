#include <string.h>

#include "resource.h"

const struct column *
resource_column(const struct resource *r, const char *name)
{
	const struct column *c;

	for (c = r->columns; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

const char *
resource_source(const struct resource *r)
{
	return r->view != NULL ? r->view : r->table;
}
