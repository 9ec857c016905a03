/* main/main.c -- the command `moons`: from the first state to the exit status. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/interrupt.h"
#include "core/runtime.h"
#include "core/state.h"
#include "core/status_line.h"
#include "core/threads.h"
#include "main/check.h"
#include "main/options.h"
#include "main/script.h"
#include "main/stop.h"
#include "moons/moons_lua.h"
#include "os/socket.h"
#include "process/peer.h"
#include "process/serve_lua.h"
#include "process_pool/task_frames_lua.h"

enum { EXIT_USAGE = 2, EXIT_BY_SIGNAL = 128 };

/* ---- standard output ---- */

/* Why standard output could not be flushed; 0: it is not known. When it was an earlier write that
 * failed, errno may still tell, but it may also be of something else since then. */
static int reason_of_failed_write(int before) {
  if (errno != 0) return errno;
  bool is_of_writing = before == ENOSPC || before == EDQUOT || before == EFBIG || before == EIO;
  return is_of_writing ? before : 0;
}

/* What could not be written is an error, unless a signal broke off the writing. Registered with
 * atexit, so that os.exit comes by here too. */
static void check_output(void) {
  int before = errno;
  errno = 0;
  bool failed = fflush(stdout) != 0 || ferror(stdout) != 0;
  if (!failed || mn_stop_signal()) return;
  int reason = reason_of_failed_write(before);
  (void)fflush(NULL); /* the other files lose nothing */
  (void)fprintf(stderr, "moons: cannot write to standard output%s%s\n", reason ? ": " : "",
                reason ? strerror(reason) : "");
  mn_os_exit_now(EXIT_FAILURE);
}

/* ---- the end ---- */

static int say_stopped(int signal) {
  const char *word = signal == 2 ? "moons: interrupted\n" : "moons: terminated\n";
  (void)fflush(stdout);
  mn_os_write_error(word, strlen(word));
  return EXIT_BY_SIGNAL + signal;
}

static int exit_status(bool ok) {
  int signal = mn_stop_signal();
  if (signal) return say_stopped(signal);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Says what errno says. */
static bool complain(const char *what) {
  (void)fprintf(stderr, "moons: %s: %s\n", what, strerror(errno));
  return false;
}

/* `options` NULL: the process serves the one that has started it. A Ctrl-C is that one's to pass on. */
static bool do_work(mn_runtime *runtime, mn_state *state, const mn_options *options) {
  runtime->program = mn_os_own_program();
  if (!options) {
    mn_task_frames tasks = {0};
    mn_os_keyboard_interrupt_hold();
    bool served = mn_process_serve(state->main, mn_task_functions, &tasks);
    mn_task_frames_free(&tasks);
    return served;
  }
  return (mn_stop_install(runtime) || complain("cannot handle signals")) &&
         mn_script_run_all(state, options);
}

static int run(mn_runtime *runtime, mn_state *state, const mn_options *options) {
  bool ok = do_work(runtime, state, options);
  bool all_ended = mn_runtime_finish(runtime, !ok);
  mn_threads_report(runtime);
  mn_state_close(state, NULL);
  mn_status_line_leave();
  mn_stop_detach();
  if (!all_ended) {
    /* Threads are still running, so nothing may be taken down under them. */
    (void)fflush(stdout);
    mn_os_exit_now(exit_status(false));
  }
  if (mn_runtime_free(runtime)) ok = false;
  return exit_status(ok);
}

static int start(const mn_options *options) {
  mn_runtime *runtime = mn_runtime_new(mn_libraries_open);
  mn_state *state = runtime ? mn_state_open(runtime, runtime->main, NULL) : NULL;
  if (state) return run(runtime, state, options);
  (void)complain("cannot start");
  return EXIT_FAILURE;
}

/* Only the very first argument means it: `moons ./check` and `moons -- check` run a script. */
static int check(int count, char **arguments) {
  mn_runtime *runtime = mn_runtime_new(mn_libraries_open);
  mn_state *state = runtime ? mn_state_open(runtime, runtime->main, NULL) : NULL;
  if (!state) {
    (void)complain("cannot start");
    return EXIT_FAILURE;
  }
  int status = mn_check_run(state, count, arguments);
  (void)mn_runtime_finish(runtime, false);
  mn_state_close(state, NULL);
  (void)mn_runtime_free(runtime);
  return status;
}

/* Serves the process that has started this one. */
static int serve(void) {
  if (mn_os_is_packet_socket(MN_PEER_SOCKET)) return start(NULL);
  (void)fprintf(stderr, "moons: %s is how moons starts its own processes\n", MN_PEER_OPTION);
  return EXIT_FAILURE;
}

int main(int argc, char **argv) {
  mn_options options;
  (void)atexit(check_output);
  if (argc == 2 && strcmp(argv[1], MN_PEER_OPTION) == 0) return serve();
  if (argc > 1 && strcmp(argv[1], "check") == 0) return check(argc - 2, argv + 2);
  mn_options_parse(&options, argc, argv);
  if (options.unknown) {
    mn_options_complain(&options);
    return EXIT_USAGE;
  }
  if (options.help) {
    mn_options_print_help(stdout);
    return EXIT_SUCCESS;
  }
  if (options.version) {
    mn_options_print_version();
    return EXIT_SUCCESS;
  }
  return start(&options);
}
