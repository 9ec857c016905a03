/* tests/c/editor_bindings_test.c -- each key, on a terminal. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <locale.h>

#include "editor_session.h"

/* Keys, and the last rows of the screen then, with '|' for the cursor. */
typedef struct expectation {
  const char *keys, *shown;
} expectation;

#define LEFT  "\033[D"
#define RIGHT "\033[C"
#define UP    "\033[A"
#define DOWN  "\033[B"

static const expectation expectations[] = {
    {"", "> |"},
    {"hello", "> hello|"},
    /* moving */
    {"hello\x01", "> |hello"},
    {"hello\x01\x05", "> hello|"},
    {"hello\x02\x02", "> hel|lo"},
    {"hello\x01\x06", "> h|ello"},
    {"hello" LEFT LEFT RIGHT, "> hell|o"},
    {"hello\033[H", "> |hello"},
    {"hello\033[H\033[F", "> hello|"},
    {"hello\033OH", "> |hello"},
    {"a.long word\033b", "> a.long |word"},
    {"a.long word\033b\033b", "> a.|long word"},
    {"a.long word\033b\033b\033b\033b", "> |a.long word"},
    {"a.long word\x01\033f\033f", "> a.long| word"},
    {"a.long word\033[1;5D", "> a.long |word"},
    {"a.long word\x01\033[1;5C", "> a|.long word"},
    {"a_1 b2\033[1;3D", "> a_1 |b2"},
    {"a.long word\033\033[D", "> a.long |word"},
    /* removing */
    {"hello\x7F\x7F", "> hel|"},
    {"hello\x08", "> hell|"},
    {"hello\x01\x04", "> |ello"},
    {"hello\x01\033[3~\033[3~", "> |llo"},
    {"hello\x02\x02\x0B", "> hel|"},
    {"hello\x02\x02\x15", "> |lo"},
    {"one two-three\x17", "> one |"},
    {"one two-three\033\x7F", "> one two-|"},
    {"one two\x01\033d", "> | two"},
    {"one two\x01\033[3;5~", "> | two"},
    /* and bringing back */
    {"one two\x17\x01\x19", "> two|one"},
    {"one two three\x17\x17\x01\x19", "> two three|one"},
    {"one two three\x01\033d\033d\x05\x19", ">  threeone two|"},
    {"ab\x02\x0B\x01\x0B\x19", "> a|"},
    {"one two\x17\x17\x19", "> one two|"},
    {"one two\x17 \x17\x19", "> one  |"},
    {"one two\x17\033\x7F\x15\x19", "> one two|"},
    {"one two\x17\x02\x06\x17\x19", "> one |"}, /* a command in between: two are taken out */
    {"one two\x17\x02\x06\x17\x19\033y", "> two|"},
    {"one two\x17\x02\x06\x17\x19!\033y", "> one !|"}, /* only right after bringing back */
    {"a b\x17\x02\x06\x17\x19\033\033y", "> b|"},      /* Escape is no command by itself */
    {"\033y", "> |"},
    {"a\x15\x19"
     "b\x15\x19"
     "c\x15\x19\033y\033y",
     "> a|"},
    {"\x19", "> a|"}, /* that stays the one, in the next text, too */
    {"a\x15\x19 b\x15\x19\033y\x19", "> aa|"},
    {"ab\x15<\x19>\x02\033y", "> <ab|>"},
    {"a b\x17\x02\x06\x17\x19\033y\x1F", "> a |"},
    {"x (\x15\x19\x1Fy", "> y|"},
    /* as it is */
    {"a\x16\x03"
     "b",
     "> a^Cb|"},
    {"\x11\x01\x16\x16\x16\x1F", "> ^A^V^_|"},
    {"a\x16\tb", "> a   b|"},
    {"\x16\r\x16\n", "> ^M\n. |"},
    {"\x16\xE4\xB8\xAD\x16\xFF", "> \xE4\xB8\xAD<FF>|"},
    {"\x16\033[A.", "> ^[[A.|"},
    {"\x16\033[200~\x04\033[201~\x01", "> |^D"}, /* what is pasted is so anyway */
    {"\x12z\x16\x03", "> ^C|"},
    {"ab\x16\x01\x1F", "> |"}, /* is typed, like the other */
    /* transposing */
    {"ab\x14", "> ba|"},
    {"abc\x02\x14", "> acb|"},
    {"a\x14", "> a|"},
    {"\xC3\xA4\xE4\xB8\xAD\x14", "> \xE4\xB8\xAD\xC3\xA4|"},
    /* undoing */
    {"one two\x1F", "> one |"},
    {"one two\x1F\x1F", "> |"},
    {"one two\x1F\x1F\033_", "> one |"},
    {"one two\x1F\x1F\033_\033_", "> one two|"},
    {"one two\x1F\x1F\033_\033_\033_", "> one two|"},
    {"one two\x17\x1F", "> one two|"},
    {"one\x7F\x7F\x1F", "> on|"},
    {"one\x7Fx\x1F\x1F\033_", "> on|"},
    {"one\x1Ftwo\033_", "> two|"},
    /* more lines */
    {"one\ntwo", "> one\n. two|"},
    {"one\033\rtwo", "> one\n. two|"},
    {"one\ntwo" UP, "> one|\n. two"},
    {"one\ntwo" UP DOWN, "> one\n. two|"},
    {"long line\nx\nlonger line" UP UP, "> long line|\n. x\n. longer line"},
    {"long line\nx\nlonger line" LEFT UP UP, "> long line|\n. x\n. longer line"},
    {"long line\nx\nlong line" LEFT UP UP, "> long lin|e\n. x\n. long line"},
    {"long line\nx\nlong line" LEFT UP UP DOWN DOWN, "> long line\n. x\n. long lin|e"},
    {"one\ntwo\x10\x0E", "> one\n. two|"},
    {"one\ntwo\x01", "> one\n. |two"},
    {"one\ntwo\033[1;5H", "> |one\n. two"},
    {"one\ntwo\033[1;5H\033[1;5F", "> one\n. two|"},
    {"one\ntwo\x01\x02", "> one|\n. two"},
    {"one\ntwo\x01\x7F", "> one|two"},
    {"one\ntwo" UP "\x0B", "> one|two"},
    {"one\ntwo\x01\x15", "> one|two"},
    {"one\ntwo\x15", "> one\n. |"},
    /* completing */
    {"pri\t", "> print|"},
    {"x = ta\t", "> x = table|"},
    {"en\t", "> end|"},
    {"en\tx\x1F\x1F", "> en|"},
    {"\t", ">   |"},
    {"one\n \t", "> one\n.   |"},
    {"x\t", "> x|"},
    {"\xC3\t", "> \xC3\xA4hnlich|"},
    /* characters */
    {"\xC3\xA4\xE4\xB8\xAD!" LEFT LEFT, "> \xC3\xA4|\xE4\xB8\xAD!"},
    {"e\xCC\x81x" LEFT LEFT, "> |e\xCC\x81x"},
    {"e\xCC\x81\x7F", "> |"},
    {"\xE4\xB8\xAD\xE6\x96\x87\x7F", "> \xE4\xB8\xAD|"},
    {"a\xFF"
     "b",
     "> a<FF>b|"},
    {"a\xFF"
     "b" LEFT LEFT,
     "> a|<FF>b"},
    {"a\xC3"
     "b",
     "> a<C3>b|"},
    {"\033[200~a\033[2mb\tc\033[201~", "> a^[[2mb c|"},
    {"\033[200~a\tb\033[201~" LEFT LEFT, "> a|   b"},
    {"\033[200~one\r\ntwo\rthree\nfour\033[201~", "> one\n. two\n. three\n. four|"},
    {"\033[200~\x01\x04\033[201~", "> ^A^D|"},
    {"ab" LEFT "\033[200~x\ny\033[201~", "> ax\n. y|b"},
    {"a\033[200~b\033[201~c\x1F\x1F", "> a|"},
    /* Escape, then a key, is that key with Alt */
    {"one two\033\033b", "> one |two"},
};

