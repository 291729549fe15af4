/* The resource user_profiles: the people of an organization. */
#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "user_id", VALUE_TEXT, 0, NULL },
	{ "first_name", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "last_name", VALUE_TEXT, COLUMN_WRITE | COLUMN_NAME, NULL },
	{ "headline", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "bio", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "birth_date", VALUE_DATE, COLUMN_WRITE, NULL },
	{ "erased_at", VALUE_TIMESTAMP, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource user_profiles = {
	.name = "user_profiles",
	.table = "membership.user_profiles",
	.verbs = VERB_ALL & ~VERB_BULK,
	.columns = columns,
};

static const struct resource *const resources[] = {
	&user_profiles,
	NULL,
};

const struct module profiles_module = {
	.name = "profiles",
	.org_module = "membership",
	.resources = resources,
};
