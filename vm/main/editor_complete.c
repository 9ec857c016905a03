/* main/editor_complete.c -- the hook's candidates: sorted, put in, listed in columns. */
#include "main/editor_complete.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "main/editor_glyph.h"

enum { INDENT = 2, GAP = 2, LEAST_ROWS = 4 };

typedef struct candidate {
  const char *text;
  size_t size;
} candidate;

/* The candidates in order, each once. NULL: no memory. */
typedef struct sorted {
  candidate *items;
  size_t count;
  bool is_part; /* there are more */
} sorted;

static int compare(const void *a, const void *b) {
  const candidate *x = a, *y = b;
  size_t least = x->size < y->size ? x->size : y->size;
  int order = memcmp(x->text, y->text, least);
  if (order != 0) return order;
  return x->size < y->size ? -1 : x->size > y->size;
}

static bool sort(const mn_candidates *candidates, sorted *list) {
  size_t count = mn_candidates_count(candidates);
  const size_t *sizes = (const size_t *)(const void *)candidates->sizes.data;
  const char *text = (const char *)candidates->texts.data;
  list->items = mn_alloc((count + 1) * sizeof *list->items);
  if (!list->items) return false;
  for (size_t i = 0; i < count; i++) {
    list->items[i] = (candidate){text, sizes[i]};
    text += sizes[i] + 1;
  }
  qsort(list->items, count, sizeof *list->items, compare);
  list->is_part = candidates->is_part;
  list->count = 0;
  for (size_t i = 0; i < count; i++)
    if (i == 0 || compare(&list->items[i], &list->items[list->count - 1]) != 0)
      list->items[list->count++] = list->items[i];
  return true;
}

/* How many bytes all of them begin with, in whole characters. */
static size_t common_size(const sorted *list) {
  const candidate *first = &list->items[0], *last = &list->items[list->count - 1];
  size_t size = 0;
  while (size < first->size && size < last->size && first->text[size] == last->text[size]) size++;
  if (list->count == 1 || size == first->size) return size;
  while (size > 0 && ((unsigned char)first->text[size] & 0xC0) == 0x80) size--;
  return size;
}

/* ---- the list ---- */

static bool add_spaces(mn_buffer *to, int count) {
  while (count-- > 0)
    if (!mn_buffer_add(to, " ", 1)) return false;
  return true;
}

/* Adds what is seen of it. */
static bool add_shown(mn_buffer *to, const candidate *item) {
  for (size_t at = 0; at < item->size;) {
    mn_glyph glyph = mn_glyph_at(item->text, item->size, at);
    bool is_itself = !*glyph.shown && glyph.columns > 0;
    const char *shown = *glyph.shown ? glyph.shown : " ";
    if (!mn_buffer_add(to, is_itself ? item->text + at : shown,
                       is_itself ? glyph.size : strlen(shown)))
      return false;
    at += glyph.size;
  }
  return true;
}

/* Lays `count` of them out, the order going down. */
static bool add_columns(mn_buffer *to, const sorted *list, size_t count, size_t rows, int width) {
  for (size_t row = 0; row < rows; row++) {
    for (size_t i = row; i < count; i += rows) {
      const candidate *item = &list->items[i];
      int left = width - mn_glyph_columns(item->text, item->size);
      if (!add_shown(to, item) || (i + rows < count && !add_spaces(to, left))) return false;
    }
    if (!mn_buffer_add(to, "\n", 1)) return false;
  }
  return true;
}

/* Not more rows than leave room for the text. */
static void print_list(mn_editing *e, const sorted *list) {
  int screen, columns = mn_editor_view_columns(&e->view, &screen), width = 1;
  for (size_t i = 0; i < list->count; i++) {
    int wide = mn_glyph_columns(list->items[i].text, list->items[i].size);
    if (wide > width) width = wide;
  }
  width += GAP;
  size_t across = columns > width ? (size_t)((columns + GAP - 1) / width) : 1;
  size_t most = (size_t)(screen / 2 > LEAST_ROWS ? screen / 2 : LEAST_ROWS);
  size_t count = list->count < across * most ? list->count : across * most;
  size_t rows = (count + across - 1) / across;
  mn_buffer text = {0};
  bool ok = add_columns(&text, list, count, rows, width);
  if (ok && (count < list->count || list->is_part)) {
    char more[48] = "(and more)\n";
    if (!list->is_part) (void)snprintf(more, sizeof more, "(and %zu more)\n", list->count - count);
    ok = mn_buffer_add(&text, more, strlen(more));
  }
  if (ok) mn_editor_view_print(&e->view, (const char *)text.data, text.size);
  mn_buffer_free(&text);
  if (!ok) mn_editor_view_beep(&e->view);
}

/* ---- Tab ---- */

/* What all have in common may be less than was typed, and different: "~/" becomes the home folder. */
static void use(mn_editing *e, const sorted *list, size_t begin) {
  const char *typed = mn_editor_text_bytes(&e->text) + begin;
  size_t size = e->text.cursor - begin, common = list->is_part ? 0 : common_size(list);
  bool is_same = common == size && memcmp(list->items[0].text, typed, size) == 0;
  if (!is_same && (common >= size || list->count == 1) && common > 0) {
    if (!mn_editor_text_replace(&e->text, begin, size, list->items[0].text, common))
      mn_editor_view_beep(&e->view);
  } else if (list->count > 1 || list->is_part) {
    print_list(e, list);
  }
}

/* True: there is nothing before the cursor in its line. */
static bool indent(mn_editing *e) {
  static const char spaces[INDENT] = {' ', ' '};
  size_t begin = mn_editor_text_line_begin(&e->text, e->text.cursor), at = begin;
  while (at < e->text.cursor && mn_editor_text_bytes(&e->text)[at] == ' ') at++;
  if (at < e->text.cursor) return false;
  (void)mn_editor_text_type(&e->text, spaces, INDENT - (at - begin) % INDENT);
  return true;
}

void mn_editor_complete(mn_editing *e) {
  mn_candidates candidates = {0};
  sorted list = {0};
  size_t begin = e->text.cursor;
  if (indent(e)) return;
  if (e->hooks.complete)
    begin = e->hooks.complete(e->hooks.data, mn_editor_text_bytes(&e->text),
                              mn_editor_text_size(&e->text), e->text.cursor, &candidates);
  if (begin > e->text.cursor) begin = e->text.cursor;
  if (candidates.failed || mn_candidates_count(&candidates) == 0 || !sort(&candidates, &list))
    mn_editor_view_beep(&e->view);
  else
    use(e, &list, begin);
  mn_free(list.items);
  mn_candidates_free(&candidates);
}
