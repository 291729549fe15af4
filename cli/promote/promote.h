#ifndef PROMOTE_H
#define PROMOTE_H

#include "cli/doctor/doctor.h"
#include "cli/schema/install.h"

/*
 * A run of tenantry promote.  "Here" is the installation that changes; "there"
 * is the one where the release was tried.
 */
struct promotion {
	struct doctor report; /* prints, and has the connection here */
	struct schema here, there;
};

/* A setting of the file of the other installation. */
struct other_setting {
	const char *name, *value;
	struct other_setting *next;
};

/* The value in the file; "" if it is not set there. */
const char *other_setting(const struct other_setting *, const char *name);

/*
 * Each of these prints the differences, and fails if one of them prevents the
 * promotion.
 */
void promote_settings(struct promotion *, const struct other_setting *);
void promote_schema(struct promotion *);
void promote_quota(struct promotion *);

#endif
