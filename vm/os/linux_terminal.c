/* os/linux_terminal.c -- the contract of terminal.h on Linux.
 *
 * A signal handler has no argument of ours, so what it works on is the process's: these statics. All
 * but the atomics are written by the owner alone, while `is_taken` is false. */
#define _GNU_SOURCE
#include "os/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Pasted text is marked, or not; and nothing is left coloured. */
static const char begin_keys[] = "\033[?2004h";
static const char end_keys[] = "\033[?2004l\033[0m";

static struct termios before, taken;
static int terminal_in, terminal_out, terminal_wake;
static atomic_int owner; /* the number of the process; 0: none has had it */
static atomic_bool is_taken;
static atomic_bool is_over; /* the process is about to end */
static atomic_uint events;

/* ---- a descriptor that wakes a poll ---- */

int mn_wake_open(void) {
  return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void mn_wake_close(int wake) {
  if (wake >= 0) (void)close(wake);
}

void mn_wake(int wake) {
  int saved = errno;
  (void)eventfd_write(wake, 1);
  errno = saved;
}

void mn_wake_clear(int wake) {
  eventfd_t count;
  int saved = errno;
  (void)eventfd_read(wake, &count);
  errno = saved;
}

/* ---- modes ---- */

/* Another process group's terminal is not ours to change; to try would stop us. A terminal that doesn't
 * control us is nobody's. */
static bool is_foreground(void) {
  pid_t group = tcgetpgrp(terminal_in);
  return group < 0 || group == getpgrp();
}

/* As much as can be written without waiting: a terminal that is stopped must not keep anybody from his end. */
static void write_now(const char *bytes, size_t size) {
  struct pollfd watch = {terminal_out, POLLOUT, 0};
  while (size > 0 && poll(&watch, 1, 0) == 1) {
    ssize_t written = write(terminal_out, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    size -= (size_t)written;
  }
}

static void restore_now(void) {
  if (!is_foreground()) return;
  write_now(end_keys, sizeof end_keys - 1);
  (void)tcsetattr(terminal_in, TCSANOW, &before);
}

void mn_terminal_give_back_now(void) {
  int saved = errno;
  int had = atomic_load(&owner);
  if (had == 0 || had == getpid()) {
    atomic_store(&is_over, true);
    if (atomic_exchange(&is_taken, false)) restore_now();
  }
  errno = saved;
}

/* Another thread ends the process, and may have given the terminal back before it was taken. */
static void stay_if_over(void) {
  if (!atomic_load(&is_over)) return;
  restore_now();
  for (;;) (void)pause();
}

static void set_modes(void) {
  taken = before;
  /* Output stays as it is: others write to the terminal, too. Ctrl-\ still is a signal. */
  taken.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
  taken.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN);
  taken.c_cc[VINTR] = taken.c_cc[VSUSP] = _POSIX_VDISABLE;
  taken.c_cc[VMIN] = 1;
  taken.c_cc[VTIME] = 0;
}

/* ---- signals ---- */

/* Those that end the process. Where a crash has a handler already, that is called after ours. */
static const int deadly[] = {SIGHUP, SIGINT,  SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2,
                             SIGILL, SIGABRT, SIGBUS,  SIGFPE,  SIGSEGV, SIGTRAP, SIGSYS,  SIGXCPU};
enum { FIRST_CRASH = 8 };
static const int telling[] = {SIGWINCH, SIGCONT};

static struct sigaction deadly_before[COUNT(deadly)], telling_before[COUNT(telling)];
static bool is_installed[COUNT(deadly)];

static void on_deadly(int number, siginfo_t *info, void *context) {
  (void)context;
  mn_terminal_give_back_now();
  for (size_t i = 0; i < COUNT(deadly); i++)
    if (deadly[i] == number) (void)sigaction(number, &deadly_before[i], NULL);
  /* The instruction that crashed does so again; another signal comes when this handler returns. */
  if (info->si_code <= 0 || info->si_code == SI_KERNEL) (void)raise(number);
}

static void on_telling(int number) {
  (void)atomic_fetch_or(&events, number == SIGCONT ? MN_TERMINAL_CONTINUED : MN_TERMINAL_RESIZED);
  mn_wake(terminal_wake);
}

static void install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  (void)sigemptyset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  action.sa_sigaction = on_deadly;
  for (size_t i = 0; i < COUNT(deadly); i++) {
    struct sigaction *old = &deadly_before[i];
    is_installed[i] = sigaction(deadly[i], NULL, old) == 0 && old->sa_handler != SIG_IGN &&
                      (old->sa_handler == SIG_DFL || i >= FIRST_CRASH) &&
                      sigaction(deadly[i], &action, NULL) == 0;
  }
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  action.sa_handler = on_telling;
  for (size_t i = 0; i < COUNT(telling); i++)
    (void)sigaction(telling[i], &action, &telling_before[i]);
}

