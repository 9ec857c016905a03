/* subprocess/stream_lua.h -- our ends of a child's standard streams, as files of Lua's io library.
 * Level stdlib. Owner thread only.
 *
 * They are files in every way: read formats, lines, write, flush, setvbuf, close. Underneath is no
 * descriptor of stdio's but a pipe (subprocess/pump.h): so reading and writing can be cancelled, writing
 * to who does not read any more fails instead of ending the process, and a wait for the child can read
 * and write, too. */
#ifndef MN_SUBPROCESS_STREAM_LUA_H
#define MN_SUBPROCESS_STREAM_LUA_H

#include <lua.h>

#include "subprocess/pump.h"

typedef struct mn_stream mn_stream;

/* Pushes one whose pipe has no descriptor yet. May throw. */
mn_stream *mn_stream_push(lua_State *L, bool writes);

/* The one at `index`, or NULL when it is none or closed. Never throws. */
mn_stream *mn_stream_test(lua_State *L, int index);

/* Whether it is written. */
bool mn_stream_writes(const mn_stream *stream);

/* Moves what stdio has of its bytes to the pipe, which it gives back: NULL, no memory. */
mn_pipe *mn_stream_settle(mn_stream *stream);

/* Calls `function`, one of the io library's for writing: what can't be written at once is left to the
 * pipe. */
int mn_stream_defer(lua_State *L, mn_stream *stream, lua_CFunction function);

/* The pipe, with what stdio has left where it is. */
mn_pipe *mn_stream_pipe(mn_stream *stream);

/* Closes the file at `index`, if it is such a one; what can't be written at once is dropped. Never
 * throws. */
void mn_stream_close(lua_State *L, int index);

#endif
