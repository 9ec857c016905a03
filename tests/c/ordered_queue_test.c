/* tests/c/ordered_queue_test.c -- the core of LifoQueue and PriorityQueue: order, bounds, closing, and
 * searches among others that put and take. */
#include "queue/ordered_queue.h"

#include <string.h>

#include "base/alloc.h"
#include "check.h"

static mn_message number(uint64_t n) {
  mn_message m = {0};
  CHECK(mn_message_make(&m, NULL, &n, sizeof n, 1, NULL, 0, 0) == MN_OK);
  return m;
}

/* The same as a message with a heap part. */
static mn_message long_number(uint64_t n) {
  uint64_t many[12] = {n};
  mn_message m = {0};
  CHECK(mn_message_make(&m, NULL, many, sizeof many, 1, NULL, 0, 0) == MN_OK);
  return m;
}

static uint64_t value(const mn_message *m) {
  uint64_t n;
  memcpy(&n, mn_message_bytes(m), sizeof n);
  return n;
}

static uint64_t take_value(mn_message *m) {
  uint64_t n = value(m);
  mn_message_drop(m);
  return n;
}

static mn_queue_key key(int64_t n) {
  unsigned char bytes[MN_QUEUE_KEY_NUMBER_SIZE];
  mn_queue_key made;
  size_t size = (size_t)(mn_queue_key_write_integer(bytes, n) - bytes);
  CHECK(mn_queue_key_make(&made, MN_QUEUE_KEY_NUMBER, bytes, size) == MN_OK);
  return made;
}

static mn_queue_key string_key(const char *text) {
  unsigned char bytes[100];
  mn_queue_key made;
  size_t size = (size_t)(mn_queue_key_write_string(bytes, text, strlen(text)) - bytes);
  CHECK(mn_queue_key_make(&made, MN_QUEUE_KEY_STRING, bytes, size) == MN_OK);
  return made;
}

static mn_ordered_queue *new_queue(mn_order order, uint64_t maxsize) {
  mn_ordered_queue *queue = mn_ordered_queue_new(order, maxsize, &(mn_message){0});
  CHECK(queue);
  return queue;
}

static void drop(mn_ordered_queue *queue) {
  mn_handle_unref((mn_handle *)(void *)queue);
}

static mn_status put(mn_ordered_queue *queue, mn_message message, mn_queue_key its_key) {
  mn_entry entry = {message, its_key};
  mn_status status = mn_ordered_queue_try_put(queue, &entry);
  if (status != MN_OK) mn_entry_drop(&entry);
  return status;
}

/* ---- order ---- */

static void last_in_first_out(void) {
  mn_ordered_queue *queue = new_queue(MN_ORDER_LIFO, 0);
  mn_message m;
  uint64_t there = 0;
  /* Swells and ebbs, so that the array grows and shrinks and items are used again. */
  for (uint64_t swell = 1; swell < 5000; swell = swell * 2 + 1) {
    for (uint64_t i = 0; i < swell; i++, there++) {
      m = there % 2 ? number(there) : long_number(there);
      CHECK(put(queue, m, (mn_queue_key){0}) == MN_OK);
    }
    CHECK(mn_ordered_queue_size(queue) == there);
    for (uint64_t i = 0; i < swell - swell / 8; i++) {
      CHECK(mn_ordered_queue_peek(queue, &m) == MN_OK && take_value(&m) == there - 1);
      CHECK(mn_ordered_queue_try_get(queue, &m) == MN_OK && take_value(&m) == --there);
    }
  }
  drop(queue); /* with messages in it */
}

