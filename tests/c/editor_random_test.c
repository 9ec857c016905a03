/* tests/c/editor_random_test.c -- random keys, random bytes, and each allocation that fails. */
#define _DEFAULT_SOURCE     /* cfmakeraw */
#define _XOPEN_SOURCE   700 /* posix_openpt */
#include <locale.h>
#include <signal.h>

#include "base/alloc.h"
#include "editor_session.h"

static const char last_text[] = "the end";
static atomic_bool has_ended;

/* A text that is pasted behind all keys: when it is seen, they have all come. */
static atomic_int sentinel; /* "#1#" and so on */
static atomic_bool has_sentinel;

static void highlight(void *data, const char *text, size_t size, mn_spans *spans) {
  char wanted[24];
  (void)snprintf(wanted, sizeof wanted, "#%d#", atomic_load(&sentinel));
  if (strstr(text, wanted)) atomic_store(&has_sentinel, true);
  session_highlight(data, text, size, spans);
}

/* Reads until the last text. */
static void *read_all(void *p) {
  const session *s = p;
  mn_editor_line line = {0};
  do {
    mn_status status = mn_editor_read(s->editor, "> ", ". ", &line);
    CHECK(status == MN_OK || status == MN_INTERRUPTED || status == MN_CLOSED);
    CHECK(line.text[line.size] == '\0');
  } while (strcmp(line.text, last_text) != 0);
  atomic_store(&has_ended, true);
  return NULL;
}

/* A terminal that takes all bytes as they are, between reads, too. */
static void begin(session *s, int columns, int rows) {
  session_open(s, columns, rows);
  s->before.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
  s->before.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
  CHECK(tcsetattr(s->terminal, TCSANOW, &s->before) == 0);
  mn_editor_hooks hooks = session_hooks;
  hooks.highlight = highlight;
  s->editor = mn_editor_new(s->terminal, s->terminal, stdin, &hooks);
  CHECK(s->editor);
}

static void end(session *s) {
  join_thread(s->thread);
  mn_editor_free(s->editor);
  CHECK(close(s->terminal) == 0 && close(s->master) == 0);
}

/* ---- keys ---- */

static const char *const keys[] = {"a",
                                   "b",
                                   "1",
                                   " ",
                                   " ",
                                   "(",
                                   ")",
                                   "{",
                                   "}",
                                   "\"",
                                   "word",
                                   "print",
                                   "\n",
                                   "\r",
                                   "\t",
                                   "\x01",
                                   "\x02",
                                   "\x02",
                                   "\x03",
                                   "\x05",
                                   "\x06",
                                   "\x06",
                                   "\x07",
                                   "\x08",
                                   "\x0B",
                                   "\x0C",
                                   "\x0E",
                                   "\x10",
                                   "\x12",
                                   "\x13",
                                   "\x14",
                                   "\x15",
                                   "\x16",
                                   "\x17",
                                   "\x17",
                                   "\x19",
                                   "\x19",
                                   "\033y",
                                   "\x1A",
                                   "\x1F",
                                   "\x7F",
                                   "\033_",
                                   "\033b",
                                   "\033f",
                                   "\033d",
                                   "\033\r",
                                   "\033\x7F",
                                   "\033[A",
                                   "\033[B",
                                   "\033[C",
                                   "\033[D",
                                   "\033[H",
                                   "\033[F",
                                   "\033[3~",
                                   "\033[5~",
                                   "\033[6~",
                                   "\033[1;5C",
                                   "\033[1;5D",
                                   "\033[1;5H",
                                   "\033[1;5F",
                                   "\xC3\xA4",
                                   "\xE4\xB8\xAD",
                                   "\xE4\xB8\xAD",
                                   "\xCC\x81",
                                   "\xF0\x9F\x98\x80",
                                   "\xFF",
                                   ("\x01"
                                    "x"),
                                   "long long long line",
                                   "\033[200~one\rtwo \xE4\xB8\xAD\033[201~"};

enum { KEYS = sizeof keys / sizeof *keys };

/* All that was drawn bit by bit is as it is when it is drawn at once. */
static void check_redraw(session *s) {
  static char before[MOST_ROWS * MOST_COLUMNS * 8];
  char pasted[64];
  int number = atomic_fetch_add(&sentinel, 1) + 1;
  atomic_store(&has_sentinel, false);
  (void)snprintf(pasted, sizeof pasted, "\033[200~#%d#\033[201~", number);
  session_type(s, pasted);
  while (!atomic_load(&has_sentinel)) session_look(s);
  session_settle(s);
  (void)snprintf(before, sizeof before, "%s", screen_text(&s->screen, "|"));
  int clears = s->screen.clears;
  session_type(s, "\x0C");
  while (s->screen.clears == clears) session_pump(s);
  session_settle(s);
  const char *after = screen_text(&s->screen, "|");
  size_t size = strlen(before), length = strlen(after);
  bool same = size >= length && strcmp(before + size - length, after) == 0;
  if (!same) fprintf(stderr, "before:\n%s\nafter:\n%s\n", before, after);
  CHECK(same);
}

/* Nothing is on its way to the screen. */
static void resize(session *s, int columns) {
  screen_resize(&s->screen, columns);
  session_set_size(s, columns, s->screen.rows);
  CHECK(kill(getpid(), SIGWINCH) == 0);
  session_settle(s);
}

