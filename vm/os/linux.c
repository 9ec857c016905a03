/* os/linux.c -- the contract of os.h on Linux. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/os.h"

/* SIGURG: ignored by default, rarely used, and what Go uses for the same purpose. */
#define INTERRUPT_SIGNAL SIGURG

mn_time mn_clock(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (mn_time)now.tv_sec * MN_SECOND + now.tv_nsec;
}

mn_status mn_futex_wait(_Atomic uint32_t *word, uint32_t expected, mn_time deadline) {
  struct timespec at, *limit = NULL;
  if (deadline != MN_FOREVER) {
    if (deadline < 0) deadline = 0;
    at.tv_sec = (time_t)(deadline / MN_SECOND);
    at.tv_nsec = (long)(deadline % MN_SECOND);
    limit = &at;
  }
  /* The BITSET form takes an absolute time of the monotonic clock. */
  long answer = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, limit, NULL,
                        FUTEX_BITSET_MATCH_ANY);
  return answer == -1 && errno == ETIMEDOUT ? MN_TIMEOUT : MN_OK;
}

void mn_futex_wake(_Atomic uint32_t *word, int count) {
  int saved = errno; /* a signal handler may be calling */
  (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
  errno = saved;
}

void mn_cpu_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void mn_cpu_yield(void) {
  (void)sched_yield();
}

int mn_cpu_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}

/* ---- memory ---- */

void *mn_os_pages(size_t size) {
  void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? NULL : pages;
}

void mn_os_pages_free(void *pages, size_t size) {
  /* A process may have so many mappings; a hole makes one more. Then at least the memory goes. */
  if (munmap(pages, size) != 0) (void)madvise(pages, size, MADV_DONTNEED);
}

/* ---- threads ---- */

typedef struct start {
  void (*entry)(void *);
  void *argument;
} start;

static void *run_thread(void *p) {
  start s = *(start *)p;
  mn_free(p);
  s.entry(s.argument);
  return NULL;
}

mn_status mn_os_thread_start(void (*entry)(void *), void *argument) {
  start *s = mn_alloc(sizeof *s);
  if (!s) return MN_NOMEM;
  *s = (start){entry, argument};
  pthread_attr_t attributes;
  pthread_t thread;
  int failure = pthread_attr_init(&attributes);
  if (failure == 0) {
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attributes, MN_THREAD_STACK);
    failure = pthread_create(&thread, &attributes, run_thread, s);
    (void)pthread_attr_destroy(&attributes);
  }
  if (failure == 0) return MN_OK;
  mn_free(s);
  return MN_TOO_MANY;
}

mn_os_thread mn_os_thread_self(void) {
  return (mn_os_thread){(uintptr_t)pthread_self(), (int)syscall(SYS_gettid)};
}

void mn_os_thread_set_name(const char *name) {
  char cut[16];
  strncpy(cut, name, sizeof cut - 1);
  cut[sizeof cut - 1] = '\0';
  (void)pthread_setname_np(pthread_self(), cut);
}

static mn_status status_of_errno(void) {
  return errno == EPERM || errno == EACCES ? MN_NOT_PERMITTED : MN_INVALID;
}

mn_status mn_os_thread_set_nice(int tid, int nice) {
  return setpriority(PRIO_PROCESS, (id_t)tid, nice) == 0 ? MN_OK : status_of_errno();
}

mn_status mn_os_thread_set_affinity(int tid, const mn_cpu_set *set) {
  _Static_assert(sizeof(cpu_set_t) == sizeof(mn_cpu_set), "one bit per processor in both");
  return sched_setaffinity(tid, sizeof *set, (const cpu_set_t *)(const void *)set) == 0
             ? MN_OK
             : status_of_errno();
}

/* ---- signals ---- */

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

static mn_status install(int signal, void (*handler)(int), int flags, bool keep_ignored) {
  struct sigaction action, old;
  if (keep_ignored && sigaction(signal, NULL, &old) == 0 && old.sa_handler == SIG_IGN) return MN_OK;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  (void)sigemptyset(&action.sa_mask);
  return sigaction(signal, &action, NULL) == 0 ? MN_OK : MN_INVALID;
}

mn_status mn_os_interrupt_install(void (*handler)(void)) {
  interrupt_handler = handler;
  return install(INTERRUPT_SIGNAL, on_interrupt, 0, false);
}

void mn_os_interrupt(mn_os_thread thread) {
  (void)pthread_kill((pthread_t)thread.handle, INTERRUPT_SIGNAL);
}

mn_status mn_os_stop_signals_install(void (*handler)(int)) {
  stop_handler = handler;
  mn_status status = install(SIGINT, on_stop, 0, true);
  return status == MN_OK ? install(SIGTERM, on_stop, 0, true) : status;
}

/* ---- process ---- */

void mn_os_random(void *bytes, size_t count) {
  unsigned char *at = bytes;
  while (count > 0) {
    ssize_t got = getrandom(at, count > 256 ? 256 : count, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      abort(); /* the kernel has had it since 3.17; nothing can replace it */
    }
    at += got;
    count -= (size_t)got;
  }
}

void mn_os_write_error(const char *text, size_t count) {
  while (count > 0) {
    ssize_t written = write(STDERR_FILENO, text, count);
    if (written < 0) {
      if (errno == EINTR) continue;
      return; /* nobody reads standard error any more */
    }
    text += written;
    count -= (size_t)written;
  }
}

void mn_os_exit_now(int status) {
  _exit(status);
}

bool mn_os_is_terminal(int descriptor) {
  return isatty(descriptor) == 1;
}
