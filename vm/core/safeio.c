/* core/safeio.c -- writing, and opening what is written to.
 *
 * Between flockfile and funlockfile nothing may throw: all values are strings or numbers by then. */
#define _POSIX_C_SOURCE 200809L /* flockfile, fdopen, fileno */

#include "core/safeio.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/binding.h"
#include "core/calling.h"
#include "core/command.h"
#include "core/interrupt.h"
#include "core/outlet.h"
#include "core/registry.h"
#include "core/status_line.h"

/* Upstream's key of the default output. */
#define OUTPUT "_IO_output"

/* Registry key of the files that were opened by name: the keys of a weak table. Its values tell whether a
 * file may hold unwritten bytes, or is only read. */
static const char files_key;

/* ---- values and streams ---- */

/* Writes the string or number at `index` as upstream does. False: it could not. Never throws. */
static bool put_value(lua_State *L, int index, FILE *file) {
  if (lua_isinteger(L, index))
    return fprintf(file, LUA_INTEGER_FMT, (LUAI_UACINT)lua_tointeger(L, index)) > 0;
  if (lua_type(L, index) == LUA_TNUMBER)
    return fprintf(file, LUA_NUMBER_FMT, (LUAI_UACNUMBER)lua_tonumber(L, index)) > 0;
  size_t size;
  const char *text = lua_tolstring(L, index, &size);
  return fwrite(text, 1, size, file) == size;
}

/* Of the text of the strings and numbers at first .. last; -1: there is none. Never throws. */
static int last_byte(lua_State *L, int first, int last) {
  for (int i = last; i >= first; i--) {
    if (lua_type(L, i) == LUA_TNUMBER) return '0'; /* or another digit */
    size_t size;
    const char *text = lua_tolstring(L, i, &size);
    if (size > 0) return (unsigned char)text[size - 1];
  }
  return -1;
}

/* Who cancels or interrupts a thread breaks off the system call of a write that it is blocked in. That
 * is no error of the stream's, which may be everybody's. `error` is the errno of a failed write, or 0. */
static void check_broken_off(lua_State *L, FILE *file, int error) {
  const mn_waiter *self = &mn_self(L)->waiter;
  bool cancelled = atomic_load(&self->cancelled);
  if (error != EINTR || (!cancelled && !atomic_load(&self->interrupted))) return;
  clearerr(file);
  (void)(cancelled ? mn_throw_cancelled(L) : mn_throw_interrupted(L, 1));
}

/* ---- writing to a host ---- */

/* Adds the string or number at `index` as put_value writes it. */
static void add_value(lua_State *L, luaL_Buffer *buffer, int index) {
  if (lua_type(L, index) == LUA_TNUMBER) {
    char text[64];
    int size =
        lua_isinteger(L, index)
            ? snprintf(text, sizeof text, LUA_INTEGER_FMT, (LUAI_UACINT)lua_tointeger(L, index))
            : snprintf(text, sizeof text, LUA_NUMBER_FMT, (LUAI_UACNUMBER)lua_tonumber(L, index));
    luaL_addlstring(buffer, text, (size_t)size);
  } else {
    size_t size;
    const char *text = lua_tolstring(L, index, &size);
    luaL_addlstring(buffer, text, size);
  }
}

/* Hands the values at first .. last to the runtime's outlet as one text, with what stands between two of
 * them and after the last. False: it has none. */
static bool write_to_outlet(lua_State *L, mn_outlet_stream stream, int first, int last,
                            const char *between, const char *after) {
  const mn_runtime *runtime = mn_state_of(L)->runtime;
  if (!runtime->outlet.write) return false;
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (int i = first; i <= last; i++) {
    if (i > first) luaL_addstring(&buffer, between);
    add_value(L, &buffer, i);
  }
  luaL_addstring(&buffer, after);
  luaL_pushresult(&buffer);
  size_t size;
  const char *text = lua_tolstring(L, -1, &size);
  (void)mn_outlet_write(runtime, stream, text, size);
  lua_pop(L, 1);
  return true;
}

/* ---- writing ---- */

static int l_print(lua_State *L) {
  int count = lua_gettop(L);
  for (int i = 1; i <= count; i++) {
    (void)luaL_tolstring(L, i, NULL);
    lua_replace(L, i);
  }
  if (write_to_outlet(L, MN_OUTLET_OUTPUT, 1, count, "\t", "\n")) return 0;
  bool watched = mn_status_line_watches(stdout);
  if (watched) mn_status_line_begin_write();
  errno = 0;
  flockfile(stdout);
  for (int i = 1; i <= count; i++) {
    if (i > 1) (void)putc('\t', stdout);
    (void)put_value(L, i, stdout);
  }
  (void)putc('\n', stdout);
  (void)fflush(stdout);
  int error = ferror(stdout) ? errno : 0;
  funlockfile(stdout);
  if (watched) mn_status_line_end_write('\n');
  check_broken_off(L, stdout, error);
  return 0;
}

