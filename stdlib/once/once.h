/* once/once.h -- something that one thread does, once, for all.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread; only begin blocks. */
#ifndef MN_ONCE_ONCE_H
#define MN_ONCE_ONCE_H

#include "core/message.h"
#include "core/thread.h"

typedef struct mn_once mn_once;

extern const mn_type mn_once_type;

/* Not done yet, one reference. NULL: no memory. */
mn_once *mn_once_new(void);

/* MN_OK: it is done, or *runs: self is to do it, and then to call finish or fail. Waits while another
 * thread does it. MN_CANCELLED; MN_DEADLOCK: self is at it. */
mn_status mn_once_begin(mn_once *once, mn_waiter *self, bool *runs);
/* By the thread that runs: it is done, with these results, which the object takes over. */
void mn_once_finish(mn_once *once, mn_message *results);
/* By self, if it still runs; the next may. */
void mn_once_fail(mn_once *once, const mn_waiter *self);

bool mn_once_is_done(const mn_once *once);
/* The results, once it is done; they stay the object's, and as they are. */
const mn_message *mn_once_results(const mn_once *once);

#endif
