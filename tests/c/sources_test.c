/* tests/c/sources_test.c -- the table of sources: places, numbers, entering; waiting for one. */
#include "core/source.h"

#include <string.h>

#include "crew.h"
#include "os/net.h"
#include "os/poller.h"
#include "os/process.h"

static mn_sources sources;

static void open_pair(int ends[2]) {
  CHECK(mn_net_pair(ends) == MN_OK);
}

static uint32_t reads_of(mn_source *source) {
  return atomic_load(&source->reads);
}

static void write_one(int socket) {
  size_t sent;
  CHECK(mn_net_send(socket, "x", 1, &sent) == MN_OK && sent == 1);
}

static void places_are_used_again_under_another_number(void) {
  int ends[2];
  open_pair(ends);
  mn_source *first = mn_source_new(&sources, ends[0]);
  CHECK(first);
  uint64_t number = first->number;
  mn_source_free(&sources, first);
  CHECK(mn_source_new(&sources, ends[1]) == first);
  CHECK(first->number != number);
  mn_source_free(&sources, first);
  mn_source_close(first); /* it was before */
}

static void what_is_told_of_an_old_number_is_for_nobody(void) {
  int ends[2];
  open_pair(ends);
  mn_source *source = mn_source_new(&sources, ends[0]);
  CHECK(source);
  uint64_t old = source->number;
  uint32_t reads = reads_of(source), writes = atomic_load(&source->writes);
  mn_sources_tell(&sources, old, true, true, false);
  CHECK(reads_of(source) == reads + 1 && atomic_load(&source->writes) == writes + 1);
  mn_source_close(source);
  mn_sources_tell(&sources, old, true, true, true); /* closed, and not yet free */
  mn_source_free(&sources, source);
  mn_sources_tell(&sources, old, true, true, true);
  CHECK(mn_source_new(&sources, ends[1]) == source);
  mn_sources_tell(&sources, old, true, true, true);
  CHECK(reads_of(source) == reads + 1 && atomic_load(&source->writes) == writes + 1);
  CHECK(!atomic_load(&source->ended));
  mn_sources_tell(&sources, source->number, false, false, true);
  CHECK(atomic_load(&source->ended));
  mn_source_free(&sources, source);
}

/* More than the first chunks have: those stay where they are. */
static void many_have_places_of_their_own(void) {
  enum { MANY = 3000 };
  static mn_source *made[MANY];
  for (int i = 0; i < MANY; i++) {
    made[i] = mn_source_new(&sources, -1);
    CHECK(made[i]);
  }
  for (int i = 1; i < MANY; i++) CHECK(made[i]->number != made[i - 1]->number);
  mn_sources_wake_all(&sources);
  for (int i = 0; i < MANY; i++) mn_source_free(&sources, made[i]);
}

static void a_poller_tells_of_what_was_entered(void) {
  int ends[2];
  mn_tiding tiding;
  open_pair(ends);
  mn_poller *poller = mn_poller_new();
  mn_source *source = mn_source_new(&sources, ends[0]);
  CHECK(poller && source);
  CHECK(!mn_source_is_entered(source, 7) && !mn_source_is_entered(source, 0));
  CHECK(mn_source_enter(source, poller, 7) == MN_OK && mn_source_enter(source, poller, 7) == MN_OK);
  CHECK(mn_source_is_entered(source, 7));
  CHECK(mn_poller_wait(poller, 0, &tiding, 1) == 1);
  CHECK(!tiding.who && tiding.number == source->number && tiding.writes && !tiding.reads);
  write_one(ends[1]);
  CHECK(mn_poller_wait(poller, MN_FOREVER, &tiding, 1) == 1 && tiding.reads && !tiding.ended);
  mn_os_close(ends[1]);
  CHECK(mn_poller_wait(poller, MN_FOREVER, &tiding, 1) == 1 && tiding.ended);
  CHECK(mn_poller_wait(poller, 0, &tiding, 1) == 0); /* nothing new */
  mn_source_close(source);
  CHECK(mn_source_enter(source, poller, 8) == MN_OK && !mn_source_is_entered(source, 8));
  mn_source_free(&sources, source);
  mn_poller_free(poller);
}

