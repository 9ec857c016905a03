/* core/instructions.c -- counting by a hook.
 *
 * A count hook is called after each STEP instructions of a coroutine, which has it from the one that has
 * made it. One that ends before its first step would not be counted, so each counts as a step when it is first
 * resumed.
 *
 * The error is raised once; then there is a tenth of the limit to clean up, and when that is over, too, it is
 * raised at each instruction, so that no pcall in a loop outlives it. Where a cancel or an interrupt is under way
 * (core/interrupt.c), that hook takes the place of this one, and gives it back. */
#include "core/instructions.h"

#include <lauxlib.h>

#include "core/face.h"
#include "core/inside.h"
#include "core/interrupt.h"

enum { STEP = 100, CLEAN_UP_LEAST = 10000 / STEP };

static void count(lua_State *L, lua_Debug *ar);

/* A signal may have set the interrupt's hook, which goes first. */
static void set_hook(mn_state *state, lua_State *L, int every) {
  lua_sethook(L, count, LUA_MASKCOUNT, every);
  (void)mn_interrupt_switch(state, L);
}

static int64_t steps_of(uint64_t instructions) {
  uint64_t steps = instructions / STEP;
  return steps < INT64_MAX / 2 ? (int64_t)steps : INT64_MAX / 2;
}

/* Built-in Lua would be left half done, and ends soon. */
static bool is_built_in(lua_State *L, lua_Debug *ar) {
  return lua_getinfo(L, "S", ar) && mn_face_is_source(ar->source);
}

static void raise_limit(mn_state *state, lua_State *L) {
  if (!state->is_over_limit) {
    int64_t more = steps_of(state->runtime->instructions) / 10;
    state->is_over_limit = true;
    state->steps_left = more > CLEAN_UP_LEAST ? more : CLEAN_UP_LEAST;
    set_hook(state, L, STEP);
  }
  mn_hook_allow(L);
  luaL_where(L, 0);
  lua_pushliteral(L, "the limit of instructions was reached");
  lua_concat(L, 2);
  (void)lua_error(L);
}

static void count(lua_State *L, lua_Debug *ar) {
  mn_state *state = mn_state_of(L);
  if (state->steps_left > 0) {
    state->steps_left--;
    if (lua_gethookcount(L) != STEP) set_hook(state, L, STEP);
    return;
  }
  if (lua_gethookcount(L) != 1) set_hook(state, L, 1);
  if (!mn_is_before_close(L, ar) && !is_built_in(L, ar)) raise_limit(state, L);
}

mn_steps mn_instructions_begin(mn_state *state, lua_State *L) {
  mn_steps outer = {state->steps_left, state->is_over_limit};
  state->steps_left = steps_of(state->runtime->instructions);
  state->is_over_limit = false;
  set_hook(state, L, STEP);
  return outer;
}

void mn_instructions_end(mn_state *state, mn_steps outer) {
  state->steps_left = outer.left;
  state->is_over_limit = outer.is_over;
}
