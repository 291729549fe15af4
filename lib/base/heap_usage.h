#ifndef HEAP_USAGE_H
#define HEAP_USAGE_H

#include <stddef.h>

/* The bytes this process holds on its heap. */
size_t heap_usage_bytes(void);

#endif
