#ifndef SERVER_H
#define SERVER_H

struct module;

/*
 * The main function of tenantry-fcgi. Reads the settings, and then runs the
 * supervisor with its worker pools or serves one CGI request. The list of
 * modules ends with NULL. Returns the exit status.
 */
int server_main(int argc, char *argv[], const struct module *const *modules);

#endif
