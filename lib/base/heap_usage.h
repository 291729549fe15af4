#ifndef HEAP_USAGE_H
#define HEAP_USAGE_H

#include <stddef.h>

/* Returns how many bytes malloc() has handed out in this process. */
size_t heap_usage_bytes(void);

#endif
