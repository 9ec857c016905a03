/* core/status_line.c -- drawing, erasing and drawing again.
 *
 * The cursor rests at the left of the last line drawn: what the terminal echoes ("^C") lands there, and
 * is drawn over. All is erased from there, by going up and clearing to the end of the screen, since
 * nothing is ever below the lines.
 *
 * The mutex is held across writes, unlike others: who prints has to wait until the lines are off the
 * screen, as he would wait for the stream. It is taken before the lock of a stream. */
#include "core/status_line.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "os/mutex.h"
#include "os/os.h"

enum {
  MOST_LINES = 16,      /* that are drawn; the youngest are left out */
  MOVES = 24,           /* bytes by which the cursor moves between two lines */
  DEFAULT_COLUMNS = 80, /* of a terminal that doesn't know its size */
  DEFAULT_ROWS = 24
};

atomic_int mn_status_line_watched;

static mn_mutex mutex;
/* Guarded by the mutex, all of it. */
static mn_list lines = {&lines, &lines}; /* the oldest first */
static int drawn;                        /* how many are on the screen */
static bool is_in_line;                  /* the last output did not end its line */
static bool is_held;                     /* somebody types */
static const mn_prompt *prompt;          /* with this; NULL: nothing that has to be told */
static char screen[MOST_LINES * (MN_STATUS_LINE_BYTES + MOVES) + MOVES];

/* Whether any line is on the screen: for who can't take the mutex. */
static atomic_bool is_drawn;

static mn_status_line *line_of(mn_list *link) {
  return mn_list_entry(link, mn_status_line, link);
}

/* ---- the terminal ---- */

void mn_status_line_open(void) {
  int watched = mn_os_is_terminal(2) ? MN_WATCHES_ERROR : 0;
  if (watched && mn_os_is_terminal(1)) watched |= MN_WATCHES_OUTPUT;
  atomic_store(&mn_status_line_watched, watched);
}

bool mn_status_line_is_possible(void) {
  return atomic_load_explicit(&mn_status_line_watched, memory_order_relaxed) != 0; /* as above */
}

static void put_locked(const char *text, size_t size) {
  bool failed_before = ferror(stderr) != 0;
  (void)fwrite(text, 1, size, stderr);
  (void)fflush(stderr);
  /* A cancel breaks a write off; that is no fault of the stream, which is everybody's. */
  if (!failed_before) clearerr(stderr);
}

static void set_drawn_locked(int count) {
  drawn = count;
  /* relaxed: its only reader may see the screen a moment late. */
  atomic_store_explicit(&is_drawn, count > 0, memory_order_relaxed);
}

/* Writes how the cursor gets from the last line drawn to the first. */
static size_t go_up_locked(char *text) {
  return drawn > 1 ? (size_t)snprintf(text, MOVES, "\r\033[%dA", drawn - 1)
                   : (size_t)snprintf(text, MOVES, "\r");
}

static int default_columns(void) {
  const char *text = getenv("COLUMNS");
  long columns = text ? strtol(text, NULL, 10) : 0;
  return columns > 0 && columns < 10000 ? (int)columns : DEFAULT_COLUMNS;
}

/* How large the terminal is, without its last column: when that is written to, some terminals go to the
 * next line. */
static void get_size(int *columns, int *rows) {
  if (mn_os_terminal_size(2, columns, rows) != MN_OK) {
    *columns = default_columns();
    *rows = DEFAULT_ROWS;
  }
  *columns -= 1;
}

/* ---- drawing ---- */

static void erase_locked(void) {
  if (drawn == 0) return;
  char text[2 * MOVES];
  size_t size = go_up_locked(text);
  memcpy(text + size, "\033[J", 3);
  put_locked(text, size + 3);
  set_drawn_locked(0);
}

static size_t append(size_t size, const char *text) {
  size_t length = strlen(text);
  memcpy(screen + size, text, length);
  return size + length;
}

static void draw_locked(void) {
  if (is_in_line || is_held || mn_list_is_empty(&lines)) return;
  int columns, rows, count = 0;
  get_size(&columns, &rows);
  int most = rows > MOST_LINES ? MOST_LINES : rows > 2 ? rows - 1 : 1;
  size_t size = go_up_locked(screen);
  for (mn_list *l = lines.next; l != &lines && count < most; l = l->next) {
    if (count++ > 0) size = append(size, "\n\r");
    size += line_of(l)->paint(line_of(l), columns, screen + size);
    size = append(size, "\033[K");
  }
  if (drawn > count) size = append(size, "\033[J");
  size = append(size, "\r");
  put_locked(screen, size);
  set_drawn_locked(count);
}