/* Against a plain list: the least key, of those the first that came. */
static void least_key_first_and_stable(void) {
  enum { MOST = 600 };
  int64_t keys[MOST];
  uint64_t numbers[MOST], count = 0, next = 0;
  unsigned long state = test_seed(21);
  mn_ordered_queue *queue = new_queue(MN_ORDER_KEY, 0);
  for (int step = 0; step < 60000; step++) {
    int puts = next_random(&state) % 100 < (step / 6000 % 2 ? 40 : 60);
    if (puts && count < MOST) {
      int64_t k = (int64_t)(next_random(&state) % 20) - 10;
      if (next_random(&state) % 4 == 0) k += INT64_C(1) << 60; /* beyond what a head can tell */
      keys[count] = k;
      numbers[count++] = next;
      CHECK(put(queue, next % 3 ? number(next) : long_number(next), key(k)) == MN_OK);
      next++;
    } else if (count > 0) {
      uint64_t best = 0;
      for (uint64_t i = 1; i < count; i++)
        if (keys[i] < keys[best]) best = i;
      mn_message m;
      CHECK(mn_ordered_queue_peek(queue, &m) == MN_OK && take_value(&m) == numbers[best]);
      CHECK(mn_ordered_queue_try_get(queue, &m) == MN_OK && take_value(&m) == numbers[best]);
      count--;
      memmove(keys + best, keys + best + 1, (count - best) * sizeof *keys);
      memmove(numbers + best, numbers + best + 1, (count - best) * sizeof *numbers);
    }
  }
  drop(queue);
}

static void strings_and_numbers_do_not_mix(void) {
  mn_ordered_queue *queue = new_queue(MN_ORDER_KEY, 2);
  mn_message m;
  CHECK(mn_ordered_queue_kind(queue) == MN_QUEUE_KEY_NONE);
  CHECK(put(queue, number(2), string_key("a longer string that is second")) == MN_OK);
  CHECK(put(queue, number(1), string_key("a longer string that is first")) == MN_OK);
  CHECK(mn_ordered_queue_kind(queue) == MN_QUEUE_KEY_STRING);
  CHECK(put(queue, number(3), key(1)) == MN_INVALID); /* rather than MN_FULL */
  CHECK(mn_ordered_queue_try_get(queue, &m) == MN_OK && value(&m) == 1);
  CHECK(mn_ordered_queue_try_get(queue, &m) == MN_OK && value(&m) == 2);
  CHECK(put(queue, number(3), key(1)) == MN_INVALID); /* also when it is empty */
  drop(queue);
}

/* ---- what all kinds do ---- */

static void bounds(void) {
  mn_ordered_queue *queue = new_queue(MN_ORDER_LIFO, 2);
  mn_waiter self;
  mn_waiter_init(&self);
  CHECK(put(queue, number(1), (mn_queue_key){0}) == MN_OK);
  CHECK(put(queue, number(2), (mn_queue_key){0}) == MN_OK);
  CHECK(put(queue, number(3), (mn_queue_key){0}) == MN_FULL);
  mn_entry entry = {number(3), {0}};
  CHECK(mn_ordered_queue_put(queue, &entry, &self, mn_clock() + 1000) == MN_TIMEOUT);
  CHECK(mn_ordered_queue_reserve(queue, &self, mn_clock() + 1000) == MN_TIMEOUT);
  mn_message m;
  CHECK(mn_ordered_queue_get(queue, &m, &self, 0) == MN_OK && value(&m) == 2);
  CHECK(mn_ordered_queue_put(queue, &entry, &self, MN_FOREVER) == MN_OK);
  CHECK(mn_ordered_queue_get(queue, &m, &self, 0) == MN_OK && value(&m) == 3);
  CHECK(mn_ordered_queue_get(queue, &m, &self, 0) == MN_OK && value(&m) == 1);
  CHECK(mn_ordered_queue_try_get(queue, &m) == MN_EMPTY);
  CHECK(mn_ordered_queue_peek(queue, &m) == MN_EMPTY);
  CHECK(mn_ordered_queue_get(queue, &m, &self, mn_clock() + 1000) == MN_TIMEOUT);
  drop(queue);
}

