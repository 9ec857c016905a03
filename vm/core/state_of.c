/* core/state_of.c -- which state a coroutine belongs to, where Lua is a host's (MN_MODULE).
 *
 * The word before each coroutine is of no use: a host may have a use for it, nobody has set it in
 * coroutines that are older than moons, and what is there by accident may look like a state. But all
 * coroutines of a state have one registry, whose address is no other's as long as the state lives. The
 * registry knows the mn_state; and the OS thread remembers the last one that was asked for. */
#include "core/state_data.h"

#ifdef MN_MODULE

#include <lauxlib.h>

static const char STATE_KEY;

/* In the thread's static block, which a library that is loaded late has a little of, too: this is on the
 * road of every call. */
#define QUICK __attribute__((tls_model("initial-exec")))

static _Thread_local QUICK struct {
  const void *registry;
  mn_state *state;
} last;

static mn_state *find(lua_State *L, const void *registry) {
  (void)lua_rawgetp(L, LUA_REGISTRYINDEX, &STATE_KEY);
  mn_state *state = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (!state) luaL_error(L, "moons cannot be used here any more: the state is being closed");
  last.registry = registry;
  last.state = state;
  return state;
}

mn_state *mn_state_of(lua_State *L) {
  const void *registry = lua_topointer(L, LUA_REGISTRYINDEX);
  return registry == last.registry ? last.state : find(L, registry);
}

void mn_state_set(lua_State *L, mn_state *state) {
  if (state)
    lua_pushlightuserdata(L, state);
  else
    lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &STATE_KEY);
}

void mn_state_forget(mn_state *state) {
  if (last.state == state) last.registry = last.state = NULL;
  mn_pointer_map_free(&state->away);
}

/* ---- who is away ---- */

/* Without memory for the note nobody is kept from resuming it, and nothing else is lost. */
void mn_set_away(lua_State *L, bool away) {
  bool fresh;
  mn_state *state = mn_state_of(L);
  mn_pointer_slot *slot = mn_pointer_map_at(&state->away, L, &fresh);
  if (!slot || slot->value == (away ? 1 : 0)) return;
  slot->value = away ? 1 : 0;
  state->away_count += away ? 1u : (uint32_t)-1;
  if (state->away_count == 0) mn_pointer_map_clear(&state->away, state->away.capacity);
}

bool mn_is_away(lua_State *L) {
  bool fresh;
  mn_state *state = mn_state_of(L);
  if (state->away_count == 0) return false;
  const mn_pointer_slot *slot = mn_pointer_map_at(&state->away, L, &fresh);
  return slot && slot->value == 1;
}

#endif