static void the_last_two_pollers_are_known(void) {
  int ends[2];
  open_pair(ends);
  mn_source *source = mn_source_new(&sources, ends[0]);
  CHECK(source);
  mn_poller *pollers[3];
  for (uint64_t i = 0; i < 3; i++) {
    pollers[i] = mn_poller_new();
    CHECK(pollers[i] && mn_source_enter(source, pollers[i], i + 1) == MN_OK);
  }
  CHECK(!mn_source_is_entered(source, 1));
  CHECK(mn_source_is_entered(source, 2) && mn_source_is_entered(source, 3));
  CHECK(mn_source_enter(source, pollers[0], 1) == MN_OK); /* where it is already */
  CHECK(mn_source_is_entered(source, 1));
  for (int i = 0; i < 3; i++) mn_poller_free(pollers[i]);
  mn_os_close(ends[1]);
  mn_source_free(&sources, source);
}

/* ---- waiting ---- */

/* What one reader of a source has. */
typedef struct reading {
  mn_mutex mutex;
  int socket;
  mn_source *source;
  mn_source_side side; /* guarded by mutex, as is the next */
  bool closed;
  _Atomic int got;
} reading;

typedef struct attempt {
  reading *of;
  mn_source_use use;
} attempt;

static mn_status attempt_one(mn_wait_case *c) {
  attempt *a = c->argument;
  char byte;
  size_t count = 0;
  mn_mutex_lock(&a->of->mutex);
  uint32_t look = mn_source_look(&a->use);
  mn_status status = a->of->closed ? MN_CLOSED : MN_EMPTY;
  if (!a->of->closed && !mn_source_is_exhausted(&a->use, &a->of->side)) {
    status = mn_net_receive(a->of->socket, &byte, 1, &count);
    if (status == MN_EMPTY) mn_source_exhausted(&a->use, &a->of->side, look);
  }
  mn_mutex_unlock(&a->of->mutex);
  return status;
}

static mn_status read_one(reading *r, mn_waiter *self, mn_time deadline) {
  attempt a = {.of = r, .use = {.source = r->source}};
  mn_wait_case c = {.attempt = attempt_one, .argument = &a, .verb = "read"};
  return mn_source_wait(self, &a.use, &c, deadline);
}

static void read_until_closed(member *self) {
  reading *r = self->argument;
  mn_status status;
  do {
    status = read_one(r, self->waiter, one_in(self, 3) ? soon(self) : MN_FOREVER);
    if (status == MN_OK) atomic_fetch_add(&r->got, 1);
  } while (status != MN_CLOSED);
  mn_host_close_poller(self->waiter->host);
}

static void each_byte_wakes_one_of_many(void) {
  enum { READERS = 4, BYTES = 2000 };
  int ends[2];
  member readers[READERS];
  open_pair(ends);
  reading r = {.socket = ends[0], .source = mn_source_new(&crew_runtime.sources, ends[0])};
  CHECK(r.source);
  for (unsigned i = 0; i < READERS; i++) member_start(&readers[i], read_until_closed, &r, i);
  for (int i = 1; i <= BYTES; i++) {
    write_one(ends[1]);
    while (i % 16 == 0 && atomic_load(&r.got) < i) mn_cpu_yield();
  }
  mn_mutex_lock(&r.mutex);
  r.closed = true;
  mn_source_close(r.source);
  mn_mutex_unlock(&r.mutex);
  for (int i = 0; i < READERS; i++) member_join(&readers[i]);
  CHECK(atomic_load(&r.got) == BYTES);
  mn_os_close(ends[1]);
  mn_source_free(&crew_runtime.sources, r.source);
  mn_sources_free(&crew_runtime.sources);
}

int main(void) {
  RUN(places_are_used_again_under_another_number);
  RUN(what_is_told_of_an_old_number_is_for_nobody);
  RUN(many_have_places_of_their_own);
  RUN(a_poller_tells_of_what_was_entered);
  RUN(the_last_two_pollers_are_known);
  mn_sources_free(&sources);
  RUN(each_byte_wakes_one_of_many);
  return 0;
}
