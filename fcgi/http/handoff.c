/* Passes connections between processes (unix(7), SCM_RIGHTS). */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "fcgi/http/handoff.h"

/* Space for one descriptor, aligned for a control message. */
union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

bool
handoff_pair(int sockets[2])
{
	return socketpair(AF_UNIX,
		   SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		   sockets) == 0;
}

bool
handoff_send(int socket, int fd, const struct handoff *what)
{
	struct iovec v = { (void *)(uintptr_t)what, sizeof *what };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	union control control = { .space = { 0 } };
	struct cmsghdr *c = &control.head;

	if (fd >= 0) {
		m.msg_control = control.space;
		m.msg_controllen = sizeof control.space;
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	return sendmsg(socket, &m, MSG_DONTWAIT | MSG_NOSIGNAL) ==
	    (ssize_t)sizeof *what;
}

int
handoff_receive(int socket, struct handoff *what)
{
	struct iovec v = { what, sizeof *what };
	union control control;
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof control.space };
	struct cmsghdr *c;
	int fd;

	if (recvmsg(socket, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) !=
	    (ssize_t)sizeof *what)
		return HANDOFF_NONE;
	c = CMSG_FIRSTHDR(&m);
	if (c == NULL || c->cmsg_type != SCM_RIGHTS)
		return HANDOFF_WAKE;
	memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}
