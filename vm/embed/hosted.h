/* embed/hosted.h -- what all of moons.h stands on: a runtime, what it is made of, and waits for it.
 * Level embed. Calls are safe from any thread.
 *
 * Each object of moons.h holds a reference to its runtime, whose memory so outlives it. moons_runtime_free
 * ends all that runs there; the rest goes with the last reference. */
#ifndef MN_EMBED_HOSTED_H
#define MN_EMBED_HOSTED_H

#include <stdbool.h>

#include "core/runtime.h"
#include "core/wait.h"
#include "embed/misuse.h"
#include "moons.h"

struct moons_runtime {
  mn_kind kind;
  mn_runtime *core;
  _Atomic uint32_t references;
  moons_config config;              /* whole; immutable, with all that it refers to */
  mn_arena_source heaps;            /* of its states */
  struct mn_object_type *types;     /* those of the config; immutable */
  _Atomic(struct mn_codec *) codec; /* kept from one message to the next; NULL: none, or in use */
  mn_mutex mutex;
  mn_list waits;               /* of mn_embed_wait.link; guarded by mutex */
  mn_list crews;               /* of moons_executor.link; guarded by mutex */
  bool is_closing;             /* guarded by mutex */
  _Atomic bool is_being_freed; /* moons_runtime_free is at it */
  _Atomic bool is_silent;      /* the program's `write` may be gone */
};

moons_runtime *mn_embed_ref(moons_runtime *runtime);
void mn_embed_unref(moons_runtime *runtime);

/* The runtime whose state that is. */
struct lua_State;
moons_runtime *mn_embed_of(struct lua_State *L);
/* The thread whose script the calling OS thread runs; NULL: it runs none. */
struct mn_thread *mn_embed_thread_here(void);

/* One wait of a thread of the program, on its stack. It ends with MN_CANCELLED when the runtime does. */
typedef struct mn_embed_wait {
  mn_waiter waiter;
  mn_list link;
} mn_embed_wait;
void mn_embed_wait_begin(moons_runtime *runtime, mn_embed_wait *wait);
void mn_embed_wait_end(moons_runtime *runtime, mn_embed_wait *wait);

mn_time mn_embed_deadline(double seconds);
moons_status mn_embed_status(mn_status status);

#endif
