/* progress/progress.c -- counting, and what the bar looks like:
 *
 *     resize:  45%|#########           | 45/100 [00:03<00:04, 12.3 it/s]
 *     resize: 45 it [00:03, 12.3 it/s]
 *
 * Only the count and the end are shared between who counts and who draws. */
#include "progress/progress.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/status_line.h"
#include "os/os.h"
#include "progress/progress_text.h"

enum {
  DESC_BYTES = 256,
  UNIT_BYTES = 48,
  RIGHT_BYTES = 256,
  LEAST_METER = 10, /* columns: before the meter gets narrower, the description is cut */
  MOST_METER = 40,
  LEAST_DESC = 4
};

#define PERIOD (MN_SECOND / 10)
/* The rate is that of about so long a time. */
#define MEMORY (10 * MN_SECOND)

_Static_assert(DESC_BYTES + RIGHT_BYTES + 3 * MOST_METER + 32 <= MN_STATUS_LINE_BYTES, "it fits");

struct mn_progress {
  mn_status_line line;
  char desc[DESC_BYTES], unit[UNIT_BYTES]; /* this and what follows: immutable */
  int64_t total;
  mn_time start;
  bool dumb, utf8, colour;
  mn_time due;          /* owner thread: when to draw next */
  _Atomic int64_t done; /* written by the owner thread */
  _Atomic mn_time end;  /* the same; 0: it goes on */
  mn_time seen_at;      /* this and what follows: guarded by the lock of the status lines */
  int64_t seen;         /* so many were done then */
  double rate;          /* in a second */
};

/* ---- numbers ---- */

/* A mean at first, that forgets what is long past: each span of time weighs as much of the time that is
 * remembered as it is long. While nothing is done it stays, however often it is drawn. */
static void update_rate(mn_progress *bar, int64_t done, mn_time now) {
  mn_time span = now - bar->seen_at, before = bar->seen_at - bar->start;
  if (span < PERIOD / 2 || done == bar->seen) return;
  if (before > MEMORY) before = MEMORY;
  double weight = (double)span / (double)(span + before);
  double latest = (double)(done - bar->seen) * (double)MN_SECOND / (double)span;
  bar->rate += weight * (latest - bar->rate);
  bar->seen_at = now;
  bar->seen = done;
}

/* At the end the mean of all the time counts. */
static double rate_of(mn_progress *bar, int64_t done, mn_time now, bool ended) {
  if (!ended) {
    update_rate(bar, done, now);
    return bar->rate;
  }
  mn_time span = now - bar->start;
  return span > 0 ? (double)done * (double)MN_SECOND / (double)span : 0;
}

/* Minutes and seconds, or hours, too. */
static void write_time(char text[static 24], double seconds) {
  if (!(seconds >= 0 && seconds < 1e9)) {
    (void)snprintf(text, 24, "?");
    return;
  }
  unsigned all = (unsigned)seconds, hours = all / 3600, minutes = all / 60 % 60;
  if (hours > 0)
    (void)snprintf(text, 24, "%u:%02u:%02u", hours, minutes, all % 60);
  else
    (void)snprintf(text, 24, "%02u:%02u", minutes, all % 60);
}

static void write_rate(char *text, size_t size, double rate, const char *unit) {
  if (!(rate > 0))
    (void)snprintf(text, size, "? %s/s", unit);
  else if (rate < 1)
    (void)snprintf(text, size, "%.2f s/%s", 1 / rate, unit);
  else
    (void)snprintf(text, size, "%.*f %s/s", rate < 9.995 ? 2 : rate < 99.95 ? 1 : 0, rate, unit);
}

/* ---- the parts of a line ---- */

typedef struct writer {
  char *text;
  size_t size;
} writer;

static void put(writer *w, const char *text) {
  size_t size = strlen(text);
  memcpy(w->text + w->size, text, size);
  w->size += size;
}

static void put_many(writer *w, const char *text, int count) {
  while (count-- > 0) put(w, text);
}

/* The meter, `columns` wide, in eighths of a column where the terminal has such characters. */
static void put_meter(writer *w, const mn_progress *bar, int columns, double share) {
  static const char *const eighths[] = {"",       "\u258F", "\u258E", "\u258D",
                                        "\u258C", "\u258B", "\u258A", "\u2589"};
  int steps = bar->utf8 ? 8 : 1;
  int filled = (int)(share * columns * steps);
  int whole = filled / steps, part = filled % steps;
  if (bar->colour) put(w, "\033[32m");
  put_many(w, bar->utf8 ? "\u2588" : "#", whole);
  put(w, eighths[part]);
  if (bar->colour) put(w, "\033[0m");
  put_many(w, " ", columns - whole - (part > 0));
}

/* Writes the description, cut to `columns`, with ": " in them; or nothing where that is too little. How
 * many columns are taken. */
static int put_desc(writer *w, const mn_progress *bar, int columns) {
  char desc[DESC_BYTES + 8];
  int wanted = mn_text_columns(bar->desc) + 2;
  if (*bar->desc == '\0' || (columns < wanted && columns < LEAST_DESC + 2)) return 0;
  memcpy(desc, bar->desc, DESC_BYTES);
  if (columns < wanted) {
    const char *mark = bar->utf8 ? "\u2026" : "~";
    mn_text_cut(desc, columns - 3);
    memcpy(desc + strlen(desc), mark, strlen(mark) + 1);
  }
  put(w, desc);
  put(w, ": ");
  return mn_text_columns(desc) + 2;
}

