/* tests/c/editor_session.h -- a line editor on a terminal of its own, in a thread of its own; the test
 * types, and looks at the screen. */
#ifndef EDITOR_SESSION_H
#define EDITOR_SESSION_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"
#include "editor_screen.h"
#include "main/editor.h"

/* How long a test waits for what must come, before it fails. */
enum { PATIENCE = 60000 };

typedef struct result {
  mn_status status;
  char *text; /* malloc'ed */
  size_t size;
  unsigned interrupts;
} result;

typedef struct session {
  int master, terminal;
  int results[2]; /* a pipe of them */
  struct termios before;
  screen screen;
  mn_editor *editor;
  pthread_t thread;
  const char *prompt, *continuation;
  bool is_started;
  int read; /* results seen */
} session;

/* ---- hooks ---- */

static atomic_bool session_stops;
static atomic_uint session_waits; /* how often the editor has begun to wait, all being drawn */
static const char *const session_words[] = {"print",  "printf",         "pairs", "table",
                                            "tablet", "\xC3\xA4hnlich", "end"};

static inline void session_highlight(void *data, const char *text, size_t size, mn_spans *spans) {
  (void)data;
  CHECK(text[size] == '\0');
  for (size_t i = 0; i < size; i++) {
    if (text[i] >= '0' && text[i] <= '9') mn_spans_add(spans, i, 1, MN_STYLE_NUMBER);
    if (text[i] != '"') continue;
    const char *end = memchr(text + i + 1, '"', size - i - 1);
    size_t to = end ? (size_t)(end - text) + 1 : size;
    mn_spans_add(spans, i, to - i, MN_STYLE_STRING);
    i = to - 1;
  }
}

static inline size_t session_complete(void *data, const char *text, size_t size, size_t cursor,
                                      mn_candidates *candidates) {
  (void)data;
  CHECK(cursor <= size);
  size_t begin = cursor;
  while (begin > 0 && ((unsigned char)text[begin - 1] >= 'a')) begin--;
  for (size_t i = 0; i < sizeof session_words / sizeof *session_words; i++)
    if (strncmp(session_words[i], text + begin, cursor - begin) == 0)
      mn_candidates_add(candidates, session_words[i], strlen(session_words[i]));
  return begin;
}

static inline int session_depth(const char *text, size_t size) {
  int depth = 0;
  for (size_t i = 0; i < size; i++) depth += (text[i] == '{') - (text[i] == '}');
  return depth;
}

static inline bool session_is_complete(void *data, const char *text, size_t size) {
  (void)data;
  return session_depth(text, size) <= 0;
}

static inline size_t session_indent(void *data, const char *text, size_t size) {
  (void)data;
  int depth = session_depth(text, size);
  return depth > 0 ? 2 * (size_t)depth : 0;
}

static inline bool session_is_stopped(void *data) {
  (void)data;
  (void)atomic_fetch_add(&session_waits, 1);
  return atomic_load(&session_stops);
}

static const mn_editor_hooks session_hooks = {
    NULL,           session_highlight, session_complete, session_is_complete,
    session_indent, session_is_stopped};

/* ---- begin and end ---- */

static inline void session_set_size(const session *s, int columns, int rows) {
  struct winsize size = {(unsigned short)rows, (unsigned short)columns, 0, 0};
  CHECK(ioctl(s->master, TIOCSWINSZ, &size) == 0);
}

static inline void session_open(session *s, int columns, int rows) {
  memset(s, 0, sizeof *s);
  s->prompt = "> ";
  s->continuation = ". ";
  s->master = posix_openpt(O_RDWR | O_NOCTTY);
  CHECK(s->master >= 0 && grantpt(s->master) == 0 && unlockpt(s->master) == 0);
  s->terminal = open(ptsname(s->master), O_RDWR | O_NOCTTY);
  CHECK(s->terminal >= 0 && tcgetattr(s->terminal, &s->before) == 0);
  session_set_size(s, columns, rows);
  screen_init(&s->screen, columns, rows);
}

static inline void *session_body(void *p) {
  session *s = p;
  for (;;) {
    mn_editor_line line;
    result r = {0};
    r.status = mn_editor_read(s->editor, s->prompt, s->continuation, &line);
    r.text = malloc(line.size + 1);
    CHECK(r.text && line.text[line.size] == '\0');
    memcpy(r.text, line.text, line.size + 1);
    r.size = line.size;
    r.interrupts = line.interrupts;
    CHECK(write(s->results[1], &r, sizeof r) == sizeof r);
    if (r.status != MN_OK && r.status != MN_INTERRUPTED && r.status != MN_NOMEM) return NULL;
  }
}

static inline void session_start(session *s) {
  s->editor = mn_editor_new(s->terminal, s->terminal, stdin, &session_hooks);
  CHECK(s->editor && mn_editor_is_terminal(s->editor) && pipe(s->results) == 0);
  s->thread = start_thread(session_body, s);
  s->is_started = true;
}

static inline void session_begin(session *s, int columns, int rows) {
  session_open(s, columns, rows);
  session_start(s);
}

/* ---- typing and looking ---- */

