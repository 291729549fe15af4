/* Searches the list of breached passwords by SHA-1 hash. */

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
#define HEX_MIN        10  /* a shorter prefix matches too many passwords */
#define PASSWORD_BYTES 512 /* longer passwords are refused anyway */
#define LINE_MAX       64  /* 40 digits, ":", a count, "\r\n" */

/* Workers share the descriptor: pread() does not move its offset. */
static int list_fd = -1;
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
	list_fd = fd;
	list_size = st.st_size;
	return true;
}

struct line {
	off_t start, end;
	char digits[HEX_LEN + 1];
};

/* Reads the line that contains the byte at an offset. */
static bool
read_line_at(off_t offset, struct line *line)
{
	off_t from = offset > LINE_MAX ? offset - LINE_MAX : 0;
	char text[2 * LINE_MAX + 1];
	const char *start, *s;
	ssize_t got = pread(list_fd, text, sizeof text - 1, from);
	size_t n;

	if (got <= offset - from)
		return false;
	text[got] = '\0';
	for (start = text + (offset - from); start > text && start[-1] != '\n';)
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

/* Performs a binary search on the bytes of the file. */
static bool
digits_listed(const char digits[HEX_LEN + 1])
{
	off_t low = 0, high = list_size, middle;
	struct line line;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (!read_line_at(middle, &line)) {
			log_error("passwords: no valid line at byte %lld",
			    (long long)middle);
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
	return digits_listed(digits);
}

bool
breached_has(const char *password, size_t len)
{
	unsigned char lower[PASSWORD_BYTES];
	size_t i;

	if (list_fd == -1 || len > sizeof lower)
		return false;
	for (i = 0; i < len; i++)
		lower[i] = (unsigned char)tolower((unsigned char)password[i]);
	return hash_listed((const unsigned char *)password, len) ||
	    hash_listed(lower, len);
}
