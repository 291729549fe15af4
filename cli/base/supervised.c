/* Runs a program that ends no later than the command that needs it. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/supervised.h"

#define PATIENCE 20 /* seconds to clean up after SIGTERM */
#define PAUSE    50 /* ms */

/* Sends a signal to all descendants of this process. */
static void
signal_descendants(pid_t of, int signal)
{
	char path[64];
	FILE *f;
	int pid;

	snprintf(
	    path, sizeof path, "/proc/%d/task/%d/children", (int)of, (int)of);
	if ((f = fopen(path, "re")) == NULL)
		return;
	while (fscanf(f, "%d", &pid) == 1) {
		signal_descendants(pid, signal);
		kill(pid, signal);
	}
	fclose(f);
}

/*
 * Ends all descendants. As a subreaper, this process inherits the orphaned
 * descendants.
 */
static void
end_descendants(void)
{
	const struct timespec pause = { .tv_nsec = PAUSE * 1000000L };
	int i;

	signal_descendants(getpid(), SIGTERM);
	for (i = 0; i < PATIENCE * 1000 / PAUSE; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD)
			return;
		nanosleep(&pause, NULL);
	}
	do
		signal_descendants(getpid(), SIGKILL);
	while (waitpid(-1, NULL, 0) > 0);
}

/* Waits for the program and exits with its status. */
static _Noreturn void
follow(pid_t program, const sigset_t *signals)
{
	int status;
	pid_t pid;

	for (;;) {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (pid == program)
				_exit(WIFEXITED(status)
					? WEXITSTATUS(status)
					: 128 + WTERMSIG(status));
		if (sigwaitinfo(signals, NULL) == SIGTERM) {
			end_descendants();
			_exit(EXIT_FAILURE);
		}
	}
}

/*
 * Blocks the signals for which follow() waits. SIGINT is left to the program.
 */
static bool
prepare(pid_t parent, sigset_t *signals, sigset_t *before)
{
	return sigemptyset(signals) == 0 && sigaddset(signals, SIGTERM) == 0 &&
	    sigaddset(signals, SIGCHLD) == 0 &&
	    sigaddset(signals, SIGINT) == 0 &&
	    sigprocmask(SIG_BLOCK, signals, before) == 0 &&
	    prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 &&
	    prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
}

static _Noreturn void
supervise(pid_t parent, const char *path, const char *const *argv, int out)
{
	sigset_t signals, before;
	pid_t program;

	if (!prepare(parent, &signals, &before))
		_exit(EXIT_FAILURE);
	if ((program = fork()) == -1) {
		warn("cannot run %s", path);
		_exit(EXIT_FAILURE);
	}
	if (program == 0) {
		if (sigprocmask(SIG_SETMASK, &before, NULL) == 0 &&
		    dup2(out, STDOUT_FILENO) != -1)
			execv(path, (char *const *)argv);
		warn("cannot run %s", path);
		_exit(127);
	}
	/* A reader of the output waits until all writers have closed it. */
	close(out);
	close(STDOUT_FILENO);
	follow(program, &signals);
}

pid_t
supervised_start(const char *path, const char *const *argv, int out)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == -1)
		warn("cannot run %s", path);
	if (pid == 0)
		supervise(parent, path, argv, out);
	return pid;
}
