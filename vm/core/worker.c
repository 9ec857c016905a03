/* core/worker.c -- a stack of idle OS threads.
 *
 * Making an OS thread costs more than most things a script does in one, so a worker that has run
 * its thread to the end looks for another: it enters runtime.idle, spins a moment, then sleeps.
 * The last to come is the first to be taken, since its caches are warm. One that was not needed
 * for IDLE_TIME goes.
 *
 * A worker is taken out of the list under runtime.mutex by who gives it work, or by itself when it
 * goes: so it is given work or goes, never both. */
#include "core/worker.h"

#include "base/alloc.h"
#include "core/codec.h"

#define IDLE_TIME (5 * MN_SECOND)

/* As many as this are kept idle. A parked worker costs its touched memory, some 42 KB. */
enum { IDLE_MOST = 512, SPINS = 12 };

/* How long it looks for work before it sleeps: core/wait.c has the reason. */
#define AWAKE ((mn_time)20 * 1000)

typedef struct worker {
  mn_list link;          /* in runtime.idle; guarded by runtime.mutex */
  mn_runtime *runtime;   /* immutable */
  _Atomic(mn_job *) job; /* NULL: none; &asleep: none, and the worker sleeps on `wake` */
  _Atomic uint32_t wake; /* a futex word: 1 once work was given to a sleeper */
  bool must_end;         /* owner only, as are the next */
  mn_os_thread os;       /* of itself */
  mn_os_start start;
  mn_worker_cache cache;
} worker;

/* Given to an idle worker instead of work, to end it; and what stands for sleep in `job`. Only their
 * addresses count. */
static mn_job end_job, asleep;

/* The worker may do its work, end and be freed as soon as it can see it: so the step that shows it is
 * the last to touch the worker (mn_futex_wake uses the address only). */
static void give(worker *w, mn_job *job) {
  if (atomic_exchange(&w->job, job) != &asleep) return;
  atomic_store(&w->wake, 1);
  mn_futex_wake(&w->wake, 1);
}

static mn_job *take_job(worker *w) {
  return atomic_exchange(&w->job, NULL);
}

/* Sleeps until work is given or the deadline passes; false: it passed. Once the worker has said that
 * it sleeps and was given work, it waits for the giver's second step, whatever wakes it before. */
static bool sleep_for_job(worker *w, mn_time deadline) {
  mn_job *none = NULL;
  if (!atomic_compare_exchange_strong(&w->job, &none, &asleep)) return true;
  while (atomic_load(&w->wake) == 0) {
    if (mn_futex_wait(&w->wake, 0, deadline) != MN_TIMEOUT) continue;
    mn_job *sleeping = &asleep;
    if (atomic_compare_exchange_strong(&w->job, &sleeping, NULL)) return false;
    deadline = MN_FOREVER;
  }
  atomic_store(&w->wake, 0);
  return true;
}

/* Looks for work for a moment. */
static mn_job *spin_for_job(worker *w) {
  for (int i = 0; i < SPINS; i++) {
    if (atomic_load(&w->job)) return take_job(w);
    mn_cpu_pause();
  }
  mn_time until = mn_clock() + AWAKE;
  do {
    mn_cpu_yield();
    if (atomic_load(&w->job)) return take_job(w);
  } while (mn_clock() < until);
  return NULL;
}

/* Waits for work until the deadline; NULL: there was none. */
static mn_job *wait_for_job(worker *w, mn_time deadline) {
  mn_job *job = spin_for_job(w);
  return job || !sleep_for_job(w, deadline) ? job : take_job(w);
}

/* True: it is in the list of idle ones. */
static bool enter_idle(worker *w) {
  mn_runtime *runtime = w->runtime;
  mn_mutex_lock(&runtime->mutex);
  bool stays = !w->must_end && !runtime->closing && runtime->idle_count < IDLE_MOST;
  if (stays) {
    mn_list_push_front(&runtime->idle, &w->link);
    runtime->idle_count++;
  }
  mn_mutex_unlock(&runtime->mutex);
  return stays;
}

