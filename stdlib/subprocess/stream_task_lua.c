/* subprocess/stream_task_lua.c -- what stands before file:read, lines, write, flush and close.
 *
 * The io library's own functions do all the work: they have no upvalues but those of the iterator that
 * lines makes, so they may be called as they are. */
#include "subprocess/stream_task_lua.h"

#include <lauxlib.h>
#include <stdint.h>
#include <string.h>

#include "core/calling.h"
#include "core/descriptors.h"
#include "core/task.h"
#include "subprocess/pump.h"
#include "subprocess/stream_lua.h"

/* The io library's; the same in all states. */
static _Atomic(lua_CFunction) original_read, original_lines, original_write, original_flush,
    original_close;

/* The stream at index 1, if waiting for it is to be seen to here. */
static mn_stream *stream_with_tasks(lua_State *L) {
  const mn_state *state = mn_state_of(L);
  return state->task || state->thread->host.servers ? mn_stream_test(L, 1) : NULL;
}

/* Waits until the pipe can be read, or written. MN_OK, MN_PARKED, or why not. */
static mn_status wait_for(mn_waiter *self, const mn_pipe *pipe, bool writes) {
  mn_held_signals held;
  mn_poll poll = {.descriptor = pipe->descriptor, .writes = writes};
  mn_status status = mn_waiter_asked_to_stop(self);
  if (status != MN_EMPTY) return status;
  mn_os_signals_hold(&held);
  status = mn_descriptors_wait(self, &poll, 1, MN_FOREVER, MN_FOREVER, &held);
  mn_os_signals_release(&held);
  return status == MN_EMPTY ? MN_OK : status;
}

/* ---- reading ---- */

/* What a read needs: so many whole lines, and bytes beside them; SIZE_MAX: all that will come. */
typedef struct need {
  size_t lines, bytes;
} need;

static void add_format(lua_State *L, int index, need *n) {
  if (lua_type(L, index) == LUA_TNUMBER) {
    lua_Integer bytes = lua_tointeger(L, index);
    if (bytes > 0 && n->bytes < SIZE_MAX) n->bytes += (size_t)bytes;
    return;
  }
  const char *format = lua_tostring(L, index);
  if (!format) return;
  if (*format == '*') format++;
  if (*format == 'a')
    n->bytes = SIZE_MAX;
  else
    n->lines++;
}

/* The formats from index 2 on. */
static need read_need(lua_State *L) {
  need n = {0, 0};
  int last = lua_gettop(L);
  for (int i = 2; i <= last; i++) add_format(L, i, &n);
  if (last < 2) n.lines = 1;
  return n;
}

static bool has(const mn_pipe *pipe, const need *n) {
  const unsigned char *at = pipe->bytes.data ? pipe->bytes.data + pipe->done : NULL;
  size_t left = pipe->bytes.size - pipe->done;
  if (n->bytes == SIZE_MAX || left < n->bytes) return false;
  for (size_t lines = 0; lines < n->lines; lines++) {
    const unsigned char *end = left > 0 ? memchr(at, '\n', left) : NULL;
    if (!end) return false;
    left -= (size_t)(end - at) + 1;
    at = end + 1;
  }
  return left >= n->bytes;
}

/* Fetches what is needed, as far as it comes. MN_OK, MN_PARKED, or why not. */
static mn_status fetch(mn_waiter *self, mn_pipe *pipe, const need *n) {
  mn_status status = MN_OK;
  while (status == MN_OK && !has(pipe, n)) {
    status = mn_pipe_fill(pipe);
    if (status == MN_EMPTY) status = wait_for(self, pipe, false);
  }
  return status == MN_CLOSED ? MN_OK : status;
}

static mn_status fetch_for(lua_State *L, mn_stream *stream, const need *n) {
  mn_waiter *self = mn_waiter_to_park(L);
  (void)mn_descriptors_come_back(self);
  mn_pipe *pipe = mn_stream_settle(stream);
  return pipe ? fetch(self, pipe, n) : MN_NOMEM;
}

