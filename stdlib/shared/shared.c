/* shared/shared.c -- reads, writes, waits.
 *
 * Each is one short section under the tree's mutex. A write that meets another thread's transaction
 * does nothing and waits for its turn; then it is tried again as a whole. What a write replaced is
 * let go of after the mutex was unlocked. */
#include "shared/shared.h"

#include "shared/shared_draft.h"
#include "shared/shared_turn.h"

/* ---- reading ---- */

bool mn_shared_peek(mn_shared *shared, const mn_waiter *self, const mn_key *key, mn_cell *value) {
  mn_tree *tree = shared->tree;
  mn_mutex_lock(&tree->mutex);
  const mn_cell *cell = mn_view_find(shared->node, self, key);
  bool simple = !cell || mn_cell_is_simple(cell);
  if (simple) *value = cell ? *cell : mn_cell_of(MN_CELL_ABSENT);
  mn_mutex_unlock(&tree->mutex);
  return simple;
}

static bool get_locked(mn_shared *shared, const mn_waiter *self, const mn_key *key,
                       mn_cell *value) {
  const mn_cell *cell = mn_view_find(shared->node, self, key);
  *value = mn_cell_of(MN_CELL_ABSENT);
  return !cell || mn_cell_outward_locked(cell, value);
}

mn_status mn_shared_get(mn_shared *shared, const mn_waiter *self, const mn_key *key,
                        mn_cell *value) {
  mn_mutex_lock(&shared->tree->mutex);
  bool done = get_locked(shared, self, key, value);
  mn_mutex_unlock(&shared->tree->mutex);
  return done ? MN_OK : MN_NOMEM;
}

size_t mn_shared_length(mn_shared *shared, const mn_waiter *self) {
  mn_mutex_lock(&shared->tree->mutex);
  size_t length = mn_view_border(shared->node, self);
  mn_mutex_unlock(&shared->tree->mutex);
  return length;
}

/* ---- writing ---- */

typedef struct write {
  mn_shared *shared;
  mn_waiter *self;
  mn_status (*act)(struct write *w); /* under the mutex; MN_OK: something was written */
  const mn_key *key;
  mn_cell value;
  const mn_cell *expected;
  uint64_t at;
  bool last;
  mn_cell result;
  /* What is let go of afterwards. */
  mn_cell replaced;
  mn_cells replaced_all;
  mn_shared *face;
} write;

static mn_status try_write(write *w) {
  mn_tree *tree = w->shared->tree;
  bool wake = false;
  if (mn_tree_seems_others(tree, w->self)) return MN_EMPTY;
  mn_mutex_lock(&tree->mutex);
  if (mn_tree_is_others(tree, w->self)) {
    mn_mutex_unlock(&tree->mutex);
    return MN_EMPTY;
  }
  mn_status status = w->act(w);
  if (status == MN_OK && !mn_tree_is_owned_by(tree, w->self)) {
    tree->version++;
    /* The mutex orders this with those who stand in the list and then look at what was written. */
    wake = atomic_load_explicit(&tree->changed.count, memory_order_relaxed) > 0;
  }
  mn_mutex_unlock(&tree->mutex);
  if (wake) mn_waitlist_wake_all(&tree->changed);
  return status;
}

static mn_status attempt_write(mn_wait_case *c) {
  return try_write(c->argument);
}

static void let_go(write *w) {
  if (!mn_cell_is_simple(&w->replaced)) mn_cell_discard(w->shared->tree, &w->replaced);
  if (w->face) mn_handle_unref(&w->face->handle);
}

static mn_status perform(write *w) {
  mn_status status = try_write(w);
  if (status == MN_EMPTY) {
    status = mn_turn_wait(w->shared, w->self, "write", attempt_write, w);
    if (!mn_status_is_stop(status) && status != MN_DEADLOCK) mn_turn_pass(w->shared->tree);
  }
  let_go(w);
  return status;
}

static mn_status put_locked(write *w, const mn_key *key) {
  mn_node *node = w->shared->node;
  mn_shared *face;
  mn_cell value = mn_cell_inward_locked(node->tree, w->value, &face), old;
  if (!mn_view_put(node, w->self, key, value, &old)) {
    if (face) face->node->inside--; /* its face keeps it */
    return MN_NOMEM;
  }
  w->face = face;
  w->replaced = old;
  return MN_OK;
}

static mn_status act_set(write *w) {
  return put_locked(w, w->key);
}