/* ---- the line ---- */

typedef struct numbers {
  int64_t done;
  double seconds, rate;
} numbers;

static void put_known(writer *w, const mn_progress *bar, const numbers *n, int columns) {
  char right[RIGHT_BYTES], elapsed[24], remaining[24], rate[UNIT_BYTES + 40], percent[8];
  double share = bar->total > 0 ? (double)n->done / (double)bar->total : 1;
  write_time(elapsed, n->seconds);
  write_time(remaining, n->rate > 0 ? (double)(bar->total - n->done) / n->rate : 1e9);
  write_rate(rate, sizeof rate, n->rate, bar->unit);
  (void)snprintf(percent, sizeof percent, "%3d%%", (int)(share * 100));
  (void)snprintf(right, sizeof right, " %lld/%lld [%s<%s, %s]", (long long)n->done,
                 (long long)bar->total, elapsed, n->done == bar->total ? "00:00" : remaining, rate);
  int room = columns - 4 - mn_text_columns(right);
  if (room < 0) {
    if (columns >= 4) put(w, percent);
    return;
  }
  room -= put_desc(w, bar, room - 2 - LEAST_METER);
  put(w, percent);
  if (room >= 3) {
    int meter = room - 2 < MOST_METER ? room - 2 : MOST_METER;
    put(w, "|");
    put_meter(w, bar, meter, share);
    put(w, "|");
  }
  put(w, right);
}

/* The same without a total, or when there are more than that. */
static void put_unknown(writer *w, const mn_progress *bar, const numbers *n, int columns) {
  char right[RIGHT_BYTES], elapsed[24], rate[UNIT_BYTES + 40];
  write_time(elapsed, n->seconds);
  write_rate(rate, sizeof rate, n->rate, bar->unit);
  (void)snprintf(right, sizeof right, "%lld %s [%s, %s]", (long long)n->done, bar->unit, elapsed,
                 rate);
  int room = columns - mn_text_columns(right);
  if (room < 0) mn_text_cut(right, columns);
  (void)put_desc(w, bar, room);
  put(w, right);
}

static size_t paint(mn_status_line *line, int columns, char *text) {
  mn_progress *bar = (mn_progress *)(void *)line;
  writer w = {text, 0};
  /* relaxed: what is drawn may be a moment old. */
  int64_t done = atomic_load_explicit(&bar->done, memory_order_relaxed);
  mn_time end = atomic_load_explicit(&bar->end, memory_order_relaxed);
  mn_time now = end > 0 ? end : mn_clock();
  numbers n = {done, (double)(now - bar->start) / (double)MN_SECOND,
               rate_of(bar, done, now, end > 0)};
  if (bar->total < 0 || done > bar->total)
    put_unknown(&w, bar, &n, columns);
  else
    put_known(&w, bar, &n, columns);
  return w.size;
}

_Static_assert(offsetof(mn_progress, line) == 0, "a status line is its first member");

/* ---- the calls ---- */

static bool is_set(const char *variable) {
  const char *text = getenv(variable);
  return text && *text;
}

mn_progress *mn_progress_new(const mn_progress_options *options) {
  mn_progress *bar = mn_alloc_zero(sizeof *bar);
  if (!bar) return NULL;
  const char *terminal = getenv("TERM");
  bar->line = (mn_status_line){.paint = paint, .owner = options->owner};
  mn_list_init(&bar->line.link);
  bar->dumb = !terminal || !*terminal || strcmp(terminal, "dumb") == 0;
  bar->colour = !bar->dumb && !is_set("NO_COLOR");
  bar->utf8 = mn_text_is_utf8();
  mn_text_clean(bar->desc, sizeof bar->desc, options->desc, bar->utf8);
  mn_text_clean(bar->unit, sizeof bar->unit, options->unit, bar->utf8);
  bar->total = options->total;
  bar->start = bar->seen_at = mn_clock();
  bar->due = bar->dumb ? MN_FOREVER : bar->start + PERIOD;
  if (!bar->dumb) mn_status_line_show(&bar->line);
  return bar;
}

void mn_progress_add(mn_progress *bar, int64_t count) {
  /* relaxed: only this thread writes it. */
  int64_t done = atomic_load_explicit(&bar->done, memory_order_relaxed);
  done = count > INT64_MAX - done ? INT64_MAX : done + count > 0 ? done + count : 0;
  atomic_store_explicit(&bar->done, done, memory_order_relaxed);
  mn_time now = mn_clock();
  if (now < bar->due) return;
  bar->due = now + PERIOD;
  mn_status_line_redraw();
}

void mn_progress_close(mn_progress *bar) {
  /* relaxed: who draws it after this has the lock in between. */
  atomic_store_explicit(&bar->end, mn_clock(), memory_order_relaxed);
  if (!bar->dumb) {
    mn_status_line_finish(&bar->line);
    return;
  }
  char text[MN_STATUS_LINE_BYTES + 1];
  size_t size = paint(&bar->line, mn_status_line_columns(), text);
  text[size++] = '\n';
  mn_status_line_write_error(text, size);
  mn_free(bar);
}
