#ifndef LAST_WARNING_H
#define LAST_WARNING_H

/*
 * Returns the message of the last call of warn() or warnx() in this program, or
 * an empty text. It is valid until the next call.
 */
const char *last_warning(void);

/* Clears the message, so that a later failure does not repeat it. */
void last_warning_clear(void);

#endif
