/* tests/c/subprocess_test.c -- children without Lua: their start, what goes to them and comes from them,
 * and their end. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "crew.h"
#include "os/pipe.h"
#include "subprocess/pump.h"

static mn_thread *self;

static mn_child *start(const char *const *words, const int streams[MN_STREAMS], bool group) {
  bool folder_failed;
  mn_child *child = mn_child_new(self);
  mn_program program = {.file = words[0], .arguments = words, .umask = -1, .new_group = group};
  memcpy(program.streams, streams, sizeof program.streams);
  CHECK(child);
  CHECK(mn_child_start(child, &program, MN_FOREVER, &folder_failed) == MN_OK);
  CHECK(child->is_started && child->pid > 1);
  return child;
}

static void drop(mn_child *child) {
  mn_handle_unref(&child->handle);
}

static const int own[MN_STREAMS] = {-1, -1, -1, -1};
static const char *const sleeps[] = {"sleep", "1000", NULL};

static mn_status wait_for(mn_child *child, mn_time deadline, int *code) {
  mn_pump pump = {.child = child};
  return mn_pump_run(&pump, &self->waiter, deadline, code);
}

static void ends(void) {
  static const char *const fails[] = {"sh", "-c", "exit 7", NULL};
  int code = -1;
  mn_child *child = start(fails, own, false);
  CHECK(wait_for(child, MN_FOREVER, &code) == MN_OK && code == 7);
  CHECK(child->watch < 0 && child->watchers == 0);
  code = -1;
  CHECK(mn_child_look(child, &code) == MN_OK && code == 7);
  CHECK(mn_child_return_code(child, &code) && mn_child_has_ended(child));
  CHECK(mn_child_signal(child, MN_SIGNAL_KILL) == MN_OK); /* to nobody */
  drop(child);
}

static void stop_child(mn_child *child) {
  mn_time until = 0;
  CHECK(mn_child_stop(child, &self->waiter, &until) == MN_OK);
}

static void waits(void) {
  int code = -1;
  mn_child *child = start(sleeps, own, false);
  CHECK(mn_child_look(child, &code) == MN_EMPTY && !mn_child_has_ended(child));
  CHECK(!mn_child_return_code(child, &code));
  CHECK(wait_for(child, 0, &code) == MN_TIMEOUT);
  CHECK(wait_for(child, mn_clock() + MN_SECOND / 100, &code) == MN_TIMEOUT);
  atomic_store(&self->waiter.cancelled, true);
  CHECK(wait_for(child, MN_FOREVER, &code) == MN_CANCELLED);
  atomic_store(&self->waiter.cancelled, false);
  CHECK(code == -1 && child->watchers == 0);
  stop_child(child);
  CHECK(mn_child_look(child, &code) == MN_OK && code == -MN_SIGNAL_TERM);
  stop_child(child);
  drop(child);
  child = start(sleeps, own, true);
  mn_child_kill(child);
  CHECK(mn_child_look(child, &code) == MN_OK && code == -MN_SIGNAL_KILL);
  drop(child);
}

static void cannot_start(void) {
  if (getenv("MOONS_VALGRIND")) return; /* its posix_spawn does not hear what exec says */
  static const char *const none[] = {"/no/such/program", NULL};
  bool folder_failed = true;
  mn_child *child = mn_child_new(self);
  mn_program program = {
      .file = none[0], .arguments = none, .streams = {-1, -1, -1, -1}, .umask = -1};
  CHECK(mn_child_start(child, &program, MN_FOREVER, &folder_failed) == MN_INVALID);
  CHECK(errno == ENOENT && !folder_failed && !child->is_started);
  program.folder = "/no/such/folder";
  program.file = "sleep";
  CHECK(mn_child_start(child, &program, MN_FOREVER, &folder_failed) == MN_INVALID);
  CHECK(errno == ENOENT && folder_failed);
  stop_child(child);
  drop(child);
}

static void moves(void) {
  static const char *const cat[] = {"cat", NULL};
  enum { SIZE = 1 << 20 };
  static char bytes[SIZE];
  int in[2], out[2], code = -1;
  for (int i = 0; i < SIZE; i++) bytes[i] = (char)(i % 251);
  CHECK(mn_os_pipe(in) == MN_OK && mn_os_pipe(out) == MN_OK);
  mn_child *child = start(cat, (int[]){in[0], out[1], -1, -1}, false);
  mn_os_close(in[0]);
  mn_os_close(out[1]);
  mn_os_set_waiting(in[1], false);
  mn_os_set_waiting(out[0], false);
  mn_pipe input = {.descriptor = in[1]}, output = {.descriptor = out[0]};
  CHECK(mn_buffer_add(&input.bytes, bytes, SIZE));
  mn_pump pump = {child, &input, {&output, NULL}, true};
  CHECK(mn_pump_run(&pump, &self->waiter, MN_FOREVER, &code) == MN_OK && code == 0);
  CHECK(input.descriptor < 0 && output.descriptor < 0);
  CHECK(output.bytes.size == SIZE && memcmp(output.bytes.data, bytes, SIZE) == 0);
  char two[2];
  size_t count;
  CHECK(mn_pipe_read(&output, &self->waiter, two, 2, &count) == MN_OK && count == 2);
  CHECK(memcmp(two, bytes, 2) == 0 && output.done == 2);
  mn_pipe_free(&input);
  mn_pipe_free(&output);
  drop(child);
}

static void nobody_reads(void) {
  int ends[2];
  size_t count;
  CHECK(mn_os_pipe(ends) == MN_OK);
  mn_os_close(ends[0]);
  mn_pipe pipe = {.descriptor = ends[1]};
  CHECK(mn_pipe_write(&pipe, &self->waiter, "x", 1, true, &count) == MN_INVALID);
  CHECK(errno == EPIPE && count == 0);
  mn_pipe_free(&pipe);
}

static void signals_have_names(void) {
  CHECK(strcmp(mn_os_signal_name(15), "SIGTERM") == 0);
  CHECK(!mn_os_signal_name(0) && !mn_os_signal_name(64) && !mn_os_signal_name(1000));
  CHECK(mn_os_signal_number("SIGKILL") == 9 && mn_os_signal_number("INT") == 2);
  CHECK(mn_os_signal_number("") == 0 && mn_os_signal_number("SIG") == 0);
  CHECK(mn_process_signal(&(mn_process){0, -1}, 0) == MN_INVALID && errno == ESRCH);
  CHECK(mn_process_signal_group(&(mn_process){1, -1}, 0) == MN_INVALID && errno == ESRCH);
}

int main(void) {
  self = crew_thread();
  RUN(ends);
  RUN(waits);
  RUN(cannot_start);
  RUN(moves);
  RUN(nobody_reads);
  RUN(signals_have_names);
  drop_thread(self);
  return 0;
}
