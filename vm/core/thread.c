/* core/thread.c -- starting, stopping and ending threads.
 *
 * A thread's end is one step for others: `status` leaves RUNNING after everything else about the
 * outcome was written, and `ended` is woken after that. The thread leaves the runtime's list
 * afterwards. Cancelling sets a flag, sends a signal to the OS thread (under the thread's mutex,
 * which the end takes before it lets go of the OS thread), and wakes the waiter: whichever way the
 * thread is busy, it sees the flag. The signal is repeated, for the system call that was only about
 * to begin when the first one came.
 *
 * Nice and affinity are set by the new thread itself; the starter waits for its word on that, so
 * that a refusal is an error of the call. */
#include "core/thread.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/report.h"

/* How long a cancelled thread may sleep in a system call before it is interrupted again. */
#define INTERRUPT_AGAIN (MN_SECOND / 20)

static void destroy(mn_handle *handle) {
  mn_thread *thread = (mn_thread *)(void *)handle;
  mn_runtime *runtime = thread->runtime;
  mn_mutex_lock(&runtime->mutex);
  mn_list_remove(&thread->link);
  mn_mutex_unlock(&runtime->mutex);
  mn_thread_report(thread);
  mn_message_drop(&thread->work);
  mn_message_drop(&thread->result);
  mn_mailbox *mailbox = atomic_load(&thread->mailbox);
  if (mailbox) mailbox->destroy(mailbox);
  mn_interrupts_drop(thread->interrupts); /* of a thread that never ran */
  mn_host_close_poller(&thread->host);
  mn_os_repeat_free(&thread->repeat);
  mn_free(thread->traceback);
  mn_free(thread);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  mn_thread *thread = (mn_thread *)(void *)handle;
  (void)snprintf(text, size, "'%s' %s", thread->options.name,
                 mn_thread_status_word(atomic_load(&thread->status)));
}

const char *mn_thread_status_word(int status) {
  switch ((mn_thread_status)status) {
    case MN_THREAD_RUNNING: return "running";
    case MN_THREAD_DONE: return "done";
    case MN_THREAD_FAILED: return "failed";
    case MN_THREAD_CANCELLED: return "cancelled";
  }
  return "unknown";
}

/* ---- beginning ---- */

static void run(mn_job *job, mn_os_thread os, mn_worker_cache *cache);

mn_thread *mn_thread_new(mn_runtime *runtime, const mn_thread_options *options) {
  mn_thread *thread = mn_alloc_zero(sizeof *thread);
  if (!thread) return NULL;
  mn_handle_init(&thread->handle, &mn_thread_type);
  mn_waiter_init(&thread->waiter);
  mn_host_init(&thread->host, &thread->waiter);
  thread->host.sources = &runtime->sources;
  thread->runtime = runtime;
  thread->options = *options;
  mn_list_init(&thread->link);
  thread->last_interrupt = &thread->interrupts;
  thread->job = (mn_job){run, options->has_nice || options->has_affinity};
  mn_waitlist_init(&thread->ended);
  return thread;
}

mn_thread *mn_thread_new_main(mn_runtime *runtime) {
  mn_thread *thread = mn_thread_new(runtime, &(mn_thread_options){.name = "MainThread"});
  if (!thread) return NULL;
  thread->waiter.id = runtime->last_id = 1;
  mn_list_push_back(&runtime->threads, &thread->link);
  if (runtime->is_hosted) return thread;
  thread->os = mn_os_thread_self();
  thread->os_valid = true;
  mn_os_repeat_new(&thread->repeat, thread->os); /* now: a signal handler could not */
  return thread;
}

/* Writes "Thread-<n>", or what the runtime has in place of the word. */
static void default_name(char *name, const char *prefix, uint64_t n) {
  char digits[24];
  size_t count = 0, length = strlen(prefix);
  do digits[count++] = (char)('0' + n % 10);
  while ((n /= 10) > 0);
  memcpy(name, prefix, length);
  name += length;
  while (count > 0) *name++ = digits[--count];
  *name = '\0';
}

/* Out of one census. */
static void uncount(mn_census *census, const mn_thread *thread) {
  census->all--;
  if (thread->is_counted) census->cancelled--;
}

