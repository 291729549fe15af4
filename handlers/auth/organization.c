/* Helpers shared by the endpoints of the organization plugin. */

#include <stddef.h>

#include "handlers/auth/organization.h"

const char *
organization_meant(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}
