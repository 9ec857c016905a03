/* task/scheduler.c -- a queue of those that can run, and a heap of those that wait for a time.
 *
 * Whoever wakes a task puts it where the scheduler finds it: on the scheduler's own thread, while that
 * runs tasks, at the end of the queue; else on a stack that anybody may push to, and the thread is called.
 * A waiter that is away is woken once, so a task is in one place only. */
#include "task/scheduler.h"

#include "base/alloc.h"
#include "core/interrupt.h"

/* So many run before the thread's own script has a look at what it waits for. */
enum { TURNS = 256 };

/* How long tasks may take to end that were cancelled because their thread's script has ended. */
#define END_TIME MN_SECOND

static _Atomic uint64_t last_id = MN_TASK_ID;

/* Whose tasks the calling OS thread runs now. */
static _Thread_local mn_scheduler *current;

/* ---- the queue ---- */

static mn_pace *pace_of(mn_scheduler *s) {
  return &s->thread->host.pace;
}

static void count_ready(mn_scheduler *s, uint32_t more) {
  mn_pace *pace = pace_of(s);
  MN_PACE_SET(pace, ready, MN_PACE_GET(pace, ready) + more);
  MN_PACE_SET(pace, oldest, s->first ? s->first->ready : 0);
}

/* `now` is as exact as is needed: there is no time to ask the clock. */
static void append(mn_scheduler *s, mn_scheduled *task) {
  task->next = NULL;
  task->ready = s->now;
  if (s->first)
    s->last->next = task;
  else
    s->first = task;
  s->last = task;
  count_ready(s, 1);
}

/* The thread outlives the task, which somebody has who wakes it; the scheduler may not. */
static bool woken(mn_parking *parking) {
  mn_scheduled *task = mn_list_entry(parking, mn_scheduled, base.parking);
  mn_scheduler *s = task->scheduler;
  if (s == current) {
    append(s, task);
    return true;
  }
  mn_wait_host *host = task->base.waiter.host;
  if (atomic_fetch_add(&host->pace.arrived, 1) == 0) MN_PACE_SET(&host->pace, called, mn_clock());
  mn_scheduled *top = atomic_load(&s->arrived);
  do task->next = top;
  while (!atomic_compare_exchange_weak(&s->arrived, &top, task));
  if (!top) mn_host_call(host);
  return false;
}

static void take_arrived(mn_scheduler *s) {
  mn_scheduled *ordered = NULL;
  if (!atomic_load(&s->arrived)) return;
  for (mn_scheduled *task = atomic_exchange(&s->arrived, NULL), *next; task; task = next) {
    next = task->next;
    task->next = ordered;
    ordered = task;
    atomic_fetch_sub(&pace_of(s)->arrived, 1);
  }
  for (mn_scheduled *next; ordered; ordered = next) {
    next = ordered->next;
    append(s, ordered);
  }
}

static void show_due(mn_scheduler *s) {
  MN_PACE_SET(pace_of(s), due, mn_timers_due(&s->timers));
}

static void wake_due(mn_scheduler *s) {
  if (s->timers.count == 0) return;
  for (mn_timer *timer; (timer = mn_timers_take(&s->timers, s->now));)
    mn_waiter_wake(&mn_list_entry(timer, mn_scheduled, timer)->base.waiter);
  show_due(s);
}

/* A turn begins, or a round of them. */
static void look_at_clock(mn_scheduler *s) {
  s->now = mn_clock();
  MN_PACE_SET(pace_of(s), since, s->now);
}

static mn_scheduled *take_first(mn_scheduler *s) {
  mn_scheduled *task = s->first;
  if (!task) return NULL;
  s->first = task->next;
  count_ready(s, (uint32_t)-1);
  return task;
}

/* ---- running ---- */

/* What a task starts is of its family. */
static void set_family(mn_scheduler *s, uint32_t family) {
  mn_waiter *own = &s->thread->waiter;
  /* Others read it; it differs only where a REPL gives out families. */
  if (own->family != family) own->family = family;
}

