/* os/linux_process.c -- the contract of process.h on Linux; os/linux_spawn.c has mn_process_spawn,
 * os/linux_abandoned.c mn_process_abandon, os/linux_tree.c mn_process_terminate and mn_process_kill.
 *
 * A thread that waits for a process sleeps in ppoll on a pidfd, which lets the interrupt through only
 * while it sleeps: so an interrupt that comes after the look at *stop is not lost. */
#define _GNU_SOURCE
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/descriptors.h"
#include "os/faults.h"
#include "os/signals.h"

#define SHELL "/bin/sh"

/* Without a pidfd, how long between two looks. */
#define LOOK_AGAIN (MN_SECOND / 100)

extern char **environ;

bool mn_os_has_shell(void) {
  return access(SHELL, X_OK) == 0;
}

/* ---- starting ---- */

static int pidfd_open(int pid) {
#ifdef MN_VALGRIND
  (void)pid;
  errno = ENOSYS; /* valgrind does not know this call, and says so each time */
  return -1;
#else
  return mn_os_must_fail(MN_CALL_PIDFD) ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
#endif
}

mn_process mn_process_of(int pid) {
  return (mn_process){pid, pidfd_open(pid)};
}

/* Makes `descriptor` the child's `as`, where it isn't -1. An error number. */
static int redirect(posix_spawn_file_actions_t *actions, int descriptor, int as) {
  return descriptor < 0 ? 0 : posix_spawn_file_actions_adddup2(actions, descriptor, as);
}

static int set_mask(posix_spawnattr_t *attributes) {
  sigset_t mask;
  mn_child_signal_mask(&mask);
  int failure = posix_spawnattr_setsigmask(attributes, &mask);
  return failure ? failure : posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
}

static int start_shell(pid_t *pid, const char *command, posix_spawn_file_actions_t *actions,
                       posix_spawnattr_t *attributes) {
  char *const argv[] = {"sh", "-c", "--", (char *)(uintptr_t)command, NULL};
  if (mn_os_must_fail(MN_CALL_SPAWN)) return errno;
  return posix_spawn(pid, SHELL, actions, attributes, argv, environ);
}

