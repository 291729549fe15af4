#ifndef ORGANIZATION_H
#define ORGANIZATION_H

#include "fcgi/http/param.h"
#include "lib/db/step.h"

struct response;

/* The parameters that select an organization, for query_param. */
#define ORGANIZATION_PARAM                                                     \
	{                                                                      \
		"organizationId", PARAM_TEXT,                                  \
		    "the ID of an organization (default: the active "          \
		    "organization)",                                           \
		    NULL                                                       \
	}
#define ORGANIZATION_PARAMS                                                    \
	ORGANIZATION_PARAM,                                                    \
	{                                                                      \
		"organizationSlug", PARAM_TEXT,                                \
		    "the slug of an organization, instead of its ID", NULL     \
	}

/* Returns the text, or NULL if it is missing or empty. */
const char *organization_meant(const char *text);

/*
 * Runs the step that activates an organization or team for the session, and
 * responds with its JSON and the renewed session. The response is null if the
 * step returns no JSON.
 */
enum problem_code organization_activate(
    struct request *, struct response *, struct db_step) MUST_CHECK;

#endif
