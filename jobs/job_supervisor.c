/* Starts a process for each kind of job, and restarts those that end. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jobs/job_supervisor.h"
#include "lib/base/log.h"

static _Noreturn void
take_up(const struct job_process *duty, pid_t parent,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	duty->work(duty->arg, stopping, waiting);
	exit(EXIT_SUCCESS);
}

static pid_t
start(const struct job_process *duty, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		take_up(duty, parent, stopping, waiting);
	if (pid == -1)
		log_error(
		    "crew duty=%s error=\"%s\"", duty->name, strerror(errno));
	return pid == -1 ? 0 : pid;
}

/* Forgets those that have ended. */
static void
reap(const struct job_process *duties, pid_t *pids, int n)
{
	int i, status;

	for (i = 0; i < n; i++)
		if (pids[i] != 0 && waitpid(pids[i], &status, WNOHANG) != 0) {
			log_error("crew duty=%s ended status=%d",
			    duties[i].name, status);
			pids[i] = 0;
		}
}

static void
dismiss(const pid_t *pids, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (pids[i] != 0)
			kill(pids[i], SIGTERM);
	for (i = 0; i < n; i++)
		while (pids[i] != 0 && waitpid(pids[i], NULL, 0) == -1 &&
		    errno == EINTR)
			continue;
}

void
job_supervisor_run(const struct job_process *duties, int n,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting)
{
	const struct timespec second = { .tv_sec = 1 };
	pid_t pids[JOB_PROCESSES_MAX] = { 0 };
	sigset_t heard;
	int i, signal;

	sigemptyset(&heard);
	sigaddset(&heard, SIGTERM);
	sigaddset(&heard, SIGINT);
	do {
		reap(duties, pids, n);
		for (i = 0; i < n; i++)
			if (pids[i] == 0)
				pids[i] = start(&duties[i], stopping, waiting);
		signal = sigtimedwait(&heard, NULL, &second);
	} while (signal != SIGTERM && signal != SIGINT);
	dismiss(pids, n);
}
