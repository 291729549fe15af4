#ifndef HOST_NAME_H
#define HOST_NAME_H

struct arena;

/*
 * Returns the name of this machine, as the installation's other machines see
 * it.
 */
const char *host_name(struct arena *);

#endif
