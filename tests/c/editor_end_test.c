/* tests/c/editor_end_test.c -- the terminal is given back, however the process ends or stops; and reading
 * where there is no fit terminal. */
#define _DEFAULT_SOURCE /* posix_openpt, TIOCSCTTY */
#define _XOPEN_SOURCE   700
#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "editor_session.h"
#include "os/os.h"

/* ---- a process of its own, which the terminal controls ---- */

enum { EXITED = 7 };

static void *exit_by_thread(void *p) {
  (void)p;
  exit(EXITED);
}

static void *exit_now_by_thread(void *p) {
  (void)p;
  mn_os_exit_now(EXITED);
}

static void *fork_by_thread(void *p) {
  (void)p;
  if (fork() == 0) mn_os_exit_now(0); /* the terminal is not its own */
  return NULL;
}

/* Reads texts; some are orders. */
static void run_orders(int terminal) {
  mn_editor *editor = mn_editor_new(terminal, terminal, stdin, &session_hooks);
  CHECK(editor);
  for (;;) {
    mn_editor_line line;
    if (mn_editor_read(editor, "> ", ". ", &line) == MN_CLOSED) break;
    if (strcmp(line.text, "exit") == 0) start_thread(exit_by_thread, NULL);
    if (strcmp(line.text, "exit now") == 0) start_thread(exit_now_by_thread, NULL);
    if (strcmp(line.text, "fork") == 0) join_thread(start_thread(fork_by_thread, NULL));
  }
  mn_editor_free(editor);
  exit(EXITED);
}

/* Becomes the leader of a new session that has the terminal. */
static void take_session(const session *s) {
  CHECK(setsid() >= 0 && ioctl(s->terminal, TIOCSCTTY, 0) == 0 && close(s->master) == 0);
}

static pid_t start_process(session *s) {
  session_open(s, 40, 10);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    CHECK(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) == 0);
    take_session(s);
    run_orders(s->terminal);
  }
  return pid;
}

/* What is typed: such a session has no thread. Before the editor takes the terminal that would be echoed. */
static void type(session *s, const char *keys) {
  while (!s->screen.pastes) session_pump(s);
  session_type_bytes(s, keys, strlen(keys));
}

static bool is_as_before(const session *s) {
  struct termios now;
  CHECK(tcgetattr(s->terminal, &now) == 0);
  return now.c_lflag == s->before.c_lflag && now.c_iflag == s->before.c_iflag &&
         memcmp(now.c_cc, s->before.c_cc, sizeof now.c_cc) == 0;
}

static void finish(session *s) {
  while (s->screen.pastes) session_pump(s);
  CHECK(is_as_before(s));
  CHECK(close(s->terminal) == 0 && close(s->master) == 0);
}

static int wait_for(pid_t pid) {
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  return status;
}

static void signals_give_the_terminal_back(void) {
  static const int signals[] = {SIGTERM, SIGHUP,  SIGINT, SIGQUIT, SIGUSR1,
                                SIGABRT, SIGSEGV, SIGBUS, SIGFPE,  SIGILL};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    session s;
    pid_t pid = start_process(&s);
    type(&s, "typed");
    session_shows(&s, "> typed|");
    CHECK(!is_as_before(&s) && s.screen.pastes);
    CHECK(kill(pid, signals[i]) == 0);
    int status = wait_for(pid);
    /* Sanitizers have handlers of their own for crashes, which exit. */
    CHECK(signals[i] >= SIGTERM || WIFSIGNALED(status) || WIFEXITED(status));
    if (i < 5) CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
    finish(&s);
  }
}

static void exits_give_the_terminal_back(void) {
  static const char *const orders[] = {"exit\r", "exit now\r", "\x04", "fork\rexit\r"};
  for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
    session s;
    pid_t pid = start_process(&s);
    session_shows(&s, "> |");
    type(&s, orders[i]);
    int status = wait_for(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXITED);
    finish(&s);
  }
}

static void a_fork_leaves_the_terminal_alone(void) {
  session s;
  pid_t pid = start_process(&s);
  session_shows(&s, "> |");
  type(&s, "fork\r");
  session_shows(&s, "> fork\n> |");
  type(&s, "still keys\x01");
  session_shows(&s, "> fork\n> |still keys");
  CHECK(!is_as_before(&s));
  type(&s, "\x05\x15\x04");
  (void)wait_for(pid);
  finish(&s);
}

/* ---- Ctrl-Z ---- */

