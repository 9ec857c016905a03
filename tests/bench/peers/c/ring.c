/* peers/c/ring.c -- lock-free rings of integers, the fastest a queue can be:
 * one producer and one consumer get the classic two-index ring, more of them
 * Vyukov's bounded ring with a sequence number per slot. Both spin a little
 * and then yield; they never sleep, which no general queue could afford. */
#include "bench.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { CAPACITY = 1024, MASK = CAPACITY - 1, SPINS = 100 };

static void relax(int *spins) {
  if (++*spins < SPINS) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
  } else {
    *spins = 0;
    sched_yield();
  }
}

/* Each index has a cache line of its own; `seen_*` is the owner's last look
 * at the other side's index. */
typedef struct spsc {
  _Alignas(64) _Atomic unsigned long tail;
  unsigned long seen_head; /* producer only */
  _Alignas(64) _Atomic unsigned long head;
  unsigned long seen_tail; /* consumer only */
  _Alignas(64) long slots[CAPACITY];
} spsc;

static long spsc_produce(void *queue, long n, size_t bytes) {
  spsc *q = queue;
  unsigned long tail = atomic_load(&q->tail);
  (void)bytes;
  for (long i = 1; i <= n; i++) {
    int spins = 0;
    while (tail - q->seen_head == CAPACITY) {
      /* Acquire: the consumer has read the slot before it moved head. */
      q->seen_head = atomic_load_explicit(&q->head, memory_order_acquire);
      if (tail - q->seen_head == CAPACITY) relax(&spins);
    }
    q->slots[tail++ & MASK] = i;
    /* Release: the slot is written before the consumer can see it counted. */
    atomic_store_explicit(&q->tail, tail, memory_order_release);
  }
  return 0;
}

static long spsc_consume(void *queue, long n, size_t bytes) {
  spsc *q = queue;
  unsigned long head = atomic_load(&q->head);
  long sum = 0;
  (void)bytes;
  for (long i = 0; i < n; i++) {
    int spins = 0;
    while (q->seen_tail == head) {
      q->seen_tail = atomic_load_explicit(&q->tail, memory_order_acquire);
      if (q->seen_tail == head) relax(&spins);
    }
    sum += q->slots[head++ & MASK];
    atomic_store_explicit(&q->head, head, memory_order_release);
  }
  return sum;
}

typedef struct slot {
  _Atomic unsigned long sequence; /* position it may be written at, or that + 1 when full */
  long value;
} slot;

typedef struct mpmc {
  _Alignas(64) _Atomic unsigned long tail;
  _Alignas(64) _Atomic unsigned long head;
  _Alignas(64) slot slots[CAPACITY];
} mpmc;

/* Claims the next position of `*index` once its slot's sequence has come to
 * position + `offset`. Relaxed is enough for the index: the sequence orders
 * the value. */
static slot *claim(mpmc *q, _Atomic unsigned long *index, unsigned long offset,
                   unsigned long *position) {
  int spins = 0;
  unsigned long at = atomic_load_explicit(index, memory_order_relaxed);
  for (;;) {
    slot *s = &q->slots[at & MASK];
    long lead = (long)(atomic_load_explicit(&s->sequence, memory_order_acquire) - (at + offset));
    if (lead == 0 && atomic_compare_exchange_weak_explicit(index, &at, at + 1, memory_order_relaxed,
                                                           memory_order_relaxed)) {
      *position = at;
      return s;
    }
    if (lead != 0) {
      if (lead < 0) relax(&spins);
      at = atomic_load_explicit(index, memory_order_relaxed);
    }
  }
}

static long mpmc_produce(void *queue, long n, size_t bytes) {
  mpmc *q = queue;
  (void)bytes;
  for (long i = 1; i <= n; i++) {
    unsigned long at;
    slot *s = claim(q, &q->tail, 0, &at);
    s->value = i;
    atomic_store_explicit(&s->sequence, at + 1, memory_order_release);
  }
  return 0;
}

static long mpmc_consume(void *queue, long n, size_t bytes) {
  mpmc *q = queue;
  long sum = 0;
  (void)bytes;
  for (long i = 0; i < n; i++) {
    unsigned long at;
    slot *s = claim(q, &q->head, 1, &at);
    sum += s->value;
    atomic_store_explicit(&s->sequence, at + CAPACITY, memory_order_release);
  }
  return sum;
}

void bench_use_ring(bench_race *race) {
  static spsc single;
  static mpmc many;
  if (race->producers == 1 && race->consumers == 1) {
    race->queue = &single;
    race->produce = spsc_produce;
    race->consume = spsc_consume;
    return;
  }
  for (unsigned long i = 0; i < CAPACITY; i++) atomic_init(&many.slots[i].sequence, i);
  race->queue = &many;
  race->produce = mpmc_produce;
  race->consume = mpmc_consume;
}
