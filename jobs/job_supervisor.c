/* Starts a process for each kind of job, and restarts those that end. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jobs/job_supervisor.h"
#include "lib/base/log.h"
#include "lib/base/service.h"

static _Noreturn void
run_job(const struct job_process *job, pid_t parent,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	job->work(job->arg, stopping, waiting);
	exit(EXIT_SUCCESS);
}

static pid_t
start_job(const struct job_process *job, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		run_job(job, parent, stopping, waiting);
	if (pid == -1)
		log_error("job_supervisor job=%s error=\"%s\"", job->name,
		    strerror(errno));
	return pid == -1 ? 0 : pid;
}

/* Clears the ids of the processes that have ended. */
static void
reap_ended(const struct job_process *jobs, pid_t *pids, int n)
{
	int i, status;

	for (i = 0; i < n; i++)
		if (pids[i] != 0 && waitpid(pids[i], &status, WNOHANG) != 0) {
			log_error("job_supervisor job=%s ended status=%d",
			    jobs[i].name, status);
			pids[i] = 0;
		}
}

static void
stop_jobs(const pid_t *pids, int n)
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
job_supervisor_run(const struct job_process *jobs, int n,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting)
{
	const struct timespec second = { .tv_sec = 1 };
	pid_t pids[JOB_PROCESSES_MAX] = { 0 };
	sigset_t heard;
	bool ready = false;
	int i, signal;

	sigemptyset(&heard);
	sigaddset(&heard, SIGTERM);
	sigaddset(&heard, SIGINT);
	do {
		reap_ended(jobs, pids, n);
		for (i = 0; i < n; i++)
			if (pids[i] == 0)
				pids[i] =
				    start_job(&jobs[i], stopping, waiting);
		if (!ready)
			service_notify("READY=1");
		ready = true;
		service_alive();
		signal = sigtimedwait(&heard, NULL, &second);
	} while (signal != SIGTERM && signal != SIGINT);
	service_notify("STOPPING=1");
	stop_jobs(pids, n);
}
