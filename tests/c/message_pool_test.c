/* tests/c/message_pool_test.c -- blocks of every size, given back by others, before and after the end. */
#include "core/message_pool.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "check.h"

enum { MANY = 3000 };

typedef struct piece {
  unsigned char *block;
  size_t size;
  unsigned char mark;
} piece;

static piece take(mn_message_pool *pool, size_t size, unsigned char mark) {
  piece p = {mn_message_pool_take(pool, size), size, mark};
  CHECK(p.block && (uintptr_t)p.block % 16 == 0);
  memset(p.block, mark, size);
  return p;
}

static void give(const piece *p) {
  for (size_t i = 0; i < p->size; i++) CHECK(p->block[i] == p->mark);
  mn_message_pool_give(p->block);
}

static void every_size(void) {
  static piece pieces[MN_POOL_MOST];
  mn_message_pool *pool = mn_message_pool_new();
  for (size_t size = 1; size <= MN_POOL_MOST; size++)
    pieces[size - 1] = take(pool, size, (unsigned char)(size % 251));
  for (size_t i = 0; i < MN_POOL_MOST; i++) give(&pieces[(i * 4099) % MN_POOL_MOST]);
  mn_message_pool_close(pool);
}

/* What was given back is used again, and most of a swell goes back to the system. */
static void memory_comes_back(void) {
  static piece pieces[MANY];
  mn_message_pool *pool = mn_message_pool_new();
  for (int i = 0; i < MANY; i++) pieces[i] = take(pool, 1000, 1);
  size_t swollen = mn_message_pool_size(pool);
  CHECK(swollen >= (size_t)MANY * 1000);
  for (int i = 0; i < MANY; i++) give(&pieces[i]);
  piece last = take(pool, 8000, 2); /* finds no page of its class, and sorts */
  CHECK(mn_message_pool_size(pool) <= swollen / 4);
  size_t settled = mn_message_pool_size(pool);
  for (int i = 0; i < 100 * MANY; i++) {
    piece p = take(pool, 3000, 3);
    give(&p);
  }
  CHECK(mn_message_pool_size(pool) <= settled + 64 * 1024);
  give(&last);
  mn_message_pool_close(pool);
}

/* ---- several threads ---- */

enum { THREADS = 3, PLACES = 64, ROUNDS = 60000 };

/* Where the owner leaves pieces for the others, who empty whatever place they come to. */
static _Atomic(piece *) places[PLACES];
static _Atomic bool over;

static void *give_back(void *seed) {
  unsigned long state = (unsigned long)(uintptr_t)seed;
  while (!atomic_load(&over)) {
    piece *p = atomic_exchange(&places[next_random(&state) % PLACES], NULL);
    if (!p) continue;
    give(p);
    free(p);
  }
  return NULL;
}

/* The owner closes the pool while the others still hold and give back. */
static void given_back_by_others(void) {
  unsigned long state = test_seed(11);
  pthread_t threads[THREADS];
  atomic_store(&over, false);
  for (size_t i = 0; i < THREADS; i++)
    threads[i] = start_thread(give_back, (void *)(uintptr_t)(next_random(&state) | 1));
  for (int pools = 0; pools < 6; pools++) {
    mn_message_pool *pool = mn_message_pool_new();
    for (int i = 0; i < ROUNDS / 6; i++) {
      piece *p = malloc(sizeof *p);
      CHECK(p);
      unsigned long random = next_random(&state);
      *p = take(pool, random % 16 == 0 ? random / 16 % MN_POOL_MOST + 1 : random / 16 % 300 + 1,
                (unsigned char)i);
      p = atomic_exchange(&places[random / 65536 % PLACES], p);
      if (!p) continue;
      give(p);
      free(p);
    }
    mn_message_pool_close(pool);
  }
  atomic_store(&over, true);
  for (size_t i = 0; i < THREADS; i++) join_thread(threads[i]);
  for (size_t i = 0; i < PLACES; i++) {
    piece *p = atomic_exchange(&places[i], NULL);
    if (!p) continue;
    give(p);
    free(p);
  }
}

#ifdef MN_FAULTS
static void no_memory(void) {
  mn_alloc_fail_at(0, 0);
  CHECK(!mn_message_pool_new());
  mn_message_pool *pool = mn_message_pool_new();
  mn_alloc_fail_at(0, 0);
  CHECK(!mn_message_pool_take(pool, 100));
  piece p = take(pool, 100, 1);
  give(&p);
  mn_message_pool_close(pool);
}
#endif

int main(void) {
  RUN(every_size);
  RUN(memory_comes_back);
  RUN(given_back_by_others);
#ifdef MN_FAULTS
  RUN(no_memory);
#endif
  return 0;
}
