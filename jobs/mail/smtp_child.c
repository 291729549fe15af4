/* Runs child processes that send one email each. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jobs/mail/mail_message.h"
#include "jobs/mail/smtp_child.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"

/* A message between the parent and a child. */
struct packet {
	char kind; /* 'a' asks, 'y' confirms, 'n' denies, 'e' ends */
	char end;
	char reason[SMTP_CHILD_REASON_MAX];
};

static bool
send_packet(int fd, const struct packet *packet)
{
	return send(fd, packet, sizeof *packet, MSG_NOSIGNAL) ==
	    (ssize_t)sizeof *packet;
}

/* Child */

static bool
may_start(void *arg)
{
	const int *fd = arg;
	struct packet packet = { .kind = 'a' };
	ssize_t n;

	if (!send_packet(*fd, &packet))
		return false;
	do
		n = recv(*fd, &packet, sizeof packet, 0);
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof packet && packet.kind == 'y';
}

static void
report_end(void *arg, enum smtp_end end, const char *reason)
{
	const int *fd = arg;
	struct packet packet = { .kind = 'e', .end = (char)end };
	size_t len = strnlen(reason, sizeof packet.reason - 1);

	memcpy(packet.reason, reason, len);
	if (!send_packet(*fd, &packet))
		log_error("smtp_child error=\"%s\"", strerror(errno));
}

/*
 * Delivers a message. Closes the parent's descriptors, including the database
 * connection.
 */
static _Noreturn void
deliver(int fd, pid_t parent, const struct smtp_server *server,
    const struct mail_message *message, long seconds)
{
	struct smtp_sender sender = { .seconds = seconds,
		.may_start = may_start,
		.report = report_end,
		.arg = &fd };
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_IGN); /* the parent handles Ctrl+C */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, STDERR_FILENO + 1) == -1)
		_exit(EXIT_FAILURE);
	fd = STDERR_FILENO + 1;
	close_range((unsigned)fd + 1, ~0u, 0);
	smtp_deliver(arena_new(), server, message, &sender);
	_exit(EXIT_SUCCESS);
}

/* Parent */

bool
smtp_child_send(struct smtp_child *c, const struct smtp_server *server,
    const struct mail_message *message, long seconds)
{
	pid_t parent = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1 ||
	    (c->pid = fork()) == -1) {
		log_error("smtp_child error=\"%s\"", strerror(errno));
		c->pid = 0;
		return false;
	}
	if (c->pid == 0)
		deliver(ends[1], parent, server, message, seconds);
	close(ends[1]);
	c->fd = ends[0];
	return true;
}

struct smtp_child_event
smtp_child_read(const struct smtp_child *c)
{
	struct smtp_child_event event = { .kind = SMTP_CHILD_SILENT };
	struct packet packet;
	ssize_t n = recv(c->fd, &packet, sizeof packet, MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return event;
	if (n != (ssize_t)sizeof packet) {
		event.kind = SMTP_CHILD_GONE;
		return event;
	}
	event.kind = packet.kind == 'a' ? SMTP_CHILD_ASKS : SMTP_CHILD_ENDED;
	event.end = (enum smtp_end)packet.end;
	memcpy(event.reason, packet.reason, sizeof event.reason);
	return event;
}

void
smtp_child_answer(const struct smtp_child *c, bool may)
{
	struct packet packet = { .kind = may ? 'y' : 'n' };

	/* If the child has ended, the next read reports this. */
	if (!send_packet(c->fd, &packet))
		log_error("smtp_child error=\"%s\"", strerror(errno));
}

void
smtp_child_end(struct smtp_child *c)
{
	if (c->pid == 0)
		return;
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	close(c->fd);
	c->pid = 0;
}
