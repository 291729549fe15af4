/* Starts a process for each kind of job, and restarts any process that ends. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jobs/base/job_supervisor.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/base/service.h"

static bool once; /* --once: jobs return when they are idle */

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

/* Clears the ids of processes that have ended. */
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

bool
job_supervisor_once(void)
{
	return once;
}

/*
 * Waits until the job ends or is stopped. Returns false after a signal to stop.
 */
static bool
wait_for_job(pid_t pid, int64_t until, int *status)
{
	const struct timespec tick = { .tv_nsec = 10000000 };
	sigset_t heard;
	int signal = -1;

	sigemptyset(&heard);
	sigaddset(&heard, SIGTERM);
	sigaddset(&heard, SIGINT);
	while (waitpid(pid, status, WNOHANG) == 0) {
		signal = sigtimedwait(&heard, NULL, &tick);
		if (signal == -1 && clock_ms() < until)
			continue;
		kill(pid, SIGTERM);
		while (waitpid(pid, status, 0) == -1 && errno == EINTR)
			continue;
		break;
	}
	return signal == -1;
}

bool
job_supervisor_run_once(const struct job_process *jobs, int n, long seconds,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting)
{
	int64_t end = clock_ms() + seconds * 1000, now;
	bool ok = true, going = true;
	int i, status;
	pid_t pid;

	once = true;
	for (i = 0; i < n && going; i++) {
		now = clock_ms();
		status = 0;
		pid = start_job(&jobs[i], stopping, waiting);
		if (pid != 0)
			going = wait_for_job(pid,
			    now < end ? now + (end - now) / (n - i) : now,
			    &status);
		if (status != 0)
			log_error("job_supervisor job=%s ended status=%d",
			    jobs[i].name, status);
		ok = ok && pid != 0 && status == 0;
	}
	return ok;
}