mn_status mn_shared_set(mn_shared *shared, mn_waiter *self, const mn_key *key, mn_cell value) {
  write w = {.shared = shared, .self = self, .act = act_set, .key = key, .value = value};
  return perform(&w);
}

/* Whether the key's value is still what it was when *old was got. */
static bool is_still(write *w, const mn_key *key, const mn_cell *old) {
  const mn_cell *there = mn_view_find(w->shared->node, w->self, key);
  mn_cell cell = there ? *there : mn_cell_of(MN_CELL_ABSENT);
  if (cell.head.tag == MN_CELL_NODE) {
    mn_shared *face = cell.body.as.node->face;
    cell = mn_cell_of_pointer(MN_CELL_HANDLE, face ? &face->handle : NULL);
  }
  return cell.words[0] == old->words[0] && cell.words[1] == old->words[1];
}

static mn_status act_swap(write *w) {
  return is_still(w, w->key, w->expected) ? put_locked(w, w->key) : MN_FULL;
}

mn_status mn_shared_swap(mn_shared *shared, mn_waiter *self, const mn_key *key, mn_cell value,
                         const mn_cell *old) {
  write w = {
      .shared = shared, .self = self, .act = act_swap, .key = key, .value = value, .expected = old};
  return perform(&w);
}

static bool is_expected(const mn_cell *there, const mn_cell *expected) {
  if (there->head.tag == MN_CELL_ABSENT) return expected->head.tag == MN_CELL_NIL;
  return mn_cell_equal(there, expected);
}

static mn_status act_cas(write *w) {
  if (!get_locked(w->shared, w->self, w->key, &w->result)) return MN_NOMEM;
  return is_expected(&w->result, w->expected) ? put_locked(w, w->key) : MN_FULL;
}

mn_status mn_shared_cas(mn_shared *shared, mn_waiter *self, const mn_key *key,
                        const mn_cell *expected, mn_cell value, mn_cell *current) {
  write w = {.shared = shared,
             .self = self,
             .act = act_cas,
             .key = key,
             .value = value,
             .expected = expected};
  mn_status status = perform(&w);
  if (status == MN_FULL)
    *current = w.result;
  else
    mn_cell_drop(&w.result);
  return status;
}

/* ---- sequences ---- */

static mn_key number_key(const write *w, uint64_t number) {
  return mn_key_of(w->shared->tree->seed, mn_cell_of_integer((int64_t)number));
}

static mn_status act_insert(write *w) {
  w->at = mn_view_border(w->shared->node, w->self) + 1;
  mn_key key = number_key(w, w->at);
  return put_locked(w, &key);
}

mn_status mn_shared_insert(mn_shared *shared, mn_waiter *self, mn_cell value, size_t *at) {
  write w = {.shared = shared, .self = self, .act = act_insert, .value = value};
  mn_status status = perform(&w);
  if (status == MN_OK) *at = (size_t)w.at;
  return status;
}

/* Gives number `to` the value of number `from`. What it replaces is kept elsewhere. */
static void move_down(write *w, uint64_t from, uint64_t to) {
  mn_node *node = w->shared->node;
  mn_key source = number_key(w, from), target = number_key(w, to);
  const mn_cell *cell = mn_view_find(node, w->self, &source);
  mn_cell value = cell ? mn_cell_copy(cell) : mn_cell_of(MN_CELL_NIL), old;
  if (value.head.tag == MN_CELL_NODE) value.body.as.node->inside++;
  (void)mn_view_put(node, w->self, &target, value, &old); /* there is room for it */
  if (old.head.tag == MN_CELL_NODE)
    old.body.as.node->inside--;
  else
    mn_cell_drop(&old);
}

/* By way of the draft, or where the array is not in one piece. The value at w->at is kept by the
 * caller meanwhile, the others by the place below them. */
static mn_status shift_slowly(write *w, uint64_t border) {
  if (!mn_view_reserve(w->shared->node, w->self, (size_t)(border - w->at + 1))) return MN_NOMEM;
  for (uint64_t i = w->at; i < border; i++) move_down(w, i + 1, i);
  mn_key last = number_key(w, border);
  (void)mn_view_put(w->shared->node, w->self, &last, mn_cell_of(MN_CELL_NIL), &w->replaced);
  return MN_OK;
}

