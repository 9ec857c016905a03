/* tests/c/queue_test.c -- order, bounds, growth, closing and accounting of the queue's core. */
#include "queue/queue.h"

#include <string.h>

#include "base/alloc.h"
#include "check.h"

static mn_message number(uint64_t n) {
  mn_message m = {0};
  CHECK(mn_message_make(&m, NULL, &n, sizeof n, 1, NULL, 0, 0) == MN_OK);
  return m;
}

static uint64_t value(const mn_message *m) {
  uint64_t n;
  memcpy(&n, mn_message_bytes(m), sizeof n);
  return n;
}

static void drop(mn_queue *queue) {
  mn_handle_unref((mn_handle *)(void *)queue);
}

static void first_in_first_out_through_growth(void) {
  mn_queue *queue = mn_queue_new(0);
  uint64_t put = 0, got = 0;
  /* The backlog swells and ebbs, so that rings are chained, drained and used again. */
  for (uint64_t swell = 1; swell < 3000; swell = swell * 3 + 1) {
    for (uint64_t i = 0; i < swell; i++) {
      mn_message m = number(put++);
      CHECK(mn_queue_try_put(queue, &m) == MN_OK);
    }
    CHECK(mn_queue_size(queue) == put - got);
    for (uint64_t i = 0; i < swell - swell / 3; i++) {
      mn_message m;
      CHECK(mn_queue_try_get(queue, &m) == MN_OK);
      CHECK(value(&m) == got++);
    }
  }
  drop(queue); /* with messages in it */
}

static void bounds(void) {
  mn_queue *queue = mn_queue_new(3);
  mn_message m;
  for (uint64_t i = 0; i < 3; i++) {
    m = number(i);
    CHECK(mn_queue_try_put(queue, &m) == MN_OK);
  }
  m = number(3);
  CHECK(mn_queue_try_put(queue, &m) == MN_FULL);
  mn_waiter self;
  mn_waiter_init(&self);
  CHECK(mn_queue_put(queue, &m, &self, mn_clock() + 1000) == MN_TIMEOUT);
  mn_message many[4] = {number(3), number(4), number(5), number(6)}, out[4];
  size_t done;
  CHECK(mn_queue_try_get_many(queue, out, 2, &done) == MN_OK && done == 2);
  CHECK(mn_queue_try_put_many(queue, many, 4, &done) == MN_OK && done == 2);
  for (uint64_t i = 2; i < 5; i++) CHECK(mn_queue_try_get(queue, &m) == MN_OK && value(&m) == i);
  CHECK(mn_queue_try_get(queue, &m) == MN_EMPTY);
  drop(queue);
}

static void closing_drains_or_drops(void) {
  for (int now = 0; now < 2; now++) {
    mn_queue *queue = mn_queue_new(0);
    mn_message m = number(1);
    CHECK(mn_queue_try_put(queue, &m) == MN_OK);
    mn_queue_close(queue, now != 0);
    m = number(2);
    CHECK(mn_queue_try_put(queue, &m) == MN_CLOSED);
    if (!now) CHECK(mn_queue_try_get(queue, &m) == MN_OK && value(&m) == 1);
    CHECK(mn_queue_try_get(queue, &m) == MN_CLOSED);
    drop(queue);
  }
}

static void task_done_counts(void) {
  mn_queue *queue = mn_queue_new(0);
  mn_waiter self;
  mn_waiter_init(&self);
  CHECK(mn_queue_join(queue, &self, 0) == MN_OK);
  CHECK(mn_queue_task_done(queue) == MN_INVALID);
  mn_message m = number(1);
  CHECK(mn_queue_try_put(queue, &m) == MN_OK);
  CHECK(mn_queue_join(queue, &self, 0) == MN_TIMEOUT);
  CHECK(mn_queue_try_get(queue, &m) == MN_OK);
  CHECK(mn_queue_join(queue, &self, 0) == MN_TIMEOUT);
  CHECK(mn_queue_task_done(queue) == MN_OK);
  CHECK(mn_queue_join(queue, &self, 0) == MN_OK);
  drop(queue);
}

/* A message with a heap part and a reference to the queue itself. */
static mn_message long_number(mn_queue *queue, uint64_t n) {
  uint64_t many[12] = {n};
  mn_handle *handles[] = {mn_handle_ref((mn_handle *)(void *)queue)};
  mn_message m = {0};
  CHECK(mn_message_make(&m, NULL, many, sizeof many, 1, handles, 1, 0) == MN_OK);
  return m;
}

static void peeking_takes_nothing(void) {
  mn_queue *queue = mn_queue_new(0);
  mn_message m, copy;
  CHECK(mn_queue_peek(queue, &copy) == MN_EMPTY);
  for (uint64_t i = 0; i < 100; i++) {
    m = i % 2 ? number(i) : long_number(queue, i);
    CHECK(mn_queue_try_put(queue, &m) == MN_OK);
  }
  mn_queue_close(queue, false);
  for (uint64_t i = 0; i < 100; i++) {
    CHECK(mn_queue_peek(queue, &copy) == MN_OK && value(&copy) == i);
    CHECK(mn_queue_size(queue) == 100 - i);
    CHECK(mn_queue_try_get(queue, &m) == MN_OK && value(&m) == i);
    mn_message_drop(&m);
    CHECK(value(&copy) == i); /* a copy of its own */
    mn_message_drop(&copy);
  }
  CHECK(mn_queue_peek(queue, &copy) == MN_CLOSED);
  drop(queue); /* the last reference, or this leaks */
}

