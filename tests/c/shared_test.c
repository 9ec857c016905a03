/* tests/c/shared_test.c -- cells against a plain model, trees that go as a whole, transactions,
 * deadlocks, and want of memory. */
#include "shared/shared.h"

#include "base/alloc.h"
#include "check.h"
#include "shared/shared_snapshot.h"

/* ---- waiters without a thread ---- */

static void waiter_init(mn_waiter *waiter, uint64_t id) {
  mn_waiter_init(waiter);
  waiter->id = id;
}

static mn_key integer_key(const mn_shared *s, int64_t n) {
  return mn_key_of(s->tree->seed, mn_cell_of_integer(n));
}

static mn_key string_key(const mn_shared *s, const char *text) {
  return mn_key_of_string(s->tree->seed, text, strlen(text));
}

static mn_status set_integer(mn_shared *s, mn_waiter *self, const char *name, int64_t n) {
  mn_key key = string_key(s, name);
  return mn_shared_set(s, self, &key, mn_cell_of_integer(n));
}

static int64_t get_integer(mn_shared *s, mn_waiter *self, const char *name) {
  mn_key key = string_key(s, name);
  mn_cell cell;
  CHECK(mn_shared_peek(s, self, &key, &cell) && cell.head.tag == MN_CELL_INTEGER);
  return cell.body.as.integer;
}

static mn_cell handle_of(mn_shared *s) {
  return mn_cell_of_pointer(MN_CELL_HANDLE, mn_handle_ref(&s->handle));
}

static void drop(mn_shared *s) {
  mn_handle_unref(&s->handle);
}

/* Puts a new empty table of the same tree under the name; gives its face. */
static mn_shared *add_table(mn_shared *s, mn_waiter *self, const char *name) {
  mn_list garbage;
  mn_list_init(&garbage);
  mn_key key = string_key(s, name);
  mn_mutex_lock(&s->tree->mutex);
  mn_node *node = mn_node_new_locked(s->tree);
  mn_shared *face = node ? mn_node_face_locked(node) : NULL;
  if (node) mn_node_release_locked(node, &garbage);
  mn_mutex_unlock(&s->tree->mutex);
  mn_garbage_destroy(s->tree, &garbage);
  if (!face) return NULL;
  mn_cell cell = handle_of(face);
  if (mn_shared_set(s, self, &key, cell) == MN_OK) return face;
  mn_cell_drop(&cell);
  drop(face);
  return NULL;
}

/* ---- cells ---- */

enum { KEYS = 60 };

/* Keys of all kinds: integers around 1, negative ones, short and long strings. */
static mn_key test_key(uint64_t seed, unsigned long which, char text[64]) {
  if (which < 30) return mn_key_of(seed, mn_cell_of_integer((int64_t)which - 5));
  if (which < 45) {
    (void)snprintf(text, 64, "key%lu", which);
  } else {
    (void)snprintf(text, 64, "a key too long for its cell %lu", which);
  }
  return mn_key_of_string(seed, text, strlen(text));
}

static void check_model(const mn_cells *cells, uint64_t seed, const int64_t *model) {
  size_t total = 0, walked = 0;
  char text[64];
  for (unsigned long i = 0; i < KEYS; i++) {
    mn_key key = test_key(seed, i, text);
    mn_cell *cell = mn_cells_find(cells, seed, &key);
    CHECK((cell != NULL) == (model[i] != 0));
    if (cell) CHECK(cell->body.as.integer == model[i]);
    if (cell) total++;
  }
  mn_cell key;
  for (size_t at = 0; mn_cells_next(cells, &at, &key);) walked++;
  CHECK(walked == total);
  size_t border = mn_cells_border(cells, seed); /* integer n is key n + 5 of the model */
  CHECK(border == 0 || (border + 5 < 30 && model[border + 5] != 0));
  CHECK(border + 6 >= 30 || model[border + 6] == 0);
}