/* Takes what has come to the screen, waiting for something. */
static inline void session_pump(session *s) {
  char bytes[4096];
  struct pollfd watch = {s->master, POLLIN, 0};
  if (poll(&watch, 1, PATIENCE) != 1) {
    fprintf(stderr, "nothing comes any more; the screen:\n%s\n", screen_text(&s->screen, "|"));
    CHECK(false);
  }
  ssize_t got = read(s->master, bytes, sizeof bytes);
  CHECK(got > 0);
  for (ssize_t i = 0; i < got; i++) screen_byte(&s->screen, bytes[i]);
}

/* Waits until the editor has begun the read after the last result that was seen: between two reads the
 * terminal is as a program has it, where a Ctrl-C is a signal. */
static inline void session_ready(session *s) {
  while (s->is_started && s->screen.takes <= s->read) session_pump(s);
}

/* Types bytes; what comes meanwhile is taken, so that nobody waits for the other. */
static inline void session_type_bytes(session *s, const char *bytes, size_t size) {
  while (size > 0) {
    struct pollfd watch = {s->master, POLLIN | POLLOUT, 0};
    CHECK(poll(&watch, 1, PATIENCE) == 1);
    if (watch.revents & POLLIN) session_pump(s);
    if (!(watch.revents & POLLOUT)) continue;
    ssize_t written = write(s->master, bytes, size < 256 ? size : 256);
    CHECK(written > 0);
    bytes += written;
    size -= (size_t)written;
  }
}

static inline void session_type(session *s, const char *keys) {
  session_ready(s);
  session_type_bytes(s, keys, strlen(keys));
}

static inline bool session_ends_with(const session *s, const char *expected) {
  const char *text = screen_text(&s->screen, "|");
  size_t size = strlen(text), length = strlen(expected);
  return size >= length && strcmp(text + size - length, expected) == 0 &&
         (size == length || text[size - length - 1] == '\n');
}

/* Waits until the last rows of the screen are these, with '|' where the cursor is. */
static inline void session_shows(session *s, const char *expected) {
  session_ready(s);
  while (!session_ends_with(s, expected)) {
    struct pollfd watch = {s->master, POLLIN, 0};
    if (poll(&watch, 1, PATIENCE) != 1) {
      fprintf(stderr, "expected:\n%s\nthe screen:\n%s\n", expected, screen_text(&s->screen, "|"));
      CHECK(false);
    }
    session_pump(s);
  }
}

/* Takes what is there, after a moment. */
static inline void session_look(session *s) {
  struct pollfd watch = {s->master, POLLIN, 0};
  if (poll(&watch, 1, 1) == 1) session_pump(s);
}

/* Waits until all that was typed is done and drawn, if it does not beep: a key that means nothing beeps
 * when its turn comes; then the editor waits again; and what it has drawn has come before a mark of ours,
 * a style that the editor does not use. */
static inline void session_settle(session *s) {
  static const char mark[] = "\033[9m\033[0m";
  int left = 1, marks = s->screen.marks, bells = s->screen.bells;
  session_type(s, "\033[Z");
  while (s->screen.bells == bells) session_look(s);
  while (ioctl(s->terminal, FIONREAD, &left) == 0 && left > 0) session_look(s);
  unsigned waits = atomic_load(&session_waits);
  mn_editor_wake(s->editor);
  while (atomic_load(&session_waits) == waits) session_look(s);
  CHECK(write(s->terminal, mark, sizeof mark - 1) == sizeof mark - 1);
  while (s->screen.marks == marks) session_pump(s);
}

/* Waits for the next result; the text is the caller's to free. */
static inline result session_result(session *s) {
  result r;
  for (;;) {
    struct pollfd watches[] = {{s->results[0], POLLIN, 0}, {s->master, POLLIN, 0}};
    if (poll(watches, 2, PATIENCE) <= 0) {
      fprintf(stderr, "no result; the screen:\n%s\n", screen_text(&s->screen, "|"));
      CHECK(false);
    }
    if (watches[1].revents & POLLIN) session_pump(s);
    if (!(watches[0].revents & POLLIN)) continue;
    CHECK(read(s->results[0], &r, sizeof r) == sizeof r);
    s->read++;
    return r;
  }
}

static inline void session_reads(session *s, mn_status status, const char *text) {
  result r = session_result(s);
  if (r.status != status || strcmp(r.text, text) != 0)
    fprintf(stderr, "expected: %d %s\ngot:      %d %s\nthe screen:\n%s\n", status, text, r.status,
            r.text, screen_text(&s->screen, "|"));
  CHECK(r.status == status && r.size == strlen(text) && strcmp(r.text, text) == 0);
  free(r.text);
}

/* The thread has ended: the terminal is as it was, but what was typed ahead. */
static inline void session_close(session *s) {
  struct termios now;
  join_thread(s->thread);
  CHECK(tcgetattr(s->terminal, &now) == 0);
  CHECK(now.c_lflag == s->before.c_lflag && now.c_iflag == s->before.c_iflag);
  CHECK(now.c_oflag == s->before.c_oflag);
  CHECK(memcmp(now.c_cc, s->before.c_cc, sizeof now.c_cc) == 0);
  mn_editor_free(s->editor);
  CHECK(close(s->terminal) == 0 && close(s->master) == 0);
  CHECK(close(s->results[0]) == 0 && close(s->results[1]) == 0);
}

static inline void session_end(session *s) {
  session_type(s, "\x03");
  session_reads(s, MN_INTERRUPTED, "");
  session_type(s, "\x04");
  session_reads(s, MN_CLOSED, "");
  while (s->screen.pastes) session_pump(s);
  session_close(s);
}

#endif
