/* net/standard_input.h -- what comes in by the process's standard input, for all of its threads.
 * Level stdlib: vm/core and below; never lua.h. Safe from any thread.
 * What Lua's io.stdin has read ahead is not seen here, nor the other way round. */
#ifndef MN_NET_STANDARD_INPUT_H
#define MN_NET_STANDARD_INPUT_H

#include "core/runtime_data.h"
#include "net/input.h"

/* The runtime's, made by the first call. NULL: no memory, or errno says why there is none. */
mn_handle *mn_standard_input(mn_runtime *runtime);
mn_input *mn_standard_input_of(mn_handle *object);

#endif
