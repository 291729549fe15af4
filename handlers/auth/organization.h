#ifndef ORGANIZATION_H
#define ORGANIZATION_H

/* What is shared by the handlers of the organization plugin. */

/* The text, or NULL where it is missing or empty. */
const char *organization_meant(const char *text);

#endif
