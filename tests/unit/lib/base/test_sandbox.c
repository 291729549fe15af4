/* Tests of the sandbox: what an intruder in a worker would try next. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

#include "lib/base/core_dump.h"
#include "lib/base/sandbox.h"
#include "tests/unit/fixture.h"

/* The sandbox has no filter with AddressSanitizer. */
#if defined(HAVE_SECCOMP) && !defined(__SANITIZE_ADDRESS__)
#define FILTERS 1
#else
#define FILTERS 0
#endif

/* Each of these functions returns true if the attempt succeeded. */

static bool
runs_program(void)
{
	char *argv[] = { (char *)"false", NULL };

	execve("/bin/false", argv, argv + 1);
	return errno != EPERM;
}

static bool
runs_open_program(void)
{
	char *argv[] = { (char *)"false", NULL };
	int fd = open("/bin/false", O_RDONLY);

	fexecve(fd, argv, argv + 1);
	return errno != EPERM;
}

static bool
forks(void)
{
	return fork() != -1;
}

static bool
traces(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) != -1 ||
	    errno != EPERM || ptrace(PTRACE_TRACEME, 0, NULL, NULL) != -1;
}

static bool
signals_others(void)
{
	return kill(getppid(), 0) != -1 ||
	    syscall(SYS_tgkill, getppid(), getppid(), 0) != -1 ||
	    errno != EPERM;
}

static bool
limits_others(void)
{
	struct rlimit limit;

	return prlimit(getppid(), RLIMIT_NOFILE, NULL, &limit) != -1 ||
	    errno != EPERM;
}

static bool
reads_packets(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) != -1 ||
	    socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 1) != -1;
}

static bool
writes_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ||
	    mprotect(at, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) != -1 ||
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
changes_namespace(void)
{
	return unshare(CLONE_NEWUSER) != -1 || chroot("/") != -1 ||
	    mount("none", "/tmp", "tmpfs", 0, NULL) != -1;
}

static bool
changes_user(void)
{
	return setuid(getuid()) != -1 || setgroups(0, NULL) != -1;
}

static bool
talks_to_kernel(void)
{
	return syscall(SYS_bpf, BPF_MAP_CREATE, NULL, 0) != -1 ||
	    errno != EPERM || syscall(SYS_io_uring_setup, 1, NULL) != -1 ||
	    errno != EPERM || syscall(SYS_keyctl, 0, 0, 0, 0, 0) != -1 ||
	    errno != EPERM ||
	    syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0) != -1 ||
	    errno != EPERM;
}

static bool
gains_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
}

static void *
nothing(void *arg)
{
	return arg;
}

/* Returns true if a system call that requests need fails. */
static bool
cannot_work(void)
{
	struct addrinfo *found = NULL;
	struct rlimit limit;
	pthread_t thread;
	char name[] = "/tmp/tenantry-sandbox.XXXXXX";
	int fd = mkstemp(name);
	bool bad = fd == -1 || write(fd, "x", 1) != 1 || unlink(name) == -1;

	bad |= pthread_create(&thread, NULL, nothing, NULL) != 0 ||
	    pthread_join(thread, NULL) != 0;
	bad |= syscall(SYS_tgkill, getpid(), gettid(), 0) != 0;
	bad |= prlimit(0, RLIMIT_NOFILE, NULL, &limit) != 0 ||
	    prlimit(getpid(), RLIMIT_NOFILE, NULL, &limit) != 0;
	bad |= socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) == -1;
	bad |= socket(AF_INET, SOCK_STREAM, 0) == -1;
	bad |= memfd_create("x", MFD_CLOEXEC) == -1;
	bad |= getaddrinfo("localhost", "80", NULL, &found) != 0;
	if (found != NULL)
		freeaddrinfo(found);
	return bad;
}

/* Runs a function in a child process with the sandbox. */
static bool
succeeds(bool (*attempt)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		sandbox_enter();
		_exit(attempt() ? 1 : 0);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return status != 0;
}

static void
a_worker_cannot_escape(void **state)
{
	(void)state;
	assert_false(succeeds(gains_privileges));
	assert_false(succeeds(cannot_work));
	if (!FILTERS)
		return;
	assert_false(succeeds(runs_program));
	assert_false(succeeds(runs_open_program));
	assert_false(succeeds(forks));
	assert_false(succeeds(traces));
	assert_false(succeeds(signals_others));
	assert_false(succeeds(limits_others));
	assert_false(succeeds(reads_packets));
	assert_false(succeeds(writes_code));
	assert_false(succeeds(changes_namespace));
	assert_false(succeeds(changes_user));
	assert_false(succeeds(talks_to_kernel));
}

#if FILTERS
/* From now on, this process cannot load a filter. */
static bool
deny_filters(void)
{
	scmp_filter_ctx deny = seccomp_init(SCMP_ACT_ALLOW);
	bool ok = deny != NULL &&
	    seccomp_rule_add(
		deny, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(seccomp), 0) == 0 &&
	    seccomp_rule_add(deny, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1,
		SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0)) == 0 &&
	    seccomp_load(deny) == 0;

	seccomp_release(deny);
	return ok;
}

static void
a_worker_without_sandbox_ends(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (!deny_filters())
			_exit(2);
		sandbox_enter();
		_exit(0);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
}
#endif

/* A crash must not write secrets or rows to a file. */
static void
a_crash_leaves_no_core_file(void **state)
{
	struct rlimit limit = { 1, 1 };
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		core_dump_disable();
		if (getrlimit(RLIMIT_CORE, &limit) == -1 ||
		    limit.rlim_cur != 0 || limit.rlim_max != 0 ||
		    prctl(PR_GET_DUMPABLE) != 0)
			_exit(1);
		abort();
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_true(WIFSIGNALED(status));
	assert_false(WCOREDUMP(status));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_cannot_escape),
		cmocka_unit_test(a_crash_leaves_no_core_file),
#if FILTERS
		cmocka_unit_test(a_worker_without_sandbox_ends),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
