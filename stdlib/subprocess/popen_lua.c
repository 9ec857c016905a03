/* subprocess/popen_lua.c -- a child and the files of its streams.
 *
 * The child is shared by all states that know it. Its streams, and its arguments, are the fields of a
 * table that only the state has which has started it; a weak table in the registry finds that. */
#define _POSIX_C_SOURCE 200809L /* fileno */
#include "subprocess/popen_lua.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/binding.h"
#include "core/calling.h"
#include "core/descriptors.h"
#include "core/registry.h"
#include "core/task.h"
#include "os/pipe.h"
#include "subprocess/stream_lua.h"

enum { STREAMS = 3 };

static const char *const stream_names[STREAMS] = {"stdin", "stdout", "stderr"};

/* Registry key: Popen to table of fields. */
static const char fields_key;

static mn_child *check_child(lua_State *L, int index) {
  return (mn_child *)(void *)mn_check_handle(L, index, &mn_child_type);
}

/* Pushes the fields of the Popen at `index`. False: other states have them, and nil is pushed. */
static bool push_fields(lua_State *L, int index) {
  index = lua_absindex(L, index);
  mn_registry_push_weak(L, &fields_key, "k");
  lua_pushvalue(L, index);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  return lua_istable(L, -1);
}

/* ---- starting ---- */

/* One start on its way. */
typedef struct start {
  mn_child *child;
  mn_program program;
  mn_time latest;
  mn_stream *streams[STREAMS]; /* those that are pipes */
  int ends[STREAMS];           /* the child's, to be closed afterwards; -1 */
} start;

/* Pushes a vector of the strings in the list at `index`, with NULL at the end. */
static const char *const *push_strings(lua_State *L, int index) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, index);
  const char **strings = lua_newuserdatauv(L, (size_t)(count + 1) * sizeof *strings, 0);
  for (lua_Integer i = 1; i <= count; i++) {
    (void)lua_rawgeti(L, index, i);
    strings[i - 1] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  strings[count] = NULL;
  return strings;
}

static bool is_word(lua_State *L, int index, const char *word) {
  return lua_type(L, index) == LUA_TSTRING && strcmp(lua_tostring(L, index), word) == 0;
}

/* The descriptor of the file or number at `index`. What was written to the file comes first. */
static int descriptor_of(lua_State *L, int index) {
  if (lua_isinteger(L, index)) return (int)lua_tointeger(L, index);
  mn_stream *stream = mn_stream_test(L, index);
  luaL_Stream *file = luaL_testudata(L, index, LUA_FILEHANDLE);
  if (!file || !file->closef) return -1;
  (void)fflush(file->f);
  if (!stream) return fileno(file->f);
  int descriptor = mn_stream_pipe(stream)->descriptor;
  if (descriptor >= 0) mn_os_set_waiting(descriptor, true);
  return descriptor;
}

/* Makes the file of stream `i`, if it is to be a pipe, and puts it into the fields on top of the stack. */
static void make_stream(lua_State *L, start *s, int i) {
  lua_getfield(L, 2, stream_names[i]);
  bool is_pipe = is_word(L, -1, "pipe");
  lua_pop(L, 1);
  if (!is_pipe) return;
  s->streams[i] = mn_stream_push(L, i == 0);
  lua_setfield(L, -2, stream_names[i]);
}

static const char *string_field(lua_State *L, const char *name) {
  lua_getfield(L, 2, name);
  const char *string = lua_tostring(L, -1); /* the table keeps it */
  lua_pop(L, 1);
  return string;
}