/* Counts the thread among the living; false: the runtime is ending. */
static bool enter(mn_thread *thread) {
  mn_runtime *runtime = thread->runtime;
  mn_mutex_lock(&runtime->mutex);
  bool open = !runtime->closing;
  if (open) {
    thread->waiter.id = ++runtime->last_id;
    thread->begun = mn_clock();
    if (!thread->options.named)
      default_name(thread->options.name, runtime->thread_names, ++runtime->last_name);
    mn_list_push_back(&runtime->threads, &thread->link);
    thread->is_living = true;
    runtime->living.all++;
    if (!thread->options.daemon) runtime->lasting.all++;
  }
  mn_mutex_unlock(&runtime->mutex);
  return open;
}

/* Out of the living; a failed one goes into the list of those to be reported, with the caller's reference
 * if somebody reads that: true. */
static bool leave(mn_thread *thread, bool failed) {
  mn_runtime *runtime = thread->runtime;
  mn_mutex_lock(&runtime->mutex);
  mn_list_remove(&thread->link);
  if (failed) mn_list_push_back(&runtime->failed, &thread->link);
  uncount(&runtime->living, thread);
  if (!thread->options.daemon) uncount(&runtime->lasting, thread);
  thread->is_living = false;
  bool kept = thread->is_kept = failed && atomic_load(&runtime->is_watched);
  mn_mutex_unlock(&runtime->mutex);
  mn_waitlist_wake_all(&runtime->quiet);
  return kept;
}

static bool has_ended(const mn_thread *thread) {
  return atomic_load(&thread->status) != MN_THREAD_RUNNING;
}

static mn_status attempt_placed(mn_wait_case *c) {
  mn_thread *thread = (mn_thread *)c->argument;
  int placed = atomic_load(&thread->placed);
  return placed < 0 ? MN_EMPTY : (mn_status)placed;
}

/* Waits for the new thread's word whether nice and affinity could be set. */
static mn_status wait_until_placed(mn_thread *thread, mn_thread *self) {
  mn_wait_case c = {.list = &thread->ended,
                    .attempt = attempt_placed,
                    .argument = thread,
                    .object = &thread->handle,
                    .verb = "start"};
  self->waiter.shield++;
  mn_status status = mn_wait(&self->waiter, &c, 1, MN_FOREVER, NULL);
  self->waiter.shield--;
  return status;
}

mn_status mn_thread_start(mn_thread *thread, mn_thread *self) {
  bool place = thread->options.has_nice || thread->options.has_affinity;
  thread->waiter.family = self->waiter.family;
  atomic_store(&thread->placed, -1);
  mn_status status = MN_CLOSED;
  if (enter(thread)) {
    mn_handle_ref(&thread->handle);
    status = mn_worker_run(thread->runtime, &thread->job);
    if (status == MN_OK) return place ? wait_until_placed(thread, self) : MN_OK;
    mn_handle_unref(&thread->handle);
    /* Somebody may have found it among the living. */
    mn_thread_end_script(thread);
    thread->outcome = MN_THREAD_CANCELLED;
    atomic_store(&thread->status, MN_THREAD_CANCELLED);
    mn_waitlist_wake_all(&thread->ended);
    (void)leave(thread, false);
  }
  mn_message_drop(&thread->work);
  return status;
}

mn_status mn_thread_place(const mn_thread_options *options, int tid) {
  mn_status status = MN_OK;
  if (options->has_affinity) status = mn_os_thread_set_affinity(tid, &options->affinity);
  if (status == MN_OK && options->has_nice) status = mn_os_thread_set_nice(tid, options->nice);
  return status;
}

/* True: the body may run. */
static bool try_place(mn_thread *thread) {
  if (!thread->options.has_nice && !thread->options.has_affinity) return true;
  mn_status status = mn_thread_place(&thread->options, thread->os.tid);
  atomic_store(&thread->placed, (int)status);
  mn_waitlist_wake_all(&thread->ended);
  return status == MN_OK;
}

/* ---- running and ending ---- */

void mn_thread_end_script(mn_thread *thread) {
  mn_waiter_abandon_held(&thread->waiter);
  mn_mailbox *mailbox = mn_thread_set_mailbox(thread, &mn_mailbox_none);
  mailbox->close(mailbox);
  mn_mutex_lock(&thread->mutex);
  thread->script_ended = true;
  mn_mutex_unlock(&thread->mutex);
  mn_interrupts_drop(mn_thread_take_interrupts(thread));
}

