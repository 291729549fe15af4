#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

/* The bytes this process holds on its heap. */
size_t heap_held(void);

#endif
