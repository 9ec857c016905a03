/* shared/shared_turn.c -- owning, waiting, and finding out that waiting would never end.
 *
 * A thread that owns trees and has to wait for another one notes that in each of its own, and then
 * follows the notes: from the tree it waits for to what that one's owner waits for, and so on. When it
 * comes to a tree of its own, everybody on the way waits for ever. A note is written before the
 * notes of others are read, under their mutexes: so of those who close a circle the last one sees
 * it. Since they are read one after the other, a circle may be seen that never was at one time; it is
 * believed when a second walk meets the very same turns. */
#include "shared/shared_turn.h"

#include "shared/shared_draft.h"

enum { WALK_MOST = 1000 };

static void abandon(mn_held *held, mn_waiter *holder) {
  (void)mn_turn_end(mn_list_entry(held, mn_tree, held), holder, false);
}

/* ---- waiting ---- */

/* Writes into all trees that self owns what it waits for. False: it owns none. */
static bool note_wanted(mn_waiter *self, mn_shared *wanted) {
  bool owns = false;
  for (mn_list *l = self->held.next; l != &self->held; l = l->next) {
    mn_held *held = mn_list_entry(l, mn_held, link);
    if (held->abandon != abandon) continue;
    mn_tree *tree = mn_list_entry(held, mn_tree, held);
    mn_mutex_lock(&tree->mutex);
    tree->wanted = wanted;
    tree->notes++;
    mn_mutex_unlock(&tree->mutex);
    owns = true;
  }
  return owns;
}

/* One step from `at`, whose reference is given back. NULL: the end; *mine: at a tree that self owns. */
static mn_shared *follow(mn_shared *at, const mn_waiter *self, uint64_t *trace, bool *mine) {
  mn_tree *tree = at->tree;
  mn_mutex_lock(&tree->mutex);
  *mine = mn_tree_is_owned_by(tree, self);
  mn_shared *next = *mine || !mn_tree_is_others(tree, self) ? NULL : tree->wanted;
  /* Who wrote the note has a reference until the note is gone. */
  if (next) mn_handle_ref(&next->handle);
  uint64_t seen[] = {(uintptr_t)tree, tree->turn, tree->notes};
  *trace = mn_hash_bytes(*trace, (const char *)seen, sizeof seen);
  mn_mutex_unlock(&tree->mutex);
  mn_handle_unref(&at->handle);
  return next;
}

static bool leads_back(mn_shared *at, const mn_waiter *self, uint64_t *trace) {
  bool mine = false;
  *trace = 0;
  mn_handle_ref(&at->handle);
  for (int i = 0; at && i < WALK_MOST; i++) at = follow(at, self, trace, &mine);
  if (at) mn_handle_unref(&at->handle);
  return mine;
}

static bool is_deadlock(mn_shared *wanted, const mn_waiter *self) {
  uint64_t first, second;
  return leads_back(wanted, self, &first) && leads_back(wanted, self, &second) && first == second;
}

mn_status mn_turn_wait(mn_shared *shared, mn_waiter *self, const char *verb,
                       mn_status (*attempt)(mn_wait_case *), void *argument) {
  mn_wait_case c = {.list = &shared->tree->writers,
                    .attempt = attempt,
                    .argument = argument,
                    .object = &shared->handle,
                    .verb = verb};
  bool owns = note_wanted(self, shared);
  mn_status status =
      owns && is_deadlock(shared, self) ? MN_DEADLOCK : mn_wait(self, &c, 1, MN_FOREVER, NULL);
  if (owns) (void)note_wanted(self, NULL);
  return status;
}

/* ---- owning ---- */

typedef struct beginning {
  mn_shared *shared;
  mn_waiter *self;
} beginning;

