/* futures/executor.h -- what a script holds of a crew: a pool, or an executor.
 * Level stdlib: vm/core and below; never lua.h. Calls are safe from any thread.
 *
 * The crew works on when the last handle is gone, until all that was submitted is done. */
#ifndef MN_FUTURES_EXECUTOR_H
#define MN_FUTURES_EXECUTOR_H

#include "futures/crew.h"

typedef struct mn_executor {
  mn_handle handle;
  mn_crew *crew; /* immutable */
} mn_executor;

/* One of several types, which differ in how Lua sees them; each has these two functions. */
void mn_executor_destroy(mn_handle *handle);
void mn_executor_describe(mn_handle *handle, char *text, size_t size);

/* One reference; the crew's is the executor's then. NULL: no memory. */
mn_executor *mn_executor_new(const mn_type *type, mn_crew *crew);

#endif