/* Some keys come in one piece in a slower way. */
static void by_bytes(session *s, const char *keys) {
  for (; *keys; keys++) session_type_bytes(s, keys, 1);
}

static void each_binding(void) {
  session s;
  session_begin(&s, 60, 24);
  for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
    const expectation *e = &expectations[i];
    for (int slowly = 0; slowly < 2; slowly++) {
      session_ready(&s);
      if (slowly)
        by_bytes(&s, e->keys);
      else
        session_type(&s, e->keys);
      session_shows(&s, e->shown);
      session_type(&s, "\x03");
      session_reads(&s, MN_INTERRUPTED, "");
      session_shows(&s, "> |");
    }
  }
  session_end(&s);
}

static void beeps(void) {
  static const char *const useless[] = {"\x7F", "\x0B", "\x15",  "\x17", "\033d", "\x19",
                                        "\x14", "\x1F", "\033_", UP,     DOWN,    "q\t\x15"};
  session s;
  session_begin(&s, 60, 24);
  for (size_t i = 1; i < sizeof useless / sizeof *useless; i++) {
    int bells = s.screen.bells;
    session_type(&s, useless[i]);
    while (s.screen.bells == bells) session_pump(&s);
  }
  session_shows(&s, "> |");
  session_end(&s);
}

/* ---- reading ---- */