static void run(mn_scheduler *s, mn_scheduled *task) {
  int count, arguments = task->arguments;
  mn_state *state = s->state;
  if (mn_timers_remove(&s->timers, &task->timer)) show_due(s);
  mn_task_come_back(&task->base);
  task->arguments = 0;
  state->task = &task->base;
  mn_interrupt_begin_turn(state);
  mn_set_away(task->base.L, false);
  /* From nobody: however deep the C calls of who waits are, the task has all that Lua allows. It can't lie
   * within another task's, so the C stack has to hold twice as many at most. */
  uint32_t family = s->thread->waiter.family;
  set_family(s, task->base.waiter.family);
  int status = lua_resume(task->base.L, NULL, arguments, &count);
  set_family(s, family);
  state->task = NULL;
  mn_task_settle(&task->base);
  if (status != LUA_YIELD) {
    s->ended(task, status);
    return;
  }
  mn_set_away(task->base.L, true);
  lua_pop(task->base.L, count);
  const mn_parking *parking = &task->base.parking;
  /* What was woken meanwhile is among those to be run already, and its timer is taken out then. */
  if (!parking->away)
    append(s, task);
  else if (parking->deadline != MN_FOREVER) {
    mn_timers_add(&s->timers, &task->timer, parking->deadline);
    show_due(s);
  }
}

/* What has cancelled the thread in a task's turn is not for the other tasks, where the thread goes on. */
static bool may_go_on(const mn_scheduler *s, int turns) {
  return turns < TURNS && !atomic_load(&s->thread->waiter.cancelled);
}

/* `all`: all that can run by now, once; else some. True: there is more to do at once. */
static bool run_some(mn_scheduler *s, bool all) {
  mn_scheduler *before = current;
  current = s;
  look_at_clock(s);
  take_arrived(s);
  wake_due(s);
  if (s->thread->host.watched > 0) mn_host_poll(&s->thread->host, 0);
  const mn_scheduled *last = s->first ? s->last : NULL;
  for (int turns = 0; all ? last != NULL : may_go_on(s, turns); turns++) {
    mn_scheduled *task = take_first(s);
    if (!task) {
      take_arrived(s);
      task = take_first(s);
    }
    if (!task) break;
    if (task == last) last = NULL;
    if (MN_PACE_GET(pace_of(s), watched)) look_at_clock(s);
    uint64_t id = task->base.waiter.id;
    run(s, task);
    /* Who has stopped a task that never waited has something to say to the thread's own script. */
    if (!all && s->state->stopped_task == id) break;
  }
  MN_PACE_SET(pace_of(s), since, 0);
  current = before;
  s->thread->host.due = mn_timers_due(&s->timers);
  return s->first || atomic_load(&s->arrived);
}

static void serve(mn_server *server) {
  mn_scheduler *s = mn_list_entry(server, mn_scheduler, server);
  if (run_some(s, false)) atomic_store(&s->thread->host.called, true);
}

void mn_scheduler_run(mn_scheduler *s) {
  mn_wait_host *host = &s->thread->host;
  if (host->serving) return;
  host->serving = true;
  bool more = run_some(s, true);
  host->serving = false;
  if (more) atomic_store(&host->called, true);
}

/* ---- tasks ---- */

mn_scheduled *mn_scheduled_new(mn_scheduler *s, const mn_future_kind *kind) {
  mn_scheduled *task = mn_alloc_zero(sizeof *task);
  if (!task) return NULL;
  mn_future_init(&task->future, s->thread->runtime);
  task->future.kind = kind;
  task->scheduler = s;
  task->thread = (mn_thread *)(void *)mn_handle_ref(&s->thread->handle);
  mn_task_init(&task->base, &s->thread->host, atomic_fetch_add(&last_id, 1) + 1, woken);
  const mn_task *maker = s->state->task;
  task->base.waiter.family = maker ? maker->waiter.family : s->thread->waiter.family;
  task->begun = mn_clock();
  mn_list_init(&task->link);
  return task;
}

void mn_scheduled_free(mn_scheduled *task) {
  if (task->thread) mn_handle_unref(&task->thread->handle); /* it was never started */
  mn_free(task);
}

bool mn_scheduled_start(mn_scheduled *task, int arguments) {
  mn_scheduler *s = task->scheduler;
  if (!mn_timers_reserve(&s->timers, s->count + 1)) return false;
  mn_handle_ref(&task->future.handle);
  atomic_store(&task->future.status, MN_FUTURE_RUNNING);
  task->arguments = arguments;
  mn_list_push_back(&s->tasks, &task->link);
  MN_PACE_SET(pace_of(s), count, ++s->count);
  if (!task->daemon) s->thread->host.expected++;
  if (s != current) s->now = mn_clock();
  append(s, task);
  atomic_store(&s->thread->host.called, true);
  return true;
}

