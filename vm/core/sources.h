/* core/sources.h -- descriptors that are waited for over and over, sockets mostly; all of one runtime.
 * Level core; never lua.h. Safe from any thread.
 *
 * A source is entered once in the poller of each thread that waits for it, and stays there until its
 * descriptor is closed. What a poller tells may have been on its way then: so the memory of a source
 * stays a source's until the runtime ends, and its number changes with each descriptor. */
#ifndef MN_CORE_SOURCES_H
#define MN_CORE_SOURCES_H

#include "core/waiter.h"

typedef struct mn_source mn_source;

struct mn_source {
  mn_waitlist readers, writers;
  /* How often a poller told that there may be something to read, or room to write. */
  _Atomic uint32_t reads, writes;
  _Atomic bool ended; /* a poller told that nothing more will come, or of an error */
  /* The rest is guarded by mutex. */
  mn_mutex mutex;
  int descriptor;      /* -1: closed */
  uint64_t number;     /* of the source's place, and of its descriptors so far */
  uint64_t entered[2]; /* numbers of pollers in which it surely is */
  mn_source *next;     /* in the list of free ones; guarded by the mutex of all */
};

/* Each chunk has twice as many places as the one before. */
enum { MN_SOURCES_CHUNKS = 13 };

/* All zero: there are none. */
typedef struct mn_sources {
  mn_mutex mutex;
  _Atomic(mn_source *) chunks[MN_SOURCES_CHUNKS]; /* written under mutex */
  uint32_t count;                                 /* ever made; guarded by mutex, as is the next */
  mn_source *free;
  _Atomic uint64_t pollers; /* the number of the last one */
} mn_sources;

/* The source of a descriptor, which is closed with it. NULL: no memory, or too many; the descriptor is the
 * caller's. */
mn_source *mn_source_new(mn_sources *sources, int descriptor);
/* Closes the descriptor, if it wasn't; nobody uses it now. All who wait look again. */
void mn_source_close(mn_source *source);
/* The same, and nobody waits for it, nor will. */
void mn_source_free(mn_sources *sources, mn_source *source);

/* Whether it surely is in the poller of that number. */
bool mn_source_is_entered(mn_source *source, uint64_t number);
/* Enters it in the poller of that number. MN_OK, also when it is closed; MN_INVALID: errno. */
mn_status mn_source_enter(mn_source *source, struct mn_poller *poller, uint64_t number);

/* A poller tells of the source that has, or had, that number. */
void mn_sources_tell(mn_sources *sources, uint64_t number, bool reads, bool writes, bool ended);

/* All who wait for any source look again. */
void mn_sources_wake_all(mn_sources *sources);

/* Nobody uses them any more. */
void mn_sources_free(mn_sources *sources);

#endif
