/* shared/shared_turn.h -- whose turn it is to write: the owner of a tree's open transaction, and
 * those who wait for its end.
 * Level stdlib; never lua.h; private to the core of Shared. No mutex is held by callers. */
#ifndef MN_SHARED_TURN_H
#define MN_SHARED_TURN_H

#include "shared/shared_tree.h"

/* Waits until `attempt` answers, which it will try whenever a transaction of the tree has ended. Who
 * was answered and does not own the tree then calls mn_turn_pass. MN_CANCELLED. MN_DEADLOCK: self
 * owns what others wait for who own this. */
mn_status mn_turn_wait(mn_shared *shared, mn_waiter *self, const char *verb,
                       mn_status (*attempt)(mn_wait_case *wait_case), void *argument);

/* Lets the next one try. */
static inline void mn_turn_pass(mn_tree *tree) {
  mn_waitlist_wake(&tree->writers, 1);
}

/* Makes self the owner, waiting for its turn. MN_INVALID: it is already. MN_CANCELLED, MN_DEADLOCK. */
mn_status mn_turn_begin(mn_shared *shared, mn_waiter *self, const char *verb);

/* Ends the transaction that self owns. When `commit`, what it wrote is seen from now on; MN_NOMEM:
 * nothing has changed, and it is still open. */
mn_status mn_turn_end(mn_tree *tree, mn_waiter *self, bool commit);
/* The same with `act` as the only write, straight to the nodes: it runs with the mutex held, and as if
 * no transaction were open. MN_FULL: something was written before; that, or what `act` answers but
 * MN_OK, leaves all as it was. */
mn_status mn_turn_end_with(mn_tree *tree, mn_waiter *self, mn_status (*act)(void *),
                           void *argument);

#endif