/* Writes the values at first .. last, and returns the file, which is on top of the stack. */
static int write_values(lua_State *L, FILE *file, int first, int last) {
  for (int i = first; i <= last; i++)
    if (lua_type(L, i) != LUA_TNUMBER) (void)luaL_checkstring(L, i);
  if ((file == stdout || file == stderr) &&
      write_to_outlet(L, file == stdout ? MN_OUTLET_OUTPUT : MN_OUTLET_ERROR, first, last, "", ""))
    return 1;
  bool ok = true, watched = mn_status_line_watches(file);
  if (watched) mn_status_line_begin_write();
  errno = 0;
  flockfile(file);
  for (int i = first; ok && i <= last; i++) ok = put_value(L, i, file);
  int error = ok ? 0 : errno;
  funlockfile(file);
  if (watched) mn_status_line_end_write(last_byte(L, first, last));
  check_broken_off(L, file, error);
  errno = error;
  return ok ? 1 : luaL_fileresult(L, 0, NULL);
}

static int l_io_write(lua_State *L) {
  int last = lua_gettop(L);
  lua_getfield(L, LUA_REGISTRYINDEX, OUTPUT);
  luaL_Stream *stream = lua_touserdata(L, -1);
  if (!stream->closef) return luaL_error(L, "default output file is closed");
  return write_values(L, stream->f, 1, last);
}

/* The open file that is argument 1. */
static FILE *check_file(lua_State *L) {
  luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  if (!stream->closef) luaL_error(L, "attempt to use a closed file");
  return stream->f;
}

static int l_file_write(lua_State *L) {
  FILE *file = check_file(L);
  int last = lua_gettop(L);
  lua_pushvalue(L, 1);
  return write_values(L, file, 2, last);
}

/* ---- opening ---- */

FILE *mn_open_file(const char *name, const char *mode) {
  char own[8]; /* of a mode like "r+b", with room for what the C library ignores */
  int length = snprintf(own, sizeof own, "%.6s", mode);
  own[length] = 'e';
  own[length + 1] = '\0';
  return fopen(name, own);
}

/* Pushes a file that is yet to be opened and that `close` will close; `size` bytes, at least those of
 * a luaL_Stream. */
static void *push_stream(lua_State *L, size_t size, lua_CFunction close) {
  luaL_Stream *stream = lua_newuserdatauv(L, size, 0);
  stream->f = NULL; /* upstream's finalizer leaves such a one alone */
  stream->closef = close;
  luaL_setmetatable(L, LUA_FILEHANDLE);
  return stream;
}

static luaL_Stream *push_file(lua_State *L, lua_CFunction close) {
  return push_stream(L, sizeof(luaL_Stream), close);
}

static int l_close(lua_State *L) {
  luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  errno = 0;
  return luaL_fileresult(L, fclose(stream->f) == 0, NULL);
}

/* Notes that the file on top of the stack will be written to, or only read. */
static void note(lua_State *L, bool writes) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &files_key);
  lua_pushvalue(L, -2);
  lua_pushboolean(L, writes);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

/* [rwa] [+] [b ...], as upstream's */
static bool is_mode(const char *mode) {
  if (*mode == '\0' || !strchr("rwa", *mode)) return false;
  mode++;
  if (*mode == '+') mode++;
  return mode[strspn(mode, "b")] == '\0';
}

static int l_open(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  const char *mode = luaL_optstring(L, 2, "r");
  luaL_argcheck(L, is_mode(mode), 2, "invalid mode");
  luaL_Stream *stream = push_file(L, l_close);
  note(L, mode[0] != 'r' || mode[1] == '+');
  errno = 0;
  stream->f = mn_open_file(name, mode);
  return stream->f ? 1 : luaL_fileresult(L, 0, name);
}

static int l_tmpfile(lua_State *L) {
  luaL_Stream *stream = push_file(L, l_close);
  note(L, true);
  errno = 0;
  stream->f = tmpfile();
  if (!stream->f) return luaL_fileresult(L, 0, NULL);
  (void)mn_os_close_on_exec(fileno(stream->f));
  return 1;
}

/* io.output([file or name]) */
static int l_output(lua_State *L) {
  const char *name = lua_tostring(L, 1);
  if (name) {
    luaL_Stream *stream = push_file(L, l_close);
    note(L, true);
    stream->f = mn_open_file(name, "w");
    if (!stream->f) return luaL_error(L, "cannot open file '%s' (%s)", name, strerror(errno));
    lua_setfield(L, LUA_REGISTRYINDEX, OUTPUT);
  } else if (!lua_isnoneornil(L, 1)) {
    (void)check_file(L);
    lua_pushvalue(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, OUTPUT);
  }
  lua_getfield(L, LUA_REGISTRYINDEX, OUTPUT);
  return 1;
}

