/* process_pool/task_frames_lua.h -- running a pool's tasks, in the process to which they were sent.
 * Level stdlib. Owner thread only. */
#ifndef MN_PROCESS_POOL_TASK_FRAMES_LUA_H
#define MN_PROCESS_POOL_TASK_FRAMES_LUA_H

#include <lua.h>

#include "process/deputy_lua.h"
#include "process_pool/task_frames.h"

/* What one channel has of it. All zero: nothing yet. */
typedef struct mn_task_frames {
  mn_routine *routine; /* a reference, or NULL */
  bool is_worn_out;    /* no more tasks begin */
} mn_task_frames;

void mn_task_frames_free(mn_task_frames *frames);

/* What the process's main thread serves by; their context is an mn_task_frames. */
extern const mn_deputy_function mn_task_functions[];

#endif
