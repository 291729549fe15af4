/* Restricts this process to the system calls that requests need. */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/sandbox.h"

/* AddressSanitizer searches for leaks in a separate process. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#ifdef HAVE_SECCOMP
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>

/*
 * Calls that are allowed with any arguments. A name that this system lacks is
 * skipped.
 */
static const char *const calls[] = {
	/* memory, threads, time */
	"arch_prctl",
	"brk",
	"clock_getres",
	"clock_gettime",
	"clock_nanosleep",
	"exit",
	"exit_group",
	"futex",
	"futex_waitv",
	"get_robust_list",
	"getcpu",
	"getrandom",
	"gettimeofday",
	"madvise",
	"membarrier",
	"mlock",
	"mremap",
	"munlock",
	"munmap",
	"nanosleep",
	"prctl",
	"restart_syscall",
	"rseq",
	"sched_getaffinity",
	"sched_yield",
	"set_robust_list",
	"set_tid_address",
	"time",
	/* this process */
	"getegid",
	"geteuid",
	"getgid",
	"getgroups",
	"getpgrp",
	"getpid",
	"getppid",
	"getpriority",
	"getrlimit",
	"getrusage",
	"gettid",
	"getuid",
	"sysinfo",
	"times",
	"umask",
	"uname",
	/* signals */
	"alarm",
	"pause",
	"rt_sigaction",
	"rt_sigpending",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigsuspend",
	"rt_sigtimedwait",
	"setitimer",
	"sigaltstack",
	"sigreturn",
	/* files */
	"access",
	"chdir",
	"chmod",
	"close",
	"close_range",
	"copy_file_range",
	"creat",
	"dup",
	"dup2",
	"dup3",
	"faccessat",
	"faccessat2",
	"fadvise64",
	"fallocate",
	"fchdir",
	"fchmod",
	"fchmodat",
	"fcntl",
	"fdatasync",
	"flock",
	"fstat",
	"fstatfs",
	"fsync",
	"ftruncate",
	"getcwd",
	"getdents",
	"getdents64",
	"ioctl",
	"link",
	"linkat",
	"lseek",
	"lstat",
	"memfd_create",
	"mkdir",
	"mkdirat",
	"newfstatat",
	"open",
	"openat",
	"pread64",
	"preadv",
	"pwrite64",
	"pwritev",
	"read",
	"readlink",
	"readlinkat",
	"readv",
	"rename",
	"renameat",
	"renameat2",
	"rmdir",
	"sendfile",
	"stat",
	"statfs",
	"statx",
	"truncate",
	"unlink",
	"unlinkat",
	"utimensat",
	"write",
	"writev",
	/* waiting */
	"epoll_create",
	"epoll_create1",
	"epoll_ctl",
	"epoll_pwait",
	"epoll_pwait2",
	"epoll_wait",
	"eventfd2",
	"pipe",
	"pipe2",
	"poll",
	"ppoll",
	"pselect6",
	"select",
	"timerfd_create",
	"timerfd_settime",
	"wait4", /* libraries may wait for children, although there are none */
	/* the network */
	"accept",
	"accept4",
	"bind",
	"connect",
	"getpeername",
	"getsockname",
	"getsockopt",
	"recvfrom",
	"recvmmsg",
	"recvmsg",
	"sendmmsg",
	"sendmsg",
	"sendto",
	"setsockopt",
	"shutdown",
	"socketpair",
};

/* AF_NETLINK: getaddrinfo() queries which kinds of addresses are available. */
static const unsigned domains[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define TYPE_MASK    0xf /* the socket type without its flags */

static int
allow_calls(scmp_filter_ctx filter)
{
	int number, err = 0;
	size_t i;

	for (i = 0; i < COUNT(calls) && err == 0; i++) {
		number = seccomp_syscall_resolve_name(calls[i]);
		if (number != __NR_SCMP_ERROR)
			err =
			    seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
	return err;
}

/* Allows sockets in these families, except raw sockets. */
static int
allow_sockets(scmp_filter_ctx filter)
{
	static const unsigned types[] = { SOCK_STREAM, SOCK_DGRAM };
	int err = 0;
	size_t i, k;

	for (i = 0; i < COUNT(domains); i++)
		for (k = 0; k < COUNT(types) && err == 0; k++)
			err = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
			    SCMP_SYS(socket), 2,
			    SCMP_A0(SCMP_CMP_EQ, domains[i], 0),
			    SCMP_A1(SCMP_CMP_MASKED_EQ, TYPE_MASK, types[k]));
	if (err != 0)
		return err;
	/* glibc opens netlink sockets as raw sockets. */
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
	    SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0),
	    SCMP_A1(SCMP_CMP_MASKED_EQ, TYPE_MASK, SOCK_RAW));
}

/* Allows memory to be writable or executable, but never both. */
static int
allow_memory(scmp_filter_ctx filter)
{
	static const int mappers[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
	int err = 0;
	size_t i;

	for (i = 0; i < COUNT(mappers) && err == 0; i++) {
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, mappers[i], 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
		if (err == 0)
			err = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
			    mappers[i], 1,
			    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE,
				PROT_EXEC));
	}
	return err;
}

/*
 * Allows setting limits and sending signals for this process only, which aborts
 * with tgkill().
 */
static int
allow_self(scmp_filter_ctx filter)
{
	const scmp_datum_t self = (scmp_datum_t)getpid();
	int err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	    SCMP_A0(SCMP_CMP_EQ, self, 0));

	if (err == 0)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_EQ, 0, 0));
	if (err == 0)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_EQ, self, 0));
	return err;
}

/*
 * Allows threads, but no processes. The flags of clone3() are in memory, where
 * a filter cannot read them; glibc falls back to clone() if clone3() fails.
 */
static int
allow_threads(scmp_filter_ctx filter)
{
	int err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

	return err != 0 ? err
			: seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
			      SCMP_SYS(clone3), 0);
}

/* Returns 0, or a negative error code as libseccomp does. */
static int
install_filter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err;

	if (filter == NULL)
		return -ENOMEM;
	/*
	 * Use a binary tree: a linear list of rules would slow down every
	 * system call.
	 */
	if ((err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2)) ==
		0 &&
	    (err = allow_calls(filter)) == 0 &&
	    (err = allow_sockets(filter)) == 0 &&
	    (err = allow_self(filter)) == 0 &&
	    (err = allow_memory(filter)) == 0 &&
	    (err = allow_threads(filter)) == 0)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err;
}

/* Returns false if the kernel does not support system call filters. */
static bool
kernel_has_filters(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) != -1 ||
	    (errno != EINVAL && errno != ENOSYS);
}
#else
static int
install_filter(void)
{
	return 0;
}

static bool
kernel_has_filters(void)
{
	return false;
}
#endif

void
sandbox_enter(void)
{
	int err = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		err = -errno;
	if (err == 0 && !SANITIZED)
		err = install_filter();
	if (err == 0)
		return;
	log_error("sandbox error=\"%s\"", strerror(-err));
	if (kernel_has_filters())
		exit(EXIT_FAILURE);
}
