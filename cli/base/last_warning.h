#ifndef LAST_WARNING_H
#define LAST_WARNING_H

/*
 * Returns the message of the last call of warn() or warnx() in this program, or
 * an empty text. It is valid until the next call.
 */
const char *last_warning(void);

/* Forgets the message, so that it is not the reason of a later failure. */
void last_warning_clear(void);

#endif
