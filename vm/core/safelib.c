/* core/safelib.c -- the few functions of the standard library that threads need otherwise. */
#include "core/safelib.h"

#include <errno.h>
#include <lauxlib.h>
#include <locale.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#include "core/binding.h"
#include "core/command.h"
#include "core/interrupt.h"
#include "core/safeio.h"
#include "core/state_data.h"
#include "core/status_line.h"
#include "core/threads.h"

/* ---- the process ---- */

static int check_exit_status(lua_State *L) {
  if (lua_isboolean(L, 1)) return lua_toboolean(L, 1) ? EXIT_SUCCESS : EXIT_FAILURE;
  return (int)luaL_optinteger(L, 1, EXIT_SUCCESS);
}

/* Closes the state from within. A signal that comes meanwhile must find no state to interrupt. */
static void close_here(lua_State *L, mn_state *state) {
  state->exiting = true;
  mn_host_end(&state->thread->host);
  mn_interrupt_leave(state);
  lua_close(L);
}

/* os.exit([code [, close]]). Closing is left out when the state is being closed already, by the
 * finalizer that calls. */
static int l_exit(lua_State *L) {
  int status = check_exit_status(L);
  mn_state *state = mn_state_of(L);
  mn_runtime *runtime = state->runtime;
  if (state->thread != runtime->main)
    return luaL_error(L, "os.exit can only be called by the main thread; raise an error instead");
  bool all_ended = mn_threads_stop(runtime);
  if (!all_ended) mn_threads_report_stuck(runtime);
  if (lua_toboolean(L, 2) && !state->closing && !state->exiting) close_here(L, state);
  mn_threads_report(runtime);
  bool all_well = all_ended && !atomic_load(&runtime->lost_error);
  if (status == EXIT_SUCCESS && !all_well) status = EXIT_FAILURE;
  mn_status_line_leave();
  if (all_ended) exit(status);
  /* Threads are still running, so nothing may be taken down under them. */
  (void)fflush(stdout);
  mn_os_exit_now(status);
}

static int l_setlocale(lua_State *L) {
  static const int categories[] = {LC_ALL, LC_COLLATE, LC_CTYPE, LC_MONETARY, LC_NUMERIC, LC_TIME};
  static const char *const names[] = {"all",     "collate", "ctype", "monetary",
                                      "numeric", "time",    NULL};
  const char *wanted = luaL_optstring(L, 1, NULL);
  int category = categories[luaL_checkoption(L, 2, "all", names)];
  const char *locale = setlocale(category, NULL);
  char other[MN_THREAD_NAME];
  if (wanted && strcmp(wanted, locale) != 0) {
    if (mn_threads_find_other(mn_self(L), other))
      return luaL_error(L, "os.setlocale would change all threads' locale; "
                           "the main thread can do that while no other thread lives");
    locale = setlocale(category, wanted);
  }
  lua_pushstring(L, locale);
  return 1;
}

static void open_process(lua_State *L) {
  lua_getglobal(L, LUA_OSLIBNAME);
  lua_pushcfunction(L, l_exit);
  lua_setfield(L, -2, "exit");
  lua_pushcfunction(L, mn_l_execute);
  lua_setfield(L, -2, "execute");
  lua_pushcfunction(L, l_setlocale);
  lua_setfield(L, -2, "setlocale");
  lua_pop(L, 1);
}

/* ---- functions around upstream's, which is their upvalue ---- */

/* Calls upstream's function with all arguments. */
static void call_original(lua_State *L, int nresults) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, nresults);
}

/* Raises what upstream's would, in the name of the function that the script called. */
static void check_hook(lua_State *L) {
  int arg = lua_isthread(L, 1) ? 1 : 0;
  if (lua_isnoneornil(L, arg + 1)) return;
  (void)luaL_checkstring(L, arg + 2);
  luaL_checktype(L, arg + 1, LUA_TFUNCTION);
  (void)luaL_optinteger(L, arg + 3, 0);
}

static int l_sethook(lua_State *L) {
  mn_thread *self = mn_self(L);
  check_hook(L);
  if (mn_state_of(L)->has_step_limit)
    return luaL_error(L, "cannot set a hook where instructions are counted");
  if (atomic_load(&self->waiter.cancelled)) return mn_throw_cancelled(L);
  mn_interrupt_forget_hook(mn_state_of(L));
  call_original(L, 0);
  mn_thread_nudge(self); /* our hook may just have been replaced */
  return atomic_load(&self->waiter.cancelled) ? mn_throw_cancelled(L) : 0;
}

static int l_randomseed(lua_State *L) {
  if (lua_gettop(L) == 0) {
    lua_Integer seed[2];
    if (mn_os_random(seed, sizeof seed) != MN_OK)
      return luaL_error(L, "the system gives no random numbers (%s)", strerror(errno));
    lua_pushinteger(L, seed[0]);
    lua_pushinteger(L, seed[1]);
  } else {
    (void)luaL_checknumber(L, 1);
    (void)luaL_optinteger(L, 2, 0);
  }
  call_original(L, LUA_MULTRET);
  return lua_gettop(L);
}

/* Replaces library.name by `wrapper`. */
static void wrap(lua_State *L, const char *library, const char *name, lua_CFunction wrapper) {
  lua_getglobal(L, library);
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, wrapper, 1);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

/* ---- all of it ---- */

/* Upstream's table of loaded C libraries unloads them in its finalizer. */
static void keep_c_libraries(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, "_CLIBS");
  lua_pushnil(L);
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

void mn_safelib_open(lua_State *L) {
  mn_safeio_open(L);
  open_process(L);
  wrap(L, LUA_DBLIBNAME, "sethook", l_sethook);
  wrap(L, LUA_MATHLIBNAME, "randomseed", l_randomseed);
  keep_c_libraries(L);
}
