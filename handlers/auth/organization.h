#ifndef ORGANIZATION_H
#define ORGANIZATION_H

#include "fcgi/http/param.h"

/* The parameters that select an organization, for query_param. */
#define ORGANIZATION_PARAM                                                     \
	{                                                                      \
		"organizationId", PARAM_TEXT,                                  \
		    "the organization; the active one when absent", NULL       \
	}
#define ORGANIZATION_PARAMS                                                    \
	ORGANIZATION_PARAM,                                                    \
	{                                                                      \
		"organizationSlug", PARAM_TEXT,                                \
		    "its slug, in place of the id", NULL                       \
	}

/* The text, or NULL if it is missing or empty. */
const char *organization_meant(const char *text);

#endif