static void cells_are_a_table(void) {
  unsigned long random = test_seed(7);
  uint64_t seed = next_random(&random);
  mn_cells cells = {0};
  int64_t model[KEYS] = {0};
  char text[64];
  for (int64_t i = 1; i < 20000; i++) {
    unsigned long which = next_random(&random) % KEYS;
    mn_key key = test_key(seed, which, text);
    mn_cell old;
    if (next_random(&random) % 3 == 0) {
      mn_cells_remove(&cells, seed, &key, &old);
      CHECK(old.body.as.integer == model[which]);
      model[which] = 0;
    } else {
      CHECK(mn_cells_put(&cells, seed, &key, mn_cell_of_integer(i), &old));
      CHECK(old.body.as.integer == model[which]);
      model[which] = i;
    }
    if (i % 50 == 0) check_model(&cells, seed, model);
  }
  mn_cell key, *value;
  for (size_t at = 0; (value = mn_cells_next(&cells, &at, &key));) mn_cell_drop(&key);
  mn_cells_free(&cells);
}

static void short_strings_lie_in_the_cell(void) {
  /* Bytes with the highest bit, each another one, so that a sign or a place too many is seen. */
  const char bytes[] = "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd";
  const char zeros[MN_CELL_SHORT_MOST] = "";
  for (size_t size = 0; size <= MN_CELL_SHORT_MOST; size++) {
    char *copy = mn_alloc(size + 1); /* reading beyond it is seen by the sanitizer */
    memcpy(copy + 1, bytes, size);
    mn_cell cell = mn_cell_of_short(copy + 1, size);
    mn_free(copy);
    CHECK(cell.head.tag == MN_CELL_SHORT && cell.head.size == size);
    CHECK(memcmp(cell.head.text, bytes, size) == 0);
    CHECK(memcmp(cell.head.text + size, zeros, MN_CELL_SHORT_MOST - size) == 0);
  }
}

static void numbers_are_equal_as_in_lua(void) {
  mn_cell one = mn_cell_of_integer(1), one_float = mn_cell_of_float(1.0);
  mn_cell large = mn_cell_of_integer(INT64_MAX), rounded = mn_cell_of_float(0x1p63);
  mn_cell zero = mn_cell_of_float(0.0), minus_zero = mn_cell_of_float(-0.0);
  CHECK(mn_cell_equal(&one, &one_float) && mn_cell_equal(&one_float, &one));
  CHECK(!mn_cell_equal(&large, &rounded));
  CHECK(mn_cell_equal(&zero, &minus_zero));
}

/* ---- trees ---- */

static void cycles_go_with_their_tree(void) {
  mn_waiter self;
  waiter_init(&self, 1);
  mn_shared *root = mn_tree_new();
  mn_shared *a = add_table(root, &self, "a"), *b = add_table(a, &self, "b");
  mn_key key = string_key(root, "back");
  CHECK(mn_shared_set(b, &self, &key, handle_of(a)) == MN_OK);
  CHECK(mn_shared_set(b, &self, &key, handle_of(root)) == MN_OK);
  CHECK(mn_shared_set(root, &self, &key, handle_of(root)) == MN_OK);
  drop(root);
  drop(b);
  CHECK(set_integer(a, &self, "still", 1) == MN_OK); /* one face keeps it */
  drop(a);                                           /* the leak check is the sanitizer's */
}

static void a_long_chain_needs_no_deep_stack(void) {
  mn_waiter self;
  waiter_init(&self, 1);
  mn_shared *root = mn_tree_new(), *at = root;
  mn_handle_ref(&root->handle);
  for (int i = 0; i < 100000; i++) {
    mn_shared *next = add_table(at, &self, "next");
    drop(at);
    at = next;
  }
  drop(at);
  CHECK(mn_shared_clear(root, &self) == MN_OK);
  CHECK(root->tree->nodes.next == root->tree->nodes.prev); /* the root alone */
  drop(root);
}

static void faces_are_one_as_long_as_they_live(void) {
  mn_waiter self;
  waiter_init(&self, 1);
  mn_shared *root = mn_tree_new(), *a = add_table(root, &self, "a");
  mn_key key = string_key(root, "a");
  mn_cell cell;
  CHECK(!mn_shared_peek(root, &self, &key, &cell));
  CHECK(mn_shared_get(root, &self, &key, &cell) == MN_OK);
  CHECK(cell.body.as.handle == &a->handle);
  mn_cell_drop(&cell);
  drop(a);
  CHECK(mn_shared_get(root, &self, &key, &cell) == MN_OK);
  mn_shared *again = (mn_shared *)(void *)cell.body.as.handle;
  CHECK(set_integer(again, &self, "x", 1) == MN_OK && get_integer(again, &self, "x") == 1);
  mn_cell_drop(&cell);
  drop(root);
}

/* ---- transactions ---- */

