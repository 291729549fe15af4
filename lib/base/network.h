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

/*
 * Lists of addresses and networks, "192.0.2.1, 2001:db8::/32", as settings
 * have them: whether one can be read, and whether an address is in it.
 */
bool network_list_valid(const char *list);
bool network_listed(const char *list, const char *address);

#endif
