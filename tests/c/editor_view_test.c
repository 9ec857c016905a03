/* tests/c/editor_view_test.c -- what is seen: long lines and texts, colours, other output, other sizes. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <locale.h>
#include <signal.h>

#include "editor_session.h"

/* The screen as it is, and as it is when all is drawn anew, are the same. */
static void check_redraw(session *s) {
  static char before[MOST_ROWS * MOST_COLUMNS * 8];
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

/* ---- shapes ---- */

static void long_lines_are_broken(void) {
  session s;
  session_begin(&s, 10, 6);
  session_type(&s, "1234567");
  session_shows(&s, "> 1234567|");
  session_type(&s, "8");
  session_shows(&s, "> 12345678\n|");
  session_type(&s, "9");
  session_shows(&s, "> 12345678\n9|");
  session_type(&s, "\x7F");
  session_shows(&s, "> 12345678\n|");
  session_type(&s, "\x7F");
  session_shows(&s, "> 1234567|");
  session_type(&s, "890123456789xyz");
  session_shows(&s, "> 12345678\n9012345678\n9xyz|");
  session_type(&s, "\x01");
  session_shows(&s, "> |12345678\n9012345678\n9xyz");
  session_type(&s, "A");
  session_shows(&s, "> A|1234567\n8901234567\n89xyz");
  session_type(&s, "\x05\x02\x02\x02\x02\x02\x02\x02\x02");
  session_shows(&s, "> A1234567\n8901234|567\n89xyz");
  check_redraw(&s);
  session_type(&s, "\r");
  session_reads(&s, MN_OK, "A1234567890123456789xyz");
  session_shows(&s, "> A1234567\n8901234567\n89xyz\n> |");
  /* A wide character that doesn't fit goes to the next row whole. */
  session_type(&s, "1234567\xE4\xB8\xAD");
  session_shows(&s, "> 1234567\n\xE4\xB8\xAD|");
  session_type(&s, "\x02");
  session_shows(&s, "> 1234567\n|\xE4\xB8\xAD");
  check_redraw(&s);
  session_end(&s);
}

/* A number on each of so many lines. */
static void type_lines(session *s, int count) {
  for (int i = 1; i <= count; i++) {
    char line[16];
    (void)snprintf(line, sizeof line, "%s%d", i > 1 ? "\n" : "", i);
    session_type(s, line);
  }
}

static void a_part_of_a_long_text_is_shown(void) {
  session s;
  session_begin(&s, 20, 5);
  type_lines(&s, 9);
  session_shows(&s, ". 5\n. 6\n. 7\n. 8\n. 9|");
  session_type(&s, "\033[A\033[A\033[A\033[A");
  session_shows(&s, ". 5|\n. 6\n. 7\n. 8\n. 9");
  session_type(&s, "\033[A");
  session_shows(&s, ". 4|\n. 5\n. 6\n. 7\n. 8");
  session_type(&s, "\033[B");
  session_shows(&s, ". 4\n. 5|\n. 6\n. 7\n. 8");
  session_type(&s, "\033[1;5H");
  session_shows(&s, "> |1\n. 2\n. 3\n. 4\n. 5");
  check_redraw(&s);
  session_type(&s, "\033[1;5F");
  session_shows(&s, ". 5\n. 6\n. 7\n. 8\n. 9|");
  session_type(&s, "\x01\x7F");
  session_shows(&s, ". 4\n. 5\n. 6\n. 7\n. 8|9");
  session_type(&s, "\r");
  session_reads(&s, MN_OK, "1\n2\n3\n4\n5\n6\n7\n89");
  session_shows(&s, ". 5\n. 6\n. 7\n. 89\n> |");
  session_end(&s);
}

static void prompts_have_colours(void) {
  session s;
  session_open(&s, 30, 10);
  s.prompt = "\033[1;34mmoons\033[0m> ";
  s.continuation = "\033[90m....>\033[0m ";
  session_start(&s);
  session_type(&s, "a\nb");
  session_shows(&s, "moons> a\n....> b|");
  int y = s.screen.y;
  CHECK(strcmp(s.screen.cells[y - 1][0].style, "1;34") == 0);
  CHECK(strcmp(s.screen.cells[y - 1][5].style, "") == 0);
  CHECK(strcmp(s.screen.cells[y - 1][7].style, "") == 0);
  CHECK(strcmp(s.screen.cells[y][0].style, "90") == 0);
  CHECK(strcmp(s.screen.cells[y][7].style, "") == 0);
  check_redraw(&s);
  session_end(&s);
  session_open(&s, 30, 10); /* without text, and of two lines */
  s.prompt = "one\ntwo \033[7mthree\033[0m";
  session_start(&s);
  session_shows(&s, "one\ntwo three|");
  CHECK(strcmp(s.screen.style, "") == 0);
  session_type(&s, "\r");
  session_reads(&s, MN_OK, "");
  session_shows(&s, "one\ntwo three\none\ntwo three|");
  session_end(&s);
}

/* ---- colours ---- */

static const char *style_at(const session *s, int x) {
  return s->screen.cells[s->screen.y][x].style;
}

static void text_has_colours(void) {
  session s;
  session_begin(&s, 40, 10);
  session_type(&s, "a 12 \"x(\" (y) ");
  session_shows(&s, "> a 12 \"x(\" (y) |");
  session_settle(&s);
  CHECK(strcmp(style_at(&s, 2), "") == 0);
  CHECK(strcmp(style_at(&s, 4), "33") == 0 && strcmp(style_at(&s, 5), "33") == 0);
  CHECK(strcmp(style_at(&s, 7), "32") == 0 && strcmp(style_at(&s, 10), "32") == 0);
  CHECK(strcmp(style_at(&s, 12), "") == 0);
  session_type(&s, "\x02"); /* behind the bracket */
  session_settle(&s);
  CHECK(strcmp(style_at(&s, 12), "1;32") == 0 && strcmp(style_at(&s, 14), "1;32") == 0);
  CHECK(strcmp(style_at(&s, 13), "") == 0);
  session_type(&s, "\x01");
  session_settle(&s);
  CHECK(strcmp(style_at(&s, 12), "") == 0 && strcmp(style_at(&s, 14), "") == 0);
  session_type(&s, "\x05\x02\x02\x02\x02\x02\x02\x02"); /* at the bracket in the string */
  session_settle(&s);
  CHECK(strcmp(style_at(&s, 9), "32") == 0);
  session_type(&s, "\x05\x02\r"); /* what stays has no match */
  session_reads(&s, MN_OK, "a 12 \"x(\" (y) ");
  session_shows(&s, "> |");
  CHECK(strcmp(s.screen.cells[s.screen.y - 1][12].style, "") == 0);
  CHECK(strcmp(s.screen.cells[s.screen.y - 1][4].style, "33") == 0);
  session_end(&s);
}

static void no_colour(const char *name, const char *value) {
  session s;
  CHECK(setenv(name, value, 1) == 0);
  session_begin(&s, 40, 10);
  CHECK(!mn_editor_has_colour(s.editor));
  session_type(&s, "(12) ");
  session_shows(&s, "> (12) |");
  session_settle(&s);
  CHECK(strcmp(style_at(&s, 3), "") == 0);
  session_type(&s, "\x02");
  session_settle(&s);
  CHECK(strcmp(style_at(&s, 2), "4") == 0 && strcmp(style_at(&s, 5), "4") == 0);
  session_end(&s);
  CHECK(unsetenv(name) == 0);
}

static void without_colours(void) {
  no_colour("NO_COLOR", "1");
  no_colour("CLICOLOR", "0");
  CHECK(setenv("NO_COLOR", "", 1) == 0 && setenv("CLICOLOR", "1", 1) == 0);
  session s;
  session_begin(&s, 40, 10);
  CHECK(mn_editor_has_colour(s.editor));
  session_end(&s);
  CHECK(unsetenv("NO_COLOR") == 0 && unsetenv("CLICOLOR") == 0);
}

/* ---- what is drawn ---- */

/* How many bytes the keys cost. */
static size_t cost(session *s, const char *keys) {
  session_settle(s);
  size_t before = s->screen.bytes;
  session_type(s, keys);
  session_settle(s);
  return s->screen.bytes - before - 9; /* the bell and the mark */
}

static void only_changes_are_drawn(void) {
  session s;
  session_begin(&s, 60, 24);
  type_lines(&s, 12);
  session_type(&s, " words words words words words");
  CHECK(cost(&s, "x") == 1);
  CHECK(cost(&s, "\x02\x02\x02") < 20);
  CHECK(cost(&s, "y") < 25);
  CHECK(cost(&s, "\x7F") < 40);
  CHECK(cost(&s, "\x05z") < 20);
  CHECK(cost(&s, "\x07") == 0);
  session_type(&s, "\033[A\033[A\033[A");
  session_shows(&s, ". 9|\n. 10\n. 11\n. 12 words words words words wordsxz");
  session_end(&s);
}

static void many_lines_are_pasted(void) {
  enum { LINES = 10000 };
  static char text[LINES * 40];
  size_t size = 0;
  size += (size_t)sprintf(text, "\033[200~");
  for (int i = 0; i < LINES; i++)
    size += (size_t)sprintf(text + size, "local line_%d = { %d }\r", i, i);
  size += (size_t)sprintf(text + size, "\033[201~");
  session s;
  session_begin(&s, 80, 24);
  session_ready(&s);
  session_type_bytes(&s, text, size);
  session_shows(&s, ". local line_9998 = { 9998 }\n. local line_9999 = { 9999 }\n. |");
  CHECK(s.screen.bytes < 20000);
  CHECK(cost(&s, "x") < 20);
  session_type(&s, "\x1F\x1F");
  session_shows(&s, "> |");
  session_type(&s, "\033_\r");
  result r = session_result(&s);
  CHECK(r.status == MN_OK && r.size == size - 12);
  for (size_t i = 0; i < r.size; i++)
    CHECK(r.text[i] == (text[i + 6] == '\r' ? '\n' : text[i + 6]));
  free(r.text);
  session_end(&s);
}

/* ---- other output ---- */

static void output_goes_above(void) {
  session s;
  session_begin(&s, 20, 10);
  session_type(&s, "one\ntwo\x02");
  session_shows(&s, "> one\n. tw|o");
  mn_editor_print(s.editor, "printed\n", 8);
  session_shows(&s, "printed\n> one\n. tw|o");
  mn_editor_print(s.editor, "a\nb", 3); /* without an end */
  session_shows(&s, "printed\na\nb\n> one\n. tw|o");
  mn_editor_hide(s.editor);
  session_shows(&s, "printed\na\nb\n|");
  mn_editor_hide(s.editor); /* and another thread */
  CHECK(write(s.terminal, "c\n", 2) == 2);
  mn_editor_show(s.editor, '\n');
  session_type_bytes(&s, "x", 1); /* not drawn yet */
  session_shows(&s, "b\nc\n|");
  mn_editor_show(s.editor, -1);
  session_shows(&s, "b\nc\n> one\n. twx|o");
  session_type(&s, "\r");
  session_reads(&s, MN_OK, "one\ntwxo");
  session_shows(&s, "b\nc\n> one\n. twxo\n> |");
  session_end(&s);
}

enum { PRINTERS = 3, PRINTS = 100 };

static atomic_int ended;

static void *print_much(void *editor) {
  char line[40];
  for (int i = 0; i < PRINTS; i++) {
    int size = snprintf(line, sizeof line, "line %d\n", i);
    if (i % 3 == 0) {
      mn_editor_hide(editor);
      mn_editor_print(editor, line, (size_t)size);
      mn_editor_show(editor, '\n');
    } else {
      mn_editor_print(editor, line, (size_t)size);
    }
  }
  (void)atomic_fetch_add(&ended, 1);
  return NULL;
}

static void threads_print_while_it_is_typed(void) {
  session s;
  pthread_t printers[PRINTERS];
  session_begin(&s, 40, 30);
  session_ready(&s);
  for (int i = 0; i < PRINTERS; i++) printers[i] = start_thread(print_much, s.editor);
  for (int i = 0; i < 50; i++) session_type(&s, i % 10 == 9 ? "\n" : "typed");
  session_type(&s, "end");
  while (atomic_load(&ended) < PRINTERS) session_look(&s);
  for (int i = 0; i < PRINTERS; i++) join_thread(printers[i]);
  session_settle(&s);
  const char *text = screen_text(&s.screen, "|");
  CHECK(strstr(text, "\nline 99\n> typedtyped"));
  session_shows(&s, ". typedtypedtypedtypedtypedtypedtypedtyp\nedtyped\n. end|");
  check_redraw(&s);
  session_end(&s);
}

static void a_prompt_begins_on_a_fresh_line(void) {
  session s;
  session_open(&s, 20, 10);
  CHECK(write(s.terminal, "no end", 6) == 6);
  session_start(&s);
  session_shows(&s, "no end\n> |");
  session_end(&s);
  session_open(&s, 20, 10);
  CHECK(write(s.terminal, "an end\n", 7) == 7);
  session_start(&s);
  session_shows(&s, "an end\n> |");
  session_end(&s);
}

/* ---- the terminal changes ---- */

static void resize(session *s, int columns) {
  screen_resize(&s->screen, columns);
  session_set_size(s, columns, s->screen.rows);
  CHECK(kill(getpid(), SIGWINCH) == 0);
  session_settle(s);
}

static void other_sizes(void) {
  session s;
  session_begin(&s, 30, 12);
  session_type(&s, "1234567890abcdefghij\nnext line\nlast\x02");
  session_shows(&s, "> 1234567890abcdefghij\n. next line\n. las|t");
  resize(&s, 12);
  session_shows(&s, "> 1234567890\nabcdefghij\n. next line\n. las|t");
  resize(&s, 10);
  session_shows(&s, "> 12345678\n90abcdefgh\nij\n. next lin\ne\n. las|t");
  resize(&s, 40);
  session_settle(&s);
  session_type(&s, "x");
  session_shows(&s, "> 1234567890abcdefghij\n. next line\n. lasx|t");
  CHECK(strcmp(screen_text(&s.screen, "|"), "> 1234567890abcdefghij\n. next line\n. lasx|t") == 0);
  session_end(&s);
}

/* Rows in which a wide character doesn't fit break before it. */
static void wide_characters_and_other_sizes(void) {
#define WIDE "\xE4\xB8\xAD"
  session s;
  session_begin(&s, 30, 12);
  session_type(&s, WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE);
  session_settle(&s);
  resize(&s, 5);
  static const char narrow[] = "> " WIDE "\n" WIDE WIDE "\n" WIDE WIDE "\n" WIDE WIDE "\n" WIDE WIDE
                               "\n" WIDE WIDE "\n" WIDE WIDE "|";
  CHECK(strcmp(screen_text(&s.screen, "|"), narrow) == 0);
  resize(&s, 30);
  session_type(&s, "x");
  session_settle(&s);
  CHECK(strncmp(screen_text(&s.screen, "|"), "> " WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE, 26) ==
        0);
  session_end(&s);
}

static void goes_on_after_a_stop(void) {
  session s;
  session_begin(&s, 30, 12);
  session_type(&s, "typed");
  session_shows(&s, "> typed|");
  CHECK(tcsetattr(s.terminal, TCSANOW, &s.before) == 0); /* as a shell has it */
  CHECK(write(s.terminal, "$ fg", 4) == 4);
  CHECK(kill(getpid(), SIGCONT) == 0);
  session_shows(&s, "> typed$ fg\n> typed|");
  s.read++; /* it was taken once more in the same read */
  session_type(&s, "!\r");
  session_reads(&s, MN_OK, "typed!");
  session_end(&s);
}

static void stops_when_asked(void) {
  session s;
  session_begin(&s, 30, 12);
  session_type(&s, "typed");
  session_shows(&s, "> typed|");
  mn_editor_wake(s.editor); /* for nothing */
  session_type(&s, "!");
  session_shows(&s, "> typed!|");
  atomic_store(&session_stops, true);
  mn_editor_wake(s.editor);
  session_reads(&s, MN_CANCELLED, "");
  session_close(&s);
  atomic_store(&session_stops, false);
}

static void a_terminal_that_did_not_wait(void) {
  session s;
  session_open(&s, 30, 12);
  CHECK(fcntl(s.terminal, F_SETFL, fcntl(s.terminal, F_GETFL) | O_NONBLOCK) == 0);
  session_start(&s);
  session_type(&s, "typed");
  session_shows(&s, "> typed|");
  CHECK((fcntl(s.terminal, F_GETFL) & O_NONBLOCK) == 0);
  session_end(&s);
}

static void a_terminal_that_goes(void) {
  session s;
  session_begin(&s, 30, 12);
  session_type(&s, "typed");
  session_shows(&s, "> typed|");
  CHECK(close(s.master) == 0);
  result r;
  CHECK(read(s.results[0], &r, sizeof r) == sizeof r && r.status == MN_CLOSED);
  free(r.text);
  join_thread(s.thread);
  mn_editor_free(s.editor);
  CHECK(close(s.terminal) == 0 && close(s.results[0]) == 0 && close(s.results[1]) == 0);
}

int main(void) {
  CHECK(setlocale(LC_CTYPE, "C.UTF-8"));
  CHECK(setenv("TERM", "xterm", 1) == 0 && unsetenv("NO_COLOR") == 0 && unsetenv("CLICOLOR") == 0);
  RUN(long_lines_are_broken);
  RUN(a_part_of_a_long_text_is_shown);
  RUN(prompts_have_colours);
  RUN(text_has_colours);
  RUN(without_colours);
  RUN(only_changes_are_drawn);
  RUN(many_lines_are_pasted);
  RUN(output_goes_above);
  RUN(threads_print_while_it_is_typed);
  RUN(a_prompt_begins_on_a_fresh_line);
  RUN(other_sizes);
  RUN(wide_characters_and_other_sizes);
  RUN(goes_on_after_a_stop);
  RUN(stops_when_asked);
  RUN(a_terminal_that_did_not_wait);
  RUN(a_terminal_that_goes);
  return 0;
}