mn_status mn_shared_item(mn_shared *shared, const mn_waiter *self, uint64_t *at, mn_cell *value) {
  mn_tree *tree = shared->tree;
  mn_status status = MN_OK;
  mn_mutex_lock(&tree->mutex);
  uint64_t border = mn_view_border(shared->node, self);
  if (*at == 0) *at = border;
  mn_key key = mn_key_of(tree->seed, mn_cell_of_integer((int64_t)*at));
  if (*at == 0 || *at > border)
    status = *at > border + 1 ? MN_INVALID : MN_EMPTY;
  else if (!get_locked(shared, self, &key, value))
    status = MN_NOMEM;
  mn_mutex_unlock(&tree->mutex);
  return status;
}

static mn_status act_remove(write *w) {
  mn_node *node = w->shared->node;
  uint64_t border = mn_view_border(node, w->self);
  mn_key key = number_key(w, w->at);
  if (w->at > border || (w->last && w->at != border) || !is_still(w, &key, w->expected))
    return MN_FULL;
  bool direct = !mn_tree_is_owned_by(node->tree, w->self) && border == node->cells.count;
  if (!direct) return shift_slowly(w, border);
  mn_cells_shift(&node->cells, (size_t)w->at, &w->replaced);
  return MN_OK;
}

mn_status mn_shared_remove(mn_shared *shared, mn_waiter *self, uint64_t at, bool last,
                           const mn_cell *old) {
  write w = {
      .shared = shared, .self = self, .act = act_remove, .expected = old, .at = at, .last = last};
  return perform(&w);
}

static mn_status act_clear(write *w) {
  return mn_view_clear(w->shared->node, w->self, &w->replaced_all) ? MN_OK : MN_NOMEM;
}

mn_status mn_shared_clear(mn_shared *shared, mn_waiter *self) {
  write w = {.shared = shared, .self = self, .act = act_clear};
  mn_status status = perform(&w);
  if (status == MN_OK) mn_cells_destroy(shared->tree, &w.replaced_all);
  return status;
}

/* ---- waiting ---- */

/* False: the value is what was answered last. What lies in a nested table may have changed whenever
 * anything has. */
static bool is_news(const mn_await *a, const mn_cell *cell) {
  if (!a->answered) return true;
  if (a->version == a->shared->tree->version) return false;
  return !mn_cell_is_simple(cell) || cell->words[0] != a->seen.words[0] ||
         cell->words[1] != a->seen.words[1];
}

static mn_status await_locked(mn_await *a) {
  mn_tree *tree = a->shared->tree;
  if (mn_tree_is_owned_by(tree, a->self)) return MN_INVALID;
  const mn_cell *there = mn_view_find(a->shared->node, a->self, a->key);
  mn_cell cell = there ? *there : mn_cell_of(MN_CELL_ABSENT);
  if (a->any ? !there : !is_news(a, &cell)) return MN_EMPTY;
  if (!mn_cell_outward_locked(&cell, &a->value)) return MN_NOMEM;
  a->answered = true;
  a->version = tree->version;
  a->seen = cell;
  return MN_OK;
}

static mn_status attempt_await(mn_wait_case *c) {
  mn_await *a = c->argument;
  mn_mutex_lock(&a->shared->tree->mutex);
  mn_status status = await_locked(a);
  mn_mutex_unlock(&a->shared->tree->mutex);
  return status;
}

mn_status mn_shared_await(mn_await *await, mn_time deadline) {
  mn_wait_case c = {.list = &await->shared->tree->changed,
                    .attempt = attempt_await,
                    .argument = await,
                    .object = &await->shared->handle,
                    .verb = "wait"};
  return mn_wait(await->self, &c, 1, deadline, NULL);
}

/* ---- transactions ---- */

mn_status mn_shared_begin(mn_shared *shared, mn_waiter *self, const char *verb) {
  return mn_turn_begin(shared, self, verb);
}

mn_status mn_shared_commit(mn_shared *shared, mn_waiter *self) {
  return mn_turn_end(shared->tree, self, true);
}

static mn_status act_last(void *w) {
  return act_set(w);
}

mn_status mn_shared_set_and_commit(mn_shared *shared, mn_waiter *self, const mn_key *key,
                                   mn_cell value) {
  write w = {.shared = shared, .self = self, .key = key, .value = value};
  mn_status status = mn_turn_end_with(shared->tree, self, act_last, &w);
  let_go(&w);
  return status;
}

void mn_shared_abort(mn_shared *shared, mn_waiter *self) {
  (void)mn_turn_end(shared->tree, self, false);
}

uint64_t mn_shared_turn(mn_shared *shared, const mn_waiter *self) {
  /* Without the mutex: only self makes itself the owner, and then nobody changes the turn. */
  return mn_tree_is_owned_by(shared->tree, self) ? shared->tree->turn : 0;
}
