/* Generates version 7 UUIDs (RFC 9562) and other random ids. */

#include <stdint.h>
#include <string.h>
#include <time.h>
#include <uuid/uuid.h>

#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "lib/base/log.h"

const char *
id_new(struct arena *a)
{
	char *text = arena_alloc(a, UUID_STR_LEN);
	struct timespec now;
	uint64_t ms;
	uuid_t id;
	int i;

	if (clock_gettime(CLOCK_REALTIME, &now) == -1)
		fatal("id_new: no clock");
	ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	uuid_generate_random(id);
	for (i = 0; i < 6; i++)
		id[i] = (unsigned char)(ms >> (40 - 8 * i));
	id[6] = (unsigned char)(0x70 | (id[6] & 0x0f));
	uuid_unparse_lower(id, text);
	return text;
}

void
id_hex(char *text, size_t bytes)
{
	static const char digits[] = "0123456789abcdef";
	uuid_t id;
	size_t i;

	uuid_generate_random(id);
	/*
	 * Start at the end: a few bits in the middle of a UUID are not random.
	 */
	for (i = 0; i < bytes; i++) {
		text[2 * i] = digits[id[15 - i] >> 4];
		text[2 * i + 1] = digits[id[15 - i] & 15];
	}
	text[2 * bytes] = '\0';
}

bool
id_is_request(const char *text)
{
	return strspn(text, "0123456789abcdef") == 32 && text[32] == '\0';
}
