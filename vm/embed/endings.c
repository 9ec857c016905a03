/* embed/endings.c -- the ends of futures, for a program's own event loop.
 *
 * A note lies at each future until that ends, and then in the list. The bell rings while there is
 * something in the list. Notes hold the collection, so it may be freed before they come. */
#include "base/alloc.h"
#include "embed/future.h"
#include "os/bell.h"

typedef struct note {
  mn_watch watch;
  struct note *next;
  moons_endings *endings; /* a reference */
  void *tag;
} note;

struct moons_endings {
  mn_kind kind;
  _Atomic uint32_t references;
  moons_runtime *runtime; /* a reference */
  mn_mutex mutex;
  mn_bell bell;
  bool is_closed;      /* guarded by mutex, as is the list */
  note *first, **last; /* ended, the oldest first */
};

static void unref(moons_endings *endings) {
  if (atomic_fetch_sub(&endings->references, 1) != 1) return;
  moons_runtime *runtime = endings->runtime;
  mn_free(endings);
  mn_embed_unref(runtime);
}

moons_status moons_endings_new(moons_runtime *runtime, moons_endings **endings) {
  if (mn_is_bad(runtime) || mn_is_missing(endings)) return MOONS_INVALID;
  moons_endings *made = mn_alloc_zero(sizeof *made);
  if (!made) return MOONS_NO_MEMORY;
  mn_status status = mn_bell_open(&made->bell);
  if (status != MN_OK) {
    mn_free(made);
    return mn_embed_status(status);
  }
  made->kind = MN_KIND_ENDINGS;
  atomic_init(&made->references, 1);
  made->runtime = mn_embed_ref(runtime);
  made->last = &made->first;
  *endings = made;
  return MOONS_OK;
}

int moons_endings_descriptor(const moons_endings *endings) {
  return mn_is_bad(endings) ? -1 : endings->bell.descriptor;
}

static void ended(mn_watch *watch, mn_future *future) {
  (void)future;
  note *n = (note *)(void *)watch;
  moons_endings *endings = n->endings;
  mn_mutex_lock(&endings->mutex);
  bool is_closed = endings->is_closed;
  if (!is_closed) {
    if (!endings->first) mn_bell_ring(&endings->bell);
    n->next = NULL;
    *endings->last = n;
    endings->last = &n->next;
  }
  mn_mutex_unlock(&endings->mutex);
  if (!is_closed) return;
  mn_free(n);
  unref(endings);
}

moons_status moons_endings_add(moons_endings *endings, moons_future *future, void *tag) {
  if (mn_is_bad(endings) || mn_is_bad(future) || mn_is_foreign(future, endings->runtime))
    return MOONS_INVALID;
  note *n = mn_alloc(sizeof *n);
  if (!n) return MOONS_NO_MEMORY;
  atomic_fetch_add(&endings->references, 1);
  *n = (note){.watch.ended = ended, .endings = endings, .tag = tag};
  mn_future_watch(future->future, &n->watch);
  return MOONS_OK;
}

/* The list's reference is the caller's, and the note, which it frees. */
static note *take_locked(moons_endings *endings) {
  note *n = endings->first;
  if (!n) return NULL;
  endings->first = n->next;
  if (!endings->first) {
    endings->last = &endings->first;
    mn_bell_silence(&endings->bell);
  }
  return n;
}

static moons_status next(moons_endings *endings, void **tag) {
  mn_mutex_lock(&endings->mutex);
  note *n = take_locked(endings);
  mn_mutex_unlock(&endings->mutex);
  if (!n) return MOONS_EMPTY;
  *tag = n->tag;
  mn_free(n);
  unref(endings); /* not the last: the caller has one */
  return MOONS_OK;
}

moons_status moons_endings_next(moons_endings *endings, void **tag) {
  if (mn_is_bad(endings) || mn_is_missing(tag)) return MOONS_INVALID;
  return next(endings, tag);
}

void moons_endings_free(moons_endings *endings) {
  if (mn_is_bad_or_null(endings)) return;
  void *tag;
  mn_bury(endings);
  while (next(endings, &tag) == MOONS_OK) continue;
  mn_mutex_lock(&endings->mutex);
  endings->is_closed = true;
  mn_mutex_unlock(&endings->mutex);
  while (next(endings, &tag) == MOONS_OK) continue; /* came in between */
  mn_bell_close(&endings->bell);
  unref(endings);
}
