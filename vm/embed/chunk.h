/* embed/chunk.h -- a compiled chunk, and calls of it.
 * Level embed. Calls are safe from any thread. */
#ifndef MN_EMBED_CHUNK_H
#define MN_EMBED_CHUNK_H

#include "embed/hosted.h"
#include "futures/future.h"

struct moons_function {
  mn_kind kind;
  moons_runtime *runtime; /* a reference */
  mn_routine *routine;    /* a reference; immutable */
};

/* A call of it that is yet to be made, for who runs it. */
typedef struct mn_embed_call {
  mn_routine *routine; /* a reference */
  mn_message arguments, results;
} mn_embed_call;

/* `function` NULL: none. MOONS_INVALID, MOONS_NO_MEMORY, MOONS_REFUSED; nothing is to be dropped then. */
moons_status mn_embed_call_open(moons_runtime *runtime, mn_embed_call *call,
                                const moons_function *function, const moons_value *arguments,
                                size_t count);
void mn_embed_call_drop(mn_embed_call *call);
/* lua_CFunction: makes the call that is its one argument, a light userdata, and the message of what it
 * returns. */
int mn_l_embed_call(struct lua_State *L);

/* Makes what a state begins with: its paths, and the function if there is one. */
moons_status mn_function_as_beginning(const moons_function *function, mn_message *message);

#endif
