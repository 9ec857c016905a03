/* futures/mapping.c -- chunks in flight, and their size.
 *
 * A chunk should take about TARGET: long against what its way costs, short against what people and
 * other workers wait for. Workers tell how long each took. The first ones have one item, for it may
 * take a minute. Towards the end of a list chunks get smaller, so that all workers end together. What
 * is heavy goes in small chunks, which fit into a processor's cache.
 *
 * So many chunks are in flight that no worker runs out of them, while this thread sees to something
 * else. Where results are wanted in order, those that have ended may have to wait for a slow one: then
 * more are submitted, up to ORDERED_MOST, so that the others are not held up by it. */
#include "futures/mapping.h"

#include "base/alloc.h"

#define TARGET ((mn_time)400 * 1000)
#define HEAVY  ((uint64_t)16 * 1024) /* bytes */

enum {
  GROWTH = 8,            /* from one chunk to the next */
  END_PARTS = 2,         /* what is left is shared by the workers in so many chunks each */
  LEAST_PART = 16,       /* of the suggested size */
  AHEAD = 4,             /* unfinished chunks for each worker */
  ORDERED_MOST = 4096,   /* chunks in the ring */
  WORKERS_MOST = 1 << 16 /* that matter for all this */
};

static uint32_t unfinished_most(const mn_mapping *mapping) {
  return (mapping->workers + 1) * AHEAD;
}

mn_status mn_mapping_open(mn_mapping *mapping, mn_runtime *runtime, uint32_t workers,
                          mn_mapping_order order) {
  *mapping = (mn_mapping){.runtime = runtime,
                          .order = order,
                          .workers = workers < WORKERS_MOST ? workers : WORKERS_MOST,
                          .total = UINT64_MAX,
                          .suggested = 1,
                          .least = 1,
                          .heaviest = 1};
  mapping->room = unfinished_most(mapping);
  if (order == MN_MAPPING_ORDERED && mapping->room < ORDERED_MOST) mapping->room = ORDERED_MOST;
  mapping->ring = mn_alloc(mapping->room * sizeof(mn_chunk *));
  mapping->watcher = mn_watcher_new(NULL);
  if (mapping->ring && mapping->watcher) return MN_OK;
  mn_mapping_close(mapping, false);
  return MN_NOMEM;
}

static mn_chunk **slot(const mn_mapping *mapping, uint32_t index) {
  return &mapping->ring[(mapping->first + index) % mapping->room];
}

void mn_mapping_close(mn_mapping *mapping, bool heard) {
  for (uint32_t i = 0; i < mapping->count; i++) {
    mn_future *future = &(*slot(mapping, i))->future;
    if (heard) atomic_store(&future->looked_at, true);
    (void)mn_future_cancel(future);
    mn_handle_unref(&future->handle);
  }
  if (mapping->watcher) mn_watcher_close(mapping->watcher);
  mn_free(mapping->ring);
  mn_made_at_unref(mapping->made_at);
  *mapping = (mn_mapping){0};
}

/* ---- sizes ---- */

static bool is_full(const mn_mapping *mapping) {
  return mapping->count == mapping->room || mapping->unfinished >= unfinished_most(mapping) ||
         (mapping->buffersize > 0 && mapping->in_flight >= mapping->buffersize);
}

