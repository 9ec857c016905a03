/* embed/future.h -- futures as the program has them.
 * Level embed. Any thread. */
#ifndef MN_EMBED_FUTURE_H
#define MN_EMBED_FUTURE_H

#include "embed/hosted.h"
#include "futures/future.h"

struct moons_future {
  mn_kind kind;
  moons_runtime *runtime; /* a reference */
  mn_future *future;      /* a reference */
};

/* Takes references of its own. MOONS_NO_MEMORY. */
moons_status mn_embed_future_new(moons_runtime *runtime, mn_future *future, moons_future **made);

/* How a future has ended, which it has; NULL: it went before. */
moons_status mn_embed_future_outcome(const mn_future *future);

#endif
