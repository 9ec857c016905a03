/* process/task_frames_lua.h -- running a pool's tasks, in the process to which they were sent.
 * Level stdlib. Owner thread only. */
#ifndef MN_PROCESS_TASK_FRAMES_LUA_H
#define MN_PROCESS_TASK_FRAMES_LUA_H

#include <lua.h>

#include "process/task_frames.h"

/* What one channel has of it. All zero: nothing yet. */
typedef struct mn_task_frames {
  mn_routine *routine; /* a reference, or NULL */
} mn_task_frames;

void mn_task_frames_free(mn_task_frames *frames);

/* Two mn_deputy_function.take, whose context is an mn_task_frames. */
mn_status mn_task_frame_routine(lua_State *L, mn_channel *channel, mn_frame *call, void *context);
mn_status mn_task_frame_task(lua_State *L, mn_channel *channel, mn_frame *call, void *context);

#endif
