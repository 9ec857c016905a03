/* core/instructions.h -- a limit of how many instructions a call may take.
 * Level core. Owner thread only. Where has_step_limit is not set, nothing here is called. */
#ifndef MN_CORE_INSTRUCTIONS_H
#define MN_CORE_INSTRUCTIONS_H

#include "core/state_data.h"

typedef struct mn_steps {
  int64_t left;
  bool is_over;
} mn_steps;

/* A call begins, in the coroutine L, with all that the limit allows. Gives what the call around it has left. */
mn_steps mn_instructions_begin(mn_state *state, lua_State *L);
/* It has ended, and that one goes on. */
void mn_instructions_end(mn_state *state, mn_steps outer);

#endif
