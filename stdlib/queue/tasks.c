/* queue/tasks.c -- two counts. */
#include "queue/tasks.h"

void mn_tasks_init(mn_tasks *tasks) {
  atomic_init(&tasks->done, 0);
  mn_waitlist_init(&tasks->joiners);
}

static bool all_done(mn_tasks *tasks, const _Atomic uint64_t *puts) {
  /* done first: it never passes puts, so equal means that all were done at that moment. */
  uint64_t done = atomic_load(&tasks->done);
  return done == atomic_load(puts);
}

mn_status mn_tasks_done(mn_tasks *tasks, const _Atomic uint64_t *puts) {
  uint64_t done = atomic_load(&tasks->done);
  do {
    if (done >= atomic_load(puts)) return MN_INVALID;
  } while (!atomic_compare_exchange_weak(&tasks->done, &done, done + 1));
  if (all_done(tasks, puts)) mn_waitlist_wake_all(&tasks->joiners);
  return MN_OK;
}

typedef struct joining {
  mn_tasks *tasks;
  const _Atomic uint64_t *puts;
} joining;

static mn_status attempt(mn_wait_case *c) {
  const joining *j = c->argument;
  return all_done(j->tasks, j->puts) ? MN_OK : MN_EMPTY;
}

mn_status mn_tasks_join(mn_tasks *tasks, const _Atomic uint64_t *puts, mn_handle *queue,
                        mn_waiter *self, mn_time deadline) {
  joining j = {tasks, puts};
  mn_wait_case c = {
      .list = &tasks->joiners, .attempt = attempt, .argument = &j, .object = queue, .verb = "join"};
  return mn_wait(self, &c, 1, deadline, NULL);
}
