/* tests/c/check.h -- the little that the C tests need: checks that say where, and threads. */
#ifndef CHECK_H
#define CHECK_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Ends the test program unless the condition holds; never compiled out. */
#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                \
    }                                                                         \
  } while (0)

/* Runs one test function and says so. */
#define RUN(test)            \
  do {                       \
    printf("  %s\n", #test); \
    (void)fflush(stdout);    \
    test();                  \
  } while (0)

static inline pthread_t start_thread(void *(*body)(void *), void *argument) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, body, argument) == 0);
  return thread;
}

static inline void join_thread(pthread_t thread) {
  CHECK(pthread_join(thread, NULL) == 0);
}

/* The lowest number of a descriptor that is free. */
static inline int next_descriptor(void) {
  int next = dup(0);
  CHECK(next >= 0 && close(next) == 0);
  return next;
}

/* A seed from MOONS_SEED or `otherwise`, printed. */
static inline unsigned long test_seed(unsigned long otherwise) {
  const char *text = getenv("MOONS_SEED");
  unsigned long seed = text ? strtoul(text, NULL, 0) : otherwise;
  printf("  seed %lu\n", seed);
  return seed;
}

/* xorshift64*: the same numbers everywhere for the same seed. */
static inline unsigned long next_random(unsigned long *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * 2685821657736338717UL;
}

#endif
