#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/crypto/breached.h"

#define HEX_LEN        (2 * SHA_DIGEST_LENGTH)
#define HEX_MIN        10  /* fewer would be met by chance */
#define PASSWORD_BYTES 512 /* longer ones are refused as too long */
#define LINE_MAX       64  /* 40 digits, ":", a count, an end */

/* Shared by all workers; pread() moves nothing. */
static int list = -1;
static off_t list_size;

bool
breached_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return false;
	}
	list = fd;
	list_size = st.st_size;
	return true;
}

/* A line of the list: where it starts and ends, and its digits. */
struct line {
	off_t start, end;
	char digits[HEX_LEN + 1];
};

/* The line that the byte at that place belongs to. */
static bool
line_at(off_t place, struct line *line)
{
	off_t from = place > LINE_MAX ? place - LINE_MAX : 0;
	char text[2 * LINE_MAX + 1];
	const char *start, *s;
	ssize_t got = pread(list, text, sizeof text - 1, from);
	size_t n;

	if (got <= place - from)
		return false;
	text[got] = '\0';
	for (start = text + (place - from); start > text && start[-1] != '\n';)
		start--;
	s = start + strspn(start, "0123456789ABCDEFabcdef");
	n = (size_t)(s - start);
	if (n < HEX_MIN || n > HEX_LEN)
		return false;
	memcpy(line->digits, start, n);
	line->digits[n] = '\0';
	line->start = from + (start - text);
	line->end = from + (s + strcspn(s, "\n") - text) + 1;
	return true;
}

static bool
listed(const char digits[HEX_LEN + 1])
{
	off_t low = 0, high = list_size;
	struct line line;
	int order;

	while (low < high) {
		if (!line_at(low + (high - low) / 2, &line)) {
			log_error("passwords: byte %lld of the list is none",
			    (long long)(low + (high - low) / 2));
			return false;
		}
		order = strncasecmp(digits, line.digits, strlen(line.digits));
		if (order == 0)
			return true;
		if (order < 0)
			high = line.start;
		else
			low = line.end;
	}
	return false;
}

static bool
hash_listed(const unsigned char *text, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char hash[SHA_DIGEST_LENGTH];
	char digits[HEX_LEN + 1];
	size_t i;

	SHA1(text, len, hash);
	for (i = 0; i < sizeof hash; i++) {
		digits[2 * i] = hex[hash[i] >> 4];
		digits[2 * i + 1] = hex[hash[i] & 15];
	}
	digits[HEX_LEN] = '\0';
	return listed(digits);
}

bool
breached_has(const char *password, size_t len)
{
	unsigned char small[PASSWORD_BYTES];
	size_t i;

	if (list == -1 || len > sizeof small)
		return false;
	for (i = 0; i < len; i++)
		small[i] = (unsigned char)tolower((unsigned char)password[i]);
	return hash_listed((const unsigned char *)password, len) ||
	    hash_listed(small, len);
}
