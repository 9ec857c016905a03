/* core/state_build.h -- building a state from nothing, for state.c and template.c.
 * Level core. Owner thread only. */
#ifndef MN_CORE_STATE_BUILD_H
#define MN_CORE_STATE_BUILD_H

#include "core/state_data.h"

/* For a state that is to be copied: Lua's global state, the first thing that Lua asks its allocator for.
 * `at`: where it is to be, zeros; NULL: where the arena has room, and then it is set to that. */
typedef struct mn_model {
  void *at;
  size_t size; /* set */
  void *room;  /* set: where the arena had room */
} mn_model;

/* Builds a state library by library in `block` (MN_ARENA_FIRST bytes). `model`: to be copied, with an
 * arena that is tidy still; NULL: to be used. NULL: no memory, and the block is the caller's as before. */
mn_state *mn_state_build(mn_runtime *runtime, mn_thread *thread, void *block, mn_model *model);

/* Gives math.random the four words of its state. */
void mn_state_seed_random(mn_state *state, const uint64_t words[4]);

#endif
