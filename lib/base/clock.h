#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Now, by a clock that nobody sets: for spans of time, not for dates. */
int64_t clock_ms(void);
int64_t clock_us(void);

#endif
