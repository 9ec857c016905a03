/* peers/c/mutex_queue.c -- the textbook queue: a bounded ring under one mutex
 * with two conditions. It carries integers, batches of integers (a block of
 * its own each) or strings, copied in by the producer and out by the consumer. */
#include "bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY = 1024, BATCH = 128 };

typedef union item {
  long integer;
  void *block;
} item;

typedef struct mutex_queue {
  pthread_mutex_t mutex;
  pthread_cond_t not_empty, not_full;
  unsigned long head, tail, capacity; /* guarded by mutex, as the slots */
  item slots[CAPACITY];
} mutex_queue;

static mutex_queue shared = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                             .not_empty = PTHREAD_COND_INITIALIZER,
                             .not_full = PTHREAD_COND_INITIALIZER};

static void put(mutex_queue *q, item value) {
  pthread_mutex_lock(&q->mutex);
  while (q->tail - q->head == q->capacity) pthread_cond_wait(&q->not_full, &q->mutex);
  q->slots[q->tail++ % CAPACITY] = value;
  pthread_cond_signal(&q->not_empty);
  pthread_mutex_unlock(&q->mutex);
}

static item get(mutex_queue *q) {
  pthread_mutex_lock(&q->mutex);
  while (q->tail == q->head) pthread_cond_wait(&q->not_empty, &q->mutex);
  item value = q->slots[q->head++ % CAPACITY];
  pthread_cond_signal(&q->not_full);
  pthread_mutex_unlock(&q->mutex);
  return value;
}

static long produce_integers(void *queue, long n, size_t bytes) {
  (void)bytes;
  for (long i = 1; i <= n; i++) put(queue, (item){.integer = i});
  return 0;
}

static long consume_integers(void *queue, long n, size_t bytes) {
  long sum = 0;
  (void)bytes;
  for (long i = 0; i < n; i++) sum += get(queue).integer;
  return sum;
}

static long produce_batches(void *queue, long n, size_t bytes) {
  (void)bytes;
  for (long i = 0; i < n; i += BATCH) {
    long *block = malloc(BATCH * sizeof *block);
    bench_check(block != NULL, "no memory");
    for (long k = 0; k < BATCH; k++) block[k] = i + k + 1;
    put(queue, (item){.block = block});
  }
  return 0;
}

static long consume_batches(void *queue, long n, size_t bytes) {
  long sum = 0;
  (void)bytes;
  for (long i = 0; i < n; i += BATCH) {
    long *block = get(queue).block;
    for (long k = 0; k < BATCH; k++) sum += block[k];
    free(block);
  }
  return sum;
}

static long produce_strings(void *queue, long n, size_t bytes) {
  char *text = malloc(bytes);
  bench_check(text != NULL, "no memory");
  memset(text, 'x', bytes);
  for (long i = 0; i < n; i++) {
    char *copy = malloc(bytes);
    bench_check(copy != NULL, "no memory");
    put(queue, (item){.block = memcpy(copy, text, bytes)});
  }
  free(text);
  return 0;
}

static long consume_strings(void *queue, long n, size_t bytes) {
  char *text = malloc(bytes);
  long sum = 0;
  bench_check(text != NULL, "no memory");
  for (long i = 0; i < n; i++) {
    char *copy = get(queue).block;
    memcpy(text, copy, bytes);
    free(copy);
    sum += text[bytes - 1];
  }
  free(text);
  return sum;
}

void bench_use_mutex(bench_race *race, const char *kind) {
  race->queue = &shared;
  shared.capacity = race->bytes > 65536 ? 16 : CAPACITY;
  if (strcmp(kind, "string") == 0) {
    race->produce = produce_strings;
    race->consume = consume_strings;
  } else if (strcmp(kind, "batch") == 0) {
    race->produce = produce_batches;
    race->consume = consume_batches;
  } else {
    race->produce = produce_integers;
    race->consume = consume_integers;
  }
}
