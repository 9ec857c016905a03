/* shared/shared.h -- a table that threads share: every read and every write is whole.
 * Level stdlib: vm/core and below; never lua.h.
 * Safe from any thread, which gives itself as `self`. What writes waits while another thread has a
 * transaction open on the same tree: MN_CANCELLED then, or MN_DEADLOCK (shared_turn.h). Nothing else
 * blocks but mn_shared_await. MN_NOMEM: nothing has changed.
 *
 * Cells that are given and got are as outside of a tree: a table in it is MN_CELL_HANDLE. Those
 * that are got are the caller's, with their references. A thread that has a transaction open sees
 * and writes what is its own until the end; all others see what there was before. */
#ifndef MN_SHARED_SHARED_H
#define MN_SHARED_SHARED_H

#include "core/thread.h"
#include "shared/shared_tree.h"

/* ---- reading ---- */

/* Gets a value if it is a simple one or none (MN_CELL_ABSENT). False: it is another; see get. */
bool mn_shared_peek(mn_shared *shared, const mn_waiter *self, const mn_key *key, mn_cell *value);
/* MN_NOMEM. */
mn_status mn_shared_get(mn_shared *shared, const mn_waiter *self, const mn_key *key,
                        mn_cell *value);
size_t mn_shared_length(mn_shared *shared, const mn_waiter *self);

/* ---- writing: each takes `value` over if it answers MN_OK; MN_CELL_NIL takes away ---- */

mn_status mn_shared_set(mn_shared *shared, mn_waiter *self, const mn_key *key, mn_cell value);
/* Sets only if what is there is still *old, as it was got; otherwise MN_FULL. */
mn_status mn_shared_swap(mn_shared *shared, mn_waiter *self, const mn_key *key, mn_cell value,
                         const mn_cell *old);
/* Sets only if what is there equals `expected`, which stays the caller's; otherwise MN_FULL, and
 * *current is what is there. */
mn_status mn_shared_cas(mn_shared *shared, mn_waiter *self, const mn_key *key,
                        const mn_cell *expected, mn_cell value, mn_cell *current);
/* Sets under the number after the border, which becomes *at. */
mn_status mn_shared_insert(mn_shared *shared, mn_waiter *self, mn_cell value, size_t *at);
/* Gets what has the number *at; if that is 0, *at becomes the border. MN_EMPTY: it is 0, or the number
 * after it. MN_INVALID: it is greater than that. MN_NOMEM. */
mn_status mn_shared_item(mn_shared *shared, const mn_waiter *self, uint64_t *at, mn_cell *value);
/* Takes number `at` away and moves those after it down, if it still is *old, as it was got, and
 * `last` not false or it is at the border; otherwise MN_FULL. */
mn_status mn_shared_remove(mn_shared *shared, mn_waiter *self, uint64_t at, bool last,
                           const mn_cell *old);
mn_status mn_shared_clear(mn_shared *shared, mn_waiter *self);

/* ---- waiting ---- */

typedef struct mn_await {
  mn_shared *shared;
  mn_waiter *self;
  const mn_key *key;
  bool any;      /* any value will do; otherwise every change is an answer */
  mn_cell value; /* the answer */
  /* What the last answer was, by which a change is known; zero at first. */
  bool answered;
  uint64_t version;
  mn_cell seen;
} mn_await;

/* Waits for a value that was not answered before. MN_OK: it is in `value`. MN_TIMEOUT, MN_CANCELLED,
 * MN_NOMEM. MN_INVALID: self has a transaction open there, so nobody can write. */
mn_status mn_shared_await(mn_await *await, mn_time deadline);

/* ---- transactions ---- */

/* From here to commit or abort what self writes is a draft. MN_INVALID: it has one open already. */
mn_status mn_shared_begin(mn_shared *shared, mn_waiter *self, const char *verb);
/* Self has one open. MN_NOMEM: it still has. */
mn_status mn_shared_commit(mn_shared *shared, mn_waiter *self);
/* Sets and commits at once, when self has written nothing before. MN_FULL: it has. MN_NOMEM. After
 * both it has its transaction still, and nothing has changed. */
mn_status mn_shared_set_and_commit(mn_shared *shared, mn_waiter *self, const mn_key *key,
                                   mn_cell value);
void mn_shared_abort(mn_shared *shared, mn_waiter *self);
/* Which transaction of the tree self has open; 0: none. */
uint64_t mn_shared_turn(mn_shared *shared, const mn_waiter *self);

#endif
