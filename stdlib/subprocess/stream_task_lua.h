/* subprocess/stream_task_lua.h -- reading and writing children's streams where there are tasks.
 * Level stdlib.
 *
 * stdio can't be left while it reads or writes. So before a stream is read what the call will need is
 * fetched, and after it was written what it could not write at once is seen to: the one who waits for that
 * is a task, or a script whose tasks run meanwhile. */
#ifndef MN_SUBPROCESS_STREAM_TASK_LUA_H
#define MN_SUBPROCESS_STREAM_TASK_LUA_H

#include <lua.h>

/* Puts that in front of the methods of files. */
void mn_stream_task_open(lua_State *L);

#endif
