/* core/state_build.h -- building a state from nothing, for state.c and template.c.
 * Level core. Owner thread only. */
#ifndef MN_CORE_STATE_BUILD_H
#define MN_CORE_STATE_BUILD_H

#include "core/state_data.h"

/* Builds a state library by library in `block` (MN_ARENA_FIRST bytes). `is_model`: to be
 * copied, with an arena that is tidy still. NULL: no memory, and the block is the caller's as before. */
mn_state *mn_state_build(mn_runtime *runtime, mn_thread *thread, void *block, bool is_model);

/* Gives math.random the four words of its state. */
void mn_state_seed_random(mn_state *state, const uint64_t words[4]);

#endif