static void closing_drains_or_drops(void) {
  for (int now = 0; now < 2; now++)
    for (mn_order order = MN_ORDER_LIFO; order <= MN_ORDER_KEY; order++) {
      mn_ordered_queue *queue = new_queue(order, 0);
      mn_waiter self;
      mn_message m;
      mn_waiter_init(&self);
      for (uint64_t i = 0; i < 5; i++)
        CHECK(put(queue, long_number(7), (mn_queue_key){0}) == MN_OK);
      CHECK(mn_ordered_queue_try_get(queue, &m) == MN_OK && take_value(&m) == 7);
      mn_ordered_queue_close(queue, now);
      CHECK(put(queue, long_number(8), (mn_queue_key){0}) == MN_CLOSED);
      if (!now) {
        CHECK(mn_ordered_queue_peek(queue, &m) == MN_OK && take_value(&m) == 7);
        for (int i = 0; i < 4; i++)
          CHECK(mn_ordered_queue_try_get(queue, &m) == MN_OK && take_value(&m) == 7);
      }
      CHECK(mn_ordered_queue_try_get(queue, &m) == MN_CLOSED);
      CHECK(mn_ordered_queue_peek(queue, &m) == MN_CLOSED);
      CHECK(mn_ordered_queue_size(queue) == 0);
      /* What was dropped counts as dealt with, what was taken does not. */
      for (int i = now ? 1 : 5; i > 0; i--) {
        CHECK(mn_ordered_queue_join(queue, &self, 0) == MN_TIMEOUT);
        CHECK(mn_ordered_queue_task_done(queue) == MN_OK);
      }
      CHECK(mn_ordered_queue_join(queue, &self, 0) == MN_OK);
      CHECK(mn_ordered_queue_task_done(queue) == MN_INVALID);
      drop(queue);
    }
}

/* ---- searches ---- */

/* One step; the value compared with, or UINT64_MAX: it was put. */
static uint64_t step(mn_search *search, mn_message *message) {
  const mn_message *other;
  mn_status status = mn_search_step(search, message, &other);
  CHECK(status == MN_OK || status == MN_EMPTY);
  return status == MN_OK ? UINT64_MAX : value(other);
}

/* Puts by comparing values: less first, equal ones as they came, told apart by what is above the
 * lowest 32 bits. */
static mn_status put_sorted(mn_ordered_queue *queue, mn_message message) {
  mn_search search;
  const mn_message *other;
  mn_status status;
  uint32_t own = (uint32_t)value(&message);
  mn_search_begin(&search, queue);
  while ((status = mn_search_step(&search, &message, &other)) == MN_EMPTY)
    mn_search_answer(&search, own < (uint32_t)value(other));
  mn_search_end(&search, status == MN_OK);
  if (status != MN_OK) mn_message_drop(&message);
  return status;
}

static mn_ordered_queue *sorted(int count) {
  mn_ordered_queue *queue = new_queue(MN_ORDER_COMPARED, 0);
  for (int i = 1; i <= count; i++) {
    CHECK(mn_ordered_queue_try_reserve(queue) == MN_OK);
    CHECK(put_sorted(queue, long_number((uint64_t)i * 10)) == MN_OK);
  }
  return queue;
}

static void check_order(mn_ordered_queue *queue, const uint64_t *expected, int count) {
  mn_message m;
  for (int i = 0; i < count; i++)
    CHECK(mn_ordered_queue_try_get(queue, &m) == MN_OK && take_value(&m) == expected[i]);
  CHECK(mn_ordered_queue_try_get(queue, &m) == MN_EMPTY);
}