static void a_transaction_is_seen_at_once(void) {
  mn_waiter self, other;
  waiter_init(&self, 1);
  waiter_init(&other, 2);
  mn_shared *root = mn_tree_new(), *a = add_table(root, &self, "a");
  CHECK(set_integer(root, &self, "n", 1) == MN_OK && set_integer(a, &self, "n", 1) == MN_OK);
  for (int commit = 0; commit < 2; commit++) {
    CHECK(mn_shared_begin(root, &self, "transaction") == MN_OK);
    CHECK(mn_shared_begin(a, &self, "transaction") == MN_INVALID);
    CHECK(set_integer(root, &self, "n", 2) == MN_OK && set_integer(a, &self, "n", 2) == MN_OK);
    CHECK(get_integer(root, &self, "n") == 2 && get_integer(a, &self, "n") == 2);
    CHECK(get_integer(root, &other, "n") == 1 && get_integer(a, &other, "n") == 1);
    atomic_store(&other.cancelled, true); /* instead of waiting */
    CHECK(set_integer(a, &other, "n", 3) == MN_CANCELLED);
    CHECK(mn_shared_begin(a, &other, "transaction") == MN_CANCELLED);
    if (commit)
      CHECK(mn_shared_commit(root, &self) == MN_OK);
    else
      mn_shared_abort(root, &self);
    CHECK(get_integer(root, &other, "n") == 1 + commit);
    CHECK(get_integer(a, &other, "n") == 1 + commit);
    CHECK(mn_list_is_empty(&self.held));
  }
  drop(a);
  drop(root);
}

static mn_status end_with_integer(mn_shared *s, mn_waiter *self, const char *name, int64_t n) {
  mn_key key = string_key(s, name);
  return mn_shared_set_and_commit(s, self, &key, mn_cell_of_integer(n));
}

static void one_write_ends_a_transaction(void) {
  mn_waiter self, other;
  waiter_init(&self, 1);
  waiter_init(&other, 2);
  mn_shared *root = mn_tree_new();
  uint64_t version = root->tree->version;
  CHECK(mn_shared_begin(root, &self, "update") == MN_OK);
  CHECK(end_with_integer(root, &self, "n", 1) == MN_OK);
  CHECK(root->tree->version != version); /* who waits for a change sees one */
  CHECK(mn_list_is_empty(&self.held) && mn_shared_turn(root, &self) == 0);
  CHECK(get_integer(root, &other, "n") == 1 && set_integer(root, &other, "n", 2) == MN_OK);
  /* Not when it isn't the only one. */
  CHECK(mn_shared_begin(root, &self, "update") == MN_OK);
  uint64_t turn = mn_shared_turn(root, &self);
  CHECK(set_integer(root, &self, "m", 3) == MN_OK);
  CHECK(end_with_integer(root, &self, "n", 3) == MN_FULL);
  CHECK(mn_shared_turn(root, &self) == turn && get_integer(root, &other, "n") == 2);
  mn_shared_abort(root, &self);
  drop(root);
}

static void what_a_dead_owner_wrote_is_dropped(void) {
  mn_waiter self, other;
  waiter_init(&self, 1);
  waiter_init(&other, 2);
  mn_shared *root = mn_tree_new();
  CHECK(set_integer(root, &self, "n", 1) == MN_OK);
  CHECK(mn_shared_begin(root, &self, "transaction") == MN_OK);
  CHECK(set_integer(root, &self, "n", 2) == MN_OK);
  mn_waiter_abandon_held(&self);
  CHECK(get_integer(root, &self, "n") == 1);
  CHECK(set_integer(root, &other, "n", 3) == MN_OK);
  drop(root);
}

/* Two threads that each own what the other writes to: one of them is told, and both get on. */
typedef struct rival {
  mn_shared *own, *others;
  mn_waiter waiter;
  _Atomic int *ready;
  mn_status status;
} rival;

static void *be_rival(void *p) {
  rival *r = p;
  CHECK(mn_shared_begin(r->own, &r->waiter, "transaction") == MN_OK);
  atomic_fetch_add(r->ready, 1);
  while (atomic_load(r->ready) < 3) mn_cpu_yield();
  r->status = set_integer(r->others, &r->waiter, "n", 1);
  mn_shared_abort(r->own, &r->waiter);
  return NULL;
}