static uint64_t least_of(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

/* As times and bytes suggest it, and what is left. */
static uint64_t adapted_size(const mn_mapping *mapping, uint64_t left) {
  uint64_t size = mapping->suggested, share = left / mapping->workers / END_PARTS;
  if (size > share) size = share > mapping->least ? share : mapping->least;
  uint64_t light = HEAVY / mapping->heaviest;
  return least_of(size, light > 0 ? light : 1);
}

uint32_t mn_mapping_next_size(const mn_mapping *mapping) {
  uint64_t left = mapping->total - mapping->submitted;
  if (left == 0 || is_full(mapping)) return 0;
  uint64_t size = mapping->chunksize > 0 ? mapping->chunksize : adapted_size(mapping, left);
  if (mapping->buffersize > 0) size = least_of(size, mapping->buffersize - mapping->in_flight);
  return (uint32_t)least_of(size, left);
}

static void weigh(mn_mapping *mapping, const mn_message *message, uint32_t items) {
  uint64_t each = message->size / items;
  if (each > mapping->heaviest) mapping->heaviest = each;
}

/* The watcher has told of it. */
static void learn(mn_mapping *mapping, const mn_chunk *chunk) {
  mapping->unfinished--;
  if (mn_future_status_of(&chunk->future) != MN_FUTURE_DONE) return;
  weigh(mapping, &chunk->future.message, chunk->items);
  mn_time each = chunk->duration / (mn_time)chunk->items;
  uint64_t size = each > 0 ? (uint64_t)(TARGET / each) : MN_MAPPING_MOST;
  if (size == 0) size = 1;
  mapping->least = size / LEAST_PART > 0 ? size / LEAST_PART : 1;
  size = least_of(size, (uint64_t)chunk->items * GROWTH);
  mapping->suggested = least_of(size, MN_MAPPING_MOST);
  mapping->least = least_of(mapping->least, mapping->suggested);
}

/* ---- in and out ---- */

mn_chunk *mn_mapping_add(mn_mapping *mapping, uint32_t items, uint32_t arity,
                         mn_message *arguments) {
  mn_chunk *chunk = mn_chunk_new(mapping->runtime, mapping->submitted + 1, items, arity);
  if (!chunk) return NULL;
  if (mn_watcher_add(mapping->watcher, &chunk->future, 0) != MN_OK) {
    mn_handle_unref(&chunk->future.handle);
    return NULL;
  }
  weigh(mapping, arguments, items);
  chunk->future.handle.made_at = mn_made_at_ref(mapping->made_at);
  chunk->future.message = *arguments;
  *arguments = (mn_message){0};
  *slot(mapping, mapping->count++) = chunk;
  mapping->unfinished++;
  mapping->submitted += items;
  mapping->in_flight += items;
  return chunk;
}

mn_chunk *mn_mapping_pending(const mn_mapping *mapping) {
  for (uint32_t i = 0; i < mapping->count; i++) {
    mn_chunk *chunk = *slot(mapping, i);
    if (mn_future_status_of(&chunk->future) == MN_FUTURE_PENDING) return chunk;
  }
  return NULL;
}

/* Takes the chunk out of the ring, whose gap the first one fills: there is an order to keep only where
 * it is the first itself. */
static void take_out(mn_mapping *mapping, mn_chunk *chunk) {
  uint32_t at = 0;
  while (*slot(mapping, at) != chunk) at++;
  *slot(mapping, at) = *slot(mapping, 0);
  mapping->first = (mapping->first + 1) % mapping->room;
  mapping->count--;
  mapping->in_flight -= chunk->items;
}

/* The next chunk that has ended, as the watcher tells; NULL: it tells of none. Where there is an order it
 * may have been taken and be gone already, else the ring holds it. */
static mn_chunk *told(mn_mapping *mapping) {
  mn_future *future;
  uint64_t token;
  if (mn_watcher_take(mapping->watcher, &future, &token) != MN_OK) return NULL;
  mn_chunk *chunk = (mn_chunk *)(void *)future;
  learn(mapping, chunk);
  mn_handle_unref(&future->handle);
  return chunk;
}

/* After how many ends this thread is woken. That costs a worker some microseconds, so where nobody is
 * waiting for the first result it is done for several together. */
static uint32_t ends_wanted(const mn_mapping *mapping) {
  if (mapping->order != MN_MAPPING_ALL) return 1;
  return mapping->unfinished < mapping->workers + 1 ? mapping->unfinished : mapping->workers + 1;
}

static bool first_has_ended(const mn_mapping *mapping) {
  return mn_future_has_ended(&(*slot(mapping, 0))->future);
}

bool mn_mapping_has_ready(mn_mapping *mapping) {
  if (mapping->count == 0) return false;
  if (mapping->order == MN_MAPPING_ORDERED) return first_has_ended(mapping);
  return mn_watcher_has_some(mapping->watcher);
}

mn_status mn_mapping_take(mn_mapping *mapping, mn_waiter *self, mn_time deadline,
                          mn_chunk **chunk) {
  bool ordered = mapping->order == MN_MAPPING_ORDERED;
  *chunk = NULL;
  if (mapping->count == 0) return MN_EMPTY;
  mn_chunk *ended = told(mapping);
  if (!ended && !(ordered && first_has_ended(mapping))) {
    mn_status status = mn_watcher_wait(mapping->watcher, ends_wanted(mapping), self, deadline);
    if (status != MN_OK) return status;
    ended = told(mapping);
  }
  if (ordered) ended = first_has_ended(mapping) ? *slot(mapping, 0) : NULL;
  if (ended) take_out(mapping, ended);
  *chunk = ended;
  return MN_OK;
}
