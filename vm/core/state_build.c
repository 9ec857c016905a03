/* core/state_build.c -- what a state has, put together library by library. */
#include "core/state_build.h"

#include <lauxlib.h>
#include <string.h>

#include "core/globals.h"
#include "core/warning.h"

/* ---- libraries ---- */

static int l_sentinel(lua_State *L) {
  mn_state *state = mn_state_of(L);
  if (state->closing) longjmp(state->closed, 1);
  return 0;
}

static void open_sentinel(lua_State *L) {
  lua_newuserdatauv(L, 0, 0);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, l_sentinel);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, (void *)(uintptr_t)l_sentinel);
}

/* Takes the mn_state. */
static int l_open(lua_State *L) {
  lua_gc(L, LUA_GCSTOP);
  mn_state_set(L, lua_touserdata(L, 1));
  open_sentinel(L);
  const mn_runtime *runtime = mn_state_of(L)->runtime;
  runtime->open_standard(L);
  (void)runtime->open_libraries(L);
  lua_settop(L, 0);
  mn_globals_note_originals(L, mn_state_of(L)->is_model);
  lua_gc(L, LUA_GCRESTART);
  lua_gc(L, LUA_GCGEN, 0, 0); /* as in upstream's command */
  return 0;
}

void mn_state_seed_random(mn_state *state, const uint64_t words[4]) {
  lua_State *L = state->main;
  lua_getglobal(L, "math");
  lua_getfield(L, -1, "random");
  /* Its upvalue is the generator's state: four words, of which any are as good a seed, but all 0. */
  if (lua_getupvalue(L, -1, 1) && lua_rawlen(L, -1) >= 4 * sizeof *words)
    memcpy(lua_touserdata(L, -1), words, 4 * sizeof *words);
  lua_settop(L, 0);
}

/* ---- building ---- */

mn_state *mn_state_build(mn_runtime *runtime, mn_thread *thread, void *block, bool is_model) {
  mn_arena *arena = mn_arena_open(block);
  mn_arena_set_tidy(arena, is_model);
  mn_state *state = mn_arena_realloc(arena, NULL, 0, sizeof *state);
  if (!state) return NULL; /* the arena holds nothing */
  memset(state, 0, sizeof *state);
  lua_State *L = lua_newstate(mn_arena_realloc, arena);
  if (!L) {
    mn_arena_close(arena);
    return NULL;
  }
  *state = (mn_state){
      .runtime = runtime, .thread = thread, .main = L, .arena = arena, .is_model = is_model};
  mn_warning_open(L);
  lua_pushcfunction(L, l_open);
  lua_pushlightuserdata(L, state);
  int status = lua_pcall(L, 1, 0, 0);
  if (status == LUA_OK) return state;
  /* Lack of memory is the caller's to report; anything else is a fault of ours. */
  if (status != LUA_ERRMEM) mn_os_write_error(lua_tostring(L, -1), lua_rawlen(L, -1));
  lua_close(L);
  mn_state_forget(state);
  mn_arena_close(arena);
  return NULL;
}