static void a_search_minds_what_is_put_meanwhile(void) {
  mn_ordered_queue *queue = sorted(3);
  mn_search search;
  mn_message message = long_number(25);
  CHECK(mn_ordered_queue_try_reserve(queue) == MN_OK);
  mn_search_begin(&search, queue);
  CHECK(step(&search, &message) == 20);
  mn_ordered_queue_try_reserve(queue);
  CHECK(put_sorted(queue, long_number(5)) == MN_OK);
  mn_ordered_queue_try_reserve(queue);
  CHECK(put_sorted(queue, long_number(22)) == MN_OK);
  mn_ordered_queue_try_reserve(queue);
  CHECK(put_sorted(queue, long_number(40)) == MN_OK);
  mn_search_answer(&search, false);
  uint64_t other;
  while ((other = step(&search, &message)) != UINT64_MAX) {
    CHECK(other > 20); /* nothing is asked twice, nor what follows from an answer */
    mn_search_answer(&search, 25 < other);
  }
  mn_search_end(&search, true);
  check_order(queue, (uint64_t[]){5, 10, 20, 22, 25, 30, 40}, 7);
  drop(queue);
}

static void a_search_asks_nothing_that_it_knows(void) {
  mn_ordered_queue *queue = sorted(7);
  mn_search search;
  mn_message message = long_number(35);
  uint64_t other;
  CHECK(mn_ordered_queue_try_reserve(queue) == MN_OK);
  mn_search_begin(&search, queue);
  CHECK(step(&search, &message) == 40);
  mn_search_answer(&search, true);
  for (uint64_t n = 41; n < 60; n += 3) {
    mn_ordered_queue_try_reserve(queue);
    CHECK(put_sorted(queue, long_number(n)) == MN_OK);
  }
  while ((other = step(&search, &message)) != UINT64_MAX) {
    CHECK(other < 40);
    mn_search_answer(&search, 35 < other);
  }
  mn_search_end(&search, true);
  drop(queue);
}

static void a_search_minds_what_is_taken_meanwhile(void) {
  mn_ordered_queue *queue = sorted(3);
  mn_search search;
  mn_message message = long_number(25), m;
  const mn_message *other;
  CHECK(mn_ordered_queue_try_reserve(queue) == MN_OK);
  mn_search_begin(&search, queue);
  CHECK(mn_search_step(&search, &message, &other) == MN_EMPTY);
  for (uint64_t i = 1; i <= 2; i++)
    CHECK(mn_ordered_queue_try_get(queue, &m) == MN_OK && take_value(&m) == 10 * i);
  CHECK(value(other) == 20); /* it was taken, and is still there for the one who compares */
  mn_search_answer(&search, false);
  CHECK(step(&search, &message) == 30);
  mn_search_answer(&search, true);
  CHECK(step(&search, &message) == UINT64_MAX);
  mn_search_end(&search, true);
  check_order(queue, (uint64_t[]){25, 30}, 2);
  drop(queue);
}

static void a_search_minds_closing(void) {
  for (int way = 0; way < 3; way++) {
    mn_ordered_queue *queue = sorted(3);
    mn_search search;
    mn_message message = long_number(25);
    const mn_message *other;
    CHECK(mn_ordered_queue_try_reserve(queue) == MN_OK);
    mn_search_begin(&search, queue);
    CHECK(mn_search_step(&search, &message, &other) == MN_EMPTY);
    mn_ordered_queue_close(queue, way != 0);
    CHECK(value(other) == 20);
    if (way < 2) { /* else the comparison fails */
      mn_search_answer(&search, true);
      CHECK(mn_search_step(&search, &message, &other) == MN_CLOSED);
    }
    mn_search_end(&search, false);
    mn_message_drop(&message);
    drop(queue);
  }
}

static void reserved_room_is_taken(void) {
  mn_ordered_queue *queue = new_queue(MN_ORDER_COMPARED, 1);
  mn_search search;
  CHECK(mn_ordered_queue_try_reserve(queue) == MN_OK);
  CHECK(mn_ordered_queue_try_reserve(queue) == MN_FULL);
  CHECK(mn_ordered_queue_size(queue) == 0);
  mn_search_begin(&search, queue);
  mn_search_end(&search, false);
  CHECK(mn_ordered_queue_try_reserve(queue) == MN_OK);
  CHECK(put_sorted(queue, number(1)) == MN_OK);
  CHECK(mn_ordered_queue_try_reserve(queue) == MN_FULL);
  mn_ordered_queue_close(queue, false);
  CHECK(mn_ordered_queue_try_reserve(queue) == MN_CLOSED);
  drop(queue);
}

