/* tests/c/history_test.c -- entries in memory and in the file, alone and with other processes. */
#define _XOPEN_SOURCE 700 /* mkdtemp */

#include "main/history.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "check.h"

static char root[] = "/tmp/moons-history-XXXXXX";
static char path[64];

static void add(mn_history *history, const char *text) {
  CHECK(mn_history_add(history, text, strlen(text)) == MN_OK);
}

/* The entries, with a '|' after each. */
static const char *all_of(const mn_history *history) {
  static char text[4096];
  size_t size = 0;
  for (size_t i = 0; i < history->count; i++)
    size += (size_t)snprintf(text + size, sizeof text - size, "%s|", history->entries[i].text);
  text[size] = '\0';
  return text;
}

static void check_all(const mn_history *history, const char *expected) {
  const char *got = all_of(history);
  if (strcmp(got, expected) != 0) fprintf(stderr, "expected: %s\ngot:      %s\n", expected, got);
  CHECK(strcmp(got, expected) == 0);
}

static void put_file(const char *text, size_t size) {
  FILE *file = fopen(path, "w");
  CHECK(file && fwrite(text, 1, size, file) == size && fclose(file) == 0);
}

/* The file's text; a zero follows. */
static size_t get_file(char *text, size_t room) {
  FILE *file = fopen(path, "r");
  CHECK(file);
  size_t size = fread(text, 1, room - 1, file);
  CHECK(fclose(file) == 0);
  text[size] = '\0';
  return size;
}

static void check_file(const char *expected) {
  char text[4096];
  (void)get_file(text, sizeof text);
  if (strcmp(text, expected) != 0) fprintf(stderr, "expected: %s\ngot:      %s\n", expected, text);
  CHECK(strcmp(text, expected) == 0);
}

static mn_status open_history(mn_history *history, const char *file, size_t most) {
  mn_status status = mn_history_use(history, file, most);
  return status == MN_OK ? mn_history_load(history) : status;
}

static mn_history opened(size_t most) {
  mn_history history = {0};
  CHECK(open_history(&history, path, most) == MN_OK);
  return history;
}

static void without_a_file(void) {
  mn_history history = {.most = 3};
  add(&history, "one");
  add(&history, "two");
  add(&history, "two");
  add(&history, "   \n\t ");
  add(&history, "");
  check_all(&history, "one|two|");
  add(&history, "one"); /* the last one is kept */
  check_all(&history, "two|one|");
  add(&history, "three");
  add(&history, "four");
  check_all(&history, "one|three|four|");
  mn_history_free(&history);
}

static void is_written_at_once(void) {
  (void)unlink(path);
  mn_history history = opened(0);
  add(&history, "x = 1");
  check_file("x = 1\n");
  add(&history, "for i = 1, 2 do\n  print(i, '\\n')\nend");
  check_file("x = 1\nfor i = 1, 2 do\\n  print(i, '\\\\n')\\nend\n");
  CHECK(mn_history_add(&history, "a\0b", 3) == MN_OK);
  mn_history_free(&history);
  history = opened(0);
  CHECK(history.count == 3 && history.entries[2].size == 3);
  CHECK(memcmp(history.entries[2].text, "a\0b", 4) == 0);
  CHECK(strcmp(history.entries[1].text, "for i = 1, 2 do\n  print(i, '\\n')\nend") == 0);
  mn_history_free(&history);
  struct stat about;
  CHECK(stat(path, &about) == 0 && (about.st_mode & 0777) == 0600);
}

static void what_is_there_comes_first(void) {
  put_file("old\nboth\nold\n", 13);
  mn_history history = {0};
  add(&history, "both");
  add(&history, "new");
  CHECK(open_history(&history, path, 0) == MN_OK);
  check_all(&history, "old|both|new|");
  check_file("old\nboth\nold\n");
  mn_history_free(&history);
}

