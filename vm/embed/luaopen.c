/* embed/luaopen.c -- `require "moons"` in a Lua 5.4 that somebody else has built and runs.
 *
 * The host's state becomes the main thread's. All that there is of moons in it hangs on a guest, a userdata
 * in its registry, made before all other objects of ours: so it is finalized after them when the state is
 * closed, and then the runtime ends. Its threads have ended before, at the first of our objects that is
 * finalized then (core/binding.c), while the others are still as they were.
 *
 * The library stays loaded for good: it is linked so. */
#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#include "core/binding.h"
#include "core/host.h"
#include "core/host_globals.h"
#include "core/host_hook.h"
#include "core/runtime.h"
#include "core/state.h"
#include "core/status_line.h"
#include "core/threads.h"
#include "moons/moons_lua.h"
#include "os/library.h"
#include "os/mutex.h"

typedef struct guest {
  mn_runtime *runtime; /* NULL: not yet, or no more */
  mn_state *state;     /* the same */
  lua_State *plain;    /* while the host's is compared with it */
  bool has_ended;      /* its threads were waited for, as at the end of a script */
  bool is_left;        /* some of them do not end: they keep what they need */
  mn_list link;        /* in `guests` */
} guest;

/* Registry: the guest, and the table `moons`. */
static const char GUEST_KEY, TABLE_KEY;

/* All of the process, for its end. Guarded by the mutex. */
static mn_mutex guests_mutex;
static mn_list guests = {&guests, &guests};
static bool is_registered;

__attribute__((visibility("default"))) int luaopen_moons(lua_State *L);

/* ---- which Lua ---- */

/* Where those two are not, it is an older one: their addresses are NULL (core/module_config.h). */
static bool is_lua_54(lua_State *L) {
  return &lua_closeslot && &lua_setwarnf && lua_version(L) == LUA_VERSION_NUM;
}

/* In 5.1 lua_getglobal is a macro, with this number for the table of globals. */
enum { GLOBALS_OF_51 = -10002 };

static int refuse(lua_State *L) {
  if (&lua_getglobal)
    (void)lua_getglobal(L, "_VERSION");
  else
    (void)lua_getfield(L, GLOBALS_OF_51, "_VERSION");
  const char *version = lua_tolstring(L, -1, NULL);
  return luaL_error(L, "moons needs Lua 5.4.3 or a later 5.4, and this is %s",
                    version ? version : "another");
}

/* ---- the end ---- */

/* As at the end of a script: its threads are joined, daemons cancelled. A task that closes the state can't
 * be waited for, so all are cancelled then. */
static void end_threads(guest *g) {
  if (g->has_ended) return;
  bool is_within = g->state->task || g->state->thread->host.serving;
  g->has_ended = true;
  g->state->closing = true;
  g->is_left = !mn_runtime_finish(g->runtime, is_within);
  mn_threads_report(g->runtime);
  mn_host_end(&g->state->thread->host);
}

static void on_closing(void *it) {
  end_threads(it);
}

static int l_end(lua_State *L) {
  guest *g = lua_touserdata(L, 1);
  if (g->plain) lua_close(g->plain);
  g->plain = NULL;
  if (!g->runtime) return 0;
  mn_mutex_lock(&guests_mutex);
  mn_list_remove(&g->link);
  mn_mutex_unlock(&guests_mutex);
  if (g->state) end_threads(g);
  if (g->state) {
    mn_handles_let_go(L);
    mn_state_set(L, NULL);
  }
  if (!g->is_left) {
    if (g->state) mn_state_detach(g->state);
    (void)mn_runtime_free(g->runtime);
  }
  mn_status_line_leave();
  g->runtime = NULL;
  g->state = NULL;
  return 0;
}

/* The process exits, but the state is not closed: os.exit does so. Its threads end first, and what nobody
 * has collected is told. Those of states that other OS threads run are not to be waited for here. */
static void on_exit_of_process(void) {
  mn_os_thread self = mn_os_thread_self();
  mn_mutex_lock(&guests_mutex);
  for (mn_list *l = guests.next; l != &guests; l = l->next) {
    guest *g = mn_list_entry(l, guest, link);
    if (g->has_ended || g->runtime->main->os.tid != self.tid) continue;
    g->has_ended = true;
    if (!mn_threads_stop(g->runtime)) mn_threads_report_stuck(g->runtime);
    mn_threads_report(g->runtime);
  }
  mn_mutex_unlock(&guests_mutex);
  mn_status_line_leave();
}

/* ---- the beginning ---- */

static const char *find_program(void) {
  return mn_os_find_program("moons", "moons " MOONS_VERSION " ", (mn_os_function *)luaopen_moons);
}

/* A runtime.open_libraries: in the threads, as here, there are no names but Lua's. */
static int open_thread(lua_State *L) {
  mn_moons_open(L);
  return 0;
}

static void enter(guest *g) {
  mn_mutex_lock(&guests_mutex);
  mn_list_push_back(&guests, &g->link);
  if (!is_registered) (void)atexit(on_exit_of_process);
  is_registered = true;
  mn_mutex_unlock(&guests_mutex);
}

static guest *push_guest(lua_State *L) {
  guest *g = lua_newuserdatauv(L, sizeof *g, 0);
  memset(g, 0, sizeof *g);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, l_end);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  return g;
}

/* In a state of its own, so protected there. */
static int l_open_plain(lua_State *L) {
  luaL_openlibs(L);
  return 0;
}

static void note_globals(lua_State *L, guest *g) {
  g->plain = luaL_newstate();
  if (!g->plain) luaL_error(L, "not enough memory");
  lua_pushcfunction(g->plain, l_open_plain);
  if (lua_pcall(g->plain, 0, 0, 0) != LUA_OK) luaL_error(L, "not enough memory");
  mn_host_globals_note(L, g->plain);
  lua_close(g->plain);
  g->plain = NULL;
}

static void attach(lua_State *L, guest *g) {
  g->runtime = mn_runtime_new(open_thread);
  if (!g->runtime) luaL_error(L, "moons cannot start: %s", strerror(errno));
  g->runtime->find_program = find_program;
  enter(g);
  g->state = mn_state_attach(g->runtime, L);
  if (!g->state) luaL_error(L, "not enough memory");
  mn_state_set(L, g->state);
  g->state->end = on_closing;
  g->state->guest = g;
}

/* All that moons and its threads take for granted is there, or the first that is missing is named. */
static void check_libraries(lua_State *L) {
  static const char *const names[] = {LUA_GNAME,      LUA_LOADLIBNAME, LUA_COLIBNAME,
                                      LUA_TABLIBNAME, LUA_IOLIBNAME,   LUA_MATHLIBNAME};
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (lua_getfield(L, -1, names[i]) != LUA_TTABLE)
      luaL_error(L, "moons needs Lua's library '%s', which this program has not opened", names[i]);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Gives the table `moons`, the same one each time. What has failed half-way ends when it is collected. */
int luaopen_moons(lua_State *L) {
  if (!is_lua_54(L)) return refuse(L);
  luaL_checkversion(L);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &TABLE_KEY) == LUA_TTABLE) return 1;
  lua_settop(L, 0);
  check_libraries(L);
  guest *g = push_guest(L);
  attach(L, g);
  mn_host_hook_open(L);
  mn_moons_open(L);
  note_globals(L, g);
  lua_pushvalue(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &GUEST_KEY);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &TABLE_KEY);
  mn_host_hook_watch(g->state);
  return 1;
}
