/* Finds the boundaries of CBOR items (RFC 8949) without decoding them. */

#include <stdint.h>
#include <string.h>

#include "lib/crypto/cbor.h"

enum major { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

/*
 * The head of an item: the major type, and the argument (value, length or
 * count).
 */
struct head {
	enum major major;
	uint64_t value;
	size_t len;
};

static bool
read_head(const unsigned char *s, size_t len, struct head *head)
{
	size_t more, i;

	if (len == 0 || (s[0] & 31) > 27)
		return false;
	more = (s[0] & 31) < 24 ? 0 : (size_t)1 << ((s[0] & 31) - 24);
	if (len - 1 < more)
		return false;
	head->major = s[0] >> 5;
	head->len = 1 + more;
	head->value = more == 0 ? s[0] & 31 : 0;
	for (i = 1; i <= more; i++)
		head->value = head->value << 8 | s[i];
	return true;
}

/* Returns the number of items nested directly in this one. */
static uint64_t
child_count(const struct head *head)
{
	switch (head->major) {
	case ARRAY:
		return head->value;
	case MAP:
		return head->value > UINT64_MAX / 2 ? UINT64_MAX
						    : head->value * 2;
	case TAG:
		return 1;
	default:
		return 0;
	}
}

size_t
cbor_length(const unsigned char *s, size_t len)
{
	uint64_t left[CBOR_DEPTH_MAX] = { 1 };
	size_t depth = 0, at = 0;
	struct head head;

	for (;;) {
		while (left[depth] == 0 && depth > 0)
			depth--;
		if (left[depth] == 0)
			return at;
		left[depth]--;
		if (!read_head(s + at, len - at, &head))
			return 0;
		at += head.len;
		if (head.major == BYTES || head.major == TEXT) {
			if (head.value > len - at)
				return 0;
			at += head.value;
		}
		if (child_count(&head) == 0)
			continue;
		/* Each nested item takes at least one byte. */
		if (child_count(&head) > len - at || ++depth == CBOR_DEPTH_MAX)
			return 0;
		left[depth] = child_count(&head);
	}
}

bool
cbor_bytes(const unsigned char *map, size_t len, const char *name,
    const unsigned char **bytes, size_t *nbytes)
{
	struct head head, key, value;
	const unsigned char *at;
	uint64_t n;

	if (cbor_length(map, len) != len || !read_head(map, len, &head) ||
	    head.major != MAP)
		return false;
	for (at = map + head.len, n = 0; n < head.value; n++) {
		const unsigned char *text = at, *end = map + len;

		at += cbor_length(at, (size_t)(end - at));
		if (!read_head(text, (size_t)(end - text), &key) ||
		    !read_head(at, (size_t)(end - at), &value))
			return false;
		if (key.major == TEXT && key.value == strlen(name) &&
		    memcmp(text + key.len, name, key.value) == 0) {
			*bytes = at + value.len;
			*nbytes = value.value;
			return value.major == BYTES;
		}
		at += cbor_length(at, (size_t)(end - at));
	}
	return false;
}