/* Interrupts the thread, which is cancelled, now and over and over. */
static void start_interrupts_locked(mn_thread *thread) {
  if (!thread->repeat.made) mn_os_repeat_new(&thread->repeat, thread->os);
  mn_os_repeat_set(&thread->repeat, INTERRUPT_AGAIN);
  mn_os_interrupt(thread->os);
}

/* The OS thread may have run others before; who asks for its time is told of this one's. */
static void begin_os(mn_thread *thread, mn_os_thread os) {
  mn_mutex_lock(&thread->mutex);
  thread->os = os;
  if (atomic_load(&thread->runtime->is_watched)) (void)mn_os_thread_time(os, &thread->time_before);
  thread->os_valid = true;
  if (atomic_load(&thread->waiter.cancelled)) start_interrupts_locked(thread);
  mn_mutex_unlock(&thread->mutex);
}

/* The OS thread is about to be another thread's. */
static void end_os(mn_thread *thread) {
  mn_mutex_lock(&thread->mutex);
  mn_os_repeat_free(&thread->repeat);
  thread->os_valid = false;
  mn_mutex_unlock(&thread->mutex);
}

/* Its script has run, and `outcome` says how. */
static void end(mn_thread *thread) {
  mn_thread_end_script(thread);
  end_os(thread);
  bool failed = thread->outcome == MN_THREAD_FAILED;
  /* Who waits for it is going to have the error. */
  thread->was_awaited = atomic_load(&thread->ended.count) > 0;
  atomic_store(&thread->status, (int)thread->outcome);
  mn_waitlist_wake_all(&thread->ended);
  if (!leave(thread, failed)) mn_handle_unref(&thread->handle);
}

static void run(mn_job *job, mn_os_thread os, mn_worker_cache *cache) {
  mn_thread *thread = mn_list_entry(job, mn_thread, job);
  begin_os(thread, os);
  if (thread->options.named) mn_os_thread_set_name(thread->options.name);
  if (try_place(thread))
    thread->body(thread, cache);
  else
    thread->outcome = MN_THREAD_CANCELLED; /* the starter raises the reason */
  if (thread->options.named) mn_os_thread_set_name("moons");
  end(thread);
}

mn_status mn_thread_attach(mn_runtime *runtime, const mn_thread_options *options,
                           mn_thread **thread) {
  mn_thread *made = mn_thread_new(runtime, options);
  if (!made) return MN_NOMEM;
  made->options.daemon = true;
  if (!enter(made)) {
    mn_handle_unref(&made->handle);
    return MN_CLOSED;
  }
  *thread = made;
  return MN_OK;
}

void mn_thread_detach(mn_thread *thread) {
  thread->outcome = MN_THREAD_DONE;
  end(thread);
}

void mn_thread_begin_call(mn_thread *thread) {
  begin_os(thread, mn_os_thread_self());
}

void mn_thread_end_call(mn_thread *thread) {
  end_os(thread);
}

bool mn_thread_time(mn_thread *thread, mn_time *time) {
  mn_mutex_lock(&thread->mutex);
  bool known = thread->os_valid && mn_os_thread_time(thread->os, time) == MN_OK;
  if (known) *time -= thread->time_before;
  mn_mutex_unlock(&thread->mutex);
  return known;
}

void mn_thread_origin(const mn_thread *thread, char text[MN_THREAD_ORIGIN]) {
  const char *site = mn_handle_site(&thread->handle);
  (void)snprintf(text, MN_THREAD_ORIGIN, "[thread '%s'%s%s]", thread->options.name,
                 *site ? ", spawned at " : "", site);
}

void mn_thread_report(mn_thread *thread) {
  if (atomic_load(&thread->status) != MN_THREAD_FAILED) return;
  if (atomic_exchange(&thread->collected, true)) return;
  atomic_store(&thread->runtime->lost_error, true);
  const char *what = thread->traceback ? thread->traceback : "not enough memory";
  char origin[MN_THREAD_ORIGIN];
  mn_thread_origin(thread, origin);
  char head[MN_THREAD_NAME + 32], tail[sizeof origin + 2];
  (void)snprintf(head, sizeof head, "moons: thread '%s' failed: ", thread->options.name);
  (void)snprintf(tail, sizeof tail, "\n\t%s", origin);
  mn_report_write(thread->runtime, head, what, tail);
}

