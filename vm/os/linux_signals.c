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

/* The signal of the interrupt, of the whole process: who has installed it, counted, and what there was
 * before; guarded by the mutex, but for the number, which stays while anybody may ask. */
static pthread_mutex_t install_mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned installed;
static struct sigaction before_interrupt;
static _Atomic int interrupt_signal = SIGURG;

int mn_interrupt_signal(void) {
  return atomic_load_explicit(&interrupt_signal, memory_order_relaxed); /* set before any thread */
}

/* Whether nobody in this process has a use for the signal. */
static bool is_free(int signal) {
  struct sigaction action;
  if (sigaction(signal, NULL, &action) != 0 || (action.sa_flags & SA_SIGINFO)) return false;
  return action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN;
}

/* SIGURG: ignored by default, rarely used, and what Go uses for the same purpose. Where the host of a
 * library uses it, the last of the free real-time signals. */
static int choose_signal(void) {
  int signal = SIGURG;
  if (is_free(signal)) return signal;
  for (signal = SIGRTMAX; signal >= SIGRTMIN; signal--)
    if (is_free(signal)) return signal;
  return SIGURG;
}

static mn_status install_interrupt_locked(void (*handler)(void)) {
  static bool is_registered;
  if (!is_registered) (void)pthread_atfork(NULL, NULL, restore_after_fork);
  is_registered = true;
  int signal = choose_signal();
  struct sigaction before;
  (void)sigaction(signal, NULL, &before);
  interrupt_handler = handler;
  if (install(signal, on_interrupt, false) != MN_OK) return MN_INVALID;
  atomic_store(&interrupt_signal, signal);
  before_interrupt = before;
  return MN_OK;
}

mn_status mn_os_interrupt_install(void (*handler)(void)) {
  mn_status status = MN_OK;
  (void)pthread_mutex_lock(&install_mutex);
  if (installed == 0) status = install_interrupt_locked(handler);
  if (status == MN_OK) installed++;
  (void)pthread_mutex_unlock(&install_mutex);
  return status;
}

void mn_os_interrupt_remove(void) {
  (void)pthread_mutex_lock(&install_mutex);
  if (--installed == 0) {
    struct sigaction now, ignore = {.sa_handler = SIG_IGN};
    int signal = mn_interrupt_signal();
    (void)sigaction(signal, NULL, &now);
    /* To be ignored for a moment takes away those that are pending. */
    if (now.sa_handler == on_interrupt) {
      (void)sigaction(signal, &ignore, NULL);
      (void)sigaction(signal, &before_interrupt, NULL);
    }
  }
  (void)pthread_mutex_unlock(&install_mutex);
}

void mn_os_interrupt(mn_os_thread thread) {
  (void)pthread_kill((pthread_t)thread.handle, mn_interrupt_signal());
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
  event.sigev_signo = mn_interrupt_signal();
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