void mn_scheduled_leave(mn_scheduled *task) {
  mn_scheduler *s = task->scheduler;
  mn_task_free(&task->base);
  mn_list_remove(&task->link);
  MN_PACE_SET(pace_of(s), count, --s->count);
  if (!task->daemon) s->thread->host.expected--;
  mn_mutex_lock(&task->mutex);
  task->thread = NULL;
  mn_mutex_unlock(&task->mutex);
  /* A thread's results may have the future. */
  mn_handle_unref(&s->thread->handle);
}

bool mn_scheduled_is_to_keep(const mn_scheduled *task) {
  const mn_future *future = &task->future;
  return task->outcome == MN_FUTURE_FAILED && task->scheduler->keeps_failed &&
         atomic_load(&future->ended.count) == 0 && !atomic_load(&future->watches);
}

bool mn_scheduled_cancel(mn_scheduled *task) {
  mn_mutex_lock(&task->mutex);
  bool runs = task->thread != NULL;
  if (runs) {
    atomic_store(&task->base.waiter.cancelled, true);
    mn_waiter_wake(&task->base.waiter);
  }
  mn_mutex_unlock(&task->mutex);
  return runs;
}

/* ---- the end ---- */

static mn_status attempt_more(mn_wait_case *c) {
  mn_scheduler *s = c->argument;
  return s->first || atomic_load(&s->arrived) ? MN_OK : MN_EMPTY;
}

void mn_scheduler_run_until(mn_scheduler *s, bool (*is_done)(void *), void *argument,
                            mn_time latest) {
  mn_waiter *own = &s->thread->waiter;
  mn_wait_case c = {.attempt = attempt_more, .argument = s, .verb = "the end of tasks"};
  own->shield++;
  while (!is_done(argument) && mn_clock() < latest) {
    mn_time due = mn_timers_due(&s->timers);
    (void)mn_wait(own, &c, 1, due < latest ? due : latest, NULL);
    mn_scheduler_run(s);
  }
  own->shield--;
}

static bool is_empty(void *scheduler) {
  return ((const mn_scheduler *)scheduler)->count == 0;
}

/* Cancels all tasks, or those of a family, and tells how many. */
static uint32_t cancel_all(mn_scheduler *s, const uint32_t *family) {
  uint32_t count = 0;
  for (mn_list *l = s->tasks.next; l != &s->tasks; l = l->next) {
    mn_waiter *waiter = &mn_list_entry(l, mn_scheduled, link)->base.waiter;
    if (family && waiter->family != *family) continue;
    count++;
    atomic_store(&waiter->cancelled, true);
    mn_waiter_wake(waiter);
  }
  return count;
}

/* Cancels all tasks, and runs them until they have ended, or have had the time for it. */
static void end(mn_server *server) {
  mn_scheduler *s = mn_list_entry(server, mn_scheduler, server);
  (void)cancel_all(s, NULL);
  mn_scheduler_run_until(s, is_empty, s, mn_clock() + END_TIME);
}

/* For the end of a family. */
typedef struct family_end {
  const mn_scheduler *scheduler;
  uint32_t family;
} family_end;

static bool is_extinct(void *argument) {
  const family_end *f = argument;
  for (const mn_list *l = f->scheduler->tasks.next; l != &f->scheduler->tasks; l = l->next)
    if (mn_list_entry(l, mn_scheduled, link)->base.waiter.family == f->family) return false;
  return true;
}

void mn_scheduler_end_family(mn_scheduler *s, uint32_t family) {
  family_end f = {s, family};
  s->state->stopped_family = family;
  if (cancel_all(s, &family) > 0) mn_scheduler_run_until(s, is_extinct, &f, mn_clock() + END_TIME);
  s->state->stopped_family = 0;
}

void mn_scheduler_init(mn_scheduler *s, mn_state *state,
                       void (*ended)(mn_scheduled *task, int status)) {
  *s = (mn_scheduler){.server = {.serve = serve, .end = end},
                      .state = state,
                      .thread = state->thread,
                      .ended = ended};
  mn_list_init(&s->tasks);
  mn_list_init(&s->failed);
  mn_host_add(&s->thread->host, &s->server);
}

void mn_scheduler_free(mn_scheduler *s) {
  mn_host_remove(&s->thread->host, &s->server);
  s->thread->host.due = MN_FOREVER;
  mn_timers_free(&s->timers);
  while (!mn_list_is_empty(&s->failed)) {
    mn_scheduled *task = mn_list_entry(s->failed.next, mn_scheduled, link);
    mn_list_remove(&task->link);
    mn_handle_unref(&task->future.handle);
  }
}
