/* core/outlet.h -- where what a runtime writes goes: to the process's streams, or to its host.
 * Level core; never lua.h. Any thread; blocks as long as a write does. */
#ifndef MN_CORE_OUTLET_H
#define MN_CORE_OUTLET_H

#include <stddef.h>

#include "core/runtime_data.h"

/* Tells whole lines that nobody has asked for: the error of a thread, what was left behind. They go to
 * standard error; of a hosted runtime to its outlet, or nowhere. */
void mn_report(const mn_runtime *runtime, const char *text, size_t size);

/* Hands the bytes to the runtime's outlet. False: it has none, and they are the caller's to write. */
static inline bool mn_outlet_write(const mn_runtime *runtime, mn_outlet_stream stream,
                                   const char *bytes, size_t size) {
  if (!runtime->outlet.write) return false;
  runtime->outlet.write(runtime->outlet.argument, stream, bytes, size);
  return true;
}

#endif
