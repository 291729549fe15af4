/*
 * Communicates with the service manager: takes its sockets, and sends
 * notifications.
 */

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/service.h"

#define FIRST_SOCKET 3 /* file descriptor of the first passed socket */

/* Returns the number in an environment variable, or 0. */
static long long
number(const char *name)
{
	const char *value = getenv(name);

	return value == NULL ? 0 : strtoll(value, NULL, 10);
}

int
service_socket(const char *path)
{
	long long i, n = number("LISTEN_FDS");

	if (number("LISTEN_PID") != getpid())
		return -1;
	for (i = FIRST_SOCKET; i < FIRST_SOCKET + n; i++) {
		struct sockaddr_un address = { .sun_family = AF_UNSPEC };
		socklen_t len = sizeof address - 1;
		int fd = (int)i;

		if (getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
		    address.sun_family == AF_UNIX &&
		    strcmp(address.sun_path, path) == 0 &&
		    fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
		    fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
			return fd;
	}
	return -1;
}

void
service_notify(const char *state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path == NULL ? 0 : strlen(path);
	int fd;

	if (len == 0 || len >= sizeof address.sun_path)
		return;
	memcpy(address.sun_path, path, len);
	if (*path == '@') /* an abstract socket */
		address.sun_path[0] = '\0';
	len += offsetof(struct sockaddr_un, sun_path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		(struct sockaddr *)&address, (socklen_t)len) == -1)
		log_error(
		    "service state=%s error=\"%s\"", state, strerror(errno));
	if (fd != -1)
		close(fd);
}

void
service_alive(void)
{
	static int64_t due;
	int64_t now = clock_ms();
	long long us = number("WATCHDOG_USEC");

	if (us == 0 || now < due)
		return;
	service_notify("WATCHDOG=1");
	due = now + us / 3000; /* notify three times per timeout */
}
