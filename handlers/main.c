/* The tenantry-fcgi program: the server with every module of the API. */

#include <stdlib.h>

#include "fcgi/server/server.h"
#include "handlers/handlers.h"
#include "handlers/ondemand.h"

int
main(int argc, char *argv[])
{
	if (!ondemand_open())
		return EXIT_FAILURE;
	return server_main(argc, argv, modules);
}
