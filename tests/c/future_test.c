/* tests/c/future_test.c -- a future's life: started or cancelled once, ended once, and who hears of it. */
#include "futures/future.h"

#include <string.h>

#include "check.h"
#include "core/runtime.h"
#include "futures/watcher.h"
#include "moons/moons_lua.h"

static mn_runtime *runtime;

static mn_future *new_future(void) {
  mn_future *future = mn_future_new(runtime);
  CHECK(future);
  return future;
}

static void end_done(mn_future *future) {
  mn_message message, none = {0};
  CHECK(mn_future_start(future, &message));
  mn_future_end(future, MN_FUTURE_DONE, &none, NULL);
}

static void it_is_started_or_cancelled_once(void) {
  mn_message message, none = {0};
  mn_future *future = new_future();
  CHECK(mn_future_status_of(future) == MN_FUTURE_PENDING);
  CHECK(mn_future_wait(future, &runtime->main->waiter, 0) == MN_TIMEOUT);
  CHECK(mn_future_start(future, &message));
  CHECK(!mn_future_start(future, &message) && !mn_future_cancel(future));
  CHECK(!mn_future_has_ended(future));
  mn_future_end(future, MN_FUTURE_FAILED, &none, NULL);
  CHECK(mn_future_has_ended(future) && !mn_future_cancel(future));
  CHECK(mn_future_wait(future, &runtime->main->waiter, 0) == MN_OK);
  atomic_store(&future->looked_at, true);
  mn_handle_unref(&future->handle);
  future = new_future();
  CHECK(mn_future_cancel(future) && !mn_future_cancel(future));
  CHECK(!mn_future_start(future, &message));
  CHECK(strcmp(mn_future_status_word(mn_future_status_of(future)), "cancelled") == 0);
  mn_handle_unref(&future->handle);
  CHECK(!atomic_load(&runtime->lost_error));
}

/* ---- watches ---- */

typedef struct listener {
  mn_watch watch;
  int heard;         /* as which of all calls; 0: not yet */
  mn_future *future; /* it was called with */
} listener;

static int calls;

static void hear(mn_watch *watch, mn_future *future) {
  listener *l = (listener *)(void *)watch;
  CHECK(l->heard == 0);
  l->heard = ++calls;
  l->future = future;
}

static void watches_are_called_in_order(void) {
  listener listeners[4] = {{{0}, 0, NULL}};
  mn_future *future = new_future();
  calls = 0;
  for (int i = 0; i < 4; i++) listeners[i].watch.ended = hear;
  for (int i = 0; i < 3; i++) mn_future_watch(future, &listeners[i].watch);
  CHECK(calls == 0);
  end_done(future);
  mn_future_watch(future, &listeners[3].watch); /* at once */
  for (int i = 0; i < 4; i++) CHECK(listeners[i].heard == i + 1 && listeners[i].future == future);
  mn_handle_unref(&future->handle);
  CHECK(calls == 4);
}

static void a_watch_hears_of_a_future_that_goes(void) {
  listener l = {{.ended = hear}, 0, NULL};
  mn_future *future = new_future();
  calls = 0;
  mn_future_watch(future, &l.watch);
  mn_handle_unref(&future->handle);
  CHECK(l.heard == 1 && !l.future);
}

/* ---- all at once ---- */

enum { ROUNDS = 2000 };

static _Atomic(mn_future *) shared;
static _Atomic int winners, round_number, finished;
static _Atomic bool over;

/* In each round three try to have the future; who wins ends it. */
static void *compete(void *argument) {
  bool cancels = argument != NULL;
  for (int seen = 0;;) {
    while (atomic_load(&round_number) == seen) {
      if (atomic_load(&over)) return NULL;
      mn_cpu_yield();
    }
    seen = atomic_load(&round_number);
    mn_future *future = atomic_load(&shared);
    mn_message message, none = {0};
    if (cancels && mn_future_cancel(future)) atomic_fetch_add(&winners, 1);
    if (!cancels && mn_future_start(future, &message)) {
      atomic_fetch_add(&winners, 1);
      mn_future_end(future, MN_FUTURE_DONE, &none, NULL);
    }
    atomic_fetch_add(&finished, 1);
  }
}

static void one_wins_and_all_hear(void) {
  pthread_t threads[3];
  for (int i = 0; i < 3; i++) threads[i] = start_thread(compete, i == 0 ? &shared : NULL);
  for (int i = 1; i <= ROUNDS; i++) {
    listener before = {{.ended = hear}, 0, NULL}, after = before;
    mn_watcher *watcher = mn_watcher_new(NULL);
    mn_future *future = new_future(), *ended;
    uint64_t token = 0;
    CHECK(watcher && mn_watcher_add(watcher, future, 7) == MN_OK);
    calls = 0;
    mn_future_watch(future, &before.watch);
    atomic_store(&winners, 0);
    atomic_store(&finished, 0);
    atomic_store(&shared, future);
    atomic_store(&round_number, i);
    CHECK(mn_future_wait(future, &runtime->main->waiter, MN_FOREVER) == MN_OK);
    while (atomic_load(&finished) < 3) mn_cpu_yield();
    mn_future_watch(future, &after.watch);
    CHECK(atomic_load(&winners) == 1 && before.heard == 1 && after.heard == 2);
    CHECK(mn_watcher_take(watcher, &ended, &token) == MN_OK && ended == future && token == 7);
    mn_handle_unref(&ended->handle);
    CHECK(mn_watcher_take(watcher, &ended, &token) == MN_EMPTY);
    mn_watcher_close(watcher);
    mn_handle_unref(&future->handle);
  }
  atomic_store(&over, true);
  for (int i = 0; i < 3; i++) join_thread(threads[i]);
}

/* ---- watchers ---- */

static void a_watcher_tells_in_the_order_of_ends(void) {
  mn_watcher *watcher = mn_watcher_new(NULL);
  mn_future *futures[3], *ended;
  uint64_t token;
  CHECK(watcher);
  for (uint64_t i = 0; i < 3; i++) {
    futures[i] = new_future();
    CHECK(mn_watcher_add(watcher, futures[i], i) == MN_OK);
  }
  CHECK(mn_watcher_take(watcher, &ended, &token) == MN_EMPTY);
  end_done(futures[2]);
  CHECK(mn_future_cancel(futures[0]));
  CHECK(mn_watcher_take(watcher, &ended, &token) == MN_OK && token == 2 && ended == futures[2]);
  mn_handle_unref(&ended->handle);
  CHECK(mn_watcher_take(watcher, &ended, &token) == MN_OK && token == 0 && ended == futures[0]);
  mn_handle_unref(&ended->handle);
  CHECK(mn_watcher_take(watcher, &ended, &token) == MN_EMPTY);
  CHECK(mn_watcher_add(watcher, futures[0], 9) == MN_OK); /* has ended: at once */
  mn_watcher_close(watcher);                              /* with one that nobody took */
  end_done(futures[1]);                                   /* nobody is told */
  for (int i = 0; i < 3; i++) mn_handle_unref(&futures[i]->handle);
}

int main(void) {
  runtime = mn_runtime_new(mn_libraries_open);
  CHECK(runtime);
  RUN(it_is_started_or_cancelled_once);
  RUN(watches_are_called_in_order);
  RUN(a_watch_hears_of_a_future_that_goes);
  RUN(one_wins_and_all_hear);
  RUN(a_watcher_tells_in_the_order_of_ends);
  (void)mn_runtime_free(runtime);
  return 0;
}
