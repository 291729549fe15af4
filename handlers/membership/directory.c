/* The resource member_directory: members who chose to be seen by others. */
#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "first_name", VALUE_TEXT, 0, NULL },
	{ "last_name", VALUE_TEXT, 0, NULL },
	{ "headline", VALUE_TEXT, 0, NULL },
	{ "bio", VALUE_TEXT, 0, NULL },
	{ "birth_date", VALUE_DATE, 0, NULL },
	{ "city", VALUE_TEXT, 0, NULL },
	{ "country", VALUE_TEXT, 0, NULL },
	{ "email", VALUE_TEXT, 0, NULL },
	{ "phone", VALUE_TEXT, 0, NULL },
	{ .name = NULL },
};

static const struct resource member_directory = {
	.name = "member_directory",
	.view = "membership.member_directory",
	.verbs = VERB_READ,
	.columns = columns,
};

static const struct resource *const resources[] = {
	&member_directory,
	NULL,
};

const struct module directory_module = {
	.name = "directory",
	.org_module = "membership",
	.resources = resources,
};
