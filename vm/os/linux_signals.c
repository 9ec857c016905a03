/* os/linux_signals.c -- the part of os.h that is about signals, on Linux. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/faults.h"
#include "os/os.h"
#include "os/signals.h"

/* ---- who gets them ---- */

static const int stop_signals[] = {SIGINT, SIGTERM};
enum { STOP_SIGNALS = 2 };

/* Which of them were blocked by us, here or in the thread that started this one: children get them. */
static _Thread_local bool is_hidden[STOP_SIGNALS];

static void stop_signal_set(sigset_t *set) {
  (void)sigemptyset(set);
  for (int i = 0; i < STOP_SIGNALS; i++) (void)sigaddset(set, stop_signals[i]);
}

unsigned mn_stop_signals_hidden(void) {
  unsigned hidden = 0;
  for (int i = 0; i < STOP_SIGNALS; i++) hidden |= (is_hidden[i] ? 1u : 0u) << i;
  return hidden;
}

void mn_stop_signals_hide(unsigned hidden) {
  sigset_t set, before;
  stop_signal_set(&set);
  (void)pthread_sigmask(SIG_BLOCK, &set, &before);
  for (int i = 0; i < STOP_SIGNALS; i++) {
    bool was_blocked = sigismember(&before, stop_signals[i]) != 0;
    is_hidden[i] = !was_blocked || (hidden >> i & 1u) != 0;
  }
}

void mn_child_signal_mask(sigset_t *mask) {
  (void)pthread_sigmask(SIG_BLOCK, NULL, mask);
  for (int i = 0; i < STOP_SIGNALS; i++)
    if (is_hidden[i]) (void)sigdelset(mask, stop_signals[i]);
}

/* In the child of a fork that a C library has made. */
static void restore_after_fork(void) {
  sigset_t mask;
  mn_child_signal_mask(&mask);
  (void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
  memset(is_hidden, 0, sizeof is_hidden);
}

/* ---- handlers ---- */

/* A signal handler has no argument of ours, so what it calls is the process's. */
static void (*interrupt_handler)(void);
static void (*stop_handler)(int);

static void on_interrupt(int signal) {
  (void)signal;
  int saved = errno;
  interrupt_handler();
  errno = saved;
}

static void on_stop(int signal) {
  int saved = errno;
  stop_handler(signal);
  errno = saved;
}

static mn_status install(int signal, void (*handler)(int), bool keep_ignored) {
  struct sigaction action, old;
  if (mn_os_must_fail(MN_CALL_SIGACTION)) return MN_INVALID;
  if (keep_ignored && sigaction(signal, NULL, &old) == 0 && old.sa_handler == SIG_IGN) return MN_OK;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  (void)sigemptyset(&action.sa_mask);
  return sigaction(signal, &action, NULL) == 0 ? MN_OK : MN_INVALID;
}

mn_status mn_os_interrupt_install(void (*handler)(void)) {
  static atomic_flag is_registered = ATOMIC_FLAG_INIT;
  if (!atomic_flag_test_and_set(&is_registered))
    (void)pthread_atfork(NULL, NULL, restore_after_fork);
  interrupt_handler = handler;
  return install(MN_INTERRUPT_SIGNAL, on_interrupt, false);
}

void mn_os_interrupt(mn_os_thread thread) {
  (void)pthread_kill((pthread_t)thread.handle, MN_INTERRUPT_SIGNAL);
}

mn_status mn_os_stop_signals_install(void (*handler)(int)) {
  stop_handler = handler;
  for (int i = 0; i < STOP_SIGNALS; i++)
    if (install(stop_signals[i], on_stop, true) != MN_OK) return MN_INVALID;
  return MN_OK;
}

static sigset_t mask_before_hold;

void mn_os_stop_signals_hold(void) {
  sigset_t set;
  stop_signal_set(&set);
  (void)pthread_sigmask(SIG_BLOCK, &set, &mask_before_hold);
}

void mn_os_stop_signals_release(void) {
  (void)pthread_sigmask(SIG_SETMASK, &mask_before_hold, NULL);
}

void mn_os_keyboard_interrupt_hold(void) {
  sigset_t set, before;
  (void)sigemptyset(&set);
  (void)sigaddset(&set, SIGINT);
  (void)pthread_sigmask(SIG_BLOCK, &set, &before);
  is_hidden[0] = sigismember(&before, SIGINT) == 0; /* the first of stop_signals */
}

/* ---- repeated interrupts ---- */

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

_Static_assert(sizeof(timer_t) == sizeof(void *), "a timer fits into mn_os_repeat");

void mn_os_repeat_new(mn_os_repeat *repeat, mn_os_thread thread) {
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = MN_INTERRUPT_SIGNAL;
  event.sigev_notify_thread_id = thread.tid;
  timer_t timer;
  repeat->made =
      !mn_os_must_fail(MN_CALL_TIMER) && timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
  if (repeat->made) repeat->timer = timer;
}

void mn_os_repeat_set(const mn_os_repeat *repeat, mn_time period) {
  if (!repeat->made) return;
  struct timespec span = {(time_t)(period / MN_SECOND), (long)(period % MN_SECOND)};
  (void)timer_settime(repeat->timer, 0, &(struct itimerspec){span, span}, NULL);
}

void mn_os_repeat_free(mn_os_repeat *repeat) {
  if (repeat->made) (void)timer_delete(repeat->timer);
  repeat->made = false;
}
