/* Computes hashes for tables in memory. */

#include <string.h>

#include "lib/base/hash.h"

#define PRIME UINT64_C(0x100000001b3)

uint64_t
hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *s = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ s[i]) * PRIME;
	return hash;
}

uint64_t
hash_text(uint64_t hash, const char *text)
{
	return hash_bytes(hash, text, strlen(text));
}
