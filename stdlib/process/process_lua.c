/* process/process_lua.c -- process, and processes as Lua sees them. */
#include "process/process_lua.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "os/process.h"
#include "process/deputy_lua.h"
#include "process/process_object.h"
#include "process/proxy_lua.h"
#include "spawn/spawn_options.h"
#include "spawn/thread_lua.h"

static mn_process_object *check_process(lua_State *L) {
  return (mn_process_object *)(void *)mn_check_handle(L, 1, &mn_process_type);
}

/* ---- process ---- */

static void name_it(mn_thread_options *options) {
  static _Atomic uint64_t last_number; /* for the names alone */
  if (options->named) return;
  uint64_t number = atomic_fetch_add(&last_number, 1) + 1;
  (void)snprintf(options->name, sizeof options->name, "Process-%llu", (unsigned long long)number);
  options->named = true;
}

/* Pushes package.path and package.cpath. */
static void push_paths(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, "package");
  lua_getfield(L, -1, "path");
  lua_getfield(L, -2, "cpath");
  lua_rotate(L, -4, 2);
  lua_pop(L, 2);
}

static int throw_not_made(lua_State *L, mn_status status) {
  if (status == MN_INVALID) return luaL_error(L, "cannot start a process: %s", strerror(errno));
  if (status == MN_NOT_PERMITTED)
    return luaL_error(L,
                      "processes run the command 'moons' " MOONS_VERSION ", which was not found");
  return mn_throw_not_started(L, status);
}

static int l_process(lua_State *L) {
  static const mn_keeper_options keeper = {.serve = mn_deputy_body};
  mn_thread_options options = {.daemon = mn_self(L)->options.daemon};
  if (lua_type(L, 1) == LUA_TTABLE) mn_spawn_read_options(L, &options);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  name_it(&options);
  int count = lua_gettop(L);
  mn_ref *ref = mn_ref_new(L, &mn_process_type);
  mn_process_object *process = mn_process_object_new(mn_state_of(L)->runtime, &options);
  if (!process) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, &process->handle);
  process->driver->handle.made_at = mn_made_at_ref(process->handle.made_at);
  lua_insert(L, 1);
  push_paths(L);
  lua_rotate(L, 2, 2);
  mn_encode_or_throw(L, 2, count + 2, "argument #%d", -1, &process->work);
  mn_message_set_paths(&process->work);
  (void)fflush(stdout); /* what was written before comes before what the process writes */
  mn_status status = mn_process_object_start(process, keeper, mn_self(L));
  if (status != MN_OK) return throw_not_made(L, status);
  lua_settop(L, 1);
  return 1;
}

/* ---- methods ---- */

static int l_join(lua_State *L) {
  return mn_thread_l_join(L, check_process(L)->driver);
}

static int l_close(lua_State *L) {
  return mn_thread_l_close(L, check_process(L)->driver);
}

static int l_status(lua_State *L) {
  return mn_thread_l_status(L, check_process(L)->driver);
}

static int l_cancel(lua_State *L) {
  return mn_thread_l_cancel(L, check_process(L)->driver);
}

static int l_interrupt(lua_State *L) {
  mn_process_object *process = check_process(L);
  luaL_argcheck(L, lua_isnoneornil(L, 2), 2, "a process is interrupted without a value");
  return mn_thread_l_interrupt(L, process->driver);
}

static int l_name(lua_State *L) {
  return mn_thread_l_name(L, check_process(L)->driver);
}

static int l_traceback(lua_State *L) {
  return mn_thread_l_traceback(L, check_process(L)->driver);
}

/* nil where it was never started. */
static int l_pid(lua_State *L) {
  const mn_child *child = check_process(L)->child;
  if (!child) return 0;
  lua_pushinteger(L, child->pid);
  return 1;
}

/* nil while it runs. */
static int l_exitcode(lua_State *L) {
  int code;
  mn_child *child = check_process(L)->child;
  if (!child || !mn_child_return_code(child, &code)) return 0;
  lua_pushinteger(L, code);
  return 1;
}

/* False: it has ended. */
static int send_signal(lua_State *L, int signal) {
  mn_child *child = check_process(L)->child;
  bool runs = child && !mn_child_has_ended(child);
  if (runs && mn_child_signal(child, signal) != MN_OK)
    return luaL_error(L, "cannot signal the process: %s", strerror(errno));
  lua_pushboolean(L, runs);
  return 1;
}

static int l_kill(lua_State *L) {
  return send_signal(L, MN_SIGNAL_KILL);
}

static int l_terminate(lua_State *L) {
  return send_signal(L, MN_SIGNAL_TERM);
}

/* Into the mailbox of its main thread. */
static int l_send(lua_State *L) {
  mn_process_object *process = check_process(L);
  mn_handle *main;
  luaL_argcheck(L, !lua_isnoneornil(L, 2), 2, "nil cannot be sent");
  mn_time deadline = mn_check_deadline(L, 3);
  mn_status status = mn_process_object_wait(process, mn_waiter_to_park(L), deadline, &main);
  if (status != MN_OK) return mn_push_status(L, status);
  lua_settop(L, 2);
  mn_push_handle(L, main);
  lua_insert(L, 2);
  lua_getfield(L, 2, "send");
  lua_insert(L, 2);
  lua_call(L, 2, LUA_MULTRET);
  return lua_gettop(L) - 1;
}

static const luaL_Reg methods[] = {
    {"join", l_join}, {"status", l_status},       {"cancel", l_cancel}, {"interrupt", l_interrupt},
    {"name", l_name}, {"traceback", l_traceback}, {"pid", l_pid},       {"exitcode", l_exitcode},
    {"kill", l_kill}, {"terminate", l_terminate}, {"send", l_send},     {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__close", l_close}, {NULL, NULL}};

/* ---- select ---- */

static mn_status select_prepare(lua_State *L, mn_handle *object, mn_wait_case *wait) {
  mn_process_object *process = (mn_process_object *)(void *)object;
  return mn_thread_prepare_join(process->driver, mn_waiter_of(L), wait);
}

static int select_push(lua_State *L, mn_wait_case *wait, mn_status status) {
  const mn_thread *driver = wait->argument;
  if (status != MN_OK) return mn_push_status(L, status);
  lua_pushstring(L, mn_thread_status_word(atomic_load(&driver->status)));
  return 1;
}

static const mn_selectable selectable = {
    .type = &mn_process_type, .prepare = select_prepare, .push = select_push};

static const mn_binding binding = {
    .methods = methods, .metamethods = metamethods, .select = &selectable};

void mn_process_open(lua_State *L) {
  mn_type_open(L, &mn_process_type, &binding);
  mn_proxy_open(L);
  lua_pushcfunction(L, l_process);
  lua_setfield(L, -2, "process");
}