static void circles_are_found(void) {
  for (int round = 0; round < 50; round++) {
    enum { RIVALS = 3 };
    mn_shared *shared[RIVALS];
    rival rivals[RIVALS];
    pthread_t threads[RIVALS];
    _Atomic int ready = 0;
    int told = 0;
    for (int i = 0; i < RIVALS; i++) shared[i] = mn_tree_new();
    for (int i = 0; i < RIVALS; i++) {
      rivals[i] = (rival){.own = shared[i], .others = shared[(i + 1) % RIVALS], .ready = &ready};
      waiter_init(&rivals[i].waiter, (uint64_t)i + 1);
      threads[i] = start_thread(be_rival, &rivals[i]);
    }
    for (int i = 0; i < RIVALS; i++) join_thread(threads[i]);
    for (int i = 0; i < RIVALS; i++) {
      CHECK(rivals[i].status == MN_OK || rivals[i].status == MN_DEADLOCK);
      told += rivals[i].status == MN_DEADLOCK;
      drop(shared[i]);
    }
    CHECK(told >= 1);
  }
}

/* ---- sequences ---- */

/* Takes number `at` away, or the last for 0; it must be `expected`. */
static void take(mn_shared *s, mn_waiter *self, uint64_t at, int64_t expected) {
  mn_cell old, other = mn_cell_of_integer(-1);
  bool last = at == 0;
  CHECK(mn_shared_item(s, self, &at, &old) == MN_OK && old.body.as.integer == expected);
  CHECK(mn_shared_remove(s, self, at, last, &other) == MN_FULL);
  CHECK(at == mn_shared_length(s, self) || mn_shared_remove(s, self, at, true, &old) == MN_FULL);
  CHECK(mn_shared_remove(s, self, at, last, &old) == MN_OK);
}

static void sequences_keep_together(void) {
  mn_waiter self;
  waiter_init(&self, 1);
  for (int drafted = 0; drafted < 2; drafted++) {
    mn_shared *s = mn_tree_new();
    size_t at;
    mn_cell old;
    if (drafted) CHECK(mn_shared_begin(s, &self, "transaction") == MN_OK);
    for (int64_t i = 1; i <= 10; i++)
      CHECK(mn_shared_insert(s, &self, mn_cell_of_integer(i), &at) == MN_OK && at == (size_t)i);
    take(s, &self, 3, 3);
    take(s, &self, 0, 10);
    CHECK(mn_shared_item(s, &self, &(uint64_t){9}, &old) == MN_EMPTY);
    CHECK(mn_shared_item(s, &self, &(uint64_t){10}, &old) == MN_INVALID);
    if (drafted) CHECK(mn_shared_commit(s, &self) == MN_OK);
    CHECK(mn_shared_length(s, &self) == 8);
    for (int64_t i = 1; i <= 8; i++) {
      mn_key key = integer_key(s, i);
      CHECK(mn_shared_peek(s, &self, &key, &old) && old.body.as.integer == (i < 3 ? i : i + 1));
    }
    drop(s);
  }
}

/* ---- no memory ---- */

#ifdef MN_FAULTS
static mn_cell long_text(void) {
  mn_text *text = mn_text_new("a text that is not short", 24, 0);
  return text ? mn_cell_of_pointer(MN_CELL_TEXT, text) : mn_cell_of(MN_CELL_NIL);
}

/* Does what needs memory; MN_NOMEM when something failed. All or nothing is in the tree then. */
static mn_status change(mn_shared *s, mn_waiter *self) {
  mn_key key = string_key(s, "a key that is not short");
  mn_cell text = long_text();
  if (text.head.tag == MN_CELL_NIL) return MN_NOMEM;
  mn_status status = mn_shared_set(s, self, &key, text);
  if (status != MN_OK) {
    mn_cell_drop(&text);
    return status;
  }
  for (int64_t i = 0; i < 6 && status == MN_OK; i++) {
    mn_key number = integer_key(s, i * 2 + 1);
    status = mn_shared_set(s, self, &number, mn_cell_of_integer(i));
  }
  mn_shared *table = status == MN_OK ? add_table(s, self, "table") : NULL;
  if (!table) return MN_NOMEM;
  status = set_integer(table, self, "n", 1);
  drop(table);
  return status;
}

