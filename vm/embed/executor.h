/* embed/executor.h -- what the end of a runtime does to its executors.
 * Level embed. Any thread. */
#ifndef MN_EMBED_EXECUTOR_H
#define MN_EMBED_EXECUTOR_H

#include "moons.h"

/* Cancels all that the program's executors have to do: nobody waits for it any more. */
void mn_executors_terminate(moons_runtime *runtime);

#endif