static void enter(void) {
  session s;
  session_begin(&s, 60, 24);
  session_type(&s, "one\r");
  session_reads(&s, MN_OK, "one");
  session_type(&s, "\r");
  session_reads(&s, MN_OK, "");
  session_type(&s, "x = {\r");
  session_shows(&s, "> x = {\n.   |");
  session_type(&s, "1\r");
  session_shows(&s, "> x = {\n.   1\n.   |");
  session_type(&s, "}\r");
  session_reads(&s, MN_OK, "x = {\n  1\n  }");
  session_shows(&s, "> x = {\n.   1\n.   }\n> |");
  session_type(&s, "one\ntwo" UP "\r");
  session_reads(&s, MN_OK, "one\ntwo");
  session_shows(&s, "> one\n. two\n> |");
  session_type(&s, "one\rtwo\rthr");
  session_reads(&s, MN_OK, "one");
  session_reads(&s, MN_OK, "two");
  session_shows(&s, "> one\n> two\n> thr|");
  session_end(&s);
}

/* Before the editor reads, with the terminal as it is then, or already reading each key. */
static void typed_ahead(void) {
  session s;
  session_open(&s, 60, 24);
  session_type(&s, "one\rtwo\r\x04");
  session_start(&s);
  session_reads(&s, MN_OK, "one");
  session_reads(&s, MN_OK, "two");
  session_reads(&s, MN_CLOSED, "");
  session_close(&s);
  session_open(&s, 60, 24);
  s.before.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
  s.before.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
  CHECK(tcsetattr(s.terminal, TCSANOW, &s.before) == 0);
  session_type(&s, "x = {\r1\r}\r\x04");
  session_start(&s);
  session_reads(&s, MN_OK, "x = {\n1\n}"); /* what was typed at once has its own indentation */
  session_reads(&s, MN_CLOSED, "");
  session_close(&s);
}

static void interrupts_are_counted(void) {
  session s;
  session_begin(&s, 60, 24);
  session_type(&s, "abc\x02\x03");
  session_reads(&s, MN_INTERRUPTED, "");
  session_shows(&s, "> abc^C\n> |");
  session_type(&s, "\x03");
  result r = session_result(&s);
  CHECK(r.status == MN_INTERRUPTED && r.interrupts == 2);
  free(r.text);
  session_type(&s, "x\r");
  session_reads(&s, MN_OK, "x");
  session_type(&s, "\x03");
  r = session_result(&s);
  CHECK(r.status == MN_INTERRUPTED && r.interrupts == 1);
  free(r.text);
  session_end(&s);
}

