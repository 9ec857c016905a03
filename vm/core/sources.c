/* core/sources.c -- places for sources, in chunks that stay where they are. */
#include "core/sources.h"

#include "base/alloc.h"
#include "os/poller.h"
#include "os/process.h"

enum { FIRST_CHUNK = 256 };

/* The place is in the lowest bits of a number, and above it the count of its descriptors. */
enum { PLACE_BITS = 21 };
#define PLACES (FIRST_CHUNK * ((UINT32_C(1) << MN_SOURCES_CHUNKS) - 1))

_Static_assert(PLACES <= UINT32_C(1) << PLACE_BITS, "each place has a number");

/* The chunk of that place, and where it begins. */
static uint32_t chunk_of(uint32_t place, uint32_t *begin) {
  uint32_t chunk = 0, size = FIRST_CHUNK;
  for (*begin = 0; place - *begin >= size; size *= 2, chunk++) *begin += size;
  return chunk;
}

static mn_source *at_place(mn_sources *sources, uint32_t place) {
  uint32_t begin, chunk = chunk_of(place, &begin);
  return &atomic_load(&sources->chunks[chunk])[place - begin];
}

static mn_source *make_locked(mn_sources *sources) {
  uint32_t place = sources->count;
  if (place == PLACES) return NULL;
  uint32_t begin, chunk = chunk_of(place, &begin);
  if (place == begin) {
    mn_source *places = mn_alloc_zero(((size_t)FIRST_CHUNK << chunk) * sizeof *places);
    if (!places) return NULL;
    atomic_store(&sources->chunks[chunk], places);
  }
  mn_source *made = at_place(sources, place);
  mn_waitlist_init(&made->readers);
  mn_waitlist_init(&made->writers);
  made->descriptor = -1;
  made->number = place;
  sources->count++;
  return made;
}

mn_source *mn_source_new(mn_sources *sources, int descriptor) {
  mn_mutex_lock(&sources->mutex);
  mn_source *source = sources->free;
  if (source)
    sources->free = source->next;
  else
    source = make_locked(sources);
  mn_mutex_unlock(&sources->mutex);
  if (!source) return NULL;
  mn_mutex_lock(&source->mutex);
  source->descriptor = descriptor;
  source->number = (source->number + ((uint64_t)1 << PLACE_BITS)) & (UINT64_MAX >> 1);
  source->entered[0] = source->entered[1] = 0;
  atomic_store(&source->ended, false);
  mn_mutex_unlock(&source->mutex);
  return source;
}

void mn_source_close(mn_source *source) {
  mn_mutex_lock(&source->mutex);
  int descriptor = source->descriptor;
  source->descriptor = -1;
  if (descriptor >= 0) mn_os_close(descriptor);
  mn_mutex_unlock(&source->mutex);
  mn_waitlist_wake_all(&source->readers);
  mn_waitlist_wake_all(&source->writers);
}

void mn_source_free(mn_sources *sources, mn_source *source) {
  mn_source_close(source);
  mn_mutex_lock(&sources->mutex);
  source->next = sources->free;
  sources->free = source;
  mn_mutex_unlock(&sources->mutex);
}

static bool is_entered_locked(const mn_source *source, uint64_t number) {
  return number != 0 && (source->entered[0] == number || source->entered[1] == number);
}

bool mn_source_is_entered(mn_source *source, uint64_t number) {
  mn_mutex_lock(&source->mutex);
  bool is = is_entered_locked(source, number);
  mn_mutex_unlock(&source->mutex);
  return is;
}

mn_status mn_source_enter(mn_source *source, mn_poller *poller, uint64_t number) {
  mn_status status = MN_OK;
  mn_mutex_lock(&source->mutex);
  if (source->descriptor >= 0 && !is_entered_locked(source, number)) {
    status = mn_poller_enter(poller, source->descriptor, source->number);
    source->entered[1] = source->entered[0];
    source->entered[0] = status == MN_OK ? number : 0;
  }
  mn_mutex_unlock(&source->mutex);
  return status;
}

void mn_sources_tell(mn_sources *sources, uint64_t number, bool reads, bool writes, bool ended) {
  mn_source *source = at_place(sources, (uint32_t)(number & (((uint64_t)1 << PLACE_BITS) - 1)));
  mn_mutex_lock(&source->mutex);
  bool is_that = source->number == number && source->descriptor >= 0;
  if (is_that && ended) atomic_store(&source->ended, true);
  if (is_that && reads) atomic_fetch_add(&source->reads, 1);
  if (is_that && writes) atomic_fetch_add(&source->writes, 1);
  mn_mutex_unlock(&source->mutex);
  if (is_that && reads) mn_waitlist_wake(&source->readers, ended ? UINT32_MAX : 1);
  if (is_that && writes) mn_waitlist_wake(&source->writers, ended ? UINT32_MAX : 1);
}

void mn_sources_wake_all(mn_sources *sources) {
  mn_mutex_lock(&sources->mutex);
  uint32_t count = sources->count;
  mn_mutex_unlock(&sources->mutex);
  for (uint32_t i = 0; i < count; i++) {
    mn_source *source = at_place(sources, i);
    mn_waitlist_wake_all(&source->readers);
    mn_waitlist_wake_all(&source->writers);
  }
}

void mn_sources_free(mn_sources *sources) {
  for (uint32_t i = 0; i < MN_SOURCES_CHUNKS; i++) mn_free(atomic_load(&sources->chunks[i]));
}
