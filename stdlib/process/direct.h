/* process/direct.h -- calls that move a message as it is, past Lua: what queues between processes are for.
 * Level stdlib: vm/core and below; never lua.h. Safe from any thread. */
#ifndef MN_PROCESS_DIRECT_H
#define MN_PROCESS_DIRECT_H

#include "core/message.h"
#include "core/wait.h"

/* Makes the call of that method of `target` with the values of *arguments, if it is one of those, waiting
 * as `waiter`. True: it succeeded, *arguments is used up, and the results are in *results. False: nothing
 * has happened; the call is to be made in the usual way, or has an answer other than success. */
bool mn_direct_call(mn_handle *target, const char *name, mn_message *arguments, mn_waiter *waiter,
                    mn_message *results);

#endif