static void uninstall(void) {
  for (size_t i = 0; i < COUNT(deadly); i++)
    if (is_installed[i]) (void)sigaction(deadly[i], &deadly_before[i], NULL);
  for (size_t i = 0; i < COUNT(telling); i++) (void)sigaction(telling[i], &telling_before[i], NULL);
}

/* ---- taking ---- */

/* A child may have left it so that nobody waits, for all who have it open: what stdio writes would be lost. */
static void make_waiting(int terminal) {
  int flags = fcntl(terminal, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK)) (void)fcntl(terminal, F_SETFL, flags & ~O_NONBLOCK);
}

/* A signal may break it off. */
static mn_status apply(const struct termios *modes) {
  while (tcsetattr(terminal_in, TCSADRAIN, modes) != 0)
    if (errno != EINTR) return MN_INVALID;
  return MN_OK;
}

mn_status mn_terminal_take(int in, int out, int wake, size_t *typed) {
  static atomic_flag is_registered = ATOMIC_FLAG_INIT;
  if (tcgetattr(in, &before) != 0) return MN_INVALID;
  if (!atomic_flag_test_and_set(&is_registered)) (void)atexit(mn_terminal_give_back_now);
  terminal_in = in;
  terminal_out = out;
  terminal_wake = wake;
  atomic_store(&owner, getpid());
  atomic_store(&events, 0);
  make_waiting(in);
  make_waiting(out);
  set_modes();
  install();
  atomic_store(&is_taken, true);
  if (apply(&taken) != MN_OK) {
    int failure = errno;
    atomic_store(&is_taken, false);
    uninstall();
    errno = failure;
    return MN_INVALID;
  }
  int waiting = 0;
  *typed = ioctl(in, FIONREAD, &waiting) == 0 && waiting > 0 ? (size_t)waiting : 0;
  mn_terminal_write(out, begin_keys, sizeof begin_keys - 1);
  stay_if_over();
  return MN_OK;
}

void mn_terminal_give_back(void) {
  if (atomic_load(&is_taken)) {
    mn_terminal_write(terminal_out, end_keys, sizeof end_keys - 1);
    if (atomic_exchange(&is_taken, false)) (void)apply(&before);
  }
  uninstall();
}

void mn_terminal_suspend(void) {
  size_t typed;
  mn_terminal_give_back();
  (void)kill(0, SIGTSTP);
  /* Where another thread was chosen to take the signal, the stop comes a moment later than here: then
   * SIGCONT is what tells. */
  (void)mn_terminal_take(terminal_in, terminal_out, terminal_wake, &typed);
}

unsigned mn_terminal_events(void) {
  unsigned seen = atomic_exchange(&events, 0);
  if ((seen & MN_TERMINAL_CONTINUED) && apply(&taken) == MN_OK)
    mn_terminal_write(terminal_out, begin_keys, sizeof begin_keys - 1);
  return seen;
}

void mn_terminal_write(int out, const void *bytes, size_t size) {
  const char *at = bytes;
  while (size > 0) {
    ssize_t written = write(out, at, size);
    if (written > 0) {
      at += written;
      size -= (size_t)written;
    } else if (written < 0 && errno == EAGAIN) {
      struct pollfd watch = {out, POLLOUT, 0};
      (void)poll(&watch, 1, -1);
    } else if (written == 0 || errno != EINTR) {
      return;
    }
  }
}
