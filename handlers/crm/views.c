/* The resource views: saved filters and sorting. */

#include <stddef.h>

#include "fcgi/http/route.h"
#include "fcgi/rest/saved_view.h"

/*
 * Saved views.  They have no history and no trash, where other users could see
 * private views.
 */
static const struct resource_hooks hooks[] = {
	{ "views", .check = saved_view_check },
	{ .resource = NULL },
};

const struct module views_module = {
	.name = "views",
	.hooks = hooks,
};
