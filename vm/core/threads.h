/* core/threads.h -- the living threads of a runtime, all together.
 * Level core; never lua.h. Main thread only. */
#ifndef MN_CORE_THREADS_H
#define MN_CORE_THREADS_H

#include "core/thread.h"

/* How long the end of a script waits for cancelled threads. */
#define MN_STOP_TIME (5 * MN_SECOND)

/* Waits until all threads but main and the daemons have ended. MN_CANCELLED: main was. */
mn_status mn_threads_wait(mn_runtime *runtime);

/* Cancels all threads but main and waits until they have ended: false when `deadline` came first.
 * More threads may be started afterwards. */
bool mn_threads_stop(mn_runtime *runtime, mn_time deadline);

/* Reports the errors of ended threads that nobody was told of, in the order of their ends. */
void mn_threads_report(mn_runtime *runtime);

/* Writes to standard error which threads are still there, one line each. */
void mn_threads_report_stuck(mn_runtime *runtime);

#endif