static int l_read(lua_State *L) {
  mn_stream *stream = stream_with_tasks(L);
  if (stream) {
    need n = read_need(L);
    mn_status status = fetch_for(L, stream, &n);
    if (status != MN_OK) return mn_push_status(L, status);
  }
  return original_read(L);
}

/* Upvalues: the file, the io library's iterator, how many lines and bytes each step needs. */
enum { FILE_OF = 1, STEP, LINES, BYTES };

static int l_step(lua_State *L) {
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(FILE_OF));
  mn_stream *stream = stream_with_tasks(L);
  if (stream) {
    need n = {(size_t)lua_tointeger(L, lua_upvalueindex(LINES)),
              (size_t)lua_tointeger(L, lua_upvalueindex(BYTES))};
    mn_status status = fetch_for(L, stream, &n);
    if (status != MN_OK) return mn_push_status(L, status);
  }
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(STEP));
  lua_call(L, 0, LUA_MULTRET);
  return lua_gettop(L);
}

static int l_lines(lua_State *L) {
  if (!mn_stream_test(L, 1)) return original_lines(L);
  need n = read_need(L);
  int count = original_lines(L);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -count - 1);
  lua_pushinteger(L, (lua_Integer)n.lines);
  lua_pushinteger(L, (lua_Integer)n.bytes);
  lua_pushcclosure(L, l_step, BYTES);
  return 1;
}

/* ---- writing ---- */

/* Writes what the stream's pipe was left, and then gives what the call gives: its file, or true. */
static int finish(lua_State *L, mn_stream *stream, mn_waiter *self) {
  mn_pipe *pipe = mn_stream_pipe(stream);
  while (!mn_pipe_drain(pipe)) {
    mn_status status = wait_for(self, pipe, true);
    if (status != MN_OK) return mn_push_status(L, status);
  }
  lua_settop(L, 1);
  return 1;
}

static int write_with(lua_State *L, lua_CFunction function) {
  mn_stream *stream = stream_with_tasks(L);
  if (!stream) return function(L);
  mn_waiter *self = mn_waiter_to_park(L);
  if (!mn_descriptors_come_back(self)) {
    int count = mn_stream_defer(L, stream, function);
    if (!lua_toboolean(L, -count)) return count;
  }
  return finish(L, stream, self);
}

static int l_write(lua_State *L) {
  return write_with(L, original_write);
}

static int l_flush(lua_State *L) {
  return write_with(L, original_flush);
}

/* What stdio has yet is written before it closes the file. */
static int l_close(lua_State *L) {
  mn_stream *stream = stream_with_tasks(L);
  if (!stream) return original_close(L);
  mn_waiter *self = mn_waiter_to_park(L);
  (void)mn_descriptors_come_back(self);
  mn_pipe *pipe = mn_stream_settle(stream);
  while (pipe && mn_stream_writes(stream) && !mn_pipe_drain(pipe)) {
    mn_status status = wait_for(self, pipe, true);
    if (status == MN_PARKED) return mn_push_status(L, status);
    if (status != MN_OK) break; /* it is closed all the same */
  }
  return original_close(L);
}

/* ---- opening ---- */

/* Replaces the method `name` of the table on top of the stack. */
static void replace(lua_State *L, const char *name, _Atomic(lua_CFunction) *original,
                    lua_CFunction by) {
  lua_getfield(L, -1, name);
  atomic_store(original, lua_tocfunction(L, -1));
  lua_pop(L, 1);
  lua_pushcfunction(L, by);
  lua_setfield(L, -2, name);
}

void mn_stream_task_open(lua_State *L) {
  luaL_getmetatable(L, LUA_FILEHANDLE);
  lua_getfield(L, -1, "__index");
  replace(L, "read", &original_read, l_read);
  replace(L, "lines", &original_lines, l_lines);
  replace(L, "write", &original_write, l_write);
  replace(L, "flush", &original_flush, l_flush);
  replace(L, "close", &original_close, l_close);
  lua_pop(L, 2);
}
