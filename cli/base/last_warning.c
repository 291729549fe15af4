/*
 * Replaces warn() and warnx() of the C library, so that a command can repeat
 * its last message, for example in the JSON that it prints. Functions that
 * report an error on standard error therefore need no other argument.
 */

#include "cli/base/last_warning.h"

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char message[2000];

const char *
last_warning(void)
{
	return message;
}

void
last_warning_clear(void)
{
	message[0] = '\0';
}

void
warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	va_start(ap, fmt);
	vwarnx(fmt, ap);
	va_end(ap);
}

void
warn(const char *fmt, ...)
{
	int cause = errno;
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	len = strlen(message);
	snprintf(message + len, sizeof message - len, ": %s", strerror(cause));
	va_start(ap, fmt);
	errno = cause;
	vwarn(fmt, ap);
	va_end(ap);
}
