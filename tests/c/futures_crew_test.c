/* tests/c/futures_crew_test.c -- a crew without Lua: workers that take futures and end them. */
#include "futures/crew.h"

#include "check.h"
#include "core/runtime.h"
#include "moons/moons_lua.h"

static mn_runtime *runtime;
static _Atomic int ran, started, failing_starts;

/* A worker that ends each future at once. */
static void body(mn_thread *self, mn_worker_cache *cache) {
  (void)cache;
  mn_crew *crew = mn_crew_of(self);
  mn_future *future;
  mn_status status;
  atomic_fetch_add(&started, 1);
  self->outcome = MN_THREAD_FAILED;
  if (atomic_load(&failing_starts) == 0) {
    mn_crew_worker_is_ready(self);
    while ((status = mn_crew_take(self, &future)) == MN_OK) {
      mn_message arguments, none = {0};
      if (mn_future_start(future, &arguments)) {
        mn_message_drop(&arguments);
        atomic_fetch_add(&ran, 1);
        mn_future_end(future, MN_FUTURE_DONE, &none, NULL);
      }
      mn_crew_done(crew, future);
    }
    self->outcome = status == MN_CLOSED ? MN_THREAD_DONE : MN_THREAD_CANCELLED;
  }
  mn_crew_worker_leave(self);
}

static mn_crew *new_crew(uint32_t workers) {
  mn_crew_options options = {.prefix = "crew", .most_workers = workers, .body = body};
  atomic_store(&ran, 0);
  atomic_store(&started, 0);
  mn_crew *crew = mn_crew_new(runtime, &options);
  CHECK(crew);
  return crew;
}

static mn_future *submit(mn_crew *crew, mn_status expected) {
  mn_future *future = mn_future_new(runtime);
  CHECK(future && mn_crew_submit(crew, future, false, runtime->main) == expected);
  return future;
}

static void wait_and_drop(mn_future *future) {
  CHECK(mn_future_wait(future, &runtime->main->waiter, MN_FOREVER) == MN_OK);
  atomic_store(&future->looked_at, true);
  mn_handle_unref(&future->handle);
}

static void leave(mn_crew *crew) {
  mn_crew_close(crew);
  CHECK(mn_crew_join(crew, &runtime->main->waiter, MN_FOREVER) == MN_OK);
  CHECK(mn_crew_unfinished(crew) == 0);
  mn_crew_unref(crew);
}

static void all_is_done_by_few_workers(void) {
  enum { COUNT = 20000 };
  static mn_future *futures[COUNT];
  mn_crew *crew = new_crew(3);
  for (int i = 0; i < COUNT; i++) futures[i] = submit(crew, MN_OK);
  for (int i = 0; i < COUNT; i++) wait_and_drop(futures[i]);
  CHECK(atomic_load(&ran) == COUNT && atomic_load(&started) <= 3);
  leave(crew);
}

static void nothing_is_taken_after_the_end(void) {
  mn_crew *crew = new_crew(2);
  mn_future *before = submit(crew, MN_OK);
  mn_crew_close(crew);
  mn_handle_unref(&submit(crew, MN_CLOSED)->handle);
  mn_future *part = mn_future_new(runtime); /* of something that was accepted earlier */
  CHECK(part && mn_crew_submit(crew, part, true, runtime->main) == MN_OK);
  wait_and_drop(before);
  wait_and_drop(part);
  mn_crew_terminate(crew);
  mn_future *late = mn_future_new(runtime);
  CHECK(late && mn_crew_submit(crew, late, true, runtime->main) == MN_CLOSED);
  mn_handle_unref(&late->handle);
  leave(crew);
}

static void a_crew_whose_workers_fail_is_broken(void) {
  mn_message why;
  mn_crew *crew = new_crew(2);
  atomic_store(&failing_starts, 1);
  CHECK(mn_crew_why_broken(crew, &why) == MN_EMPTY);
  mn_future *future = submit(crew, MN_OK);
  CHECK(mn_future_wait(future, &runtime->main->waiter, MN_FOREVER) == MN_OK);
  CHECK(mn_future_status_of(future) == MN_FUTURE_FAILED);
  atomic_store(&future->looked_at, true);
  mn_handle_unref(&future->handle);
  mn_handle_unref(&submit(crew, MN_BROKEN)->handle);
  CHECK(mn_crew_why_broken(crew, &why) == MN_OK);
  mn_message_drop(&why);
  atomic_store(&failing_starts, 0);
  leave(crew);
}

int main(void) {
  runtime = mn_runtime_new(mn_libraries_open);
  CHECK(runtime);
  RUN(all_is_done_by_few_workers);
  RUN(nothing_is_taken_after_the_end);
  RUN(a_crew_whose_workers_fail_is_broken);
  CHECK(mn_runtime_finish(runtime, false));
  CHECK(!mn_runtime_free(runtime));
  return 0;
}