/* Leaves the line as ordinary output. */
static void print_locked(mn_status_line *line) {
  int columns, rows;
  get_size(&columns, &rows);
  size_t size = line->paint(line, columns, screen);
  screen[size++] = '\n';
  put_locked(screen, size);
}

/* Prints the finished lines, as far as that can be. Nothing is drawn. */
static void settle_locked(void) {
  for (mn_list *l = lines.next, *next; l != &lines; l = next) {
    mn_status_line *line = line_of(l);
    next = l->next;
    if (!line->finished || ((is_in_line || is_held) && !line->nested)) continue;
    if (!line->nested) print_locked(line);
    mn_list_remove(l);
    mn_free(line);
  }
}

/* ---- lines ---- */

int mn_status_line_columns(void) {
  int columns, rows;
  get_size(&columns, &rows);
  return columns;
}

static bool has_line_locked(const void *owner) {
  for (mn_list *l = lines.next; l != &lines; l = l->next)
    if (line_of(l)->owner == owner && !line_of(l)->finished) return true;
  return false;
}

void mn_status_line_show(mn_status_line *line) {
  mn_mutex_lock(&mutex);
  if (mn_status_line_watches(stdout)) (void)fflush(stdout);
  if (is_in_line && !is_held) {
    put_locked("\n", 1);
    is_in_line = false;
  }
  line->finished = false;
  line->nested = has_line_locked(line->owner);
  mn_list_push_back(&lines, &line->link);
  draw_locked();
  mn_mutex_unlock(&mutex);
}

void mn_status_line_redraw(void) {
  if (!mn_mutex_try_lock(&mutex)) return;
  draw_locked();
  mn_mutex_unlock(&mutex);
}

void mn_status_line_finish(mn_status_line *line) {
  mn_mutex_lock(&mutex);
  if (mn_list_is_empty(&line->link)) {
    mn_free(line); /* it was left */
  } else {
    line->finished = true;
    erase_locked();
    settle_locked();
    draw_locked();
  }
  mn_mutex_unlock(&mutex);
}

/* ---- other output ---- */

void mn_status_line_begin_write(void) {
  mn_mutex_lock(&mutex);
  erase_locked();
  if (prompt) prompt->hide();
}

void mn_status_line_end_write(int last) {
  if (prompt && mn_status_line_watches(stdout)) (void)fflush(stdout);
  if (prompt)
    prompt->show(last);
  else if (last >= 0)
    is_in_line = last != '\n';
  if (!mn_list_is_empty(&lines)) {
    if (mn_status_line_watches(stdout)) (void)fflush(stdout);
    settle_locked();
    draw_locked();
  }
  mn_mutex_unlock(&mutex);
}

void mn_status_line_hold(const mn_prompt *of) {
  mn_mutex_lock(&mutex);
  erase_locked();
  is_held = true;
  prompt = of;
  mn_mutex_unlock(&mutex);
}

void mn_status_line_release(bool at_line_start) {
  mn_mutex_lock(&mutex);
  is_held = false;
  prompt = NULL;
  is_in_line = !at_line_start;
  settle_locked();
  draw_locked();
  mn_mutex_unlock(&mutex);
}

void mn_status_line_hide(void) {
  mn_mutex_lock(&mutex);
  erase_locked();
  mn_mutex_unlock(&mutex);
}

void mn_status_line_write_error(const char *text, size_t size) {
  mn_status_line_begin_write();
  mn_os_write_error(text, size);
  mn_status_line_end_write('\n');
}

/* ---- the end ---- */

void mn_status_line_leave(void) {
  if (!mn_mutex_try_lock(&mutex)) return;
  erase_locked();
  if (!mn_list_is_empty(&lines) && is_in_line) put_locked("\n", 1);
  while (!mn_list_is_empty(&lines)) {
    mn_status_line *line = line_of(lines.next);
    if (!line->nested) print_locked(line);
    mn_list_remove(&line->link);
    if (line->finished) mn_free(line);
  }
  mn_mutex_unlock(&mutex);
}

void mn_status_line_forget(void) {
  mn_mutex_lock(&mutex);
  while (!mn_list_is_empty(&lines)) {
    mn_status_line *line = line_of(lines.next);
    mn_list_remove(&line->link);
    if (line->finished) mn_free(line);
  }
  set_drawn_locked(0);
  mn_mutex_unlock(&mutex);
}

void mn_status_line_leave_now(void) {
  if (atomic_exchange(&is_drawn, false)) mn_os_write_error("\n", 1);
}
