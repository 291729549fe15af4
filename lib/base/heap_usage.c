#include <malloc.h>

#include "lib/base/heap_usage.h"

#ifdef __SANITIZE_ADDRESS__ /* its heap is not the one malloc.h knows */
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

size_t
heap_usage_bytes(void)
{
#ifdef __SANITIZE_ADDRESS__
	return __sanitizer_get_current_allocated_bytes();
#else
	struct mallinfo2 held = mallinfo2();

	return held.uordblks + held.hblkhd;
#endif
}
