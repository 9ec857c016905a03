/* tests/c/crew.h -- threads as the cores of locks know them, without Lua: each has an id, a waiter and
 * a list of what it holds, and abandons what is in it when its body has ended. */
#ifndef CREW_H
#define CREW_H

#include "check.h"
#include "core/thread.h"

enum { CREW_MOST = 64 };

typedef struct member {
  mn_thread *thread;
  mn_waiter *waiter; /* the thread's */
  unsigned long random;
  void (*body)(struct member *self);
  void *argument;
  pthread_t os;
} member;

static mn_runtime crew_runtime; /* nothing of it is used but its mutex */

static inline mn_thread *crew_thread(void) {
  static _Atomic uint64_t last_id;
  mn_list_init(&crew_runtime.threads);
  mn_thread *thread = mn_thread_new(&crew_runtime, &(mn_thread_options){.name = "crew"});
  CHECK(thread);
  thread->waiter.id = atomic_fetch_add(&last_id, 1) + 1;
  return thread;
}

static inline void drop_thread(mn_thread *thread) {
  mn_thread_end_script(thread);
  mn_handle_unref(&thread->handle);
}

/* The waiter of such a thread, for what needs no more of it. */
static inline mn_waiter *crew_waiter(void) {
  return &crew_thread()->waiter;
}

static inline void drop_waiter(mn_waiter *waiter) {
  drop_thread(mn_list_entry(waiter, mn_thread, waiter));
}

static inline void *crew_body(void *p) {
  member *self = p;
  self->body(self);
  mn_thread_end_script(self->thread);
  return NULL;
}

static inline void member_start(member *m, void (*body)(member *self), void *argument,
                                unsigned long seed) {
  mn_thread *thread = crew_thread();
  *m = (member){thread, &thread->waiter, seed * 2654435761UL + 1, body, argument, 0};
  m->os = start_thread(crew_body, m);
}

static inline void member_join(member *m) {
  join_thread(m->os);
  drop_thread(m->thread);
}

/* Runs `body` in `count` threads at once until all have ended. */
static inline void crew_run(int count, void (*body)(member *self), void *argument,
                            unsigned long seed) {
  static member crew[CREW_MOST];
  for (int i = 0; i < count; i++) member_start(&crew[i], body, argument, seed + (unsigned)i);
  for (int i = 0; i < count; i++) member_join(&crew[i]);
}

/* True in one of `n` cases. */
static inline bool one_in(member *self, unsigned long n) {
  return next_random(&self->random) % n == 0;
}

/* A deadline 0 to 200 us from now. */
static inline mn_time soon(member *self) {
  return mn_clock() + (mn_time)(next_random(&self->random) % 200) * 1000;
}

/* Waits until it stands somewhere. */
static inline void until_blocked(mn_waiter *waiter) {
  char text[200] = "";
  while (!*text) {
    mn_cpu_yield();
    mn_waiter_describe(waiter, text, sizeof text);
  }
}

#endif
