/*
 * Preloaded into a program of Tenantry to count its operations on files and
 * sockets. One operation ends the process or fails, as the file in STEPS
 * requests: "12 kill" ends the process at operation 12, and "write 5" makes
 * write() fail with error 5. Without the file, nothing is counted.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int count;

/* Returns 0, or the error with which the call must fail. */
static int
step(const char *call)
{
	const char *path = getenv("STEPS");
	char text[32] = "", word[16];
	FILE *f = path != NULL ? fopen(path, "r") : NULL;
	int n;

	if (f == NULL) {
		count = 0;
		return 0;
	}
	if (fgets(text, sizeof text, f) == NULL)
		text[0] = '\0';
	fclose(f);
	count++;
	if (sscanf(text, "%d %15s", &n, word) == 2 && count == n) {
		(REAL(unlink))(path);
		raise(SIGKILL);
	}
	if (sscanf(text, "%15s %d", word, &n) == 2 && strcmp(word, call) == 0)
		return n;
	return 0;
}

#define STEP(call)                                                             \
	do {                                                                   \
		int why = step(call);                                          \
		if (why != 0) {                                                \
			errno = why;                                           \
			return -1;                                             \
		}                                                              \
	} while (0)

/* Returns true for a file below the folder of uploads. */
static int
upload(int fd)
{
	const char *dir = getenv("UPLOAD_DIR");
	char link[64], path[4096];
	ssize_t len;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof path - 1);
	return dir != NULL && len > 0 && strncmp(path, dir, strlen(dir)) == 0;
}

int
open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (flags & O_CREAT)
		STEP("open");
	return REAL(open)(path, flags, mode);
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
	if (upload(fd))
		STEP("write");
	return REAL(write)(fd, bytes, len);
}

int
fsync(int fd)
{
	STEP("fsync");
	return REAL(fsync)(fd);
}

int
rename(const char *from, const char *to)
{
	STEP("rename");
	return REAL(rename)(from, to);
}

int
unlink(const char *path)
{
	STEP("unlink");
	return REAL(unlink)(path);
}

ssize_t
send(int fd, const void *bytes, size_t len, int flags)
{
	STEP("send");
	return REAL(send)(fd, bytes, len, flags);
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	STEP("writev");
	return REAL(writev)(fd, v, n);
}
