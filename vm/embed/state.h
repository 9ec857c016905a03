/* embed/state.h -- states that run in the program's threads.
 * Level embed. One thread at a time, but where a call says otherwise. */
#ifndef MN_EMBED_STATE_H
#define MN_EMBED_STATE_H

#include "core/state.h"
#include "core/thread.h"
#include "embed/values.h"

typedef struct mn_embed_state {
  moons_runtime *runtime; /* the caller's reference */
  mn_thread *thread;
  mn_state *state;
  mn_state *before; /* during a call: that of the OS thread before */
} mn_embed_state;

/* MOONS_CLOSED: the runtime is ending; MOONS_NO_MEMORY. */
moons_status mn_embed_state_open(moons_runtime *runtime, const mn_thread_options *options,
                                 mn_embed_state *state);
void mn_embed_state_close(mn_embed_state *state);
/* Around what is done in the state. */
void mn_embed_state_enter(mn_embed_state *state);
void mn_embed_state_leave(mn_embed_state *state);

#endif
