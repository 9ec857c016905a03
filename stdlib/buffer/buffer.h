/* buffer/buffer.h -- bytes that threads share: a view whose elements are bytes.
 * Level stdlib: vm/core and below; never lua.h. buffer/memory.h says what may be done with it. */
#ifndef MN_BUFFER_BUFFER_H
#define MN_BUFFER_BUFFER_H

#include "buffer/memory.h"

/* Its objects are mn_views of width 1, kind 0. */
extern const mn_type mn_buffer_type;

#endif