/* ---- many threads: every number arrives once ---- */

enum { PUTTERS = 4, GETTERS = 4, EACH = 2000 };

typedef struct flow {
  mn_ordered_queue *queue;
  uint64_t id;
} flow;

static _Atomic unsigned char seen[PUTTERS][EACH];

/* A value: who put it and as which above, what it is ordered by in the lowest 32 bits. */
static void put_one(mn_ordered_queue *queue, uint64_t n, uint32_t rank, mn_waiter *self) {
  mn_message message = n % 2 ? number(n << 32 | rank) : long_number(n << 32 | rank);
  if (mn_ordered_queue_order(queue) == MN_ORDER_COMPARED) {
    CHECK(mn_ordered_queue_reserve(queue, self, MN_FOREVER) == MN_OK);
    CHECK(put_sorted(queue, message) == MN_OK);
    return;
  }
  mn_entry entry = {message, {0}};
  if (mn_ordered_queue_order(queue) == MN_ORDER_KEY) entry.key = key(rank);
  CHECK(mn_ordered_queue_put(queue, &entry, self, MN_FOREVER) == MN_OK);
}

static void *put_numbers(void *p) {
  flow *f = p;
  unsigned long state = f->id + 1;
  mn_waiter self;
  mn_waiter_init(&self);
  for (uint64_t i = 0; i < EACH; i++)
    put_one(f->queue, f->id * EACH + i, (uint32_t)(next_random(&state) % 50), &self);
  return NULL;
}

static void *get_numbers(void *p) {
  flow *f = p;
  mn_waiter self;
  mn_waiter_init(&self);
  for (;;) {
    mn_message m;
    mn_status status = mn_ordered_queue_get(f->queue, &m, &self, MN_FOREVER);
    if (status == MN_CLOSED) return NULL;
    CHECK(status == MN_OK);
    uint64_t n = take_value(&m) >> 32;
    CHECK(atomic_fetch_add(&seen[n / EACH][n % EACH], 1) == 0);
    CHECK(mn_ordered_queue_task_done(f->queue) == MN_OK);
  }
}

static void flood(mn_order order, uint64_t maxsize) {
  mn_ordered_queue *queue = new_queue(order, maxsize);
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
  CHECK(mn_ordered_queue_join(queue, &self, MN_FOREVER) == MN_OK);
  mn_ordered_queue_close(queue, false);
  for (int i = 0; i < GETTERS; i++) join_thread(threads[PUTTERS + i]);
  for (int p = 0; p < PUTTERS; p++)
    for (int n = 0; n < EACH; n++) CHECK(seen[p][n] == 1);
  drop(queue);
}

static void nothing_lost_nothing_twice(void) {
  for (mn_order order = MN_ORDER_LIFO; order <= MN_ORDER_COMPARED; order++) {
    flood(order, 0);
    flood(order, 1);
    flood(order, 7);
  }
}

/* What putters in many threads have put is in order, and of one putter equal ones as it put them. */
static void many_putters_keep_the_order(void) {
  for (mn_order order = MN_ORDER_KEY; order <= MN_ORDER_COMPARED; order++) {
    mn_ordered_queue *queue = new_queue(order, 0);
    flow putters[PUTTERS];
    pthread_t threads[PUTTERS];
    for (uint64_t i = 0; i < PUTTERS; i++) {
      putters[i] = (flow){queue, i};
      threads[i] = start_thread(put_numbers, &putters[i]);
    }
    for (int i = 0; i < PUTTERS; i++) join_thread(threads[i]);
    uint64_t last[PUTTERS] = {0};
    uint32_t rank = 0;
    mn_message m;
    for (int i = 0; i < PUTTERS * EACH; i++) {
      CHECK(mn_ordered_queue_try_get(queue, &m) == MN_OK);
      uint64_t n = take_value(&m), from = (n >> 32) / EACH;
      if ((uint32_t)n > rank) memset(last, 0, sizeof last);
      CHECK((uint32_t)n >= rank);
      CHECK((n >> 32) + 1 > last[from]);
      rank = (uint32_t)n;
      last[from] = (n >> 32) + 1;
    }
    drop(queue);
  }
}

