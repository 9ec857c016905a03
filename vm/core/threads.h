/* core/threads.h -- the living threads of a runtime, all together.
 * Level core; never lua.h. Main thread only, but where a call says otherwise. */
#ifndef MN_CORE_THREADS_H
#define MN_CORE_THREADS_H

#include "core/thread.h"

/* Waits until all threads but main and the daemons have ended, or those that are left were cancelled
 * some seconds ago and do not end. MN_CANCELLED: main was; MN_TIMEOUT. */
mn_status mn_threads_wait(mn_runtime *runtime, mn_time deadline);

/* From here on no thread is started. Cancels all but main and waits until they have ended: false when
 * some do not within a few seconds. */
bool mn_threads_stop(mn_runtime *runtime);

/* Another thread than `self`, the caller's, that has not ended: its name; false: there is none, and then
 * nobody can start one meanwhile. Any thread. */
bool mn_threads_find_other(const mn_thread *self, char name[MN_THREAD_NAME]);

/* Reports the errors of ended threads that nobody was told of, in the order of their ends. */
void mn_threads_report(mn_runtime *runtime);

/* Nobody is to be told of them any more, nor of any that was reported. */
void mn_threads_forget(mn_runtime *runtime);

/* Writes to standard error which threads are still there, one line each. */
void mn_threads_report_stuck(mn_runtime *runtime);

#endif
