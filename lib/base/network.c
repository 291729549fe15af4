/* Classifies IP addresses and matches them against network lists. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/network.h"

struct prefix {
	unsigned char bytes[4];
	int bits;
};

/*
 * The networks in the IPv4 special-purpose registry (RFC 6890) that are not
 * globally reachable.
 */
static const struct prefix reserved[] = {
	{ { 0 }, 8 },             /* this network */
	{ { 10 }, 8 },            /* private */
	{ { 100, 64 }, 10 },      /* carrier-grade NAT */
	{ { 127 }, 8 },           /* loopback */
	{ { 169, 254 }, 16 },     /* link-local, cloud metadata */
	{ { 172, 16 }, 12 },      /* private */
	{ { 192, 0, 0 }, 24 },    /* protocol assignments */
	{ { 192, 0, 2 }, 24 },    /* documentation */
	{ { 192, 88, 99 }, 24 },  /* 6to4 relays */
	{ { 192, 168 }, 16 },     /* private */
	{ { 198, 18 }, 15 },      /* benchmarks */
	{ { 198, 51, 100 }, 24 }, /* documentation */
	{ { 203, 0, 113 }, 24 },  /* documentation */
	{ { 224 }, 3 },           /* multicast, reserved, broadcast */
};

/* The reserved parts of 2000::/3, the IPv6 global unicast addresses. */
static const struct prefix reserved6[] = {
	{ { 0x20, 0x01, 0x00, 0x00 }, 23 }, /* protocols, Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02 }, 16 },             /* 6to4 */
	{ { 0x3f, 0xff }, 20 },             /* documentation */
};

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
static const unsigned char nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

static bool
prefix_list_contains(
    const unsigned char *address, const struct prefix *list, size_t n)
{
	size_t i;
	int bit;

	for (i = 0; i < n; i++) {
		for (bit = 0; bit < list[i].bits; bit++)
			if (((address[bit / 8] ^ list[i].bytes[bit / 8]) >>
				(7 - bit % 8)) &
			    1)
				break;
		if (bit == list[i].bits)
			return true;
	}
	return false;
}

/*
 * Gets the bytes of the address. Sets *v4 if the address is an IPv4 address or
 * embeds one.
 */
static bool
address_bytes(const struct sockaddr *address, unsigned char bytes[16], bool *v4)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	*v4 = address->sa_family == AF_INET;
	if (*v4) {
		memcpy(&in, address, sizeof in);
		memcpy(bytes, &in.sin_addr, 4);
		return true;
	}
	if (address->sa_family != AF_INET6)
		return false;
	memcpy(&in6, address, sizeof in6);
	memcpy(bytes, &in6.sin6_addr, 16);
	*v4 = memcmp(bytes, mapped, sizeof mapped) == 0 ||
	    memcmp(bytes, nat64, sizeof nat64) == 0;
	if (*v4)
		memmove(bytes, bytes + 12, 4);
	return true;
}

bool
network_public(const struct sockaddr *address)
{
	unsigned char bytes[16];
	bool v4;

	if (!address_bytes(address, bytes, &v4))
		return false;
	if (v4)
		return !prefix_list_contains(
		    bytes, reserved, sizeof reserved / sizeof *reserved);
	return bytes[0] >> 5 == 1 &&
	    !prefix_list_contains(
		bytes, reserved6, sizeof reserved6 / sizeof *reserved6);
}

bool
network_loopback(const struct sockaddr *address)
{
	static const unsigned char one[16] = { [15] = 1 };
	unsigned char bytes[16];
	bool v4;

	if (!address_bytes(address, bytes, &v4))
		return false;
	return v4 ? bytes[0] == 127 : memcmp(bytes, one, sizeof one) == 0;
}

/*
 * Parses an address to IPv6 bytes. An IPv4 address becomes IPv4-mapped, and
 * *offset is set to 96, the number of bits before it.
 */
static bool
read_address(const char *text, unsigned char bytes[16], int *offset)
{
	*offset = 0;
	if (inet_pton(AF_INET6, text, bytes) == 1)
		return true;
	*offset = 96;
	memcpy(bytes, mapped, sizeof mapped);
	return inet_pton(AF_INET, text, bytes + 12) == 1;
}

/* Parses "ADDRESS" or "ADDRESS/BITS". *bits is the prefix length. */
static bool
read_network(const char *text, size_t len, unsigned char bytes[16], int *bits)
{
	char copy[INET6_ADDRSTRLEN + 4], *slash, *end;
	long n;

	if (len >= sizeof copy)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if ((slash = strchr(copy, '/')) != NULL)
		*slash = '\0';
	if (!read_address(copy, bytes, bits))
		return false;
	if (slash == NULL) {
		*bits = 128;
		return true;
	}
	n = strtol(slash + 1, &end, 10);
	if (strchr("0123456789", slash[1]) == NULL || end == slash + 1 ||
	    *end != '\0' || n > 128 - *bits)
		return false;
	*bits += (int)n;
	return true;
}

static bool
same_bits(const unsigned char *x, const unsigned char *y, int bits)
{
	int whole = bits / 8, rest = bits % 8;

	return memcmp(x, y, (size_t)whole) == 0 &&
	    (rest == 0 || (x[whole] ^ y[whole]) >> (8 - rest) == 0);
}

/*
 * Searches the list. Sets *found to whether the list contains the address.
 * Returns false if the list is malformed.
 */
static bool
search_list(const char *list, const unsigned char *address, bool *found)
{
	unsigned char bytes[16];
	size_t len;
	int bits;

	*found = false;
	for (list += strspn(list, ", "); *list != '\0';
	     list += len, list += strspn(list, ", ")) {
		len = strcspn(list, ", ");
		if (!read_network(list, len, bytes, &bits))
			return false;
		if (address != NULL && same_bits(bytes, address, bits))
			*found = true;
	}
	return true;
}

bool
network_list_valid(const char *list)
{
	bool found;

	return search_list(list, NULL, &found);
}

bool
network_listed(const char *list, const char *address)
{
	unsigned char bytes[16];
	bool found;
	int offset;

	return read_address(address, bytes, &offset) &&
	    search_list(list, bytes, &found) && found;
}
