/* The program tenantry-fcgi: the server with every module of the API. */

#include "fcgi/server/server.h"
#include "handlers/handlers.h"

int
main(int argc, char *argv[])
{
	return server_main(argc, argv, modules);
}