/* Calls upstream's function, which is upvalue 1, with all arguments. Of a name it opens a file, which is
 * its last result. What it complains of is told at the line of our caller, as it would be. */
static int open_by_original(lua_State *L) {
  bool opens = lua_isstring(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
  if (status != LUA_OK) return status == LUA_ERRRUN ? mn_throw_at_caller(L) : lua_error(L);
  if (opens) note(L, false);
  return lua_gettop(L);
}

/* io.input([file or name]) */
static int l_input(lua_State *L) {
  if (!lua_isnoneornil(L, 1) && !lua_isstring(L, 1)) (void)check_file(L);
  return open_by_original(L);
}

/* io.lines([name, ...]) */
static int l_lines(lua_State *L) {
  enum { FORMATS_MOST = 250 }; /* upstream's */
  if (!lua_isnoneornil(L, 1)) (void)luaL_checkstring(L, 1);
  luaL_argcheck(L, lua_gettop(L) - 1 <= FORMATS_MOST, FORMATS_MOST + 2, "too many arguments");
  return open_by_original(L);
}

/* ---- before others come to have the files ---- */

/* Writes out what there is; and gives back what was read ahead, if `reads`. */
static void flush_files(lua_State *L, bool reads) {
  (void)fflush(stdout);
  (void)fflush(stderr);
  if (reads) (void)fflush(stdin);
  mn_registry_push_weak(L, &files_key, "k"); /* empty in a host's state: that notes none */
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    luaL_Stream *stream = lua_touserdata(L, -2);
    if (stream->closef && stream->f && (reads || lua_toboolean(L, -1))) (void)fflush(stream->f);
  }
  lua_pop(L, 1);
}

void mn_safeio_settle(lua_State *L) {
  flush_files(L, true);
  (void)fflush(NULL); /* and what is in no state's list */
}

/* ---- commands ---- */

/* What io.popen gives: to Lua's io library a file like any other. */
typedef struct pipe_stream {
  luaL_Stream stream;
  mn_process process;
} pipe_stream;

static int l_close_pipe(lua_State *L) {
  pipe_stream *pipe = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  (void)fclose(pipe->stream.f); /* the command's status is what counts, as upstream has it */
  return mn_command_finish(L, &pipe->process, "close of a pipe");
}

/* Starts the command and gives it its end of the pipe. False: errno says why. */
static bool start_command(pipe_stream *pipe, const char *command, bool reads) {
  int ends[2];
  if (mn_os_pipe(ends) != MN_OK) return false;
  int own = reads ? ends[0] : ends[1], other = reads ? ends[1] : ends[0];
  FILE *file = fdopen(own, reads ? "r" : "w");
  mn_status status = MN_INVALID;
  if (file)
    status = mn_process_start(&pipe->process, command, reads ? -1 : other, reads ? other : -1);
  int failure = errno;
  mn_os_close(other);
  if (status == MN_OK) {
    pipe->stream.f = file;
    return true;
  }
  if (file)
    (void)fclose(file);
  else
    mn_os_close(own);
  errno = failure;
  return false;
}

static int l_popen(lua_State *L) {
  const char *command = luaL_checkstring(L, 1);
  const char *mode = luaL_optstring(L, 2, "r");
  luaL_argcheck(L, strcmp(mode, "r") == 0 || strcmp(mode, "w") == 0, 2, "invalid mode");
  flush_files(L, false); /* the command should find it written */
  pipe_stream *pipe = push_stream(L, sizeof *pipe, l_close_pipe);
  if (*mode == 'w') {
    note(L, true);
    mn_status_line_hide();
  }
  return start_command(pipe, command, *mode == 'r') ? 1 : luaL_fileresult(L, 0, command);
}

/* ---- all of it ---- */

static void open_files(lua_State *L) {
  mn_registry_push_weak(L, &files_key, "k");
  lua_pop(L, 1);
}

/* Puts `wrapper` in the place of a function of the library on top of the stack, which it calls. */
static void wrap(lua_State *L, const char *name, lua_CFunction wrapper) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, wrapper, 1);
  lua_setfield(L, -2, name);
}

void mn_safeio_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"open", l_open},      {"output", l_output},
                                       {"popen", l_popen},    {"tmpfile", l_tmpfile},
                                       {"write", l_io_write}, {NULL, NULL}};
  open_files(L);
  lua_pushcfunction(L, l_print);
  lua_setglobal(L, "print");
  lua_getglobal(L, LUA_IOLIBNAME);
  luaL_setfuncs(L, functions, 0);
  wrap(L, "input", l_input);
  wrap(L, "lines", l_lines);
  luaL_getmetatable(L, LUA_FILEHANDLE);
  lua_getfield(L, -1, "__index");
  lua_pushcfunction(L, l_file_write);
  lua_setfield(L, -2, "write");
  lua_pop(L, 3);
}