static size_t count_entries(mn_shared *s, mn_waiter *self) {
  mn_snapshot snapshot = {{0}, {0}};
  CHECK(mn_snapshot_take(&snapshot, s, self, true) == MN_OK);
  size_t count = snapshot.entries.size / sizeof(mn_slot);
  mn_snapshot_drop(&snapshot);
  return count;
}

static void no_memory_leaves_transactions_whole(void) {
  mn_waiter self;
  waiter_init(&self, 1);
  for (long n = 0;; n++) {
    mn_shared *s = mn_tree_new();
    CHECK(set_integer(s, &self, "before", 1) == MN_OK);
    CHECK(mn_shared_begin(s, &self, "transaction") == MN_OK);
    mn_alloc_fail_at(n, 1);
    mn_status status = change(s, &self);
    if (status == MN_OK) status = mn_shared_commit(s, &self);
    int failed = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, 0);
    /* Where only the array could not grow, the hash table has taken the key. */
    CHECK(status == MN_OK || (status == MN_NOMEM && failed));
    if (status != MN_OK) mn_shared_abort(s, &self);
    CHECK(count_entries(s, &self) == (status != MN_OK ? 1u : 10u));
    drop(s);
    if (!failed) return;
  }
}

static void no_memory_leaves_the_last_write_undone(void) {
  mn_waiter self, other;
  waiter_init(&self, 1);
  waiter_init(&other, 2);
  mn_shared *s = mn_tree_new();
  CHECK(mn_shared_begin(s, &self, "update") == MN_OK);
  mn_alloc_fail_at(0, 1);
  CHECK(end_with_integer(s, &self, "n", 1) == MN_NOMEM);
  mn_alloc_fail_at(-1, 0);
  atomic_store(&other.cancelled, true); /* instead of waiting */
  CHECK(set_integer(s, &other, "n", 2) == MN_CANCELLED);
  CHECK(end_with_integer(s, &self, "n", 1) == MN_OK);
  CHECK(get_integer(s, &other, "n") == 1);
  drop(s);
}

static void no_memory_leaves_single_writes_whole(void) {
  mn_waiter self;
  waiter_init(&self, 1);
  for (long n = 0;; n++) {
    mn_shared *s = mn_tree_new();
    mn_alloc_fail_at(n, 0);
    mn_status status = change(s, &self);
    int failed = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, 0);
    CHECK(status == MN_OK || failed);
    CHECK(change(s, &self) == MN_OK && count_entries(s, &self) == 9);
    drop(s);
    if (!failed) return;
  }
}

static void no_memory_leaves_no_snapshot(void) {
  mn_waiter self;
  waiter_init(&self, 1);
  mn_shared *s = mn_tree_new();
  CHECK(change(s, &self) == MN_OK);
  for (long n = 0;; n++)
    for (int deep = 0; deep < 2; deep++) {
      mn_snapshot snapshot = {{0}, {0}};
      mn_alloc_fail_at(n, 1);
      mn_status status = mn_snapshot_take(&snapshot, s, &self, deep != 0);
      int failed = mn_alloc_did_fail();
      mn_alloc_fail_at(-1, 0);
      CHECK((status == MN_NOMEM) == (failed != 0));
      mn_snapshot_drop(&snapshot);
      if (deep && !failed) {
        drop(s);
        return;
      }
    }
}

static void no_memory_makes_no_tree(void) {
  for (long n = 0;; n++) {
    mn_alloc_fail_at(n, 1);
    mn_shared *s = mn_tree_new();
    mn_alloc_fail_at(-1, 0);
    if (!s) continue;
    drop(s);
    return;
  }
}
#endif

int main(void) {
  RUN(cells_are_a_table);
  RUN(short_strings_lie_in_the_cell);
  RUN(numbers_are_equal_as_in_lua);
  RUN(cycles_go_with_their_tree);
  RUN(a_long_chain_needs_no_deep_stack);
  RUN(faces_are_one_as_long_as_they_live);
  RUN(a_transaction_is_seen_at_once);
  RUN(one_write_ends_a_transaction);
  RUN(what_a_dead_owner_wrote_is_dropped);
  RUN(circles_are_found);
  RUN(sequences_keep_together);
#ifdef MN_FAULTS
  RUN(no_memory_leaves_transactions_whole);
  RUN(no_memory_leaves_the_last_write_undone);
  RUN(no_memory_leaves_single_writes_whole);
  RUN(no_memory_leaves_no_snapshot);
  RUN(no_memory_makes_no_tree);
#endif
  return 0;
}
