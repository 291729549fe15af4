/* A FastCGI client, for facts that only a running worker knows. */
#include <errno.h>
#include <fastcgi.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/doctor/worker_socket.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define WAIT     5 /* seconds per call */
#define RESPONSE ((size_t)4 << 20)

static void
put_record(struct buf *b, unsigned char type, const char *data, size_t len)
{
	FCGI_Header h = { .version = FCGI_VERSION_1,
		.type = type,
		.requestIdB0 = 1,
		.contentLengthB1 = (unsigned char)(len >> 8),
		.contentLengthB0 = (unsigned char)len };

	buf_write(b, (const char *)&h, sizeof h);
	buf_write(b, data, len);
}

/* Appends a name and a value, each of less than 128 bytes. */
static void
put_param(struct buf *b, const char *name, const char *value)
{
	const char lengths[2] = { (char)strlen(name), (char)strlen(value) };

	buf_write(b, lengths, 2);
	buf_puts(b, name);
	buf_puts(b, value);
}

static void
put_request(struct buf *b, const char *path)
{
	FCGI_BeginRequestBody begin = { .roleB0 = FCGI_RESPONDER };
	struct buf params;

	buf_init(&params, b->arena);
	put_param(&params, "REQUEST_METHOD", "GET");
	put_param(&params, "DOCUMENT_URI", path);
	put_param(&params, "REMOTE_ADDR", "127.0.0.1");
	put_param(&params, "HTTP_HOST", "localhost");
	put_record(b, FCGI_BEGIN_REQUEST, (const char *)&begin, sizeof begin);
	put_record(b, FCGI_PARAMS, params.data, params.len);
	put_record(b, FCGI_PARAMS, "", 0);
	put_record(b, FCGI_STDIN, "", 0);
}

static int
open_socket(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const struct timeval wait = { .tv_sec = WAIT };
	int fd;

	if (strlen(path) >= sizeof at.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
	    connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool
receive(int fd, void *to, size_t len)
{
	ssize_t n;

	for (; len > 0; len -= (size_t)n, to = (char *)to + n)
		if ((n = recv(fd, to, len, 0)) <= 0) {
			if (n == 0)
				errno = ECONNRESET;
			return false;
		}
	return true;
}

/* Appends the worker's standard output. */
static bool
receive_response(int fd, struct buf *b)
{
	char data[FCGI_MAX_LENGTH + UCHAR_MAX]; /* content and padding */
	FCGI_Header h;
	size_t len;

	for (;;) {
		if (!receive(fd, &h, sizeof h))
			return false;
		len = (size_t)h.contentLengthB1 << 8 | h.contentLengthB0;
		if (!receive(fd, data, len + h.paddingLength))
			return false;
		if (h.type == FCGI_END_REQUEST)
			return true;
		if (h.type != FCGI_STDOUT)
			continue;
		if (b->len + len > RESPONSE) {
			errno = EMSGSIZE;
			return false;
		}
		buf_write(b, data, len);
	}
}

const char *
worker_socket_get(struct arena *a, const char *socket, const char *path)
{
	struct buf request, response;
	const char *body;
	int fd, reason;
	bool ok;

	if ((fd = open_socket(socket)) == -1)
		return NULL;
	buf_init(&request, a);
	buf_init(&response, a);
	put_request(&request, path);
	ok = send(fd, request.data, request.len, MSG_NOSIGNAL) ==
		(ssize_t)request.len &&
	    receive_response(fd, &response);
	reason = errno;
	close(fd);
	errno = reason;
	if (!ok)
		return NULL;
	body = strstr(response.data, "\r\n\r\n");
	if (body == NULL || strncmp(response.data, "Status: 200", 11) != 0) {
		errno = EPROTO;
		return NULL;
	}
	return body + 4;
}