mn_status mn_process_start(mn_process *process, const char *command, int input, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  pid_t pid = 0;
  int failure = posix_spawn_file_actions_init(&actions);
  if (failure == 0) {
    failure = posix_spawnattr_init(&attributes);
    if (failure == 0) {
      failure = redirect(&actions, input, STDIN_FILENO);
      if (failure == 0) failure = redirect(&actions, output, STDOUT_FILENO);
      if (failure == 0) failure = set_mask(&attributes);
      if (failure == 0) failure = start_shell(&pid, command, &actions, &attributes);
      (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
  }
  if (failure != 0) {
    errno = failure;
    return MN_INVALID;
  }
  *process = mn_process_of(pid);
  return MN_OK;
}

/* ---- waiting ---- */

/* Sleeps until the process has ended, an interrupt came, or `deadline`: or for no reason. `mask` is
 * that of the time asleep. */
static void sleep_until_ended(const mn_process *process, mn_time deadline, const sigset_t *mask) {
  struct pollfd watch = {.fd = process->watch, .events = POLLIN};
  if (process->watch < 0) {
    mn_time soon = mn_clock() + LOOK_AGAIN;
    if (deadline > soon) deadline = soon;
  }
  struct timespec span, *limit = NULL;
  if (deadline != MN_FOREVER) {
    mn_time left = deadline - mn_clock();
    if (left < 0) left = 0;
    span = (struct timespec){(time_t)(left / MN_SECOND), (long)(left % MN_SECOND)};
    limit = &span;
  }
  (void)ppoll(&watch, process->watch < 0 ? 0 : 1, limit, mask);
}

/* MN_EMPTY: it runs. */
static mn_status look(const mn_process *process, int *status) {
  pid_t ended = -1;
  if (!mn_os_must_fail(MN_CALL_WAIT)) ended = waitpid(process->pid, status, WNOHANG);
  if (ended == process->pid) return MN_OK;
  return ended == 0 || errno == EINTR ? MN_EMPTY : MN_INVALID;
}

static mn_status wait_masked(const mn_process *process, const _Atomic bool *stop, mn_time deadline,
                             int *status, const sigset_t *asleep) {
  for (;;) {
    mn_status answer = look(process, status);
    if (answer != MN_EMPTY) return answer;
    if (stop && atomic_load(stop)) return MN_CANCELLED;
    if (deadline != MN_FOREVER && mn_clock() >= deadline) return MN_TIMEOUT;
    sleep_until_ended(process, deadline, asleep);
  }
}

static void close_watch(mn_process *process) {
  if (process->watch >= 0) (void)close(process->watch);
  process->watch = -1;
}

mn_status mn_process_wait(mn_process *process, const _Atomic bool *stop, mn_time deadline,
                          int *status) {
  sigset_t interrupt, before, asleep;
  (void)sigemptyset(&interrupt);
  (void)sigaddset(&interrupt, mn_interrupt_signal());
  (void)pthread_sigmask(SIG_BLOCK, &interrupt, &before);
  asleep = before;
  (void)sigdelset(&asleep, mn_interrupt_signal());
  mn_status answer = wait_masked(process, stop, deadline, status, &asleep);
  int failure = errno;
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (answer == MN_OK || answer == MN_INVALID) close_watch(process);
  errno = failure;
  return answer;
}

mn_status mn_process_look(mn_process *process, int *status) {
  mn_status answer = look(process, status);
  int failure = errno;
  if (answer != MN_EMPTY) close_watch(process);
  errno = failure;
  return answer;
}

bool mn_process_has_ended(const mn_process *process) {
  siginfo_t info;
  info.si_pid = 0;
  int flags = WEXITED | WNOHANG | WNOWAIT;
  return waitid(P_PID, (id_t)process->pid, &info, flags) < 0 || info.si_pid != 0;
}

int mn_process_return_code(int status) {
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- signals ---- */

/* What is no process's number would stand for many. */
static mn_status send_to(int pid, bool group, int signal) {
  errno = ESRCH;
  if (pid <= 1) return MN_INVALID;
  return kill(group ? -pid : pid, signal) == 0 ? MN_OK : MN_INVALID;
}

mn_status mn_process_signal(const mn_process *process, int signal) {
  return send_to(process->pid, false, signal);
}

mn_status mn_process_signal_group(const mn_process *process, int signal) {
  return send_to(process->pid, true, signal);
}

const char *mn_os_signal_name(int signal) {
  static _Thread_local char name[16];
  const char *word = signal > 0 ? sigabbrev_np(signal) : NULL;
  if (!word) return NULL;
  (void)snprintf(name, sizeof name, "SIG%s", word);
  return name;
}

int mn_os_signal_number(const char *name) {
  if (strncmp(name, "SIG", 3) == 0) name += 3;
  for (int signal = 1; signal < MN_SIGNALS; signal++) {
    const char *word = sigabbrev_np(signal);
    if (word && strcmp(word, name) == 0) return signal;
  }
  return 0;
}

const char *const *mn_os_environment(void) {
  return (const char *const *)environ;
}

/* ---- descriptors ---- */

/* Descriptors below that are the standard streams'. They are free where moons was started with some of
 * them closed, and what took their numbers would be overwritten in a child. */
enum { FIRST_FREE = 3 };

int mn_descriptor_lift(int descriptor) {
  if (descriptor < 0 || descriptor >= FIRST_FREE) return descriptor;
  int lifted = fcntl(descriptor, F_DUPFD_CLOEXEC, FIRST_FREE);
  int failure = errno;
  (void)close(descriptor);
  errno = failure;
  return lifted;
}

mn_status mn_os_pipe(int ends[2]) {
  if (mn_os_must_fail(MN_CALL_PIPE)) return MN_INVALID;
  int made[2];
  if (pipe2(made, O_CLOEXEC) < 0) return MN_INVALID;
  made[0] = mn_descriptor_lift(made[0]);
  int failure = errno;
  made[1] = mn_descriptor_lift(made[1]);
  if (made[0] >= 0 && made[1] >= 0) {
    ends[0] = made[0];
    ends[1] = made[1];
    return MN_OK;
  }
  if (made[0] >= 0) failure = errno;
  for (int i = 0; i < 2; i++)
    if (made[i] >= 0) (void)close(made[i]);
  errno = failure;
  return MN_INVALID;
}

int mn_os_open_null(void) {
  return mn_descriptor_lift(open("/dev/null", O_RDWR | O_CLOEXEC));
}

int mn_os_copy_descriptor(int descriptor) {
  return fcntl(descriptor, F_DUPFD_CLOEXEC, FIRST_FREE);
}

void mn_os_close(int descriptor) {
  (void)close(descriptor);
}

bool mn_os_close_on_exec(int descriptor) {
  return fcntl(descriptor, F_SETFD, FD_CLOEXEC) >= 0;
}

/* ---- this program ---- */

const char *mn_os_own_program(void) {
#ifdef MN_VALGRIND
  /* There that file is valgrind, which can't be started so; but it answers this question for us. */
  static char path[PATH_MAX];
  ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
  if (size > 0) return path;
#endif
  return "/proc/self/exe";
}
