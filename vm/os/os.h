/* os/os.h -- all that moons asks of the operating system; one file per system makes it real.
 * Level os. Every call is safe from any thread unless it says otherwise.
 * Times are nanoseconds of the monotonic clock. */
#ifndef MN_OS_OS_H
#define MN_OS_OS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef int64_t mn_time;     /* a point in time, or a span */
#define MN_FOREVER INT64_MAX /* a deadline that never comes */
#define MN_SECOND  ((mn_time)1000000000)

/* ---- clock ---- */
/* Ends the process, with a word on standard error, where the system has no such clock. */
mn_time mn_clock(void);

/* ---- waiting on a word ---- */
/* Sleeps while *word == expected, until woken or until `deadline`. May return early; the caller
 * looks at its own predicate again. MN_TIMEOUT when the deadline passed, else MN_OK. */
mn_status mn_futex_wait(_Atomic uint32_t *word, uint32_t expected, mn_time deadline);
/* Wakes up to `count` sleepers. Safe in a signal handler. `word` need not be mapped any more. */
void mn_futex_wake(_Atomic uint32_t *word, int count);

/* Bytes of a cache line: what different processors write should not lie in one. */
enum { MN_CACHE_LINE = 64 };

/* ---- processor ---- */
void mn_cpu_pause(void); /* a hint inside a short spin */
/* A hint: the cache line at `address` will be written soon. The address may be anything. */
static inline void mn_cpu_will_write(const void *address) {
#if defined(__x86_64__)
  __asm__ volatile("prefetchw %0" ::"m"(*(const char *)address));
#else
  __builtin_prefetch(address, 1);
#endif
}
void mn_cpu_yield(void); /* gives the rest of the time slice to somebody else */
int mn_cpu_count(void);  /* processors that this process may use, at least 1 */

/* ---- memory ---- */
/* Whole pages of zeros, at least `size` bytes, which cost nothing until they are touched. NULL: the
 * system refuses. */
void *mn_os_pages(size_t size);
/* `size` as they were asked for. */
void mn_os_pages_free(void *pages, size_t size);

/* ---- threads ---- */
/* Lua allows 200 nested C calls; a library's may need 10 KB each. Only what is touched is memory. */
#define MN_THREAD_STACK ((size_t)4 << 20)
/* How much is left of the calling thread's stack, whoever has started it. 0: nobody knows. */
size_t mn_os_stack_left(void);

typedef struct mn_os_thread {
  uintptr_t handle; /* the system's own handle */
  int tid;          /* the kernel's number of it */
} mn_os_thread;

/* What a new thread runs: entry(argument). */
typedef struct mn_os_start {
  void (*entry)(void *);
  void *argument;
  unsigned hidden; /* the system's file's own */
} mn_os_start;

/* Starts a detached thread with a stack of MN_THREAD_STACK bytes. `start` must stay as it is until
 * entry is called. SIGINT and SIGTERM are never delivered to the thread. MN_TOO_MANY: the system has
 * no more. */
mn_status mn_os_thread_start(mn_os_start *start);
mn_os_thread mn_os_thread_self(void);
/* Names the calling thread for debuggers and top; cut to what the system takes (15 bytes). */
void mn_os_thread_set_name(const char *name);
/* How long a processor has worked for the thread, which must still exist. MN_INVALID: the system doesn't tell. */
mn_status mn_os_thread_time(mn_os_thread thread, mn_time *time);
/* Priority of thread `tid`: -20 (first served) to 19. MN_NOT_PERMITTED, MN_INVALID. */
mn_status mn_os_thread_set_nice(int tid, int nice);
/* Restricts thread `tid` to processors (numbers from 0) given as a bit set. */
#define MN_CPU_WORDS 16
typedef struct mn_cpu_set {
  uint64_t bits[MN_CPU_WORDS];
} mn_cpu_set;
mn_status mn_os_thread_set_affinity(int tid, const mn_cpu_set *set);

/* ---- signals ---- */
/* The signal by which one thread makes another look whether it was cancelled or interrupted.
 * `handler` runs in the target thread, at any point of its code: it may only do what is async-signal-safe. System calls
 * in progress are interrupted (EINTR). MN_INVALID: errno says why. */
mn_status mn_os_interrupt_install(void (*handler)(void));
/* Each call that has installed the handler is taken back by one of these; the last brings back what there
 * was before. No interrupt and no mn_os_repeat may be under way. */
void mn_os_interrupt_remove(void);
/* The thread must still exist. Safe in a signal handler. */
void mn_os_interrupt(mn_os_thread thread);

/* A clock that interrupts one thread over and over. A system call that the thread was just about to
 * make when the first interrupt came would sleep for ever otherwise. All zero: none was made, and
 * the calls below do nothing with it. */
typedef struct mn_os_repeat {
  void *timer;
  bool made;
} mn_os_repeat;

/* For a thread of this process that exists. Where the system has no more clocks, none is made. */
void mn_os_repeat_new(mn_os_repeat *repeat, mn_os_thread thread);
/* Interrupts every `period` from now; 0: no more. Safe in a signal handler. */
void mn_os_repeat_set(const mn_os_repeat *repeat, mn_time period);
void mn_os_repeat_free(mn_os_repeat *repeat);

/* SIGINT and SIGTERM (`signal` is 2 or 15 in the handler). Signals that the process was started
 * with ignored stay ignored. MN_INVALID: errno says why. */
mn_status mn_os_stop_signals_install(void (*handler)(int signal));
/* Between the two calls these signals are kept back for later. Main thread only; not nested. */
void mn_os_stop_signals_hold(void);
void mn_os_stop_signals_release(void);
/* Keeps SIGINT back for good: a Ctrl-C at the terminal is another process's to see to. Main thread only. */
void mn_os_keyboard_interrupt_hold(void);

/* ---- process ---- */
/* Fills `bytes` with bytes that nobody can guess. MN_INVALID: the system has none, errno says why. */
mn_status mn_os_random(void *bytes, size_t count);
/* Writes all of `text` to standard error at once, past stdio. Safe in a signal handler. */
void mn_os_write_error(const char *text, size_t count);
/* Ends the process at once. Safe in a signal handler. */
_Noreturn void mn_os_exit_now(int status);
/* Whether the descriptor (0, 1, 2: the standard ones) is a terminal. */
bool mn_os_is_terminal(int descriptor);
/* How large the terminal is now. MN_INVALID: there is none, or it doesn't know. */
mn_status mn_os_terminal_size(int descriptor, int *columns, int *rows);

#endif
