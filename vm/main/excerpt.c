/* main/excerpt.c -- which line, and how it is drawn. */
#include "main/excerpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/long_names.h"
#include "main/editor_glyph.h"
#include "os/file.h"
#include "os/os.h"

enum {
  DEFAULT_COLUMNS = 80,
  LEAST_COLUMNS = 20,  /* of the text, however narrow the terminal is */
  TAB = 4,             /* columns; it would be cut in another way by each terminal */
  NUMBER = 24,         /* bytes of a number before the line */
  LARGEST = 16 << 20,  /* bytes of a file */
  LONGEST_PATH = 4096, /* bytes */
  AROUND = 1024        /* bytes of a line, before the beginning of the mark and after it */
};

static const char gap[] = "..."; /* for what is cut off */
#define GAP ((int)sizeof gap - 1)

/* ---- the look ---- */

/* Whether the variable is there and says something. */
static bool is_set(const char *name) {
  const char *value = getenv(name);
  return value && *value;
}

static bool equals(const char *name, const char *expected) {
  const char *value = getenv(name);
  return value && strcmp(value, expected) == 0;
}

/* By what no-color.org and bixense.com/clicolors say. */
mn_excerpt_look mn_excerpt_look_of(int descriptor) {
  mn_excerpt_look look = {DEFAULT_COLUMNS, false};
  int columns, rows;
  if (!mn_os_is_terminal(descriptor)) return look;
  if (mn_os_terminal_size(descriptor, &columns, &rows) == MN_OK && columns > 0)
    look.columns = columns;
  look.has_colour = !is_set("NO_COLOR") && !equals("CLICOLOR", "0") && !equals("TERM", "dumb");
  return look;
}

/* ---- a line on the terminal ---- */

static void add(mn_buffer *out, const char *text) {
  (void)mn_buffer_add(out, text, strlen(text));
}

static void add_many(mn_buffer *out, const char *text, int count) {
  while (count-- > 0) add(out, text);
}

static void add_in(mn_buffer *out, const mn_excerpt_look *look, const char *colour,
                   const char *text) {
  if (look->has_colour) add(out, colour);
  add(out, text);
  if (look->has_colour) add(out, "\033[m");
}

static const char dim[] = "\033[2m", red[] = "\033[31m";

/* What stands in one place, and the columns it takes when it begins at `column`. */
static mn_glyph glyph_at(const mn_source_line *line, size_t at, int column) {
  mn_glyph glyph = mn_glyph_at(line->text + line->from, line->after - line->from, at - line->from);
  if (line->text[at] == '\t') glyph.columns = TAB - column % TAB;
  return glyph;
}

/* The column at which the place is; behind the line, where the line ends. */
static int column_of(const mn_source_line *line, size_t place) {
  int column = 0;
  for (size_t at = line->from; at < place && at < line->after;) {
    mn_glyph glyph = glyph_at(line, at, column);
    if (at + glyph.size > place) break; /* within a character */
    column += glyph.columns;
    at += glyph.size;
  }
  return column;
}

/* Which columns of the part are shown, and whether there is more of the line on either side. */
typedef struct window {
  int from, after;
  bool more_before, more_after;
} window;

/* The mark's beginning is in sight, and as much before it as after it, if there is. */
static window choose_window(int columns, int mark, int room) {
  if (columns <= room) return (window){0, columns, false, false};
  int from = mark - room / 2;
  if (from + room > columns) from = columns - room;
  if (from < 0) from = 0;
  return (window){from, from + room, from > 0, from + room < columns};
}

static void add_glyph(mn_buffer *out, const mn_source_line *line, size_t at,
                      const mn_glyph *glyph) {
  if (line->text[at] == '\t')
    add_many(out, " ", glyph->columns);
  else if (*glyph->shown)
    add(out, glyph->shown);
  else
    (void)mn_buffer_add(out, line->text + at, glyph->size);
}

/* Adds what of the line is in the window, exactly as wide: a character that is cut is a blank. */
static void add_text(mn_buffer *out, const mn_source_line *line, const window *w) {
  int from = w->more_before ? w->from + GAP : w->from,
      after = w->more_after ? w->after - GAP : w->after;
  int column = 0, drawn = from;
  if (w->more_before) add(out, gap);
  for (size_t at = line->from; at < line->after && column < after;) {
    mn_glyph glyph = glyph_at(line, at, column);
    if (column >= from && column + glyph.columns <= after) {
      add_many(out, " ", column - drawn);
      add_glyph(out, line, at, &glyph);
      drawn = column + glyph.columns;
    }
    column += glyph.columns;
    at += glyph.size;
  }
  if (!w->more_after) return;
  add_many(out, " ", after - drawn);
  add(out, gap);
}

static void add_mark(mn_buffer *out, int from, int after, const window *w,
                     const mn_excerpt_look *look) {
  if (after > w->after) after = w->after;
  if (after <= from) after = from + 1;
  add_many(out, " ", from - w->from);
  if (look->has_colour) add(out, red);
  add_many(out, "^", after - from);
  if (look->has_colour) add(out, "\033[m");
}

static bool is_blank(const mn_source_line *line) {
  for (size_t at = line->from; at < line->after; at++)
    if (line->text[at] != ' ' && (line->text[at] < '\t' || line->text[at] > '\r')) return false;
  return true;
}

/* The columns of a mark; one that begins before the line, or ends after it, as far as it is on it. */
static void get_columns(const mn_source_line *line, const mn_mark *mark, int *from, int *after) {
  *from = column_of(line, mark->from < line->from ? line->from : mark->from);
  *after = column_of(line, mark->after > line->after ? line->after : mark->after);
}

/* The part of a very long line around the mark that is looked at, so that many marks on one line cost no
 * more than on many. It begins and ends between two characters. */
static mn_source_line part_of(const mn_source_line *line, const mn_mark *mark) {
  mn_source_line part = *line;
  size_t at = mark && mark->from > line->from ? mark->from : line->from;
  if (at - line->from > AROUND) part.from = at - AROUND;
  if (line->after > at + AROUND) part.after = at + AROUND;
  while (part.from > line->from && (line->text[part.from] & 0xC0) == 0x80) part.from--;
  while (part.after < line->after && (line->text[part.after] & 0xC0) == 0x80) part.after++;
  return part;
}

void mn_excerpt_add_line(mn_buffer *out, const mn_source_line *line, const mn_mark *mark,
                         const mn_excerpt_look *look) {
  char number[NUMBER];
  int from = 0, after = 0;
  mn_source_line part = part_of(line, mark);
  if (is_blank(&part)) return;
  if (mark) get_columns(&part, mark, &from, &after);
  int margin = snprintf(number, sizeof number, "  %zu | ", line->number);
  int room = look->columns - margin - 1;
  window w = choose_window(column_of(&part, part.after), from,
                           room < LEAST_COLUMNS ? LEAST_COLUMNS : room);
  w.more_before = w.more_before || part.from > line->from;
  w.more_after = w.more_after || part.after < line->after;
  add_in(out, look, dim, number);
  add_text(out, &part, &w);
  add(out, "\n");
  if (!mark) return;
  (void)snprintf(number, sizeof number, "%*s", margin, "| ");
  add_in(out, look, dim, number);
  add_mark(out, from, after, &w, look);
  add(out, "\n");
}

/* ---- what a message names ---- */

/* The message of the file of a module, in the one with which `require` fails, and the file's name. */
static const char *find_loading(const char *message, mn_buffer *path) {
  static const char before[] = "error loading module '", of[] = "' from file '", after[] = "':\n\t";
  const char *loading = strstr(message, before);
  const char *from = loading ? strstr(loading, of) : NULL;
  const char *end = from ? strstr(from, after) : NULL;
  if (!end) return NULL;
  from += strlen(of);
  if (!mn_buffer_add(path, from, (size_t)(end - from)) || !mn_buffer_add(path, "", 1)) return NULL;
  return end + strlen(after);
}

