/* The views resource: saved filters and sorting. */

#include <stddef.h>

#include "fcgi/http/route.h"
#include "fcgi/rest/saved_view.h"

/*
 * Saved views have no history and no trash, because other users could see
 * private views there.
 */
static const struct resource_hooks hooks[] = {
	{ "views", .check = saved_view_check },
	{ .resource = NULL },
};

const struct module views_module = {
	.name = "views",
	.hooks = hooks,
};
