#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>

struct sockaddr;

/*
 * Returns true for a globally reachable address (RFC 6890). Returns false for
 * loopback, private and reserved addresses, even if they are embedded in an
 * IPv6 address (IPv4-mapped, NAT64, 6to4, Teredo).
 */
bool network_public(const struct sockaddr *);

/* Returns true for a loopback address. */
bool network_loopback(const struct sockaddr *);

/*
 * These functions check a list of addresses and networks from a setting, such
 * as "192.0.2.1, 2001:db8::/32". The first returns whether the list is
 * well-formed, the second whether it contains an address.
 */
bool network_list_valid(const char *list);
bool network_listed(const char *list, const char *address);

#endif
