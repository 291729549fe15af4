#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* The monotonic clock, for durations: milliseconds, microseconds. */
int64_t clock_ms(void);
int64_t clock_us(void);

/* Milliseconds since 1970, which hosts with the same time agree on. */
int64_t clock_wall_ms(void);

#endif
