/* Writes the log, one logfmt line per event, to stderr. */

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/log.h"

#define LINE_MAX_LEN 2048

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

/*
 * The prefixes that set the syslog priority. The journal removes them from the
 * line and applies its rate limit per priority, so that lines about requests do
 * not suppress an error.
 */
static const char *const priorities[] = {
	[LOG_LEVEL_ERROR] = "<3>",
	[LOG_LEVEL_INFO] = "<6>",
	[LOG_LEVEL_DEBUG] = "<7>",
};

/* Global, because every function may log. No other module has such state. */
static enum log_level log_most = LOG_LEVEL_INFO;
static bool log_in_journal;
static const char *log_id;

/*
 * Returns true if stderr is the journal. systemd sets JOURNAL_STREAM to the
 * device and the inode of the journal's socket.
 */
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat s;

	if (stream == NULL || fstat(STDERR_FILENO, &s) == -1)
		return false;
	snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)s.st_dev,
	    (uintmax_t)s.st_ino);
	return strcmp(own, stream) == 0;
}

void
log_open(enum log_level most)
{
	log_most = most;
	log_in_journal = stderr_is_journal();
}

void
log_request_id(const char *id)
{
	log_id = id;
}

/* Writes "2026-01-31T12:00:00.123Z info pid=1 id=- ". Returns its length. */
static size_t
log_prefix(char *line, size_t size, enum log_level level)
{
	struct timespec now = { 0 };
	char when[32];
	struct tm tm;
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &tm) == NULL ||
	    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		when[0] = '\0';
	n = snprintf(line, size, "%s%s.%03ldZ %s pid=%ld id=%s ",
	    log_in_journal ? priorities[level] : "", when,
	    now.tv_nsec / 1000000, level_names[level], (long)getpid(),
	    log_id != NULL ? log_id : "-");
	return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}

static void log_write(enum log_level, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

static void
log_write(enum log_level level, const char *fmt, va_list ap)
{
	char line[LINE_MAX_LEN];
	size_t len, i;
	int n;

	if (level > log_most)
		return;
	len = log_prefix(line, sizeof line, level);
	n = vsnprintf(line + len, sizeof line - len, fmt, ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof line - len) {
		len = sizeof line - 1;
		memcpy(line + len - 3, "...", 3);
	} else
		len += (size_t)n;
	for (i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[len] = '\n';
	if (write(STDERR_FILENO, line, len + 1) == -1)
		return; /* an error cannot be reported anywhere else */
}

#define LOG_BODY(level)                                                        \
	va_list ap;                                                            \
	va_start(ap, fmt);                                                     \
	log_write(level, fmt, ap);                                             \
	va_end(ap)

void
log_error(const char *fmt, ...)
{
	LOG_BODY(LOG_LEVEL_ERROR);
}

void
log_info(const char *fmt, ...)
{
	LOG_BODY(LOG_LEVEL_INFO);
}

void
log_debug(const char *fmt, ...)
{
	LOG_BODY(LOG_LEVEL_DEBUG);
}

_Noreturn void
fatal(const char *fmt, ...)
{
	LOG_BODY(LOG_LEVEL_ERROR);
	exit(EXIT_FAILURE);
}