static void a_broken_file_is_read(void) {
  put_file("one\n\n  \ntwo\\", 12);
  mn_history history = opened(0);
  check_all(&history, "one|two\\|");
  add(&history, "three"); /* begins its own line */
  check_file("one\n\n  \ntwo\\\nthree\n");
  mn_history_free(&history);
  put_file("", 0);
  history = opened(0);
  CHECK(history.count == 0);
  mn_history_free(&history);
}

static void a_long_file_is_shortened(void) {
  (void)unlink(path);
  mn_history history = opened(10);
  char text[4096];
  for (int i = 0; i < 40; i++) {
    (void)snprintf(text, sizeof text, "entry\n%d", i);
    add(&history, text);
  }
  CHECK(history.count == 10 && strcmp(history.entries[0].text, "entry\n30") == 0);
  mn_history other = opened(100); /* which is in use meanwhile */
  CHECK(other.count == 40);
  CHECK(chmod(path, 0640) == 0);
  mn_history_free(&history);
  history = opened(10);
  CHECK(history.count == 10 && strcmp(history.entries[9].text, "entry\n39") == 0);
  (void)get_file(text, sizeof text);
  CHECK(strncmp(text, "entry\\n30\n", 10) == 0 && strstr(text, "\nentry\\n39\n"));
  struct stat about;
  CHECK(stat(path, &about) == 0 && (about.st_mode & 0777) == 0640);
  add(&other, "of the other"); /* goes to the new file */
  (void)get_file(text, sizeof text);
  CHECK(strstr(text, "\nof the other\n"));
  mn_history_free(&history);
  mn_history_free(&other);
  /* Texts that come often make a file long, too. */
  put_file("a\nb\na\nb\na\nb\na\nb\na\nb\na\nb\na\nb\n", 28);
  history = opened(10);
  check_all(&history, "a|b|");
  check_file("a\nb\n");
  mn_history_free(&history);
}

static void long_texts_are_few(void) {
  enum { SIZE = MN_HISTORY_LONGEST };
  int wanted = MN_HISTORY_BYTES / SIZE;
  (void)unlink(path);
  mn_history history = opened(1000);
  char *text = malloc(SIZE + 1);
  for (int i = 0; i < 2 * wanted; i++) {
    memset(text, 'a' + i, SIZE - 1);
    text[SIZE - 1] = '\0';
    add(&history, text);
  }
  mn_history_free(&history);
  history = opened(1000);
  CHECK(history.count == (size_t)wanted - 1 && history.entries[0].text[0] == 'a' + wanted + 1);
  struct stat about;
  CHECK(stat(path, &about) == 0 && about.st_size <= MN_HISTORY_BYTES);
  mn_history_free(&history);
  free(text);
}

static void a_link_stays_one(void) {
  char other[96];
  (void)snprintf(other, sizeof other, "%s/real", root);
  put_file("a\na\na\na\na\nb\n", 12);
  CHECK(rename(path, other) == 0 && symlink(other, path) == 0);
  mn_history history = opened(2);
  check_all(&history, "a|b|");
  struct stat about;
  CHECK(lstat(path, &about) == 0 && S_ISLNK(about.st_mode));
  check_file("a\nb\n");
  mn_history_free(&history);
  CHECK(unlink(path) == 0);
}

static void folders_are_made(void) {
  char deep[128];
  (void)snprintf(deep, sizeof deep, "%s/a/b/c/history", root);
  mn_history history = {0};
  CHECK(open_history(&history, deep, 0) == MN_OK);
  add(&history, "x");
  mn_history_free(&history);
  CHECK(access(deep, R_OK) == 0);
}

static void refused(const char *file) {
  mn_history history = {0};
  add(&history, "kept");
  CHECK(open_history(&history, file, 0) == MN_INVALID);
  check_all(&history, "kept|");
  CHECK(mn_history_add(&history, "more", 4) == MN_INVALID);
  check_all(&history, "kept|more|");
  CHECK(mn_history_load(&history) == MN_INVALID);
  check_all(&history, "kept|more|");
  mn_history_free(&history);
}

