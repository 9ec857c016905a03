/* core/calling.h -- what the calls of every module have in common: arguments, the waiter, outcomes, errors.
 * Level core. Owner thread only. Names starting with l_ are Lua C functions and may throw, and so
 * may everything here that takes a lua_State unless it says otherwise. */
#ifndef MN_CORE_CALLING_H
#define MN_CORE_CALLING_H

#include <lua.h>

#include "core/message.h"
#include "core/task.h"

/* Throws unless argument `index` is a function or has __call. */
void mn_check_callable(lua_State *L, int index);

/* The optional timeout in seconds at `index`, as a deadline. none and nil: MN_FOREVER. Throws on
 * anything but a number of at least 0. */
mn_time mn_check_deadline(lua_State *L, int index);

/* What a waiting call returns after `status`: for MN_OK pushes true; for the outcomes of waiting
 * nil and the word; throws the rest. The number of values pushed. */
int mn_push_status(lua_State *L, mn_status status);

/* mn_encode, but a refusal is thrown at the caller's line. */
void mn_encode_or_throw(lua_State *L, int first, int count, const char *root, int number,
                        mn_message *message);

/* Throws the value on top of the stack; a string gets the caller's line in front. */
int mn_throw_at_caller(lua_State *L);

/* What waits and holds things: a task's waiter while it runs, else the thread's. It blocks. Never throws. */
static inline mn_waiter *mn_waiter_of(lua_State *L) {
  const mn_state *state = mn_state_of(L);
  return state->task ? mn_task_waiter(state->task) : &state->thread->waiter;
}
/* The same, but a task's may park (core/task.h): a wait can answer MN_PARKED, which mn_push_status knows.
 * So the function that runs may be called once more with the same stack: it has pushed nothing yet, or
 * begins with lua_settop. To be asked for after the deadline. */
static inline mn_waiter *mn_waiter_to_park(lua_State *L) {
  const mn_state *state = mn_state_of(L);
  return state->task ? mn_task_waiter_to_park(state->task, L) : &state->thread->waiter;
}

#endif
