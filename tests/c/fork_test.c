/* tests/c/fork_test.c -- forks without Lua: what stands in the way, what the child's main thread is to the
 * system, and who waits for whom. */
#include "os/fork.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "core/fork.h"
#include "core/thread.h"
#include "fork/fork.h"
#include "os/faults.h"
#include "os/process.h"

static mn_runtime *runtime;

static int open_nothing(struct lua_State *L) {
  (void)L;
  return 0;
}

/* How the child ends that runs `body`. */
static int code_of(void (*body)(void)) {
  int pid, code = -1000;
  CHECK(mn_runtime_fork(runtime, 1, &pid) == MN_OK);
  if (pid == 0) {
    body();
    _exit(0);
  }
  CHECK(pid > 1);
  CHECK(mn_fork_wait(pid, &runtime->main->waiter, MN_FOREVER, &code) == MN_OK);
  return code;
}

static void do_nothing(void) {}

static void fail(void) {
  _exit(7);
}

static void be_killed(void) {
  (void)kill(mn_os_process_id(), SIGKILL);
}

static void ends(void) {
  int code = -1000;
  CHECK(code_of(do_nothing) == 0);
  CHECK(code_of(fail) == 7);
  CHECK(code_of(be_killed) == -9);
  CHECK(mn_fork_wait(1, &runtime->main->waiter, MN_FOREVER, &code) == MN_INVALID);
  CHECK(errno == ECHILD && code == -1000);
}

static void waits_once(void) {
  mn_waiter *waiter = &runtime->main->waiter;
  int pid, code = -1000;
  CHECK(mn_process_fork(&pid) == MN_OK);
  if (pid == 0)
    for (;;) (void)pause();
  CHECK(mn_fork_wait(pid, waiter, 0, &code) == MN_TIMEOUT);
  CHECK(mn_fork_wait(pid, waiter, mn_clock() + MN_SECOND / 100, &code) == MN_TIMEOUT);
  atomic_store(&waiter->cancelled, true);
  CHECK(mn_fork_wait(pid, waiter, MN_FOREVER, &code) == MN_CANCELLED);
  atomic_store(&waiter->cancelled, false);
  atomic_store(&waiter->interrupted, true);
  CHECK(mn_fork_wait(pid, waiter, MN_FOREVER, &code) == MN_INTERRUPTED);
  atomic_store(&waiter->interrupted, false);
  CHECK(code == -1000);
  CHECK(kill(pid, SIGKILL) == 0);
  CHECK(mn_fork_wait(pid, waiter, MN_FOREVER, &code) == MN_OK && code == -9);
  CHECK(mn_fork_wait(pid, waiter, MN_FOREVER, &code) == MN_INVALID && errno == ECHILD);
}

/* ---- the child's main thread ---- */

/* The clock breaks off a system call that would never end. */
static void look_at_main(void) {
  const mn_thread *main = runtime->main;
  int ends[2];
  char byte;
  CHECK(main->os.tid == (int)syscall(SYS_gettid) && main->os.tid == mn_os_process_id());
  CHECK(main->os.handle == mn_os_thread_self().handle);
  CHECK(main->repeat.made);
  CHECK(mn_os_pipe(ends) == MN_OK);
  mn_os_repeat_set(&main->repeat, MN_SECOND / 100);
  CHECK(read(ends[0], &byte, 1) == -1 && errno == EINTR);
  mn_os_repeat_set(&main->repeat, 0);
  CHECK(runtime->random == 1 && !runtime->closing && runtime->workers == 0);
}

static void main_is_anew(void) {
  uint64_t random = runtime->random;
  CHECK(code_of(look_at_main) == 0);
  CHECK(runtime->random == random && runtime->main->os.tid == mn_os_process_id());
}

static void look_at_cancelled(void) {
  int ends[2];
  char byte;
  CHECK(mn_os_pipe(ends) == MN_OK);
  CHECK(read(ends[0], &byte, 1) == -1 && errno == EINTR);
}

static void a_cancelled_one_stays_so(void) {
  int pid, code;
  mn_thread_cancel_by_signal(runtime->main);
  CHECK(mn_runtime_fork(runtime, 1, &pid) == MN_OK);
  if (pid == 0) {
    look_at_cancelled();
    _exit(3);
  }
  mn_thread_stop_interrupts(runtime->main);
  atomic_store(&runtime->main->waiter.cancelled, false);
  CHECK(mn_fork_wait(pid, &runtime->main->waiter, MN_FOREVER, &code) == MN_OK && code == 3);
}