/* ---- joining ---- */

static mn_status attempt_join(mn_wait_case *c) {
  return has_ended((const mn_thread *)c->argument) ? MN_OK : MN_EMPTY;
}

mn_status mn_thread_prepare_join(mn_thread *thread, const mn_waiter *self, mn_wait_case *wait) {
  if (self->host == &thread->host || thread == thread->runtime->main) return MN_DEADLOCK;
  *wait = (mn_wait_case){.list = &thread->ended,
                         .attempt = attempt_join,
                         .argument = thread,
                         .object = &thread->handle,
                         .verb = "join"};
  return MN_OK;
}

mn_status mn_thread_join(mn_thread *thread, mn_waiter *self, mn_time deadline) {
  if (has_ended(thread)) return MN_OK;
  mn_wait_case c;
  mn_status status = mn_thread_prepare_join(thread, self, &c);
  return status == MN_OK ? mn_wait(self, &c, 1, deadline, NULL) : status;
}

/* ---- cancelling ---- */

void mn_thread_renew_main(mn_runtime *runtime) {
  mn_thread *main = runtime->main;
  mn_mutex_lock(&main->mutex);
  main->os = mn_os_thread_self();
  main->repeat = (mn_os_repeat){0}; /* the old clock has stayed behind */
  mn_os_repeat_new(&main->repeat, main->os);
  if (atomic_load(&main->waiter.cancelled)) start_interrupts_locked(main);
  mn_mutex_unlock(&main->mutex);
}

void mn_thread_nudge(mn_thread *thread) {
  const mn_waiter *waiter = &thread->waiter;
  mn_mutex_lock(&thread->mutex);
  if (thread->os_valid &&
      (atomic_load(&waiter->cancelled) || atomic_load(&waiter->interrupted) ||
       mn_pace_is_asked(&thread->host.pace) || atomic_load(&thread->stopped_task) != 0))
    mn_os_interrupt(thread->os);
  mn_mutex_unlock(&thread->mutex);
}

void mn_thread_stop_task(mn_thread *thread, uint64_t number) {
  atomic_store(&thread->stopped_task, number);
  mn_thread_nudge(thread);
}

void mn_thread_stop_interrupts(mn_thread *thread) {
  mn_mutex_lock(&thread->mutex);
  mn_os_repeat_set(&thread->repeat, 0);
  mn_mutex_unlock(&thread->mutex);
}

/* Counts a thread that was cancelled, if it lives. */
static void count_cancelled_locked(mn_thread *thread) {
  mn_runtime *runtime = thread->runtime;
  if (!thread->is_living || thread->is_counted) return;
  thread->is_counted = true;
  runtime->living.cancelled++;
  if (!thread->options.daemon) runtime->lasting.cancelled++;
  runtime->last_cancel = mn_clock();
}

/* Sets the flag and tells the thread. False: nothing was to be done. */
static bool ask(mn_thread *thread, const char *reason) {
  mn_mutex_lock(&thread->mutex);
  bool asks = !has_ended(thread) && !atomic_load(&thread->waiter.cancelled);
  if (asks) {
    if (reason) (void)snprintf(thread->reason, sizeof thread->reason, "%s", reason);
    atomic_store(&thread->waiter.cancelled, true);
    if (thread->os_valid) start_interrupts_locked(thread);
  }
  mn_mutex_unlock(&thread->mutex);
  if (asks) mn_waiter_wake(&thread->waiter);
  return asks;
}

bool mn_thread_cancel(mn_thread *thread, const char *reason) {
  mn_runtime *runtime = thread->runtime;
  if (!ask(thread, reason)) return false;
  mn_mutex_lock(&runtime->mutex);
  count_cancelled_locked(thread);
  mn_mutex_unlock(&runtime->mutex);
  mn_waitlist_wake_all(&runtime->quiet);
  return true;
}

void mn_threads_close(mn_runtime *runtime) {
  mn_mutex_lock(&runtime->mutex);
  runtime->closing = true;
  for (mn_list *l = runtime->threads.next; l != &runtime->threads; l = l->next) {
    mn_thread *thread = mn_list_entry(l, mn_thread, link);
    if (thread != runtime->main && ask(thread, NULL)) count_cancelled_locked(thread);
  }
  mn_mutex_unlock(&runtime->mutex);
}

