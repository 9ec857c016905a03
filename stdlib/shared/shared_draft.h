/* shared/shared_draft.h -- nodes as a thread sees them: with what its open transaction wrote.
 * Level stdlib; never lua.h; private to the core of Shared. The tree's mutex is held. `mine` says
 * that the calling thread owns the tree's open transaction. */
#ifndef MN_SHARED_DRAFT_H
#define MN_SHARED_DRAFT_H

#include "shared/shared_tree.h"

static inline bool mn_tree_is_owned_by(const mn_tree *tree, const mn_waiter *self) {
  /* relaxed: it is written with the mutex held. */
  return atomic_load_explicit(&tree->owner, memory_order_relaxed) == self->id;
}

static inline bool mn_tree_is_others(const mn_tree *tree, const mn_waiter *self) {
  uint64_t owner = atomic_load_explicit(&tree->owner, memory_order_relaxed);
  return owner != 0 && owner != self->id;
}

/* Without the mutex, for who would wait: so that the owner finds the mutex free. seq_cst, as the order of
 * standing in a list, looking, ending a transaction and reading the list's count must be
 * (core/wait.h). */
static inline bool mn_tree_seems_others(const mn_tree *tree, const mn_waiter *self) {
  uint64_t owner = atomic_load(&tree->owner);
  return owner != 0 && owner != self->id;
}

/* The key's value, or NULL. */
const mn_cell *mn_draft_find_slow(const mn_node *node, const mn_key *key);
static inline const mn_cell *mn_view_find(const mn_node *node, const mn_waiter *self,
                                          const mn_key *key) {
  if (node->draft && mn_tree_is_owned_by(node->tree, self)) return mn_draft_find_slow(node, key);
  return mn_cells_find(&node->cells, node->tree->seed, key);
}

/* A border, as of Lua's #. */
size_t mn_view_border(const mn_node *node, const mn_waiter *self);

/* Walks all entries but those with keys from 1 to `border`; *at starts at 0. The second walk of a
 * draft is part of it. */
const mn_cell *mn_view_next(const mn_node *node, const mn_waiter *self, size_t border, size_t *at,
                            mn_cell *key);

/* Puts the value, which may be MN_CELL_NIL, where `self` would write; *old is garbage. False: no
 * memory. */
bool mn_view_put(mn_node *node, const mn_waiter *self, const mn_key *key, mn_cell value,
                 mn_cell *old);

/* Makes room for `more` keys there. False: no memory. */
bool mn_view_reserve(mn_node *node, const mn_waiter *self, size_t more);

/* Takes all keys away; *old are garbage. False: no memory. */
bool mn_view_clear(mn_node *node, const mn_waiter *self, mn_cells *old);

/* Makes what was written the nodes' own; the drafts hold what it replaced. False: no memory, and
 * nothing has changed. */
bool mn_drafts_apply(mn_list *drafts);

/* Without the mutex: destroys the drafts that were in a tree's list. */
void mn_drafts_destroy(mn_tree *tree, mn_list *drafts);

#endif