/* It was typed while nobody read keys, and the terminal made no signal of them yet. */
static void an_interrupt_after_enter_is_not_lost(void) {
  session s;
  session_begin(&s, 60, 24);
  session_type(&s, "abc\rdef\x03ghi\r");
  session_reads(&s, MN_INTERRUPTED, "");
  session_reads(&s, MN_OK, "ghi");
  session_type(&s, UP UP "\r\033[200~a\x03z\033[201~\r");
  session_reads(&s, MN_OK, "abc");
  session_reads(&s, MN_OK, "a\x03z");
  session_end(&s);
}

static void any_bytes(void) {
  static const char text[] = "\033[200~a\0b\xFF\xC3\033[201\033\xE4\xB8\x01\033[201~\r";
  static const char expected[] = "a\0b\xFF\xC3\033[201\033\xE4\xB8\x01";
  session s;
  session_begin(&s, 60, 24);
  session_ready(&s);
  session_type_bytes(&s, text, sizeof text - 1);
  result r = session_result(&s);
  CHECK(r.status == MN_OK && r.size == sizeof expected - 1);
  CHECK(memcmp(r.text, expected, sizeof expected) == 0);
  free(r.text);
  session_end(&s);
}

/* Text that is pasted may have any byte, but a Ctrl-C that comes alone is typed. */
static void ctrl_c_ends_a_paste_without_end(void) {
  session s;
  session_begin(&s, 60, 24);
  session_type(&s, "typed\033[200~pasted");
  session_shows(&s, "> typed|");
  for (int left = 1; left > 0;) CHECK(ioctl(s.terminal, FIONREAD, &left) == 0);
  session_type(&s, "\x03");
  session_reads(&s, MN_INTERRUPTED, "");
  session_type(&s, "x\r");
  session_reads(&s, MN_OK, "x");
  session_type(&s, "\033[200~a\x03z\033[201~\r");
  session_reads(&s, MN_OK, "a\x03z");
  session_end(&s);
}

/* ---- completion ---- */

static void candidates_are_listed(void) {
  session s;
  session_begin(&s, 60, 24);
  session_type(&s, "x = p\t");
  session_shows(&s, "pairs   print   printf\n> x = p|");
  session_type(&s, "rint\t");
  session_shows(&s, "print   printf\n> x = print|");
  session_type(&s, "(\x02\t");
  session_shows(&s, "print   printf\nprint   printf\n> x = print|(");
  session_end(&s);
  session_begin(&s, 8, 24); /* too narrow for two of them */
  session_type(&s, "p\t");
  session_shows(&s, "pairs\nprint\nprintf\n> p|");
  session_end(&s);
}

/* ---- history ---- */

static void enter_all(session *s, const char *const *texts) {
  for (; **texts; texts++) {
    session_type(s, *texts);
    session_type(s, "\r");
    session_reads(s, MN_OK, *texts);
  }
}

static const char *const entries[] = {"print(1)", "x = 5", "print(2)", "a\nb", ""};

static const expectation history_expectations[] = {
    {UP, "> a\n. b|"},
    {UP UP, "> a|\n. b"},
    {UP UP UP, "> print(2)|"},
    {"\x10\x10\x10", "> print(2)|"},
    {"\x10\x10\x10\x0E", "> a\n. b|"},
    {"\033[5~\033[5~", "> print(2)|"},
    {"\033[5~\033[5~\033[6~", "> a\n. b|"},
    {UP UP UP UP, "> x = 5|"},
    {UP UP UP UP DOWN, "> print(2)|"},
    {"pr" UP, "> print(2)|"},
    {"pr" UP UP, "> print(1)|"},
    {"pr" UP UP UP, "> print(1)|"},
    {"pr" UP UP DOWN, "> print(2)|"},
    {"pr" UP UP DOWN DOWN, "> pr|"},
    {"pr" UP UP DOWN DOWN DOWN, "> pr|"},
    {"nothing" UP, "> nothing|"},
    {"prx" LEFT UP, "> print(2)|"},
    {"pr" UP "\x7F" UP, "> print(2)|"},
    {"pr" UP "\x1F", "> pr|"},
    {"pr" UP "\x15" UP, "> a\n. b|"}, /* an edit begins anew */
    /* looking for a part */
    {"\x12", "(search)`': |"},
    {"\x12int", "(search)`int': pr|int(2)"},
    {"\x12int\x12", "(search)`int': pr|int(1)"},
    {"\x12int\x12\x12", "(not found)`int': pr|int(1)"},
    {"\x12int\x12\x13", "(search forward)`int': pr|int(2)"},
    {"\x12int\x05", "> print(2)|"},
    {"\x12int\x12\x07", "> |"},
    {"draft\x12int\x12\x07", "> draft|"},
    {"\x12intx", "(not found)`intx': pr|int(2)"},
    {"\x12int(1\x7F\x7F", "(search)`int': pr|int(2)"},
    {"\x13"
     "int",
     "(search forward)`int': pr|int(1)"},
    {"\x12int\x06x", "> prix|nt(2)"},
    {"\x12=\x05" UP, "> print(1)|"},
    {"\x12=\x05" DOWN, "> print(2)|"},
    {"dr\x12=\x05" DOWN DOWN DOWN, "> dr|"},
    {"\x12"
     "b",
     "(search)`b': a\n. |b"},
};