static void what_is_no_file_is_refused(void) {
  int before = next_descriptor();
  refused(root);
  refused("/dev/null");
  refused("/proc/no/such");
  refused("");
  (void)unlink(path);
  CHECK(mkfifo(path, 0600) == 0);
  refused(path);
  CHECK(unlink(path) == 0 && next_descriptor() == before);
}

static void is_read_when_it_is_looked_at(void) {
  put_file("one\ntwo\n", 8);
  mn_history history = {0};
  CHECK(mn_history_use(&history, path, 0) == MN_OK && history.count == 0);
  CHECK(mn_history_add(&history, "two", 3) == MN_OK); /* again */
  check_file("one\ntwo\n");
  CHECK(mn_history_add(&history, "o", 1) == MN_OK); /* another, though the file ends so */
  add(&history, "three");
  check_file("one\ntwo\no\nthree\n");
  mn_history other = opened(0);
  add(&other, "of the other");
  mn_history_free(&other);
  check_all(&history, "two|o|three|");
  CHECK(mn_history_load(&history) == MN_OK);
  check_all(&history, "one|of the other|two|o|three|");
  put_file("", 0);
  CHECK(mn_history_load(&history) == MN_OK); /* once */
  check_all(&history, "one|of the other|two|o|three|");
  add(&history, "three");
  check_file("");
  add(&history, "one");
  check_file("one\n");
  mn_history_free(&history);
}

static void what_is_too_long_for_a_line_is_passed_over(void) {
  enum { LONG = MN_HISTORY_LONGEST + 1 };
  char *text = malloc(LONG + 10);
  CHECK(text);
  memset(text, 'x', LONG);
  memcpy(text + LONG, "\nseen\n", 6);
  put_file(text, LONG + 6);
  free(text);
  mn_history history = opened(0);
  check_all(&history, "seen|");
  mn_history_free(&history);
}

static void a_file_that_vanishes_comes_again(void) {
  (void)unlink(path);
  mn_history history = opened(0);
  add(&history, "one");
  CHECK(unlink(path) == 0);
  add(&history, "two");
  check_file("two\n");
  mn_history_free(&history);
}

enum { WRITERS = 4, ENTRIES = 200 };

/* One of several processes; it is killed when it has added all. */
static void write_entries(int who) {
  mn_history history = opened(0);
  for (int i = 0; i < ENTRIES; i++) {
    char text[300];
    int size = snprintf(text, sizeof text, "writer %d entry %d ", who, i);
    memset(text + size, 'x', 200);
    CHECK(mn_history_add(&history, text, (size_t)size + 200) == MN_OK);
    if (i % 50 == 25) { /* and one that makes the file short in between, losing nothing */
      mn_history reader = opened(WRITERS * ENTRIES);
      mn_history_free(&reader);
    }
  }
  (void)kill(getpid(), SIGKILL);
}

static void several_processes_lose_nothing(void) {
  (void)unlink(path);
  mn_history repeated = opened(0); /* lines that may go at each reading */
  pid_t writers[WRITERS];
  FILE *file = fopen(path, "w");
  CHECK(file);
  for (int i = 0; i < WRITERS * ENTRIES * 5 / 4; i++) CHECK(fputs("again\n", file) >= 0);
  CHECK(fclose(file) == 0);
  mn_history_free(&repeated);
  for (int w = 0; w < WRITERS; w++) {
    writers[w] = fork();
    CHECK(writers[w] >= 0);
    if (writers[w] == 0) write_entries(w);
  }
  for (int w = 0; w < WRITERS; w++) {
    int status;
    CHECK(waitpid(writers[w], &status, 0) == writers[w]);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  }
  mn_history history = opened(0);
  int next[WRITERS] = {0};
  for (size_t i = 0; i < history.count; i++) {
    int who, entry;
    if (strcmp(history.entries[i].text, "again") == 0) continue;
    CHECK(sscanf(history.entries[i].text, "writer %d entry %d", &who, &entry) == 2);
    CHECK(next[who]++ == entry);
  }
  for (int w = 0; w < WRITERS; w++) CHECK(next[w] == ENTRIES);
  mn_history_free(&history);
}

