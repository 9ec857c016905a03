/* core/traceback.h -- tracebacks that cross threads.
 * Level core. Owner thread only.
 *
 * When join raises an error that came from another thread, the state remembers the error value
 * beside the traceback it came with. A traceback made for that same value afterwards (by the
 * command, by a thread's end, by debug.traceback) has the foreign part on top. */
#ifndef MN_CORE_TRACEBACK_H
#define MN_CORE_TRACEBACK_H

#include <lua.h>

#include "core/thread.h"

/* Remembers that the value on top of the stack, about to be raised, has come from elsewhere:
 * `traceback` (may be NULL) is what it came with, `origin` the line that says from where. */
void mn_traceback_remember(lua_State *L, const char *traceback, const char *origin);

/* Pushes the traceback of coroutine L1 from `level`, with the foreign part first when the value at
 * `error_index` of L is the remembered one. `message` may be NULL. */
void mn_traceback_push(lua_State *L, lua_State *L1, int error_index, const char *message,
                       int level);

/* Replaces debug.traceback in the table of the debug library on top of the stack. */
void mn_traceback_open(lua_State *L);

#endif