void mn_thread_cancel_family(mn_thread *head) {
  mn_runtime *runtime = head->runtime;
  uint32_t family = head->waiter.family;
  mn_mutex_lock(&runtime->mutex);
  for (mn_list *l = runtime->threads.next; l != &runtime->threads; l = l->next) {
    mn_thread *thread = mn_list_entry(l, mn_thread, link);
    if (thread != head && thread->waiter.family == family && ask(thread, NULL))
      count_cancelled_locked(thread);
  }
  mn_mutex_unlock(&runtime->mutex);
}

void mn_thread_expect_signal(mn_thread *self) {
  mn_mutex_lock(&self->mutex);
  if (!self->repeat.made) mn_os_repeat_new(&self->repeat, self->os);
  mn_mutex_unlock(&self->mutex);
}

void mn_thread_cancel_by_signal(mn_thread *thread) {
  atomic_store(&thread->waiter.cancelled, true);
  /* A signal handler may read `os` and `repeat` without the mutex: they were set before, and main's change
   * in the child of a fork alone, while signals are held. */
  mn_os_repeat_set(&thread->repeat, INTERRUPT_AGAIN);
  mn_os_interrupt(thread->os);
  mn_waiter_wake(&thread->waiter);
}

/* ---- interrupting ---- */

typedef struct mn_interrupt {
  struct mn_interrupt *next;
  mn_message value;
} mn_interrupt;

void mn_interrupts_drop(mn_interrupt *interrupts) {
  for (mn_interrupt *next; interrupts; interrupts = next) {
    next = interrupts->next;
    mn_message_drop(&interrupts->value);
    mn_free(interrupts);
  }
}

mn_status mn_thread_interrupt(mn_thread *thread, mn_message *value) {
  mn_status status = MN_CLOSED;
  mn_interrupt *interrupt = mn_alloc(sizeof *interrupt);
  if (!interrupt) return MN_NOMEM;
  *interrupt = (mn_interrupt){.value = *value};
  mn_mutex_lock(&thread->mutex);
  if (!thread->script_ended && !has_ended(thread) && !atomic_load(&thread->waiter.cancelled)) {
    status = MN_OK;
    *thread->last_interrupt = interrupt;
    thread->last_interrupt = &interrupt->next;
    atomic_store(&thread->waiter.interrupted, true);
    if (thread->os_valid) mn_os_interrupt(thread->os);
  }
  mn_mutex_unlock(&thread->mutex);
  if (status == MN_OK)
    mn_waiter_wake(&thread->waiter);
  else
    mn_free(interrupt);
  return status;
}

bool mn_thread_take_interrupt(mn_thread *thread, mn_message *value) {
  mn_mutex_lock(&thread->mutex);
  mn_interrupt *first = thread->interrupts;
  if (first) {
    thread->interrupts = first->next;
    if (!first->next) {
      thread->last_interrupt = &thread->interrupts;
      atomic_store(&thread->waiter.interrupted, false);
    }
  }
  mn_mutex_unlock(&thread->mutex);
  if (first) *value = first->value;
  mn_free(first);
  return first != NULL;
}

mn_interrupt *mn_thread_take_interrupts(mn_thread *thread) {
  mn_mutex_lock(&thread->mutex);
  mn_interrupt *first = thread->interrupts;
  thread->interrupts = NULL;
  thread->last_interrupt = &thread->interrupts;
  atomic_store(&thread->waiter.interrupted, false);
  mn_mutex_unlock(&thread->mutex);
  return first;
}

/* ---- the mailbox ---- */

static void do_nothing(mn_mailbox *mailbox) {
  (void)mailbox;
}

mn_mailbox mn_mailbox_none = {do_nothing, do_nothing};

mn_mailbox *mn_thread_set_mailbox(mn_thread *thread, mn_mailbox *mailbox) {
  mn_mailbox *there = NULL;
  return atomic_compare_exchange_strong(&thread->mailbox, &there, mailbox) ? mailbox : there;
}

static uint32_t waiting(const mn_handle *handle) {
  return atomic_load(&((const mn_thread *)(const void *)handle)->ended.count);
}

const mn_type mn_thread_type = {
    .name = "Thread", .destroy = destroy, .describe = describe, .waiting = waiting};
