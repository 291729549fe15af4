#ifndef SERVER_H
#define SERVER_H

struct module;

/*
 * The program tenantry-fcgi: reads the configuration, then runs the supervisor
 * with its worker pools, or serves one request under CGI.  modules is a list
 * ended by NULL.  Returns the exit status.
 */
int server_main(int argc, char *argv[], const struct module *const *modules);

#endif