/* ---- threads ---- */

static void *wait_for_word(void *word) {
  while (atomic_load((atomic_int *)word) == 0) mn_cpu_yield();
  return NULL;
}

static void other_threads(void) {
  int pid = -1;
  atomic_int word = 0;
  pthread_t thread = start_thread(wait_for_word, &word);
  CHECK(mn_process_fork(&pid) == MN_TOO_MANY && pid == -1);
  atomic_store(&word, 1);
  join_thread(thread);
  for (int i = 0; i < 20; i++) { /* it may not have gone yet */
    thread = start_thread(wait_for_word, &word);
    join_thread(thread);
    CHECK(code_of(do_nothing) == 0);
  }
}

/* ---- who is waited for in the background ---- */

/* A program that ends when the file does; it is abandoned. Its number. */
static int start_abandoned(int input) {
  static const char *const cat[] = {"cat", NULL};
  mn_program program = {.file = "cat", .arguments = cat, .umask = -1, .streams = {input, -1, -1}};
  bool folder_failed;
  mn_process process;
  CHECK(mn_process_spawn(&process, &program, &folder_failed) == MN_OK);
  int pid = process.pid;
  mn_process_abandon(&process);
  return pid;
}

static void check_gone(int pid) {
  while (kill(pid, 0) == 0) mn_cpu_yield();
  CHECK(errno == ESRCH);
}

static int first_free;

static void abandon_in_child(void) {
  int ends[2];
  CHECK(next_descriptor() == first_free);
  CHECK(mn_os_pipe(ends) == MN_OK);
  int pid = start_abandoned(ends[0]);
  CHECK(code_of(do_nothing) == 0);
  mn_os_close(ends[1]);
  check_gone(pid);
}

static void abandoned_children(void) {
  int ends[2], pids[3];
  CHECK(mn_os_pipe(ends) == MN_OK);
  first_free = next_descriptor();
  for (int i = 0; i < 3; i++) pids[i] = start_abandoned(ends[0]);
  CHECK(next_descriptor() != first_free); /* they are watched */
  CHECK(code_of(abandon_in_child) == 0);
  CHECK(code_of(do_nothing) == 0);
  for (int i = 0; i < 3; i++) CHECK(kill(pids[i], 0) == 0);
  mn_os_close(ends[1]);
  for (int i = 0; i < 3; i++) check_gone(pids[i]);
  CHECK(dup(0) == ends[1]);
  while (next_descriptor() != first_free) mn_cpu_yield();
  mn_os_close(ends[1]);
  mn_os_close(ends[0]);
}

/* ---- what may fail ---- */

#ifdef MN_FAULTS

static void failures(void) {
  int ends[2], pid = -1, code;
  CHECK(mn_os_pipe(ends) == MN_OK);
  int abandoned = start_abandoned(ends[0]);
  mn_os_fail_at(MN_CALL_FORK, 0, false);
  CHECK(mn_runtime_fork(runtime, 1, &pid) == MN_INVALID && errno == EAGAIN && pid == -1);
  mn_os_close(ends[1]);
  check_gone(abandoned);
  mn_os_close(ends[0]);
  mn_os_fail_at(MN_CALL_PIDFD, 0, true);
  CHECK(code_of(fail) == 7);
  abandoned_children();
  mn_os_fail_at(MN_CALL_PIDFD, -1, false);
  mn_os_fail_at(MN_CALL_WAIT, 0, false);
  CHECK(mn_process_fork(&pid) == MN_OK);
  if (pid == 0) _exit(5);
  CHECK(mn_fork_wait(pid, &runtime->main->waiter, MN_FOREVER, &code) == MN_INVALID);
  CHECK(mn_fork_wait(pid, &runtime->main->waiter, MN_FOREVER, &code) == MN_OK && code == 5);
}

#else

static void failures(void) {}

#endif

int main(void) {
  runtime = mn_runtime_new(open_nothing);
  CHECK(runtime);
  RUN(ends);
  RUN(waits_once);
  RUN(main_is_anew);
  RUN(a_cancelled_one_stays_so);
  RUN(other_threads);
  RUN(abandoned_children);
  RUN(failures);
  CHECK(mn_runtime_finish(runtime, false));
  CHECK(!mn_runtime_free(runtime));
  return 0;
}