#ifdef MN_FAULTS
static void no_memory_loses_nothing(void) {
  for (mn_order order = MN_ORDER_LIFO; order <= MN_ORDER_COMPARED; order++)
    for (long n = 0;; n++) {
      uint64_t there = 0;
      mn_status status = MN_OK;
      mn_alloc_fail_at(n, 1);
      mn_ordered_queue *queue = mn_ordered_queue_new(order, 0, &(mn_message){0});
      for (; queue && there < 100; there++) {
        mn_message m = number(there);
        if (order == MN_ORDER_COMPARED) {
          CHECK(mn_ordered_queue_try_reserve(queue) == MN_OK);
          status = put_sorted(queue, m);
        } else {
          status = put(queue, m, order == MN_ORDER_KEY ? key((int64_t)there) : (mn_queue_key){0});
        }
        if (status != MN_OK) break;
      }
      int failed = mn_alloc_did_fail();
      mn_alloc_fail_at(-1, 0);
      if (queue) {
        mn_message m;
        CHECK((status == MN_NOMEM) == (failed != 0) && (status == MN_OK || failed));
        CHECK(mn_ordered_queue_size(queue) == there);
        for (uint64_t got = 0; got < there; got++) {
          CHECK(mn_ordered_queue_try_get(queue, &m) == MN_OK);
          CHECK(value(&m) == (order == MN_ORDER_LIFO ? there - 1 - got : got));
        }
        CHECK(mn_ordered_queue_try_get(queue, &m) == MN_EMPTY);
        drop(queue);
      }
      if (!failed) break;
    }
}

/* Taking fails only where somebody compares with the very message, and leaves it where it is. */
static void no_memory_takes_nothing(void) {
  mn_ordered_queue *queue = sorted(1);
  mn_search search;
  mn_message message = number(20), m;
  const mn_message *other;
  CHECK(mn_ordered_queue_try_reserve(queue) == MN_OK);
  mn_search_begin(&search, queue);
  CHECK(mn_search_step(&search, &message, &other) == MN_EMPTY);
  for (long n = 0; n < 2; n++) {
    mn_alloc_fail_at(0, 1);
    CHECK((n ? mn_ordered_queue_try_get(queue, &m) : mn_ordered_queue_peek(queue, &m)) == MN_NOMEM);
    mn_alloc_fail_at(-1, 0);
    CHECK(mn_ordered_queue_size(queue) == 1);
  }
  mn_search_answer(&search, false);
  CHECK(step(&search, &message) == UINT64_MAX);
  mn_search_end(&search, true);
  check_order(queue, (uint64_t[]){10, 20}, 2);
  drop(queue);
}
#endif

int main(void) {
  RUN(last_in_first_out);
  RUN(least_key_first_and_stable);
  RUN(strings_and_numbers_do_not_mix);
  RUN(bounds);
  RUN(closing_drains_or_drops);
  RUN(a_search_minds_what_is_put_meanwhile);
  RUN(a_search_asks_nothing_that_it_knows);
  RUN(a_search_minds_what_is_taken_meanwhile);
  RUN(a_search_minds_closing);
  RUN(reserved_room_is_taken);
  RUN(nothing_lost_nothing_twice);
  RUN(many_putters_keep_the_order);
#ifdef MN_FAULTS
  RUN(no_memory_loses_nothing);
  RUN(no_memory_takes_nothing);
#endif
  return 0;
}