static void history(void) {
  session s;
  session_begin(&s, 60, 24);
  enter_all(&s, entries);
  for (size_t i = 0; i < sizeof history_expectations / sizeof *history_expectations; i++) {
    session_type(&s, history_expectations[i].keys);
    session_shows(&s, history_expectations[i].shown);
    session_type(&s, "\x03");
    session_reads(&s, MN_INTERRUPTED, "");
    session_shows(&s, "> |");
  }
  session_type(&s, "\x12int\x12\r");
  session_reads(&s, MN_OK, "print(1)");
  session_type(&s, UP "\r"); /* which is the last one now */
  session_reads(&s, MN_OK, "print(1)");
  session_type(&s, "\x12= 5");
  session_shows(&s, "(search)`= 5': x |= 5");
  session_type(&s, "\033"); /* alone it ends the search */
  session_shows(&s, "> x |= 5");
  session_end(&s);
}

/* The first keys find what is in the file. */
static void find_in_file(const char *path, const char *keys) {
  session s;
  session_open(&s, 60, 24);
  s.editor = mn_editor_new(s.terminal, s.terminal, stdin, &session_hooks);
  CHECK(s.editor && mn_editor_use_history(s.editor, path, 100) == MN_OK && pipe(s.results) == 0);
  s.thread = start_thread(session_body, &s);
  s.is_started = true;
  session_type(&s, keys);
  session_shows(&s, "> from before|");
  session_type(&s, "!\r");
  session_reads(&s, MN_OK, "from before!");
  char text[64] = "";
  FILE *written = fopen(path, "r");
  CHECK(written && fread(text, 1, sizeof text - 1, written) > 0 && fclose(written) == 0);
  CHECK(strcmp(text, "older\nfrom before\nfrom before!\n") == 0);
  session_type(&s, UP UP UP);
  session_shows(&s, "> older|");
  session_end(&s);
}

static void history_of_a_file(void) {
  static const char *const keys[] = {
      UP, "\x10", "\033[5~", "fr" UP, "\x12 bef\x05", "\x13\x12m b\x05", "\x12\x07" UP,
  };
  char path[] = "/tmp/moons-editor-XXXXXX";
  int file = mkstemp(path);
  CHECK(file >= 0 && close(file) == 0);
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    FILE *written = fopen(path, "w");
    CHECK(written && fputs("older\nfrom before\n", written) >= 0 && fclose(written) == 0);
    find_in_file(path, keys[i]);
  }
  CHECK(unlink(path) == 0);
}

int main(void) {
  CHECK(setlocale(LC_CTYPE, "C.UTF-8"));
  CHECK(setenv("TERM", "xterm", 1) == 0 && unsetenv("NO_COLOR") == 0);
  RUN(each_binding);
  RUN(beeps);
  RUN(enter);
  RUN(typed_ahead);
  RUN(interrupts_are_counted);
  RUN(an_interrupt_after_enter_is_not_lost);
  RUN(any_bytes);
  RUN(ctrl_c_ends_a_paste_without_end);
  RUN(candidates_are_listed);
  RUN(history);
  RUN(history_of_a_file);
  return 0;
}
