/* peers/c/counter.c -- threads that turn to one object together: a number under a lock of some kind
 * or an atomic one, a barrier. */
#include "bench.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64, WRITE_EVERY = 16 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t gate, barrier;
static sem_t permit, permits;
static volatile long number;
static _Atomic long atomic;

static void count_one(void) {
  number = number + 1;
}

static void use_mutex(long n) {
  for (long i = 0; i < n; i++) {
    pthread_mutex_lock(&mutex);
    count_one();
    pthread_mutex_unlock(&mutex);
  }
}

static void use_recursive(long n) {
  for (long i = 0; i < n; i++) {
    pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&recursive);
    count_one();
    pthread_mutex_unlock(&recursive);
    pthread_mutex_unlock(&recursive);
  }
}

static void use_permit(long n) {
  for (long i = 0; i < n; i++) {
    sem_wait(&permit);
    count_one();
    sem_post(&permit);
  }
}

static void use_permits(long n) {
  for (long i = 0; i < n; i++) {
    sem_wait(&permits);
    sem_post(&permits);
  }
}

static void use_rwlock(long n) {
  long last = 0;
  for (long i = 1; i <= n; i++) {
    if (i % WRITE_EVERY == 0) {
      pthread_rwlock_wrlock(&rwlock);
      count_one();
    } else {
      pthread_rwlock_rdlock(&rwlock);
      bench_check(number >= last, "the number went back");
      last = number;
    }
    pthread_rwlock_unlock(&rwlock);
  }
}

static void use_barrier(long n) {
  for (long i = 0; i < n; i++)
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) count_one();
}

static void use_atomic(long n) {
  for (long i = 0; i < n; i++) atomic_fetch_add(&atomic, 1);
}

static const struct form {
  const char *name;
  void (*use)(long n);
} forms[] = {
    {"mutex", use_mutex},     {"recursive", use_recursive}, {"permit", use_permit},
    {"permits", use_permits}, {"rwlock", use_rwlock},       {"barrier", use_barrier},
    {"atomic", use_atomic},
};

typedef struct side {
  const struct form *form;
  long n;
} side;

static void *run_side(void *argument) {
  const side *s = argument;
  pthread_barrier_wait(&gate);
  s->form->use(s->n);
  return NULL;
}

/* What the number is after `each` turns of all threads. */
static long expected(const char *name, int threads, long each) {
  if (strcmp(name, "permits") == 0) return 0;
  if (strcmp(name, "barrier") == 0) return each;
  if (strcmp(name, "rwlock") == 0) return threads * (each / WRITE_EVERY);
  return threads * each;
}

static const struct form *find_form(const char *name) {
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    if (strcmp(forms[i].name, name) == 0) return &forms[i];
  bench_check(0, "no such form");
  return NULL;
}

/* counter FORM THREADS N */
void bench_counter(char **args) {
  int count = atoi(args[1]);
  bench_check(count > 0 && count <= MOST, "1 to 64 threads");
  side s = {find_form(args[0]), atol(args[2]) / count};
  pthread_t threads[MOST];
  pthread_barrier_init(&gate, NULL, (unsigned)count + 1);
  pthread_barrier_init(&barrier, NULL, (unsigned)count);
  sem_init(&permit, 0, 1);
  sem_init(&permits, 0, (unsigned)count);
  for (int i = 0; i < count; i++)
    bench_check(pthread_create(&threads[i], NULL, run_side, &s) == 0, "no thread");
  pthread_barrier_wait(&gate);
  double start = bench_now();
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
  double seconds = bench_now() - start;
  bench_check(number + atomic == expected(args[0], count, s.n), "counts were lost");
  bench_report("per_second", (double)(s.n * count) / seconds);
}
