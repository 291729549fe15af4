#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/*
 * Returns the monotonic clock, for durations, in milliseconds and in
 * microseconds.
 */
int64_t clock_ms(void);
int64_t clock_us(void);

/*
 * Milliseconds since 1970. Hosts with synchronized clocks agree on this value.
 */
int64_t clock_wall_ms(void);

#endif
