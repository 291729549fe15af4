#ifndef HOST_NAME_H
#define HOST_NAME_H

struct arena;

/*
 * Returns the name of this machine, as other machines of the installation see
 * it.
 */
const char *host_name(struct arena *);

#endif
