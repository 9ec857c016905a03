/* embed/runtime.c -- runtimes: making, ending, what they write.
 *
 * The end has two parts. moons_runtime_free stops the threads, breaks off the program's waits and silences
 * the outlet; the memory goes with the last reference, since objects that the program still has
 * look into it. */
#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/state_data.h"
#include "core/threads.h"
#include "core/worker.h"
#include "embed/call.h"
#include "embed/config.h"
#include "embed/executor.h"
#include "embed/hosted.h"
#include "embed/object.h"
#include "embed/sandbox.h"
#include "moons/moons_lua.h"

const char *moons_version(void) {
  return MOONS_VERSION;
}

/* ---- statuses ---- */

const char *moons_status_text(moons_status status) {
  switch (status) {
    case MOONS_OK: return "success";
    case MOONS_TIMEOUT: return "the time is up";
    case MOONS_CLOSED: return "closed";
    case MOONS_EMPTY: return "there is nothing now";
    case MOONS_FULL: return "there is no room now";
    case MOONS_CANCELLED: return "cancelled";
    case MOONS_FAILED: return "the script has raised an error";
    case MOONS_NO_MEMORY: return "not enough memory";
    case MOONS_TOO_MANY: return "the system has no more threads or descriptors";
    case MOONS_REFUSED: return "the value cannot be sent";
    case MOONS_BUSY: return "still in use";
    case MOONS_INVALID: return "invalid argument";
  }
  return "unknown status";
}

/* ---- what it writes ---- */

static void write_out(void *argument, mn_outlet_stream stream, const char *bytes, size_t size) {
  moons_runtime *runtime = argument;
  if (!atomic_load(&runtime->is_silent))
    runtime->config.write(runtime->config.argument, (moons_stream)stream, bytes, size);
}

/* ---- waiting ---- */

/* Under the mutex, so that who waits can't go meanwhile. */
static void break_waits_off_locked(moons_runtime *runtime) {
  for (mn_list *l = runtime->waits.next; l != &runtime->waits; l = l->next) {
    mn_embed_wait *wait = mn_list_entry(l, mn_embed_wait, link);
    atomic_store(&wait->waiter.cancelled, true);
    mn_waiter_wake(&wait->waiter);
  }
}

/* ---- making ---- */

static int l_loadlib(lua_State *L) {
  return luaL_error(L, "no C modules here: Lua's API is not exported");
}

/* Modules in C would find no Lua, or another one's. */
static void open_package(lua_State *L, const char *path) {
  lua_getglobal(L, LUA_LOADLIBNAME);
  if (path) {
    lua_pushstring(L, path);
    lua_setfield(L, -2, "path");
  }
  lua_pushcfunction(L, l_loadlib);
  lua_setfield(L, -2, "loadlib");
  lua_getfield(L, -1, "searchers");
  for (lua_Integer i = luaL_len(L, -1); i > 2;
       i--) { /* the first two are for preload and for Lua */
    lua_pushnil(L);
    lua_rawseti(L, -2, i);
  }
  lua_pop(L, 2);
}

static int open_libraries(lua_State *L) {
  const moons_config *config = &mn_embed_of(L)->config;
  open_package(L, config->package_path);
  (void)mn_libraries_open(L);
  mn_entries_open(L, config->functions);
  mn_object_types_open(L, mn_embed_of(L)->types);
  if (config->sandbox) mn_sandbox_open(L, config->allowed, config->functions);
  return 0;
}

static moons_status open_core(moons_runtime *runtime) {
  const moons_config *config = &runtime->config;
  const mn_hosting hosting = {
      .host = runtime,
      .outlet = {config->write ? write_out : NULL, runtime},
      .heaps = config->allocate || config->memory_limit > 0 ? &runtime->heaps : NULL,
      .thread_names = config->thread_names,
      .instructions = config->instruction_limit,
  };
  runtime->heaps.resize = config->allocate;
  runtime->heaps.argument = config->allocate_argument;
  runtime->heaps.limit = config->memory_limit;
  errno = ENOMEM;
  runtime->core = mn_runtime_new_hosted(open_libraries, &hosting);
  if (runtime->core) return MOONS_OK;
  return errno == ENOMEM ? MOONS_NO_MEMORY : MOONS_TOO_MANY;
}

moons_status moons_runtime_new(const moons_config *config, moons_runtime **runtime) {
  if (mn_is_missing(runtime)) return MOONS_INVALID;
  moons_runtime *made = mn_alloc_zero(sizeof *made);
  if (!made) return MOONS_NO_MEMORY;
  made->kind = MN_KIND_RUNTIME;
  atomic_init(&made->references, 1);
  mn_list_init(&made->waits);
  mn_list_init(&made->crews);
  moons_status status = MOONS_INVALID;
  if (mn_embed_read_options(config, &made->config, sizeof made->config))
    status = mn_config_own(&made->config);
  if (status == MOONS_OK) {
    status = mn_object_types_new(made, made->config.types, &made->types);
    if (status == MOONS_OK) status = open_core(made);
    if (status != MOONS_OK) mn_config_drop(&made->config);
  }
  if (status == MOONS_OK) {
    *runtime = made;
  } else {
    mn_free(made->types);
    mn_free(made);
  }
  return status;
}

/* ---- the end ---- */

/* One of its threads, which would wait for itself. */
static bool is_within(const moons_runtime *runtime, const char *call) {
  const mn_thread *here = mn_embed_thread_here();
  return here && here->runtime == runtime->core &&
         mn_misuse(call, "runtime", "waits for the thread that calls");
}

moons_status moons_runtime_wait(moons_runtime *runtime, double seconds) {
  if (mn_is_bad(runtime) || is_within(runtime, __func__)) return MOONS_INVALID;
  return mn_embed_status(mn_threads_wait(runtime->core, mn_embed_deadline(seconds)));
}

static moons_status stop(moons_runtime *runtime) {
  mn_mutex_lock(&runtime->mutex);
  runtime->is_closing = true;
  break_waits_off_locked(runtime);
  mn_mutex_unlock(&runtime->mutex);
  mn_executors_terminate(runtime);
  if (!mn_threads_stop(runtime->core)) return MOONS_BUSY;
  mn_threads_report(runtime->core);
  mn_workers_end(runtime->core, &runtime->core->main->waiter);
  atomic_store(&runtime->is_silent, true);
  return MOONS_OK;
}

moons_status moons_runtime_free(moons_runtime *runtime) {
  if (!runtime) return MOONS_OK;
  if (mn_is_bad(runtime) || is_within(runtime, __func__)) return MOONS_INVALID;
  if (atomic_exchange(&runtime->is_being_freed, true)) return MOONS_BUSY;
  moons_status status = stop(runtime);
  if (status != MOONS_OK) {
    atomic_store(&runtime->is_being_freed, false);
    return status;
  }
  mn_bury(runtime);
  mn_embed_unref(runtime);
  return MOONS_OK;
}

moons_status moons_runtime_stats(moons_runtime *runtime, moons_stats *stats) {
  if (mn_is_bad(runtime) || mn_is_missing(stats) || stats->size < sizeof stats->size)
    return MOONS_INVALID;
  moons_stats now = {.size = stats->size};
  mn_runtime *core = runtime->core;
  mn_mutex_lock(&core->mutex);
  now.threads = core->living.all;
  now.os_threads = core->workers;
  mn_mutex_unlock(&core->mutex);
  memcpy(stats, &now, stats->size < sizeof now ? stats->size : sizeof now);
  return MOONS_OK;
}
