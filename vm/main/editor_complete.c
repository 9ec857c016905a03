/* main/editor_complete.c -- the hook's candidates: put in, or sorted and listed in columns. */
#include "main/editor_complete.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "main/editor_glyph.h"

enum { INDENT = 2, GAP = 2, LEAST_ROWS = 4 };

typedef struct candidate {
  const char *text;
  size_t size;
  uint64_t key; /* what follows what all have in common: greater for who comes later, or equal */
} candidate;

/* The candidates: there may be a hundred thousand, and what they have in common is found without sorting
 * them. */
typedef struct found {
  candidate *items;
  size_t count;
  const candidate *first, *last; /* of the order; equal where all are the same */
  bool is_part;                  /* there are more */
} found;

static int compare_texts(const candidate *x, const candidate *y) {
  size_t least = x->size < y->size ? x->size : y->size;
  int order = memcmp(x->text, y->text, least);
  if (order != 0) return order;
  return x->size < y->size ? -1 : x->size > y->size;
}

static int compare(const void *a, const void *b) {
  const candidate *x = a, *y = b;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  return compare_texts(x, y);
}

/* There is one at least. False: no memory. */
static bool gather(const mn_candidates *candidates, found *list) {
  size_t count = mn_candidates_count(candidates);
  const size_t *sizes = (const size_t *)(const void *)candidates->sizes.data;
  const char *text = (const char *)candidates->texts.data;
  list->items = mn_alloc(count * sizeof *list->items);
  if (!list->items) return false;
  list->count = count;
  list->is_part = candidates->is_part;
  list->first = list->last = list->items;
  for (size_t i = 0; i < count; i++) {
    const candidate *item = &list->items[i];
    list->items[i] = (candidate){text, sizes[i], 0};
    text += sizes[i] + 1;
    if (compare_texts(item, list->first) < 0) list->first = item;
    if (compare_texts(item, list->last) > 0) list->last = item;
  }
  return true;
}

static bool is_one(const found *list) {
  return compare_texts(list->first, list->last) == 0;
}

static size_t common_bytes(const found *list) {
  const candidate *first = list->first, *last = list->last;
  size_t size = 0;
  while (size < first->size && size < last->size && first->text[size] == last->text[size]) size++;
  return size;
}

/* How many bytes all of them begin with, in whole characters. */
static size_t common_size(const found *list) {
  const candidate *first = list->first;
  size_t size = common_bytes(list);
  if (size == first->size) return size;
  while (size > 0 && ((unsigned char)first->text[size] & 0xC0) == 0x80) size--;
  return size;
}

static uint64_t key_of(const candidate *item, size_t from) {
  uint64_t key = 0;
  for (size_t i = 0; i < sizeof key; i++)
    key = key << 8 | (from + i < item->size ? (unsigned char)item->text[from + i] : 0);
  return key;
}

/* Puts them in order, each once. */
static void sort(found *list) {
  size_t common = common_bytes(list), count = 0;
  for (size_t i = 0; i < list->count; i++) list->items[i].key = key_of(&list->items[i], common);
  qsort(list->items, list->count, sizeof *list->items, compare);
  for (size_t i = 0; i < list->count; i++)
    if (i == 0 || compare(&list->items[i], &list->items[count - 1]) != 0)
      list->items[count++] = list->items[i];
  list->count = count;
  list->first = &list->items[0];
  list->last = &list->items[count - 1];
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
static bool add_columns(mn_buffer *to, const found *list, size_t count, size_t rows, int width) {
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
static void print_list(mn_editing *e, found *list) {
  int screen, columns = mn_editor_view_columns(&e->view, &screen), width = 1;
  sort(list);
  size_t most = (size_t)(screen / 2 > LEAST_ROWS ? screen / 2 : LEAST_ROWS);
  size_t fitting = most * (size_t)(columns / (1 + GAP) + 1);
  for (size_t i = 0; i < list->count && i < fitting; i++) {
    int wide = mn_glyph_columns(list->items[i].text, list->items[i].size);
    if (wide > width) width = wide;
  }
  width += GAP;
  size_t across = columns > width ? (size_t)((columns + GAP - 1) / width) : 1;
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
static void use(mn_editing *e, found *list, size_t begin) {
  const char *typed = mn_editor_text_bytes(&e->text) + begin;
  size_t size = e->text.cursor - begin, common = list->is_part ? 0 : common_size(list);
  bool is_same = common == size && memcmp(list->items[0].text, typed, size) == 0;
  if (!is_same && (common >= size || is_one(list)) && common > 0) {
    if (!mn_editor_text_replace(&e->text, begin, size, list->items[0].text, common))
      mn_editor_view_beep(&e->view);
  } else if (!is_one(list) || list->is_part) {
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
  found list = {0};
  size_t begin = e->text.cursor;
  if (indent(e)) return;
  if (e->hooks.complete)
    begin = e->hooks.complete(e->hooks.data, mn_editor_text_bytes(&e->text),
                              mn_editor_text_size(&e->text), e->text.cursor, &candidates);
  if (begin > e->text.cursor) begin = e->text.cursor;
  if (candidates.failed || mn_candidates_count(&candidates) == 0 || !gather(&candidates, &list))
    mn_editor_view_beep(&e->view);
  else
    use(e, &list, begin);
  mn_free(list.items);
  mn_candidates_free(&candidates);
}
