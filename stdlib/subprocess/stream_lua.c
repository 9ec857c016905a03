/* subprocess/stream_lua.c -- FILEs with a pipe of ours below (fopencookie). */
#define _GNU_SOURCE /* fopencookie, off64_t */
#include "subprocess/stream_lua.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>

#include "core/binding.h"
#include "core/descriptors.h"
#include "core/registry.h"

/* What a FILE reads or writes at once. */
enum { BUFFER = 32 << 10 };

/* To Lua's io library a file like any other. */
struct mn_stream {
  luaL_Stream stream;
  mn_pipe pipe;
  mn_waiter *waiter; /* of the thread whose state has it */
  bool settles;      /* stdio is made to give up what it has: nothing is read or written */
  bool hastes;       /* nothing is waited for */
  bool defers;       /* nothing is waited for, and what can't be written is the pipe's */
  bool writes;
};

/* ---- what stdio calls ---- */

static ssize_t on_read(void *cookie, char *bytes, size_t size) {
  mn_stream *stream = cookie;
  size_t count = 0;
  if (stream->settles) return 0;
  mn_status status = mn_pipe_read(&stream->pipe, stream->waiter, bytes, size, &count);
  if (status == MN_OK) return (ssize_t)count;
  if (mn_status_is_stop(status)) errno = EINTR;
  return -1;
}

/* What an earlier wait for the child has left unwritten comes first. */
static mn_status write_left(mn_stream *stream) {
  mn_pipe *pipe = &stream->pipe;
  size_t count = 0, left = pipe->bytes.size - pipe->done;
  if (left == 0) return MN_OK;
  mn_status status = mn_pipe_write(pipe, stream->waiter, pipe->bytes.data + pipe->done, left,
                                   !stream->hastes, &count);
  pipe->done += count;
  if (status == MN_OK) {
    mn_buffer_free(&pipe->bytes);
    pipe->done = 0;
  }
  return status;
}

static ssize_t defer(mn_stream *stream, const char *bytes, size_t size) {
  mn_pipe *pipe = &stream->pipe;
  size_t count = 0;
  if (pipe->done == pipe->bytes.size) {
    mn_status status = mn_pipe_write(pipe, stream->waiter, bytes, size, false, &count);
    if (status != MN_OK && status != MN_TIMEOUT) return (ssize_t)count;
  }
  return mn_buffer_add(&pipe->bytes, bytes + count, size - count) ? (ssize_t)size : (ssize_t)count;
}

static ssize_t on_write(void *cookie, const char *bytes, size_t size) {
  mn_stream *stream = cookie;
  size_t count = 0;
  if (stream->pipe.descriptor < 0) {
    errno = EPIPE;
    return 0;
  }
  if (stream->settles) return mn_buffer_add(&stream->pipe.bytes, bytes, size) ? (ssize_t)size : 0;
  if (stream->defers) return defer(stream, bytes, size);
  mn_status status = write_left(stream);
  if (status == MN_OK)
    status = mn_pipe_write(&stream->pipe, stream->waiter, bytes, size, !stream->hastes, &count);
  if (mn_status_is_stop(status)) errno = EINTR;
  return (ssize_t)count;
}

static int on_close(void *cookie) {
  mn_stream *stream = cookie;
  int descriptor = stream->pipe.descriptor;
  if (descriptor >= 0) mn_descriptors_closed(stream->waiter->host, descriptor);
  mn_pipe_free(&stream->pipe);
  return 0;
}

/* ---- the file ---- */

/* A file that the collector closes waits for nobody. */
static int l_close(lua_State *L) {
  mn_stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  if (mn_is_finalizing(L)) stream->hastes = true;
  errno = 0;
  return luaL_fileresult(L, fclose(stream->stream.f) == 0, NULL);
}

mn_stream *mn_stream_push(lua_State *L, bool writes) {
  static const cookie_io_functions_t functions = {on_read, on_write, NULL, on_close};
  mn_stream *stream = lua_newuserdatauv(L, sizeof *stream, 0);
  *stream =
      (mn_stream){.pipe = {.descriptor = -1}, .waiter = &mn_self(L)->waiter, .writes = writes};
  luaL_setmetatable(L, LUA_FILEHANDLE); /* whose finalizer leaves one without closef alone */
  stream->stream.f = fopencookie(stream, writes ? "w" : "r", functions);
  if (!stream->stream.f) luaL_error(L, "not enough memory");
  (void)setvbuf(stream->stream.f, NULL, _IOFBF, BUFFER);
  stream->stream.closef = l_close;
  return stream;
}

mn_stream *mn_stream_test(lua_State *L, int index) {
  mn_stream *stream = luaL_testudata(L, index, LUA_FILEHANDLE);
  return stream && stream->stream.closef == l_close ? stream : NULL;
}

bool mn_stream_writes(const mn_stream *stream) {
  return stream->writes;
}

mn_pipe *mn_stream_pipe(mn_stream *stream) {
  return &stream->pipe;
}

/* Puts what stdio has read before what the pipe has. */
static bool take_back(mn_stream *stream) {
  mn_pipe *pipe = &stream->pipe;
  mn_buffer bytes = {0};
  size_t count;
  bool ok = true;
  while (ok && (ok = mn_buffer_reserve(&bytes, BUFFER)) &&
         (count = fread(bytes.data + bytes.size, 1, BUFFER, stream->stream.f)) > 0)
    bytes.size += count;
  clearerr(stream->stream.f);
  if (bytes.size > 0 && ok)
    ok = mn_buffer_add(&bytes, pipe->bytes.data + pipe->done, pipe->bytes.size - pipe->done);
  if (bytes.size == 0 || !ok) {
    mn_buffer_free(&bytes);
    return ok;
  }
  mn_buffer_free(&pipe->bytes);
  pipe->bytes = bytes;
  pipe->done = 0;
  return true;
}

mn_pipe *mn_stream_settle(mn_stream *stream) {
  stream->settles = true;
  bool ok = stream->writes ? fflush(stream->stream.f) == 0 || errno == EPIPE : take_back(stream);
  stream->settles = false;
  return ok ? &stream->pipe : NULL;
}

int mn_stream_defer(lua_State *L, mn_stream *stream, lua_CFunction function) {
  stream->defers = true;
  int count = function(L);
  stream->defers = false;
  return count;
}

void mn_stream_close(lua_State *L, int index) {
  mn_stream *stream = mn_stream_test(L, index);
  if (!stream) return;
  stream->hastes = true;
  stream->stream.closef = NULL;
  (void)fclose(stream->stream.f);
}