static bool flag_field(lua_State *L, const char *name) {
  lua_getfield(L, 2, name);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

/* Leaves what it pushes on the stack, which keeps it. */
static void read_program(lua_State *L, start *s) {
  s->program = (mn_program){.file = string_field(L, "executable"),
                            .folder = string_field(L, "cwd"),
                            .streams = {-1, -1, -1, -1},
                            .umask = -1,
                            .new_session = flag_field(L, "start_new_session"),
                            .new_group = flag_field(L, "group")};
  if (lua_getfield(L, 2, "umask") == LUA_TNUMBER) s->program.umask = (int)lua_tointeger(L, -1);
  lua_getfield(L, 2, "timeout");
  s->latest = mn_check_deadline(L, lua_gettop(L));
  s->program.arguments = push_strings(L, 1);
  if (lua_getfield(L, 2, "env") == LUA_TTABLE)
    s->program.environment = push_strings(L, lua_gettop(L));
}

/* Opens what stream `i` of the child is to be. */
static mn_status open_end(lua_State *L, start *s, int i) {
  int ends[2];
  mn_status status = MN_OK;
  lua_getfield(L, 2, stream_names[i]);
  if (s->streams[i]) {
    status = mn_os_pipe(ends);
    if (status == MN_OK) {
      int own = i == 0 ? 1 : 0;
      mn_os_set_waiting(ends[own], false);
      mn_stream_pipe(s->streams[i])->descriptor = ends[own];
      s->program.streams[i] = s->ends[i] = ends[1 - own];
    }
  } else if (is_word(L, -1, "devnull")) {
    s->program.streams[i] = s->ends[i] = mn_os_open_null();
    if (s->ends[i] < 0) status = MN_INVALID;
  } else if (is_word(L, -1, "stdout")) {
    s->program.streams[i] = s->program.streams[1] < 0 ? 1 : s->program.streams[1];
  } else if (!lua_isnil(L, -1)) {
    s->program.streams[i] = descriptor_of(L, lua_gettop(L));
    if (s->program.streams[i] < 0) {
      errno = EBADF;
      status = MN_INVALID;
    }
  }
  lua_pop(L, 1);
  return status;
}

/* Never throws. */
static mn_status open_and_start(lua_State *L, start *s, bool *folder_failed) {
  mn_status status = MN_OK;
  *folder_failed = false;
  for (int i = 0; i < STREAMS; i++) s->program.streams[i] = s->ends[i] = -1;
  for (int i = 0; status == MN_OK && i < STREAMS; i++) status = open_end(L, s, i);
  /* What was written here before comes before what the child writes there. */
  if (s->program.streams[1] < 0 || s->program.streams[2] == 1) (void)fflush(stdout);
  if (status == MN_OK) status = mn_child_start(s->child, &s->program, s->latest, folder_failed);
  int failure = errno;
  for (int i = 0; i < STREAMS; i++) {
    if (s->ends[i] >= 0) mn_os_close(s->ends[i]);
    if (status != MN_OK && s->streams[i]) mn_pipe_close(mn_stream_pipe(s->streams[i]));
  }
  errno = failure;
  return status;
}

int mn_popen_l_start(lua_State *L) {
  start s = {.latest = MN_FOREVER};
  bool folder_failed;
  mn_ref *ref = mn_ref_new(L, &mn_child_type);
  s.child = mn_child_new(mn_self(L));
  if (!s.child) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, &s.child->handle);
  mn_registry_push_weak(L, &fields_key, "k");
  lua_pushvalue(L, 3);
  lua_createtable(L, 0, 4);
  lua_getfield(L, 2, "args");
  lua_setfield(L, -2, "args");
  for (int i = 0; i < STREAMS; i++) make_stream(L, &s, i);
  lua_rawset(L, -3);
  read_program(L, &s);
  mn_status status = open_and_start(L, &s, &folder_failed);
  if (status != MN_OK && (errno == EMFILE || errno == ENFILE)) {
    /* What nobody uses any more may hold descriptors. */
    lua_gc(L, LUA_GCCOLLECT);
    status = open_and_start(L, &s, &folder_failed);
  }
  if (status == MN_OK) {
    lua_pushvalue(L, 3);
    return 1;
  }
  (void)luaL_fileresult(L, 0, NULL);
  lua_pushboolean(L, folder_failed);
  return 4;
}

/* ---- waiting ---- */

/* The pipe of the Popen at `index`, NULL: it has none, or was closed. What it has comes from stdio.
 * Throws for lack of memory. */
