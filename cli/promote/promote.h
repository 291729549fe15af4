#ifndef PROMOTE_H
#define PROMOTE_H

#include "cli/doctor/doctor.h"
#include "cli/schema/install.h"

/*
 * One tenantry promote run. "Here" is the installation that will change.
 * "There" is the installation on which the release was tried.
 */
struct promotion {
	struct doctor report; /* printed findings, and the connection "here" */
	struct schema here, there;
};

/* A setting in the other installation's file. */
struct other_setting {
	const char *name, *value;
	struct other_setting *next;
};

/* Returns the value in the file, or "" if the file does not set it. */
const char *other_setting(const struct other_setting *, const char *name);

/*
 * Each of these functions prints the differences, and reports a failure if a
 * difference prevents the promotion.
 */
void promote_settings(struct promotion *, const struct other_setting *);
void promote_schema(struct promotion *);
void promote_quota(struct promotion *);

#endif