static void finds(void) {
  mn_history history = {0};
  static const char *const texts[] = {"print(1)", "x = 5", "print(2)", "y = print", ""};
  for (int i = 0; *texts[i]; i++) add(&history, texts[i]);
  size_t where = 0;
  CHECK(mn_history_find_prefix(&history, 4, true, "print", 5) == 2);
  CHECK(mn_history_find_prefix(&history, 2, true, "print", 5) == 0);
  CHECK(mn_history_find_prefix(&history, 0, true, "print", 5) == 4);
  CHECK(mn_history_find_prefix(&history, 0, false, "print", 5) == 2);
  CHECK(mn_history_find_prefix(&history, 2, false, "print", 5) == 4);
  CHECK(mn_history_find_prefix(&history, 4, true, "", 0) == 3);
  CHECK(mn_history_find_part(&history, 3, true, "print", 5, &where) == 3 && where == 4);
  CHECK(mn_history_find_part(&history, 2, true, "(1", 2, &where) == 0 && where == 5);
  CHECK(mn_history_find_part(&history, 0, false, "=", 1, &where) == 1 && where == 2);
  CHECK(mn_history_find_part(&history, 3, true, "none", 4, &where) == 4);
  CHECK(mn_history_find_part(&history, (size_t)-1, true, "x", 1, &where) == 4);
  mn_history_free(&history);
  CHECK(mn_history_find_prefix(&history, 0, true, "", 0) == 0);
  CHECK(mn_history_find_part(&history, 0, true, "", 0, &where) == 0);
}

static void no_memory(void) {
#ifdef MN_FAULTS
  put_file("one\ntwo\none\ntwo\nthree\n", 22);
  int before = next_descriptor();
  for (long n = 0, failed = 1; failed; n++) {
    mn_history history = {0};
    add(&history, "zero");
    mn_alloc_fail_at(n, 0);
    mn_status status = open_history(&history, path, 3);
    failed = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, 0);
    /* What fails on the way to a shorter file is no failure. */
    CHECK(status == MN_OK || (failed && status == MN_NOMEM));
    check_all(&history, status == MN_OK ? "two|three|zero|" : "zero|");
    mn_history_free(&history);
  }
  for (long n = 0, failed = 1; failed; n++) {
    mn_history history = opened(3);
    mn_alloc_fail_at(n, 0);
    mn_status status = mn_history_add(&history, "new", 3);
    failed = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, 0);
    CHECK((status == MN_OK) == !failed);
    mn_history_free(&history);
    put_file("one\ntwo\n", 8);
  }
  CHECK(next_descriptor() == before);
#endif
}

int main(void) {
  CHECK(mkdtemp(root));
  (void)snprintf(path, sizeof path, "%s/history", root);
  RUN(without_a_file);
  RUN(is_written_at_once);
  RUN(what_is_there_comes_first);
  RUN(a_broken_file_is_read);
  RUN(a_long_file_is_shortened);
  RUN(long_texts_are_few);
  RUN(a_link_stays_one);
  RUN(folders_are_made);
  RUN(what_is_no_file_is_refused);
  RUN(is_read_when_it_is_looked_at);
  RUN(what_is_too_long_for_a_line_is_passed_over);
  RUN(a_file_that_vanishes_comes_again);
  RUN(several_processes_lose_nothing);
  RUN(finds);
  RUN(no_memory);
  char command[100];
  (void)snprintf(command, sizeof command, "rm -r %s", root);
  return system(command) == 0 ? 0 : 1;
}
