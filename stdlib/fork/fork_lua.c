/* fork/fork_lua.c -- fork, waitpid, and the numbers of processes. */
#include "fork/fork_lua.h"

#include <errno.h>
#include <limits.h>
#include <lualib.h>
#include <string.h>

#include "core/binding.h"
#include "core/calling.h"
#include "core/fork.h"
#include "core/safeio.h"
#include "core/threads.h"
#include "fork/fork.h"
#include "os/fork.h"

/* What a fork needs that it could not get afterwards. */
typedef struct seeds {
  uint64_t states;
  lua_Integer random[2];
} seeds;

static int push_failure(lua_State *L, mn_status status) {
  if (status == MN_TOO_MANY)
    return luaL_error(L, "cannot fork while a C library has threads, which a child would not have; "
                         "moons.process starts a process beside any threads");
  return luaL_error(L, "cannot fork: %s", strerror(errno));
}

/* math.randomseed is upvalue 1. */
static int l_fork(lua_State *L) {
  char other[MN_THREAD_NAME];
  seeds new;
  int pid;
  mn_thread *self = mn_self(L);
  mn_waiter_serve(&self->waiter); /* or both would */
  if (mn_threads_find_other(self, other))
    return luaL_error(L,
                      "cannot fork while thread '%s' runs, which a child would not have; "
                      "moons.process starts a process beside any threads",
                      other);
  if (mn_os_random(&new, sizeof new) != MN_OK) return push_failure(L, MN_INVALID);
  mn_safeio_settle(L);
  mn_status status = mn_runtime_fork(self->runtime, new.states, &pid);
  if (status != MN_OK) return push_failure(L, status);
  if (pid == 0) {
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushinteger(L, new.random[0]);
    lua_pushinteger(L, new.random[1]);
    lua_call(L, 2, 0);
  }
  lua_pushinteger(L, pid);
  return 1;
}

static int l_waitpid(lua_State *L) {
  int code;
  lua_Integer pid = luaL_checkinteger(L, 1);
  luaL_argcheck(L, pid > 0 && pid <= INT_MAX, 1, "no number of a process");
  mn_time deadline = mn_check_deadline(L, 2);
  mn_status status = mn_fork_wait((int)pid, mn_waiter_to_park(L), deadline, &code);
  if (status == MN_INVALID)
    return luaL_argerror(
        L, 1, lua_pushfstring(L, "%I is no child of this process, or was waited for", pid));
  if (status != MN_OK) return mn_push_status(L, status);
  lua_pushinteger(L, code);
  return 1;
}

static int l_getpid(lua_State *L) {
  lua_pushinteger(L, mn_os_process_id());
  return 1;
}

static int l_getppid(lua_State *L) {
  lua_pushinteger(L, mn_os_parent_id());
  return 1;
}

void mn_fork_open(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"waitpid", l_waitpid}, {"getpid", l_getpid}, {"getppid", l_getppid}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  lua_getglobal(L, LUA_MATHLIBNAME);
  lua_getfield(L, -1, "randomseed");
  lua_remove(L, -2);
  lua_pushcclosure(L, l_fork, 1);
  lua_setfield(L, -2, "fork");
}
