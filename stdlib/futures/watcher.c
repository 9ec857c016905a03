/* futures/watcher.c -- a list of the watches whose futures have ended.
 *
 * A watch at a future holds no reference to it: so a future that nobody will ever end goes. */
#include "futures/watcher.h"

#include "base/alloc.h"

typedef struct note {
  mn_watch watch;
  struct note *next;   /* in the watcher's list */
  mn_watcher *watcher; /* a reference */
  mn_future *future;   /* a reference once it has ended */
  uint64_t token;
} note;

struct mn_watcher {
  _Atomic uint32_t references;
  mn_thread *called; /* a reference or NULL; immutable */
  mn_mutex mutex;
  note *first, **last;     /* ended; guarded by mutex */
  bool closed;             /* guarded by mutex */
  _Atomic uint32_t count;  /* of those; written under mutex */
  _Atomic uint32_t failed; /* of those, the ones that gave no results; written under mutex */
  _Atomic uint32_t wanted; /* how many the taker waits for; the taker's */
  mn_waitlist ready;
};

mn_watcher *mn_watcher_new(mn_thread *called) {
  mn_watcher *watcher = mn_alloc_zero(sizeof *watcher);
  if (!watcher) return NULL;
  atomic_init(&watcher->references, 1);
  watcher->last = &watcher->first;
  mn_waitlist_init(&watcher->ready);
  if (called) mn_handle_ref(&called->handle);
  watcher->called = called;
  return watcher;
}

static void unref(mn_watcher *watcher) {
  if (atomic_fetch_sub(&watcher->references, 1) != 1) return;
  if (watcher->called) mn_handle_unref(&watcher->called->handle);
  mn_free(watcher);
}

static void free_notes(note *first) {
  for (note *next; first; first = next) {
    next = first->next;
    mn_handle_unref(&first->future->handle);
    unref(first->watcher);
    mn_free(first);
  }
}

void mn_watcher_close(mn_watcher *watcher) {
  mn_mutex_lock(&watcher->mutex);
  watcher->closed = true;
  note *left = watcher->first;
  watcher->first = NULL;
  watcher->last = &watcher->first;
  mn_mutex_unlock(&watcher->mutex);
  free_notes(left);
  unref(watcher);
}

/* ---- noting ---- */

/* Who waits publishes what he wants before he looks; who appends looks at that afterwards. */
static bool is_ready(mn_watcher *watcher) {
  uint32_t count = atomic_load(&watcher->count);
  return count > 0 && (count >= atomic_load(&watcher->wanted) || atomic_load(&watcher->failed) > 0);
}

/* False: nobody wants to know. */
static bool append(note *n) {
  mn_watcher *watcher = n->watcher;
  mn_mutex_lock(&watcher->mutex);
  bool open = !watcher->closed;
  if (open) {
    mn_handle_ref(&n->future->handle);
    *watcher->last = n;
    watcher->last = &n->next;
    if (mn_future_status_of(n->future) != MN_FUTURE_DONE) atomic_fetch_add(&watcher->failed, 1);
    atomic_fetch_add(&watcher->count, 1);
  }
  mn_mutex_unlock(&watcher->mutex);
  return open;
}

static void ended(mn_watch *watch, mn_future *future) {
  note *n = (note *)(void *)watch;
  mn_watcher *watcher = n->watcher;
  n->next = NULL;
  n->future = future;
  /* As soon as it is in the list the note is its taker's: so the watcher needs a reference of ours. */
  atomic_fetch_add(&watcher->references, 1);
  if (future && append(n)) {
    if (is_ready(watcher)) mn_waitlist_wake_all(&watcher->ready);
    if (watcher->called) mn_host_call(&watcher->called->host);
  } else {
    mn_free(n);
    unref(watcher);
  }
  unref(watcher);
}

mn_status mn_watcher_add(mn_watcher *watcher, mn_future *future, uint64_t token) {
  note *n = mn_alloc(sizeof *n);
  if (!n) return MN_NOMEM;
  atomic_fetch_add(&watcher->references, 1);
  *n = (note){.watch = {.ended = ended}, .watcher = watcher, .token = token};
  mn_future_watch(future, &n->watch);
  return MN_OK;
}

/* ---- taking ---- */

bool mn_watcher_has_some(mn_watcher *watcher) {
  return atomic_load(&watcher->count) > 0;
}

mn_status mn_watcher_take(mn_watcher *watcher, mn_future **future, uint64_t *token) {
  if (atomic_load(&watcher->count) == 0) return MN_EMPTY;
  mn_mutex_lock(&watcher->mutex);
  note *n = watcher->first;
  watcher->first = n->next;
  if (!n->next) watcher->last = &watcher->first;
  if (mn_future_status_of(n->future) != MN_FUTURE_DONE) atomic_fetch_sub(&watcher->failed, 1);
  atomic_fetch_sub(&watcher->count, 1);
  mn_mutex_unlock(&watcher->mutex);
  *future = n->future;
  *token = n->token;
  unref(n->watcher);
  mn_free(n);
  return MN_OK;
}

static mn_status attempt(mn_wait_case *c) {
  return is_ready(c->argument) ? MN_OK : MN_EMPTY;
}

mn_status mn_watcher_wait(mn_watcher *watcher, uint32_t wanted, mn_waiter *self, mn_time deadline) {
  atomic_store(&watcher->wanted, wanted);
  mn_wait_case c = {.list = &watcher->ready,
                    .attempt = attempt,
                    .argument = watcher,
                    .verb = "the end of a future"};
  return mn_wait(self, &c, 1, deadline, NULL);
}