static mn_status try_begin(beginning *b) {
  mn_tree *tree = b->shared->tree;
  mn_status status = MN_OK;
  if (mn_tree_seems_others(tree, b->self)) return MN_EMPTY;
  mn_mutex_lock(&tree->mutex);
  if (mn_tree_is_others(tree, b->self)) {
    status = MN_EMPTY;
  } else if (mn_tree_is_owned_by(tree, b->self)) {
    status = MN_INVALID;
  } else {
    atomic_store_explicit(&tree->owner, b->self->id, memory_order_relaxed);
    tree->turn++;
    tree->opened = b->shared;
  }
  mn_mutex_unlock(&tree->mutex);
  return status;
}

static mn_status attempt_begin(mn_wait_case *c) {
  return try_begin(c->argument);
}

mn_status mn_turn_begin(mn_shared *shared, mn_waiter *self, const char *verb) {
  beginning b = {shared, self};
  mn_status status = try_begin(&b);
  if (status == MN_EMPTY) status = mn_turn_wait(shared, self, verb, attempt_begin, &b);
  if (status != MN_OK) return status;
  mn_tree *tree = shared->tree;
  mn_handle_ref(&shared->handle);
  tree->held.abandon = abandon;
  mn_list_push_back(&self->held, &tree->held.link);
  return MN_OK;
}

/* Takes the drafts of the open transaction off their nodes. */
static void detach_drafts_locked(mn_tree *tree, mn_list *drafts) {
  mn_list_init(drafts);
  while (!mn_list_is_empty(&tree->drafts)) {
    mn_draft *draft = mn_list_entry(tree->drafts.next, mn_draft, link);
    mn_list_remove(&draft->link);
    mn_list_push_back(drafts, &draft->link);
    draft->node->draft = NULL;
  }
}

/* Whom the end of a transaction concerns, and what is let go of after it. */
typedef struct ending {
  mn_list drafts;
  mn_shared *opened;
  bool wake, pass;
} ending;

static void end_locked(mn_tree *tree, bool wrote, ending *e) {
  detach_drafts_locked(tree, &e->drafts);
  e->opened = tree->opened;
  if (wrote) tree->version++;
  /* The mutex orders this with those who stand in the list and then look at what was written. */
  e->wake = wrote && atomic_load_explicit(&tree->changed.count, memory_order_relaxed) > 0;
  tree->opened = NULL;
  mn_list_remove(&tree->held.link);
  atomic_store(&tree->owner, 0);
  e->pass = atomic_load(&tree->writers.count) > 0;
}

static void after_end(mn_tree *tree, ending *e) {
  if (e->pass) mn_turn_pass(tree);
  if (e->wake) mn_waitlist_wake_all(&tree->changed);
  mn_drafts_destroy(tree, &e->drafts);
  mn_handle_unref(&e->opened->handle);
}

mn_status mn_turn_end(mn_tree *tree, mn_waiter *self, bool commit) {
  ending e;
  (void)self;
  mn_mutex_lock(&tree->mutex);
  bool wrote = commit && !mn_list_is_empty(&tree->drafts);
  if (wrote && !mn_drafts_apply(&tree->drafts)) {
    mn_mutex_unlock(&tree->mutex);
    return MN_NOMEM;
  }
  end_locked(tree, wrote, &e);
  mn_mutex_unlock(&tree->mutex);
  after_end(tree, &e);
  return MN_OK;
}

mn_status mn_turn_end_with(mn_tree *tree, mn_waiter *self, mn_status (*act)(void *),
                           void *argument) {
  ending e;
  mn_mutex_lock(&tree->mutex);
  if (!mn_list_is_empty(&tree->drafts)) {
    mn_mutex_unlock(&tree->mutex);
    return MN_FULL;
  }
  /* As nobody's, so that it writes to the nodes themselves; others find the mutex locked. */
  atomic_store_explicit(&tree->owner, 0, memory_order_relaxed);
  mn_status status = act(argument);
  if (status == MN_OK)
    end_locked(tree, true, &e);
  else
    atomic_store_explicit(&tree->owner, self->id, memory_order_relaxed);
  mn_mutex_unlock(&tree->mutex);
  if (status == MN_OK) after_end(tree, &e);
  return status;
}
