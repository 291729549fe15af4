#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/*
 * These functions return the monotonic clock in milliseconds and in
 * microseconds. Use it to measure durations.
 */
int64_t clock_ms(void);
int64_t clock_us(void);

/*
 * Returns the milliseconds since 1970. Hosts with synchronized clocks agree on
 * this value.
 */
int64_t clock_wall_ms(void);

#endif
