/* moons/moons_lua.c -- the table `moons` and the names that scripts find predefined. */
#include "moons/moons_lua.h"

#include <lauxlib.h>

#include "actor/actor_lua.h"
#include "array/array_lua.h"
#include "atomic/atomic_lua.h"
#include "barrier/barrier_lua.h"
#include "buffer/buffer_lua.h"
#include "condition/condition_lua.h"
#include "coroutine/coroutine_lua.h"
#include "event/event_lua.h"
#include "fork/fork_lua.h"
#include "futures/futures_lua.h"
#include "generator/generator_lua.h"
#include "lock/lock_lua.h"
#include "mailbox/mailbox_lua.h"
#include "net/net_lua.h"
#include "once/once_lua.h"
#include "os/os.h"
#include "pool/pool_lua.h"
#include "process/process_lua.h"
#include "process_pool/process_pool_lua.h"
#include "progress/progress_lua.h"
#include "queue/queue_lua.h"
#include "remote/remote_lua.h"
#include "rlock/rlock_lua.h"
#include "rwlock/rwlock_lua.h"
#include "scope/scope_lua.h"
#include "select/select_lua.h"
#include "semaphore/semaphore_lua.h"
#include "shared/shared_lua.h"
#include "spawn/spawn_lua.h"
#include "subprocess/subprocess_lua.h"
#include "task/task_lua.h"
#include "threadlocal/threadlocal_lua.h"
#include "time/time_lua.h"

static const char *const predefined[] = {"spawn", "Queue",   "Lock",       "threadlocal",
                                         "Pool",  "futures", "subprocess", NULL};

static int l_cpu_count(lua_State *L) {
  lua_pushinteger(L, mn_cpu_count());
  return 1;
}

void mn_moons_open(lua_State *L) {
  lua_newtable(L);
  lua_pushliteral(L, MOONS_VERSION);
  lua_setfield(L, -2, "version");
  lua_pushcfunction(L, l_cpu_count);
  lua_setfield(L, -2, "cpu_count");
  mn_spawn_open(L);
  mn_mailbox_open(L);
  mn_queue_open(L);
  mn_guard_open(L);
  mn_lock_open(L);
  mn_rlock_open(L);
  mn_semaphore_open(L);
  mn_event_open(L);
  mn_condition_open(L);
  mn_barrier_open(L);
  mn_rwlock_open(L);
  mn_once_open(L);
  mn_threadlocal_open(L);
  mn_time_open(L);
  mn_coroutine_open(L);
  mn_generator_open(L);
  mn_buffer_open(L);
  mn_array_open(L);
  mn_atomic_open(L);
  mn_shared_open(L);
  mn_select_open(L);
  mn_futures_open(L);
  mn_task_open(L);
  mn_scope_open(L);
  mn_actor_open(L);
  mn_pool_open(L);
  mn_progress_open(L);
  mn_subprocess_open(L);
  mn_net_open(L);
  mn_remote_open(L);
  mn_fork_open(L);
  mn_process_open(L);
  mn_process_pool_open(L);

  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "moons");
  lua_pop(L, 1);
}

int mn_libraries_open(lua_State *L) {
  mn_moons_open(L);
  for (const char *const *name = predefined; *name; name++) {
    lua_getfield(L, -1, *name);
    lua_setglobal(L, *name);
  }
  lua_setglobal(L, "moons");
  return 0;
}
