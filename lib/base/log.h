#ifndef LOG_H
#define LOG_H

/*
 * Each event is one line and one write(2) to stderr, so that the lines of
 * several workers never mix.  The message is logfmt, "event key=value
 * key=value".  Never log a token, a password, a cookie or a body.
 */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Sets the most verbose level that is logged. */
void log_open(enum log_level most);

/*
 * Sets the id that all following lines contain, or NULL between requests. The
 * text is not copied.
 */
void log_request_id(const char *id);

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Logs an error and exits with status 1. Use it for a broken invariant or
 * exhausted memory, never for bad input.
 */
_Noreturn void fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif
