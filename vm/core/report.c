/* core/report.c -- putting a report together.
 *
 * Nothing of it needs a state: the one that has failed may be out of memory, or closed. */
#include "core/report.h"

#include <string.h>

#include "base/alloc.h"
#include "core/outlet.h"

static const char heading[] = "\nstack traceback:\n";

typedef struct piece {
  const char *text;
  size_t size;
} piece;

enum { PIECES = 7 };

static piece piece_of(const char *text) {
  return (piece){text, strlen(text)};
}

/* Adds the excerpt for the message, which is the report's first `size` bytes. */
static void add_excerpt(mn_runtime *runtime, const char *report, size_t size, mn_buffer *excerpt) {
  char *message = runtime->excerpt ? mn_alloc(size + 1) : NULL;
  if (!message) return;
  memcpy(message, report, size);
  message[size] = '\0';
  runtime->excerpt(runtime, message, excerpt);
  mn_free(message);
}

static void write_pieces(const mn_runtime *runtime, const piece pieces[PIECES]) {
  mn_buffer all = {0};
  bool fits = true;
  for (int i = 0; i < PIECES && fits; i++)
    fits = mn_buffer_add(&all, pieces[i].text, pieces[i].size);
  if (fits)
    mn_report(runtime, (const char *)all.data, all.size);
  else
    for (int i = 0; i < PIECES; i++) mn_report(runtime, pieces[i].text, pieces[i].size);
  mn_buffer_free(&all);
}

void mn_report_write(mn_runtime *runtime, const char *head, const char *report, const char *tail) {
  const char *traceback = strstr(report, heading);
  size_t size = traceback ? (size_t)(traceback - report) : strlen(report);
  mn_buffer excerpt = {0};
  add_excerpt(runtime, report, size, &excerpt);
  /* The excerpt ends its lines, and so what follows it does not begin one. */
  size_t more = excerpt.size > 0 ? excerpt.size - 1 : 0;
  write_pieces(runtime, (piece[PIECES]){piece_of(head),
                                        {report, size},
                                        {"\n", more > 0},
                                        {(const char *)excerpt.data, more},
                                        piece_of(report + size),
                                        piece_of(tail),
                                        {"\n", 1}});
  mn_buffer_free(&excerpt);
}