/* True: it was still in the list and is not any more. */
static bool leave_idle(worker *w) {
  mn_runtime *runtime = w->runtime;
  mn_mutex_lock(&runtime->mutex);
  bool found = !mn_list_is_empty(&w->link);
  if (found) {
    mn_list_remove(&w->link);
    runtime->idle_count--;
  }
  mn_mutex_unlock(&runtime->mutex);
  return found;
}

/* The next thread to run; NULL: the worker ends. */
static mn_job *next_job(worker *w) {
  if (!enter_idle(w)) return NULL;
  mn_job *job = wait_for_job(w, mn_clock() + IDLE_TIME);
  if (!job && !leave_idle(w)) job = wait_for_job(w, MN_FOREVER); /* work is being given now */
  return job;
}

static void end_worker(worker *w) {
  mn_runtime *runtime = w->runtime;
  mn_codec_free(w->cache.codec);
  mn_free(w);
  /* The runtime may be gone as soon as the count is 0 and the mutex free, so the wake-up is given
   * under it; mn_workers_end takes the mutex once more before it goes on. */
  mn_mutex_lock(&runtime->mutex);
  runtime->workers--;
  mn_waitlist_wake_all(&runtime->quiet);
  mn_mutex_unlock(&runtime->mutex);
}

/* The first block of the states' heaps lies in the OS thread's own stack: it costs no allocation, and
 * goes when the thread goes. */
static void work(void *argument) {
  worker *w = argument;
  _Alignas(64) unsigned char block[MN_WORKER_BLOCK];
  w->cache.block = block;
  w->os = mn_os_thread_self();
  for (mn_job *job = wait_for_job(w, MN_FOREVER); job && job != &end_job; job = next_job(w)) {
    /* The job may be gone when it has run. */
    w->must_end = job->last;
    job->run(job, w->os, &w->cache);
  }
  end_worker(w);
}

static worker *take_idle(mn_runtime *runtime) {
  worker *w = NULL;
  mn_mutex_lock(&runtime->mutex);
  if (!mn_list_is_empty(&runtime->idle)) {
    w = mn_list_entry(runtime->idle.next, worker, link);
    mn_list_remove(&w->link);
    runtime->idle_count--;
  }
  mn_mutex_unlock(&runtime->mutex);
  return w;
}

static void count_workers(mn_runtime *runtime, uint32_t change) {
  mn_mutex_lock(&runtime->mutex);
  runtime->workers += change;
  mn_mutex_unlock(&runtime->mutex);
}

mn_status mn_worker_run(mn_runtime *runtime, mn_job *job) {
  worker *w = take_idle(runtime);
  if (w) {
    give(w, job);
    return MN_OK;
  }
  w = mn_alloc_zero(sizeof *w);
  if (!w) return MN_NOMEM;
  w->runtime = runtime;
  mn_list_init(&w->link);
  atomic_store(&w->job, job);
  count_workers(runtime, 1);
  w->start = (mn_os_start){.entry = work, .argument = w};
  mn_status status = mn_os_thread_start(&w->start);
  if (status != MN_OK) {
    count_workers(runtime, UINT32_MAX); /* one less */
    mn_free(w);
  }
  return status;
}

static mn_status attempt_none_left(mn_wait_case *c) {
  mn_runtime *runtime = c->argument;
  mn_mutex_lock(&runtime->mutex);
  uint32_t left = runtime->workers;
  mn_mutex_unlock(&runtime->mutex);
  return left == 0 ? MN_OK : MN_EMPTY;
}

/* While it is set no worker goes idle. What it was before. */
static bool set_closing(mn_runtime *runtime, bool closing) {
  mn_mutex_lock(&runtime->mutex);
  bool before = runtime->closing;
  runtime->closing = closing;
  mn_mutex_unlock(&runtime->mutex);
  return before;
}

void mn_workers_end(mn_runtime *runtime, mn_waiter *self) {
  bool was_closing = set_closing(runtime, true);
  for (worker *w; (w = take_idle(runtime)) != NULL;) give(w, &end_job);
  mn_wait_case c = {.list = &runtime->quiet,
                    .attempt = attempt_none_left,
                    .argument = runtime,
                    .verb = "the end of the OS threads"};
  self->shield++;
  (void)mn_wait(self, &c, 1, MN_FOREVER, NULL);
  self->shield--;
  (void)set_closing(runtime, was_closing);
}