/* Reads "CHUNK:LINE: " at the start; what follows, or NULL. */
static const char *read_position(const char *message, size_t *chunk, size_t *number) {
  const char *end = message + strcspn(message, "\n");
  for (const char *at = message; at < end && (at = strchr(at, ':')) != NULL && at < end; at++) {
    size_t digits = strspn(at + 1, "0123456789");
    if (digits == 0 || digits > 9 || strncmp(at + 1 + digits, ": ", 2) != 0) continue;
    *chunk = (size_t)(at - message);
    *number = strtoul(at + 1, NULL, 10);
    return at + digits + 3;
  }
  return NULL;
}

static bool is_lua_file(const char *name, size_t size) {
  return size > 4 && memcmp(name + size - 4, ".lua", 4) == 0;
}

/* The message from its last position on: coroutine.wrap puts its own in front. What another chunk's begins
 * with is a position if that is a Lua file, and `others` are asked for. */
static const char *find_innermost(const char *message, bool others) {
  size_t outer, inner, number;
  const char *rest = read_position(message, &outer, &number);
  while (rest) {
    const char *next = read_position(rest, &inner, &number);
    bool is_same = next && inner == outer && memcmp(message, rest, inner) == 0;
    if (!is_same && !(next && others && is_lua_file(rest, inner))) break;
    message = rest;
    outer = inner;
    rest = next;
  }
  return message;
}

bool mn_excerpt_add(mn_buffer *out, const char *text, size_t size, const char *message,
                    const mn_excerpt_look *look) {
  size_t chunk, number;
  mn_source_line line;
  mn_mark mark;
  message = find_innermost(message, false);
  const char *rest = read_position(message, &chunk, &number);
  if (!rest || !mn_source_line_find(text, size, number, &line)) return false;
  size_t length = strcspn(rest, "\n");
  char *first = mn_alloc(length + 1);
  if (!first) return false;
  memcpy(first, rest, length);
  first[length] = '\0';
  bool found = mn_mark_find(&line, first, &mark) || mn_mark_find_syntax(&line, rest, &mark);
  mn_free(first);
  mn_excerpt_add_line(out, &line, found ? &mark : NULL, look);
  return found;
}

/* Whether a chunk of that name may be a file. Standard input is none, whatever there is of that name. */
static bool may_be_file(const char *name, size_t size) {
  return size > 0 && size < LONGEST_PATH && !(size == 5 && memcmp(name, "stdin", 5) == 0) &&
         *name != '[' && *name != '(';
}

/* Adds the name of the file, with its zero, that the first `size` bytes of a message are. */
static void add_path(mn_buffer *path, mn_runtime *runtime, const char *shown, size_t size) {
  if (!may_be_file(shown, size) || mn_long_names_find(runtime, shown, size, path)) return;
  if (mn_buffer_add(path, shown, size)) (void)mn_buffer_add(path, "", 1);
}

bool mn_excerpt_add_of_file(mn_buffer *out, mn_runtime *runtime, const char *message,
                            const mn_excerpt_look *look) {
  mn_buffer path = {0}, text = {0};
  size_t chunk, number;
  bool is_marked = false;
  const char *loading = find_loading(message, &path);
  message = loading ? loading : find_innermost(message, true);
  if (!loading && read_position(message, &chunk, &number)) add_path(&path, runtime, message, chunk);
  if (path.size > 0 && path.data[path.size - 1] == '\0' &&
      mn_os_read_file((const char *)path.data, LARGEST, &text) == MN_OK)
    is_marked = mn_excerpt_add(out, (const char *)text.data, text.size, message, look);
  mn_buffer_free(&path);
  mn_buffer_free(&text);
  return is_marked;
}

void mn_excerpt_of_report(mn_runtime *runtime, const char *message, mn_buffer *out) {
  if (!mn_os_is_terminal(2)) return;
  mn_excerpt_look look = mn_excerpt_look_of(2);
  (void)mn_excerpt_add_of_file(out, runtime, message, &look);
}