static void random_keys(unsigned long *random, int columns, int rows) {
  session s;
  begin(&s, columns, rows);
  atomic_store(&has_ended, false);
  s.thread = start_thread(read_all, &s);
  for (int round = 0; round < 60; round++) {
    int count = (int)(next_random(random) % 40);
    for (int i = 0; i < count; i++) {
      session_type(&s, keys[(next_random(random) >> 8) % KEYS]);
      if (next_random(random) % 8 == 0) mn_editor_print(s.editor, "printed\n", 8);
    }
    check_redraw(&s);
    if (next_random(random) % 4 == 0) {
      resize(&s, columns / 2 + 1 + (int)(next_random(random) % (unsigned long)columns));
      check_redraw(&s);
    }
  }
  session_type(&s, "\x03");
  session_type(&s, last_text);
  session_type(&s, "\r");
  while (!atomic_load(&has_ended)) session_look(&s);
  end(&s);
}

static void keys_draw_what_is_there(void) {
  unsigned long random = test_seed((unsigned long)getpid() * 2654435761UL);
  random_keys(&random, 20, 6);
  random_keys(&random, 7, 12);
  random_keys(&random, 80, 24);
  random_keys(&random, 2, 1);
  random_keys(&random, 3, 2);
}

/* ---- bytes ---- */

static void *drain(void *p) {
  const session *s = p;
  char bytes[4096];
  while (read(s->master, bytes, sizeof bytes) > 0) continue;
  return NULL;
}

static void bytes_do_no_harm(void) {
  unsigned long random = test_seed((unsigned long)getpid() * 2246822519UL);
  for (int round = 0; round < 10; round++) {
    session s;
    begin(&s, 20, 8);
    pthread_t reader = start_thread(drain, &s);
    s.thread = start_thread(read_all, &s);
    for (int i = 0; i < 200; i++) {
      char bytes[64];
      for (size_t j = 0; j < sizeof bytes; j++) {
        unsigned long value = next_random(&random) >> 16;
        const char *key = keys[value % KEYS];
        bytes[j] = value >> 8 & 1 ? (char)(value >> 16) : key[(value >> 16) % strlen(key)];
      }
      CHECK(write(s.master, bytes, sizeof bytes) == sizeof bytes);
    }
    static const char ending[] = "\033[201~\x07\x03\x03the end\r";
    CHECK(write(s.master, ending, sizeof ending - 1) == sizeof ending - 1);
    join_thread(s.thread);
    mn_editor_free(s.editor);
    CHECK(close(s.terminal) == 0); /* which ends the other's reading */
    join_thread(reader);
    CHECK(close(s.master) == 0);
  }
}

/* ---- memory ---- */

#ifdef MN_FAULTS
static const char script[] =
    "abc d\x17\x02\x17\x19\033y\x16\x03\x14\033[A\033[B\x12"
    "x\x7F\x05p\t\x15ta\t\x1F\033_\n(1)"
    "\033[200~pasted\rtext\033[201~\x01\x0B\x0B\x19\xC3\xA4\033[A\033[B{\r}\r\033[201~\x03";

/* Reads the script, which is there, with one allocation failing, or all from that on; true: one has. */
static bool read_script(long n, bool forever, char *path) {
  session s;
  mn_editor_line line;
  begin(&s, 20, 8);
  CHECK(mn_editor_use_history(s.editor, path, 10000) == MN_OK);
  CHECK(write(s.master, script, sizeof script - 1) == sizeof script - 1);
  mn_alloc_fail_at(n, forever);
  mn_status status = mn_editor_read(s.editor, "\033[1m>\033[0m ", ". ", &line);
  bool failed = mn_alloc_did_fail() != 0;
  mn_alloc_fail_at(-1, 0);
  /* Where the closing bracket is what was lost, it is Ctrl-C that ends the text; else that comes too late,
   * behind what can only be the end of pasted text. */
  CHECK(status == MN_OK || (failed && (status == MN_NOMEM || status == MN_INTERRUPTED)));
  CHECK(line.text[line.size] == '\0');
  struct termios now;
  CHECK(tcgetattr(s.terminal, &now) == 0 && now.c_lflag == s.before.c_lflag);
  CHECK(tcflush(s.terminal, TCIOFLUSH) == 0);
  /* What has failed once is no harm for the next text. */
  CHECK(write(s.master, "\x03", 1) == 1);
  while ((status = mn_editor_read(s.editor, "> ", ". ", &line)) == MN_OK) continue;
  CHECK(status == MN_INTERRUPTED);
  mn_editor_free(s.editor);
  CHECK(close(s.terminal) == 0 && close(s.master) == 0);
  return failed;
}

static void every_failing_allocation_is_survived(void) {
  char path[] = "/tmp/moons-editor-XXXXXX";
  int file = mkstemp(path);
  CHECK(file >= 0 && write(file, "xyz\n", 4) == 4 && close(file) == 0);
  int before = next_descriptor();
  for (int forever = 0; forever < 2; forever++)
    for (long n = 0; read_script(n, forever != 0, path); n++) CHECK(n < 10000);
  CHECK(next_descriptor() == before);
  mn_alloc_fail_at(0, 0);
  CHECK(!mn_editor_new(0, 1, stdin, &session_hooks));
  mn_alloc_fail_at(-1, 0);
  CHECK(unlink(path) == 0);
}
#endif

int main(void) {
  CHECK(setlocale(LC_CTYPE, "C.UTF-8"));
  CHECK(setenv("TERM", "xterm", 1) == 0 && unsetenv("NO_COLOR") == 0);
  /* Ctrl-Z stops nobody: not this process, nor the one that has started it. */
  CHECK(signal(SIGTSTP, SIG_IGN) != SIG_ERR && setpgid(0, 0) == 0);
#ifdef MN_FAULTS
  RUN(every_failing_allocation_is_survived);
#endif
  RUN(bytes_do_no_harm);
  RUN(keys_draw_what_is_there);
  return 0;
}
