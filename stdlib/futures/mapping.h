/* futures/mapping.h -- the chunks of a map on their way, and how large the next one should be.
 * Level stdlib: vm/core and below; never lua.h. Of one thread. */
#ifndef MN_FUTURES_MAPPING_H
#define MN_FUTURES_MAPPING_H

#include "futures/future.h"
#include "futures/watcher.h"

/* A chunk of adaptive size has at most so many items. */
enum { MN_MAPPING_MOST = 4096 };

typedef enum mn_mapping_order {
  MN_MAPPING_ORDERED, /* chunks are wanted in the order of their items, as soon as they are ready */
  MN_MAPPING_READY,   /* in the order in which they are ready */
  MN_MAPPING_ALL      /* the same, and nobody looks before the last one has ended */
} mn_mapping_order;

typedef struct mn_mapping {
  mn_runtime *runtime;
  mn_made_at *made_at; /* where the script made the map, a reference; set after opening */
  mn_mapping_order order;
  uint32_t workers;    /* that may share the work */
  uint32_t chunksize;  /* fixed; 0: adaptive */
  uint32_t buffersize; /* items that were submitted and not taken, at most; 0: any number */
  uint64_t total;      /* items, or UINT64_MAX: nobody knows */
  uint64_t submitted;  /* items */
  uint64_t in_flight;  /* items that were submitted and not taken */
  mn_watcher *watcher; /* of all chunks */
  uint32_t unfinished; /* chunks that the watcher has not told of */
  mn_chunk **ring; /* references to the chunks that were not taken, in order but for gaps that were
                          * filled where there is none to keep */
  uint32_t room, first, count;
  uint64_t suggested; /* size of the next chunk, by the time that the last one took */
  uint64_t least;     /* below that a chunk is not worth its way */
  uint64_t heaviest;  /* bytes of an item or a result, as an average of a chunk, seen so far */
} mn_mapping;

/* MN_NOMEM: nothing was made. */
mn_status mn_mapping_open(mn_mapping *mapping, mn_runtime *runtime, uint32_t workers,
                          mn_mapping_order order);
/* Cancels what no worker has started, and lets all go. `heard`: the map has raised an error, so nobody
 * needs to hear of others. Once. */
void mn_mapping_close(mn_mapping *mapping, bool heard);

/* How many items the next chunk should have; 0: none now. */
uint32_t mn_mapping_next_size(const mn_mapping *mapping);

/* A chunk for the next `items` items with these arguments, which are the chunk's then, to be submitted; a
 * reference of the mapping's. NULL: no memory. */
mn_chunk *mn_mapping_add(mn_mapping *mapping, uint32_t items, uint32_t arity,
                         mn_message *arguments);

/* Waits for something to do. MN_OK: *chunk is a reference of the caller's, and the mapping's no more; or
 * NULL: there may be room for more chunks. MN_EMPTY: no chunk is left. MN_TIMEOUT, MN_CANCELLED. */
mn_status mn_mapping_take(mn_mapping *mapping, mn_waiter *self, mn_time deadline, mn_chunk **chunk);

/* Whether take would give a chunk at once. */
bool mn_mapping_has_ready(mn_mapping *mapping);

/* The first one that no worker has started, for who runs it himself. NULL: there is none. No reference.
 */
mn_chunk *mn_mapping_pending(const mn_mapping *mapping);

#endif
