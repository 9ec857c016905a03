/* os/linux.c -- the contract of os.h on Linux. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "os/cgroup.h"
#include "os/faults.h"
#include "os/os.h"
#include "os/signals.h"
#include "os/terminal.h"

/* For what nothing can be done without. */
static _Noreturn void die(const char *text) {
  mn_os_write_error(text, strlen(text));
  mn_os_exit_now(EXIT_FAILURE);
}

mn_time mn_clock(void) {
  struct timespec now;
  if (mn_os_must_fail(MN_CALL_CLOCK) || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
    die("moons: the system has no monotonic clock\n");
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
  bool fails = mn_os_must_fail(MN_CALL_FUTEX_WAIT);
  if (!fails) {
    long answer = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, limit, NULL,
                          FUTEX_BITSET_MATCH_ANY);
    if (answer == -1 && errno == ETIMEDOUT) return MN_TIMEOUT;
    fails = answer == -1 && errno != EAGAIN && errno != EINTR;
  }
  if (!fails) return MN_OK;
  /* There is no sleep to be had, so the caller's loop becomes a busy one; it keeps its deadline. */
  mn_cpu_yield();
  return deadline != MN_FOREVER && mn_clock() >= deadline ? MN_TIMEOUT : MN_OK;
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

static int affinity_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}

int mn_cpu_count(void) {
  int count = affinity_count(), quota = mn_cgroup_cpu_quota("/proc/self/cgroup", "/sys/fs/cgroup");
  return quota > 0 && quota < count ? quota : count;
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

static void *run_thread(void *p) {
  const mn_os_start *start = p;
  mn_stop_signals_hide(start->hidden);
  start->entry(start->argument);
  return NULL;
}

mn_status mn_os_thread_start(mn_os_start *start) {
  pthread_attr_t attributes;
  pthread_t thread;
  start->hidden = mn_stop_signals_hidden();
  int failure = mn_os_must_fail(MN_CALL_THREAD) ? EAGAIN : pthread_attr_init(&attributes);
  if (failure == 0) {
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attributes, MN_THREAD_STACK);
    failure = pthread_create(&thread, &attributes, run_thread, start);
    (void)pthread_attr_destroy(&attributes);
  }
  return failure == 0 ? MN_OK : MN_TOO_MANY;
}

size_t mn_os_stack_left(void) {
  pthread_attr_t attributes;
  void *lowest;
  size_t size;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  bool known = pthread_attr_getstack(&attributes, &lowest, &size) == 0;
  (void)pthread_attr_destroy(&attributes);
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  return known && here > (uintptr_t)lowest ? (size_t)(here - (uintptr_t)lowest) : 0;
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

mn_status mn_os_thread_time(mn_os_thread thread, mn_time *time) {
  clockid_t clock;
  struct timespec spent;
  if (pthread_getcpuclockid((pthread_t)thread.handle, &clock) != 0) return MN_INVALID;
  if (clock_gettime(clock, &spent) != 0) return MN_INVALID;
  *time = (mn_time)spent.tv_sec * MN_SECOND + spent.tv_nsec;
  return MN_OK;
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

/* ---- process ---- */

mn_status mn_os_random(void *bytes, size_t count) {
  unsigned char *at = bytes;
  while (count > 0) {
    ssize_t got = -1;
    if (!mn_os_must_fail(MN_CALL_RANDOM)) got = getrandom(at, count > 256 ? 256 : count, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      return MN_INVALID;
    }
    at += got;
    count -= (size_t)got;
  }
  return MN_OK;
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
  mn_terminal_give_back_now();
  _exit(status);
}

bool mn_os_is_terminal(int descriptor) {
  return isatty(descriptor) == 1;
}

mn_status mn_os_terminal_size(int descriptor, int *columns, int *rows) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return MN_INVALID;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return MN_OK;
}
