/* Lists the payment providers. */

#include <string.h>

#include "lib/net/payment_provider.h"

static const struct payment_provider *const providers[] = {
	&stripe,
};

const struct payment_provider *
payment_provider_named(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof providers / sizeof *providers; i++)
		if (strcmp(providers[i]->name, name) == 0)
			return providers[i];
	return NULL;
}