static mn_pipe *settled_pipe(lua_State *L, int index, int i) {
  mn_pipe *pipe = NULL;
  if (push_fields(L, index)) {
    lua_getfield(L, -1, stream_names[i]);
    mn_stream *stream = mn_stream_test(L, -1);
    if (stream) {
      pipe = mn_stream_settle(stream);
      if (!pipe) luaL_error(L, "not enough memory");
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return pipe;
}

/* Its files stay on the Lua stack no longer than their Popen, which is argument 1 of the call. */
static mn_pump pump_of(lua_State *L, mn_child *child, int first, bool to_end) {
  return (mn_pump){
      child, settled_pipe(L, first, 0), {settled_pipe(L, 1, 1), settled_pipe(L, 1, 2)}, to_end};
}

/* Waits as long as the caller says, who `limits` it, or else the child may live: past that it and all that
 * it has started is killed. */
static mn_status wait_with(mn_waiter *waiter, const mn_pump *pump, bool limits, mn_time deadline,
                           const char *verb, int *code) {
  mn_child *child = pump->child;
  if (!limits) deadline = child->latest;
  mn_wait_case wait_case = {.object = &child->handle, .verb = verb};
  mn_waiter_record(waiter, &wait_case, 1);
  mn_status status = mn_pump_run(pump, waiter, deadline, code);
  mn_waiter_record(waiter, NULL, 0);
  if (status == MN_TIMEOUT && !limits) {
    mn_child_kill(child);
    mn_pump_finish(pump);
  }
  return status;
}

static int push_outcome(lua_State *L, mn_status status) {
  if (status == MN_INVALID)
    return luaL_error(L, "nobody knows how the child ended: somebody else has waited for it");
  return mn_push_status(L, status);
}

static int l_wait(lua_State *L) {
  int code;
  mn_child *child = check_child(L, 1);
  mn_time deadline = mn_check_deadline(L, 2);
  mn_waiter *self = mn_waiter_to_park(L);
  (void)mn_descriptors_come_back(self);
  mn_pump pump = pump_of(L, child, 1, false);
  mn_status status = wait_with(self, &pump, !lua_isnoneornil(L, 2), deadline, "wait", &code);
  if (status != MN_OK) return push_outcome(L, status);
  lua_pushinteger(L, code);
  return 1;
}

static int l_poll(lua_State *L) {
  int code;
  mn_status status = mn_child_look(check_child(L, 1), &code);
  if (status == MN_INVALID) return push_outcome(L, status);
  if (status == MN_OK)
    lua_pushinteger(L, code);
  else
    lua_pushnil(L);
  return 1;
}

/* Pushes what came, which is nobody else's then. */
static void push_output(lua_State *L, mn_pipe *pipe) {
  if (!pipe) {
    lua_pushnil(L);
    return;
  }
  lua_pushlstring(L, pipe->bytes.data ? (const char *)pipe->bytes.data + pipe->done : "",
                  pipe->bytes.size - pipe->done);
  mn_buffer_free(&pipe->bytes);
  pipe->done = 0;
}

/* Before what stdio has written is moved there. */
static void check_input(lua_State *L, int first) {
  if (lua_isnoneornil(L, 2)) return;
  mn_stream *stream = NULL;
  if (push_fields(L, first)) {
    lua_getfield(L, -1, stream_names[0]);
    stream = mn_stream_test(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  const mn_pipe *pipe = stream ? mn_stream_pipe(stream) : NULL;
  luaL_argcheck(L, pipe && pipe->descriptor >= 0, 2, "its standard input is no open pipe");
  luaL_argcheck(L, pipe->done == pipe->bytes.size, 2, "the input before is not written yet");
}

static void give_input(lua_State *L, mn_pipe *pipe) {
  size_t size;
  const char *text = luaL_optlstring(L, 2, NULL, &size);
  if (text && !mn_buffer_add(&pipe->bytes, text, size)) luaL_error(L, "not enough memory");
}

int mn_popen_l_communicate(lua_State *L) {
  int code;
  mn_child *child = check_child(L, 1);
  (void)luaL_optlstring(L, 2, NULL, NULL);
  mn_time deadline = mn_check_deadline(L, 3);
  mn_waiter *self = mn_waiter_to_park(L);
  bool again = mn_descriptors_come_back(self);
  int first = lua_isnoneornil(L, 4) ? 1 : 4;
  (void)check_child(L, first);
  if (!again) check_input(L, first);
  mn_pump pump = pump_of(L, child, first, true);
  if (!again) give_input(L, pump.input);
  mn_status status = wait_with(self, &pump, !lua_isnoneornil(L, 3), deadline, "communicate", &code);
  if (status != MN_OK) return push_outcome(L, status);
  push_output(L, pump.outputs[0]);
  push_output(L, pump.outputs[1]);
  lua_pushinteger(L, code);
  return 3;
}

static int l_communicate(lua_State *L) {
  lua_settop(L, 3);
  return mn_popen_l_communicate(L);
}

int mn_popen_l_rest(lua_State *L) {
  mn_pump pump = pump_of(L, check_child(L, 1), 1, true);
  push_output(L, pump.outputs[0]);
  push_output(L, pump.outputs[1]);
  return 2;
}

/* ---- signals ---- */

static int push_signalled(lua_State *L, mn_status status) {
  return luaL_fileresult(L, status == MN_OK, NULL);
}

static int l_terminate(lua_State *L) {
  return push_signalled(L, mn_child_signal(check_child(L, 1), MN_SIGNAL_TERM));
}

static int l_kill(lua_State *L) {
  return push_signalled(L, mn_child_signal(check_child(L, 1), MN_SIGNAL_KILL));
}

static int l_send_signal(lua_State *L) {
  mn_child *child = check_child(L, 1);
  int signal = 0;
  if (lua_type(L, 2) == LUA_TSTRING) {
    signal = mn_os_signal_number(lua_tostring(L, 2));
    luaL_argcheck(L, signal > 0, 2, "no name of a signal");
  } else {
    lua_Integer number = luaL_checkinteger(L, 2);
    luaL_argcheck(L, number > 0 && number < MN_SIGNALS, 2, "no number of a signal");
    signal = (int)number;
  }
  return push_signalled(L, mn_child_signal(child, signal));
}

/* ---- the end of its block ---- */

/* `until` is mn_child_stop's. */
static int leave(lua_State *L, int resumed, lua_KContext until) {
  (void)resumed;
  mn_child *child = check_child(L, 1);
  mn_waiter *self = mn_waiter_to_park(L);
  mn_time time = (mn_time)until;
  (void)mn_descriptors_come_back(self);
  if (mn_child_stop(child, self, &time) == MN_PARKED)
    return mn_task_park_at(L, (lua_KContext)time, leave);
  bool has_fields = push_fields(L, 1);
  for (int i = 0; has_fields && i < STREAMS; i++) {
    lua_getfield(L, -1, stream_names[i]);
    mn_stream_close(L, -1);
    lua_pop(L, 1);
  }
  return 0;
}

static int l_leave(lua_State *L) {
  return leave(L, LUA_OK, 0);
}

/* ---- the type ---- */

static int l_index(lua_State *L) {
  mn_child *child = check_child(L, 1);
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  int code;
  if (is_word(L, 2, "pid")) {
    lua_pushinteger(L, child->pid);
  } else if (is_word(L, 2, "returncode")) {
    if (!mn_child_return_code(child, &code)) return 0;
    lua_pushinteger(L, code);
  } else if (push_fields(L, 1)) {
    lua_pushvalue(L, 2);
    lua_rawget(L, -2);
  }
  return 1;
}

static const luaL_Reg methods[] = {{"poll", l_poll},
                                   {"wait", l_wait},
                                   {"communicate", l_communicate},
                                   {"terminate", l_terminate},
                                   {"kill", l_kill},
                                   {"send_signal", l_send_signal},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__index", l_index}, {"__close", l_leave}, {NULL, NULL}};

static const mn_binding binding = {.methods = methods, .metamethods = metamethods};

void mn_popen_open(lua_State *L) {
  mn_type_open(L, &mn_child_type, &binding);
}
