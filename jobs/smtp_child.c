/* Child processes that send one mail each. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jobs/mail_message.h"
#include "jobs/smtp_child.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"

/* What the two say to each other, a packet each. */
struct word {
	char kind; /* 'a' asks, 'y' yes, 'n' no, 'e' ended */
	char end;
	char reason[SMTP_CHILD_REASON_MAX];
};

static bool
say(int fd, const struct word *word)
{
	return send(fd, word, sizeof *word, MSG_NOSIGNAL) ==
	    (ssize_t)sizeof *word;
}

/* The courier's side */

static bool
may_start(void *arg)
{
	const int *fd = arg;
	struct word word = { .kind = 'a' };
	ssize_t n;

	if (!say(*fd, &word))
		return false;
	do
		n = recv(*fd, &word, sizeof word, 0);
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof word && word.kind == 'y';
}

static void
tell(void *arg, enum smtp_end end, const char *reason)
{
	const int *fd = arg;
	struct word word = { .kind = 'e', .end = (char)end };
	size_t len = strnlen(reason, sizeof word.reason - 1);

	memcpy(word.reason, reason, len);
	if (!say(*fd, &word))
		log_error("courier error=\"%s\"", strerror(errno));
}

/* Nothing of the parent's is touched: it owns the database's connection. */
static _Noreturn void
deliver(int fd, pid_t parent, const struct smtp_server *server,
    const struct mail_message *message, long seconds)
{
	struct smtp_sender sender = { .seconds = seconds,
		.may_start = may_start,
		.tell = tell,
		.arg = &fd };
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_IGN); /* a terminal's ^C is the parent's */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, STDERR_FILENO + 1) == -1)
		_exit(EXIT_FAILURE);
	fd = STDERR_FILENO + 1;
	close_range((unsigned)fd + 1, ~0u, 0);
	smtp_deliver(arena_new(), server, message, &sender);
	_exit(EXIT_SUCCESS);
}

/* The parent's side */

bool
smtp_child_send(struct smtp_child *c, const struct smtp_server *server,
    const struct mail_message *message, long seconds)
{
	pid_t parent = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1 ||
	    (c->pid = fork()) == -1) {
		log_error("courier error=\"%s\"", strerror(errno));
		c->pid = 0;
		return false;
	}
	if (c->pid == 0)
		deliver(ends[1], parent, server, message, seconds);
	close(ends[1]);
	c->fd = ends[0];
	return true;
}

struct smtp_child_says
smtp_child_hear(const struct smtp_child *c)
{
	struct smtp_child_says says = { .word = SMTP_CHILD_SILENT };
	struct word word;
	ssize_t n = recv(c->fd, &word, sizeof word, MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return says;
	if (n != (ssize_t)sizeof word) {
		says.word = SMTP_CHILD_GONE;
		return says;
	}
	says.word = word.kind == 'a' ? SMTP_CHILD_ASKS : SMTP_CHILD_ENDED;
	says.end = (enum smtp_end)word.end;
	memcpy(says.reason, word.reason, sizeof says.reason);
	return says;
}

void
smtp_child_answer(const struct smtp_child *c, bool may)
{
	struct word word = { .kind = may ? 'y' : 'n' };

	/* One that is gone by now will be found so. */
	if (!say(c->fd, &word))
		log_error("courier error=\"%s\"", strerror(errno));
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
