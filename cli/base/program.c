/* Runs the programs in libexec/. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/base/program.h"
#include "cli/base/supervised.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

/*
 * Sets TENANTRY, so that the programs run the commands of this tenantry,
 * wherever it is installed.
 */
static void
name_caller(struct arena *a)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self);

	if (n > 0 && n < (ssize_t)sizeof self &&
	    setenv("TENANTRY", arena_strndup(a, self, (size_t)n), 1) == -1)
		warn("setenv");
}

/*
 * Returns a program's path, and sets its arguments, which begin with its name.
 * Also sets TENANTRY.
 */
static const char *
prepare(struct arena *a, const char *name,
    const char *const arguments[PROGRAM_ARGUMENTS],
    const char *argv[PROGRAM_ARGUMENTS + 1])
{
	const char *set = getenv("TENANTRY_LIBEXEC");
	const char *dir = set != NULL && *set != '\0' ? set : PKGLIBEXECDIR;
	int i;

	name_caller(a);
	argv[0] = name;
	for (i = 0; arguments[i] != NULL; i++)
		argv[i + 1] = arguments[i];
	return arena_printf(a, "%s/%s", dir, name);
}

enum status
program_run(struct arena *a, const char *name,
    const char *const arguments[PROGRAM_ARGUMENTS])
{
	const char *argv[PROGRAM_ARGUMENTS + 1] = { NULL };
	const char *path = prepare(a, name, arguments, argv);

	execv(path, (char *const *)argv);
	warn("cannot run %s", path);
	return STATUS_FAILED;
}

/* Reads everything from the pipe. */
static const char *
read_all(struct arena *a, int fd)
{
	char chunk[4096];
	struct buf text;
	ssize_t n;

	buf_init(&text, a);
	while ((n = read(fd, chunk, sizeof chunk)) > 0 ||
	    (n == -1 && errno == EINTR))
		if (n > 0)
			buf_write(&text, chunk, (size_t)n);
	return text.data;
}

/*
 * Waits until the program ends. On an error, reports it on stderr and returns
 * false.
 */
static bool
succeeded(pid_t pid, const char *name, const char *first)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR) {
			warn("%s", name);
			return false;
		}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	warnx("\"%s%s%s\" failed", name, first == NULL ? "" : " ",
	    first == NULL ? "" : first);
	return false;
}

const char *
program_output(struct arena *a, const char *name,
    const char *const arguments[PROGRAM_ARGUMENTS])
{
	const char *argv[PROGRAM_ARGUMENTS + 1] = { NULL };
	const char *path = prepare(a, name, arguments, argv), *text;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1) {
		warn("cannot run %s", path);
		return NULL;
	}
	pid = supervised_start(path, argv, fds[1]);
	close(fds[1]);
	text = pid == -1 ? NULL : read_all(a, fds[0]);
	close(fds[0]);
	return pid != -1 && succeeded(pid, name, arguments[0]) ? text : NULL;
}

bool
program_write(struct arena *a, const char *name, int fd)
{
	static const char *const none[PROGRAM_ARGUMENTS] = { NULL };
	const char *argv[PROGRAM_ARGUMENTS + 1] = { NULL };
	const char *path = prepare(a, name, none, argv);
	pid_t pid = supervised_start(path, argv, fd);

	return pid != -1 && succeeded(pid, name, NULL);
}

bool
program_run_self(struct arena *a, const char *const *argv)
{
	const char *path;
	pid_t pid;

	name_caller(a);
	if ((path = getenv("TENANTRY")) == NULL)
		return false;
	pid = supervised_start(path, argv, STDERR_FILENO);
	return pid != -1 && succeeded(pid, "tenantry", argv[1]);
}
