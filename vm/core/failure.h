/* core/failure.h -- what is kept of an error that ended a piece of work, for whoever asks for its result.
 * Level core. Owner thread only. */
#ifndef MN_CORE_FAILURE_H
#define MN_CORE_FAILURE_H

#include "core/state.h"

typedef struct mn_failure {
  mn_message value; /* the error value; what can't travel as its text; empty: no memory */
  char *traceback;  /* with the message in front; mn_alloc'ed, NULL: no memory */
} mn_failure;

/* After mn_state_call has answered `status`, which is an error: true when that is the cancellation of
 * the state's thread. Pops nothing. */
bool mn_failure_is_cancellation(lua_State *L);

/* The same of a task, which was cancelled, for the value at `index`. */
bool mn_failure_is_cancelled(lua_State *L, int index);

/* True when that error says that the state may have no more memory. */
bool mn_failure_is_limit(lua_State *L, int status);

/* Keeps the error. Where it is that of the memory limit, it says so. Pops the two values that
 * mn_state_call has left. */
void mn_failure_keep(lua_State *L, int status, mn_failure *failure);

/* Makes a message of the error value on top of the stack, which is popped; of what can't travel, of its
 * text. Without memory the message is empty, and who asks is told. Never throws; the caller has 2 free
 * slots on the stack. */
void mn_failure_keep_value(lua_State *L, mn_message *message);

#endif
