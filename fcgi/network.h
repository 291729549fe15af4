#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>

struct sockaddr;

/*
 * True for an address of the internet at large.  Those of this machine and of
 * private networks are not, nor are the ways of IPv6 to hide one of them.
 */
bool network_public(const struct sockaddr *);

/* True for an address of this machine itself. */
bool network_loopback(const struct sockaddr *);

#endif