/* ---- many threads: every number arrives once, in its putter's order ---- */

enum { PUTTERS = 4, GETTERS = 4, EACH = 30000 };

typedef struct flow {
  mn_queue *queue;
  uint64_t id;
} flow;

static _Atomic unsigned char seen[PUTTERS][EACH];

static void *put_numbers(void *p) {
  flow *f = p;
  mn_waiter self;
  mn_waiter_init(&self);
  for (uint64_t i = 0; i < EACH; i++) {
    mn_message m = number(f->id << 32 | i);
    CHECK(mn_queue_put(f->queue, &m, &self, MN_FOREVER) == MN_OK);
  }
  return NULL;
}

static void *get_numbers(void *p) {
  flow *f = p;
  mn_waiter self;
  mn_waiter_init(&self);
  uint64_t last[PUTTERS] = {0};
  for (;;) {
    mn_message many[5];
    size_t done;
    mn_status status = mn_queue_get_many(f->queue, many, 1 + f->id % 5, &self, MN_FOREVER, &done);
    if (status == MN_CLOSED) return NULL;
    CHECK(status == MN_OK);
    for (size_t i = 0; i < done; i++) {
      uint64_t from = value(&many[i]) >> 32, n = value(&many[i]) & 0xffffffff;
      CHECK(n + 1 > last[from]); /* what one getter takes of one putter is in order */
      last[from] = n + 1;
      CHECK(atomic_fetch_add(&seen[from][n], 1) == 0);
      CHECK(mn_queue_task_done(f->queue) == MN_OK);
    }
  }
}

static void flood(uint64_t maxsize) {
  mn_queue *queue = mn_queue_new(maxsize);
  flow putters[PUTTERS], getters[GETTERS];
  pthread_t threads[PUTTERS + GETTERS];
  memset((void *)seen, 0, sizeof seen);
  for (uint64_t i = 0; i < GETTERS; i++) {
    getters[i] = (flow){queue, i};
    threads[PUTTERS + i] = start_thread(get_numbers, &getters[i]);
  }
  for (uint64_t i = 0; i < PUTTERS; i++) {
    putters[i] = (flow){queue, i};
    threads[i] = start_thread(put_numbers, &putters[i]);
  }
  for (int i = 0; i < PUTTERS; i++) join_thread(threads[i]);
  mn_waiter self;
  mn_waiter_init(&self);
  CHECK(mn_queue_join(queue, &self, MN_FOREVER) == MN_OK);
  mn_queue_close(queue, false);
  for (int i = 0; i < GETTERS; i++) join_thread(threads[PUTTERS + i]);
  for (int p = 0; p < PUTTERS; p++)
    for (int n = 0; n < EACH; n++) CHECK(seen[p][n] == 1);
  drop(queue);
}

static void nothing_lost_nothing_twice(void) {
  flood(0);
}

static void nothing_lost_nothing_twice_bounded(void) {
  flood(1);
  flood(7);
}

#ifdef MN_FAULTS
static void no_memory_loses_nothing(void) {
  for (long n = 0;; n++) {
    mn_alloc_fail_at(n, 1);
    mn_queue *queue = mn_queue_new(0);
    uint64_t put = 0;
    mn_status status = MN_OK;
    for (; queue && put < 100; put++) {
      mn_message m = number(put);
      status = mn_queue_try_put(queue, &m);
      if (status != MN_OK) break;
    }
    int failed = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, 0);
    if (queue) {
      CHECK((status == MN_NOMEM) == (failed != 0));
      mn_message m;
      for (uint64_t got = 0; got < put; got++)
        CHECK(mn_queue_try_get(queue, &m) == MN_OK && value(&m) == got);
      CHECK(mn_queue_try_get(queue, &m) == MN_EMPTY);
      drop(queue);
    }
    if (!failed) return;
  }
}

static void no_memory_shows_nothing(void) {
  mn_queue *queue = mn_queue_new(0);
  mn_message m = long_number(queue, 7), copy;
  CHECK(mn_queue_try_put(queue, &m) == MN_OK);
  for (long n = 0;; n++) {
    mn_alloc_fail_at(n, 1);
    mn_status status = mn_queue_peek(queue, &copy);
    int failed = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, 0);
    CHECK(status == (failed ? MN_NOMEM : MN_OK));
    if (!failed) break;
  }
  CHECK(value(&copy) == 7);
  mn_message_drop(&copy);
  CHECK(mn_queue_try_get(queue, &m) == MN_OK && value(&m) == 7);
  mn_message_drop(&m);
  drop(queue);
}
#endif

int main(void) {
  RUN(first_in_first_out_through_growth);
  RUN(bounds);
  RUN(closing_drains_or_drops);
  RUN(task_done_counts);
  RUN(peeking_takes_nothing);
  RUN(nothing_lost_nothing_twice);
  RUN(nothing_lost_nothing_twice_bounded);
#ifdef MN_FAULTS
  RUN(no_memory_loses_nothing);
  RUN(no_memory_shows_nothing);
#endif
  return 0;
}
