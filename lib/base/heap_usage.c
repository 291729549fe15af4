/* Measures the heap of this process. */

#include <malloc.h>

#include "lib/base/heap_usage.h"

#ifdef __SANITIZE_ADDRESS__ /* mallinfo2() does not see its heap */
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

size_t
heap_usage_bytes(void)
{
#ifdef __SANITIZE_ADDRESS__
	return __sanitizer_get_current_allocated_bytes();
#else
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
#endif
}
