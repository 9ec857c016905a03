/* futures/mapping.c -- chunks in flight, and their size.
 *
 * A chunk should take about TARGET: long against what its way costs, short against what people and
 * other workers wait for. Workers tell how long each took. The first ones have one item, for it may
 * take a minute. Towards the end of a list chunks get smaller, so that all workers end together. */
#include "futures/mapping.h"

#include "base/alloc.h"

#define TARGET ((mn_time)200 * 1000)

enum {
  GROWTH = 8,        /* from one chunk to the next */
  END_PARTS = 2,     /* what is left is shared by the workers in so many chunks each */
  LEAST_PART = 16,   /* of the suggested size */
  AHEAD_ORDERED = 8, /* chunks in flight for each worker: finished ones may wait for a slow one */
  AHEAD = 4
};

mn_status mn_mapping_open(mn_mapping *mapping, mn_runtime *runtime, uint32_t workers,
                          bool unordered) {
  *mapping = (mn_mapping){
      .runtime = runtime, .workers = workers, .total = UINT64_MAX, .suggested = 1, .least = 1};
  uint32_t some = workers < 4096 ? workers : 4096;
  mapping->room = some * (unordered ? AHEAD : AHEAD_ORDERED) + AHEAD;
  mapping->ring = mn_alloc(mapping->room * sizeof(mn_chunk *));
  if (unordered) mapping->watcher = mn_watcher_new(NULL);
  if (mapping->ring && (mapping->watcher || !unordered)) return MN_OK;
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
  *mapping = (mn_mapping){0};
}

/* ---- sizes ---- */

uint32_t mn_mapping_next_size(const mn_mapping *mapping) {
  uint64_t left = mapping->total - mapping->submitted, size = mapping->suggested;
  if (mapping->count == mapping->room || left == 0) return 0;
  uint64_t share = left / mapping->workers / END_PARTS;
  if (size > share) size = share > mapping->least ? share : mapping->least;
  if (mapping->chunksize > 0) size = mapping->chunksize;
  if (size > left) size = left;
  if (mapping->buffersize > 0) {
    if (mapping->in_flight >= mapping->buffersize) return 0;
    uint64_t room = mapping->buffersize - mapping->in_flight;
    if (size > room) size = room;
  }
  return (uint32_t)size;
}

static void learn(mn_mapping *mapping, const mn_chunk *chunk) {
  if (mn_future_status_of(&chunk->future) != MN_FUTURE_DONE) return;
  mn_time each = chunk->duration / (mn_time)chunk->items;
  uint64_t size = each > 0 ? (uint64_t)(TARGET / each) : MN_MAPPING_MOST;
  mapping->least = size / LEAST_PART > 0 ? size / LEAST_PART : 1;
  if (size > (uint64_t)chunk->items * GROWTH) size = (uint64_t)chunk->items * GROWTH;
  if (size > MN_MAPPING_MOST) size = MN_MAPPING_MOST;
  mapping->suggested = size > 0 ? size : 1;
  if (mapping->least > mapping->suggested) mapping->least = mapping->suggested;
}

/* ---- in and out ---- */

mn_chunk *mn_mapping_add(mn_mapping *mapping, uint32_t items, uint32_t arity) {
  mn_chunk *chunk = mn_chunk_new(mapping->runtime, mapping->submitted + 1, items, arity);
  if (!chunk) return NULL;
  if (mapping->watcher && mn_watcher_add(mapping->watcher, &chunk->future, 0) != MN_OK) {
    mn_handle_unref(&chunk->future.handle);
    return NULL;
  }
  *slot(mapping, mapping->count++) = chunk;
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

/* Takes the chunk out of the ring, whose gap the last one fills unless there is an order to keep. */
static void take_out(mn_mapping *mapping, mn_chunk *chunk) {
  uint32_t at = 0;
  while (*slot(mapping, at) != chunk) at++;
  *slot(mapping, at) = *slot(mapping, 0);
  mapping->first = (mapping->first + 1) % mapping->room;
  mapping->count--;
  mapping->in_flight -= chunk->items;
  learn(mapping, chunk);
}

static mn_status take_any(mn_mapping *mapping, mn_waiter *self, mn_time deadline,
                          mn_chunk **chunk) {
  mn_future *future;
  uint64_t token;
  mn_status status = mn_watcher_wait(mapping->watcher, self, deadline);
  if (status == MN_OK) status = mn_watcher_take(mapping->watcher, &future, &token);
  if (status != MN_OK) return status;
  mn_handle_unref(&future->handle); /* the ring has one, too */
  *chunk = (mn_chunk *)(void *)future;
  return MN_OK;
}

mn_status mn_mapping_take(mn_mapping *mapping, mn_waiter *self, mn_time deadline,
                          mn_chunk **chunk) {
  if (mapping->count == 0) return MN_EMPTY;
  mn_status status = MN_OK;
  if (mapping->watcher) {
    status = take_any(mapping, self, deadline, chunk);
  } else {
    *chunk = *slot(mapping, 0);
    status = mn_future_wait(&(*chunk)->future, self, deadline);
  }
  if (status == MN_OK) take_out(mapping, *chunk);
  return status;
}