/* A shell with one job; says when the job has stopped, and continues it when it is told to. */
static void run_shell(const session *s, int tell, int told) {
  char byte = 0;
  take_session(s);
  (void)signal(SIGTTOU, SIG_IGN);
  (void)signal(SIGTSTP, SIG_IGN);
  pid_t job = fork();
  CHECK(job >= 0);
  if (job == 0) {
    (void)signal(SIGTSTP, SIG_DFL);
    CHECK(setpgid(0, 0) == 0 && tcsetpgrp(s->terminal, getpid()) == 0);
    (void)signal(SIGTTOU, SIG_DFL);
    run_orders(s->terminal);
  }
  for (;;) {
    int status;
    CHECK(waitpid(job, &status, WUNTRACED) == job);
    if (!WIFSTOPPED(status)) mn_os_exit_now(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    CHECK(tcsetpgrp(s->terminal, getpid()) == 0);
    CHECK(write(tell, &byte, 1) == 1 && read(told, &byte, 1) == 1);
    CHECK(tcsetpgrp(s->terminal, job) == 0 && kill(-job, SIGCONT) == 0);
  }
}

static void ctrl_z_stops(void) {
  session s;
  int tell[2], told[2];
  char byte;
  session_open(&s, 40, 10);
  CHECK(pipe(tell) == 0 && pipe(told) == 0);
  pid_t shell = fork();
  CHECK(shell >= 0);
  if (shell == 0) run_shell(&s, tell[1], told[0]);
  type(&s, "typ");
  session_shows(&s, "> typ|");
  for (int i = 0; i < 3; i++) {
    type(&s, "\x1A");
    CHECK(read(tell[0], &byte, 1) == 1);
    while (s.screen.pastes) session_pump(&s);
    CHECK(is_as_before(&s));
    CHECK(write(told[1], &byte, 1) == 1);
    type(&s, "e");
    session_shows(&s, i == 0   ? "> typ\n> type|"
                      : i == 1 ? "> type\n> typee|"
                               : "> typee\n> typeee|");
    CHECK(!is_as_before(&s));
  }
  type(&s, "\x15\x04");
  int status = wait_for(shell);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXITED);
  finish(&s);
  for (int i = 0; i < 2; i++) CHECK(close(tell[i]) == 0 && close(told[i]) == 0);
}

/* ---- plain lines ---- */

static void check_line(mn_editor *editor, mn_status status, const char *text, size_t size) {
  mn_editor_line line;
  CHECK(mn_editor_read(editor, "> ", ". ", &line) == status);
  CHECK(line.size == size && memcmp(line.text, text, size + 1) == 0);
}

static void lines_of_a_file(void) {
  FILE *lines = tmpfile();
  int out[2];
  static const char text[] = "one\n\ntwo {\na\0b\xFF\nlast";
  CHECK(lines && pipe(out) == 0 && fwrite(text, 1, sizeof text - 1, lines) == sizeof text - 1);
  rewind(lines);
  mn_editor *editor = mn_editor_new(fileno(lines), out[1], lines, &session_hooks);
  CHECK(editor && !mn_editor_is_terminal(editor) && !mn_editor_has_colour(editor));
  check_line(editor, MN_OK, "one", 3);
  check_line(editor, MN_OK, "", 0);
  check_line(editor, MN_OK, "two {", 5);
  check_line(editor, MN_OK, "a\0b\xFF", 4);
  atomic_store(&session_stops, true);
  check_line(editor, MN_CANCELLED, "", 0);
  atomic_store(&session_stops, false);
  check_line(editor, MN_OK, "last", 4);
  check_line(editor, MN_CLOSED, "", 0);
  mn_editor_print(editor, "out", 3);
  mn_editor_free(editor);
  char written[16];
  CHECK(read(out[0], written, sizeof written) == 3); /* no prompt, no sequence */
  CHECK(close(out[0]) == 0 && close(out[1]) == 0 && fclose(lines) == 0);
}

static void a_dumb_terminal(void) {
  static const char *const kinds[] = {"dumb", "", NULL};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    session s;
    CHECK(kinds[i] ? setenv("TERM", kinds[i], 1) == 0 : unsetenv("TERM") == 0);
    session_open(&s, 40, 10);
    FILE *lines = fdopen(dup(s.terminal), "r");
    CHECK(lines);
    session_type_bytes(&s, "typed\r", 6);
    session_shows(&s, "typed\n|"); /* the terminal's echo */
    mn_editor *editor = mn_editor_new(s.terminal, s.terminal, lines, &session_hooks);
    CHECK(editor && !mn_editor_is_terminal(editor));
    check_line(editor, MN_OK, "typed", 5);
    session_shows(&s, "typed\n> |");
    CHECK(strstr(screen_text(&s.screen, "|"), "\033") == NULL && is_as_before(&s));
    mn_editor_free(editor);
    CHECK(fclose(lines) == 0 && close(s.master) == 0 && close(s.terminal) == 0);
  }
  CHECK(setenv("TERM", "xterm", 1) == 0);
}

static void nothing_to_wake_with(void) {
  int before = next_descriptor();
  mn_editor *editor = mn_editor_new(0, 1, stdin, &session_hooks);
  CHECK(editor);
  mn_editor_free(editor);
  CHECK(next_descriptor() == before);
}

int main(void) {
  CHECK(setlocale(LC_CTYPE, "C.UTF-8"));
  CHECK(setenv("TERM", "xterm", 1) == 0 && unsetenv("NO_COLOR") == 0);
  RUN(lines_of_a_file);
  RUN(a_dumb_terminal);
  RUN(nothing_to_wake_with);
  RUN(exits_give_the_terminal_back);
  RUN(a_fork_leaves_the_terminal_alone);
  RUN(ctrl_z_stops);
  RUN(signals_give_the_terminal_back);
  return 0;
}
