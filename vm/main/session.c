/* main/session.c -- a thread that watches over the sessions, and sleeps until a second Ctrl-C.
 *
 * Signals come to main's OS thread, however busy it is: it stays there when its session was left. The
 * handler only counts them, and wakes the watcher. Whether a session was left or has come back is decided
 * by one change of its status. */
#include "main/session.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/interrupt.h"
#include "core/state.h"
#include "core/status_line.h"
#include "main/stop.h"
#include "os/os.h"

enum { READS, RUNS, LEFT };

/* How long an input may take to end after the second Ctrl-C. */
#define LAST_CHANCE (MN_SECOND / 2)

/* What a signal handler works on is the process's. */
static _Atomic uint32_t second_signals; /* how many there were; a futex word */

/* Of the sessions of the process: there is one terminal. The last one stays for the watcher. */
static mn_runtime *runtime;
static void (*loop)(mn_session *);
static mn_session *_Atomic current;
static mn_os_start watcher;
static _Atomic uint32_t is_over;   /* the last session has ended; a futex word */
static atomic_bool main_has_ended; /* its session, which was left */

/* ---- one session ---- */

void mn_session_begin_run(mn_session *session) {
  atomic_store(&session->status, RUNS);
}

bool mn_session_end_run(mn_session *session) {
  uint32_t runs = RUNS;
  bool stays = atomic_compare_exchange_strong(&session->status, &runs, READS);
  if (stays) mn_futex_wake(&session->status, 1);
  return stays;
}

bool mn_session_was_left(mn_session *session) {
  return atomic_load(&session->status) == LEFT;
}

/* ---- the next one ---- */

static void forget(void *state) {
  (void)state;
}

/* Main's thread is busy for ever, so there is no other end. */
_Noreturn static void end_process(void) {
  int signal = mn_stop_signal();
  mn_status_line_leave();
  (void)fflush(stdout);
  mn_os_exit_now(signal ? 128 + signal : 0);
}

static void run_next(mn_thread *self, mn_worker_cache *cache) {
  mn_state *state = mn_state_open(runtime, self, cache);
  self->outcome = MN_THREAD_DONE;
  mn_session *session = mn_alloc_zero(sizeof *session);
  if (!state || !session) end_process();
  session->state = state;
  atomic_store(&current, session);
  mn_thread_expect_signal(self);
  mn_stop_aim_at(self);
  (void)mn_stop_forget_interrupt(forget, NULL);
  loop(session);
  bool left = mn_session_was_left(session);
  if (!left && !atomic_load(&main_has_ended)) end_process();
  mn_state_close(state, cache);
  if (left) {
    mn_free(session);
    return;
  }
  mn_stop_aim_at(runtime->main);
  atomic_store(&is_over, 1);
  mn_futex_wake(&is_over, 1);
}

static void begin_next(const mn_session *left) {
  static const char text[] =
      "\nmoons: what runs can't be stopped; it is left behind with all variables\n";
  mn_status_line_write_error(text, sizeof text - 1);
  mn_thread_cancel_family(left->state->thread);
  mn_thread *thread = mn_thread_new(runtime, &(mn_thread_options){.name = "REPL", .named = true});
  if (!thread) end_process();
  thread->body = run_next;
  if (mn_thread_start(thread, runtime->main) != MN_OK) end_process();
  mn_handle_unref(&thread->handle);
}

/* ---- the watcher ---- */

static void watch(void *argument) {
  (void)argument;
  for (uint32_t seen = 0;;) {
    (void)mn_futex_wait(&second_signals, seen, MN_FOREVER);
    if (atomic_load(&second_signals) == seen) continue;
    mn_session *session = atomic_load(&current);
    mn_time latest = mn_clock() + LAST_CHANCE;
    while (atomic_load(&session->status) == RUNS && mn_clock() < latest)
      (void)mn_futex_wait(&session->status, RUNS, latest);
    seen = atomic_load(&second_signals);
    uint32_t runs = RUNS;
    if (atomic_compare_exchange_strong(&session->status, &runs, LEFT)) begin_next(session);
  }
}

static void on_second_signal(void) {
  atomic_fetch_add(&second_signals, 1);
  mn_futex_wake(&second_signals, 1);
}

void mn_sessions_run(mn_state *state, void (*run)(mn_session *)) {
  static mn_session first;
  first.state = state;
  runtime = state->runtime;
  loop = run;
  atomic_store(&current, &first);
  watcher = (mn_os_start){.entry = watch};
  if (mn_os_thread_start(&watcher) == MN_OK) mn_stop_on_second(on_second_signal);
  loop(&first);
  if (mn_session_was_left(&first)) {
    mn_interrupt_reset(state);
    atomic_store(&main_has_ended, true);
    while (!atomic_load(&is_over)) (void)mn_futex_wait(&is_over, 0, MN_FOREVER);
  }
  mn_stop_on_second(NULL);
}
